"""What awaits a member of staff: each thing counted, and the page where it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.curated import Order, Stage
from bot.finding import Standing
from desk.exporting.words import PROFILES
from exports.confidentiality import Profile

NAMED = 3  # of those who are missing
LISTED = 5  # exports


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the first page. `route` is where it is done."""

    what: str
    route: str
    count: int | None = None
    more: str = ""
    query: str = ""
    export: str = ""  # the id that its page needs


@dataclass(frozen=True, slots=True)
class Facts:
    """What was counted for this person. None: they may not know, or nobody counted yet."""

    standing: Standing | None = None
    since: date | None = None  # the last time they came
    alike: int | None = None  # groups
    to_code: int | None = None
    orders: Sequence[Order] = ()  # theirs, not taken yet
    missed: Sequence[str] = ()  # the targets


def tasks(facts: Facts, may: Callable[[str], bool]) -> list[Task]:
    """What to do, the most pressing first."""
    decides = may("queue")  # then what is new is said there
    return [
        one
        for one in _every(facts)
        if may(one.route) and not (decides and one.route == "contributions")
    ]


def of_mine(orders: Sequence[Order], login: str, taken: frozenset[str]) -> list[Order]:
    """The exports to look at again: asked by this person, over or in the way, never taken."""
    mine = [one for one in orders if one.asked_by == login and one.id not in taken]
    return [
        one
        for one in mine
        if one.stage is not Stage.DONE or one.file is not None  # what is left of it is its line
    ][:LISTED]


def _every(facts: Facts) -> Iterator[Task]:
    exports = [_export(one) for one in facts.orders]
    yield from (task for task, waits in exports if waits)
    if facts.standing is not None:
        yield from _contributions(facts.standing, facts.since)
    if facts.alike:
        several = "s" * (facts.alike > 1)
        yield Task(
            f"groupe{several} de textes presque pareils", "groups", facts.alike,
            "À réunir, ou à laisser à part.",
        )  # fmt: skip
    if facts.to_code:
        yield Task(f"contribution{'s' * (facts.to_code > 1)} à coder", "coding.next", facts.to_code)
    if facts.missed:
        several = "s" * (len(facts.missed) > 1)
        named = ", ".join(facts.missed[:NAMED])
        others = len(facts.missed) - NAMED
        more = f"{named} et {others} autre{'s' * (others > 1)}" if others > 0 else named
        yield Task(
            f"objectif{several} pas encore atteint{several}", "overview", len(facts.missed),
            f"{more}.", "#objectifs",
        )  # fmt: skip
    yield from (task for task, waits in exports if not waits)


def _contributions(standing: Standing, since: date | None) -> Iterator[Task]:
    day = f"{since:%d/%m/%Y}" if since else ""
    if standing.waiting:
        several = "s" * (standing.waiting > 1)
        new = standing.waiting_new if since else 0
        more = f"Dont {new} depuis le {day}." if new else ""
        yield Task(f"contribution{several} à relire", "queue", standing.waiting, more)
    if standing.personal:
        several = "s" * (standing.personal > 1)
        more = "Quelqu’un y est peut-être nommé : masquez, ou confirmez."
        yield Task(
            f"texte{several} où chercher des noms", "queue", standing.personal, more,
            "?personnes=oui",
        )  # fmt: skip
    new = standing.new if since else standing.every
    if new:
        what = f"contribution{'s' * (new > 1)} {f'depuis le {day}' if since else 'à lire'}"
        yield Task(what, "contributions", new)


def _export(order: Order) -> tuple[Task, bool]:
    """Its line, and whether it waits for the person."""
    who = PROFILES[Profile(order.profile)][0].partition(" :")[0].lower()
    said = {
        Stage.FAILED: ("n’a pas abouti", "Demandez-le à nouveau.", True),
        Stage.SEEN: ("attend votre accord", "Regardez ce qui va sortir.", True),
        Stage.DONE: ("est prêt", "Téléchargez le ZIP.", True),
    }
    state, more, waits = said.get(order.stage, ("est en cours", "", False))
    return Task(f"L’export « {who} » {state}", "exports.one", None, more, "", order.id), waits
