"""A crowd that answered, stored for the desk: enough of them for numbers to be shown."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import exports_cases as cases

from bot.model import Conversation, Event, Participation, Spot, Turn
from storage.conversations import SqlStore
from storage.guides import Guides
from storage.snapshot.snapshots import Opened, Snapshots
from tests.desk_service import Office

GUIDE = cases.GUIDE.guide


def people(count: int = 60) -> list[Participation]:
    """They came over three weeks, by three links; three of them play, and one stopped early."""
    uses = {"walk": count - count // 3 - 3, "rest": count // 3, "play": 3}
    return [_told(one, n) for n, one in enumerate(cases.crowd(uses))]


def _told(one: Participation, n: int) -> Participation:
    talk = one.conversation
    begun = cases.NOON + timedelta(days=n % 21)
    answers = {
        spot: replace(answer, at=begun + timedelta(seconds=30 * place))
        for place, (spot, answer) in enumerate(talk.answers.items(), start=1)
    }
    return replace(
        one,
        conversation=replace(
            talk, started=begun, answers=answers, finished=n > 0,
            at=None if n else Spot("age"), origin=("affiche", "mairie", None)[n % 3],
            channel="telegram" if n % 4 == 0 else "web",
        ),
    )  # fmt: skip


def answered(desk: Office, them: Iterable[Participation]) -> None:
    """Store them, with the guide that they follow."""
    source = cases.GUIDE.model_dump_json(exclude_unset=True, by_alias=True)
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    Guides(desk.engine).publish(GUIDE, cases.GUIDE.version, sha256, source)
    store = SqlStore(desk.engine, desk.keys)
    made = (Event("contribution", Spot("idea"), "proposal"),)
    for n, one in enumerate(them):
        talk: Conversation = one.conversation
        with store.hold(talk.channel, f"person {n}") as held:
            held.save("first", Turn(talk, (), made), push=False)


Row = TypeVar("Row")


class Slow:
    """Snapshots that are read a person at a time, so that one may be stopped in the middle."""

    def __init__(self, inner: Snapshots) -> None:
        self._inner, self.begun = inner, threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def open(self, id: str, guide: Any) -> Opened[Any]:
        opened = self._inner.open(id, guide)

        return replace(
            opened,
            read=lambda: self._slowly(opened.read()),
            met=lambda changed: self._slowly(opened.met(changed)),
        )

    def _slowly(self, rows: Iterator[Row]) -> Iterator[Row]:
        for n, one in enumerate(rows):
            if n == 2:
                self.begun.set()
            threading.Event().wait(0.2)
            yield one
