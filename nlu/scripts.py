"""Which writing a text is in, and which letters only one language has."""

from __future__ import annotations

import re
from collections import Counter

LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
RANGES = (
    (0x370, 0x3FF, "greek"),
    (0x400, 0x52F, "cyrillic"),
    (0x531, 0x58F, "armenian"),
    (0x590, 0x5FF, "hebrew"),
    (0x600, 0x6FF, "arabic"),
    (0x750, 0x77F, "arabic"),
    (0xFB50, 0xFEFC, "arabic"),
    (0x980, 0x9FF, "bengali"),
    (0xB80, 0xBFF, "tamil"),
    (0x10A0, 0x10FF, "georgian"),
    (0x3040, 0x30FF, "kana"),
    (0x3400, 0x9FFF, "han"),
    (0x20000, 0x3FFFF, "han"),
    (0xAC00, 0xD7AF, "hangul"),
)
ONE_LANGUAGE = {
    "bengali": "bn",
    "tamil": "ta",
    "greek": "el",
    "armenian": "hy",
    "hebrew": "he",
    "georgian": "ka",
    "hangul": "ko",
}  # as far as France is concerned
ARABIC = {"ps": "ټډړږښځڅڼۍې", "fa": "پچژگ", "ur": "ٹڈڑےں", "ar": "ةىإأؤ"}
CYRILLIC = {"ru": "ыэъё", "uk": "іїєґ"}
FARSI_FORMS = frozenset("کی")  # Persian and Pashto write these two otherwise than Arabic does
SPELLINGS = str.maketrans("يىۍئكګ", "ییییکک")


def main(text: str) -> str | None:
    """The writing that most letters are in; Japanese is no Chinese."""
    rest, latin = LATIN.subn("", text)
    found = _counted(rest)
    if latin > found.total():
        return "latin"
    if found["kana"]:
        return "kana"
    if found["han"] * 3 >= latin + found.total() > 0:  # one sign is worth several letters
        return "han"
    script, most = found.most_common(1)[0] if found else ("", 0)
    return script if most > latin else None


def count(text: str, script: str) -> int:
    return _counted(text)[script]


def arabic_letters(text: str) -> dict[str, float]:
    """What the letters say among Arabic, Persian, Pashto and Urdu."""
    told = _told(text, ARABIC)
    if "fa" not in told and not FARSI_FORMS.isdisjoint(text):
        told["fa"] = 0.5
    return told


def cyrillic_letters(text: str) -> dict[str, float]:
    """What the letters say between Russian and Ukrainian."""
    return _told(text, CYRILLIC)


def one_spelling(word: str) -> str:
    """Arabic, Persian and Pashto keyboards give different signs for one letter."""
    return word.translate(SPELLINGS)


def _told(text: str, letters: dict[str, str]) -> dict[str, float]:
    found = Counter(text)
    told = {code: 2.0 * sum(found[letter] for letter in own) for code, own in letters.items()}
    return {code: weight for code, weight in told.items() if weight}


def _counted(text: str) -> Counter[str]:
    return Counter(script for c in text if c.isalpha() and (script := _script(ord(c))))


def _script(code: int) -> str | None:
    return next((name for first, last, name in RANGES if first <= code <= last), None)
