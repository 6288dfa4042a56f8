"""From the outbox to the person: in order, once, at the pace the channel allows."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram_api import Api, TelegramSpeaker
from bot.channels.telegram_text import split
from bot.errors import Blocked, DatabaseBusy, DatabaseDamaged, SendingError, TryLater
from bot.model import Choice, Conversation, Parcel, Reply, Said, Turn
from bot.pace import Pace
from bot.ports import Outbox
from bot.sender import ATTEMPTS, Sender
from storage.conversations import SqlStore
from storage.database import open_database
from storage.outbox import SqlOutbox
from storage.sealing.keys import Keys
from storage.threads import Threads
from tests.telegram_server import TOKEN, Fault, TelegramServer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Skipping(selectors.DefaultSelector):
    """Waits for nothing: the clock of the loop jumps to the next thing to do."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.skipped += max(0.0, timeout or 0.0)
        return super().select(0)


class SkippingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = Skipping()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.skipped


def skipping(run: Coroutine[Any, Any, None]) -> None:
    """Run in no time what lasts hours."""
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        runner.run(run)


def now() -> datetime:
    return NOON + timedelta(seconds=asyncio.get_running_loop().time())


class Inline:
    """Runs at once, for an outbox that does not block."""

    async def run(self, call: Callable[..., Any], /, *args: Any) -> Any:
        return call(*args)


@dataclass
class ListOutbox:
    """The outbox's contract over a list, reservations and order included."""

    waiting: list[Parcel] = field(default_factory=list)
    due: dict[int, datetime] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)
    busy: Callable[[], bool] = lambda: False

    def speaks(self, channel: str) -> bool:  # noqa: ARG002
        return True

    def add(self, address: str, key: str, *choices: Choice) -> int:
        number = len(self.waiting) + len(self.ended) + 1
        reply = Reply(key, choices=choices)
        self.waiting.append(Parcel(number, "telegram", address, reply, "g", "1", 0))
        return number

    def claim(self, channel: str, now: datetime, limit: int = 30) -> list[Parcel]:
        self._check()
        claimed, seen = [], set()
        for place, parcel in enumerate(self.waiting):
            first = parcel.address not in seen
            seen.add(parcel.address)
            if first and parcel.channel == channel and self.due.get(parcel.id, now) <= now:
                self.waiting[place] = parcel = replace(parcel, attempts=parcel.attempts + 1)
                self.due[parcel.id] = now + timedelta(seconds=30)
                claimed.append(parcel)
            if len(claimed) == limit:
                break
        return claimed

    def sent(self, parcel: int, at: datetime) -> None:  # noqa: ARG002
        self._end(parcel, "sent")

    def later(self, parcel: int, until: datetime) -> None:
        self._check()
        self.due[parcel] = until

    def drop(self, parcel: int, why: str) -> None:
        self._end(parcel, why)

    def block(self, parcel: int, at: datetime) -> None:  # noqa: ARG002
        [address] = [p.address for p in self.waiting if p.id == parcel]
        for each in [p for p in self.waiting if p.address == address]:
            self._end(each.id, "blocked")

    def _end(self, parcel: int, how: str) -> None:
        self._check()
        self.waiting = [p for p in self.waiting if p.id != parcel]
        self.ended[parcel] = how

    def _check(self) -> None:
        if self.busy():
            raise DatabaseBusy("occupée")


@dataclass
class Mouth:
    """A channel that takes, refuses, or takes without saying so."""

    plan: Callable[[int, str, str], Exception | None] = lambda nth, who, text: None  # noqa: ARG005
    heard: list[tuple[str, str, float]] = field(default_factory=list)
    tried: int = 0

    async def say(self, address: str, text: str, choices: Iterable[Choice]) -> None:  # noqa: ARG002
        self.tried += 1
        error = self.plan(self.tried, address, text)
        at = asyncio.get_running_loop().time()
        await asyncio.sleep(0.05)
        if error is None or getattr(error, "maybe_sent", None) == "taken":
            self.heard.append((address, text, at))
        if error:
            raise error


def taken() -> TryLater:
    """The answer was lost, not the message."""
    error = TryLater(30, maybe_sent=True)
    error.maybe_sent = "taken"  # type: ignore[assignment]  # true, and the test can tell
    return error


def as_it_is(parcel: Parcel) -> Said:
    return Said(parcel.reply.key, parcel.reply.choices)


def drain(outbox: ListOutbox, mouth: Mouth, hours: float = 30, **more: Any) -> None:
    async def run() -> None:
        say: Callable[[Parcel], Said] = more.pop("render", as_it_is)
        sender = Sender("telegram", outbox, mouth, say, Inline(), clock=now, **more)
        running = asyncio.create_task(sender.run())
        while outbox.waiting and asyncio.get_running_loop().time() < hours * 3600:
            await asyncio.sleep(0.5)
        await sender.stop()
        await running

    skipping(run())


@pytest.fixture
def outbox() -> ListOutbox:
    return ListOutbox()


