"""`refi-qda`: texts, profiles, themes and coded passages in one .qdpx (REFI-QDA 1.5)."""

from __future__ import annotations

import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.sax.saxutils import escape

from bot.curated import Coding
from exports.columns import Coded
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.leaving.anchoring import anchored
from exports.manifest import Warned
from exports.on_disk.many_entries import open_zip
from exports.records import Participant, Record
from exports.refi.standard import (
    ORIGIN,
    PROJECT,
    Xml,
    code_guid,
    guid,
    moment,
    nothing_set,
    plain,
    source_guid,
    write_codes,
)
from exports.source import Leaving
from exports.vocabulary import Question, leaving

FILE = "projet.qdpx"
PROGRAM = "chatbot"  # the user who made the sources
PREFIXES = {"human": "humain:", "imported": "importe:"}
KNOWN = 2_048  # values of variables, remembered as they are written
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of a ZIP: the same bytes whatever the day

DOCUMENT = {  # variables of each text; a reader of ours that ignores cases finds the profile too
    "doc_type": ("Text", "Une expérience ou une proposition."),
    "doc_axe": ("Text", "Le sujet choisi."),
    "doc_pour_qui": ("Text", "Pour qui est la proposition."),
    "doc_date": ("Date", "Le jour où la contribution a compté (temps universel)."),
    "doc_langue": ("Text", "La langue du texte."),
    "doc_nb_soutiens": ("Integer", "Combien de contributions semblables lui ont été jointes."),
    "doc_guide": ("Text", "Le questionnaire suivi."),
}


@dataclass(slots=True)
class _Seen:
    """What a first reading found: all that has to be known before the first line."""

    coders: set[str] = field(default_factory=set)
    supports: Counter[str] = field(default_factory=Counter)
    texts: int = 0
    wordless: set[str] = field(default_factory=set)
    codings: int = 0
    notes: int = 0
    read: int = 0
    redo: int = 0
    unknown: int = 0
    replaced: int = 0


class RefiQda:
    """One text per contribution, one case per participation, one user per coder."""

    name = "refi-qda"
    title = "Projet pour NVivo, MAXQDA, ATLAS.ti, QualCoder (.qdpx)"
    profiles = tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        codes = {code.id for code in source.snapshot.codebook}
        seen = _first_reading(records(), codes)
        project = _Project(source, profile, seen, codes)
        with open_zip(folder.place(FILE), folder.aside) as archive:
            with archive.open(_entry("project.qde"), "w") as out:
                project.write(out, records)
            written = (one for one in records() if one.text)
            for count, record in enumerate(written, start=1):
                name = f"Sources/{source_guid(record.guide, record.reference)}.txt"
                archive.writestr(_entry(name), plain(record.text or "")[0].encode())
                progress(count)
        folder.counted(FILE, seen.texts)
        for problem, count in (
            ("Textes écrits.", seen.texts),
            ("Passages codés écrits.", seen.codings),
            ("Notes sur un passage écrites.", seen.notes),
            ("Textes lus sans rien à coder écrits : un ensemble par personne.", seen.read),
            ("Contributions sans texte : absentes du projet.", len(seen.wordless)),
            ("Passages à coder à nouveau, le texte a changé : pas écrits.", seen.redo),
            ("Passages dont le thème n'est plus dans le livre de codes : pas écrits.",
             seen.unknown),
            ("Caractères qu'un fichier texte ne peut pas contenir, remplacés par « \ufffd ».",
             seen.replaced),
        ):  # fmt: skip
            if count:
                yield Warned(FILE, None, problem, count)


def user_name(coding: Coding) -> str:
    """A coder as a user of the project, so that a reader sees where a code comes from."""
    return PREFIXES.get(coding.origin, PREFIXES["human"]) + coding.coder


def _first_reading(records: Iterator[Record], codes: set[str]) -> _Seen:
    seen = _Seen()
    for record in records:
        if record.merged_into:
            seen.supports[record.merged_into] += 1
        if not record.text:
            seen.wordless.add(record.reference)
            continue
        seen.texts += 1
        seen.replaced += plain(record.text)[1]
        there, redo = anchored(record.text, record.codings)
        known = [one for one in there if one.code in codes]
        seen.codings += len(known)
        seen.unknown += len(there) - len(known)
        seen.redo += len(redo)
        seen.notes += sum(1 for one in known if one.note)
        seen.read += len(record.readings)
        seen.coders.update(map(user_name, known))
    return seen


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, FIRST_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry


