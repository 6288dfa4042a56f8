"""`project.qde`, the XML of a REFI-QDA project: users, codes, cases, texts, passages, notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import IO

from bot.curated import Coding
from exports.confidentiality import Profile
from exports.leaving.anchoring import anchored
from exports.records import Participant, Record
from exports.refi.first_reading import Seen
from exports.refi.naming import (
    PREFIXES,
    code_guid,
    guid,
    moment,
    nothing_set,
    source_guid,
    user_name,
)
from exports.refi.variables import Variables
from exports.refi.xml_writing import ORIGIN, PROJECT, Xml, write_codes
from exports.source import Leaving

PROGRAM = "chatbot"  # the user who made the sources


class ProjectXml:
    """`project.qde`, in the order its schema wants."""

    def __init__(self, source: Leaving, profile: Profile, seen: Seen, codes: set[str]) -> None:
        self._source, self._seen, self._codes = source, seen, codes
        self._variables = Variables(source, profile, seen.supports)
        self._taken = moment(source.snapshot.taken)

    def write(self, out: IO[bytes], records: Callable[[], Iterator[Record]]) -> int:
        """The whole file; how many characters it could not hold, those of the texts aside."""
        xml = Xml(out)
        head = {
            "xmlns": PROJECT, "name": "Parole", "origin": ORIGIN,
            "creatingUserGUID": guid("user", PROGRAM), "creationDateTime": self._taken,
        }  # fmt: skip
        with xml.inside("Project", head):
            with xml.inside("Users", {}):
                xml.empty("User", {"guid": guid("user", PROGRAM), "name": PROGRAM})
                for coder in sorted(self._seen.coders):
                    xml.empty("User", {"guid": guid("user", coder), "name": coder})
            if self._codes:
                with xml.inside("CodeBook", {}):
                    write_codes(xml, self._source.snapshot.codebook)
            self._variables.declare(xml)
            self._cases(xml)
            if self._seen.texts:
                with xml.inside("Sources", {}):
                    for record in records():
                        if record.text:
                            self._text(xml, record, record.text)
            self._notes(xml, records)
            self._nothing(xml, records)
        xml.done()
        return xml.replaced

    def _notes(self, xml: Xml, records: Callable[[], Iterator[Record]]) -> None:
        """What coders wrote beside passages."""
        with _Late(xml, "Notes") as notes:
            for record in records() if self._seen.notes else ():
                mine = source_guid(record.guide, record.reference)
                for coding in self._codings(record, record.text or ""):
                    if coding.note:
                        notes.begin()
                        user = guid("user", user_name(coding))
                        named = {"guid": guid("note", *_place(mine, coding)), "name": "Note",
                                 "creatingUser": user,
                                 "creationDateTime": moment(coding.on)}  # fmt: skip
                        with xml.inside("Note", named):
                            xml.text("PlainTextContent", coding.note)

    def _nothing(self, xml: Xml, records: Callable[[], Iterator[Record]]) -> None:
        """For each coder, the texts they read with nothing to code."""
        if not self._seen.read:
            return
        read: dict[str, list[str]] = defaultdict(list)
        for record in records():
            for one in record.readings if record.text else ():
                read[PREFIXES["human"] + one.coder].append(
                    source_guid(record.guide, record.reference)
                )
        with xml.inside("Sets", {}):
            for user, sources in sorted(read.items()):
                with xml.inside("Set", nothing_set(user)):
                    for source in sources:
                        xml.empty("MemberSource", {"targetGUID": source})

    def _cases(self, xml: Xml) -> None:
        """One case for each participation that has a text here; none of them, no `Cases`."""
        with _Late(xml, "Cases") as cases:
            for participant in self._source.participants():
                mine = [one for one in participant.contributions if one not in self._seen.wordless]
                if mine:
                    cases.begin()
                    self._case(xml, participant, mine)

    def _case(self, xml: Xml, participant: Participant, references: list[str]) -> None:
        named = {
            "guid": guid("participation", participant.guide, participant.reference),
            "name": participant.reference,
        }
        with xml.inside("Case", named):
            self._variables.of_person(xml, participant.guide, participant.answers)
            for reference in references:
                xml.empty("SourceRef", {"targetGUID": source_guid(participant.guide, reference)})

    def _text(self, xml: Xml, record: Record, text: str) -> None:
        mine = source_guid(record.guide, record.reference)
        made = moment(record.made_on) if record.made_on else self._taken
        named = {
            "guid": mine, "name": record.reference, "plainTextPath": f"internal://{mine}.txt",
            "creatingUser": guid("user", PROGRAM), "creationDateTime": made,
        }  # fmt: skip
        with xml.inside("TextSource", named):
            for coding in self._codings(record, text):
                self._passage(xml, mine, coding)
            self._variables.of_text(xml, record)

    def _codings(self, record: Record, text: str) -> list[Coding]:
        codings = [one for one in anchored(text, record.codings)[0] if one.code in self._codes]
        return sorted(codings, key=lambda one: (one.start, one.end, one.code, one.coder))

    def _passage(self, xml: Xml, source: str, coding: Coding) -> None:
        user = guid("user", user_name(coding))
        by = {"creatingUser": user, "creationDateTime": moment(coding.on)}
        place = _place(source, coding)
        selection = {
            "guid": guid("passage", *place), "name": f"{coding.start}-{coding.end}",
            "startPosition": str(coding.start), "endPosition": str(coding.end),
        }  # fmt: skip
        with (
            xml.inside("PlainTextSelection", {**selection, **by}),
            xml.inside("Coding", {"guid": guid("coding", *place), **by}),
        ):
            xml.empty("CodeRef", {"targetGUID": code_guid(coding.code)})
            if coding.note:
                xml.empty("NoteRef", {"targetGUID": guid("note", *place)})


def _place(source: str, coding: Coding) -> tuple[str, ...]:
    """What tells a passage from any other."""
    user = guid("user", user_name(coding))
    return source, coding.code, str(coding.start), str(coding.end), user


class _Late:
    """An element begun only once it has something inside: an empty one is not valid."""

    def __init__(self, xml: Xml, name: str) -> None:
        self._element = xml.inside(name, {})
        self._begun = False

    def begin(self) -> None:
        if not self._begun:
            self._element.__enter__()
            self._begun = True

    def __enter__(self) -> _Late:
        return self

    def __exit__(self, *error: object) -> None:
        if self._begun:
            self._element.__exit__(None, None, None)
