"""What points to a person is found; what only looks like it is left."""

from __future__ import annotations

import itertools
import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.understood import PERSONAL, score_personal
from nlu.personal import KINDS, Trace, find, masked

MARKED = re.compile(r"\{(\w+)\|([^}]*)\}")
WRITTEN = yaml.safe_load((Path(__file__).parent / "personal.yml").read_text("utf-8"))

HOSTILE = [
    *(
        "a",
        "1",
        "0",
        "a.",
        "@",
        "a@b.",
        "zéro",
        "6",
        "12 rue",
        "rue",
        "dossier n° 1-",
        "M.",
        "Jean",
    ),
    *(
        "Jean-",
        "point",
        "arobase",
        "+33",
        "06",
        "",
        "l'",
        "1a-",
        "AB-",
        "quatre vingt",
        "75000",
        "n°",
    ),
    *(
        "j'habite rue",
        "s'appelle",
        "saint",
        "a at gmail",
        "12 place des",
        "a tiret",
        "1.",
        "\n",
        "A1",
    ),
    *("Jean de", "appt 12", "ma collègue", "mme", "dossier le"),
    *("06 euh", "double", "a . ", "a@a", "A.B. ", "merci Xhesika", "Xhesika et", "on l'appelle"),
    *("06 39 98", "1 1 ", "o6", "a chez orange", "katrevin", "De La ", "du nom de", "@@"),
]


def case(line: str) -> dict[str, Any]:
    """« mon mail {email|a@b.fr} » as a text and its spans."""
    text, spans, at = "", [], 0
    for found in MARKED.finditer(line):
        text += line[at : found.start()]
        spans.append({"kind": found[1], "start": len(text), "end": len(text + found[2])})
        text, at = text + found[2], found.end()
    return {"text": text + line[at:], "spans": spans}


@pytest.mark.parametrize("line", WRITTEN)
def test_found_where_marked_and_nowhere_else(line: str) -> None:
    asked = case(line)
    due = tuple(Trace(**span) for span in asked["spans"])
    assert find(asked["text"]) == due


def test_kept_apart_sentences() -> None:
    score = score_personal(*PERSONAL)
    for kind, aim in {"name": 0.9, "phone": 0.99, "email": 0.99, "record": 0.85}.items():
        assert score.found[kind] >= aim * score.marked[kind], kind
    assert score.masked <= 0.02 * score.words


def test_masked_in_words() -> None:
    text = "Karim Benali, 06 39 98 12 34, karim@example.fr, 3 rue des Lilas, dossier n° 45872"
    assert masked(text, find(text)) == (
        "[une personne], [un téléphone], [une adresse mail], [une adresse], "
        "dossier n° [un numéro de dossier]"
    )
    assert masked("rien à cacher", ()) == "rien à cacher"


def test_offsets_count_code_points() -> None:
    text = "👩‍🦽 e\u0301 𝒜 Sandrine"
    [name] = find(text)
    assert text[name.start : name.end] == "Sandrine"


@given(st.text(max_size=300) | st.text("0612 .-@rueM'àÉ\n/+", max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text(text: str) -> None:
    found = find(text)
    assert all(0 <= one.start < one.end <= len(text) and one.kind in KINDS for one in found)
    assert all(one.end <= after.start for one, after in itertools.pairwise(found))
    masked(text, found)


LONG = (*HOSTILE, *(f"{piece} " for piece in HOSTILE), "12 rue ", "a.a@", "dossier 1-")


@pytest.mark.parametrize("piece", [*LONG, "zéro six ", "Jean "])
def test_four_times_as_long_takes_about_four_times_as_long(piece: str) -> None:
    find("Karim, 3 rue des Lilas 59000 Lille")  # the lists are read once

    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        took = []
        for _ in range(3):
            began = time.process_time()
            find(text)
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(40_000) < 8 * seconds(10_000) + 0.01