class _Project:
    """`project.qde`, in the order its schema wants."""

    def __init__(self, source: Leaving, profile: Profile, seen: _Seen, codes: set[str]) -> None:
        self._source, self._seen, self._codes = source, seen, codes
        self._questions = leaving(source.guides.values(), profile)
        self._one_guide = len({question.guide for question in self._questions}) < 2
        self._taken = moment(source.snapshot.taken)
        self._values: dict[tuple[str, str, str, str], str] = {}

    def write(self, out: IO[bytes], records: Callable[[], Iterator[Record]]) -> None:
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
            self._variables(xml)
            self._cases(xml)
            if self._seen.texts:
                with xml.inside("Sources", {}):
                    for record in records():
                        if record.text:
                            self._text(xml, record, record.text)
            self._notes(xml, records)
            self._nothing(xml, records)
        xml.done()

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

    def _variables(self, xml: Xml) -> None:
        with xml.inside("Variables", {}):
            for name, (kind, meaning) in DOCUMENT.items():
                self._variable(xml, name, kind, meaning)
            for prefix in ("", "doc_auteur_"):
                for question in self._questions:
                    kind = "Integer" if question.number else "Text"
                    self._variable(xml, prefix + self._name(question), kind, question.text)

    def _variable(self, xml: Xml, name: str, kind: str, meaning: str) -> None:
        named = {"guid": guid("variable", name), "name": name, "typeOfVariable": kind}
        with xml.inside("Variable", named):
            xml.text("Description", meaning)

    def _name(self, question: Question) -> str:
        return question.step if self._one_guide else question.name

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
            self._profile(xml, "", participant.guide, participant.answers)
            for reference in references:
                xml.empty("SourceRef", {"targetGUID": source_guid(participant.guide, reference)})

    def _profile(
        self, xml: Xml, prefix: str, guide: str, said: Mapping[str, tuple[Coded, ...]]
    ) -> None:
        for question in self._questions:
            chosen = said.get(question.step, ()) if question.guide == guide else ()
            if not chosen:
                continue
            name = prefix + self._name(question)
            if question.number:
                number = question.number_of(chosen[0].code)
                if number is not None:
                    self._value(xml, name, "IntegerValue", str(number))
            else:
                self._value(xml, name, "TextValue", " | ".join(one.label for one in chosen))

    def _value(self, xml: Xml, variable: str, kind: str, value: str) -> None:
        """The same few values come back with every text: most were written before."""
        its = xml.line, variable, kind, value
        if its not in self._values:
            if len(self._values) >= KNOWN:
                self._values.clear()
            self._values[its] = _written(*its)
        xml.already(self._values[its])

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
            for name, kind, value in self._document(record):
                if value:
                    self._value(xml, name, kind, value)
            self._profile(xml, "doc_auteur_", record.guide, record.profile)

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

    def _document(self, record: Record) -> Iterator[tuple[str, str, str]]:
        yield "doc_type", "TextValue", record.kind.label
        yield "doc_axe", "TextValue", " | ".join(one.label for one in record.topic)
        yield "doc_pour_qui", "TextValue", " | ".join(one.label for one in record.public)
        yield "doc_date", "DateValue", record.made_on.isoformat() if record.made_on else ""
        yield "doc_langue", "TextValue", record.language.label if record.language else ""
        yield "doc_nb_soutiens", "IntegerValue", str(self._seen.supports[record.reference])
        yield "doc_guide", "TextValue", record.guide


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


def _written(line: str, variable: str, kind: str, value: str) -> str:
    return (
        f"{line}<VariableValue>"
        f'{line} <VariableRef targetGUID="{guid("variable", variable)}"/>'
        f"{line} <{kind}>{escape(plain(value)[0])}</{kind}>"
        f"{line}</VariableValue>"
    )
