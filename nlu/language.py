"""Is this French? Asked only of texts that do not look like it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import langdetect
from langdetect.detector_factory import DetectorFactory

from nlu.words import listed, plain

LANGUAGES = ("fr", "en", "es", "pt", "it", "de", "ar", "tr", "ro", "pl", "ru", "uk")
SURE, FEWEST_WORDS, SHORTEST, LONGEST = 0.95, 3, 12, 500
FRENCH = listed(
    "ai aussi au aux avec avoir beaucoup bien bonjour ca car ce cela ces cette chez chui comme "
    "dans donc elle elles est et etre eux fait faut fini ils jai je jsp jsuis leur leurs lui mais "
    "merci moi mon mtn nan nos notre nous on ont ou oui parce pas personne personnes peu peut pk "
    "plus pour pourquoi pr qu quand quel quelle qui quoi rien sans ses sont suis svp ta tes "
    "toujours tout tous travail tres trop une vos votre vous"
)  # the frequent words that are French only

ENOUGH_WORDS = 7
TELLING = {
    "en": listed("the i you is are my we have not and to am do this it what"),
    "es": listed("estoy muy el los yo mi que por con como soy pero para una no"),
    "pt": listed("eu muito nao estou com uma meu minha os todos voce"),
    "it": listed("sono molto non che mi il per con una ho della sta"),
    "de": listed("ich der die das nicht und ist ein habe mein wir"),
    "tr": listed("ben bir ve cok bu icin var evet degil"),
    "ro": listed("sunt nu foarte si eu este pentru am"),
    "pl": listed("jestem nie jest bardzo na mam to ja"),
}  # a few words are too few for a detector: one of these must be among them


def language(text: str) -> str | None:
    """The ISO 639-1 code of the language, or None when unsure; « fr » without a look if obvious."""
    if len(text.split()) < FEWEST_WORDS or len(text) < SHORTEST:
        return None
    if not FRENCH.isdisjoint(plain(text).split()):
        return "fr"
    try:
        [best, *_] = _detector(text[:LONGEST])
    except langdetect.LangDetectException:
        return None
    telling = TELLING.get(best.lang)
    if telling and len(text.split()) < ENOUGH_WORDS and telling.isdisjoint(plain(text).split()):
        return None
    return str(best.lang) if best.prob >= SURE else None


def _detector(text: str) -> list[langdetect.language.Language]:
    detector = _factory().create()
    detector.append(text)
    return list(detector.get_probabilities())


@cache
def _factory() -> DetectorFactory:
    """Only the profiles of the languages we expect: ten times faster to load than all."""
    folder = Path(langdetect.__file__).parent / "profiles"
    factory = DetectorFactory()
    factory.load_json_profile([(folder / name).read_text("utf-8") for name in LANGUAGES])
    factory.set_seed(0)
    return factory
