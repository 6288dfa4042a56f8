"""What of a profile is read right: python -m bench.understood_profile [FILE]

The set is kept apart (nlu/evaluation/entities.yml): only figures are printed, never a sentence.
A kind is right in a sentence when its values are exactly those expected, absence included.
A choice is right when the question of the guide has exactly the answer expected once the sentence
was typed at its first question about the person; what is expected is the answer that the guide
gives to the expected codes, as to words that hold nothing else.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import yaml

from bot import engine
from bot.filling import dated, fill
from bot.guide import Guide, Stated
from bot.guide_file import bundled, read_guide
from bot.model import Answer, Conversation, Entity, Heard, Message, Spot, State
from bot.ports import Understander
from nlu import profile
from nlu.gazetteers import names, places
from nlu.understand import Understanding

EVALUATED = Path(__file__).parent.parent / "nlu" / "evaluation" / "entities.yml"
KINDS = ("public", "job", "structure", "diploma", "department", "length_of_service", "since")
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
AGREED = {"age": "yes", "accord": "yes"}  # what the guide asks before it keeps words
FIRST = Spot("public")


def values(expected: Any) -> set[str]:
    """What is expected of a kind, as strings; nothing when it is absent."""
    some = expected if isinstance(expected, list) else [] if expected is None else [expected]
    return {f"{one:g}" if isinstance(one, float) else str(one) for one in some}


@dataclass
class Choices:
    """Answers by question: expected, filled exactly, and filled where none is expected."""

    said: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    invented: Counter[str] = field(default_factory=Counter)
    sentences: int = 0
    whole: int = 0  # sentences after which every question stands as expected

    @property
    def exact(self) -> float:
        """Of all answers expected, the share filled exactly."""
        return self.right.total() / max(1, self.said.total())

    def lines(self) -> Iterator[str]:
        for step, said in self.said.items():
            exact = self.right[step] / max(1, said)
            yield f"{step:20} when said {exact:.3f} of {said:3}   too much {self.invented[step]}"
        yield f"choices exact        {self.exact:.3f} of {self.said.total()}"
        yield f"too much             {self.invented.total()} in {self.sentences} sentences"
        yield f"whole sentences      {self.whole / max(1, self.sentences):.3f}"


def score_choices(
    cases: list[dict[str, Any]] | None = None, understander: Understander | None = None
) -> Choices:
    """How well sentences fill the questions of cese-2022; by default without the model."""
    score, understanding = Choices(), understander or Understanding(None)
    profiled = [s.id for s in guide().steps.values() if isinstance(s, Stated) and s.entity]
    score.said.update(dict.fromkeys(profiled, 0))
    for case in cases or yaml.safe_load(EVALUATED.read_text(encoding="utf-8")):
        message = Message("bench", "someone", "m1", case["text"])
        heard = asyncio.run(understanding.understand(message))
        got = _codes(engine.advance(guide(), _agreed(), heard, NOW).conversation.answers)
        want = _codes(fill(guide(), _agreed(), FIRST, _ideal(case["expected"]), NOW))
        for step in profiled:
            score.said[step] += step in want
            score.right[step] += step in want and got.get(step) == want[step]
            score.invented[step] += step in got and step not in want
        score.sentences += 1
        score.whole += all(got.get(step) == want.get(step) for step in profiled)
    return score


@cache
def guide() -> Guide:
    [file] = (path for path in bundled() if path.stem == "cese-2022")
    return read_guide(file.read_text("utf-8"), file.name)


def _agreed() -> Conversation:
    given = {Spot(step): Answer(State.ANSWERED, NOW, (code,)) for step, code in AGREED.items()}
    written = guide()
    return Conversation("id", "r", written.guide, written.version, "bench", NOW, FIRST, given)


def _codes(answers: Mapping[Spot, Answer]) -> dict[str, tuple[str, ...]]:
    return {spot.step: one.values for spot, one in answers.items() if spot.step not in AGREED}


def _ideal(expected: Mapping[str, Any]) -> Heard:
    """The expected codes, said one after the other in their own labels."""
    known = {"job": names.jobs().labels, "structure": names.structures().labels,
             "diploma": names.diplomas().labels, "department": places.load().labels,
             "public": profile.PUBLICS}  # fmt: skip
    text, entities = "", []
    for kind in KINDS:
        for code in sorted(values(expected.get(kind))):
            text += ", "
            label = known.get(kind, {}).get(code, code)
            entities.append(Entity(kind, code, label, label, len(text), len(text) + len(label)))
            text += label
    return dated(Heard("m1", text, entities=tuple(entities)), NOW.year)


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else EVALUATED
    cases = yaml.safe_load(file.read_text(encoding="utf-8"))
    outcomes: Counter[tuple[str, str]] = Counter()
    times, whole = [], 0
    profile.read("je suis éducatrice à Lille")  # the files are read once
    for case in cases:
        began = perf_counter()
        found = profile.read(case["text"])
        times.append((perf_counter() - began) * 1_000)
        right = True
        for kind in KINDS:
            got = {e.value for e in found if e.kind == kind}
            want = values(case["expected"].get(kind))
            right &= got == want
            if got == want:
                outcomes[kind, "right" if want else "rightly nothing"] += 1
            else:
                outcomes[kind, "missed" if not got else "wrong" if want else "too much"] += 1
        whole += right
    print(f"{len(cases)} sentences, {median(times):.2f} ms each (longest {max(times):.2f})")
    for kind in KINDS:
        of = {name: n for (k, name), n in sorted(outcomes.items()) if k == kind}
        said = len(cases) - of.get("rightly nothing", 0) - of.get("too much", 0)
        exact = of.get("right", 0) / max(1, said)
        print(f"{kind:18} when said {exact:.3f} of {said:3}   {of}")
    fields = sum(outcomes[kind, name] for kind in KINDS for name in ("right", "rightly nothing"))
    print(f"exact field sets   {fields / len(cases) / len(KINDS):.3f}")
    print(f"whole sentences    {whole / len(cases):.3f}")
    print("Choices", *score_choices(cases).lines(), sep="\n")


if __name__ == "__main__":
    main()
