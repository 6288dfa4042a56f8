"""From the real memory, through a snapshot, to the files, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import exports_cases as cases
from sqlalchemy import Engine
from talks import HARD_TEXTS

from bot.model import Event, Spot, Turn
from exports.confidentiality import Profile
from exports.leaving.filters import Filters
from exports.packages_list import chosen
from exports.packing import pack
from storage.conversations import SqlStore
from storage.sealing.keys import Keys
from storage.snapshot.snapshots import Snapshots


def test_stored_words_come_out_of_the_archive_unchanged(
    engine: Engine, keys: Keys, store: SqlStore, tmp_path: Path
) -> None:
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

    snapshots = Snapshots(engine, keys)
    snapshot = snapshots.take("alix", cases.NOON)
    source = snapshots.open(snapshot.id, lambda *key: cases.GUIDES[key])
    pack(
        source, chosen(["jsonl"]), Profile.INTERNAL, Filters(), tmp_path / "out",
        software="0", zipped=False,
    )  # fmt: skip

    written = (tmp_path / "out" / "jsonl" / "answers.jsonl").read_text("utf-8")
    answers = [json.loads(line) for line in written.split("\n")[:-1]]
    parts = {line["participation"]: line["parts"] for line in answers if line["parts"]}
    assert parts == {f"REF-{n}": [text, "et puis", text] for n, text in enumerate(HARD_TEXTS)}
    written = (tmp_path / "out" / "jsonl" / "contributions.jsonl").read_text("utf-8")
    proposals = [json.loads(line) for line in written.split("\n")[:-1]]
    assert sorted(p["text_as_typed"] for p in proposals) == sorted(
        f"{text}\net puis\n{text}" for text in HARD_TEXTS
    )
    assert all(p["contribution"].startswith("P-0") for p in proposals)
    for path in (tmp_path / "out" / "jsonl").iterdir():
        assert not [secret for secret in cases.SECRETS if secret in path.read_text("utf-8")]
