"""What the service does by itself: one failure stops neither the others nor the next hour (R10)."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs
from test_metrics import read

from bot.errors import StorageError
from bot.hourly import regularly
from bot.metrics import Meters
from storage.threads import Threads


@pytest.mark.parametrize("error", [OSError(13, "words"), StorageError("words"), KeyError("words")])
def test_one_that_fails_stops_no_other_and_is_counted(error: Exception) -> None:
    """P6, P9: the list of erasures failed, and forgetting never ran again; nobody knew."""
    done, seen, meters = list[str](), list[float](), Meters()

    def broken() -> None:
        done.append("broken")
        if len(seen) < 3:
            raise error

    def counted(task: str, times: int) -> None:
        meters.failed(task, times)
        if task == "broken":
            page = read(meters.page("closed", None).decode())
            seen.append(page["parole_task_failures broken"])

    async def serves() -> None:
        tasks = {"before": lambda: done.append("a"), "broken": broken,
                 "after": lambda: done.append("b")}  # fmt: skip
        threads = Threads(1)
        task = asyncio.create_task(regularly(tasks, threads, 0.001, counted))
        async with asyncio.timeout(20):
            while len(seen) < 5:
                await asyncio.sleep(0.01)
        task.cancel()
        threads.close()

    with capture_logs() as logs:
        asyncio.run(serves())
    assert seen[:5] == [1, 2, 3, 0, 0]
    assert done[:9] == ["a", "broken", "b"] * 3
    assert [(one["event"], one["times"]) for one in logs] == [
        ("broken_failed", n + 1) for n in range(3)
    ]
    assert {one["error"] for one in logs} == {type(error).__name__}
    assert "words" not in str(logs)
