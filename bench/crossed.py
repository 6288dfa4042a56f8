"""How well intents are told apart: .venv-nlu/bin/python -m bench.crossed [--rivals]

Cross-validation on nlu/data. Harder than real use (sentences were written to differ), but it moves
when the examples or config.yml do, and it says which intents are confused. `--rivals` measures
other light classifiers on the same folds and the same features, and their votes.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from nlu.silence import quiet_import

quiet_import()

import nlu.without_tensorflow  # noqa: E402, F401, I001  must come before anything of Rasa
import numpy as np  # noqa: E402
from rasa.shared.utils.io import read_yaml_file  # noqa: E402
from scipy.sparse import hstack  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import f1_score  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402
from sklearn.naive_bayes import ComplementNB  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402
from sklearn.svm import LinearSVC  # noqa: E402

from nlu.components.classifier import TfidfClassifier  # noqa: E402
from nlu.components.normaliser import normalised  # noqa: E402

ROOT = Path(__file__).parent.parent
SURE = 0.5
BINS = 10
RIVAL_FOLDS = 2  # the slowest rivals take a minute each


class Outcome(NamedTuple):
    """Of each sentence: what it means, what was said of it, and how surely."""

    meant: list[str]
    said: list[str]
    confidence: list[float]

    def figures(self) -> str:
        right = np.array(self.meant) == np.array(self.said)
        sure = np.array(self.confidence) >= SURE
        return (
            f"right {right.mean():.3f}  macro-F1 "
            f"{f1_score(self.meant, self.said, average='macro'):.3f}  "
            f"ECE {_error(right, np.array(self.confidence)):.3f}  "
            f">= {SURE}: {sure.mean():.3f}, right {right[sure].mean():.3f}"
        )


def sentences() -> tuple[list[str], list[str]]:
    """The training sentences, normalised, and what each means."""
    said, meant = [], []
    for file in sorted((ROOT / "nlu/data").glob("*.yml")):
        for block in read_yaml_file(file)["nlu"]:
            for line in block["examples"].splitlines():
                said.append(" ".join(word.text for word in normalised(line[2:])))
                meant.append(block["intent"])
    return said, meant


def ours() -> TfidfClassifier:
    """The classifier of config.yml, untrained."""
    [step] = [
        s for s in read_yaml_file(ROOT / "config.yml")["pipeline"] if "Classifier" in s["name"]
    ]
    return TfidfClassifier({**TfidfClassifier.get_default_config(), **step}, None, None)


def crossed(said: list[str], meant: list[str], folds: int = 4) -> Outcome:
    """Ours, each sentence told by a model that has not seen it."""
    outcome = Outcome([], [], [])
    for known, unknown in _folds(said, meant)[:folds]:
        model = ours()
        model.fit([said[i] for i in known], [meant[i] for i in known])
        for i in unknown:
            best = (model.ranking(said[i]) or [{"name": "", "confidence": 0.0}])[0]
            for column, value in zip(
                outcome, (meant[i], best["name"], best["confidence"]), strict=True
            ):
                column.append(value)
    return outcome


def rivals(said: list[str], meant: list[str]) -> Iterator[tuple[str, Outcome, float]]:
    """Other classifiers on our features, and the seconds each took to train, all folds together."""
    makers: dict[str, Any] = {
        "one regression per intent (kept)": lambda: LogisticRegression(
            C=60, class_weight="balanced", solver="liblinear", dual=True, tol=0.01, max_iter=200
        ),
        "one softmax regression": lambda: LogisticRegression(
            C=60, class_weight="balanced", max_iter=1000, tol=0.01
        ),
        "linear SVM": lambda: LinearSVC(C=0.3),
        "complement naive Bayes": lambda: ComplementNB(alpha=0.2),
        "one hidden layer (128)": lambda: MLPClassifier(
            (128,), max_iter=10, learning_rate_init=2e-3, batch_size=64, random_state=1
        ),
    }
    opinions: dict[str, list[Any]] = {name: [] for name in makers}
    folds = _folds(said, meant)[:RIVAL_FOLDS]
    truth = [meant[i] for _, unknown in folds for i in unknown]
    names: list[str] = sorted(set(meant))
    took = Counter[str]()
    for known, unknown in folds:
        views = ours().views.values()
        seen = hstack([view.fit_transform([said[i] for i in known]) for view in views]).tocsr()
        new = hstack([view.transform([said[i] for i in unknown]) for view in views]).tocsr()
        for name, make in makers.items():
            began = perf_counter()
            model = make().fit(seen, [meant[i] for i in known])
            took[name] += perf_counter() - began
            opinions[name].append(_likely(model, new))
    chosen = list(makers)
    votes = {name: [name] for name in chosen} | {
        "vote: regression + SVM": [chosen[0], chosen[2]],
        "vote: regression + SVM + Bayes": [chosen[0], chosen[2], chosen[3]],
        "vote: regression + hidden layer": [chosen[0], chosen[4]],
    }
    for title, some in votes.items():
        total = sum(np.vstack(opinions[name]) for name in some) / len(some)
        said_of = [names[i] for i in total.argmax(axis=1)]
        yield title, Outcome(truth, said_of, list(total.max(axis=1))), sum(took[n] for n in some)


def _likely(model: Any, new: Any) -> Any:
    if hasattr(model, "predict_proba"):
        return model.predict_proba(new)
    scores = 4 * model.decision_function(new)  # a margin has no scale of its own
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    return likely / likely.sum(axis=1, keepdims=True)


def _folds(said: list[str], meant: list[str]) -> list[Any]:
    return list(StratifiedKFold(4, shuffle=True, random_state=1).split(said, meant))


def _error(right: Any, confidence: Any) -> float:
    """Expected calibration error: how far confidence is from being right, over ten bins."""
    binned = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return float(
        sum(
            (binned == n).mean() * abs(confidence[binned == n].mean() - right[binned == n].mean())
            for n in set(binned)
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rivals", action="store_true")
    said, meant = sentences()
    print(f"{len(said)} sentences, {len(set(meant))} intents")
    if parser.parse_args().rivals:
        for name, outcome, seconds in rivals(said, meant):
            print(f"{name:34} {outcome.figures()}  {seconds:.0f} s", flush=True)
        return
    outcome = crossed(said, meant)
    print(f"4 folds  {outcome.figures()}")
    confused = Counter((m, s) for m, s in zip(outcome.meant, outcome.said, strict=True) if m != s)
    for (intent, taken_for), times in confused.most_common(8):
        print(f"  {times:3} {intent} taken for {taken_for or 'nothing'}")


if __name__ == "__main__":
    main()
