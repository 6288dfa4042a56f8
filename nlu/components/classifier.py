"""Which intent: TF-IDF of letters and words, then a logistic regression."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

NAMES, NUMBERS = "classifier.json", "classifier.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TfidfClassifier(GraphComponent, IntentClassifier):
    """Kept as JSON and plain arrays: nothing in the model can run when it is read."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"letters": [2, 5], "words": [1, 2], "C": 20.0, "ranking_length": 3}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self.config, self.storage, self.resource = config, storage, resource
        self.letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=tuple(config["letters"]), sublinear_tf=True
        )
        self.words = TfidfVectorizer(
            tokenizer=str.split,
            token_pattern=None,
            ngram_range=tuple(config["words"]),
            sublinear_tf=True,
        )
        self.intents: list[str] = []
        self.weights = np.zeros((0, 0), dtype=np.float32)
        self.bias = np.zeros(0, dtype=np.float32)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TfidfClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        self.fit([_said(e) for e in examples], [e.get(INTENT) for e in examples])
        self._persist()
        return self.resource

    def fit(self, said: list[str], intents: list[str]) -> None:
        """Learn from normalised sentences and what each means."""
        features = hstack([self.letters.fit_transform(said), self.words.fit_transform(said)])
        model = LogisticRegression(C=self.config["C"], class_weight="balanced", max_iter=1000)
        model.fit(features.tocsr(), intents)
        self.intents = [str(name) for name in model.classes_]
        self.weights = model.coef_.T.astype(np.float32)
        self.bias = model.intercept_.astype(np.float32)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = self.ranking(_said(message))
            best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set("intent", best, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def ranking(self, said: str) -> list[dict[str, Any]]:
        """The likeliest intents of a normalised sentence, best first; none if nothing is known."""
        features = hstack([self.letters.transform([said]), self.words.transform([said])])
        if not self.intents or not features.nnz:
            return []
        scores = np.asarray(features @ self.weights).ravel() + self.bias
        likely = np.exp(scores - scores.max())
        likely /= likely.sum()
        order = np.argsort(-likely)[: self.config["ranking_length"]]
        return [{"name": self.intents[i], "confidence": float(likely[i])} for i in order]

    def _persist(self) -> None:
        with self.storage.write_to(self.resource) as folder:
            names = {
                "intents": self.intents,
                "letters": _in_order(self.letters.vocabulary_),
                "words": _in_order(self.words.vocabulary_),
            }
            (folder / NAMES).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
            np.savez(
                folder / NUMBERS,
                letters=self.letters.idf_.astype(np.float32),
                words=self.words.idf_.astype(np.float32),
                weights=self.weights,
                bias=self.bias,
            )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> TfidfClassifier:
        trained = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            names = json.loads((folder / NAMES).read_text(encoding="utf-8"))
            with np.load(folder / NUMBERS, allow_pickle=False) as numbers:
                for part in ("letters", "words"):
                    vectorizer = getattr(trained, part)
                    vectorizer.vocabulary_ = {term: i for i, term in enumerate(names[part])}
                    vectorizer.idf_ = numbers[part]
                trained.weights, trained.bias = numbers["weights"], numbers["bias"]
        trained.intents = names["intents"]
        return trained


def _said(message: Message) -> str:
    return " ".join(token.text for token in message.get(TOKENS_NAMES[TEXT]) or [])


def _in_order(vocabulary: dict[str, int]) -> list[str]:
    return sorted(vocabulary, key=lambda term: vocabulary[term])
