"""Who came, how far they went, what they left out: counted day by day, then put together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.guide import Department, Guide, Information, Number, OneChoice, SeveralChoices, Step, YesNo
from bot.model import Participation, Spot, State
from exports.outreach import asking_who, publics
from exports.runs import Run, day

LONGEST = 1800  # seconds: beyond, the person was away, not answering
CLOSED = (OneChoice, SeveralChoices, YesNo, Department, Number)
COUNTERS = (
    "contributions", "days", "channels", "origins", "helped", "languages", "publics",
    "departments", "chosen", "states", "reached", "stopped",
)  # fmt: skip
Value = tuple[str, str]  # step, code


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, over everybody."""

    step: str
    label: str
    section: str
    reached: int  # it was asked, or is being asked
    stopped: int  # the last one asked of those who have not finished
    answered: int
    skipped: int  # « je ne sais pas », or passed over
    refused: int  # « je ne souhaite pas répondre »
    timed: int  # answers whose time is known
    seconds: int | None  # half of them took less


@dataclass(frozen=True, slots=True)
class Tallies:
    """One guide, counted. Exact numbers: what shows them hides the small ones."""

    guide: str
    title: str
    begun: int = 0
    finished: int = 0
    contributions: Mapping[str, int] = field(default_factory=dict)  # by kind
    alarms: int = 0
    days: Mapping[date, int] = field(default_factory=dict)  # begun, by day in UTC
    channels: Mapping[str, int] = field(default_factory=dict)
    origins: Mapping[str | None, int] = field(default_factory=dict)
    helped: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str | None, int] = field(default_factory=dict)  # the one most written in
    publics: Mapping[str | None, int] = field(default_factory=dict)  # a person may be of several
    departments: Mapping[str | None, int] = field(default_factory=dict)
    chosen: Mapping[Value, int] = field(default_factory=dict)  # persons who gave each code
    labels: Mapping[Value, str] = field(default_factory=dict)
    questions: tuple[Asked, ...] = ()


class Counted:
    """Some participations, by guide: two of them can be put together."""

    def __init__(self) -> None:
        self._found: dict[str, _Counting] = {}
        self.people = 0
        self.lost = 0  # left out: the text of their version is lost

    def take(self, one: Participation, guide: Guide | None) -> None:
        self.people += 1
        if guide is None:
            self.lost += 1
        else:
            self._found.setdefault(guide.guide, _Counting()).take(one, guide)

    def add(self, other: Counted) -> None:
        """Those of a later day."""
        self.people += other.people
        self.lost += other.lost
        for name, its in other._found.items():
            self._found.setdefault(name, _Counting()).add(its)

    @property
    def tallies(self) -> dict[str, Tallies]:
        return {name: one.done(name) for name, one in sorted(self._found.items())}


def counted(
    participations: Iterable[Participation],
    guide_of: Callable[[str, str], Guide | None],
    progress: Callable[[int], None] = lambda _: None,
) -> Counted:
    """These participations; `progress` is told how many so far."""
    found = Counted()
    for one in participations:
        talk = one.conversation
        found.take(one, guide_of(talk.guide, talk.version))
        progress(found.people)
    return found


