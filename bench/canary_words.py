"""Words that nobody else says, and how they are looked for: in bytes, and behind the keys."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import Engine, select

from bot.errors import DatabaseUnfit
from storage.faults import transaction
from storage.sealing.keys import Cipher, Keys
from storage.sealing.rotation import OURS
from storage.tables import metadata, secrets

MARK = "kanarivoisin"  # how each of them begins
FOUND = re.compile(rb"kanarivoisin[0-9a-f]{16}")
BLOCK = 1 << 24  # bytes read at a time
OVERLAP = 256


@dataclass(frozen=True, slots=True)
class Canary:
    """One person: what they say, and how their channel names them."""

    number: int
    word: str
    chat: str
    on_the_web: bool

    @classmethod
    def drawn(cls, draw: Random, number: int) -> Canary:
        word = f"{MARK}{draw.getrandbits(64):016x}"
        return cls(number, word, f"7031{draw.getrandbits(52):016d}", number % 3 != 0)


@dataclass(frozen=True, slots=True)
class Searched:
    """What was read, and what was found there in clear."""

    files: int
    octets: int
    hits: int


def written_as(word: str) -> Iterator[bytes]:
    """The ways in which a word may lie in a file: as it is, UTF-16, hexadecimal, base64."""
    plain = word.encode()
    yield plain
    yield word.encode("utf-16-le")
    yield plain.hex().encode()
    for shift in range(3):  # what stands before it shifts the letters; the ends are left out
        coded = base64.b64encode(b"\0" * shift + plain)
        yield coded[4:-4]


def search(folders: Iterable[Path], needles: Collection[bytes]) -> Searched:
    """How many times one of these is in the files of these folders."""
    wanted = re.compile(b"|".join(re.escape(one) for one in needles))
    files = octets = hits = 0
    for file in _files(folders):
        files += 1
        for piece in _pieces(file):
            octets += len(piece)
            hits += sum(1 for _ in wanted.finditer(piece))
    return Searched(files, octets, hits)


def there(folders: Iterable[Path], needles: Collection[bytes]) -> set[bytes]:
    """Those of these that are in a file of these folders."""
    wanted = re.compile(b"|".join(re.escape(one) for one in needles), re.DOTALL)
    return {hit[0] for file in _files(folders) for piece in _pieces(file)
            for hit in wanted.finditer(piece)}  # fmt: skip


def needles(crowd: Sequence[Canary]) -> set[bytes]:
    """Everything of these persons that must be nowhere in clear."""
    words = set(written_as(MARK))
    return words | {one.chat.encode() for one in crowd if not one.on_the_web}


def readable(engine: Engine, keys: Keys) -> set[str]:
    """Every word of a canary that somebody with these keys can read in this database."""
    found: set[bytes] = set()
    with transaction(engine, writing=False) as connection:
        ciphers: dict[str, Cipher] = {}
        for id, wrapped in connection.execute(select(secrets.c.conversation_id, secrets.c.wrapped)):
            try:
                ciphers[id] = keys.once(id, wrapped)
            except DatabaseUnfit:
                continue
        masters = {table.name: of(keys) for table, _, of, _ in OURS}
        for table in metadata.sorted_tables:
            sealed = [column for column in table.c if "sealed" in column.info]
            for row in connection.execute(select(table)).mappings() if sealed else ():
                of = row.get("conversation_id") or row.get("id")
                cipher = ciphers.get(str(of)) or masters.get(table.name)
                for column in sealed:
                    place = "|".join(str(row[name]) for name in column.info["sealed"])
                    where = f"{table.name}.{column.name}|{place}"
                    found.update(_words(cipher, row[column.name], where))
    return {word.decode() for word in found}


def _words(cipher: Cipher | None, sealed: bytes | None, where: str) -> list[bytes]:
    if cipher is None or sealed is None:
        return []
    try:
        return FOUND.findall(cipher.unseal(sealed, where))
    except DatabaseUnfit:
        return []


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _pieces(file: Path) -> Iterator[bytes]:
    """The bytes of a file, in pieces that overlap."""
    with file.open("rb") as opened:
        tail = b""
        while block := opened.read(BLOCK):
            yield tail + block
            tail = block[-OVERLAP:]
