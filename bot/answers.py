"""One small reader per kind of step: what was heard becomes an answer, or a friendly refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot import choosing
from bot.agreeing import agreed, half
from bot.choosing import exact_option
from bot.guide import (
    Consent,
    Department,
    Number,
    OneChoice,
    Open,
    Option,
    ReadBack,
    SeveralChoices,
    StepOfAnyKind,
    YesNo,
)
from bot.leaning import leaning, simply
from bot.model import Answer, Choice, Entity, Heard, Refusal
from bot.plain import counted, fold, numbers_in, quoted

SURE = 0.5  # below this, a model's word is not taken for a yes or a no
DONE = "!done"
VALIDATES = frozenset({
    "c est bon", "oui c est bon", "ok c est bon", "c est bien", "c est bien ca", "c est bien cela",
    "oui c est bien ca", "oui c est bien cela", "c est cela", "c est ca", "c est juste",
    "c est correct", "c est parfait", "c est tres bien", "c est ok", "c est tout bon",
    "tout est bon", "tout est juste", "tres bien", "valider", "je valide", "valide", "validez",
    "rien a changer", "rien a corriger", "il n y a rien a changer", "je ne change rien",
    "je change rien", "ne rien changer", "je garde", "on garde", "gardez", "ca me convient",
    "nickel", "impeccable",
})  # said of what is read back  # fmt: skip

NO_MORE = frozenset(
    {
        "j arrete",
        "on arrete",
        "j arrete la",
        "on s arrete la",
        "c est bon",
        "stop la",
        "ca suffit",
        "c est bon j arrete",
        "c est bon j arrete la",
        "non c est bon",
        "non c est bon j arrete la",
        "non c est bon j arrete",
        "non j arrete",
        "non j arrete la",
        "c est bon comme ca",
    }
)  # said where another round is offered


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader understood. `more`: further messages may still add to it."""

    values: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    more: bool = False


S = TypeVar("S", bound=StepOfAnyKind)


@dataclass(frozen=True, slots=True)
class Asked(Generic[S]):
    """A step as it stands: what can be chosen now, and the answer begun, if any."""

    step: S
    offered: Sequence[Option] = ()
    so_far: Answer | None = None
    again: bool = False  # it asks whether to go through its section once more


def read(asked: Asked[Any], heard: Heard) -> Read | Refusal:
    """Read `heard` as an answer to the step asked."""
    return READERS[asked.step.kind](asked, heard)


def _pressed(heard: Heard) -> str | None:
    return heard.choice.partition(":")[2] if heard.choice else None


def _option_pressed(offered: Sequence[Option], heard: Heard) -> Option | None:
    code = _pressed(heard)
    return next((o for o in offered if o.value == code), None) if code else None


def _one(option: Option) -> Read:
    return Read((option.value,), (option.label,))


def read_consent(asked: Asked[Consent], heard: Heard) -> Read | Refusal:
    """A button, nearly its own words, or a listed yes or no. Never a model's opinion."""
    if option := _option_pressed(asked.offered, heard) or exact_option(asked.offered, heard.text):
        return _one(option)
    said = agreed(asked.offered, heard)
    if option := next((o for o in asked.offered if o.value == said), None):
        return _one(option)
    return Refusal("refusal.consent.half" if half(heard) else "refusal.consent")


def closes(asked: Asked[Any], heard: Heard) -> bool:
    """« J'ai fini », « c'est bon »: said of a text that is read back, or of the last round.

    « Terminer maintenant » still ends the whole conversation.
    """
    if heard.choice or heard.edits:
        return False
    said = fold(heard.text)
    if isinstance(asked.step, ReadBack) and said in VALIDATES:
        return True
    if asked.again and said in NO_MORE:
        return True
    now = heard.text.strip().startswith("/") or said.endswith(" maintenant")
    closing = heard.exact and heard.intent == "finish" and not now
    return closing and (asked.again or isinstance(asked.step, ReadBack))


def read_yes_no(asked: Asked[YesNo], heard: Heard) -> Read | Refusal:
    """Yes or no, in many ways; both in one answer is unclear."""
    if option := _option_pressed(asked.offered, heard) or exact_option(asked.offered, heard.text):
        return _one(option)
    said = "no" if closes(asked, heard) else leaning(heard)
    option = next((o for o in asked.offered if o.value == said), None)
    return _one(option) if option else Refusal("refusal.yes_no")


def read_choice(asked: Asked[OneChoice], heard: Heard) -> Read | Refusal:
    """One of the choices: pressed, named, numbered, named in a sentence, or recognised in it."""
    if option := _option_pressed(asked.offered, heard):
        return _one(option)
    found = choosing.meant(asked.offered, heard, asked.step.entity)
    if len(found) == 1:
        return _one(found[0])
    if not found:
        return Refusal("refusal.choice")
    which = tuple(Choice(o.label, o.value) for o in found if len(found) < len(asked.offered))
    return Refusal("refusal.which_choice", choices=which)


