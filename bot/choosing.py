"""Which of the choices offered a text means: by a name, a rank, or what was recognised in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.guide import Option
from bot.model import Entity, Heard
from bot.nearly import apart, begun, by_ear
from bot.plain import fold

RANK_WORDS = 4
INITIALS = 3  # « ME », « ES »: as small words they mean something else


def exact_option(offered: Sequence[Option], text: str) -> Option | None:
    """The option whose label, or other name, is the whole text."""
    said = fold(text)
    return next((o for o in offered if said and said in o.names), None)


def _find(offered: Sequence[Option], text: str) -> list[Option]:
    """The options a text may mean: its whole, its rank, else the names it contains."""
    if option := exact_option(offered, text):
        return [option]
    said = fold(text)
    if said.isdigit() and 1 <= int(said) <= len(offered):
        return [offered[int(said) - 1]]
    capitals = _capitals(text)
    found = [(_longest(o, f" {said} ", capitals), o) for o in offered]
    longest = max((length for length, _ in found), default=0)
    return [option for length, option in found if length and length == longest]


def _capitals(text: str) -> set[str]:
    return {fold(word) for word in re.findall(r"\b[A-Z]{2,}\b", text)}


def _longest(option: Option, said: str, capitals: set[str]) -> int:
    """The length of the longest of its names in the text; initials count only in capitals."""
    return max(
        (
            len(name)
            for name in option.names
            if f" {name} " in said and (len(name) > INITIALS or name in capitals)
        ),
        default=0,
    )


def meant(offered: Sequence[Option], heard: Heard, entity: str | None) -> list[Option]:
    """The options a text means; in a sentence, what was recognised is surer than names."""
    named = _find(offered, heard.text) or _find(offered, heard.spelled) or _ranked(offered, heard)
    if entity is None and not _plainly(offered, heard.text):
        named = apart(offered, heard.text, _heard_of) or named
    named = named or begun(offered, heard.text) or by_ear(offered, heard.text)
    if entity and not _plainly(offered, heard.text):
        return recognised(offered, heard, entity) or named
    return named or recognised(offered, heard, entity)


def _heard_of(offered: Sequence[Option], text: str) -> list[Option]:
    return _find(offered, text) or by_ear(offered, text)


def _ranked(offered: Sequence[Option], heard: Heard) -> list[Option]:
    """« La deuxième », « le 3 » : in few words, a rank."""
    if len(heard.text.split()) > RANK_WORDS:
        return []
    ranks = {int(e.value) for e in heard.entities if e.kind == "number" and e.value.isdigit()}
    return [offered[rank - 1] for rank in ranks if 1 <= rank <= len(offered)]


def _plainly(offered: Sequence[Option], text: str) -> bool:
    """Whether the text is the name or the rank of an option, and nothing else."""
    return exact_option(offered, text) is not None or fold(text).isdigit()


def recognised(offered: Sequence[Option], heard: Heard, entity: str | None) -> list[Option]:
    """The options named by what was recognised in the text, such as a job or a kind of service.

    A step that names its `entity` is answered by nothing else.
    """
    told = [e for e in heard.entities if e.kind != "number" and entity in (None, e.kind)]
    found = [_named(offered, one) for one in told]
    sure = {options[0].value for options in found if len(options) == 1}
    return [option for option in offered if option.value in sure]


def _named(offered: Sequence[Option], entity: Entity) -> list[Option]:
    """By the person's own words if they are a name of the guide, else by what they mean."""
    own = exact_option(offered, entity.text)
    return [own] if own else _find(offered, entity.label)


def listed(offered: Sequence[Option], text: str) -> list[Option]:
    """The options of a typed list: each by its name or its rank."""
    if option := exact_option(offered, text):
        return [option]
    parts = re.split(r"[,;/\n+&]|\bet\b|\bou\b", text)
    each = [_named_in(offered, part) for part in parts if part.strip()]
    if each and all(each):
        return [option for found in each for option in found]
    return _named_in(offered, text)


def _named_in(offered: Sequence[Option], text: str) -> list[Option]:
    """Every option named in the text; a shorter name inside a longer one is not another."""
    said, found = f" {fold(text)} ", []
    if said.strip().isdigit():
        return _find(offered, text)
    capitals = _capitals(text)
    names = [(name, option) for option in offered for name in option.names]
    for name, option in sorted(names, key=lambda pair: -len(pair[0])):
        if (len(name) > INITIALS or name in capitals) and f" {name} " in said:
            found.append(option)
            said = said.replace(f" {name} ", " | ")
    return found
