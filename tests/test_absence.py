"""R7: messages that waited for us, and our excuses, once for each person."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from test_reception import SHELF

from bot.ceiling import Ceiling
from bot.model import Message
from bot.reception import Reception
from nlu.understand import Understanding
from storage.conversations import SqlStore
from storage.threads import Threads

NOON = datetime(2022, 3, 14, 12, tzinfo=UTC)


class Day:
    """A service whose clock is set by hand; the keys of what each message is answered."""

    def __init__(self, engine, keys) -> None:
        self.now = NOON
        self._desk = Reception(
            SqlStore(engine, keys, clock=lambda: self.now), Threads(1), Understanding(None), SHELF,
            {}, ceiling=Ceiling(1_000), clock=lambda: self.now,
        )  # fmt: skip
        self._number = 0

    def hears(self, text: str, sent: datetime | None, who: str = "7") -> list[str]:
        self._number += 1
        message = Message("telegram", who, f"m{self._number}", text, sent=sent)
        self.now += timedelta(seconds=1)
        return [reply.key for reply in asyncio.run(self._desk.receive(message)).replies]


@pytest.fixture
def day(engine, keys) -> Day:
    return Day(engine, keys)


def test_a_person_whose_messages_waited_is_told_once(day):
    day.hears("bonjour", NOON)
    day.now = NOON + timedelta(hours=23)
    sent = [NOON + timedelta(hours=hours) for hours in (1, 2, 22)]
    told = [day.hears(text, at) for text, at in zip(("aide", "aide", "aide"), sent, strict=True)]
    assert [keys.count("absent") for keys in told] == [1, 0, 0]
    assert told[0][0] == "absent"
    assert told[0][1] == told[1][0] == "help"


def test_somebody_who_came_during_the_outage_is_told_once_too(day):
    day.now = NOON + timedelta(hours=20)
    assert day.hears("bonjour", NOON)[0] == "absent"
    assert "absent" not in day.hears("aide", NOON + timedelta(hours=3))


def test_a_second_outage_is_another_one(day):
    day.now = NOON + timedelta(hours=5)
    assert "absent" in day.hears("bonjour", NOON)
    later = NOON + timedelta(hours=9)
    day.now = later + timedelta(hours=4)
    assert "absent" in day.hears("aide", later)


@pytest.mark.parametrize("minutes", [0, 1, 14, 60 * 26, -60])
def test_a_message_on_time_and_a_wrong_date_say_nothing(day, minutes):
    assert "absent" not in day.hears("bonjour", NOON - timedelta(minutes=minutes))
    assert "absent" not in day.hears("aide", None)
