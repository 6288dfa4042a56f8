"""Twelve whole respondents through a real server: every word is in the exports, unchanged."""

from __future__ import annotations

import json
from pathlib import Path

from bench import people, respondents
from bench.export_check import check


def test_every_word_typed_is_exported_and_no_erased_one(tmp_path: Path) -> None:
    played = respondents.run(12, people.read_texts(people.OWN), tmp_path)
    print(respondents.told(played))
    assert played.faults == ()
    assert len(played.found.publics) == 6
    assert set(played.found.guides) == {"cese-2022", "assises"}
    assert played.found.expected > 50
    assert played.found.erased > 5

    file = tmp_path / "out" / "jsonl" / "jsonl" / "answers.jsonl"
    whole = file.read_text()
    typed = next(text for p in played.people if not p.erased for text in p.kept.get("recit", ()))
    written = json.dumps(typed, ensure_ascii=False)[1:-1]
    file.write_text(whole.replace(written, written + " "))  # one space too many is seen
    assert check(tmp_path / "out", played.people, alone=True).missing >= 1


def test_our_own_texts_are_many_and_odd() -> None:
    texts = people.read_texts(people.OWN)
    assert len(texts) >= 40
    for odd in ("\n", "\t", "«", '"', ";", "😅", "…", "<"):
        assert any(odd in text for text in texts), odd
    for first in "=+-@ ":
        assert any(text.startswith(first) for text in texts), first
