"""Whatever is saved is what is loaded, turn after turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import (
    VOICES,
    Answer,
    Choice,
    Conversation,
    Event,
    Lock,
    Part,
    Reply,
    Spot,
    State,
    Turn,
)
from storage.masking import MASK, replaced, without

words = st.text(max_size=60)  # NUL and every plane included
odd = st.one_of(words, st.sampled_from(["\ud800", "a\0b", "😀" * 30, "=1+1", "\r\n", "é" * 9000]))
codes = st.text("abcdefghij_0123456789", min_size=1, max_size=12)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
spots = st.builds(Spot, codes, st.integers(0, 9))
answers = st.builds(
    Answer,
    st.sampled_from([State.ANSWERED, State.SKIPPED, State.REFUSED]),
    moments,
    st.lists(odd, max_size=3).map(tuple),
    st.lists(odd, max_size=3).map(tuple),
    st.lists(st.builds(Part, odd, odd, origin=st.none() | st.sampled_from(VOICES)), max_size=3).map(
        tuple
    ),
    st.booleans(),
    st.none() | codes,
)
choices = st.builds(Choice, odd, odd)
replies = st.builds(
    Reply,
    codes,
    st.dictionaries(codes, odd, max_size=2),
    st.none() | spots,
    st.lists(choices, max_size=2).map(tuple),
)
events = st.builds(Event, codes, st.none() | spots, codes)
versions = codes
kept = st.fixed_dictionaries(
    {
        "guide": codes,
        "version": versions,
        "channel": codes,
        "started": moments,
        "at": st.none() | spots,
        "answers": st.dictionaries(spots, answers, max_size=5),
        "pending": st.none() | odd,
        "simpler": st.booleans(),
        "paused": st.booleans(),
        "finished": st.booleans(),
        "astray": st.integers(0, 99),
        "origin": st.none() | odd,
        "told_in": st.dictionaries(codes, moments, max_size=2),
        "helped": st.sampled_from(["none", "with_help", "by_helper"]),
        "helper": st.none() | codes,
        "helper_said": st.dictionaries(codes, st.tuples(codes, codes, odd), max_size=2),
        "tag": st.text("ABC23", max_size=3),
        "lock": st.none()
        | st.builds(Lock, codes, st.none() | moments, st.integers(0, 9), st.none() | moments),
    }
)
steps = st.lists(
    st.tuples(kept, st.lists(replies, max_size=2), st.lists(events, max_size=2), odd),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return count()


def masked(replies: tuple[Reply, ...], gone: tuple[str, ...]) -> tuple[Reply, ...]:
    """What the thread shows of replies once words were replaced: all the rest stays."""
    return tuple(
        replace(reply, values={name: without(value, gone) for name, value in reply.values.items()})
        for reply in replies
    )


@given(steps=steps)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_save_and_reload_changes_nothing(store, numbers, steps):
    n = next(numbers)
    told: list[tuple[int, str, tuple[Reply, ...]]] = []
    held_before: Mapping[Spot, Answer] = {}
    for number, (fields, said_back, happened, said) in enumerate(steps, 1):
        talk = Conversation(id=f"c{n}", reference=f"R{n}", **fields)
        turn = Turn(talk, tuple(said_back), tuple(happened), said)
        with store.hold("web", f"person {n}") as held:
            given_back = held.save(f"m{number}", turn, push=True)
        with store.hold("web", f"person {n}") as held:
            assert held.conversation == talk
            assert list(held.conversation.answers) == list(talk.answers)
            assert held.given(f"m{number}").replies == given_back.replies == turn.replies
        gone = replaced(held_before, talk.answers)
        told = [(n, MASK if said in gone else said, masked(its, gone)) for n, said, its in told]
        told.append((number, said, turn.replies))
        held_before = talk.answers
    again, exchanges = store.thread("web", f"person {n}")
    assert again == talk
    assert [(e.turn, e.said, e.replies) for e in exchanges] == told
    assert store.copy("web", f"person {n}")["conversations"]