class _Counting:
    """Only counters: as large after a million persons as after a thousand."""

    def __init__(self) -> None:
        self.guides: dict[str, Guide] = {}  # by version, in the order they are met
        self.begun = self.finished = self.alarms = 0
        self.contributions: Counter[str] = Counter()
        self.days: Counter[date] = Counter()
        self.channels: Counter[str] = Counter()
        self.origins: Counter[str | None] = Counter()
        self.helped: Counter[str] = Counter()
        self.languages: Counter[str | None] = Counter()
        self.publics: Counter[str | None] = Counter()
        self.departments: Counter[str | None] = Counter()
        self.chosen: Counter[Value] = Counter()
        self.labels: dict[Value, str] = {}
        self.states: Counter[tuple[str, State]] = Counter()
        self.reached: Counter[str] = Counter()
        self.stopped: Counter[str] = Counter()
        self.times: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def add(self, other: _Counting) -> None:
        for version, guide in other.guides.items():
            self.guides.setdefault(version, guide)
        for value, label in other.labels.items():
            self.labels.setdefault(value, label)
        self.begun += other.begun
        self.finished += other.finished
        self.alarms += other.alarms
        for name in COUNTERS:
            getattr(self, name).update(getattr(other, name))
        for step, times in other.times.items():
            self.times[step].update(times)

    def take(self, one: Participation, guide: Guide) -> None:
        talk = one.conversation
        self.guides.setdefault(guide.version, guide)
        self.begun += 1
        self.finished += one.status == "finished"
        self.alarms += one.alarms
        self.days[day(talk.started)] += 1
        self.channels[talk.channel] += 1
        self.origins[talk.origin] += 1
        self.helped[talk.helped] += 1
        self._went(one, guide)
        run = Run.of(one, guide)
        kept = run.withheld is None
        if kept:
            self.contributions.update(made.kind for made in one.contributions)
        self.languages[_language(one) if kept else None] += 1
        self.publics.update(publics(run, asking_who(guide)) or (None,))
        self._chose(run, guide, kept=kept)

    def _went(self, one: Participation, guide: Guide) -> None:
        """Where they went, and how long each answer took."""
        talk = one.conversation
        steps = {spot.step for spot in talk.answers} & guide.steps.keys()
        if talk.at is not None and talk.at.step in guide.steps:
            steps.add(talk.at.step)
            self.stopped[talk.at.step] += one.status != "finished"
        self.reached.update(steps)
        before: datetime = talk.started
        given = [(a.at, spot.step) for spot, a in talk.answers.items() if not a.filled]
        for at, step in sorted(given):
            seconds = int((at - before).total_seconds())
            if 0 < seconds <= LONGEST:
                self.times[step][seconds] += 1
            before = at

    def _chose(self, run: Run, guide: Guide, *, kept: bool) -> None:
        places: set[str] = set()
        for step in guide.steps.values():
            answer = run.answer(Spot(step.id)) if kept else None
            if answer is None or Spot(step.id) not in run.path:
                continue
            self.states[step.id, answer.state] += 1
            if answer.state is not State.ANSWERED or not isinstance(step, CLOSED):
                continue
            for code, label in zip(answer.values, answer.labels or answer.values, strict=False):
                self.chosen[step.id, code] += 1
                self.labels.setdefault((step.id, code), label)
                if isinstance(step, Department):
                    places.add(code)
        self.departments.update(places or (None,))

    def done(self, name: str) -> Tallies:
        guides = list(self.guides.values())
        steps: dict[str, tuple[str, Step]] = {}
        for guide in reversed(guides):  # today's order first, then what only earlier ones ask
            for section in guide.sections:
                for step in section.steps:
                    if not isinstance(step, Information):
                        steps.setdefault(step.id, (section.title, step))
        for _, step in steps.values():
            for option in step.options:
                self.labels[step.id, option.value] = option.label
        return Tallies(
            name,
            guides[-1].title,
            self.begun,
            self.finished,
            self.contributions,
            self.alarms,
            self.days,
            self.channels,
            self.origins,
            self.helped,
            self.languages,
            self.publics,
            self.departments,
            self.chosen,
            self.labels,
            tuple(self._asked(section, step) for section, step in steps.values()),
        )

    def _asked(self, section: str, step: Step) -> Asked:
        times = self.times[step.id]
        return Asked(
            step.id,
            step.name or step.question,
            section,
            self.reached[step.id],
            self.stopped[step.id],
            self.states[step.id, State.ANSWERED],
            self.states[step.id, State.SKIPPED],
            self.states[step.id, State.REFUSED],
            times.total(),
            _median(times),
        )


def _median(times: Mapping[int, int]) -> int | None:
    left = (sum(times.values()) + 1) // 2
    for seconds in sorted(times):
        left -= times[seconds]
        if left <= 0:
            return seconds
    return None


def _language(one: Participation) -> str | None:
    """The language in which most was written."""
    letters: Counter[str] = Counter()
    for answer in one.conversation.answers.values():
        for part in answer.parts:
            if part.language:
                letters[part.language] += len(part.text)
    return max(sorted(letters), key=letters.__getitem__, default=None)
