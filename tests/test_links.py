"""Links: what one door prints, another reads; one way of writing an origin everywhere."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram import read
from bot.channels.web_problems import Problem
from bot.channels.web_reading import opening
from bot.errors import SettingsError
from bot.links import web_link
from bot.origins import PATTERN, PAYLOAD_SIGNS, is_name, joined, parted

NAMES = st.from_regex(re.compile(PATTERN), fullmatch=True)
ODD = ["", "-abc", "Lyon", "a_b", "é", "a b", "x" * 41, "lyon\n", "a/b"]


@given(NAMES, st.none() | NAMES)
def test_a_telegram_link_gives_back_its_guide_and_its_origin(
    origin: str, guide: str | None
) -> None:
    payload = joined(origin, guide)
    if payload is None:
        assert len(f"{guide}__{origin}") > PAYLOAD_SIGNS
        return
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload)  # what Telegram carries
    assert parted(payload) == (guide, origin)
    person = {"id": 1, "is_bot": False}
    said = {"message_id": 1, "from": person, "chat": {"id": 1, "type": "private"}}
    message = read({"update_id": 1, "message": said | {"text": f"/start {payload}"}})
    assert message is not None
    assert (message.guide, message.origin) == (guide, origin)


@given(NAMES)
def test_an_origin_that_a_link_takes_is_one_that_the_door_takes(origin: str) -> None:
    assert web_link("http://a", origin, "assises") == f"http://a/g/assises/o/{origin}"
    assert opening({"origin": origin}) == (None, origin)


@pytest.mark.parametrize("origin", ODD)
def test_an_odd_origin_is_refused_everywhere(origin: str) -> None:
    assert not is_name(origin)
    assert parted(origin)[1] is None
    with pytest.raises(SettingsError, match="tiret au début"):
        web_link("http://a", origin)
    with pytest.raises(Problem, match="origin"):
        opening({"origin": origin})
