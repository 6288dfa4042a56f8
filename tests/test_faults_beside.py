"""The short fault bench: a model that fails, many devices, floods, beside people who talk.

R5 R8 A1 A2: counts only. What is timed (R5, A1, A3), and A4, are shown by `make faults`.
"""

from __future__ import annotations

from bench.faults import floods, misunderstood, races
from bench.faults.goals import SQLITE, Asked
from tests.fault_bench import BOTH, asked, held, on

__all__ = ["asked"]


def test_r5_the_language_model_fails(asked: Asked) -> None:
    held(misunderstood.every_mode(on(asked, SQLITE), SQLITE, 1))


@BOTH
def test_r8_devices_at_the_same_time(asked: Asked, database: str) -> None:
    held(races.run(on(asked, database)))


@BOTH
def test_a1_a2_floods(asked: Asked, database: str) -> None:
    held(floods.run(on(asked, database)))
