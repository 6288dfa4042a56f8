"""The lines of an archive: everything that leaves of a snapshot, enough to put it back.

What serves to talk, and to find a person, is in none of them: no door, no id of a conversation or
of a message, no hour.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.curated import Code, Decision
from bot.guide import Guide
from bot.model import State

FORMAT = 1  # an archive of another number is refused


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Head(_Line):
    """The first line."""

    line: Literal["archive"] = "archive"
    format: Literal[1] = 1
    codes: tuple[Code, ...] = ()  # the codebook, in its order


class GuideLine(_Line):
    """A questionnaire that a participation follows."""

    line: Literal["guide"] = "guide"
    guide: Guide


class PartLine(_Line):
    text: str
    language: str | None = None
    beside: bool = False
    origin: str | None = None
    masked: str | None = None


class AnswerLine(_Line):
    step: str
    round: Annotated[int, Field(ge=0)]
    state: State
    on: date
    codes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    parts: tuple[PartLine, ...] = ()
    draft: bool = False
    version: str | None = None
    masking: str | None = None
    probed: bool = False


class MadeLine(_Line):
    contribution: Annotated[str, Field(pattern=r"^[EP]-[0-9]{6,10}$")]
    kind: Literal["experience", "proposal"]
    round: Annotated[int, Field(ge=0)]
    made_on: date


class ParticipationLine(_Line):
    """One person, one questionnaire, with what they answered."""

    line: Literal["participation"] = "participation"
    participation: Annotated[str, Field(min_length=1, max_length=40)]
    guide: str
    version: str
    channel: Annotated[str, Field(min_length=1, max_length=40)]
    origin: str | None
    helped: Literal["none", "with_help", "by_helper"]
    helper_session: str | None
    status: Literal["open", "paused", "finished"]
    started_on: date
    active_on: date
    answers: tuple[AnswerLine, ...]
    contributions: tuple[MadeLine, ...]


class CodingLine(_Line):
    code: str
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    coder: Annotated[str, Field(min_length=1, max_length=80)]
    on: date
    origin: Literal["human", "imported"]
    words: str
    note: str = ""


class ReadingLine(_Line):
    """A coder found nothing to code."""

    coder: Annotated[str, Field(min_length=1, max_length=80)]
    on: date


class CurationLine(_Line):
    """What staff made of one contribution, when they made something of it."""

    line: Literal["curation"] = "curation"
    contribution: Annotated[str, Field(pattern=r"^[EP]-[0-9]{6,10}$")]
    decision: Decision
    reason: str
    text: str | None  # as staff confirmed it; null: as the person left it
    short: dict[str, str]  # the words beside it, as confirmed
    merged_into: str | None
    codings: tuple[CodingLine, ...]
    readings: tuple[ReadingLine, ...] = ()


class End(_Line):
    """The last line: without it, the file was cut."""

    line: Literal["end"] = "end"
    participations: int
    contributions: int
    curations: int


Line = Head | GuideLine | ParticipationLine | CurationLine | End
LINES: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="line")])


def schema() -> dict[str, Any]:
    """The JSON Schema of any line."""
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return draft | LINES.json_schema(by_alias=True)
