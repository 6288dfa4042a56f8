"""What a published file shows of a person and of their contributions: what enough persons share.

Two keys are checked. Of a person: the questionnaire and every published answer of the profile,
taken together. Of a contribution: that, its topic, then whom it is for. Everything is counted over
all that the snapshot publishes, before any filter; what was withdrawn since only hides more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from exports.columns import Coded
from exports.confidentiality import OTHER, K
from exports.leaving.small_groups import UNSAID, Cell, Row, cut, fallen, shown
from exports.records import Record

RARE: Cell = (OTHER.code,)
Line = tuple[Cell, Cell]  # topic, whom it is for; what is empty stays so
Lines = frozenset[Line]
Person = tuple[str, Row]  # a guide, and the answers to its published questions
Choices = Mapping[str, tuple[Coded, ...]]
Node = TypeVar("Node", bound=Hashable)
Counted = Iterable[tuple[Person, Lines, int]]  # so many persons, with what they wrote about
Told = Iterable[tuple[Node, set[Cell], int]]  # so many persons said these there


@dataclass(slots=True)
class Cost:
    """What hiding costs to one file."""

    smallest: int | None = None  # persons who share what is shown of each, in all that is published
    said: Counter[str] = field(default_factory=Counter)  # cells that hold something, by column
    withheld: Counter[str] = field(default_factory=Counter)  # of them, those that are hidden


def line(topic: Iterable[Coded], public: Iterable[Coded]) -> Line:
    """The key of a contribution: codes only, as words do not leave."""
    return tuple(one.code for one in topic if one.code), tuple(o.code for o in public if o.code)


class JointGroups:
    """Counts the persons, then says what is shown of each. Memory grows with different rows."""

    def __init__(self, steps: Mapping[str, tuple[str, ...]]) -> None:
        self._steps = steps  # by guide: its published questions, in order
        self._once: dict[Cell, Cell] = {}
        self._counted: Counter[tuple[Person, Lines, Lines]] = Counter()
        self._cut: dict[Person, Person] = {}
        self._fallen: set[Person] = set()
        self._topics: _Column[Person] = _Column((), ())
        self._publics: _Column[tuple[Person, Cell]] = _Column((), ())

    def person(self, guide: str, chosen: Choices) -> Person:
        """The key of a person."""
        cells = (tuple(c.code for c in chosen.get(step, ())) for step in self._of(guide))
        return guide, tuple(self._once.setdefault(cell, cell) for cell in cells)

    def count(self, person: Person, then: Iterable[Line], now: Iterable[Line]) -> None:
        """One person: the contributions that the snapshot publishes, and those that still leave."""
        before, after = frozenset(then), frozenset(now)
        if before:
            self._counted[person, before, before if before == after else after] += 1

    def settle(self) -> None:
        """Everybody was counted: from now on it may be asked what is shown."""
        rows: dict[str, Counter[Row]] = {}
        for (guide, row), _, n in self._then():
            rows.setdefault(guide, Counter())[row] += n
        for guide, its in rows.items():
            self._cut |= {(guide, row): (guide, seen) for row, seen in cut(its, K).items()}
        then, now = self._people(self._then()), self._people(self._now())
        for guide in rows:
            here = {seen: n for seen, n in then.items() if seen[0] == guide}
            self._fallen |= fallen(here, now, self._nothing(guide), K)
        self._topics = _Column(self._said_topics(self._then()), self._said_topics(self._now()))
        self._publics = _Column(self._said_publics(self._then()), self._said_publics(self._now()))

    def answers(self, guide: str, chosen: Choices) -> dict[str, tuple[Coded, ...]]:
        """What is shown of the answers of somebody who was counted."""
        row = self._shown(self.person(guide, chosen))[1]
        return {s: chosen[s] if c else (OTHER,) for s, c in zip(self._of(guide), row, strict=True)}

    def contribution(self, record: Record) -> tuple[tuple[Coded, ...], tuple[Coded, ...]]:
        """What is shown of its topic, and of whom it is for; its profile is still whole."""
        person = self.person(record.guide, record.profile)
        topic, public = self._line(person, line(record.topic, record.public))
        return (
            (OTHER,) if topic == RARE else record.topic,
            (OTHER,) if public == RARE else record.public,
        )

    def mixed(self, person: Person) -> bool:
        """Whether nothing is shown of who this is."""
        row = self._shown(person)[1]
        return bool(row) and not any(row)

    def cost(self, people: Mapping[Person, int], lines: Mapping[tuple[Person, Line], int]) -> Cost:
        """What hiding costs to so many persons and contributions."""
        found = Cost(self._smallest())
        for person, n in people.items():
            for cell, seen in zip(person[1], self._shown(person)[1], strict=True):
                found.said["profil"] += n if cell else 0
                found.withheld["profil"] += n if cell != seen else 0
        for (person, one), n in lines.items():
            both = zip(("sujet", "pour_qui"), one, self._line(person, one), strict=True)
            for name, cell, seen in both:
                found.said[name] += n if cell else 0
                found.withheld[name] += n if cell != seen else 0
        return found

    def _then(self) -> Counted:
        return ((person, before, n) for (person, before, _), n in self._counted.items())

    def _now(self) -> Counted:
        return ((person, after, n) for (person, _, after), n in self._counted.items() if after)

    def _of(self, guide: str) -> tuple[str, ...]:
        return self._steps.get(guide, ())

    def _nothing(self, guide: str) -> Person:
        return guide, (UNSAID,) * len(self._of(guide))

    def _shown(self, person: Person) -> Person:
        seen = self._cut[person]
        return self._nothing(seen[0]) if seen in self._fallen else seen

    def _line(self, person: Person, one: Line) -> Line:
        seen, (topic, public) = self._cut[person], one
        before = self._topics.before(seen, topic)
        if seen in self._fallen or self._topics.shown(seen, topic) != before:
            return RARE if topic else (), RARE if public else ()
        return before, self._publics.shown((seen, before), public)

    def _people(self, counted: Counted) -> Counter[Person]:
        found: Counter[Person] = Counter()
        for person, _, n in counted:
            found[self._cut[person]] += n
        return found

    def _said_topics(self, counted: Counted) -> Told[Person]:
        for person, lines, n in counted:
            yield self._cut[person], {topic for topic, _ in lines}, n

    def _said_publics(self, counted: Counted) -> Told[tuple[Person, Cell]]:
        for person, lines, n in counted:
            seen = self._cut[person]
            its: dict[Cell, set[Cell]] = {}
            for topic, public in lines:
                its.setdefault(self._topics.before(seen, topic), set()).add(public)
            for topic, publics in its.items():
                yield (seen, topic), publics, n

    def _smallest(self) -> int | None:
        """The fewest persons who share what is shown of one of them or of a contribution."""
        people: Counter[Person] = Counter()
        told: Counter[tuple[Person, Cell, Cell]] = Counter()
        for person, lines, n in self._now():
            seen = self._shown(person)
            people[seen] += n
            its = {self._line(person, one) for one in lines}
            its |= {(topic, ()) for topic, _ in its}
            for topic, public in its:
                if (public or topic) not in ((), RARE):
                    told[seen, topic, public] += n
        return min((*people.values(), *told.values()), default=None)


class _Column(Generic[Node]):
    """One column of the contributions, among persons who are shown alike so far."""

    def __init__(self, then: Told[Node], now: Told[Node]) -> None:
        said = list(then)
        counts = _counts(said)
        few: Counter[Node] = Counter()  # a person may have said several of them
        for node, cells, n in said:
            few[node] += n if any(c and counts[node][c] < K for c in cells) else 0
        self._kept = {node: shown(its, UNSAID, K, mixed=few[node]) for node, its in counts.items()}
        before, after = self._counted(said), self._counted(now)
        self._fallen = {
            node: fallen(its, after.get(node, {}), RARE, K) for node, its in before.items()
        }

    def before(self, node: Node, cell: Cell) -> Cell:
        """As it was shown before anybody left."""
        return cell if not cell or cell in self._kept.get(node, ()) else RARE

    def shown(self, node: Node, cell: Cell) -> Cell:
        return RARE if cell and cell in self._fallen.get(node, ()) else self.before(node, cell)

    def _counted(self, said: Told[Node]) -> dict[Node, Counter[Cell]]:
        return _counts((node, {self.before(node, c) for c in cells}, n) for node, cells, n in said)


def _counts(said: Told[Node]) -> dict[Node, Counter[Cell]]:
    found: dict[Node, Counter[Cell]] = {}
    for node, cells, n in said:
        its = found.setdefault(node, Counter())
        for cell in cells:
            if cell:
                its[cell] += n
    return found
