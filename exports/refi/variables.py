"""The profile of persons and of texts, as variables of a REFI-QDA project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from exports.columns import Coded
from exports.confidentiality import Profile
from exports.records import Record
from exports.refi.characters import plain
from exports.refi.naming import guid
from exports.refi.xml_writing import Xml
from exports.source import Leaving
from exports.vocabulary import Question, leaving

KNOWN = 2_048  # values, remembered as they are written
DOCUMENT = {  # variables of each text; a reader of ours that ignores cases finds the profile too
    "doc_type": ("Text", "Une expérience ou une proposition."),
    "doc_axe": ("Text", "Le sujet choisi."),
    "doc_pour_qui": ("Text", "Pour qui est la proposition."),
    "doc_date": ("Date", "Le jour où la contribution a compté (temps universel)."),
    "doc_langue": ("Text", "La langue du texte."),
    "doc_nb_soutiens": ("Integer", "Combien de contributions semblables lui ont été jointes."),
    "doc_guide": ("Text", "Le questionnaire suivi."),
}


class Variables:
    """Declared once, then given their values by each case and each text."""

    def __init__(self, source: Leaving, profile: Profile, supports: Counter[str]) -> None:
        self._questions = leaving(source.guides.values(), profile)
        self._one_guide = len({question.guide for question in self._questions}) < 2
        self._supports = supports
        self._values: dict[tuple[str, str, str, str], tuple[str, int]] = {}

    def declare(self, xml: Xml) -> None:
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

    def of_text(self, xml: Xml, record: Record) -> None:
        """What the text is, and the profile of who wrote it."""
        for name, kind, value in self._document(record):
            if value:
                self._value(xml, name, kind, value)
        self.of_person(xml, record.guide, record.profile, prefix="doc_auteur_")

    def of_person(
        self, xml: Xml, guide: str, said: Mapping[str, tuple[Coded, ...]], *, prefix: str = ""
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
        xml.already(*self._values[its])

    def _document(self, record: Record) -> Iterator[tuple[str, str, str]]:
        yield "doc_type", "TextValue", record.kind.label
        yield "doc_axe", "TextValue", " | ".join(one.label for one in record.topic)
        yield "doc_pour_qui", "TextValue", " | ".join(one.label for one in record.public)
        yield "doc_date", "DateValue", record.made_on.isoformat() if record.made_on else ""
        yield "doc_langue", "TextValue", record.language.label if record.language else ""
        yield "doc_nb_soutiens", "IntegerValue", str(self._supports[record.reference])
        yield "doc_guide", "TextValue", record.guide


def _written(line: str, variable: str, kind: str, value: str) -> tuple[str, int]:
    its, replaced = plain(value)
    return (
        f"{line}<VariableValue>"
        f'{line} <VariableRef targetGUID="{guid("variable", variable)}"/>'
        f"{line} <{kind}>{escape(its)}</{kind}>"
        f"{line}</VariableValue>"
    ), replaced
