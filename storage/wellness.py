"""Is the database itself well, whatever one of its rows may be?"""

from __future__ import annotations

from sqlalchemy import Engine

from storage.database import check, present
from storage.sealing.keys import Keys
from storage.sealing.masterkey import unchanged


def well(engine: Engine, keys: Keys) -> None:
    """It is there, of this version, open for writing, with our key. Raises StorageError."""
    present(engine)
    check(engine)
    unchanged(engine, keys)
