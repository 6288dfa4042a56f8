"""Names that stand for references: the same within a snapshot and a profile, nowhere else."""

from __future__ import annotations

import hashlib
import hmac

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: nothing to misread
LENGTH = 10  # 50 bits: two alike among a million once in two thousand snapshots


class Pseudonyms:
    """Made with the salt of the snapshot: once it is deleted, nobody can make them again."""

    def __init__(self, salt: bytes, profile: str) -> None:
        self._key = hmac.digest(salt, profile.encode(), hashlib.sha256)

    def number(self, kind: str, reference: str) -> int:
        digest = hmac.digest(self._key, f"{kind}\0{reference}".encode(), hashlib.sha256)
        return int.from_bytes(digest[:8], "big") >> (64 - 5 * LENGTH)

    def contribution(self, reference: str) -> str:
        return f"{reference[:1]}-{_written(self.number('contribution', reference))}"

    def participation(self, reference: str) -> str:
        return f"A-{_written(self.number('participation', reference))}"

    def coder(self, login: str) -> str:
        return f"codeur-{_written(self.number('coder', login))[:4]}"


def _written(number: int) -> str:
    return "".join(ALPHABET[number >> 5 * n & 31] for n in reversed(range(LENGTH)))


def number_of(pseudonym: str) -> int:
    """The number that a pseudonym of a contribution writes."""
    number = 0
    for sign in pseudonym[2:]:
        number = number << 5 | ALPHABET.index(sign)
    return number
