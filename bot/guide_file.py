"""Reads a guide file, or refuses it: where it is wrong, what is wrong, what to change."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bot.contradictions import Loc, Trouble, cautions, contradictions
from bot.errors import GuideError
from bot.guide import KINDS, Guide
from bot.yaml_faults import BROKEN, TWICE, fault
from bot.yaml_reading import composed, line_of, read, written_twice


def bundled() -> tuple[Path, ...]:
    """The guide files that come with Parole."""
    return tuple(sorted(Path(str(resources.files("bot") / "guides")).glob("*.yml")))


def read_guide(source: str, name: str) -> Guide:
    """The guide written in `source`; `name` is the file's, for the messages.

    Raises GuideError for the first line that is wrong.
    """
    try:
        root = composed(source, words=True)
        written = read(source, words=True)
        twice = written_twice(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise GuideError(f"{name}, ligne {line}", *BROKEN) from error
    except (yaml.YAMLError, ValueError) as error:
        raise GuideError(name, "le fichier contient un signe interdit", "Retirez-le.") from error
    except RecursionError as error:
        raise GuideError(name, "le fichier a trop de niveaux", "Simplifiez-le.") from error
    if twice is not None:
        where = f"{name}, ligne {twice.start_mark.line + 1}"
        raise GuideError(where, f"« {twice.value} » {TWICE[0]}", TWICE[1])
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
    for trouble in contradictions(guide):
        raise _error(trouble, root, name)
    return guide


def warned(source: str, guide: Guide, name: str) -> list[str]:
    """What `guide`, read from `source`, may do but rarely should: one sentence each."""
    root = composed(source, words=True)
    return [str(_error(trouble, root, name)) for trouble in cautions(guide)]


def _error(trouble: Trouble, root: yaml.Node | None, name: str) -> GuideError:
    loc, problem, remedy = trouble
    return GuideError(f"{name}, ligne {_line(root, loc)}", problem, remedy)


def schema() -> str:
    """The JSON Schema of guide files, for editors."""
    return json.dumps(Guide.model_json_schema(by_alias=True), ensure_ascii=False, indent=1) + "\n"


def _line(node: yaml.Node | None, loc: Loc) -> int:
    return line_of(node, _without_kind(loc))


def _without_kind(loc: Loc) -> Loc:
    """`loc` without the kind that pydantic puts after a step's number."""
    is_kind = len(loc) > 4 and loc[2] == "steps" and loc[4] in KINDS
    return (*loc[:4], *loc[5:]) if is_kind else loc


def _key(loc: Loc) -> str:
    """The words of the file that `loc` ends with, for the message."""
    names = [part for part in _without_kind(loc) if isinstance(part, str)]
    return names[-1] if names else "guide"


ALLOWED = {
    "guide": "Minuscules sans accent, chiffres et « - », 40 signes au plus.",
    "version": "Lettres, chiffres, « . » et « - », 20 signes au plus.",
    "value": "Minuscules sans accent, chiffres et « _ », 32 signes au plus.",
}
A_NAME = "Une minuscule, puis minuscules sans accent, chiffres et « _ », 24 signes au plus."
SEE = "Regardez un exemple dans docs/write-a-guide.md."


def _in_french(kind: str, ctx: dict[str, Any], loc: Loc) -> tuple[str, str]:
    """What is wrong, said after the key's name, and what to change."""
    match kind:
        case "string_too_long":
            return f"est trop long : {ctx['max_length']} signes au plus", "Raccourcissez."
        case "too_short" | "string_too_short":
            return "est vide ou trop court", f"Il en faut au moins {ctx['min_length']}."
        case "too_long":
            return f"a trop de lignes : {ctx['max_length']} au plus", "Retirez-en."
        case "string_pattern_mismatch":
            return "n'est pas un nom permis", ALLOWED.get(_key(loc), A_NAME)
        case "union_tag_invalid" | "union_tag_not_found":
            problem = "contient une étape sans « kind » connu"
            return problem, f"Choisissez « kind » parmi : {', '.join(KINDS)}."
        case _:
            return fault(kind, ctx, _key(loc)) or ("n'a pas la bonne forme", SEE)
