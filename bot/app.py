"""Where everything meets: the only file, with the commands, that knows every other one."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import bot
from bot.errors import GuideError, SettingsError
from bot.guide import Guide
from bot.guide_file import bundled
from bot.model import Conversation, Parcel, Reply, Said
from bot.settings import Settings, variable
from bot.shelf import Shelf
from bot.wording import Wording, read_sentences
from bot.writing_first import may_write_first

# Imported where they are needed: `parole check` starts without the database, `parole talk`
# without the web.
if TYPE_CHECKING:
    from fastapi import FastAPI
    from sqlalchemy import Engine

    from bot.channels.telegram_service import Telegram
    from bot.dead_letters import DeadLetters
    from bot.metrics import Meters
    from bot.ports import Action, Transcriber
    from bot.reception import Reception
    from desk.shell import Desk
    from nlu.rasa import Rasa
    from nlu.runner import Runner
    from nlu.understand import Understanding
    from storage.backup.tombstones import Tombstones
    from storage.conversations import SqlStore
    from storage.guides import Guides
    from storage.letters import Letters
    from storage.outbox import SqlOutbox
    from storage.room import Room
    from storage.sealing.keys import Keys
    from storage.snapshot.snapshots import Snapshots
    from storage.threads import Threads
    from storage.voices import Voices

Say = Callable[[str], None]
ROOT = Path(bot.__file__).parent.parent
PUSHED = frozenset({"telegram"})  # channels on which we can write first


@dataclass(frozen=True, slots=True)
class Memory:
    """The database, opened with its key."""

    engine: Engine
    keys: Keys
    store: SqlStore
    outbox: SqlOutbox
    guides: Guides
    voices: Voices
    letters: Letters
    snapshots: Snapshots
    tombstones: Tombstones
    room: Room

    def close(self) -> None:
        self.outbox.close()
        self.tombstones.close()
        self.engine.dispose()


@dataclass(frozen=True, slots=True)
class Parts:
    """All that a door needs."""

    memory: Memory
    threads: Threads
    shelf: Shelf
    wording: Wording
    reception: Reception
    rasa: Rasa | None
    runner: Runner | None
    settings: Settings  # with what the guide says of its organiser

    def render(self, parcel: Parcel) -> Said:
        guide = self.shelf.of(parcel.guide, parcel.version)
        return self.wording.say(parcel.reply, guide)


def open_memory(settings: Settings, say: Say = lambda _: None, *, create: bool = True) -> Memory:
    """Open the database of the settings. Raises StorageError."""
    from storage.backup.tombstones import NAME, Tombstones
    from storage.conversations import SqlStore
    from storage.database import open_database
    from storage.guides import Guides
    from storage.letters import Letters
    from storage.outbox import SqlOutbox
    from storage.room import room_of
    from storage.sealing.masterkey import open_keys
    from storage.snapshot.snapshots import Snapshots
    from storage.voices import Voices

    engine = open_database(settings.database_url, create=create, say=say)
    keys = open_keys(engine, setting=settings.given_key, file=settings.data_dir / "parole.key")
    tombstones = Tombstones(settings.data_dir / NAME, settings.erasures_dir, say)
    room = room_of(engine, settings.reserve_mb, settings.least_free_mb)
    return Memory(
        engine,
        keys,
        SqlStore(engine, keys, tombstones=tombstones, room=room),
        SqlOutbox(engine, keys),
        Guides(engine),
        Voices(engine, keys),
        Letters(engine, keys),
        Snapshots(engine, keys),
        tombstones,
        room,
    )


def guide_files(settings: Settings) -> tuple[Path, ...]:
    """The guides that come with Parole, then the organiser's own, which win."""
    own = sorted(settings.guides_dir.glob("*.yml")) if settings.guides_dir else ()
    return (*bundled(), *own)


def open_shelf(settings: Settings, memory: Memory, say: Say = lambda _: None) -> Shelf:
    """The guides, with the versions that conversations follow. Raises GuideError.

    An old version that is lost stops only the conversations that follow it: it is said.
    """
    shelf = Shelf(guide_files(settings), settings.guide, memory.guides.source)
    shelf.publish(memory.guides.publish)
    for followed in memory.guides.followed():
        try:
            shelf.of(*followed)
        except GuideError as error:
            say(str(error))
    return shelf


