"""From the real memory to the files: what was stored is what comes out, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import exports_cases as cases
from talks import HARD_TEXTS

from bot.model import Event, Spot, Turn
from exports.export import write
from storage.conversations import SqlStore


def test_stored_words_come_out_of_the_archive_unchanged(store: SqlStore, tmp_path: Path) -> None:
    for n, text in enumerate(HARD_TEXTS):
        talk = replace(
            cases.CAMILLE.conversation,
            id=f"conversation-secret-1-{n}",
            reference=f"REF-{n}",
            answers={**cases.CONSENTED, Spot("idea"): cases.said(text, "et puis", text)},
        )
        made = Event("contribution", Spot("idea"), "proposal")
        with store.hold("web", f"sender-secret-1-{n}") as held:
            held.save(f"message-secret-1-{n}", Turn(talk, (), (made,)), push=False)

    write("jsonl", tmp_path / "out", store.participations, cases.GUIDES, cases.NOON, "0.1.0")

    written = (tmp_path / "out" / "answers.jsonl").read_text("utf-8")
    answers = [json.loads(line) for line in written.split("\n")[:-1]]
    parts = {line["participation"]: line["parts"] for line in answers if line["parts"]}
    assert parts == {f"REF-{n}": [text, "et puis", text] for n, text in enumerate(HARD_TEXTS)}
    written = (tmp_path / "out" / "contributions.jsonl").read_text("utf-8")
    proposals = [json.loads(line) for line in written.split("\n")[:-1]]
    assert sorted(p["text"] for p in proposals) == sorted(
        f"{text}\net puis\n{text}" for text in HARD_TEXTS
    )
    assert all(p["contribution"].startswith("P-0") for p in proposals)
    for path in (tmp_path / "out").iterdir():
        assert not [secret for secret in cases.SECRETS if secret in path.read_text("utf-8")]