def test_each_person_in_order_at_most_one_a_second_and_25_in_all(outbox: ListOutbox) -> None:
    for turn in range(600):
        outbox.add(str(turn % 100), str(turn))
    mouth = Mouth()
    drain(outbox, mouth)
    assert Counter(outbox.ended.values()) == {"sent": 600}
    _in_order(mouth, 100)
    _at_pace(mouth)
    assert mouth.heard[-1][2] < 600 / 25 + 2


def test_5_000_sendings_through_every_fault(outbox: ListOutbox) -> None:
    chance = random.Random(7)
    rests: dict[str, float] = {}
    early: list[str] = []
    lost_answers = []

    def plan(nth: int, who: str, _: str) -> Exception | None:
        at = asyncio.get_running_loop().time()
        if at < rests.get(who, 0):
            early.append(who)
        draw = chance.random()
        if draw < 0.10:
            after = chance.randint(1, 30)
            rests[who] = at + after
            return TryLater(after)
        if draw < 0.20:
            return TryLater(3)
        if draw < 0.25:
            lost_answers.append(nth)
            return taken()
        return Blocked("") if draw < 0.252 else None

    for turn in range(5000):
        outbox.add(str(turn % 500), str(turn))
    mouth = Mouth(plan)
    drain(outbox, mouth)
    told = Counter(text for _, text, _ in mouth.heard)
    twice = sum(count - 1 for count in told.values())
    print(
        f"5000 parcels, {mouth.tried} sendings, {len(mouth.heard)} heard, {twice} twice for "
        f"{len(lost_answers)} lost answers, {len(early)} too early, "
        f"{dict(Counter(outbox.ended.values()))}"
    )
    assert not early
    assert twice <= len(lost_answers)
    ended = Counter(outbox.ended.values())
    assert ended["sent"] + ended["blocked"] + ended["unsure"] == 5000
    assert {str(n - 1) for n, how in outbox.ended.items() if how != "blocked"} <= told.keys()
    _in_order(mouth, 500)
    _at_pace(mouth)


def _in_order(mouth: Mouth, persons: int) -> None:
    for person in map(str, range(persons)):
        told = [int(text) for who, text, _ in mouth.heard if who == person]
        assert told == sorted(told)


def _at_pace(mouth: Mouth) -> None:
    times = sorted(at for _, _, at in mouth.heard)
    assert all(later - at >= 0.999 for at, later in zip(times, times[25:], strict=False))
    by_person: dict[str, list[float]] = {}
    for who, _, at in mouth.heard:
        by_person.setdefault(who, []).append(at)
    for mine in by_person.values():
        assert all(b - a >= 0.999 for a, b in pairwise(mine))


def test_an_answer_lost_twice_is_not_sent_a_third_time(outbox: ListOutbox) -> None:
    number = outbox.add("1", "Bonjour")
    mouth = Mouth(lambda *_: taken())
    drain(outbox, mouth)
    assert outbox.ended == {number: "unsure"}
    first, second = (at for _, _, at in mouth.heard)
    assert 30 <= second - first <= 32


def test_a_channel_away_is_tried_for_a_day_and_no_more(outbox: ListOutbox) -> None:
    number = outbox.add("1", "Bonjour")
    mouth = Mouth(lambda *_: TryLater(3))
    drain(outbox, mouth, hours=48)
    assert outbox.ended == {number: "expired"}
    assert mouth.tried == ATTEMPTS


def test_a_channel_back_after_twenty_hours_gets_everything(outbox: ListOutbox) -> None:
    for turn in range(20):
        outbox.add(str(turn % 5), str(turn))

    def away(*_: object) -> Exception | None:
        return TryLater(3) if asyncio.get_running_loop().time() < 20 * 3600 else None

    mouth = Mouth(away)
    drain(outbox, mouth)
    assert Counter(outbox.ended.values()) == {"sent": 20}
    _in_order(mouth, 5)


def test_parts_already_taken_are_not_said_again(outbox: ListOutbox) -> None:
    outbox.add("1", "un|deux|trois", Choice("Oui", "a=o"))
    plan = {2: TryLater(2), 4: taken(), 6: TryLater(40)}
    mouth = Mouth(lambda nth, *_: plan.get(nth))
    drain(outbox, mouth, split=lambda text: text.split("|"))
    assert [text for _, text, _ in mouth.heard] == ["un", "deux", "trois", "trois"]
    assert set(outbox.ended.values()) == {"sent"}


def test_the_person_who_blocked_us_gets_nothing_more(outbox: ListOutbox) -> None:
    for turn in range(3):
        outbox.add("1", str(turn))
    outbox.add("2", "3")
    mouth = Mouth(lambda _, who, __: Blocked("") if who == "1" else None)
    drain(outbox, mouth)
    assert [who for who, _, _ in mouth.heard] == ["2"]
    assert Counter(outbox.ended.values()) == {"blocked": 3, "sent": 1}
    assert mouth.tried == 2


