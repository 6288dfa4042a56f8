"""Whole conversations, written as they are read. `pytest --rewrite` has the assistant speak afresh.

A transcript is right when replaying it gives itself; its "> " lines are never rewritten.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from replay import replay, wording

from bot.channels.terminal import OPINION
from bot.guide import KINDS, Guide
from bot.guide_file import bundled, read_guide
from bot.moves import MOVES
from nlu import commands

HERE = Path(__file__).parent
TRANSCRIPTS = sorted((HERE / "transcripts").rglob("*.txt"))
FILES = {path.stem: path for path in (*bundled(), *(HERE / "guides").glob("*.yml"))}
# the word that asks for these moves
SAID_AS = {"done": "finish", "keep": "skip", "another": "make_proposal"}


def guide(name: str) -> Guide:
    return read_guide(FILES[name].read_text("utf-8"), name)


GUIDES = {name: guide(name) for name in FILES}


def named(path: Path) -> str:
    return str(path.relative_to(HERE / "transcripts").with_suffix(""))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=named)
def test_a_transcript_replays_to_itself(path, request):
    written = path.read_text("utf-8")
    spoken = replay(written, GUIDES[guide_of(written)])
    if request.config.getoption("--rewrite"):
        path.write_text(spoken, "utf-8")
    else:
        assert spoken == written


def guide_of(written: str) -> str:
    found = re.search(r"^# guide: (\S+)$", written, re.MULTILINE)
    return found[1] if found else "parc"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_step_has_its_transcript(kind):
    written = (HERE / "transcripts" / "kinds" / f"{kind}.txt").read_text("utf-8")
    asked = {step.id for step in GUIDES[guide_of(written)].steps.values() if step.kind == kind}
    said = written.count("\n>")
    assert said >= 2
    if kind != "information":
        assert any(re.search(rf"^  \* answered {step}\b", written, re.MULTILINE) for step in asked)


@pytest.mark.parametrize("move", MOVES)
def test_every_move_is_asked_for_by_word_by_button_and_by_opinion(move):
    path = HERE / "transcripts" / "moves" / f"{move}.txt"
    asked = asked_for(path.read_text("utf-8"))
    assert ("word", SAID_AS.get(move, move)) in asked
    assert ("button", move) in asked
    assert ("opinion", SAID_AS.get(move, move)) in asked


def asked_for(written: str) -> set[tuple[str, str]]:
    """How each wish of a transcript was made: (by what, which move)."""
    found: set[tuple[str, str]] = set()
    buttons = {label: name for name, label in wording().sentences.items() if "button." in name}
    for line in written.splitlines():
        if not line.startswith("> "):
            continue
        said = line[2:]
        if opinion := OPINION.search(said):
            found.add(("opinion", opinion[1]))
        elif said.startswith("="):
            found.add(("button", said.rpartition(":")[2].lstrip("!")))
        elif said.startswith("["):
            key = buttons.get(said[1:-1], "").removeprefix("button.")
            found.add(("button", key.rpartition(".")[2]))
        elif command := commands.find(said):
            found.add(("word", command.intent))
    return found


def test_both_guides_that_come_with_parole_are_played_whole():
    finished = {
        guide_of(written)
        for path in TRANSCRIPTS
        if "\n  * finished\n" in (written := path.read_text("utf-8"))
    }
    assert {path.stem for path in bundled()} <= finished


def test_each_public_is_played_whole():
    publics = {option.value for option in GUIDES["cese-2022"].steps["public"].options}
    assert publics <= {path.stem for path in TRANSCRIPTS if path.parent.name == "cese-2022"}
