"""The database opened with its key, and everything that reads or writes it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from bot.app.texts import Say
from bot.settings import Settings
from storage.backup.tombstones import NAME, Tombstones
from storage.conversations import SqlStore
from storage.database import open_database
from storage.guides import Guides
from storage.letters import Letters
from storage.outbox import SqlOutbox
from storage.room import Room, room_of
from storage.sealing.keys import Keys
from storage.sealing.masterkey import open_keys
from storage.snapshot.snapshots import Snapshots
from storage.voices import Voices


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


def open_memory(settings: Settings, say: Say = lambda _: None, *, create: bool = True) -> Memory:
    """Open the database of the settings. Raises StorageError."""
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
