"""Reads an archive back. What cannot be read is named by its line, never by its words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

from pydantic import ValidationError

from bot.curated import Code, Coding, Curation, Reading
from bot.errors import ExportError, GuideError
from bot.guide import Guide
from bot.model import Answer, Contribution, Conversation, Part, Participation, Spot
from exports.archive.lines import (
    LINES,
    AnswerLine,
    CurationLine,
    End,
    GuideLine,
    Head,
    Line,
    ParticipationLine,
)

NOON = time(12, tzinfo=UTC)  # only days leave: any hour does


class GivenArchive:
    """An archive on the disk, read from its beginning as often as wanted. Raises ExportError."""

    def __init__(self, file: Path) -> None:
        """Goes through the file once: a cut or a wrong line is found before anything is written."""
        self._file = file
        self.codes: tuple[Code, ...] = ()
        self.guides: list[Guide] = []
        found = [0, 0, 0]
        end: End | None = None
        for number, line in enumerate(self._lines(), start=1):
            if end or (number == 1) != isinstance(line, Head):
                raise ExportError(f"Ligne {number} : elle n'est pas à sa place. {WHOLE}")
            match line:
                case Head():
                    self.codes = line.codes
                case GuideLine():
                    self.guides.append(line.guide)
                case ParticipationLine():
                    found[0] += 1
                    found[1] += len(line.contributions)
                case CurationLine():
                    found[2] += 1
                case End():
                    end = line
        if end is None or found != [end.participations, end.contributions, end.curations]:
            raise ExportError(f"« {file} » est coupé : il y manque des lignes. {WHOLE}")

    def participations(self) -> Iterator[Participation]:
        """In the order of the archive. Their conversations have no id yet."""
        return (_participation(one) for one in self._lines() if isinstance(one, ParticipationLine))

    def missing(self, known: Callable[[str, str], Guide]) -> Iterator[tuple[str, str, str, str]]:
        """Versions that `known` does not have: guide, version, SHA-256 and text of the file.

        Raises ExportError when it has one with another content.
        """
        for guide in self.guides:
            source = _written(guide)
            try:
                here = known(guide.guide, guide.version)
            except GuideError:
                digest = hashlib.sha256(source.encode()).hexdigest()
                yield guide.guide, guide.version, digest, source
            else:
                if _written(here) != source:
                    raise ExportError(
                        f"Le guide « {guide.guide} », version {guide.version}, n'est pas celui de "
                        "l'archive. Remettez le fichier de cette version avec les autres guides."
                    )

    def curations(self) -> Iterator[Curation]:
        return (_curation(one) for one in self._lines() if isinstance(one, CurationLine))

    def _lines(self) -> Iterator[Line]:
        try:
            with self._file.open("rb") as file:
                for number, octets in enumerate(file, start=1):
                    yield _line(number, octets)
        except OSError:
            raise ExportError(
                f"« {self._file} » ne se lit pas. Vérifiez son nom et ses droits."
            ) from None


WHOLE = "Reprenez le fichier entier : parole export archive"


def _written(guide: Guide) -> str:
    return guide.model_dump_json(by_alias=True, exclude_unset=True)


def _line(number: int, octets: bytes) -> Line:
    try:
        return LINES.validate_python(json.loads(octets))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"][1:])
        raise ExportError(
            f"Ligne {number} : « {where} » n'est pas ce qui est attendu. {WHOLE}"
        ) from None  # its message would quote words
    except ValueError:
        raise ExportError(f"Ligne {number} : ce n'est pas une ligne d'archive. {WHOLE}") from None


def _participation(line: ParticipationLine) -> Participation:
    talk = Conversation(
        id="",
        reference=line.participation,
        guide=line.guide,
        version=line.version,
        channel=line.channel,
        started=_noon(line.started_on),
        answers={Spot(one.step, one.round): _answer(n, one) for n, one in enumerate(line.answers)},
        paused=line.status == "paused",
        finished=line.status == "finished",
        origin=line.origin,
        helped=line.helped,
        helper=line.helper_session,
    )
    made = tuple(
        Contribution(one.contribution, one.kind, one.round, one.made_on)
        for one in line.contributions
    )
    return Participation(talk, made, line.status, line.active_on)


def _answer(place: int, line: AnswerLine) -> Answer:
    """Messages get names of their own: those they came with stay where they were."""
    return Answer(
        line.state,
        _noon(line.on),
        line.codes,
        line.labels,
        tuple(
            Part(f"{place}.{n}", one.text, one.language, one.beside, one.origin, one.masked)
            for n, one in enumerate(line.parts)
        ),
        line.draft,
        line.version,
        line.masking,
        line.probed,
    )


def _curation(line: CurationLine) -> Curation:
    return Curation(
        line.contribution,
        line.decision,
        line.reason,
        line.text,
        line.merged_into,
        tuple(
            Coding(one.code, one.start, one.end, one.coder, one.on, one.origin, one.words, one.note)
            for one in line.codings
        ),
        dict(line.short),
        tuple(Reading(one.coder, one.on) for one in line.readings),
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, NOON)
