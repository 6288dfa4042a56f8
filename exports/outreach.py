"""Which links bring people, and who is missing: a table for staff, small numbers hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.guide import Guide, OneChoice, SeveralChoices, Step
from bot.model import Participation
from exports.runs import Run
from exports.small_numbers import HIDDEN, SMALL, shown, shown_together

NOWHERE = "(sans lien)"
UNSAID = "Non dit"
MISSING = "Personne encore : "
NOBODY = "Aucune participation pour l'instant."
LEGEND = (
    f"« {shown(1)} » : de 1 à 4. « {HIDDEN} » : ce nombre ferait deviner son voisin.",
    "« Non dit » : question pas encore posée, passée, ou sans accord pour garder la réponse.",
)
EVERYONE = ""  # in the place of a public: each person once, even when of several publics
Key = tuple[str, str]  # guide, version
Cell = tuple[str | None, str | None]  # origin, public


@dataclass(slots=True)
class Tally:
    """One guide: how many began and finished, by origin and by public."""

    title: str
    publics: dict[str, str] = field(default_factory=dict)  # code: label, of today's version last
    begun: Counter[Cell] = field(default_factory=Counter)
    finished: Counter[Cell] = field(default_factory=Counter)


def counted(
    participations: Iterable[Participation], guides: Mapping[Key, Guide]
) -> dict[str, Tally]:
    """A tally for each guide that was begun. A version whose text is lost is left out."""
    tallies: dict[str, Tally] = {}
    for one in participations:
        talk = one.conversation
        guide = guides.get((talk.guide, talk.version))
        if guide is None:
            continue
        tally = tallies.setdefault(guide.guide, Tally(guide.title))
        steps = asking_who(guide)
        tally.publics.update({o.value: o.label for step in steps for o in step.options})
        for public in (EVERYONE, *(publics(Run.of(one, guide), steps) or (None,))):
            tally.begun[talk.origin, public] += 1
            tally.finished[talk.origin, public] += one.status == "finished"
    return tallies


def lines(tallies: Mapping[str, Tally]) -> Iterator[str]:
    """The table, a line at a time."""
    if not tallies:
        yield NOBODY
        return
    for name, tally in sorted(tallies.items()):
        yield from _table(name, tally)
        yield ""
    yield from LEGEND


def _table(name: str, tally: Tally) -> Iterator[str]:
    rows = list(_rows(tally))
    wide = max(len(row[0]) for row in rows)
    yield f"{tally.title} ({name})"
    yield ""
    yield f"{'Origine':<{wide}}  {'Commencées':>10}  {'Terminées':>10}"
    for label, begun, finished in rows:
        yield f"{label:<{wide}}  {begun:>10}  {finished:>10}"
    came = {public for _, public in +tally.begun}
    if missing := [label for public, label in tally.publics.items() if public not in came]:
        yield ""
        yield MISSING + " · ".join(missing)


def _rows(tally: Tally) -> Iterator[tuple[str, str, str]]:
    """The origins, most people first, « sans lien » last; under each one, its publics."""
    origins = {origin for origin, _ in tally.begun}

    def order(origin: str | None) -> tuple[bool, int, str]:
        begun = tally.begun[origin, EVERYONE]
        return origin is None, -begun if begun >= SMALL else 0, origin or ""

    for origin in sorted(origins, key=order):
        begun, finished = tally.begun[origin, EVERYONE], tally.finished[origin, EVERYONE]
        yield origin or NOWHERE, shown(begun), shown(finished)
        if not tally.publics:
            continue
        kinds: dict[str | None, str] = dict(tally.publics) | {None: UNSAID}
        cells = [shown_together([counts[origin, kind] for kind in kinds])
                 for counts in (tally.begun, tally.finished)]  # fmt: skip
        for kind, label, *both in zip(kinds, kinds.values(), *cells, strict=True):
            if tally.begun[origin, kind]:
                yield f"  {label}", both[0], both[1]


def asking_who(guide: Guide) -> list[Step]:
    """The steps that ask which public the person is of."""
    return [
        step
        for step in guide.steps.values()
        if isinstance(step, OneChoice | SeveralChoices) and step.entity == "public"
    ]


def publics(run: Run, steps: list[Step]) -> tuple[str, ...]:
    """What the person said, if it may be kept."""
    if run.withheld:
        return ()
    found = [answer.values for step in steps if (answer := run.counted(step.id))]
    return tuple(dict.fromkeys(value for values in found for value in values))
