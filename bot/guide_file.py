"""Reads a guide file, or refuses it: where it is wrong, what is wrong, what to change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import yaml
from pydantic import ValidationError

from bot.conditions import ConditionError
from bot.errors import GuideError
from bot.guide import Guide, Information, Number, OneChoice, Open, ReadBack, Section, Step, YesNo
from bot.model import Spot

Loc = tuple[int | str, ...]
Trouble = tuple[Loc, str, str]  # where in the file, what is wrong, what to change
PLACEHOLDERS = frozenset({"organiser", "contact", "reference", "privacy_url"})
BUTTON_BYTES = 64  # Telegram Bot API, InlineKeyboardButton.callback_data


def bundled() -> tuple[Path, ...]:
    """The guide files that come with Parole."""
    return tuple(sorted(Path(str(resources.files("bot") / "guides")).glob("*.yml")))


def read_guide(source: str, name: str) -> Guide:
    """The guide written in `source`; `name` is the file's, for the messages.

    Raises GuideError for the first line that is wrong.
    """
    try:
        root = yaml.compose(source, Loader=yaml.SafeLoader)
        written = yaml.safe_load(source)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise GuideError(
            f"{name}, ligne {line}",
            "le fichier n'est pas du YAML lisible",
            "Vérifiez les retraits, les deux-points et les guillemets de cette ligne.",
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise GuideError(name, "le fichier contient un signe interdit", "Retirez-le.") from error
    if not isinstance(written, dict):
        raise GuideError(
            f"{name}, ligne 1", "ce n'est pas un guide", "Commencez par « guide: nom-du-guide »."
        )
    try:
        guide = Guide.model_validate(written)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        problem, remedy = _in_french(found["type"], found.get("ctx", {}), found["loc"])
        where = f"{name}, ligne {_line(root, found['loc'])}"
        raise GuideError(where, f"« {_key(found['loc'])} » {problem}", remedy) from error
    for loc, problem, remedy in _contradictions(guide):
        raise GuideError(f"{name}, ligne {_line(root, loc)}", problem, remedy)
    return guide


def schema() -> str:
    """The JSON Schema of guide files, for editors."""
    return json.dumps(Guide.model_json_schema(by_alias=True), ensure_ascii=False, indent=1) + "\n"


def _contradictions(guide: Guide) -> Iterator[Trouble]:
    seen: dict[str, Step] = {}
    sections: set[str] = set()
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
        yield from _section(section, here, seen)


def _condition(of: Section | Step, loc: Loc, seen: dict[str, Step], own: str) -> Iterator[Trouble]:
    try:
        names = of.when.names if of.when else ()
    except ConditionError as error:
        yield loc, f"la condition ne se lit pas : {error}", "Par exemple : public = aidant."
        return
    for name, value in names:
        if name not in seen:
            yield (
                loc,
                f"la condition de « {own} » parle de « {name} », qui n'est pas une étape d'avant",
                "Corrigez le nom, ou déplacez l'étape plus loin.",
            )
        elif value and seen[name].options and value not in [o.value for o in seen[name].options]:
            known = ", ".join(o.value for o in seen[name].options)
            yield (
                loc,
                f"« {value} » n'est pas une réponse possible de « {name} »",
                f"Choisissez parmi : {known}.",
            )


def _step(step: Step, section: Section, loc: Loc) -> Iterator[Trouble]:
    codes = [option.value for option in step.options]
    for code in codes:
        if codes.count(code) > 1:
            yield (*loc, "choices"), f"le choix « {code} » est écrit deux fois", "Retirez-en un."
        if len(f"{Spot(step.id, 8)}:{code}".encode()) > BUTTON_BYTES:
            yield loc, f"« {step.id}:{code} » est trop long pour un bouton", "Raccourcissez."
    if step.sensitive and not step.why:
        yield loc, f"« {step.id} » est personnelle, sans « why »", "Ajoutez « why: … »."
    for name in ("question", "simpler", "example", "why"):
        for placeholder in re.findall(r"\{(\w*)\}", getattr(step, name) or ""):
            if placeholder not in PLACEHOLDERS:
                known = ", ".join(f"{{{p}}}" for p in sorted(PLACEHOLDERS))
                yield (*loc, name), f"« {{{placeholder}}} » est inconnu", f"Possibles : {known}."
    if isinstance(step, Number) and step.at_least > step.at_most:
        yield (*loc, "at_least"), "« at_least » dépasse « at_most »", "Inversez-les."
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


def _section(section: Section, loc: Loc, seen: dict[str, Step]) -> Iterator[Trouble]:
    own = {step.id: step for step in section.steps}
    if section.repeat and not isinstance(own.get(section.repeat.again), YesNo):
        yield (
            (*loc, "repeat", "again"),
            f"« {section.repeat.again} » n'est pas une étape oui/non de cette partie",
            "Ajoutez une étape « kind: yes_no » à la fin de la partie.",
        )
    for n, step in enumerate(section.steps):
        if isinstance(step, ReadBack):
            before = {s.id for s in section.steps[:n] if not isinstance(s, Information)}
            for name in step.of:
                if name not in before:
                    yield (
                        (*loc, "steps", n, "of"),
                        f"« {step.id} » relit « {name} », qui n'est pas une étape d'avant "
                        "dans cette partie",
                        "Corrigez le nom.",
                    )
    for n, made in enumerate(section.contributions):
        if not isinstance(own.get(made.text), Open):
            yield (
                (*loc, "contributions", n, "text"),
                f"« {made.text} » n'est pas une étape « open » de cette partie",
                "Corrigez le nom.",
            )
        for role in ("title", "topic", "public"):
            name = getattr(made, role)
            if name and name not in seen:
                problem = f"« {name} » n'est pas une étape de cette partie ou d'avant"
                yield (*loc, "contributions", n, role), problem, "Corrigez le nom."


def _line(node: yaml.Node | None, loc: Loc) -> int:
    """The line, from 1, of the deepest node that `loc` reaches."""
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            child = next((v for k, v in node.value if k.value == part), None)
            key = next((k for k, v in node.value if k.value == part), None)
            if child is None:
                continue
            node = key if isinstance(child, yaml.ScalarNode) else child
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                break
            node = node.value[part]
    return node.start_mark.line + 1 if node is not None else 1


def _key(loc: Loc) -> str:
    return next((part for part in reversed(loc) if isinstance(part, str)), "guide")


def _in_french(kind: str, ctx: dict[str, object], loc: Loc) -> tuple[str, str]:
    if kind == "missing":
        return "manque", f"Ajoutez « {_key(loc)}: … »."
    if kind == "extra_forbidden":
        return "n'existe pas ici", "Corrigez le nom, ou retirez la ligne."
    if kind == "string_too_long":
        return f"est trop long : {ctx['max_length']} signes au plus", "Raccourcissez."
    if kind in ("too_short", "string_too_short"):
        return "est vide ou trop court", f"Il en faut au moins {ctx['min_length']}."
    if kind == "too_long":
        return f"a trop de lignes : {ctx['max_length']} au plus", "Retirez-en."
    if kind == "string_pattern_mismatch":
        return "n'est pas un nom permis", "Minuscules sans accent, chiffres et « _ » seulement."
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        known = str(ctx.get("expected_tags", "")).replace("'", "") or "choice, open…"
        return "n'a pas de « kind » connu", f"Choisissez parmi : {known}."
    if kind in ("bool_parsing", "bool_type"):
        return "doit être « true » ou « false »", "Corrigez la valeur."
    if kind == "string_type":
        return "doit être un texte", "Mettez la valeur entre guillemets."
    if kind in ("tuple_type", "model_type", "model_attributes_type"):
        return "n'a pas la bonne forme", "Regardez un exemple dans docs/write-a-guide.md."
    if kind == "literal_error":
        return "n'a pas une valeur permise", f"Possible : {ctx['expected']}."
    return "n'a pas une valeur permise", "Regardez un exemple dans docs/write-a-guide.md."
