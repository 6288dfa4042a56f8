"""The two doors: nothing lost, nothing out of order, nobody held up by others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.channels.telegram_api import Api
from bot.channels.telegram_doors import LARGEST_BODY, Door, Polling, webhook
from bot.errors import DatabaseBusy, DatabaseUnfit, GuideError, NoRoom, SettingsError, TooFast
from bot.model import Message
from bot.patience import Patience
from tests.telegram_server import TOKEN, TelegramServer

SECRET = "secret-of-sixteen-signs"
PATH = "/telegram/webhook"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Kept:
    """A memory that keeps each message once, and fails when told to."""

    def __init__(self) -> None:
        self.messages: dict[tuple[str, str], Message] = {}
        self.gone: list[str] = []
        self.aside: list[int | None] = []
        self.letters: list[tuple[Message | None, str]] = []
        self.keeps = False  # as for a person who has not consented
        self.pressed: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.calls = 0
        self.fails: Callable[[Message], Exception | None] = lambda message: None  # noqa: ARG005
        self.takes: Callable[[], float] = lambda: 0.0
        self.patience = Patience(self.well)

    async def receive(self, message: Message) -> None:
        self.calls += 1
        await asyncio.sleep(self.takes())
        if error := self.fails(message):
            raise error
        self.messages.setdefault((message.sender, message.id), message)

    async def well(self) -> None:
        return

    async def leave(self, chat: str) -> None:
        self.gone.append(chat)

    async def set_aside(self, update: int | None, message: Message | None, place: str) -> bool:
        self.aside.append(update)
        self.letters.append((message, place))
        return self.keeps

    async def answer(self, press: str) -> None:
        self.pressed.append(press)

    async def tell(self, chat: str, key: str) -> None:
        self.told.append((chat, key))

    def door(self, api: Api | None = None) -> Door:
        answer = api.answer if api else self.answer
        more = {"gone": self.leave, "aside": self.set_aside, "tell": self.tell}
        return Door(self.receive, answer=answer, patience=self.patience, **more)

    def said(self, sender: int) -> list[str]:
        return [m.text for (who, _), m in self.messages.items() if who == str(sender)]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


def with_webhook(
    kept: Kept, act: Callable[[httpx.AsyncClient], Awaitable[Any]], errors: bool = True
) -> Any:
    async def run() -> Any:
        app, door = FastAPI(), kept.door()
        app.include_router(webhook(door, SECRET))
        transport = httpx.ASGITransport(app, raise_app_exceptions=errors)
        async with httpx.AsyncClient(transport=transport, base_url="http://parole") as client:
            result = await act(client)
        await door.close()
        return result

    return asyncio.run(run())


def post(kept: Kept, body: bytes, secret: str | None = SECRET) -> httpx.Response:
    headers = {} if secret is None else {HEADER: secret}
    answer: httpx.Response = with_webhook(
        kept, lambda client: client.post(PATH, content=body, headers=headers)
    )
    return answer


def update(text: str = "Bonjour", number: int = 1) -> bytes:
    who = {"id": 501, "is_bot": False, "first_name": "A"}
    chat = {"id": 501, "type": "private"}
    message = {"message_id": number, "from": who, "chat": chat, "date": 1, "text": text}
    return json.dumps({"update_id": 900 + number, "message": message}).encode()


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper()])
def test_only_telegram_comes_in(kept: Kept, secret: str | None) -> None:
    answer = post(kept, update("mots-canari"), secret)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "canari" not in answer.text
    assert not kept.messages


@pytest.mark.parametrize("secret", ["", "court", "é" * 20, "x" * 257, "a b c d e f g h i j"])
def test_a_secret_telegram_cannot_send_is_refused_at_start(kept: Kept, secret: str) -> None:
    with pytest.raises(SettingsError, match="PAROLE_TELEGRAM_SECRET"):
        webhook(kept.door(), secret)


def test_a_message_is_received(kept: Kept) -> None:
    assert post(kept, update()).status_code == 200
    assert kept.said(501) == ["Bonjour"]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"not json", b"null", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, b"9" * 5000),
        *(b'{"update_id":1e999}', b'{"update_id":5,"message":[]}'),
    ],
)
def test_what_is_not_for_us_is_let_go(kept: Kept, body: bytes) -> None:
    assert post(kept, body).status_code == 200
    assert not kept.messages
    assert not kept.aside


def test_a_body_beyond_256_kb_is_refused(kept: Kept) -> None:
    assert post(kept, b" " * (LARGEST_BODY - 200) + update()).status_code == 200
    assert post(kept, b" " * LARGEST_BODY + update()).status_code == 413
    assert len(kept.messages) == 1


@pytest.mark.parametrize("error", [DatabaseBusy("occupée"), DatabaseUnfit("en lecture seule")])
def test_a_database_away_asks_for_the_message_again(kept: Kept, error: Exception) -> None:
    kept.fails = lambda _: error
    answer = post(kept, update("mots-canari"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "canari" not in answer.text
    assert not kept.aside


@pytest.mark.parametrize("keeps", [True, False])
def test_a_poisoned_update_is_set_aside_and_the_next_one_goes_on(
    kept: Kept, telegram: TelegramServer, capfd: pytest.CaptureFixture[str], keeps: bool
) -> None:
    """R9: 200, the next message of the same chat, and the person is told what became of it."""
    kept.keeps, poison = keeps, ValueError("mots-canari")
    kept.fails = lambda message: poison if message.text == "mots-canari" else None
    telegram.webhook = {"url": f"http://parole{PATH}", "secret_token": SECRET}
    for text in ("un", "mots-canari", "deux"):
        telegram.says(501, text)
    statuses = with_webhook(kept, telegram.deliver)
    assert [*statuses.values()] == [[200], [200], [200]]
    assert kept.said(501) == ["un", "deux"]
    assert kept.aside == [sorted(statuses)[1]]
    [(message, place)] = kept.letters
    assert message is not None
    assert (message.text, place.split(":")[0]) == ("mots-canari", "ValueError receive")
    assert kept.told == [("501", "set_aside" if keeps else "not_kept")]
    out, err = capfd.readouterr()
    assert "update_set_aside" in out + err
    assert "canari" not in out + err


def test_a_guide_that_is_lost_is_said_to_staff_and_to_the_person(
    kept: Kept, capfd: pytest.CaptureFixture[str]
) -> None:
    kept.fails = lambda _: GuideError("parc, version 1", "son texte n'est plus là", "Remettez-le.")
    assert post(kept, update("mots-canari")).status_code == 200
    assert kept.told == [("501", "not_kept")]
    out, err = capfd.readouterr()
    assert "parc, version 1" in out + err
    assert "canari" not in out + err


def test_too_many_messages_are_confirmed_and_explained(kept: Kept) -> None:
    kept.fails = lambda _: TooFast(12)
    assert post(kept, update()).status_code == 200
    assert kept.told == [("501", "too_fast")]
    assert not kept.aside


def test_on_a_disk_that_is_nearly_full_a_newcomer_is_told_to_come_back(kept: Kept) -> None:
    kept.fails = lambda _: NoRoom("presque plus de place")
    assert post(kept, update()).status_code == 200
    assert kept.told == [("501", "no_room")]
    assert not kept.aside


def test_an_edit_a_press_and_a_departure(kept: Kept, telegram: TelegramServer) -> None:
    telegram.webhook = {"url": f"http://parole{PATH}", "secret_token": SECRET}
    number = telegram.says(501, "Bonjour")
    telegram.edits(501, number, "Bonsoir")
    pressed = telegram.presses(501, "themes=emploi")
    telegram.blocks(502)
    with_webhook(kept, telegram.deliver)
    assert {m.edits for m in kept.messages.values()} == {None, f"m{number}"}
    assert {m.choice for m in kept.messages.values()} == {None, "themes=emploi"}
    assert kept.pressed == [pressed]
    assert kept.gone == ["502"]


def test_telegram_delivers_until_it_is_kept(kept: Kept, telegram: TelegramServer) -> None:
    chance = random.Random(3)
    kept.fails = lambda _: DatabaseBusy("occupée") if chance.random() < 0.3 else None
    telegram.webhook = {"url": f"http://parole{PATH}", "secret_token": SECRET}
    for turn in range(200):
        telegram.says(500 + turn % 8, f"{turn}")
    statuses = with_webhook(kept, lambda c: telegram.deliver(c, hurry=5000, repeat=2))
    given = [status for each in statuses.values() for status in each]
    print(f"200 messages, {len(given)} deliveries, {given.count(503)} times 503")
    assert set(given) == {200, 503}
    for person in range(500, 508):
        assert kept.said(person) == [f"{turn}" for turn in range(200) if 500 + turn % 8 == person]


# --- polling ---


def polling(
    kept: Kept, telegram: TelegramServer, until: Callable[[], bool], **settings: Any
) -> None:
    """Poll until something is true, then stop as a server does."""

    async def run() -> None:
        api = Api(TOKEN, server=telegram.url, proxies=False)
        door = Polling(api, kept.door(api), hold=1, pause=0.02, **settings)
        running = asyncio.create_task(door.run())
        try:
            async with asyncio.timeout(20):
                while not until() and not running.done():
                    await asyncio.sleep(0.01)
            door.stop()
            await running
        finally:
            await api.close()

    asyncio.run(run())


def test_polling_keeps_all_in_order_through_faults(kept: Kept, telegram: TelegramServer) -> None:
    chance = random.Random(5)
    kept.fails = lambda _: DatabaseBusy("occupée") if chance.random() < 0.05 else None
    kept.takes = lambda: chance.random() / 200
    for turn in range(300):
        telegram.says(500 + turn % 10, f"{turn}")
    pressed = telegram.presses(500, "a=b")
    # A quiet queue: the number of the last update is forgotten.
    polling(kept, telegram, lambda: len(kept.messages) == 301 and telegram.polls[-1] is None)
    for person in range(500, 510):
        expected = [f"{turn}" for turn in range(300) if 500 + turn % 10 == person]
        assert [text for text in kept.said(person) if text] == expected
    assert pressed in telegram.answered
    assert telegram.updates == []


def test_persons_are_served_at_the_same_time(kept: Kept, telegram: TelegramServer) -> None:
    kept.takes = lambda: 0.2
    for person in range(500, 508):
        telegram.says(person, "Bonjour")
    times: list[float] = []

    def done() -> bool:
        if kept.messages and not times:
            times.append(len(kept.messages))
        return len(kept.messages) == 8

    polling(kept, telegram, done)
    assert times[0] > 4


def test_nothing_is_confirmed_before_it_is_kept(kept: Kept, telegram: TelegramServer) -> None:
    kept.fails = lambda message: DatabaseBusy("occupée") if message.text == "2" else None
    for text in "1234":
        telegram.says(501, text)
    polling(kept, telegram, lambda: len(telegram.polls) > 4)
    assert kept.said(501) == ["1"]
    assert [u["message"]["text"] for u in telegram.updates] == ["2", "3", "4"]


def test_a_flood_of_one_person_holds_nobody_up(kept: Kept, telegram: TelegramServer) -> None:
    def flood(message: Message) -> Exception | None:
        return TooFast(60) if message.sender == "501" and len(kept.said(501)) >= 60 else None

    kept.fails = flood
    for number in range(200):
        telegram.says(501, f"{number}")
    telegram.says(502, "Bonjour")
    polling(kept, telegram, lambda: kept.said(502) == ["Bonjour"] and not telegram.updates)
    assert kept.said(501) == [f"{number}" for number in range(60)]
    assert kept.told == [("501", "too_fast")] * 140
    assert kept.calls == 201


def test_what_is_kept_is_not_read_again(kept: Kept, telegram: TelegramServer) -> None:
    """One person's message cannot be kept for a while; the others' come again and are known."""
    refused: list[int] = []

    def busy(message: Message) -> Exception | None:
        if message.sender == "501" and len(refused) < 5:
            refused.append(1)
            return DatabaseBusy("occupée")
        return None

    kept.fails = busy
    for person in range(501, 509):
        telegram.says(person, "Bonjour")
    polling(kept, telegram, lambda: len(kept.messages) == 8 and not telegram.updates)
    assert kept.calls == 8 + len(refused)


def test_telegram_away_for_a_while(kept: Kept, telegram: TelegramServer) -> None:
    telegram.down = True
    telegram.says(501, "Bonjour")

    def back() -> bool:
        telegram.down = len(kept.messages) == 0 and next(looks) < 30
        return bool(kept.messages)

    looks = iter(range(1_000_000))
    polling(kept, telegram, back)
    assert kept.said(501) == ["Bonjour"]


def test_a_second_reader_gives_way_and_the_first_goes_on(
    kept: Kept, telegram: TelegramServer
) -> None:
    async def run() -> None:
        api = Api(TOKEN, server=telegram.url, proxies=False)
        first = Polling(api, kept.door(api), hold=5, settle=0, pause=0.05)
        running = asyncio.create_task(first.run())
        await asyncio.sleep(0.3)
        second = Polling(api, kept.door(api), hold=5, pause=0.05)
        with pytest.raises(SettingsError, match="un autre programme lit déjà"):
            await asyncio.wait_for(second.run(), 5)
        telegram.says(501, "Bonjour")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                while not kept.messages:
                    await asyncio.sleep(0.01)
        first.stop()
        await running
        await api.close()

    asyncio.run(run())
    assert kept.said(501) == ["Bonjour"]
    assert telegram.conflicts >= 2


def test_a_refused_token_says_what_to_do(kept: Kept, telegram: TelegramServer) -> None:
    telegram.token = "4242:another"
    with pytest.raises(SettingsError, match="BotFather"):
        polling(kept, telegram, lambda: False)
