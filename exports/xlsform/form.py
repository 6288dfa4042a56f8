"""`xlsform`: the guide itself as a form for Kobo or ODK. Nothing of anybody is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from bot.guide import (
    Consent,
    Department,
    Guide,
    Information,
    Number,
    ReadBack,
    Section,
    SeveralChoices,
    Step,
)
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.regions import DEPARTMENTS
from exports.source import Leaving
from exports.vocabulary import by_name
from exports.xlsform.conditions import relevant

MADE = datetime(1980, 1, 1)  # noqa: DTZ001 - the clock changes no byte
LANGUAGE = "Français (fr)"
LABEL, HINT = f"label::{LANGUAGE}", f"hint::{LANGUAGE}"
SURVEY = ("type", "name", LABEL, HINT, "required", "relevant", "constraint", "appearance",
          "repeat_count")  # fmt: skip
CHOICES = ("list_name", "name", LABEL)
SETTINGS = ("form_title", "form_id", "version", "default_language")
PLACES = "departements"
NOT_THE_TALK = (
    "Le formulaire pose les mêmes questions, sans la conversation : ni masquage des noms, "
    "ni relecture, ni aide. « Encore une ? » devient la répétition du formulaire."
)
Row = dict[str, str]


class XlsForm:
    """One workbook for each guide, in the last version that was followed."""

    name, title, profiles = "xlsform", "Questionnaire XLSForm (Kobo, ODK)", tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,  # noqa: ARG002 - the same for everybody
        records: Callable[[], Iterator[Record]],  # noqa: ARG002
        progress: Callable[[int], None],  # noqa: ARG002
    ) -> Iterator[Warned]:
        for name, versions in by_name(source.guides.values()).items():
            file, form = f"{name}.xlsx", _Form(versions[-1])
            rows = list(form.rows())
            settings = dict(zip(SETTINGS, form.settings(), strict=True))
            _write(folder, file, (("survey", SURVEY, rows), ("choices", CHOICES, form.choices),
                                  ("settings", SETTINGS, [settings])))  # fmt: skip
            folder.counted(file, len(rows))
            yield Warned(file, None, NOT_THE_TALK, 1)


class _Form:
    """One guide, row by row."""

    def __init__(self, guide: Guide) -> None:
        self._guide = guide
        self.choices: list[Row] = []
        self._again = {s.repeat.again for s in guide.sections if s.repeat}

    def settings(self) -> tuple[str, str, str, str]:
        guide = self._guide
        return plain(guide.title), guide.guide, guide.version, LANGUAGE

    def rows(self) -> Iterator[Row]:
        for section in self._guide.sections:
            group = "repeat" if section.repeat else "group"
            first = {"type": f"begin_{group}", "name": f"partie_{section.id}",
                     LABEL: plain(section.title)}  # fmt: skip
            if section.condition:
                first["relevant"] = self._relevant(section.condition, section)
            yield first
            for step in section.steps:
                if step.id not in self._again and not isinstance(step, ReadBack):
                    yield self._row(step, section)
            yield {"type": f"end_{group}"}

    def _row(self, step: Step, section: Section) -> Row:
        row = {"type": self._type(step), "name": step.id, LABEL: plain(step.question)}
        hints = (step.simpler, step.why, step.example)
        if hint := "\n".join(plain(one) for one in hints if one):
            row[HINT] = hint
        if (isinstance(step, Consent) and step.required) or not step.optional:
            row["required"] = "" if isinstance(step, Information) else "yes"
        if step.condition:
            row["relevant"] = self._relevant(step.condition, section)
        if row["type"] == "integer" and isinstance(step, Number):
            row["constraint"] = f". >= {step.at_least} and . <= {step.at_most}"
        if row["type"] == "text":
            row["appearance"] = "multiline"
        return row

    def _type(self, step: Step) -> str:
        if isinstance(step, Department):
            self._list(PLACES, list(DEPARTMENTS.items()))
            return f"select_one {PLACES}"
        if step.options:
            self._list(step.id, [(one.value, one.label) for one in step.options])
            several = isinstance(step, SeveralChoices)
            return f"{'select_multiple' if several else 'select_one'} {step.id}"
        if isinstance(step, Information):
            return "note"
        return "integer" if isinstance(step, Number) else "text"

    def _list(self, name: str, options: Sequence[tuple[str, str]]) -> None:
        if not any(one["list_name"] == name for one in self.choices):
            self.choices += [
                {"list_name": name, "name": code, LABEL: plain(label)} for code, label in options
            ]

    def _relevant(self, condition: str, section: Section) -> str:
        steps = self._guide.steps

        def referred(step: str) -> str:
            """Outside of a repeated part, its first time is meant."""
            its = self._guide.section_of[step]
            if its.repeat is None or its is section:
                return f"${{{step}}}"
            return f"indexed-repeat(${{{step}}}, ${{partie_{its.id}}}, 1)"

        return relevant(condition, referred, lambda step: isinstance(steps[step], SeveralChoices))


def plain(text: str) -> str:
    """A text in which the form will see no reference to an answer."""
    return text.replace("${", "$ {")


def _write(
    folder: Folder, file: str, sheets: Sequence[tuple[str, Sequence[str], Sequence[Row]]]
) -> None:
    import xlsxwriter

    place = folder.place(file)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(place), options) as book:
        book.set_properties({"created": MADE})
        for name, header, rows in sheets:
            sheet = book.add_worksheet(name)
            for at, title in enumerate(header):
                sheet.write_string(0, at, title)
            for line, row in enumerate(rows, start=1):
                for at, title in enumerate(header):
                    if row.get(title):
                        sheet.write_string(line, at, row[title])
