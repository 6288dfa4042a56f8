"""Can this process still serve? What `/readyz` asks the database, in one opening."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from storage.database import present
from storage.faults import transaction
from storage.outbox import oldest_waiting
from storage.sealing.keys import Keys
from storage.sealing.masterkey import unchanged


def ready(engine: Engine, keys: Keys, now: datetime) -> float:
    """For how many seconds the oldest reply has been waiting, of a database that is ours still.

    Raises StorageError: its file was taken away, its key changed, it does not answer.
    """
    present(engine)
    with transaction(engine, writing=False) as connection:
        unchanged(connection, keys)
        return oldest_waiting(connection, now)