def test_what_cannot_be_said_does_not_stop_what_follows(
    outbox: ListOutbox, capfd: pytest.CaptureFixture[str]
) -> None:
    for key in ("absent", "refused", " ", "last"):
        outbox.add("1", key)

    def render(parcel: Parcel) -> Said:
        if parcel.reply.key == "absent":
            raise KeyError("mots-canari")
        return as_it_is(parcel)

    mouth = Mouth(lambda _, __, text: SendingError("mots-canari") if text == "refused" else None)
    drain(outbox, mouth, render=render)
    assert list(outbox.ended.values()) == ["unsayable", "refused", "empty", "sent"]
    out, err = capfd.readouterr()
    assert "canari" not in out + err


def test_a_reply_whose_guide_is_never_read_is_given_up_after_a_day(outbox: ListOutbox) -> None:
    """R9: the others do not wait for it, and it does not come every 5 seconds for ever."""
    asked: list[float] = []
    for person in range(40):
        outbox.add(f"lost {person}", "lost")
    outbox.add("1", "said")

    def render(parcel: Parcel) -> Said:
        if parcel.reply.key == "lost":
            asked.append(asyncio.get_running_loop().time())
            raise DatabaseDamaged("abîmée")
        return as_it_is(parcel)

    mouth = Mouth()
    drain(outbox, mouth, render=render, hours=50)
    assert sorted(outbox.ended.values()) == ["expired"] * 40 + ["sent"]
    assert len(asked) == 40 * ATTEMPTS
    [(_, _, at)] = mouth.heard
    assert at < 60
    assert 20 * 3600 < asked[-1] < 30 * 3600


def test_an_outbox_that_fails_now_and_then_makes_nothing_said_twice(outbox: ListOutbox) -> None:
    chance = random.Random(11)
    outbox.busy = lambda: chance.random() < 0.4
    before, outbox.busy = outbox.busy, lambda: False
    for turn in range(200):
        outbox.add(str(turn % 20), str(turn))
    outbox.busy = before
    mouth = Mouth()
    drain(outbox, mouth)
    assert len(mouth.heard) == 200
    assert Counter(outbox.ended.values()) == {"sent": 200}


def test_many_told_to_wait_at_once_means_everyone_waits(outbox: ListOutbox) -> None:
    for turn in range(60):
        outbox.add(str(turn), str(turn))
    mouth = Mouth(lambda nth, *_: TryLater(20) if nth <= 5 else None)
    drain(outbox, mouth)
    times = sorted(at for _, _, at in mouth.heard)
    in_flight = sum(at < 15 for at in times)
    print(f"{in_flight} of 60 left before everyone waited")
    assert in_flight <= 2
    assert len(times) == 60


# --- with the real outbox, over HTTP ---


def _fill(store: SqlStore, person: str, count: int, **more: Any) -> None:
    for turn in range(count):
        with store.hold("telegram", person) as held:
            talk = held.conversation or Conversation(
                f"c{person}", f"REF-{person}", "g", "1", "telegram", NOON
            )
            reply = Reply(f"{turn}", **more)
            held.save(f"m{turn}", Turn(talk, (reply, Reply(f"{turn}b"))), push=True)


def test_from_the_database_to_telegram(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/parole.db", create=True)
    keys = Keys(bytes(32))
    store, threads = SqlStore(engine, keys), Threads.serving(engine)
    outbox: Outbox = SqlOutbox(engine, keys)
    for person in ("501", "502", "503", "504"):
        _fill(store, person, 2)
    faults = {3: Fault("500"), 5: Fault("429", 2), 8: Fault("500")}

    async def run(telegram: TelegramServer) -> None:
        api = Api(TOKEN, server=telegram.url, proxies=False)
        sender = Sender(
            "telegram",
            outbox,
            TelegramSpeaker(api),
            lambda parcel: Said(f"phrase {parcel.reply.key}", parcel.reply.choices),
            threads,
            split=split,
            pace=Pace(apart=0.1),
        )
        running = asyncio.create_task(sender.run())
        async with asyncio.timeout(30):
            while len(telegram.sent) < 12:
                await asyncio.sleep(0.05)
        _fill(store, "505", 1)
        before = asyncio.get_running_loop().time()
        sender.wake()
        async with asyncio.timeout(5):
            while not telegram.texts(505):
                await asyncio.sleep(0.01)
        print(f"woken, said {asyncio.get_running_loop().time() - before:.3f} s later")
        await sender.stop()
        await running
        await api.close()

    with TelegramServer() as telegram:
        telegram.faults = lambda nth, chat, _: Fault("403") if chat == 504 else faults.get(nth)
        asyncio.run(run(telegram))
        for number in (501, 502, 503):
            assert telegram.texts(number) == ["phrase 0", "phrase 0b", "phrase 1", "phrase 1b"]
        assert telegram.texts(504) == []
    conversation, _ = store.thread("telegram", "504")
    assert conversation.paused
    threads.close()
    engine.dispose()
