"""Plays a transcript that goes from door to door, through the reception and a real memory.

# doors                    in the heading: this kind of transcript
@ telegram                 what follows is at that door: telegram, web, or another device, web-2
> {code 1}                 the first return code that was given; {Code 1}: otherwise typed
… 24 heures plus tard      a reminder that is due is printed
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.ceiling import Ceiling
from bot.channels.terminal import read_line, written
from bot.guide import Guide
from bot.model import Choice, Event, Given, Parcel, Reply
from bot.reception import Reception
from nlu.understand import Understanding
from storage.conversations import SqlStore
from storage.database import open_database
from storage.outbox import SqlOutbox
from storage.sealing.keys import Keys
from storage.threads import Threads

LATER = re.compile(r"… (\d+) (heures?|minutes?) plus tard")
CODE = re.compile(r"\{([Cc])ode (\d)\}")
REFERENCE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b")
PUSHED = "telegram"


class OneGuide:
    """The only guide there is."""

    def __init__(self, guide: Guide) -> None:
        self._guide = guide

    def current(self, _: str | None) -> Guide:
        return self._guide

    def of(self, *_: str) -> Guide:
        return self._guide


class Walk:
    """Several doors and one memory; time passes only when told."""

    def __init__(self, guide: Guide, wording, now, folder: Path, running: ExitStack) -> None:
        self.guide, self.wording, self.now, self.door = guide, wording, now, PUSHED
        engine = open_database(f"sqlite:///{folder / 'parole.db'}", create=True)
        running.callback(engine.dispose)
        threads, keys = Threads(1), Keys(bytes(32))
        running.callback(threads.close)
        store = SqlStore(engine, keys, clock=lambda: self.now)
        self.outbox = SqlOutbox(engine, keys)
        self.happened: list[Event] = []
        self.reception = Reception(
            store, threads, Understanding(None), OneGuide(guide), {"*": (self._note,)},
            pushed=frozenset({PUSHED}), ceiling=Ceiling(1_000), clock=lambda: self.now,
        )  # fmt: skip
        self.offered: dict[str, tuple[Choice, ...]] = {}
        self.codes: list[str] = []
        self.references: list[str] = []

    async def _note(self, event: Event, _: str) -> None:
        self.happened.append(event)

    def says(self, line: str, number: int) -> str:
        self.happened.clear()
        typed = CODE.sub(self._code, line)
        message = read_line(typed, number, self.offered.get(self.door, ())).message
        channel = self.door.partition("-")[0]
        at_door = replace(message, channel=channel, sender=self.door)
        given: Given = asyncio.run(self.reception.receive(at_door))
        self._sent()
        return self._spoken(given.replies)

    def _code(self, found: re.Match[str]) -> str:
        words = self.codes[int(found[2]) - 1]
        return words if found[1] == "c" else words.upper().replace(" ", " - ")

    def _spoken(self, replies: tuple[Reply, ...]) -> str:
        self.codes += [one.values["words"] for one in replies if one.key == "return.given"]
        said = [self.wording.say(reply, self.guide) for reply in replies]
        choices = tuple(choice for one in said for choice in one.choices)
        self.offered[self.door] = choices or self.offered.get(self.door, ())
        text = written(said, self.happened)
        for number, code in enumerate(self.codes, 1):
            text = text.replace(code, f"{{code {number}}}")
        return REFERENCE.sub(self._reference, text)

    def _reference(self, found: re.Match[str]) -> str:
        if found[0] not in self.references:
            self.references.append(found[0])
        return f"référence {self.references.index(found[0]) + 1}"

    def _sent(self) -> list[Parcel]:
        """What was waiting to be pushed, and has now left."""
        sent: list[Parcel] = []
        while parcels := self.outbox.claim(PUSHED, self.now):
            for parcel in parcels:
                self.outbox.sent(parcel.id, self.now)
            sent += parcels
        return sent

    def waits(self, count: int, unit: str) -> str:
        self.happened.clear()
        self.now += timedelta(hours=count) if unit.startswith("heure") else timedelta(minutes=count)
        return "".join(self._spoken((parcel.reply,)) for parcel in self._sent())


def replay(transcript: str, guide: Guide, wording, now) -> str:
    """The same person's lines, answered again."""
    lines = transcript.splitlines()
    out = [f"{line}\n" for line in lines if line.startswith("#")]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        walk = Walk(guide, wording, now, Path(folder), running)
        for number, line in enumerate(lines):
            if line.startswith("@ "):
                walk.door = line[2:]
                out.append(f"{line}\n")
            elif found := LATER.fullmatch(line):
                out += [f"{line}\n", walk.waits(int(found[1]), found[2])]
            elif line.startswith("> "):
                walk.now += timedelta(seconds=30)
                out += [f"{line}\n", walk.says(line[2:], number)]
    return "".join(out)
