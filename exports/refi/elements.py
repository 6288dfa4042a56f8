"""The elements of a project or of a codebook, followed as they come: what is ours to keep of them.

Each element that has no home here is counted by its name: nothing is dropped silently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from xml.etree.ElementTree import Element  # the type only: defusedxml does the reading

from bot.curated import Code
from bot.errors import CodebookError
from exports.refi.counting import EVERY, ours, possible, unusual
from exports.refi.found import Passage, Project, Text, digest, guid_of, key
from exports.refi.naming import coder_of, nothing_of
from exports.refi.notes import Notes

MOST_TEXT = 8 * 2**20  # of one text
MOST_CODES = 2000
DEEPEST = 60

NOT_A_FILE = (
    "Ce fichier n'est ni un projet .qdpx, ni un livre de codes .qdc, ni une feuille de thèmes .csv."
)
DANGEROUS = "Ce fichier est construit d'une façon dangereuse ({}). Exportez-le à nouveau."
TWO_TEXTS = (
    "Deux textes de ce fichier ont le même identifiant : on ne saurait pas duquel vient un "
    "passage. Exportez-le à nouveau depuis votre logiciel. Rien n'a été gardé."
)
TOO_LARGE = "son texte est trop grand"
UNKNOWN = "inconnu"

OTHER_KINDS = ("PictureSource", "PDFSource", "AudioSource", "VideoSource")
ASIDE = ("Variable", "VariableValue", "Case", "Graph")  # counted, with all inside
WRAPPERS = frozenset({
    "Project", "CodeBook", "Codes", "Users", "Sources", "Notes", "Variables", "Cases", "Sets",
    "Links", "Graphs", "Code", "User", "TextSource", "PlainTextContent", "PlainTextSelection",
    "Coding", "CodeRef", "Description", "Note", "NoteRef", *OTHER_KINDS,
})  # fmt: skip


class Elements:
    """Follows the elements as they come; nothing read stays in the tree."""

    def __init__(self) -> None:
        self.project = Project()
        self.paths: dict[str, str] = {}  # of texts and notes, by id
        self._stack: list[Element] = []
        self._aside = 0  # how many elements without a home we are in
        self._users: dict[str, str] = {}
        self._codes: list[str] = []  # the code we are in, and those above
        self._places: dict[str, int] = {}
        self._source: str | None = None
        self._content = ""
        self._selection: tuple[int, int] | None = None
        self._of_selection = ("", "", "")  # its identifier, name and user
        self._first = 0  # passage of this selection, of this source
        self._first_of_source = 0
        self._coding: tuple[str, str] | None = None  # user, moment
        self._first_of_coding = 0
        self._said: str | None = None  # the note that describes this selection
        self._note: str | None = None
        self.notes = Notes()
        self._set: str | None = None  # whose readings we are in
        self._root = True

    def start(self, element: Element) -> None:
        name = local(element)
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
        elif name in ASIDE or (name not in WRAPPERS and not self._aside and not self._outside()):
            self.project.aside[name] += 1
        if name not in WRAPPERS:
            self._aside += 1

    def _outside(self) -> bool:
        """Whether we are in a source of another kind: its parts are counted with it."""
        return any(local(one) in OTHER_KINDS for one in self._stack)

    def end(self, element: Element) -> None:
        name = local(element)
        self._stack.pop()
        above = self._stack[-1] if self._stack else None
        if name not in WRAPPERS:
            self._aside -= 1
        if finish := _ENDS.get(name):
            finish(self, element, local(above) if above is not None else "")
        if above is not None:
            above.remove(element)

    def settle(self) -> None:
        """Users and notes may come after what they are of: name them now."""
        project = self.project
        self.notes.settle(project)
        project.passages = [
            passage._replace(coder=self._users.get(passage.coder, UNKNOWN))
            for passage in project.passages
        ]

    def read_text(self, text: Text, content: str, passages: list[Passage]) -> Text:
        """The text with its fingerprints, once what its passages say of it is known."""
        named = [(one.start, one.end, one.name) for one in passages
                 if one.start is not None and one.end is not None]  # fmt: skip
        both = self.project.countings & possible(content, named)
        self.project.countings = both or EVERY  # they contradict one another: nothing is known
        return replace(
            text, problem="", sha256=digest(content), loose=digest(ours(content).rstrip()),
            raw=content if unusual(content) or content != content.rstrip() else "",
        )  # fmt: skip

    def _user(self, element: Element) -> None:
        written = element.get("name") or element.get("id") or ""
        name = " ".join(coder_of(written).split())
        name = "".join(one for one in name if one.isprintable())[:80]
        self._users[key(element.get("guid"))] = name or UNKNOWN

    def _code(self, element: Element) -> None:
        id, above = guid_of(element.get("guid")), self._codes[-1] if self._codes else None
        if id in self._places:
            raise CodebookError(DANGEROUS.format("deux thèmes du même identifiant"))
        if len(self._places) >= MOST_CODES:
            raise CodebookError(DANGEROUS.format(f"plus de {MOST_CODES} thèmes"))
        self._places[id] = len(self.project.codes)
        self._codes.append(id)
        name, colour = element.get("name") or "", element.get("color") or ""
        self.project.codes.append(Code(id, name, "", colour, above))

    def _code_end(self, element: Element, above: str) -> None:  # noqa: ARG002
        self._codes.pop()

    def _description(self, element: Element, above: str) -> None:
        said = (element.text or "").strip()
        if above == "Code" and self._codes:
            place = self._places[self._codes[-1]]
            code = self.project.codes[place]
            self.project.codes[place] = replace(code, definition=element.text or "")
        elif said and above == "PlainTextSelection" and self._source is not None:
            self._said = self.notes.describes(said)
        elif said and above == "Note" and self._note is not None:
            self.notes.words[self._note] = self.notes.words.get(self._note) or said
        elif said and not self._aside and not self._outside():
            self.project.aside["Description"] += 1

    def _source_start(self, element: Element) -> None:
        id = guid_of(element.get("guid"))
        if id in self.project.texts:
            raise CodebookError(TWO_TEXTS)
        self._source, self._content = id, ""
        self._first_of_source = len(self.project.passages)
        self.project.texts[id] = Text(id, element.get("name") or "", problem="il est sans texte")
        if path := element.get("plainTextPath"):
            self.paths[id] = path
            self.project.texts[id] = Text(id, element.get("name") or "")

    def _source_end(self, element: Element, above: str) -> None:  # noqa: ARG002
        id = self._source
        if id is not None and self._content:
            text, passages = self.project.texts[id], self.project.passages[self._first_of_source :]
            self.project.texts[id] = (
                replace(text, problem=TOO_LARGE) if len(self._content) > MOST_TEXT
                else self.read_text(text, self._content, passages)
            )  # fmt: skip
            self.paths.pop(id, None)
        self._source = None

    def _content_end(self, element: Element, above: str) -> None:
        if self._source is not None and above == "TextSource":
            self._content = element.text or ""
        elif self._note is not None and above == "Note":
            self.notes.words[self._note] = element.text or ""

    def _selection_start(self, element: Element) -> None:
        start, end = element.get("startPosition") or "", element.get("endPosition") or ""
        self._selection = (int(start), int(end)) if self._source else None
        user = key(element.get("creatingUser"))
        self._of_selection = (key(element.get("guid")), element.get("name") or "", user)
        self._first, self._said = len(self.project.passages), None

    def _selection_end(self, element: Element, above: str) -> None:  # noqa: ARG002
        last = len(self.project.passages)
        if self._source is not None and self._first == last:
            self.project.bare += 1
        if self._said is not None:
            self.notes.on_passages(self._first, last, self._said)
            self._said = None
        self._selection = None

    def _coding_start(self, element: Element) -> None:
        made = element.get("creationDateTime") or ""
        self._coding = (key(element.get("creatingUser")), made)
        self._first_of_coding = len(self.project.passages)

    def _coding_end(self, element: Element, above: str) -> None:  # noqa: ARG002
        self._coding = None

    def _code_ref(self, element: Element) -> None:
        if self._source is None:
            if self._outside():
                self.project.other_codings += 1
            return  # of a case: counted with it
        id, name, user = self._of_selection if self._selection else ("", "", "")
        user, made = self._coding or (user, "")
        start, end = self._selection or (None, None)
        code = guid_of(element.get("targetGUID"))
        self.project.passages.append(
            Passage(self._source, start, end, code, user or "", _day(made), name, (), id)
        )

    def _note_start(self, element: Element) -> None:
        self._note = key(element.get("guid"))
        self.notes.words[self._note] = ""
        if path := element.get("plainTextPath"):
            self.paths[self._note] = path

    def _note_end(self, element: Element, above: str) -> None:  # noqa: ARG002
        self._note = None

    def _note_ref(self, element: Element) -> None:
        note, above = key(element.get("targetGUID")), local(self._stack[-2])
        last = len(self.project.passages)
        if above == "Code" and self._codes:
            self.notes.on_code(self._codes[-1], note)
        elif above == "Coding" and self._source is not None:
            self.notes.on_passages(self._first_of_coding, last, note)
        elif above == "PlainTextSelection" and self._source is not None:
            self.notes.on_passages(self._first, last, note)

    def _link(self, element: Element) -> None:
        self.notes.link(key(element.get("originGUID")), key(element.get("targetGUID")))

    def _set_start(self, element: Element) -> None:
        self._set = nothing_of(element.get("guid") or "", element.get("name") or "")
        if self._set is None:
            self.project.aside["Set"] += 1

    def _set_end(self, element: Element, above: str) -> None:  # noqa: ARG002
        self._set = None

    def _member(self, element: Element) -> None:
        if self._set is not None:
            self.project.nothing.append((self._set, key(element.get("targetGUID"))))


_STARTS: Mapping[str, Callable[[Elements, Element], None]] = {
    "User": Elements._user,
    "Code": Elements._code,
    "TextSource": Elements._source_start,
    "PlainTextSelection": Elements._selection_start,
    "Coding": Elements._coding_start,
    "CodeRef": Elements._code_ref,
    "Note": Elements._note_start,
    "NoteRef": Elements._note_ref,
    "Link": Elements._link,
    "Set": Elements._set_start,
    "MemberSource": Elements._member,
}
_ENDS: Mapping[str, Callable[[Elements, Element, str], None]] = {
    "Code": Elements._code_end,
    "Description": Elements._description,
    "TextSource": Elements._source_end,
    "PlainTextContent": Elements._content_end,
    "PlainTextSelection": Elements._selection_end,
    "Coding": Elements._coding_end,
    "Note": Elements._note_end,
    "Set": Elements._set_end,
}


def local(element: Element) -> str:
    """The name of an element, whatever the version of its namespace."""
    return element.tag.rpartition("}")[2]


def _day(written: str) -> date | None:
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return None
    return (when.astimezone(UTC) if when.tzinfo else when).date()
