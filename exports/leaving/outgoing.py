"""What leaves of a snapshot: read once, limited, put aside in order, counted on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.curated import Curated, Decision, Snapshot
from bot.errors import ExportError
from bot.guide import Guide
from bot.model import Participation
from exports.confidentiality import Profile
from exports.leaving.filters import Filters
from exports.leaving.joint_groups import Cost, JointGroups, Line, Person, line
from exports.leaving.lessening import limited
from exports.leaving.participating import participant
from exports.leaving.pseudonyms import Pseudonyms, number_of
from exports.leaving.recording import Whole, wholes
from exports.leaving.recurring import recurring
from exports.leaving.themes import used
from exports.leaving.withdrawn import ALL, Stamp, gone, silenced, withdrawn
from exports.on_disk.spool import Spool
from exports.records import Participant, Record
from exports.runs import WITHHELD, Run
from exports.source import Key, Source
from exports.vocabulary import Question, leaving, natural


@dataclass(slots=True)
class Counts:
    """What leaves and what does not, by reason: nothing is left out in silence."""

    read: int = 0  # participations found in the snapshot
    statuses: Counter[str] = field(default_factory=Counter)  # of the participations that leave
    withheld: Counter[str] = field(default_factory=Counter)  # participations that do not: why
    contributions: int = 0  # that leave
    absent: Counter[str] = field(default_factory=Counter)  # contributions that do not: why
    wordless: Counter[str] = field(default_factory=Counter)  # that leave without their text: why
    mixed: int = 0  # participations whose whole profile became « autre ou non dit »
    cost: Cost = field(default_factory=Cost)  # of what small groups hide: published files only
    since: Counter[str] = field(default_factory=Counter)  # withdrawn since the snapshot: why
    alarms: int = 0  # how many times a danger was told
    unused: int = 0  # themes that do not leave: given to nothing that does (published files only)


class Outgoing:
    """What the profile and the filters let leave: implements `exports.source.Leaving`."""

    def __init__(self, source: Source, profile: Profile, filters: Filters, folder: Path) -> None:
        if profile is not Profile.INTERNAL and not source.snapshot.salt:
            raise ExportError("Cet instantané n'a pas de sel : prenez-en un autre.")
        self.counts = Counts()
        self._source, self._profile, self._filters = source, profile, filters
        self._names = Pseudonyms(source.snapshot.salt, profile)
        self._stamp = Stamp()
        self._questions: dict[str, dict[str, Question]] = {}
        for one in leaving(source.guides.values(), profile):
            self._questions.setdefault(one.guide, {})[one.step] = one
        asked = (one for its in self._questions.values() for one in its.values())
        often = recurring(source.guides.values(), asked)
        self._records: Spool[Record] = Spool(folder, often)
        self._participants: Spool[Participant] = Spool(folder, often)
        self._whole: Spool[Participation] = Spool(folder, often)  # internal only
        self._groups = JointGroups({guide: tuple(its) for guide, its in self._questions.items()})
        self._people: Counter[Person] = Counter()  # of what these filters let leave
        self._lines: Counter[tuple[Person, Line]] = Counter()
        self._followed: set[Key] = set()
        self._themes: set[str] = set()  # given to what leaves
        self._snapshot = source.snapshot

    @property
    def snapshot(self) -> Snapshot:
        """Published: its codebook holds only the themes of what leaves, and those above them."""
        return self._snapshot

    @property
    def profile(self) -> Profile:
        return self._profile

    @property
    def guides(self) -> Mapping[Key, Guide]:
        every = sorted(self._source.guides, key=lambda key: (key[0], natural(key[1])))
        keys = [key for key in every if key in self._followed or not self._followed]
        return {key: self._source.guides[key] for key in keys}

    def records(self) -> Iterator[Record]:
        for record in self._records:
            if self._profile is Profile.INTERNAL:
                yield record
                continue
            if (into := record.merged_into) and self._number(into) not in self._records:
                record = replace(record, merged_into=None)
            yield self._published(record) if self._profile is Profile.PUBLIC else record

    def participants(self, *, whole: bool = False) -> Iterator[Participant]:
        if self._profile is Profile.PUBLIC:
            for one in self._participants:
                yield replace(one, answers=self._groups.answers(one.guide, one.answers))
        elif whole and self._profile is Profile.INTERNAL:
            for one, participation in zip(self._participants, self._whole, strict=True):
                guide = self._source.guides[one.guide, one.version]
                yield replace(one, run=Run.of(participation, guide))
        else:
            yield from self._participants

    def read(self, progress: Callable[[int], None]) -> None:
        """Go through the snapshot, once."""
        for one, now in self._beside():
            self.counts.read += 1
            self._take(one, now)
            progress(self.counts.read)
        self._records.sort()
        self._participants.sort()
        self._whole.sort()
        if self._profile is Profile.PUBLIC:
            codebook = used(self._snapshot.codebook, self._themes)
            self.counts.unused = len(self._snapshot.codebook) - len(codebook)
            self._snapshot = replace(self._snapshot, codebook=codebook)
            self._groups.settle()
            self.counts.mixed = sum(n for p, n in self._people.items() if self._groups.mixed(p))
            self.counts.cost = self._groups.cost(self._people, self._lines)

    @property
    def stamp(self) -> str:
        """What was withdrawn since the snapshot, in a few letters."""
        return self._stamp.said

    def _beside(self) -> Iterator[tuple[Curated, Curated | None]]:
        if self._profile is Profile.INTERNAL:  # the team reads everything as it was
            return ((one, None) for one in self._source.curated())
        return self._source.beside_now()

    def close(self) -> None:
        self._records.close()
        self._participants.close()
        self._whole.close()

    def _take(self, one: Curated, now: Curated | None) -> None:
        talk = one.participation.conversation
        key = talk.guide, talk.version
        guide = self._source.guides.get(key)
        if guide is None:
            raise ExportError(
                f"Le guide « {key[0]} », version {key[1]}, a des participations mais n'est plus "
                "là. Remettez son fichier avec les autres guides."
            )
        self.counts.alarms += one.participation.alarms
        run = Run.of(one.participation, guide)
        if why := run.withheld:
            self.counts.withheld[WITHHELD[why]] += 1
            self.counts.absent["sans_accord"] += len(one.participation.contributions)
            return
        lost = self._lost(one, now)
        self._stamp.add(run.reference, lost)
        allowed = self._questions.get(guide.guide, {})
        found = tuple(wholes(one, guide, self._names, allowed))
        row = participant(run, self._profile, self._names, allowed)
        person = self._counted(row, found, lost)
        if ALL in lost:
            self.counts.since[lost[ALL]] += 1
            self.counts.withheld["change_depuis"] += 1
            self.counts.absent["change_depuis"] += len(one.participation.contributions)
            return
        records = tuple(self._contributions(found, lost))
        if not self._stays(run, bool(records)):
            self.counts.withheld["filtre" if self._filters.chosen else "rien_a_publier"] += 1
            return
        self._followed.add(key)
        self.counts.statuses[one.participation.status] += 1
        if person:
            self._people[person] += 1
            self._lines.update((person, line(its.topic, its.public)) for its in records)
        row = replace(row, contributions=tuple(record.reference for record in records))
        hidden = self._profile is not Profile.INTERNAL
        if hidden:
            number = self._names.number("participation", run.reference)
            self._participants.add(number, row)
        else:
            self._participants.add(self.counts.read, row)
            self._whole.add(self.counts.read, run.participation)

    def _counted(
        self, row: Participant, found: Iterable[Whole], lost: Mapping[str, str]
    ) -> Person | None:
        """Counted among those whom this snapshot publishes, whatever the filters."""
        if self._profile is not Profile.PUBLIC:
            return None
        person = self._groups.person(row.guide, row.answers)
        its = [one.record for one in found if self._kept_back(one) is None]
        left = [one for one in its if ALL not in lost and not self._gone(lost.get(one.reference))]
        self._groups.count(person, *(
            [line(one.topic, one.public) for one in some] for some in (its, left)
        ))  # fmt: skip
        return person

    def _stays(self, run: Run, contributes: bool) -> bool:
        chosen = self._filters.chosen.keys()
        if self._profile is Profile.PUBLIC or chosen - {"guide", "origin"}:
            return contributes
        talk = run.participation.conversation
        return self._filters.guide in (None, talk.guide) and self._filters.origin in (
            None, talk.origin,
        )  # fmt: skip

    def _lost(self, one: Curated, now: Curated | None) -> Mapping[str, str]:
        if now is None:
            return {}
        return withdrawn(one, now, self._source.guides, self._names, self._profile)

    def _contributions(self, found: Iterable[Whole], lost: Mapping[str, str]) -> Iterator[Record]:
        for whole in found:
            if why := self._absent(whole):
                self.counts.absent[why] += 1
                continue
            reference = whole.record.reference
            since = lost.get(reference)
            if since:
                self.counts.since[since] += 1
            if self._gone(since):
                self.counts.absent["change_depuis"] += 1
                continue
            record = limited(silenced(whole) if since else whole, self._profile)
            self.counts.contributions += 1
            if record.text is None:
                self.counts.wordless["change_depuis" if since else self._wordless(whole)] += 1
            self._themes.update(one.code for one in record.codings)
            self._records.add(self._number(record.reference), record)
            yield record

    def _absent(self, whole: Whole) -> str | None:
        """Why this contribution does not leave."""
        if why := self._kept_back(whole):
            return why
        return None if self._filters.fit(whole.record) else "filtre"

    def _gone(self, why: str | None) -> bool:
        return why is not None and gone(why, self._profile)

    def _kept_back(self, whole: Whole) -> str | None:
        """Why this contribution does not leave in this profile, whatever the filters."""
        if self._profile is not Profile.INTERNAL and whole.curation.decision is Decision.BINNED:
            return "corbeille"
        if self._profile is Profile.PUBLIC and whole.curation.decision is not Decision.PUBLISHED:
            return "pas_publiee"
        return None

    def _wordless(self, whole: Whole) -> str:
        """Why this contribution leaves without its text."""
        if whole.record.text is None:
            return "rien_ecrit"
        return "masquee" if whole.curation.decision is Decision.HIDDEN else "sans_citation"

    def _number(self, reference: str) -> int:
        """The place of a contribution that leaves, by the reference that it leaves with."""
        return number_of(reference) if self._profile is Profile.PUBLIC else int(reference[2:])

    def _published(self, record: Record) -> Record:
        """The same whatever the filters: two files would tell what one hides.

        The day of a coding would tell that of the contribution: that of the snapshot is said.
        """
        topic, public = self._groups.contribution(record)
        answers = self._groups.answers(record.guide, record.profile)
        day = self.snapshot.taken.date()
        return replace(
            record, profile=answers, topic=topic, public=public,
            codings=tuple(replace(one, on=day) for one in record.codings),
            readings=tuple(replace(one, on=day) for one in record.readings),
        )  # fmt: skip


@contextmanager
def outgoing(
    source: Source,
    profile: Profile,
    filters: Filters,
    folder: Path,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[Outgoing]:
    """What leaves, read and ready. Nothing of it stays on the disk afterwards.

    Raises ExportError.
    """
    filters.check(profile)
    found = Outgoing(source, profile, filters, folder)
    try:
        found.read(progress)
        yield found
    finally:
        found.close()
