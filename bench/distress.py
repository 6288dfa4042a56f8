"""Who is heard in danger, and who is not: .venv-nlu/bin/python -m bench.distress [TEXTS.csv]

Trains the classifier of config.yml on nlu/data, then counts alarms on the sets kept apart, with
rules alone and with the model, and on the column "texte" of a file of real texts if one is given.
Only figures are printed, never a sentence. `ordinary` is made of texts that look like a crisis;
`other intents` is what people ordinarily write.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

from nlu.silence import quiet_import

quiet_import()

import nlu.without_tensorflow  # noqa: E402, F401, I001  must come before anything of Rasa
from rasa.shared.utils.io import read_yaml_file  # noqa: E402

from nlu import distress  # noqa: E402
from nlu.components.classifier import TfidfClassifier  # noqa: E402
from nlu.sentences import sentences  # noqa: E402
from nlu.components.normaliser import normalised  # noqa: E402

NAMED = {"distress_self": "self", "danger_other": "danger"}
ROOT = Path(__file__).parent.parent
NAMES = ("VERY_SURE", "FIRMLY", "SURE", "FAIRLY_SURE")
NOW = tuple(getattr(distress, name) for name in NAMES)
THRESHOLDS = (
    NOW, (0.8, 0.75, 0.5, 0.3), (0.85, 0.75, 0.6, 0.4), (0.85, 0.75, 0.7, 0.4), (0.9, 0.9, 0.7, 0.5)
)  # fmt: skip


def plain(text: str) -> str:
    return " ".join(word.text for word in normalised(text[: distress.MODEL_SEES]))


def trained() -> TfidfClassifier:
    said, meant = [], []
    for file in sorted((ROOT / "nlu/data").glob("*.yml")):
        for block in read_yaml_file(file)["nlu"]:
            for line in block["examples"].splitlines():
                said.append(plain(line[2:]))
                meant.append(block["intent"])
    [step] = [
        s for s in read_yaml_file(ROOT / "config.yml")["pipeline"] if "Classifier" in s["name"]
    ]
    model = TfidfClassifier({**TfidfClassifier.get_default_config(), **step}, None, None)
    model.fit(said, meant)
    return model


def sets() -> dict[str, list[str]]:
    """The texts of both kept-apart hands, and real ones, by what they are."""
    found: dict[str, list[str]] = {}
    for hand, prefix in (("", ""), ("second ", "second-")):
        apart = read_yaml_file(ROOT / f"nlu/evaluation/{prefix}distress.yml")
        intents = read_yaml_file(ROOT / f"nlu/evaluation/{prefix}intents.yml")
        for name, texts in apart.items():
            found[hand + NAMED.get(name, name)] = list(texts)
        for name in distress.INTENTS:
            found.setdefault(hand + NAMED[name], []).extend(intents.pop(name, ()))
        found[f"{hand}other intents"] = [text for texts in intents.values() for text in texts]
    if len(sys.argv) > 1:
        with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
            found["real texts"] = [row["texte"] for row in csv.DictReader(file)]
    return found


def main() -> None:
    model, said = trained(), sets()
    opinions = {}
    for text in (text for texts in said.values() for text in texts):
        ranking = model.ranking(plain(text))
        opinions[text] = (ranking[0]["name"], ranking[0]["confidence"]) if ranking else (None, 0.0)
    print("rules alone")
    for name, texts in said.items():
        show(name, Counter(distress.signal(text) for text in texts))
    for levels in THRESHOLDS:
        print(", ".join(f"{name} {level}" for name, level in zip(NAMES, levels, strict=True)))
        for name, level in zip(NAMES, levels, strict=True):
            setattr(distress, name, level)
        for name, texts in said.items():
            show(name, Counter(distress.signal(text, *opinions[text]) for text in texts))
            if levels == NOW and not name.endswith(("ordinary", "intents", "texts")):
                print(f"    missed: {dict(causes(texts, opinions))}")


def causes(texts: list[str], opinions: dict[str, tuple[str | None, float]]) -> Counter[str]:
    """Why those that nothing is heard in were missed, so many for each cause."""
    found: Counter[str] = Counter()
    lexicon = distress.load()
    for text in texts:
        intent, confidence = opinions[text]
        if distress.signal(text, intent, confidence) is not None:
            continue
        words = [sentence.words for sentence in sentences(text)]
        held = [n for n, rules in lexicon.unless.items() if any(map(rules.hold, words))]
        if intent not in distress.INTENTS:
            found["another intent"] += 1
        elif confidence < distress.FAIRLY_SURE:
            found["not sure"] += 1
        else:
            found.update(held or ["no hint"])
    return found


def show(name: str, signals: Counter[str | None]) -> None:
    total = sum(signals.values())
    yourself, other = signals["self"] / total, signals["other"] / total
    print(f"  {name:20} {total:5}   self {yourself:.3f}   other {other:.3f}")


if __name__ == "__main__":
    main()
