"""Passwords: the commonest are refused however they are dressed, and no rule asks for signs."""

from __future__ import annotations

import random
import re
import string
from itertools import product

import pytest

from bot.errors import StaffError
from desk.signing import passwords
from desk.signing.passwords import COMMON, LONGEST, SHORTEST

# All those of 12 characters or more among the first 4 000 of a public list of French passwords;
# the others are refused by their length.
LISTED = (
    "Telechargement", "startfinding", "q1w2e3r4t5y6", "mamanjetaime", "lavieestbelle",
    "Sojdlg123aljg", "1q2w3e4r5t6y", "azerty123456", "010203040506", "myfirsttopic",
    "b9399f21060d4b5fcb6d3cf5fea8de", "informatique", "peaceandlove", "Doomsayer.2.7mords.VV",
    "finalfantasy", "azertyuiop123", "azertyazerty", "123456123456", "Jundian2011xr",
    "EnsiCptfcorp",
)  # fmt: skip
PRODUCT = ("parole", "paroleparole", "Parole-2026!!", "assistant parole", "consultation citoyenne",
           "CESE-2026-CESE", "travail social 2026", "cohesion sociale", "conseil-economique",
           "metiers de la cohesion sociale", "Administrateur1", "équipe parole",
           "moderation2026")  # fmt: skip
BEFORE = ("", "1", "123", "!", "2026")
AFTER = ("", "1", "12", "123", "1234", "2024", "2026", "!", "2026!", "*", "#1", "13", "75", "@123")
LEET = str.maketrans("aeiost", "@310$7")


def dressed() -> list[str]:
    """Common words as people lengthen them: capitals, years, figures for letters, twice."""
    words = sorted(one for one in COMMON if one.isalpha() and len(one) > 3)
    found = []
    for word, before, after in product(words, BEFORE, AFTER):
        for said in (word, word.title(), word.upper(), word.translate(LEET), f"{word} {word}"):
            lettered = re.search("[A-Za-z]", said)  # figures alone may be anything
            if lettered and SHORTEST <= len(whole := f"{before}{said}{after}") <= LONGEST:
                found.append(whole)
    return found


def refused(password: str) -> bool:
    try:
        passwords.check(password, "lea")
    except StaffError:
        return True
    return False


def test_the_commonest_are_refused_however_they_are_dressed() -> None:
    """S3: 3 000 common passwords of 12 characters or more, and the words of the product."""
    every = sorted({*dressed()})
    drawn = random.Random(3).sample(every, 3000)
    taken = [one for one in (*drawn, *LISTED, *PRODUCT) if not refused(one)]
    assert taken == []
    print(f"{len(drawn)} of {len(every)} dressed words, {len(LISTED)} listed, "
          f"{len(PRODUCT)} of the product: all refused")  # fmt: skip


def test_length_alone_is_asked_and_64_and_more_are_taken() -> None:
    """S3: 11 characters never, 12 to 256 of any one kind always: no rule of composition."""
    drawn, tried = random.Random(7), 0
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation,
             "éèàçùâêîôûëïü", "абвгдежзик", "你好世界和平天地", "🌲🌊🌋🌍🌑🌠",
             " abcdefghij")  # fmt: skip
    for kind, length in product(kinds, (12, 13, 15, 20, 40, 64, 65, 100, 128, 256)):
        for _ in range(5):
            said = "".join(drawn.choice(kind) for _ in range(length))
            if len(set(said)) >= 5:
                assert not refused(said), said
                tried += 1
    for kind, length in product(kinds, (1, 5, 11)):
        assert refused("".join(drawn.choice(kind) for _ in range(length)))
    assert refused("x" * 257)
    print(f"{tried} passwords of one kind of signs, of 12 to 256 characters: all taken")
    assert tried > 350


@pytest.mark.parametrize(
    "phrase",
    ["trois tasses de the vert", "le chat de ma tante dort", "soleil rouge sur la mer du Nord"],
)
def test_a_phrase_with_common_words_is_taken(phrase: str) -> None:
    assert not refused(phrase)
