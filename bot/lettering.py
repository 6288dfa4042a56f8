"""Letters on paper: the embedded font, the signs it has, lines that fit a width."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "AtkinsonHyperlegible-Regular", "AtkinsonHyperlegible-Bold"
FONTS = Path(__file__).parent / "fonts"  # licence beside them
_BREAKS = re.compile(r"(?<=/)|(?=[?&])")  # where an address may go to the next line
_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
# A date in one piece: « du 1er mars », « au 15 avril 2022 »
_DATE = re.compile(rf"(?:\b(?:du|au|le) )?\b\d{{1,2}}(?:er)? (?:{_MONTHS})\b(?: \d{{4}})?", re.I)


@cache
def _font(name: str) -> TTFont:
    font = TTFont(name, str(FONTS / f"{name}.ttf"))
    registerFont(font)
    return font


def ready() -> None:
    """Have the fonts at hand; call it before anything else here."""
    _font(REGULAR)
    _font(BOLD)


def clean(text: str) -> str:
    """The text on one line, in French typography, with signs that the font has and no other."""
    text = " ".join(text.split()).replace("'", "’")
    text = re.sub(r" (?=[:;?!»%])|(?<=«) ", "\N{NO-BREAK SPACE}", text)
    text = _DATE.sub(lambda date: date[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    text = text.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")
    known = _font(REGULAR).face.charToGlyph
    kept = [sign if ord(sign) in known else _plainer(sign, known) for sign in text]
    return "".join(kept).strip()


def width(text: str, font: str, size: float) -> float:
    """In points."""
    return stringWidth(text, font, size)


def wrapped(text: str, font: str, size: float, at_most: float) -> tuple[str, ...]:
    """The fewest lines that fit, and then the most even ones. Never breaks a word."""
    words = text.split(" ")
    space = width(" ", font, size)
    long = [width(word, font, size) for word in words]
    lines = _filled(words, long, space, at_most)
    low, high = max(long), at_most
    for _ in range(12):
        middle = (low + high) / 2
        fewer = len(_filled(words, long, space, middle)) <= len(lines)
        low, high = (low, middle) if fewer else (middle, high)
    return tuple(_filled(words, long, space, high))


def fitted(
    address: str, font: str, at_most: float, sizes: tuple[float, float]
) -> tuple[float, tuple[str, ...]]:
    """The size and the lines of an address: one line if it can be, else broken where it may be."""
    greatest, least = sizes
    size = min(greatest, at_most / width(address, font, 1))
    if size >= least:
        return size, (address,)
    lines = [""]
    for piece in _BREAKS.split(address):
        for part in _cut(piece, font, least, at_most):
            if width(lines[-1] + part, font, least) > at_most:
                lines.append("")
            lines[-1] += part
    return least, tuple(lines)


def _filled(words: list[str], long: list[float], space: float, at_most: float) -> list[str]:
    lines, room = [words[0]], at_most - long[0]
    for word, taken in zip(words[1:], long[1:], strict=True):
        if taken + space <= room + 0.01:
            lines[-1] += f" {word}"
            room -= taken + space
        else:
            lines.append(word)
            room = at_most - taken
    return lines


def _cut(piece: str, font: str, size: float, at_most: float) -> list[str]:
    if width(piece, font, size) <= at_most:
        return [piece]
    return list(piece)


def _plainer(sign: str, known: dict[int, int]) -> str:
    letters = unicodedata.normalize("NFKD", sign)
    return "".join(one for one in letters if ord(one) in known)
