"""Devices of one person as a state machine: what comes twice or late changes nothing.

Two receptions on one memory, as two servers are; beside them a third, which hears each message
once and in order. Both must tell the same thread, whatever was delivered again.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bench.faults.crowd import masked, script
from bot.ceiling import Ceiling
from bot.guide_file import bundled
from bot.model import Given, Message
from bot.reception import Reception
from bot.shelf import Shelf
from nlu.understand import Understanding
from storage.conversations import SqlStore
from storage.database import open_database
from storage.sealing.keys import Keys
from storage.threads import Threads

NOON = datetime(2022, 3, 1, 12, tzinfo=UTC)
TEXTS = ("aide", "retour", "passer", "59", "oui", "non", "mes réponses", "pourquoi", "bonjour",
         "Les nuits sont longues au foyer.", "corriger", "pause", "reprendre", "zzz")  # fmt: skip
SHELF = Shelf(bundled(), "cese-2022", lambda *_: None)


class Memory:
    """A database and the receptions that share it."""

    def __init__(self, folder: Path, servers: int, running: ExitStack) -> None:
        engine = open_database(f"sqlite:///{folder / f'{servers}.db'}", create=True)
        running.callback(engine.dispose)
        self.now = NOON
        self.stores = [SqlStore(engine, Keys(bytes(32)), clock=self.time) for _ in range(servers)]
        threads = Threads(1)
        running.callback(threads.close)
        self.desks = [
            Reception(one, threads, Understanding(None), SHELF, {}, ceiling=Ceiling(10**6),
                      clock=self.time)
            for one in self.stores
        ]  # fmt: skip

    def time(self) -> datetime:
        return self.now

    def hears(self, message: Message, server: int = 0) -> Given:
        return asyncio.run(self.desks[server].receive(message))

    def thread(self, server: int = 0) -> list[tuple[str, list[tuple[str, str]]]]:
        _, exchanges = self.stores[server].thread("web", "somebody")
        return [
            (one.said, [(r.key, masked(str(sorted(r.values.items())))) for r in one.replies])
            for one in exchanges
        ]


def _told(given: Given) -> tuple[int, list[str]]:
    return given.turn, [reply.key for reply in given.replies]


def _buttons(given: Given) -> list[str]:
    return [choice.value for reply in given.replies for choice in reply.choices]


class Devices(RuleBasedStateMachine):
    """What the devices of one person do, in any order."""

    steps: ClassVar[int] = 0  # messages heard, and delivered again

    def __init__(self) -> None:
        super().__init__()
        self._running = ExitStack()
        folder = Path(self._running.enter_context(tempfile.TemporaryDirectory()))
        self.shared = Memory(folder, 2, self._running)
        self.serial = Memory(folder, 1, self._running)
        self.sent: list[tuple[Message, Given]] = []
        self.alone: list[Message] = []
        self.buttons: list[tuple[str, str]] = []
        self.at = self.first = self.began = 0
        self._tell(Message("web", "somebody", "start"), 0)

    def _tell(self, message: Message, server: int, alone: Message | None = None) -> None:
        """`alone`: the same for the memory that hears once, whose buttons have another tag."""
        type(self).steps += 1
        for memory in (self.shared, self.serial):
            memory.now += timedelta(seconds=20)
        given = self.shared.hears(message, server)
        once = self.serial.hears(alone or message)
        self.alone.append(alone or message)
        assert _told(given) == _told(once)
        self.buttons += zip(_buttons(given), _buttons(once), strict=True)
        if self.sent and given.conversation != self.sent[-1][1].conversation:
            self.first = self.began = len(self.sent)  # of a new conversation of this person
        number = len(self.sent) - self.first + 1
        assert given.turn == number, "a turn was skipped or taken twice"
        self.sent.append((message, given))
        began = len(self.sent) - len(self.shared.thread(server))
        if began > self.began:  # a fresh start: what was said before is answered by what began
            self.began = began
            for n in range(self.first, began):
                self.sent[n] = (self.sent[n][0], given)

    @rule(server=st.integers(0, 1))
    def goes_on(self, server: int) -> None:
        """The next message of a whole conversation."""
        said = script(1)[self.at % len(script(1))]
        self.at += 1
        number = f"m{len(self.sent)}"
        text, choice = said.get("text", ""), said.get("choice")
        self._tell(Message("web", "somebody", number, text, choice), server)

    @rule(server=st.integers(0, 1), text=st.sampled_from(TEXTS))
    def says(self, server: int, text: str) -> None:
        self._tell(Message("web", "somebody", f"m{len(self.sent)}", text), server)

    @rule(server=st.integers(0, 1), which=st.integers(0, 10_000))
    def presses_an_old_button(self, server: int, which: int) -> None:
        if self.buttons:
            choice, theirs = self.buttons[which % len(self.buttons)]
            number = f"m{len(self.sent)}"
            said = Message("web", "somebody", number, choice=choice)
            self._tell(said, server, replace(said, choice=theirs))

    @rule(server=st.integers(0, 1), which=st.integers(0, 10_000))
    def is_delivered_again(self, server: int, which: int) -> None:
        type(self).steps += 1
        at = which % len(self.sent)
        message, given = self.sent[at]
        again = self.shared.hears(message, server)
        if (
            at < self.first
        ):  # of the conversation before: as with one server, whatever is kept of it
            assert _told(again) == _told(self.serial.hears(self.alone[at]))
        else:
            assert (again.turn, again.replies) == (given.turn, given.replies), (
                f"{at} of {len(self.sent)}: {_told(given)}, then {_told(again)}"
            )

    @invariant()
    def both_tell_the_same(self) -> None:
        told = self.shared.thread(0)
        assert told == self.shared.thread(1) == self.serial.thread()

    def teardown(self) -> None:
        self._running.close()


def played(examples: int, steps: int, seed: int) -> None:
    """So many conversations of so many steps. Raises AssertionError."""
    settings = hypothesis.settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=[*hypothesis.HealthCheck],
        phases=[hypothesis.Phase.generate],  # to make a failure small takes longer than to see it
    )  # fmt: skip
    hypothesis.seed(seed)(Devices)
    run_state_machine_as_test(Devices, settings=settings)
