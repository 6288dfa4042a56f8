"""Reads a .qdpx or .qdc of any program, and trusts nothing in it."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from bot.curated import Code, folded
from bot.errors import CodebookError
from exports.refi.elements import (
    DANGEROUS,
    MOST_TEXT,
    NOT_A_FILE,
    TOO_LARGE,
    Elements,
)
from exports.refi.found import Passage, Project

MOST_OCTETS = 300 * 2**20  # of the file
MOST_PROJECT = 400 * 2**20  # of the XML inside, unpacked
MOST_WHOLE = 2 * 2**30  # of all that is inside, unpacked
MOST_ENTRIES = 300_000
MOST_RATIO, FROM = 200, 2**20  # what is unpacked may be this many times larger, from this size on

FAULTS = (
    ParseError, zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, ValueError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
BROKEN = "Ce fichier est abîmé ou incomplet. Exportez-le à nouveau depuis votre logiciel."


def read(path: Path) -> Project:
    """The content of the file. Raises CodebookError with what to do."""
    try:
        if path.stat().st_size > MOST_OCTETS:
            raise CodebookError(DANGEROUS.format(f"plus de {MOST_OCTETS // 2**20} Mo"))
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                elements = _archive(archive)
        else:
            with path.open("rb") as file:
                elements = _xml(file)
        elements.settle()
    except OSError:
        raise CodebookError("Ce fichier ne peut pas être lu. Vérifiez son nom.") from None
    except DefusedXmlException:
        raise CodebookError(DANGEROUS.format("il déclare des entités")) from None
    except FAULTS:
        raise CodebookError(BROKEN) from None
    _refuse_homonyms(elements.project.codes)
    return elements.project


def _archive(archive: zipfile.ZipFile) -> Elements:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise CodebookError(DANGEROUS.format("trop de fichiers dedans"))
    names: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        _refuse_entry(entry)
        if entry.filename.casefold() in names:
            raise CodebookError(DANGEROUS.format("deux fichiers du même nom"))
        names[entry.filename.casefold()] = entry
    if sum(entry.file_size for entry in entries) > MOST_WHOLE:
        raise CodebookError(DANGEROUS.format("trop grand une fois ouvert"))
    roots = [one for name, one in names.items() if "/" not in name and name.endswith(".qde")]
    if len(roots) != 1:
        raise CodebookError(NOT_A_FILE)
    with archive.open(roots[0]) as file:
        elements = _xml(file)
    of: dict[str, list[Passage]] = defaultdict(list)
    for passage in elements.project.passages:
        of[passage.source].append(passage)
    for id, path in elements.paths.items():
        content, problem = _content(archive, names, path)
        text = elements.project.texts.get(id)
        if text is None:
            elements.notes.words[id] = content or elements.notes.words[id]
        elif problem:
            elements.project.texts[id] = replace(text, problem=problem)
        else:
            elements.project.texts[id] = elements.read_text(text, content, of[id])
    return elements


def _refuse_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in name.split("/"):
        raise CodebookError(DANGEROUS.format("un nom de fichier qui sort du dossier"))
    if entry.flag_bits & 1:
        raise CodebookError("Ce projet est protégé par un mot de passe. Exportez-le sans.")
    large = MOST_PROJECT if name.casefold().endswith(".qde") else MOST_WHOLE
    packed = max(1, entry.compress_size)
    if entry.file_size > large or (
        entry.file_size > FROM and entry.file_size / packed > MOST_RATIO
    ):
        raise CodebookError(DANGEROUS.format("trop grand une fois ouvert"))


def _content(
    archive: zipfile.ZipFile, names: Mapping[str, zipfile.ZipInfo], path: str
) -> tuple[str, str]:
    """What a file of the project says, and why it cannot be read."""
    scheme, inside, name = path.partition("internal://")
    entry = names.get(f"sources/{name}".casefold()) or names.get(name.casefold())
    if not inside or scheme or entry is None:
        return "", "son texte n'est pas dans le fichier"
    if entry.file_size > MOST_TEXT:
        return "", TOO_LARGE
    try:
        return archive.read(entry).decode(), ""
    except UnicodeDecodeError:
        return "", "son texte n'est pas en UTF-8"


def _refuse_homonyms(codes: list[Code]) -> None:
    seen: dict[str, Code] = {}
    twice = []
    for code in codes:
        if seen.setdefault(folded(code.name), code) is not code:
            twice.append(code.name)
    if twice:
        shown = ", ".join(f"« {name[:60]} »" for name in dict.fromkeys(twice[:5]))
        raise CodebookError(
            f"Plusieurs thèmes de ce fichier ont le même nom : {shown}. On ne saurait pas lequel "
            "est posé sur un passage. Donnez-leur des noms différents dans votre logiciel, par "
            "exemple « Formation > Moyens », puis exportez à nouveau. Rien n'a été gardé."
        )


def _xml(file: IO[bytes]) -> Elements:
    """All the elements of an XML file."""
    elements = Elements()
    for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            elements.start(element)
        else:
            elements.end(element)
    return elements


def references(name: str) -> Iterator[str]:
    """The references of ours that the name of a text holds."""
    return (found[0] for found in re.finditer(r"\b[EP]-[0-9]{6,9}\b", name))
