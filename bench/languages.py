"""Which detector tells languages best here: python -m bench.languages

Ours, langdetect alone and, where `lingua-language-detector` is installed (it is no dependency),
lingua in its two modes, each restricted to the languages likely here. Sets: tests/languages.yml,
which ours was built with; nlu/evaluation/language.yml, kept apart; the French of nlu/data.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from langdetect import LangDetectException
from langdetect.detector_factory import DetectorFactory

from bench.understood import kept_apart, score_language
from nlu.language import language
from nlu.words import listed

ROOT = Path(__file__).parent.parent
MARKED = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
CODES = sorted(listed("fr en es pt it de ro tr so sq ar fa ru uk bn ta zh"))  # none knows Pashto
FEWEST_WORDS, SURE = 3, 0.9
Tell = Callable[[str], str | None]


def main() -> None:
    tellers = {"ours": language, "langdetect": _langdetect(), **_lingua()}
    sets = {
        "development": _development(),
        "kept apart": kept_apart("language"),
        "training": _french(),
    }
    for title, cases in sets.items():
        print(f"\n{title}: {len(cases)} texts")
        for name, tell in tellers.items():
            print(f"{name:20}", _row(tell, cases))


def _row(tell: Tell, cases: list[dict[str, Any]]) -> str:
    tell(cases[0]["text"])
    times = []

    def timed(text: str) -> str | None:
        began = time.perf_counter()
        said = tell(text)
        times.append((time.perf_counter() - began) * 1_000)
        return said

    score = score_language(timed, cases)
    parts = [f"French expelled {score.expelled / max(score.french, 1):.3f}"]
    for group, words in sorted(score.asked):
        parts.append(f"{group} {words} {score.right[group, words] / score.asked[group, words]:.3f}")
    return " · ".join([*parts, f"median {median(times):.3f} ms, longest {max(times):.1f}"])


def _langdetect() -> Tell:
    import langdetect

    folder, factory = Path(langdetect.__file__).parent / "profiles", DetectorFactory()
    names = [{"zh": "zh-cn"}.get(code, code) for code in CODES]
    factory.load_json_profile([(folder / name).read_text("utf-8") for name in names])
    factory.set_seed(0)

    def tell(text: str) -> str | None:
        detector = factory.create()
        detector.append(text)
        try:
            best = detector.get_probabilities()[0]
        except (LangDetectException, IndexError):
            return None
        return best.lang[:2] if best.prob >= SURE and _enough(text) else None

    return tell


def _lingua() -> dict[str, Tell]:
    try:
        lingua = import_module("lingua")
    except ImportError:
        return {}
    iso = [getattr(lingua.IsoCode639_1, code.upper()) for code in CODES]
    builder = lingua.LanguageDetectorBuilder.from_iso_codes_639_1
    both = {
        "lingua": builder(*iso).build(),
        "lingua, low accuracy": builder(*iso).with_low_accuracy_mode().build(),
    }

    def teller(detector: Any) -> Tell:
        def tell(text: str) -> str | None:
            seen = detector.detect_language_of(text) if _enough(text) else None
            return seen.iso_code_639_1.name.lower() if seen else None

        return tell

    return {name: teller(detector) for name, detector in both.items()}


def _enough(text: str) -> bool:
    """The rule of length is given to each, so that detectors alone are compared."""
    return len(text.split()) >= FEWEST_WORDS or any("一" <= c <= "鿿" for c in text)


def _development() -> list[dict[str, Any]]:
    said = yaml.safe_load((ROOT / "tests" / "languages.yml").read_text("utf-8"))
    return [
        {"language": code, "words": _length(text), "text": text}
        for code, texts in said.items()
        for text in texts
    ]


def _french() -> list[dict[str, Any]]:
    texts = [
        MARKED.sub(r"\1", line.strip().removeprefix("- "))
        for path in sorted((ROOT / "nlu" / "data").glob("*.yml"))
        for block in yaml.safe_load(path.read_text("utf-8"))["nlu"]
        for line in block["examples"].splitlines()
    ]
    return [{"language": "fr", "words": "3+", "text": text} for text in texts if _enough(text)]


def _length(text: str) -> str:
    count = len(text.split())
    return "3-5" if count <= 5 else "6-10" if count <= 10 else "11+"


if __name__ == "__main__":
    main()
