"""Is this French? Scripts and frequent words first; a detector only when they do not settle it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import langdetect
from langdetect.detector_factory import DetectorFactory

from nlu import scripts
from nlu.words import unaccented

LISTS = Path(__file__).parent / "languages"
LATIN = ("fr", "en", "es", "pt", "it", "de", "ro", "tr", "so", "sq", "ar")  # the last by words
ARABIC, CYRILLIC = ("ar", "fa", "ps"), ("ru", "uk")
FEWEST_WORDS, LONGEST = 3, 500
ENOUGH_HAN = 5  # no spaces in Chinese: two signs are about one word
FRENCH_SHARE, FOREIGN_SHARE = 0.25, 0.3  # of the words, what settles it without the detector
UNDETECTED_SHARE = 0.2  # no detector knows Arabic in Latin letters
AHEAD = 1.5
LIKELY, SURE, TOLD = 0.5, 0.9, 0.5
ENOUGH_WORDS = 7  # for the detector to be believed without one frequent word
WORD = re.compile(r"[^\W_]+")
DIGIT_INSIDE = r"[^\W\d_]{1,9}[379][^\W\d_]\w*"  # « m3a »
DIGIT_FIRST = r"[379](?!eme|ans|mois)[^\W\d_]{3}\w*"  # « 9bel »
ARABIC_DIGITS = re.compile(f"{DIGIT_INSIDE}|{DIGIT_FIRST}")
UNDECOMPOSED = str.maketrans({"ı": "i", "ø": "o", "đ": "d", "ł": "l"})
LETTERS = {
    "ñ¿¡": ("es",),
    "ãõ": ("pt",),
    "ß": ("de",),
    "äö": ("de", "tr"),
    "ü": ("de", "tr"),
    "ığ": ("tr",),
    "ş": ("tr", "ro"),
    "ățţș": ("ro",),
    "ë": ("sq",),
    "œûù": ("fr",),
    "ê": ("fr", "pt"),
    "è": ("fr", "it"),
    "ì": ("it",),
}  # letters that tell; French « é », « à », « ç » are shared by too many
TELLS = {letter: codes for letters, codes in LETTERS.items() for letter in letters}


def language(text: str) -> str | None:
    """The ISO 639-1 code of the text's language; None when there is too little to be sure."""
    text = unicodedata.normalize("NFC", text[:LONGEST])
    script = scripts.main(text)
    words = [word for word in WORD.findall(text.casefold()) if not word.isdigit()]
    if script == "han":
        return "zh" if scripts.count(text, "han") >= ENOUGH_HAN else None
    if script is None or min(len(words), len(text.split())) < FEWEST_WORDS:
        return None
    if script == "arabic":
        return _most(_evidence(words, ARABIC), scripts.arabic_letters(text))
    if script == "cyrillic":
        found = _most(_evidence(words, CYRILLIC), scripts.cyrillic_letters(text))
        return found or _most(_detected(text))
    return _latin(text, words) if script == "latin" else scripts.ONE_LANGUAGE.get(script)


def _latin(text: str, words: list[str]) -> str | None:
    said, count = _evidence(words, LATIN), len(words)
    french = said.pop("fr", 0.0)
    foreign = max(said, key=said.__getitem__, default="")
    most = said.get(foreign, 0.0)
    if french >= most and french >= FRENCH_SHARE * count:
        return "fr"
    share = UNDETECTED_SHARE if foreign == "ar" else FOREIGN_SHARE
    if most > 1 and most >= max(share * count, AHEAD * french):
        return foreign
    seen, said["fr"] = _detected(text), french
    code = max(LATIN, key=lambda code: seen.get(code, 0) + 2 * said.get(code, 0) / count)
    likely, told = seen.get(code, 0.0), said.get(code, 0.0)
    if code == "fr":
        return "fr" if likely >= LIKELY or french else None
    if told < french * AHEAD or likely < LIKELY:
        return None
    telling = told >= TOLD or (count >= ENOUGH_WORDS and likely >= SURE)
    return code if telling else None


def _most(*found: dict[str, float]) -> str | None:
    """What has most for it, unless two are equal."""
    total: dict[str, float] = {}
    for weights in found:
        for code, weight in weights.items():
            total[code] = total.get(code, 0.0) + weight
    ranked = sorted(total, key=total.__getitem__, reverse=True)
    tied = len(ranked) > 1 and total[ranked[0]] == total[ranked[1]]
    return ranked[0] if ranked and not tied else None


def _evidence(words: list[str], among: tuple[str, ...]) -> dict[str, float]:
    """How many words speak for each language; what is shared counts in part."""
    lists, found = _lists(among), dict.fromkeys(among, 0.0)
    for word in words:
        for code in (codes := lists.get(_key(word), ())):
            found[code] += 1 / len(codes)
        if among == LATIN:
            for letter in TELLS.keys() & word:
                for code in (codes := TELLS[letter]):
                    found[code] += 0.5 / len(codes)
            found["ar"] += ARABIC_DIGITS.fullmatch(word) is not None
    return {code: weight for code, weight in found.items() if weight}


@cache
def _lists(among: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Each frequent word and the languages that use it."""
    known: dict[str, list[str]] = {}
    for code in among:
        files = sorted(LISTS.glob(f"{code}*.txt"))
        for word in {_key(word) for file in files for word in file.read_text("utf-8").split()}:
            known.setdefault(word, []).append(code)
    return {word: tuple(codes) for word, codes in known.items()}


def _key(word: str) -> str:
    return scripts.one_spelling(unaccented(word).translate(UNDECOMPOSED))


def _detected(text: str) -> dict[str, float]:
    """What langdetect makes of it: code -> probability."""
    detector = _factory().create()
    detector.append(text)
    try:
        return {seen.lang: seen.prob for seen in detector.get_probabilities()}
    except langdetect.LangDetectException:
        return {}


@cache
def _factory() -> DetectorFactory:
    """Only the profiles that words may leave undecided: ten times faster to load than all."""
    folder = Path(langdetect.__file__).parent / "profiles"
    factory = DetectorFactory()
    codes = (*LATIN[:-1], *CYRILLIC)
    factory.load_json_profile([(folder / name).read_text("utf-8") for name in codes])
    factory.set_seed(0)
    return factory
