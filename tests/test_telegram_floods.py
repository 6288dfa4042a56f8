"""An outage is no flood; and whoever floods us knows what was not kept."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time

import pytest
import structlog

from bot.channels.telegram_api import Api, TelegramSpeaker
from bot.channels.telegram_floods import Floods
from bot.model import Message
from bot.settings import Settings
from tests.telegram_server import TOKEN, TelegramServer
from tests.whole_service import Whole, whole

pytestmark = pytest.mark.anyio
GUIDE = Path(__file__).with_name("hostile_guide.yml")
AGREED = ("privacy:yes", "quoted:yes", "uses:walk")
NOON = datetime(2022, 3, 14, 12, tzinfo=UTC)
SHIPPED = Settings.model_fields["max_turns_per_minute"].default


@pytest.fixture
async def shipped(database_url: str, tmp_path: Path) -> AsyncIterator[Whole]:
    guides = tmp_path / "guides"
    guides.mkdir()
    shutil.copy(GUIDE, guides / "hostile.yml")
    most = {"max_turns_per_minute": SHIPPED, "guides_dir": guides}
    with structlog.testing.capture_logs():
        async with whole(database_url, tmp_path, **most) as service:
            yield service


async def all_kept(service: Whole, seconds: list[float]) -> None:
    """A hundred messages of 4 096 signs, sent so many seconds ago, delivered now."""
    await service.update(service.message(81, text="/start hostile__affiche"))
    for choice in AGREED:
        await service.update(service.press(81, choice))
    now = time()
    sent = [f"{n} ".ljust(4096, "é") for n in range(len(seconds))]
    for text, ago in zip(sent, seconds, strict=True):
        told = service.message(81, text=text, date=int(now - ago))
        assert (await service.update(told)).status == 200
    talk, _ = service.memory.store.thread("telegram", "81")
    [answer] = [a for spot, a in talk.answers.items() if spot.step == "idea"]
    assert answer.text == "\n".join(sent)


async def test_a_long_text_sent_in_two_minutes_is_kept_whole(shipped: Whole) -> None:
    """I5, at the ceiling that is shipped."""
    await all_kept(shipped, [130 - 1.25 * n for n in range(100)])


async def test_what_was_sent_during_an_outage_is_kept_whole(shipped: Whole) -> None:
    """I5, R7: five minutes between two messages, all delivered at once, at the shipped ceiling."""
    await all_kept(shipped, [300 * (100 - n) for n in range(100)])


class Told:
    """Who is told what, and about which message."""

    def __init__(self) -> None:
        self.said: list[tuple[str, int | None]] = []
        self.now = 0.0
        self.floods = Floods(self.say, lambda: self.now, lambda: NOON)

    async def say(self, chat: str, about: int | None) -> None:
        self.said.append((chat, about))

    async def refuses(self, id: str, sent: float | None, after: float, who: str = "7") -> None:
        at = None if sent is None else NOON + timedelta(seconds=sent)
        await self.floods.refused(Message("telegram", who, id, sent=at), after)


async def test_a_flood_is_told_once_about_the_first_message_that_is_lost() -> None:
    """A1: one warning, a reply to the message from which on nothing was kept."""
    told = Told()
    for n in range(40):
        await told.refuses(f"m{61 + n}", n, 50 - n)
    await told.refuses("e12:1650000000", 0, 50, "8")
    await told.refuses("cbx", None, 50, "9")
    assert told.said == [("7", 61), ("8", 12), ("9", None)]


async def test_a_second_flood_is_told_a_minute_later_at_the_soonest() -> None:
    """A1: at most one warning a minute; one waits, and is told when the service stops."""
    told = Told()
    await told.refuses("m1", 0, 50)
    waiting = [asyncio.create_task(told.refuses(f"m{n}", 1000 * n, 50)) for n in (2, 3, 4)]
    await asyncio.sleep(0)
    assert told.said == [("7", 1)]
    told.floods.stop()
    await asyncio.gather(*waiting)
    assert told.said == [("7", 1), ("7", 2)]
    told.now = 200.0
    await told.refuses("m9", 9000, 50)
    assert told.said[-1] == ("7", 9)


def test_the_warning_quotes_the_message() -> None:
    with TelegramServer() as server:
        asyncio.run(replies(server))
        assert [(one.text, one.about) for one in server.sent] == [("Trop vite", 61), ("Là", None)]


async def replies(server: TelegramServer) -> None:
    api = Api(TOKEN, server=server.url, proxies=False)
    try:
        await TelegramSpeaker(api).reply("501", "Trop vite", 61)
        await TelegramSpeaker(api).reply("501", "Là", None)
    finally:
        await api.close()
