"""Ten thousand requests of any kind, from five seeds, to the whole service (goal I1).

`make hostile` sends a hundred thousand, on both databases.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.hostile_requests import Attack, no_fault_logged
from tests.whole_service import whole

OURS, OF_OPENAPI = 1850, 200  # requests from each seed: 10 250 from five


@pytest.fixture(params=[(1, "sqlite"), (2, "postgres"), (3, "sqlite"), (4, "postgres"),
                        (5, "sqlite")], ids=lambda pair: f"seed {pair[0]}, {pair[1]}")  # fmt: skip
def drawn(request: pytest.FixtureRequest) -> tuple[int, str]:
    pair: tuple[int, str] = request.param
    return pair


@pytest.fixture
def backend(drawn: tuple[int, str]) -> str:
    return drawn[1]


def test_no_request_breaks_the_service(
    drawn: tuple[int, str], database_url: str, tmp_path: Path
) -> None:
    """I1, F14, F15: no answer is a fault of ours, no line of the log is an error."""
    with asyncio.Runner() as loop, no_fault_logged():
        running = AsyncExitStack()
        try:
            service = loop.run(running.enter_async_context(whole(database_url, tmp_path)))
            attack = Attack(service, loop)
            service.statuses.clear()
            attack.by_hypothesis(drawn[0], OURS)
            attack.by_schemathesis(drawn[0], OF_OPENAPI)
            attack.check()
        finally:
            loop.run(running.aclose())
    print(f"seed {drawn[0]}, {drawn[1]}: {service.told()}")
    assert attack.sent >= 2000
