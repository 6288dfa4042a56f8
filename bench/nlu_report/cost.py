"""What understanding costs: time of one text, memory of the server, size of the model."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from bench.figures import quantile
from bench.nlu_report.sets import training
from bench.server import Server
from bot.model import Message
from nlu.rasa import Rasa
from nlu.understand import Understanding

WARM, TIMED, MANY, LONG_ONES, LONG = 200, 1_000, 5_000, 200, 20_000
SHORT = 1_000  # characters: what the model sees of a long text


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds, shortest first."""

    ordered: tuple[float, ...]

    def at(self, share: float) -> float:
        return quantile(self.ordered, share)


@dataclass(frozen=True, slots=True)
class Cost:
    """Everything measured of a warm server."""

    parse: Times
    chain: Times
    long: Times  # the whole chain on a text of LONG characters
    memory: tuple[float, float, float]  # MiB: before, after MANY texts, after LONG_ONES long ones


async def measure(rasa: Rasa, server: Server) -> Cost:
    """Time and memory on training sentences, which nobody's confidence depends on here."""
    chance = random.Random(0)
    said = sorted({text for texts in training().values() for text in texts})
    texts = [chance.choice(said) for _ in range(MANY)]
    chain = Understanding(rasa)

    async def whole(text: str) -> object:
        return await chain.understand(Message("", "", "1", text))

    await _timed(whole, texts[:WARM])
    before = server.memory()
    parse = await _timed(rasa.parse, texts[:TIMED])
    for text in texts[TIMED:]:
        await rasa.parse(text)
    after = server.memory()
    long = [_long(chance, said, LONG) for _ in range(LONG_ONES)]
    for text in long:
        await rasa.parse(text)
    memory = before, after, server.memory()
    return Cost(
        parse, await _timed(whole, texts[:TIMED]), await _timed(whole, long[: LONG_ONES // 4]),
        memory,
    )  # fmt: skip


def _long(chance: random.Random, said: Sequence[str], length: int) -> str:
    text = ""
    while len(text) < length:
        text += f"{chance.choice(said)}. "
    return text[:length]


async def _timed(call: Callable[[str], Awaitable[object]], texts: Sequence[str]) -> Times:
    found = []
    for text in texts:
        began = perf_counter()
        await call(text)
        found.append((perf_counter() - began) * 1_000)
    return Times(tuple(sorted(found)))
