"""P1: an export is sealed on the disk; cut, moved, renamed or changed, it does not open."""

from __future__ import annotations

import os
import stat

import pytest

from bot.errors import DatabaseUnfit
from storage.sealing.closed_files import DRAWN, OVER, PIECE, ClosedFiles
from storage.sealing.keys import Keys

SEALED = PIECE + OVER
THREE = b"canari" * (PIECE // 2)  # three pieces


@pytest.fixture
def closed():
    return ClosedFiles(Keys(bytes(32)))


def read(closed, file):
    return b"".join(closed.opened(file))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
def test_what_comes_out_is_what_went_in_a_piece_at_a_time(closed, tmp_path, size):
    octets = os.urandom(size)
    (tmp_path / "clear").write_bytes(octets)
    closed.close(tmp_path / "clear", tmp_path / "export.zip")
    closed.put(octets, tmp_path / "seen.json")
    for name in ("export.zip", "seen.json"):
        file = tmp_path / name
        assert [len(one) <= PIECE for one in closed.opened(file)] == [True] * max(
            1, -(-size // PIECE)
        )
        assert read(closed, file) == octets
        assert closed.size(file) == size
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["clear", "export.zip", "seen.json"]


def test_no_word_is_in_the_bytes(closed, tmp_path):
    closed.put(THREE, tmp_path / "export.zip")
    assert b"canari" not in (tmp_path / "export.zip").read_bytes()


CHANGES = {
    "cut": lambda it: it[: DRAWN + SEALED],
    "swapped": lambda it: (
        it[:DRAWN] + it[DRAWN + SEALED : DRAWN + 2 * SEALED] + it[DRAWN : DRAWN + SEALED]
        + it[DRAWN + 2 * SEALED :]
    ),
    "longer": lambda it: it + it[DRAWN : DRAWN + SEALED],
    "changed": lambda it: it[:-1] + bytes([it[-1] ^ 1]),
    "of another": lambda it: bytes(DRAWN) + it[DRAWN:],
    "empty": lambda _: b"",
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_does_not_open(closed, tmp_path, change):
    file = tmp_path / "export.zip"
    closed.put(THREE, file)
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(DatabaseUnfit):
        read(closed, file)


def test_another_name_or_another_key_does_not_open_it(closed, tmp_path):
    file = tmp_path / "export.zip"
    closed.put(THREE, file)
    assert closed.opens(file)
    assert not ClosedFiles(Keys(bytes(range(32)))).opens(file)
    file.rename(tmp_path / "other.zip")
    assert not closed.opens(tmp_path / "other.zip")
    assert not closed.opens(file)
