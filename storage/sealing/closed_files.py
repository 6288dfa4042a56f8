"""Files that are sealed on the disk in pieces: memory stays small, and none can be cut or moved."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bot.errors import DatabaseUnfit
from storage.sealing.keys import Keys

PIECE = 1 << 20  # bytes in clear
OVER = 29  # bytes more, once a piece is sealed
DRAWN = 16  # bytes that begin a file: its pieces fit no other


class ClosedFiles:
    """Exports and what is seen of them, closed with a key of the master key. Blocking calls."""

    def __init__(self, keys: Keys) -> None:
        self._cipher = keys.exports

    def close(self, clear: Path, out: Path) -> None:
        """Write what this file holds, sealed, for this account only. It appears whole."""
        with clear.open("rb") as read:
            self._write(iter(lambda: read.read(PIECE), b""), out)

    def put(self, octets: bytes, out: Path) -> None:
        """The same, of what is in memory."""
        self._write((octets[at : at + PIECE] for at in range(0, len(octets), PIECE)), out)

    def _write(self, pieces: Iterator[bytes], out: Path) -> None:
        drawn, aside = os.urandom(DRAWN), out.with_name(f"{out.name}.new")
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as o:
                o.write(drawn)
                piece, number = next(pieces, b""), 0
                while True:
                    following = next(pieces, None)
                    where = _where(drawn, out.name, number, last=following is None)
                    o.write(self._cipher.seal(piece, where))
                    if following is None:
                        break
                    piece, number = following, number + 1
                o.flush()
                os.fsync(o.fileno())
            aside.replace(out)
        finally:
            aside.unlink(missing_ok=True)

    def opened(self, file: Path) -> Iterator[bytes]:
        """What the file holds, in clear, a piece at a time. Raises DatabaseUnfit, OSError."""
        with file.open("rb") as read:
            drawn, sealed, number = read.read(DRAWN), read.read(PIECE + OVER), 0
            while True:
                following = read.read(PIECE + OVER)
                where = _where(drawn, file.name, number, last=not following)
                yield self._cipher.unseal(sealed, where)
                if not following:
                    return
                sealed, number = following, number + 1

    def size(self, file: Path) -> int:
        """How many bytes it holds in clear."""
        sealed = file.stat().st_size - DRAWN
        return sealed - -(-sealed // (PIECE + OVER)) * OVER

    def opens(self, file: Path) -> bool:
        """Whether it is there, and closed with the key of now."""
        try:
            next(self.opened(file))
        except (OSError, DatabaseUnfit):
            return False
        return True


def _where(drawn: bytes, name: str, number: int, *, last: bool) -> str:
    return f"exports|{drawn.hex()}|{name}|{number}|{last}"
