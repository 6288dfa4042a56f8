"""Reads a .qdpx or .qdc of any program, and trusts nothing in it."""

from __future__ import annotations

import hashlib
import re
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, NamedTuple
from xml.etree.ElementTree import Element, ParseError  # the type only: defusedxml does the reading

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from bot.curated import Code, folded
from bot.errors import CodebookError

MOST_OCTETS = 300 * 2**20  # of the file
MOST_PROJECT = 400 * 2**20  # of the XML inside, unpacked
MOST_TEXT = 8 * 2**20  # of one text
MOST_WHOLE = 2 * 2**30  # of all that is inside, unpacked
MOST_ENTRIES = 300_000
MOST_RATIO, FROM = 200, 2**20  # what is unpacked may be this many times larger, from this size on
DEEPEST = 60

FAULTS = (
    ParseError, zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, ValueError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
NOT_A_FILE = "Ce fichier n'est ni un projet .qdpx ni un livre de codes .qdc."
DANGEROUS = "Ce fichier est construit d'une façon dangereuse ({}). Exportez-le à nouveau."
BROKEN = "Ce fichier est abîmé ou incomplet. Exportez-le à nouveau depuis votre logiciel."
PREFIX = re.compile(r"(humain|importe):")
UNKNOWN = "inconnu"
OTHER_KINDS = ("PictureSource", "PDFSource", "AudioSource", "VideoSource")


class Passage(NamedTuple):
    """One code on one passage, as the file says it."""

    source: str
    start: int | None  # None: the whole text has the code
    end: int | None
    code: str
    coder: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the file: its fingerprints are enough to compare it."""

    id: str
    name: str = field(repr=False)
    sha256: str | None = None
    loose: str | None = None  # fingerprint without BOM, with LF only
    problem: str = ""  # why it could not be read


@dataclass(slots=True)
class Project:
    """All that was found, and how much of it is not ours to keep."""

    codes: list[Code] = field(default_factory=list)
    texts: dict[str, Text] = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)
    other_sources: int = 0  # pictures, sounds, PDF
    other_codings: int = 0  # on those
    bare: int = 0  # passages without a code


def read(path: Path) -> Project:
    """The content of the file. Raises CodebookError with what to do."""
    try:
        if path.stat().st_size > MOST_OCTETS:
            raise CodebookError(DANGEROUS.format(f"plus de {MOST_OCTETS // 2**20} Mo"))
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                project = _archive(archive)
        else:
            with path.open("rb") as file:
                project = _xml(file)[0]
    except OSError:
        raise CodebookError("Ce fichier ne peut pas être lu. Vérifiez son nom.") from None
    except DefusedXmlException:
        raise CodebookError(DANGEROUS.format("il déclare des entités")) from None
    except FAULTS:
        raise CodebookError(BROKEN) from None
    _refuse_homonyms(project.codes)
    return project


def _archive(archive: zipfile.ZipFile) -> Project:
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
        project, paths = _xml(file)
    for id, text in project.texts.items():
        if id in paths:
            project.texts[id] = _with_content(archive, names, text, paths[id])
    return project


def _refuse_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in name.split("/"):
        raise CodebookError(DANGEROUS.format("un nom de fichier qui sort du dossier"))
    if entry.flag_bits & 1:
        raise CodebookError("Ce projet est protégé par un mot de passe. Exportez-le sans.")
    large = MOST_PROJECT if name.endswith(".qde") else MOST_WHOLE
    packed = max(1, entry.compress_size)
    if entry.file_size > large or (entry.file_size > FROM * MOST_RATIO) or (
        entry.file_size > FROM and entry.file_size / packed > MOST_RATIO
    ):  # fmt: skip
        raise CodebookError(DANGEROUS.format("trop grand une fois ouvert"))


def _with_content(
    archive: zipfile.ZipFile, names: Mapping[str, zipfile.ZipInfo], text: Text, path: str
) -> Text:
    scheme, inside, name = path.partition("internal://")
    entry = names.get(f"sources/{name}".casefold()) if inside and not scheme else None
    if entry is None:
        return replace(text, problem="son texte n'est pas dans le fichier")
    if entry.file_size > MOST_TEXT:
        return replace(text, problem="son texte est trop grand")
    try:
        return _fingerprinted(text, archive.read(entry).decode())
    except UnicodeDecodeError:
        return replace(text, problem="son texte n'est pas en UTF-8")


def _fingerprinted(text: Text, content: str) -> Text:
    loose = content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return replace(text, sha256=digest(content), loose=digest(loose))


def digest(text: str) -> str:
    """The fingerprint of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


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


def _xml(file: IO[bytes]) -> tuple[Project, dict[str, str]]:
    """The project of an XML file, and where the text of each source is, by id."""
    reading = _Reading()
    for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            reading.start(element)
        else:
            reading.end(element)
    reading.settle()
    return reading.project, reading.paths


class _Reading:
    """Follows the elements as they come; nothing read stays in the tree."""

    def __init__(self) -> None:
        self.project = Project()
        self.paths: dict[str, str] = {}
        self._stack: list[Element] = []
        self._users: dict[str, str] = {}
        self._codes: list[str] = []  # the code we are in, and those above
        self._places: dict[str, int] = {}
        self._source: str | None = None
        self._selection: tuple[int, int] | None = None
        self._coding: tuple[str, str] | None = None  # user, moment
        self._coded = False
        self._root = True

    def start(self, element: Element) -> None:
        name = _local(element)
        if self._root:
            if name not in ("Project", "CodeBook"):
                raise CodebookError(NOT_A_FILE)
            self._root = False
        if len(self._stack) > DEEPEST:
            raise CodebookError(DANGEROUS.format("trop de niveaux"))
        self._stack.append(element)
        if begin := _STARTS.get(name):
            begin(self, element)
        elif name in OTHER_KINDS:
            self.project.other_sources += 1

    def end(self, element: Element) -> None:
        name = _local(element)
        self._stack.pop()
        above = self._stack[-1] if self._stack else None
        if finish := _ENDS.get(name):
            finish(self, element, _local(above) if above is not None else "")
        if above is not None:
            above.remove(element)

    def settle(self) -> None:
        """Users may come after what they made: name the coders now."""
        named = self._users
        self.project.passages = [
            passage._replace(coder=named.get(passage.coder, UNKNOWN))
            for passage in self.project.passages
        ]

    def user(self, element: Element) -> None:
        written = element.get("name") or element.get("id") or ""
        name = " ".join(PREFIX.sub("", written, count=1).split())
        name = "".join(one for one in name if one.isprintable())[:80]
        self._users[_id(element.get("guid"))] = name or UNKNOWN

    def code(self, element: Element) -> None:
        id, above = _id(element.get("guid")), self._codes[-1] if self._codes else None
        if id in self._places:
            raise CodebookError(DANGEROUS.format("deux thèmes du même identifiant"))
        self._places[id] = len(self.project.codes)
        self._codes.append(id)
        name, colour = element.get("name") or "", element.get("color") or ""
        self.project.codes.append(Code(id, name, "", colour, above))

    def code_end(self, element: Element, above: str) -> None:  # noqa: ARG002
        self._codes.pop()

    def description(self, element: Element, above: str) -> None:
        if above == "Code" and self._codes:
            place = self._places[self._codes[-1]]
            code = self.project.codes[place]
            self.project.codes[place] = replace(code, definition=element.text or "")

    def source(self, element: Element) -> None:
        id = _id(element.get("guid"))
        self._source = id
        self.project.texts[id] = Text(id, element.get("name") or "", problem="il est sans texte")
        if path := element.get("plainTextPath"):
            self.paths[id] = path
            self.project.texts[id] = Text(id, element.get("name") or "")

    def source_end(self, element: Element, above: str) -> None:  # noqa: ARG002
        self._source = None

    def content(self, element: Element, above: str) -> None:
        if self._source is not None and above == "TextSource":
            text = replace(self.project.texts[self._source], problem="")
            self.project.texts[self._source] = _fingerprinted(text, element.text or "")

    def selection(self, element: Element) -> None:
        start, end = element.get("startPosition") or "", element.get("endPosition") or ""
        self._selection = (int(start), int(end)) if self._source else None
        self._coded = False

    def selection_end(self, element: Element, above: str) -> None:  # noqa: ARG002
        if self._source is not None and not self._coded:
            self.project.bare += 1
        self._selection = None

    def coding(self, element: Element) -> None:
        made = element.get("creationDateTime") or ""
        self._coding = (_id(element.get("creatingUser"), needed=False), made)

    def coding_end(self, element: Element, above: str) -> None:  # noqa: ARG002
        self._coding = None

    def code_ref(self, element: Element) -> None:
        if self._coding is None:  # of a case or a set
            return
        if self._source is None:
            self.project.other_codings += 1
            return
        self._coded = True
        user, made = self._coding
        start, end = self._selection or (None, None)
        code = _id(element.get("targetGUID"))
        self.project.passages.append(Passage(self._source, start, end, code, user, _day(made)))


_STARTS: Mapping[str, Callable[[_Reading, Element], None]] = {
    "User": _Reading.user,
    "Code": _Reading.code,
    "TextSource": _Reading.source,
    "PlainTextSelection": _Reading.selection,
    "Coding": _Reading.coding,
    "CodeRef": _Reading.code_ref,
}
_ENDS: Mapping[str, Callable[[_Reading, Element, str], None]] = {
    "Code": _Reading.code_end,
    "Description": _Reading.description,
    "TextSource": _Reading.source_end,
    "PlainTextContent": _Reading.content,
    "PlainTextSelection": _Reading.selection_end,
    "Coding": _Reading.coding_end,
}


def _local(element: Element) -> str:
    """The name of an element, whatever the version of its namespace."""
    return element.tag.rpartition("}")[2]


def _id(written: str | None, *, needed: bool = True) -> str:
    """A GUID as 32 digits, whatever its capitals and braces."""
    if not written and not needed:
        return ""
    return uuid.UUID((written or "").strip("{}")).hex


def _day(written: str) -> date | None:
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return None
    return (when.astimezone(UTC) if when.tzinfo else when).date()


def references(name: str) -> Iterator[str]:
    """The references of ours that the name of a text holds."""
    return (found[0] for found in re.finditer(r"\b[EP]-[0-9]{6,9}\b", name))
