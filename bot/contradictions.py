"""What a well-formed guide may still get wrong: names, orders, ranges, texts nobody could read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.conditions import RESERVED, Condition, ConditionError
from bot.guide import (
    Bracket,
    Consent,
    Department,
    Guide,
    Information,
    Number,
    OneChoice,
    Open,
    ReadBack,
    Section,
    SeveralChoices,
    Short,
    Step,
    YesNo,
)
from bot.model import Spot
from bot.plain import YEARS, fold

Loc = tuple[int | str, ...]
Trouble = tuple[Loc, str, str]  # where in the file, what is wrong, what to change
PLACEHOLDERS = frozenset({"organiser", "contact", "reference", "privacy_url"})
BUTTON_BYTES = 64  # Telegram Bot API, InlineKeyboardButton.callback_data
WITH_PLACEHOLDERS = ("question", "simpler", "example", "why", "reminder", "probe")


def contradictions(guide: Guide) -> Iterator[Trouble]:
    """Everything wrong in a guide that reads well otherwise, in the order of the file."""
    seen: dict[str, Step] = {}
    sections: set[str] = set()
    yield from _placeholders(guide.status, ("status",))
    for s, section in enumerate(guide.sections):
        here: Loc = ("sections", s)
        if section.id in sections:
            yield (*here, "id"), f"deux parties s'appellent « {section.id} »", "Renommez-en une."
        sections.add(section.id)
        yield from _condition(section, (*here, "if"), seen, section.id)
        for n, step in enumerate(section.steps):
            spot: Loc = (*here, "steps", n)
            if step.id in seen:
                yield (*spot, "id"), f"deux étapes s'appellent « {step.id} »", "Renommez-en une."
            yield from _condition(step, (*spot, "if"), seen, step.id)
            seen[step.id] = step
            yield from _step(step, section, spot)
        yield from _titles(section, here)
        yield from _repeat(section, here)
        yield from _read_backs(section, here)
        yield from _contributions(section, here, seen)
    yield from _words_before_consent(guide)


def _condition(of: Section | Step, loc: Loc, seen: dict[str, Step], own: str) -> Iterator[Trouble]:
    try:
        when = of.when
    except ConditionError as error:
        yield loc, f"la condition ne se lit pas : {error}", "Par exemple : public = aidant."
        return
    for name, value in when.names if when else ():
        if name not in seen:
            yield (
                loc,
                f"la condition de « {own} » parle de « {name} », qui n'est pas une étape d'avant",
                "Corrigez le nom, ou déplacez l'étape plus loin.",
            )
        elif trouble := _cannot_be(seen[name], value):
            yield (loc, *trouble)
    yield from _comparisons(when, loc, seen)


def _cannot_be(step: Step, value: str | None) -> tuple[str, str] | None:
    """Why this step can never be answered `value` (None: answered at all), and the remedy."""
    if isinstance(step, Information):
        return f"« {step.id} » n'attend pas de réponse", "Choisissez une autre étape."
    if value is None:
        return None
    if isinstance(step, Open):
        return f"« {step.id} » est un texte libre", f"Écrivez « {step.id} answered »."
    codes = [option.value for option in step.options]
    if codes and value not in codes:
        problem = f"« {value} » n'est pas une réponse possible de « {step.id} »"
        return problem, f"Choisissez parmi : {', '.join(codes)}."
    if isinstance(step, Number) and not codes and not re.fullmatch(r"-?[0-9]+", value):
        return f"« {value} » n'est pas un nombre", f"Écrivez par exemple « {step.id} = 3 »."
    if isinstance(step, Department) and not re.fullmatch(r"[0-9][0-9AB][0-9]?", value):
        return f"« {value} » n'est pas un département", "Écrivez son numéro, par exemple 38."
    return None


def _comparisons(when: Condition | None, loc: Loc, seen: dict[str, Step]) -> Iterator[Trouble]:
    for name in when.numbers if when else ():
        step = seen.get(name)
        if isinstance(step, Number) and step.brackets:
            known = ", ".join(option.value for option in step.brackets)
            problem = f"« {name} » garde une tranche, qui ne se compare pas avec « < » ou « > »"
            yield loc, problem, f"Écrivez « {name} in [ … ] » avec : {known}."
        elif step is not None and not isinstance(step, Number):
            problem = f"« {name} » n'est pas un nombre, « < » et « > » ne vont pas"
            yield loc, problem, "Utilisez « = », « != », « in » ou « answered »."


def _step(step: Step, section: Section, loc: Loc) -> Iterator[Trouble]:
    if step.id in RESERVED:
        yield (*loc, "id"), f"« {step.id} » est un mot des conditions", "Renommez l'étape."
    yield from _options(step, loc)
    if step.sensitive and not step.why:
        yield loc, f"« {step.id} » est personnelle, sans « why »", "Ajoutez « why: … »."
    if isinstance(step, Short) and step.leaves:
        yield from _leaving(step, section, (*loc, "leaves"))
    for name in WITH_PLACEHOLDERS:
        yield from _placeholders(getattr(step, name, None), (*loc, name))
    if isinstance(step, Number):
        yield from _ranges(step, loc)
        if step.entity and not YEARS.match(fold(step.unit) or "ans"):
            problem = f"« entity: {step.entity} » compte en années, et « unit » dit autre chose"
            yield (*loc, "entity"), problem, "Écrivez « unit: ans », ou retirez « entity »."
    if isinstance(step, SeveralChoices) and (step.at_most or 0) > len(step.choices):
        problem = f"« at_most » dépasse le nombre de choix ({len(step.choices)})"
        yield (*loc, "at_most"), problem, "Baissez-le, ou retirez la ligne."
    if isinstance(step, OneChoice) and step.distinct:
        repeat = section.repeat
        if repeat is None:
            yield (*loc, "distinct"), "« distinct » sans « repeat » dans la partie", "Retirez-le."
        elif repeat.at_most > len(step.choices):
            yield (
                (*loc, "distinct"),
                f"il y a plus de tours ({repeat.at_most}) que de choix ({len(step.choices)})",
                f"Mettez « at_most: {len(step.choices)} » dans « repeat ».",
            )


def _leaving(step: Short, section: Section, loc: Loc) -> Iterator[Trouble]:
    if step.sensitive:
        yield loc, f"« {step.id} » est personnelle : elle ne peut pas sortir", "Retirez « leaves »."
    if section.repeat:
        problem = f"« {step.id} » est dans une partie répétée : elle ne peut pas sortir"
        yield loc, problem, "Retirez « leaves », ou posez-la dans une autre partie."


def _options(step: Step, loc: Loc) -> Iterator[Trouble]:
    listed = "brackets" if isinstance(step, Number) else "choices"
    codes: set[str] = set()
    names: dict[str, str] = {}
    for n, option in enumerate(step.options):
        here = (*loc, listed, n)
        if option.value in codes:
            yield (*here, "value"), f"« {option.value} » est écrit deux fois", "Changez-en un."
        codes.add(option.value)
        if len(f"{Spot(step.id, 8)}:{option.value}".encode()) > BUTTON_BYTES:
            problem = f"« {step.id}:{option.value} » est trop long pour un bouton"
            yield (*here, "value"), problem, "Raccourcissez."
        for name in (option.label, option.simpler, *option.also):
            other = names.setdefault(fold(name or ""), option.value)
            if name and other != option.value:
                problem = f"« {name} » veut dire à la fois « {other} » et « {option.value} »"
                yield here, problem, "Gardez ces mots pour un seul choix."


def _placeholders(text: str | None, loc: Loc) -> Iterator[Trouble]:
    known = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
    rest = text or ""
    for name in PLACEHOLDERS:
        rest = rest.replace(f"{{{name}}}", "")
    if found := re.search(r"\{[^{}]*\}|[{}]", rest):
        yield loc, f"« {found[0]} » est inconnu", f"Possibles : {known}."


def _ranges(step: Number, loc: Loc) -> Iterator[Trouble]:
    if step.at_least > step.at_most:
        yield (*loc, "at_least"), "« at_least » dépasse « at_most »", "Inversez-les."
    for n, bracket in enumerate(step.brackets):
        here = (*loc, "brackets", n)
        low, high = _ends(bracket, step)
        if bracket.at_least is None and bracket.at_most is None:
            problem = f"la tranche « {bracket.value} » prend tous les nombres"
            yield here, problem, "Ajoutez « at_least », « at_most » ou les deux."
        elif low > high:
            yield here, f"la tranche « {bracket.value} » est vide", "Inversez ses deux bouts."
        for other in _crossed(bracket, step.brackets[:n], step):
            problem = f"les tranches « {other.value} » et « {bracket.value} » se recouvrent"
            yield here, problem, "Un nombre va dans une seule tranche : changez un des bouts."
    for n, low, high in _gaps(step):
        lost = f"de {low} à {high}" if high > low else f"{low}"
        problem = f"aucune tranche ne prend {lost}, qui est pourtant possible"
        remedy = "Changez un des bouts de la tranche, ou « at_least » et « at_most »."
        yield (*loc, "brackets", n), problem, remedy


def _ends(bracket: Bracket, step: Number) -> tuple[int, int]:
    low = step.at_least if bracket.at_least is None else bracket.at_least
    high = max(step.at_most, low) if bracket.at_most is None else bracket.at_most
    return low, high


def _gaps(step: Number) -> Iterator[tuple[int, int, int]]:
    """What no bracket takes: the bracket beside it, the first and the last number."""
    expected = step.at_least
    ranked = sorted((_ends(bracket, step), n) for n, bracket in enumerate(step.brackets))
    for (low, high), n in ranked:
        if low > expected:
            yield n, expected, low - 1
        expected = max(expected, high + 1)
    if ranked and expected <= step.at_most:
        yield ranked[-1][1], expected, step.at_most


def _crossed(bracket: Bracket, others: Sequence[Bracket], step: Number) -> Iterator[Bracket]:
    low, high = _ends(bracket, step)
    for other in others:
        other_low, other_high = _ends(other, step)
        if max(low, other_low) <= min(high, other_high):
            yield other


def _repeat(section: Section, loc: Loc) -> Iterator[Trouble]:
    if section.repeat is None:
        return
    again = next((step for step in section.steps if step.id == section.repeat.again), None)
    if not isinstance(again, YesNo):
        yield (
            (*loc, "repeat", "again"),
            f"« {section.repeat.again} » n'est pas une étape oui/non de cette partie",
            "Ajoutez une étape « kind: yes_no » à la fin de la partie.",
        )


def _read_backs(section: Section, loc: Loc) -> Iterator[Trouble]:
    for n, step in enumerate(section.steps):
        if not isinstance(step, ReadBack):
            continue
        before = {s.id for s in section.steps[:n] if not isinstance(s, Information)}
        for name in step.of:
            if name not in before:
                yield (
                    (*loc, "steps", n, "of"),
                    f"« {step.id} » relit « {name} », qui n'est pas une étape d'avant "
                    "dans cette partie",
                    "Corrigez le nom.",
                )


def _titles(section: Section, loc: Loc) -> Iterator[Trouble]:
    for n, step in enumerate(section.steps):
        if not isinstance(step, Open) or step.title_of is None:
            continue
        before = {s.id for s in section.steps[:n] if isinstance(s, Open)}
        if step.title_of not in before:
            problem = f"« {step.title_of} » n'est pas une étape « open » d'avant dans cette partie"
            yield (*loc, "steps", n, "title_of"), problem, "Corrigez le nom."


def _contributions(section: Section, loc: Loc, seen: dict[str, Step]) -> Iterator[Trouble]:
    own = {step.id: step for step in section.steps}
    for n, made in enumerate(section.contributions):
        here = (*loc, "contributions", n)
        if made.kind in [other.kind for other in section.contributions[:n]]:
            yield (
                (*here, "kind"),
                f"la partie fait déjà une contribution « {made.kind} »",
                "Gardez-en une par partie, ou faites une autre partie.",
            )
        if not isinstance(own.get(made.text), Open):
            problem = f"« {made.text} » n'est pas une étape « open » de cette partie"
            yield (*here, "text"), problem, "Corrigez le nom."
        for role in ("title", "topic", "public"):
            name = getattr(made, role)
            if name and name not in seen:
                problem = f"« {name} » n'est pas une étape de cette partie ou d'avant"
                yield (*here, role), problem, "Corrigez le nom."
            elif name and isinstance(seen[name], Information):
                yield (*here, role), f"« {name} » n'attend pas de réponse", "Corrigez le nom."


def _words_before_consent(guide: Guide) -> Iterator[Trouble]:
    """Words typed before the consent that allows keeping them would be lost."""
    if not guide.required_consents:
        return
    for s, section in enumerate(guide.sections):
        for n, step in enumerate(section.steps):
            if isinstance(step, Consent) and step.required:
                return
            if isinstance(step, Open):
                problem = f"« {step.id} » demande des mots avant l'accord qui permet de les garder"
                yield ("sections", s, "steps", n, "id"), problem, "Placez-la après l'accord."


def cautions(guide: Guide) -> Iterator[Trouble]:
    """What a guide may do, and rarely should: the same shape, for a warning."""
    if guide.required_consents:
        return
    for s, section in enumerate(guide.sections):
        for n, step in enumerate(section.steps):
            if isinstance(step, Open):
                problem = f"« {step.id} » garde des mots, et le guide ne demande aucun accord"
                remedy = "Ajoutez avant elle une étape « kind: consent » avec « required: true »."
                yield ("sections", s, "steps", n, "id"), problem, remedy
                return
