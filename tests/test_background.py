"""Work in a thread of its own: once at a time, left when the server stops."""

from __future__ import annotations

import threading

from bot.background import Background

SOON = 10  # seconds


def test_it_runs_once_at_a_time_and_begins_again() -> None:
    begun, go_on, times = threading.Event(), threading.Event(), []

    def work() -> None:
        times.append(threading.current_thread().name)
        begun.set()
        assert go_on.wait(SOON)

    background = Background("counting", work)
    assert not background.running
    assert background.wait(0)
    first = list[str]()
    background.start(lambda: first.append("first"))
    assert begun.wait(SOON)
    background.start(lambda: first.append("not again"))
    assert background.running
    assert not background.wait(0.01)
    go_on.set()
    assert background.wait(SOON)
    assert (times, first) == (["counting"], ["first"])
    background.start()
    assert background.wait(SOON)
    assert len(times) == 2


def test_what_rests_is_left_when_the_server_stops_and_does_not_begin_again() -> None:
    rested, ended = threading.Event(), list[str]()

    def work() -> None:
        while True:
            background.rest(0.001)
            rested.set()
            ended[:] = ["no further"]

    background = Background("counting", work)
    background.start()
    assert rested.wait(SOON)
    background.stop()
    assert not background.running
    assert background.stopping
    ended.clear()
    background.start()
    assert background.wait(SOON)
    assert ended == []
