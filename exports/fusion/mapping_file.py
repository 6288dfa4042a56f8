"""Reads a mapping file, or refuses it: where it is wrong, what is wrong, what to change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Names
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from bot.errors import ExportError
from bot.yaml_faults import BROKEN, TWICE, fault
from bot.yaml_reading import composed, line_of, read, written_twice
from exports.fusion.mapping import Loc, Mapping, Trouble, troubles

SEE = "Regardez un exemple dans docs/fusion.md."
LARGEST = 200_000  # bytes of a mapping file
Model = TypeVar("Model", bound=BaseModel)


def ready() -> tuple[str, ...]:
    """The names of the mappings that come with Parole."""
    files = Path(str(resources.files("exports.fusion") / "mappings")).glob("*.yml")
    return tuple(sorted(file.stem for file in files))


def ready_text(name: str) -> str:
    """The text of a mapping that comes with Parole. Raises ExportError."""
    if name not in ready():
        raise ExportError(f"Le modèle « {name} » est inconnu. Possibles : {', '.join(ready())}.")
    return (resources.files("exports.fusion") / "mappings" / f"{name}.yml").read_text("utf-8")


def text_of(file: Path) -> str:
    """What a file of staff says. Raises ExportError."""
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise ExportError(f"Le fichier « {file} » ne se lit pas (code {error.errno}).") from None
    if len(octets) > LARGEST:
        raise ExportError(f"Le fichier « {file} » est trop gros pour être un modèle de colonnes.")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ExportError(
            f"Le fichier « {file} » n'est pas en UTF-8. Enregistrez-le ainsi."
        ) from None


def read_mapping(source: str, name: str, filled: Names[str, str] = MappingProxyType({})) -> Mapping:
    """The sheet written in `source`; `name` is the file's, for the messages. Raises ExportError."""
    check = lambda one: troubles(one.filled(filled))  # noqa: E731
    return read_as(Mapping, source, name, check).filled(filled)


def read_draft(source: str, name: str) -> Mapping:
    """The same, with columns that are still to be completed. Raises ExportError."""
    check = lambda one: troubles(one.filled({c.name: "?" for c in one.to_fill}))  # noqa: E731
    return read_as(Mapping, source, name, check)


def read_as(
    model: type[Model], source: str, name: str, check: Callable[[Model], Iterable[Trouble]]
) -> Model:
    """A file of this model, or ExportError for the first line that is wrong."""
    try:
        root = composed(source, words=True)
        given = read(source, words=True)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _error(name, line, *BROKEN) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _error(name, 1, "le fichier ne se lit pas", "Repartez d'un modèle fourni.") from None
    if (again := _written_once(root)) is not None:
        raise _error(name, again.start_mark.line + 1, "une partie est reprise par « * »",
                     "Écrivez-la en entier aux deux endroits.")  # fmt: skip
    if (twice := written_twice(root)) is not None:
        line = twice.start_mark.line + 1
        raise _error(name, line, f"« {twice.value} » {TWICE[0]}", TWICE[1])
    if not isinstance(given, dict):
        raise _error(name, 1, "ce n'est pas un modèle de colonnes",
                     "Repartez d'un modèle fourni.")  # fmt: skip
    try:
        mapping = model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        loc = tuple(first["loc"])
        problem, remedy = _in_french(first["type"], first.get("ctx", {}), loc)
        raise _error(name, line_of(root, loc), f"« {_key(loc)} » {problem}", remedy) from None
    for loc, problem, remedy in check(mapping):
        raise _error(name, line_of(root, loc), problem, remedy)
    return mapping


def _written_once(root: yaml.Node | None) -> yaml.Node | None:
    """The first part that stands at several places: a small file may so be made endless."""
    seen: set[int] = set()
    ahead = [root]
    while ahead:
        node = ahead.pop()
        if isinstance(node, yaml.CollectionNode):
            if id(node) in seen:
                return node
            seen.add(id(node))
            for one in node.value:
                ahead.extend(one if isinstance(one, tuple) else (one,))
    return None


def schema() -> str:
    """The JSON Schema of mapping files, for editors."""
    return json.dumps(Mapping.model_json_schema(by_alias=True), ensure_ascii=False, indent=1) + "\n"


def _error(name: str, line: int, problem: str, remedy: str) -> ExportError:
    return ExportError(f"{name}, ligne {line} : {problem}. {remedy}")


def _key(loc: Loc) -> str:
    names = [part for part in loc if isinstance(part, str) and part != "[key]"]
    return names[-1] if names else "colonnes"


def _in_french(kind: str, ctx: dict[str, Any], loc: Loc) -> tuple[str, str]:
    """What is wrong, said after the key's name, and what to change."""
    match kind:
        case "too_short" | "string_too_short":
            return "est vide", "Complétez."
        case "too_long" | "string_too_long":
            return "est trop long", f"Au plus {ctx['max_length']}."
        case "string_pattern_mismatch":
            allowed = "Des lettres sans accent, des chiffres, « - » et « _ »."
            return "n'est pas un nom permis", allowed
        case _:
            return fault(kind, ctx, _key(loc)) or ("n'a pas la bonne forme", SEE)
