"""How well intents are told apart: .venv-nlu/bin/python -m bench.crossed

Four-fold cross-validation on nlu/data. Harder than real use (sentences were written to differ),
but it moves when the examples or config.yml do, and it says which intents are confused.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from nlu.silence import quiet_import

quiet_import()

import nlu.without_tensorflow  # noqa: E402, F401, I001  must come before anything of Rasa
import numpy as np  # noqa: E402
from rasa.shared.utils.io import read_yaml_file  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402

from nlu.components.classifier import TfidfClassifier  # noqa: E402
from nlu.components.normaliser import normalised  # noqa: E402

ROOT = Path(__file__).parent.parent
SURE = 0.5


def main() -> None:
    blocks = [
        b for f in sorted((ROOT / "nlu/data").glob("*.yml")) for b in read_yaml_file(f)["nlu"]
    ]
    said, meant = [], []
    for block in blocks:
        for line in block["examples"].splitlines():
            said.append(" ".join(word.text for word in normalised(line[2:])))
            meant.append(block["intent"])
    [step] = [
        s for s in read_yaml_file(ROOT / "config.yml")["pipeline"] if "Classifier" in s["name"]
    ]
    config = {**TfidfClassifier.get_default_config(), **step}
    outcomes, confused = [], Counter()
    folds = StratifiedKFold(4, shuffle=True, random_state=1)
    for known, unknown in folds.split(said, meant):
        model = TfidfClassifier(config, None, None)
        model.fit([said[i] for i in known], [meant[i] for i in known])
        for i in unknown:
            best = (model.ranking(said[i]) or [{"name": None, "confidence": 0.0}])[0]
            outcomes.append((best["name"] == meant[i], best["confidence"]))
            if best["name"] != meant[i]:
                confused[meant[i], best["name"]] += 1
    right, sure = np.array(outcomes).T
    print(f"{len(said)} sentences, {len(set(meant))} intents, 4 folds")
    print(f"right: {right.mean():.3f}")
    taken = sure >= SURE
    print(f"confidence >= {SURE}: {taken.mean():.3f} of them, right {right[taken].mean():.3f}")
    for (intent, taken_for), times in confused.most_common(8):
        print(f"  {times:3} {intent} taken for {taken_for}")


if __name__ == "__main__":
    main()