def introduced(settings: Settings, guide: Guide) -> Settings:
    """The settings, the texts still to be written replaced by what is already known."""
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    known = {
        "organiser_name": guide.organiser,
        "organiser_privacy_url": f"{base.rstrip('/')}/vos-donnees",
    }
    missing = {n: text for n, text in known.items() if text and variable(n) in settings.to_change}
    return settings.model_copy(update=missing)


def reminder_when(hours: int) -> str:
    return "demain" if hours == 24 else f"dans {hours} heures"


def make_wording(settings: Settings) -> Wording:
    numbers = "\n".join(f"{number} : {use}" for number, use in settings.emergency_numbers.items())
    facts = {
        "organiser": settings.organiser_name,
        "contact": settings.organiser_contact,
        "human": settings.organiser_human,
        "privacy_url": settings.organiser_privacy_url,
        "emergency": numbers,
        "reminder_when": reminder_when(settings.reminder_hours),
    }
    return Wording(read_sentences(), facts)


def make_parts(
    settings: Settings,
    memory: Memory,
    say: Say = lambda _: None,
    *,
    also: tuple[Action, ...] = (),
) -> Parts:
    """Wire the conversation to its memory and to its understanding. Nothing is started.

    `also`: what follows from every event, besides the journal.
    """
    from actions import journal
    from bot import logs, our_words
    from bot.ceiling import Ceiling
    from bot.reception import Reception
    from nlu.understand import Understanding
    from storage.threads import Threads

    threads, shelf = Threads.serving(memory.engine), open_shelf(settings, memory, say)
    settings = introduced(settings, shelf.current())
    rasa, runner = _understanding(settings, say)
    wording = make_wording(settings)
    logs.knows(**our_words.named(map(shelf.current, shelf.sources), wording.sentences))
    reception = Reception(
        memory.store,
        threads,
        Understanding(rasa),
        shelf,
        {"*": (journal.write, *also)},
        pushed=PUSHED,
        ceiling=Ceiling(settings.max_turns_per_minute),
        quiet=timedelta(minutes=settings.code_after_minutes),
        recall_after=timedelta(hours=settings.reminder_hours),
        openings=settings.max_openings_per_hour,
    )
    reception.short = memory.room.short
    return Parts(memory, threads, shelf, wording, reception, rasa, runner, settings)


def _understanding(settings: Settings, say: Say) -> tuple[Rasa | None, Runner | None]:
    from nlu.rasa import Rasa
    from nlu.runner import Runner

    url = settings.rasa_url
    if url == "off":
        return None, None
    if url and url.startswith("unix:"):
        return Rasa(socket=Path(url.removeprefix("unix:"))), None
    if url:
        return Rasa(url=url), None
    uv = os.environ.get("PAROLE_UV") or shutil.which("uv")
    runner = Runner(ROOT, settings.data_dir, uv or "uv", say)
    return Rasa(socket=runner.socket, running=lambda: runner.state == "ready"), runner


@asynccontextmanager
async def understanding_of(settings: Settings, say: Say) -> AsyncIterator[Understanding]:
    """Understanding alone, once ready. A model of ours is started for it, and stopped after."""
    from bot.errors import UnderstandingError
    from nlu.understand import Understanding

    rasa, runner = _understanding(settings, say)
    async with AsyncExitStack() as running:
        if rasa is None:
            say("PAROLE_RASA_URL=off : les règles comprennent seules.")
        else:
            running.push_async_callback(rasa.close)
        if runner:
            runner.start()
            running.push_async_callback(runner.stop)
            while runner.state == "preparing":
                await asyncio.sleep(0.05)
        elif rasa:
            try:
                await rasa.parse("bonjour")
            except UnderstandingError:
                say("PAROLE_RASA_URL : le modèle ne répond pas. Les règles comprennent seules.")
        yield Understanding(rasa)


