"""R9: what can never be kept, or never be said, of one person holds nobody else up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select, text, update
from test_reception import SHELF, reception

from bot.channels.telegram_api import Api
from bot.channels.telegram_doors import Door, Polling, webhook
from bot.dead_letters import DeadLetters
from bot.errors import (
    DatabaseBusy,
    DatabaseClash,
    DatabaseDamaged,
    DatabaseFull,
    DatabaseUnfit,
    NoRoom,
    StorageError,
    TryLater,
)
from bot.model import Letter, Message
from bot.patience import DELIVERIES, LONGER, SECONDS, UNWELL, Patience
from storage.conversations import SqlStore
from storage.letters import Letters
from storage.outbox import REFUSED, SqlOutbox
from storage.sealing.keys import Keys
from storage.tables import conversations, meta, outbox
from storage.threads import Threads
from storage.wellness import well
from tests.telegram_server import TOKEN, TelegramServer
from tests.web_service import OURS, Person, Service, field

STUCK, OTHERS = 7, range(1000, 1150)
AGREED = ["bonjour", "J'habite ici", "oui", "59"]
SECRET = "secret-of-sixteen-signs"
HEADER = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
LATER = datetime.now(UTC) + timedelta(days=1)


class World:
    """The Telegram door on a real memory; its clock goes one second on with each look at it."""

    def __init__(self, engine: Engine, keys: Keys, store: SqlStore) -> None:
        self.engine, self.keys, self.threads = engine, keys, Threads.serving(engine)
        self.letters = Letters(engine, keys)
        self.desk = reception(store, pushed=frozenset({"telegram"}), threads=self.threads)
        self.aside = DeadLetters(self.letters, store, self.threads, SHELF)
        self.told: list[tuple[str, str]] = []
        self.served: set[str] = set()
        self.count, self.seconds = 0, 0.0

    def clock(self) -> float:
        self.seconds += 1
        return self.seconds

    async def receive(self, message: Message) -> None:
        await self.desk.receive(message)
        self.served.add(message.sender)

    async def set_aside(self, _: int | None, message: Message | None, place: str) -> bool:
        return await self.aside.set_aside("telegram", message, place)

    async def tell(self, chat: str, key: str) -> None:
        self.told.append((chat, key))

    async def nothing(self, *_: object) -> None:
        return

    async def look(self) -> None:
        await self.threads.run(well, self.engine, self.keys)

    def door(self) -> Door:
        patience = Patience(self.look, clock=self.clock)
        more = {"gone": self.nothing, "aside": self.set_aside, "tell": self.tell}
        return Door(self.receive, answer=self.nothing, patience=patience, **more)

    def says(self, *texts: str, chat: int = STUCK) -> None:
        for text_ in texts:
            self.count += 1
            message = Message("telegram", str(chat), f"before {self.count}", text_)
            asyncio.run(self.receive(message))

    def conversation(self, chat: int = STUCK) -> str:
        door = self.keys.door("telegram", str(chat))
        with self.engine.connect() as connection:
            this = conversations.c.door == door
            return str(connection.scalar(select(conversations.c.id).where(this)))

    def damage(self, chat: int = STUCK) -> None:
        """One flipped byte in the state of one conversation."""
        this = conversations.c.id == self.conversation(chat)
        with self.engine.begin() as connection:
            state = bytearray(connection.scalar(select(conversations.c.state).where(this)) or b"")
            state[20] ^= 1
            connection.execute(update(conversations).where(this).values(state=bytes(state)))

    def polls(self, telegram: TelegramServer, within: float = 60) -> None:
        """Until Telegram has nothing left for us."""

        async def run() -> None:
            api = Api(TOKEN, server=telegram.url, proxies=False)
            polling = Polling(api, self.door(), hold=1, pause=0.01)
            running = asyncio.create_task(polling.run())
            try:
                async with asyncio.timeout(within):
                    while telegram.updates and not running.done():
                        await asyncio.sleep(0.02)
            finally:
                polling.stop()
                await running
                await api.close()

        asyncio.run(run())


@pytest.fixture
def world(engine: Engine, keys: Keys, store: SqlStore) -> Iterator[World]:
    one = World(engine, keys, store)
    yield one
    one.threads.close()


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@contextmanager
def refused(engine: Engine, table: str, when: str, what: str = "INSERT") -> Iterator[None]:
    """The database refuses, for ever, rows of this table for which `when` is true."""
    if engine.dialect.name == "sqlite":
        make = [f"CREATE TRIGGER no BEFORE {what} ON {table} WHEN {when} "
                "BEGIN SELECT RAISE(ABORT, 'no'); END"]  # fmt: skip
        undo = ["DROP TRIGGER no"]
    else:
        make = ["CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
                "'BEGIN RAISE EXCEPTION USING MESSAGE = 0; END'",
                f"CREATE TRIGGER no BEFORE {what} ON {table} FOR EACH ROW WHEN ({when}) "
                "EXECUTE FUNCTION no()"]  # fmt: skip
        undo = [f"DROP TRIGGER no ON {table}", "DROP FUNCTION no"]
    with engine.begin() as connection:
        for statement in make:
            connection.execute(text(statement))
    try:
        yield
    finally:
        with engine.begin() as connection:
            for statement in undo:
                connection.execute(text(statement))


def test_behind_one_damaged_row_everybody_is_served(world: World, telegram: TelegramServer) -> None:
    """R9: 150 other persons wait behind it at Telegram, which shows 100 updates at a time."""
    world.says(*AGREED)
    world.damage()
    world.served.clear()
    for line in ("trois", "quatre", "cinq"):
        telegram.says(STUCK, line)
    for other in OTHERS:
        telegram.says(other, "bonjour")
    world.polls(telegram)
    assert world.served == {str(other) for other in OTHERS}
    assert world.told == [(str(STUCK), "damaged")] * 3
    assert [one.kept for one in world.letters.all()] == [False] * 3
    assert {one.place.split()[0] for one in world.letters.all()} == {"DatabaseDamaged"}


def test_behind_a_value_that_the_database_refuses(world: World, telegram: TelegramServer) -> None:
    """R9: the words are kept, sealed, and received again once the database takes them."""
    world.says(*AGREED)
    world.served.clear()
    with refused(world.engine, "turns", f"NEW.conversation_id = '{world.conversation()}'"):
        telegram.says(STUCK, "dix")
        for other in OTHERS:
            telegram.says(other, "bonjour")
        world.polls(telegram)
    assert world.served == {str(other) for other in OTHERS}
    assert world.told == [(str(STUCK), "set_aside")]
    [one] = world.letters.all()
    letter = world.letters.open(one.number)
    assert isinstance(letter, Letter)
    assert letter.message is not None
    assert letter.message.text == "dix"
    assert asyncio.run(world.aside.again(letter, world.desk.receive)) == "received"


def post(world: World, times: int) -> tuple[list[int], list[int]]:
    """Telegram brings the same update again and again; the statuses, and how many letters then."""

    async def run() -> tuple[list[int], list[int]]:
        app, door = FastAPI(), world.door()
        app.include_router(webhook(door, SECRET))
        chat = {"id": STUCK, "type": "private"}
        message = {"message_id": 3, "from": {"id": STUCK, "is_bot": False, "first_name": "A"},
                   "chat": chat, "date": 1, "text": "trois"}  # fmt: skip
        sent, statuses, kept = {"update_id": 900, "message": message}, [], []
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://parole") as client:
            for _ in range(times):
                world.seconds += 5
                answer = await client.post("/telegram/webhook", json=sent, headers=HEADER)
                statuses.append(answer.status_code)
                kept.append(len(world.letters.all()))
        await door.close()
        return statuses, kept

    return asyncio.run(run())


def test_at_the_webhook_too(world: World) -> None:
    """R9: 503 while it may still pass, then 200 and the person is told."""
    world.says(*AGREED)
    world.damage()
    statuses, kept = post(world, 8)
    first = statuses.index(200)
    assert first >= DELIVERIES - 1
    assert statuses == [503] * first + [200] * (8 - first)
    assert kept == [0] * first + [*range(1, 9 - first)]
    assert world.told[0] == (str(STUCK), "damaged")


def test_what_cannot_be_set_aside_comes_again(world: World) -> None:
    """R9: never confirmed while nothing is kept of it."""
    world.says(*AGREED)
    world.damage()
    with refused(world.engine, "letters", "1 = 1"):
        statuses, _ = post(world, 15)
    assert statuses == [503] * 15
    assert world.told == []


def test_while_the_key_is_another_one_nothing_is_set_aside(world: World, store: SqlStore) -> None:
    """R9: a server that was not started again after the key was changed opens nothing: it waits."""
    world.says(*AGREED)
    world.damage()
    with world.engine.begin() as connection:
        connection.execute(meta.insert().values(key="key_check", value="of another"))
    statuses, kept = post(world, 15)
    assert (statuses, kept[-1]) == ([503] * 15, 0)
    with pytest.raises(DatabaseUnfit) as told, store.hold("telegram", str(STUCK)):
        pass
    assert type(told.value) is DatabaseUnfit, "the page says to come back, not that it is damaged"


class Watch:
    """A memory that is well or not, and a clock that goes on only when told."""

    def __init__(self) -> None:
        self.now, self.unwell, self.looks = 0.0, False, 0
        self.patience = Patience(self.look, clock=lambda: self.now)

    async def look(self) -> None:
        self.looks += 1
        if self.unwell:
            raise DatabaseBusy("occupée")

    def fails(self, fault: Any, times: int = 1, every: float = SECONDS, update: int = 1) -> bool:
        """Whether patience is over after the last of these deliveries."""
        over = False
        for _ in range(times):
            over = asyncio.run(self.patience.is_over(update, "7", fault))
            self.now += every
        return over


OF_ONE = [StorageError("refusée"), DatabaseClash("x"), DatabaseDamaged("x")]
MOSTLY_PASSES = [DatabaseBusy("x"), DatabaseUnfit("x"), TryLater(5)]


@pytest.mark.parametrize("fault", OF_ONE)
def test_neither_too_early_nor_never(fault: StorageError) -> None:
    watch = Watch()
    assert not watch.fails(fault, DELIVERIES - 1), "too few"
    assert watch.fails(fault)
    quick = Watch()
    assert not quick.fails(fault, 100, every=SECONDS / 101), "too early"
    assert quick.fails(fault, 2, every=1)


@pytest.mark.parametrize("fault", [*OF_ONE, *MOSTLY_PASSES])
def test_a_memory_that_is_away_is_waited_for(fault: StorageError | TryLater) -> None:
    watch = Watch()
    watch.unwell = True
    assert not watch.fails(fault, 1000)
    watch.looks = 0
    assert not watch.fails(fault, 100, every=UNWELL / 101)
    assert watch.looks == 1, "not looked at by everybody at once"
    watch.unwell, watch.now = False, watch.now + UNWELL
    assert not watch.fails(fault, DELIVERIES - 1), "it begins again"


@pytest.mark.parametrize("fault", [DatabaseFull("x"), NoRoom("x")])
def test_room_is_waited_for(fault: StorageError) -> None:
    watch = Watch()
    watch.patience.went(2, "8")
    assert not watch.fails(fault, 1000, every=LONGER)


@pytest.mark.parametrize("fault", MOSTLY_PASSES)
def test_what_mostly_passes_is_waited_for_much_longer(fault: StorageError | TryLater) -> None:
    """A statement that is always too long, for one person: only when others are served."""
    watch = Watch()
    assert not watch.fails(fault, 100, every=LONGER)
    watch.patience.went(2, "7")
    assert not watch.fails(fault, 1), "their own does not count"
    watch.patience.went(3, "8")
    assert watch.fails(fault)
    other = Watch()
    assert not other.fails(fault, 2, every=1)
    other.patience.went(3, "8")
    assert not other.fails(fault, 100, every=LONGER / 110)


def test_the_next_messages_of_the_same_person_do_not_wait() -> None:
    watch, fault = Watch(), DatabaseDamaged("x")
    watch.fails(fault, DELIVERIES)
    watch.patience.given_up(1, "7", fault)
    assert watch.fails(fault, update=2)
    assert not watch.fails(DatabaseBusy("x"), update=3)
    watch.patience.went(4, "7")
    assert not watch.fails(fault, update=5), "repaired meanwhile"


@pytest.fixture
def box(engine: Engine, keys: Keys) -> SqlOutbox:
    return SqlOutbox(engine, keys)


def chats(box: SqlOutbox, now: datetime = LATER) -> set[str]:
    return {parcel.address for parcel in box.claim("telegram", now)}


@pytest.mark.parametrize("droppable", [True, False])
def test_a_reply_that_cannot_be_taken_holds_nobody_up(
    world: World, box: SqlOutbox, droppable: bool
) -> None:
    """R9: not even when the database refuses to note that it is given up; tried again hourly."""
    for chat in (STUCK, 8, 9):
        world.says("bonjour", chat=chat)
    door = world.keys.door("telegram", str(STUCK))
    when = f"NEW.door = '{door}'" if droppable else f"OLD.door = '{door}'"
    with refused(world.engine, "outbox", when, "UPDATE"):
        assert chats(box) == {"8", "9"}
        assert chats(box, LATER + timedelta(minutes=1)) >= {"8", "9"}
    if not droppable:
        assert str(STUCK) in chats(box, LATER + timedelta(seconds=REFUSED + 1))
    with world.engine.connect() as connection:
        why = select(outbox.c.dropped).where(outbox.c.dropped.is_not(None))
        assert set(connection.scalars(why)) == ({"unreadable"} if droppable else set())


def test_with_another_key_no_reply_is_given_up(world: World) -> None:
    world.says("bonjour")
    with world.engine.begin() as connection:
        connection.execute(meta.insert().values(key="key_check", value="of another"))
    with pytest.raises(DatabaseUnfit):
        SqlOutbox(world.engine, Keys(b"9" * 32)).claim("telegram", LATER)
    with world.engine.begin() as connection:
        connection.execute(meta.delete().where(meta.c.key == "key_check"))
        assert not connection.scalar(select(outbox.c.id).where(outbox.c.dropped.is_not(None)))


def test_who_blocked_us_in_a_damaged_conversation_is_written_to_no_more(
    world: World, box: SqlOutbox
) -> None:
    world.says("bonjour")
    parcels = box.claim("telegram", LATER)
    world.damage()
    box.block(parcels[0].id, LATER)
    with world.engine.connect() as connection:
        assert not connection.scalar(select(outbox.c.id))


def test_a_damaged_conversation_can_still_be_erased(world: World, store: SqlStore) -> None:
    """P1: nobody needs to read it for that."""
    world.says(*AGREED)
    world.damage()
    assert store.forget("telegram", str(STUCK))
    with world.engine.connect() as connection:
        assert not connection.scalar(select(conversations.c.id))
    assert not store.forget("telegram", str(STUCK))
    world.says("bonjour")


@pytest.mark.anyio
async def test_on_the_page_the_person_is_told_whom_to_write_to(web: Service) -> None:
    """R9: not « come back later », for ever; the words stay there, to be copied."""
    async with web.client(follow_redirects=True, headers=OURS) as client:
        person = await Person.begins(client)
        await person.agrees()
        page = (await client.post("/discussion")).text
        with web.store._engine.begin() as connection:
            connection.execute(update(conversations).values(state=b"\x01" + bytes(60)))
        answer = await person.sends(id="new", text="mots-canari")
        told = answer.json()
        assert (answer.status_code, told["type"]) == (500, "urn:parole:damaged")
        assert web.settings.organiser_contact in told["detail"]
        assert "retry-after" not in answer.headers
        sent = {"id": field(page, "id"), "text": "mots-canari"}
        shown = await client.post("/discussion/message", data=sent)
        assert shown.status_code == 500
        assert web.settings.organiser_contact in shown.text
        assert "mots-canari" in shown.text
        assert "Réessayer" not in shown.text
