"""Everything one run has measured, before it is written down."""

from __future__ import annotations

from dataclasses import dataclass

from bench.nlu_report.alarms import Alarms
from bench.nlu_report.context import Context
from bench.nlu_report.cost import Cost
from bench.nlu_report.entities import Fields
from bench.nlu_report.scores import Guess, macro_f1
from bench.understood import LanguageScore, PersonalScore
from bench.understood_profile import Choices


@dataclass(frozen=True, slots=True)
class ByHand:
    """What was measured on one author's texts."""

    name: str
    model: list[Guess]  # the model alone
    chain: list[Guess]  # listed words, then the model, then the rules of danger
    context: Context
    rules: dict[str, Alarms]
    alarms: dict[str, Alarms]

    @property
    def f1(self) -> tuple[float, float]:
        """Macro-F1 of the model alone, and of the whole chain."""
        return macro_f1(self.model), macro_f1(self.chain)


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: when and where, on what, and the figures."""

    on: str  # a date
    machine: str
    sizes: dict[str, int]  # texts of each file kept apart
    trained_on: dict[str, int]  # sentences of each intent
    training: float | None  # seconds; None when a model already trained was measured
    start: float  # seconds until the server answers
    model_size: int  # bytes
    hands: tuple[ByHand, ...]
    fields: dict[str, Fields]  # these four by hand
    choices: dict[str, Choices]
    language: dict[str, LanguageScore]
    personal: dict[str, PersonalScore]
    cost: Cost