def make_app(
    settings: Settings, memory: Memory, say: Say = lambda _: None, meters: Meters | None = None
) -> FastAPI:
    """The whole service. Nothing runs before the application starts."""
    from fastapi import FastAPI

    from bot import health, metrics
    from bot.channels.web import install_web
    from bot.hourly import HOUR, regularly
    from desk.web import install_desk
    from nlu.understand import warm
    from storage.database import present
    from storage.erasure.forgetting import forget
    from storage.sealing.masterkey import unchanged

    meters = meters or metrics.Meters()
    parts = make_parts(settings, memory, say, also=(meters.happened,))
    telegram = make_telegram(settings, parts, say)
    desk = make_desk(parts.settings, memory.engine, memory.keys, parts.threads, parts.shelf)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            await asyncio.to_thread(warm)
            running.callback(memory.close)
            running.callback(parts.threads.close)
            running.callback(desk.memory.indexing.close)
            running.callback(desk.memory.alike.close)
            running.callback(desk.memory.outside.close)
            if parts.rasa:
                running.push_async_callback(parts.rasa.close)
            if parts.runner:
                parts.runner.start()
                running.push_async_callback(parts.runner.stop)
            running.callback(desk.following.stop)
            running.callback(desk.comparing.stop)
            desk.workroom.start()
            running.push_async_callback(desk.workroom.stop)
            if telegram:
                telegram.start()
                running.push_async_callback(telegram.stop)
            hourly: dict[str, Callable[[], object]] = {
                "tries": parts.memory.store.forget_tries,
                "erasures_list": lambda: memory.tombstones.sync(memory.engine),
                "forgetting": lambda: forget(memory.engine, datetime.now(UTC)),
            }
            reserve = {"reserve": memory.room.fill}
            for tasks, every in ((hourly, HOUR), (reserve, 60.0)):
                doing = asyncio.create_task(regularly(tasks, parts.threads, every, meters.failed))
                running.callback(doing.cancel)
            yield

    app = FastAPI(
        title="Parole",
        version=version("parole"),
        description="Contribuer à une consultation publique en discutant, en français simple.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.parts = parts

    def oldest_waiting() -> float:
        present(memory.engine)
        unchanged(memory.engine, memory.keys)
        return memory.outbox.oldest_waiting(datetime.now(UTC))

    app.include_router(
        health.routes(
            parts.threads, oldest_waiting, lambda: _understanding_state(parts), memory.room.short
        )
    )
    watch(app, parts, meters)
    if telegram and telegram.router:
        app.include_router(telegram.router)
    install_web(app, parts.reception, memory.store, parts.threads, parts.wording, parts.shelf,
                parts.settings)  # fmt: skip
    install_desk(app, desk)
    believe(app, settings)
    return app


def watch(app: FastAPI, parts: Parts, meters: Meters) -> None:
    """Count what happens, for `/metrics`."""
    from bot import metrics
    from storage.desk.watching import standing
    from storage.erasure.nightly import nightly

    parts.reception.turned = meters.turned
    if parts.rasa:
        parts.rasa.told = meters.asked
    settings, engine = parts.settings, parts.memory.engine
    token, kept = settings.metrics_token, (settings.closing_date, settings.keep_months)

    async def alone() -> bool | None:
        return await parts.rasa.alone() if parts.rasa else None

    app.include_router(
        metrics.routes(
            meters,
            token.get_secret_value() if token else None,
            parts.threads,
            lambda: metrics.Standing(
                **standing(engine, datetime.now(UTC)),
                **nightly(engine, datetime.now(UTC), *kept),
                listed=parts.memory.tombstones.written,
            ),
            lambda: parts.rasa.breaker.state if parts.rasa else "rules",
            settings.data_dir,
            alone,
        )
    )
    app.add_middleware(metrics.Counted, meters=meters)


def believe(app: FastAPI, settings: Settings) -> None:
    """Take from the web servers of the settings, and from nobody else, who is asking, and how."""
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    if settings.proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.proxies.split(","))


