"""Passwords of staff: which are good enough, made at random, hashed with argon2id."""

from __future__ import annotations

import re
import secrets
import unicodedata
from functools import cached_property
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import StaffError

SHORTEST, LONGEST = 12, 256
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that reads like something else
COMMON = frozenset(
    (resources.files("desk.signing") / "common_passwords.txt").read_text("utf-8").split("\n")
) - {""}


def made() -> str:
    """A new password of 99 bits, easy to copy."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(4))


def check(password: str, login: str) -> None:
    """Raises StaffError for a password that would be guessed. Nothing else is asked of it."""
    if len(password) < SHORTEST:
        raise StaffError(
            f"Ce mot de passe est trop court : il faut {SHORTEST} caractères au moins. "
            "Une phrase que vous seul connaissez convient."
        )
    if len(password) > LONGEST:
        raise StaffError(f"Ce mot de passe est trop long : {LONGEST} caractères au plus.")
    if login.casefold() in password.casefold():
        raise StaffError("Ce mot de passe contient le nom du compte. Choisissez-en un autre.")
    bare = _bare(password)
    once = re.sub(r"^(.+?)\1+$", r"\1", bare)
    if {bare, once} & COMMON or len(set(password)) < 5:
        raise StaffError("Ce mot de passe est trop courant. Choisissez-en un autre.")


def _bare(text: str) -> str:
    """Small letters alone: « Mot de Passe 2022 ! » is the same guess as « motdepasse »."""
    plain = unicodedata.normalize("NFKD", text.lower())
    return re.sub(r"[^a-z]", "", plain) or re.sub(r"\s", "", plain)


class Passwords:
    """Hashes and verifies. Blocking, and slow on purpose: never in the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(secrets.token_hex(16))

    def hashed(self, password: str) -> str:
        return self._hasher.hash(_written(password))

    def right(self, password: str, kept: str | None) -> bool:
        """Whether it is the one kept. Without any kept, it takes the same time to say no."""
        try:
            self._hasher.verify(kept or self._nobody, _written(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None


def _written(password: str) -> bytes:
    """The same bytes whatever keyboard typed the accents."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
