"""Passwords of staff: which are good enough, made at random, hashed with argon2id."""

from __future__ import annotations

import re
import secrets
import unicodedata
from functools import cached_property
from importlib import resources
from itertools import product

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import StaffError

SHORTEST, LONGEST = 12, 256
AROUND = 8  # figures and marks before or after a word: a year, an exclamation
LOOKS_LIKE = str.maketrans("0134578@$!€", "oieastbasie")
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
    if _guesses(password) & COMMON or len(set(password)) < 5:
        raise StaffError("Ce mot de passe est trop courant. Choisissez-en un autre.")


def _guesses(text: str) -> set[str]:
    """What it comes down to: « Mot de P@sse 2022 ! » is the same guess as « motdepasse »."""
    plain = unicodedata.normalize("NFKD", text.lower())
    around = [min(AROUND, len(re.findall(where, plain)[0])) for where in (r"^[^a-z]*", r"[^a-z]*$")]
    inside = {
        plain[before : len(plain) - after].translate(LOOKS_LIKE)
        for before, after in product(*(range(most + 1) for most in around))
    }
    spelled = {plain, *inside} if re.search("[a-z]", plain) else {plain}  # figures are no letters
    bare = {re.sub(r"[^a-z]", "", one) or re.sub(r"\s", "", one) for one in spelled}
    return {part for one in bare for part in _repeated(one)}


def _repeated(text: str) -> set[str]:
    """Itself, and each part that it only repeats."""
    sizes = (size for size in range(1, len(text) // 2 + 1) if len(text) % size == 0)
    return {text, *(text[:n] for n in sizes if text[:n] * (len(text) // n) == text)}


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