def make_desk(
    settings: Settings, engine: Engine, keys: Keys, threads: Threads, guides: Shelf
) -> Desk:
    """The staff desk on its part of the memory."""
    from bot.moderating import told
    from desk.exporting.workroom import Workroom
    from desk.moderating.entries import Reading
    from desk.ports import Memory as DeskMemory
    from desk.shell import About, Desk
    from desk.signing.passwords import Passwords
    from nlu import personal
    from storage.desk.accounts import Accounts
    from storage.desk.journal import Journal
    from storage.desk.mappings import Mappings
    from storage.desk.overview import Overview
    from storage.desk.packages import Packages
    from storage.desk.sessions import Sessions
    from storage.desk.tries import Tries
    from storage.moderation.alike import Lookalikes
    from storage.moderation.apart import Apart
    from storage.moderation.codebook import Codebook
    from storage.moderation.codings import Codings
    from storage.moderation.curations import Curations
    from storage.moderation.judgements import Judgements
    from storage.moderation.present import Present
    from storage.platform.arrivals import Arrivals
    from storage.platform.outside import Outsides
    from storage.platform.outside_search import OutsideSearch
    from storage.platform.pairs import Pairs
    from storage.sealing.closed_files import ClosedFiles
    from storage.search.indexing import Indexing
    from storage.search.searching import Searching
    from storage.snapshot.snapshots import Snapshots

    present, outsides = Present(engine, keys), Outsides(engine, keys)
    search, apart = Searching(), Apart(engine)
    desk_memory = DeskMemory(
        Accounts(engine, keys), Sessions(engine), Tries(engine, keys), Journal(engine),
        Codebook(engine), Codings(engine, keys), Judgements(engine), present,
        Curations(engine, keys, told, pushed=PUSHED, may=_may_write(guides)),
        Indexing(engine, present, search, Reading(guides.of)), Lookalikes(search, apart), apart,
        Overview(engine, keys), Snapshots(engine, keys), Packages(engine),
        OutsideSearch(outsides), Mappings(engine), outsides,
        Arrivals(settings.data_dir / "arrivals", keys), Pairs(engine),
    )  # fmt: skip
    about = About(settings.organiser_name, settings.to_change, settings.public_url)
    speech = make_wording(settings)
    workroom = Workroom(
        desk_memory, threads, guides.of, settings.data_dir / "exports",
        software=version("parole"), keep=timedelta(days=settings.export_days),
        closed=ClosedFiles(keys),
    )  # fmt: skip
    return Desk(desk_memory, threads, guides, about, Passwords(), personal, speech, workroom)


def dead_letters(parts: Parts) -> DeadLetters:
    """Where messages that break the program are set aside, and taken again."""
    from bot.dead_letters import DeadLetters

    memory, quiet = parts.memory, parts.reception.quiet
    return DeadLetters(memory.letters, memory.store, parts.threads, parts.shelf, quiet=quiet)


def _may_write(guides: Shelf) -> Callable[[Conversation], bool]:
    """Who may be told a decision before they write: nobody when their guide is lost."""

    def may(talk: Conversation) -> bool:
        try:
            return may_write_first(guides.of(talk.guide, talk.version), talk)
        except GuideError:
            return False

    return may


def make_telegram(settings: Settings, parts: Parts, say: Say) -> Telegram | None:
    """Telegram's door, when there is a token. Raises SettingsError for an odd one."""
    from bot.channels.telegram_api import Api
    from bot.channels.telegram_service import Telegram
    from bot.channels.telegram_voices import Fetching
    from bot.listening import Listening

    if settings.telegram_token is None:
        return None
    secret = settings.telegram_secret
    api = Api(settings.telegram_token.get_secret_value(), server=settings.telegram_api)
    transcriber = _transcriber(settings, say)
    listening = Listening(parts.memory.voices, transcriber, parts.threads, say)
    fetching = Fetching(
        api.fetch,
        parts.reception.takes_voice,
        seconds=settings.max_voice_seconds,
        kilobytes=settings.max_voice_kb,
        listening=lambda: listening.active,
    )
    return Telegram(
        api,
        parts.reception,
        parts.memory.outbox,
        parts.render,
        parts.threads,
        say,
        lambda key: parts.wording.say(Reply(key), parts.shelf.current()).text,
        dead_letters(parts).set_aside,
        public_url=settings.public_url if settings.telegram_mode == "webhook" else None,
        secret=secret.get_secret_value() if secret else "",
        listening=listening,
        fetching=fetching,
    )


def _transcriber(settings: Settings, say: Say) -> Transcriber | None:
    """What writes down voice messages; without it a person does, and nothing else stops."""
    from bot.listening import A_PERSON
    from bot.transcribing import chosen

    try:
        return chosen(settings)
    except SettingsError as error:
        say(f"{error} {A_PERSON}")
        return None


def _understanding_state(parts: Parts) -> str:
    if parts.rasa is None:
        return "rules"
    if parts.rasa.breaker.state != "closed":
        return "degraded"  # the rules understand alone for a while: not a reason to be unready
    return parts.runner.state if parts.runner else "external"
