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
from bot.yaml_reading import composed, line_of, read, written_twice
from exports.fusion.mapping import Loc, Mapping, Trouble, troubles

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
        raise _error(name, line, "le fichier n'est pas du YAML lisible",
                     "Vérifiez les retraits, les deux-points et les guillemets de cette ligne."
                     ) from None  # fmt: skip
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _error(name, 1, "le fichier ne se lit pas", "Repartez d'un modèle fourni.") from None
    if (again := _written_once(root)) is not None:
        raise _error(name, again.start_mark.line + 1, "une partie est reprise par « * »",
                     "Écrivez-la en entier aux deux endroits.")  # fmt: skip
    if (twice := written_twice(root)) is not None:
        raise _error(name, twice.start_mark.line + 1,
                     f"« {twice.value} » est écrit deux fois au même endroit",
                     "Gardez une seule des deux lignes.")  # fmt: skip
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
        case "missing":
            return "manque", f"Ajoutez « {_key(loc)}: … »."
        case "extra_forbidden":
            return "n'existe pas ici", "Corrigez le nom, ou retirez la ligne."
        case "literal_error":
            expected = str(ctx["expected"]).replace("'", "").replace(" or ", " ou ")
            return "n'a pas une valeur permise", f"Possible : {expected}."
        case "bool_parsing" | "bool_type":
            return "doit être « true » ou « false »", "Corrigez la valeur."
        case "int_type" | "int_parsing" | "int_from_float":
            return "doit être un nombre entier", "Écrivez-le en chiffres, sans guillemets."
        case "greater_than_equal":
            return "est trop petit", f"Au moins {ctx['ge']}."
        case "less_than_equal":
            return "est trop grand", f"Au plus {ctx['le']}."
        case "string_type":
            return "doit être un texte", "Mettez la valeur entre guillemets."
        case "too_short" | "string_too_short":
            return "est vide", "Complétez."
        case "too_long" | "string_too_long":
            return "est trop long", f"Au plus {ctx['max_length']}."
        case "tuple_type":
            return "doit être une liste", "Commencez chaque ligne par un tiret."
        case "string_pattern_mismatch":
            return (
                "n'est pas un nom permis",
                "Des lettres sans accent, des chiffres, « - » et « _ ».",
            )
        case _:
            return "n'a pas la bonne forme", "Regardez un exemple dans docs/fusion.md."