def read_choices(asked: Asked[SeveralChoices], heard: Heard) -> Read | Refusal:
    """Pressing adds or takes away one choice at a time; a typed list is complete at once."""
    chosen = list(asked.so_far.values) if asked.so_far and asked.so_far.draft else []
    if _pressed(heard) == DONE:
        return _several(asked.step, chosen, more=False) if chosen else Refusal("refusal.choices")
    if option := _option_pressed(asked.offered, heard):
        if option.value in chosen:
            chosen.remove(option.value)
        else:
            chosen.append(option.value)
        return _several(asked.step, chosen, more=True)
    found = choosing.listed(asked.offered, heard.text)
    if not found and asked.step.entity:
        found = choosing.recognised(asked.offered, heard, asked.step.entity)
    if not found:
        return Refusal("refusal.choices")
    return _several(asked.step, [*chosen, *(o.value for o in found)], more=False)


def _several(step: SeveralChoices, codes: Sequence[str], *, more: bool) -> Read | Refusal:
    kept = [option for option in step.choices if option.value in codes]
    if step.at_most and len(kept) > step.at_most:
        return Refusal("refusal.too_many_choices", {"at_most": str(step.at_most)})
    return Read(tuple(o.value for o in kept), tuple(o.label for o in kept), more)


def read_number(asked: Asked[Number], heard: Heard) -> Read | Refusal:
    """A whole number in figures or words; with brackets, the bracket it falls in."""
    if option := _option_pressed(asked.offered, heard) or exact_option(asked.offered, heard.text):
        return _one(option)
    numbers = _numbers(asked.step, heard)
    said = None if numbers else leaning(heard)
    if option := next((o for o in asked.offered if o.value == said), None):
        return _one(option)
    if len(numbers) != 1:
        return Refusal("refusal.bracket" if asked.offered else "refusal.number")
    number, step = numbers[0], asked.step
    if not step.brackets:
        if step.at_least <= number <= step.at_most:
            return Read((str(number),), (counted(number, step.unit),))
        limits = {"at_least": str(step.at_least), "at_most": str(step.at_most)}
        return Refusal("refusal.number_range", limits)
    if step.at_least <= number <= (step.at_most if step.limited else number):
        for bracket in step.brackets:
            low = bracket.at_least if bracket.at_least is not None else number
            high = bracket.at_most if bracket.at_most is not None else number
            if low <= number <= high:
                return _one(bracket)
    return Refusal("refusal.bracket_range", {"list": quoted(o.label for o in asked.offered)})


def _numbers(step: Number, heard: Heard) -> list[int]:
    """The whole numbers said; for a length of service, the years understood, if there are some."""
    if step.entity is None:
        return numbers_in(heard.text, step.unit)
    years = {int(float(e.value)) for e in heard.entities if e.kind == step.entity}
    places = [e.text for e in heard.entities if e.kind == "department"]
    text = heard.text
    for place in places:  # « dans le 59 » is no number of years
        text = re.sub(rf"\ble {re.escape(place)}\b", " ", text, flags=re.IGNORECASE)
    return sorted(years) or numbers_in(text, step.unit)


def read_place(_: Asked[Department], heard: Heard) -> Read | Refusal:
    """The department that was recognised; several candidates are offered as buttons."""
    found: dict[str, Entity] = {e.value: e for e in heard.entities if e.kind == "department"}
    code = _pressed(heard)
    if code and code.upper() in found:
        found = {code.upper(): found[code.upper()]}
    if len(found) == 1:
        [entity] = found.values()
        return Read((entity.value,), (entity.label,))
    if not found:
        return Refusal("refusal.place")
    candidates = tuple(Choice(e.label, e.value) for e in found.values())
    return Refusal("refusal.which_place", choices=candidates[:6])


def read_open(asked: Asked[Open], heard: Heard) -> Read | Refusal:
    """Any words, as they are; `J'ai fini` closes what several messages made."""
    drafted = bool(asked.so_far and asked.so_far.draft and asked.so_far.parts)
    if _pressed(heard) == DONE:
        return Read() if drafted else Refusal("refusal.open_empty")
    if not any(c.isalnum() for c in heard.text):
        return Refusal("refusal.no_words")
    if len(heard.text) > asked.step.at_most:
        limits = {"at_most": str(asked.step.at_most), "length": str(len(heard.text))}
        several = "" if asked.step.several else ".one"
        return Refusal(f"refusal.too_long{several}", limits)
    return Read(more=asked.step.several)


def read_read_back(asked: Asked[ReadBack], heard: Heard) -> Read | Refusal:
    """A yes validates; the ways to change are moves of their own, offered as buttons."""
    if option := _option_pressed(asked.offered, heard) or exact_option(asked.offered, heard.text):
        return _one(option)
    if closes(asked, heard) or simply(heard):
        return _one(asked.offered[0])
    return Refusal("refusal.read_back")


READERS: dict[str, Callable[[Any, Heard], Read | Refusal]] = {
    "consent": read_consent,
    "choice": read_choice,
    "choices": read_choices,
    "yes_no": read_yes_no,
    "number": read_number,
    "place": read_place,
    "open": read_open,
    "read_back": read_read_back,
}
