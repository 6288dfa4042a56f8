"""Whether a secret could be guessed: too short, known, written by hand, or an example of ours."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import unquote, urlsplit

KNOWN = re.compile(
    r"admin|azerty|change.?me|changez.?moi|default|example|exemple|letmein|mot.?de.?passe|parole|"
    r"password|passwd|postgres|qwerty|root|secret|telegram|test|token|webhook",
    re.IGNORECASE,
)
LETTERS = 10  # different ones, at least: 32 signs of hexadecimal at random have 14 of 16
LEFT = 12  # signs that are in no known word, at least


def guessable(secret: str) -> str | None:
    """Why these letters, given as a secret, are not one made at random; None when they may be."""
    if len(set(secret)) < LETTERS:
        return "ce secret répète trop peu de signes différents"
    if _in_order(secret.encode()):
        return "ce secret suit l’ordre du clavier ou des chiffres"
    if len(KNOWN.sub("", secret)) < LEFT:
        return "ce secret est fait de mots connus"
    return None


def guessable_key(key: bytes) -> str | None:
    """Why these 32 octets were not drawn at random; None when they may have been."""
    if len(set(key)) < 16:  # at random, fewer than 22 is rarer than one in a million
        return "cette clé répète trop peu d’octets différents"
    if _in_order(key):
        return "les octets de cette clé se suivent"
    if all(32 <= octet < 127 for octet in key):
        return "cette clé est un texte, pas 32 octets au hasard"
    return None


def known_password(address: str) -> bool:
    """Whether a database's address holds the password of an example, or of everybody."""
    try:
        parts = urlsplit(address)
        password = unquote(parts.password or "")
    except ValueError:
        return False
    own = {unquote(parts.username or "").lower(), parts.path.strip("/").lower()}
    bare = re.sub(r"[^a-z]", "", password.lower())
    return bool(password) and (password.lower() in own or bool(KNOWN.fullmatch(bare)))


def _in_order(octets: bytes) -> bool:
    """Three steps out of four are the same small one: 0123…, abcd…, zyxw…"""
    steps = [after - before for before, after in pairwise(octets)]
    same = max((steps.count(step) for step in (-1, 1)), default=0)
    return same * 4 >= len(steps) * 3
