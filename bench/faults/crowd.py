"""People on the web page who never give up: the same message again until it is answered.

Everybody plays the same whole conversation, in words of their own. What one server says of it when
nothing goes wrong is what everybody must find in their thread at the end, word for word.
"""

from __future__ import annotations

import asyncio
import random
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from bench.faults.goals import Asked
from bench.wire import Answered, Wire, written

FIRST = (
    *({"choice": value} for value in ("qui_repond:seul", "age:yes", "accord:yes")),
    *({"choice": value} for value in ("public:autre", "a_quel_titre:citoyen")),
    {"text": "59"},
)  # fmt: skip
SUBJECTS = ("formation", "relation", "participation")
REFERENCE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b")
NOUNS = (
    "table", "chaise", "lampe", "fiche", "nappe", "tasse", "livre", "plume", "craie", "bille",
    "ruban", "panier", "bouton", "carnet", "tapis", "rideau", "banc", "vélo", "pinceau", "ballon",
)  # fmt: skip
AGAIN = frozenset({502, 503, 429})
PATIENCE = 90.0  # seconds for one message

Script = tuple[Mapping[str, str], ...]
Line = tuple[str, str, tuple[str, ...]]  # who speaks, the words, the buttons


def mark(number: int) -> str:
    """Three words for each number below 8 000, in which nobody is named and nothing is meant."""
    return " ".join((NOUNS[number // 400 % 20], NOUNS[number // 20 % 20], NOUNS[number % 20]))


def script(number: int, rounds: int = 3) -> Script:
    """The messages of one person: two texts, a wish and a title for each subject."""
    me = f"({mark(number)})"
    said: list[Mapping[str, str]] = [*FIRST]
    for round in range(rounds):
        at = f".{round}" if round else ""
        said += [
            {"choice": f"sujet{at}:{SUBJECTS[round]}"},
            {"text": f"Les nuits sont longues au foyer, fois {round} {me}."},
            {"text": "aide"},
            {"text": f"Et les jours passent vite aussi, fois {round} {me}."},
            {"choice": f"recit{at}:!done"},
            {"choice": f"relecture_recit{at}:yes"},
            {"text": f"Il faut du temps pour chacun, fois {round} {me}."},
            {"choice": f"proposition{at}:!done"},
            {"choice": f"pour_qui{at}:tous"},
            {"text": f"Du temps, fois {round} {me}"},
            {"choice": f"relecture{at}:yes"},
            {"choice": f"encore{at}:{'yes' if round < rounds - 1 else 'no'}"},
        ]
    return (*said, {"choice": "citation:no"}, {"choice": "contact:no"})


@dataclass
class Counted:
    """What went on at the doors."""

    answered: int = 0
    broken: int = 0  # connections lost, or never made
    refused: Counter[int] = field(default_factory=Counter)  # statuses asked to be sent again
    wrong: Counter[int] = field(default_factory=Counter)  # any other status than 200
    most_tries: int = 0
    slowest: float = 0.0
    took: list[float] = field(default_factory=list)
    began: list[float] = field(default_factory=list)  # when each of these was first asked
    sentences: set[str] = field(default_factory=set)  # what the refusals told


class Insisting:
    """One person's connection: the next server when this one does not answer."""

    def __init__(
        self, ports: Sequence[int], counted: Counted, first: int = 0, pause: float = 0.1
    ) -> None:
        self._ports, self._at, self._counted, self._pause = ports, first, counted, pause
        self._wire: Wire | None = None

    async def ask(
        self, method: str, path: str, token: str | None = None, body: bytes = b""
    ) -> Answered:
        began, tries = time.monotonic(), 0
        while True:
            tries += 1
            answered = await self._try(method, path, token, body)
            if answered is not None:
                break
            if time.monotonic() - began > PATIENCE:
                raise TimeoutError(f"{method} {path}: {tries} tries")
            await asyncio.sleep(self._pause * random.uniform(1, 1.5))
        it, spent = self._counted, time.monotonic() - began
        it.answered += 1
        it.most_tries, it.slowest = max(it.most_tries, tries), max(it.slowest, spent)
        it.took.append(spent)
        it.began.append(began)
        if answered.status // 100 != 2:
            it.wrong[answered.status] += 1
        return answered

    async def _try(self, method: str, path: str, token: str | None, body: bytes) -> Answered | None:
        try:
            async with asyncio.timeout(25):
                if self._wire is None:
                    wire = Wire("127.0.0.1", self._ports[self._at % len(self._ports)])
                    await wire.__aenter__()
                    self._wire = wire
                answered = await self._wire.ask(method, path, token, body)
        except (OSError, TimeoutError):
            self._counted.broken += 1
            self._wire, self._at = None, self._at + 1
            return None
        if answered.status in AGAIN:
            self._counted.refused[answered.status] += 1
            self._counted.sentences.add(str(answered.json().get("detail", "")))
            self._at += 1
            await self.close()
            return None
        return answered

    async def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.__aexit__(None, None, None)


@dataclass
class Person:
    """One person, from the opening to the last message."""

    number: int
    script: Script
    token: str = ""
    acknowledged: list[list[str]] = field(default_factory=list)  # what each message was answered

    async def live(self, door: Insisting, gap: Callable[[], float] = lambda: 0.0) -> None:
        await self.opens(door)
        for at in range(len(self.script)):
            await asyncio.sleep(gap())
            await self.says(door, at)

    async def opens(self, door: Insisting) -> None:
        secret = secrets.token_urlsafe(24)
        opened = await door.ask("POST", "/api/conversations", None, written({"opening": secret}))
        self.token = str(opened.json()["token"])

    async def says(self, door: Insisting, at: int) -> Answered:
        body = written({"id": f"m{at}", **self.script[at]})
        answered = await door.ask("POST", "/api/messages", self.token, body)
        if answered.status == 200:
            told = [reply["text"] for reply in answered.json()["replies"]]
            self.acknowledged.append(told)
        return answered

    async def thread(self, door: Insisting) -> list[Line]:
        read = await door.ask("GET", "/api/messages", self.token)
        return [
            (one["from"], masked(one["text"]), tuple(c["label"] for c in one["choices"]))
            for one in read.json().get("messages", [])
        ]

    async def kept(self, door: Insisting) -> Counter[str]:
        """The words kept as answers, each with how many times it is there."""
        read = await door.ask("GET", "/api/copy", self.token)
        rows = read.json()["conversations"][0]["answers"]
        return Counter(text for row in rows for text in row["words"])


@dataclass
class Found:
    """What everybody's thread says at the end."""

    persons: int = 0
    turns: int = 0
    lost: int = 0  # acknowledged, and not there
    doubled: int = 0  # there twice
    replies_missing: int = 0
    replies_more: int = 0
    otherwise: int = 0  # answered one thing, and another is in the thread
    elsewhere: int = 0  # threads that differ in any way from what was expected
    first: str = ""  # the first difference, for whoever looks for it

    @property
    def failures(self) -> int:
        wrong = self.lost + self.doubled + self.replies_missing + self.replies_more
        return wrong + self.otherwise + self.elsewhere

    def told(self) -> str:
        return (
            f"{self.turns} tours, {self.lost} perdus, {self.doubled} en double, "
            f"réponses : {self.replies_missing} en moins, {self.replies_more} en double"
        )


def masked(text: str) -> str:
    return REFERENCE.sub("XXXX-XXXX", text)


def expected(reference: Sequence[Line], number: int) -> list[Line]:
    """What the person 0 heard, for another one."""
    mine, theirs = mark(0), mark(number)
    return [
        (who, text.replace(mine, theirs), tuple(label.replace(mine, theirs) for label in labels))
        for who, text, labels in reference
    ]


async def look(person: Person, door: Insisting, reference: Sequence[Line], found: Found) -> None:
    """Compare one person's thread and answers with what they should be."""
    thread, wanted = await person.thread(door), expected(reference, person.number)
    found.persons += 1
    found.turns += len(person.acknowledged) + 1
    for speaker in ("person", "assistant"):
        mine = Counter(text for who, text, _ in thread if who == speaker)
        due = Counter(text for who, text, _ in wanted if who == speaker)
        less, more = (due - mine).total(), (mine - due).total()
        if speaker == "person":
            found.lost, found.doubled = found.lost + less, found.doubled + more
        else:
            found.replies_missing += less
            found.replies_more += more
    if thread != wanted:
        found.elsewhere += 1
        where = next(n for n, pair in enumerate(zip_longest(thread, wanted)) if len({*pair}) > 1)
        found.first = found.first or f"{thread[where:][:2]}\ninstead of {wanted[where:][:2]}"
    texts = Counter(one["text"] for one in person.script if "(" in one.get("text", ""))
    kept = await person.kept(door)
    found.lost += (texts - kept).total()
    found.doubled += sum(n - 1 for text, n in kept.items() if text in texts and n > 1)
    said = Counter(masked(text) for told in person.acknowledged for text in told)
    shown = Counter(text for who, text, _ in thread if who == "assistant")
    if other := said - shown:
        found.otherwise += other.total()
        found.first = found.first or f"answered {other}"


async def reference(ports: Sequence[int], rounds: int = 3) -> list[Line]:
    """What the person 0 hears when nothing goes wrong."""
    door, zero = Insisting(ports, Counted()), Person(0, script(0, rounds))
    await zero.live(door)
    heard = await zero.thread(door)
    await door.close()
    if any(status != 200 for status in door._counted.wrong):
        raise RuntimeError(f"the script is refused: {door._counted.wrong}")
    return heard


async def known(asked: Asked, ports: Sequence[int]) -> list[Line]:
    """The same, asked once."""
    if asked.rounds not in asked.known:
        asked.known[asked.rounds] = await reference(ports, asked.rounds)
    return asked.known[asked.rounds]


async def crowd(
    ports: Sequence[int],
    people: int,
    counted: Counted,
    *,
    rounds: int = 3,
    at_once: int = 8,
    first: int = 0,
    pause: float = 0.1,
    gap: Callable[[], float] = lambda: 0.0,
) -> list[Person]:
    """So many people to the end of their conversation, some at the same time."""
    slots = asyncio.Semaphore(at_once)
    persons = [Person(n, script(n, rounds)) for n in range(first + 1, first + people + 1)]

    async def one(person: Person) -> None:
        async with slots:
            door = Insisting(ports, counted, person.number, pause)
            await person.live(door, gap)
            await door.close()

    await asyncio.gather(*(one(person) for person in persons))
    return persons


async def looked(
    persons: Sequence[Person], ports: Sequence[int], heard: Sequence[Line], *, same: bool = True
) -> Found:
    """Everybody's thread. Not the `same`: replies may differ, each message still has its own."""
    found, door = Found(), Insisting(ports, Counted())
    for person in persons:
        await look(person, door, heard, found)
    await door.close()
    if not same:
        found.replies_missing = found.replies_more = found.elsewhere = 0
        return found
    if found.first:
        print(f"  {found}")
    return found
