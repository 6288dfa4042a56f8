"""Captured shapes of updates, and anything else: a Message, or None, never an exception."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from bot.channels.telegram import left, note, number, press, read

PAYLOADS = Path(__file__).parent / "payloads" / "telegram.json"
CASES: list[dict[str, Any]] = json.loads(PAYLOADS.read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_payload(case: dict[str, Any]) -> None:
    message = read(case["payload"])
    said = message and {**asdict(message)}
    if said is not None:  # fetched later, never read here
        assert (said.pop("sound"), said.pop("hears")) == (None, None)
        assert said.pop("address") is None, "Telegram does not say where a person is"
        written = case["payload"].get("message") or case["payload"].get("edited_message") or {}
        when = written.get("edit_date", written.get("date"))
        sent = said.pop("sent")
        assert (sent and int(sent.timestamp())) == when
    assert said == case["message"]
    assert (note(case["payload"]) is not None) == (case["name"] in ("voice", "audio file"))
    assert left(case["payload"]) == case.get("left")


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if not case["name"].startswith("malformed")],
    ids=lambda case: case["name"],
)
def test_the_payloads_have_the_shape_telegram_gives(
    case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = case["payload"]
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    if any(word in case["name"] for word in ("naming", "game", "removed", "blocked")):
        pytest.skip("shortened on purpose")
    assert Update.de_json(payload, None).update_id == payload["update_id"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn) -> object:
    """A real update in which one value, somewhere, was replaced by anything."""
    update = json.loads(json.dumps(draw(st.sampled_from(CASES))["payload"]))
    place = update
    while isinstance(place, dict) and place:
        key = draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or draw(st.booleans()):
            place[key] = draw(anything)
            break
        place = place[key]
    return update


@given(anything | damaged())
def test_nothing_received_can_raise(update: object) -> None:
    message = read(update)
    left(update)
    press(update)
    number(update)
    note(update)
    if message:
        assert message.sender.lstrip("-").isdigit()
        assert message.text.encode() is not None
        assert len((message.choice or "").encode()) <= 64
        assert message.text or message.media or message.choice is not None


@pytest.mark.parametrize(
    ("typed", "said_as"),
    [
        ("citron vélo nuage lampe", "citron vélo nuage lampe"),
        ("Citron, velo  nuage, LAMPE.", "Citron, velo  nuage, LAMPE."),
        ("citron_velo_nuage_lampe", "/start"),  # a link may hold these: who sent it is not known
        ("Citron-velo-nuage-lampe", "/start"),
        ("citron_velo nuage_lampe", "/start"),
    ],
)
def test_a_return_code_after_start_is_what_is_said(typed: str, said_as: str) -> None:
    [case] = [one for one in CASES if one["name"] == "text"]
    message = {**case["payload"]["message"], "text": f"/start {typed}"}
    said = read({**case["payload"], "message": message})
    assert said is not None
    assert (said.text, said.guide, said.origin) == (said_as, None, None)
