"""What is named in a text: a job of the social field, the number of an answer."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.normaliser import normalised

JOBS = Path(__file__).parent.parent / "gazetteers" / "jobs.csv"
KEPT = "names.json"
COUNTS = (
    "zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze",
)  # fmt: skip
RANKS = (
    "zeroieme", "premiere", "deuxieme", "troisieme", "quatrieme", "cinquieme", "sixieme",
    "septieme", "huitieme", "neuvieme", "dixieme", "onzieme", "douzieme",
)  # fmt: skip
BEFORE_NUMBER = {"question", "reponse", "numero", "la", "le", "corriger", "modifier", "changer"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class NameExtractor(GraphComponent, EntityExtractorMixin):
    """Exact names only: a near miss here would put words in somebody's mouth."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    def __init__(
        self, storage: ModelStorage, resource: Resource, jobs: dict[str, str] | None = None
    ) -> None:
        self.storage, self.resource, self.jobs = storage, resource, jobs or {}
        self.longest = max((form.count(" ") + 1 for form in self.jobs), default=0)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NameExtractor:
        return cls(model_storage, resource, read_jobs(JOBS))

    def train(self, training_data: TrainingData) -> Resource:
        """Learns nothing: puts the names in the model, so that one file says it all."""
        with self.storage.write_to(self.resource) as folder:
            (folder / KEPT).write_text(json.dumps(self.jobs), encoding="utf-8")
        return self.resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> NameExtractor:
        with model_storage.read_from(resource) as folder:
            jobs = json.loads((folder / KEPT).read_text(encoding="utf-8"))
        return cls(model_storage, resource, jobs)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            tokens = message.get(TOKENS_NAMES[TEXT]) or []
            found = [*self._jobs(tokens), *_numbers(tokens)]
            entities = [_entity(kind, value, some) for kind, value, some in found]
            message.set(ENTITIES, (message.get(ENTITIES) or []) + entities, add_to_output=True)
        return messages

    def _jobs(self, tokens: list[Token]) -> list[tuple[str, str, list[Token]]]:
        """The longest name at each place, without overlaps."""
        found, at = [], 0
        while at < len(tokens):
            for size in range(min(self.longest, len(tokens) - at), 0, -1):
                some = tokens[at : at + size]
                code = self.jobs.get(" ".join(token.text for token in some))
                if code:
                    found.append(("job", code, some))
                    at += size - 1
                    break
            at += 1
        return found


def read_jobs(path: Path) -> dict[str, str]:
    """Every form of every job, normalised, with the job's code."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            " ".join(word.text for word in normalised(form)): row["code"]
            for row in csv.DictReader(file)
            for form in row["forms"].split("|")
        }


def _numbers(tokens: list[Token]) -> list[tuple[str, str, list[Token]]]:
    """« la 3 », « question deux », « la troisième »: which answer is meant."""
    found = []
    for before, token in pairwise(tokens):
        if token.text in RANKS:
            found.append(("number", str(RANKS.index(token.text)), [token]))
        elif before.text in BEFORE_NUMBER:
            if token.text in COUNTS[1:]:
                found.append(("number", str(COUNTS.index(token.text)), [token]))
            elif token.text.isdigit() and len(token.text) <= 2:
                found.append(("number", str(int(token.text)), [token]))
    return found


def _entity(kind: str, value: str, tokens: list[Token]) -> dict[str, Any]:
    return {
        "entity": kind,
        "value": value,
        "start": tokens[0].start,
        "end": tokens[-1].end,
        "confidence_entity": 1.0,
    }
