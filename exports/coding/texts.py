"""The contributions as the team codes them: each with its text of now, and its codings in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bot.curated import Curated
from bot.guide import Guide
from exports.confidentiality import Profile
from exports.leaving.pseudonyms import Pseudonyms
from exports.leaving.recording import wholes
from exports.records import Record
from exports.runs import Run

_REAL = Pseudonyms(b"", Profile.INTERNAL)  # never used: the team reads references as they are


def team_records(people: Iterable[Curated], guide: Callable[[str, str], Guide]) -> Iterator[Record]:
    """Whole, in the order of the people; nothing of those who did not agree that it is kept."""
    for one in people:
        talk = one.participation.conversation
        its = guide(talk.guide, talk.version)
        if not Run.of(one.participation, its).withheld:
            for whole in wholes(one, its, _REAL, {}):
                yield whole.record
