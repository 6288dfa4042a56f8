"""Whether a secret could be guessed: too short, known, written by hand, or an example of ours."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import parse_qs, unquote, urlsplit

KNOWN = re.compile(
    r"admin|azerty|change.?me|changez.?moi|default|example|exemple|letmein|mot.?de.?passe|parole|"
    r"password|passwd|postgres|qwerty|root|secret|telegram|test|token|webhook",
    re.IGNORECASE,
)
ROWS = ("1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm")
BESIDE = frozenset(
    pair for row in ROWS for a, b in pairwise(row.encode()) for pair in ((a, b), (b, a))
)
SHORTEST = 16  # signs, for a database that is reached through a network
LETTERS = 10  # different ones, at least: 32 signs of hexadecimal at random have 14 of 16
LEFT = 12  # signs that are in no known word, at least


def guessable(secret: str) -> str | None:
    """Why these letters, given as a secret, are not one made at random; None when they may be."""
    if len(set(secret)) < LETTERS:
        return "ce secret répète trop peu de signes différents"
    if _in_order(secret.encode()) or _on_a_row(secret.lower().encode()):
        return "ce secret suit l’ordre du clavier ou des chiffres"
    if len(KNOWN.sub("", secret)) < LEFT or _of_one_kind(secret):
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


def poor_password(address: str) -> str | None:
    """Why the password in a database's address would not hold; None when it may, or is not there.

    Through a network anybody may try it; through a socket of this machine, only its accounts.
    """
    try:
        parts = urlsplit(address)
        asked = parse_qs(parts.query)
    except ValueError:
        return None
    given = [unquote(parts.password or ""), *asked.get("password", ())]
    hosts = [parts.hostname or "", *asked.get("host", ())]
    network = any(one and not unquote(one).startswith(("/", "@")) for one in hosts)
    own = {unquote(parts.username or "").lower(), parts.path.strip("/").lower()}
    own |= {one.lower() for one in asked.get("user", ())}
    for password in filter(None, given):
        bare = re.sub(r"[^a-z]", "", password.lower())
        if password.lower() in own or KNOWN.fullmatch(bare):
            return "ce mot de passe est connu de tous. Mettez-en un au hasard"
        if network and len(password) < SHORTEST:
            return f"ce mot de passe est trop court : il en faut un de {SHORTEST} signes au moins"
        if network and (why := guessable(password)):
            return f"le mot de passe se devine : {why}"
    return None


def _of_one_kind(secret: str) -> bool:
    """Small letters, or capitals, and nothing else but a first capital or what ends it: words."""
    inside = re.sub(r"[\d\W_]+$", "", secret[1:])
    return not inside or (inside.isalpha() and (inside.islower() or inside.isupper()))


def _on_a_row(octets: bytes) -> bool:
    """One sign out of two stands beside the one before, on a keyboard."""
    pairs = list(pairwise(octets))
    return sum(pair in BESIDE for pair in pairs) * 2 >= len(pairs)


def _in_order(octets: bytes) -> bool:
    """Three steps out of four are the same small one: 0123…, abcd…, zyxw…"""
    steps = [after - before for before, after in pairwise(octets)]
    same = max((steps.count(step) for step in (-1, 1)), default=0)
    return same * 4 >= len(steps) * 3
