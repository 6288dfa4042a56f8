"""Is the database itself well, whatever one of its rows may be?"""

from __future__ import annotations

from sqlalchemy import Engine

from storage.database import check, present
from storage.faults import transaction
from storage.sealing.keys import Keys
from storage.sealing.masterkey import unchanged


def well(engine: Engine, keys: Keys) -> None:
    """It is there, of this version, open for writing, with our key. Raises StorageError."""
    present(engine)
    check(engine)
    same_key(engine, keys)


def same_key(engine: Engine, keys: Keys) -> None:
    """What does not open is damaged. Raises DatabaseUnfit when the key was changed instead."""
    with transaction(engine, writing=False) as connection:
        unchanged(connection, keys)
