"""The sentences kept apart, by whoever wrote them, and the sizes of every set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.server import ROOT

KEPT_APART = ROOT / "nlu" / "evaluation"
TRAINING = ROOT / "nlu" / "data"
MARKED = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")


HANDS = {"notre jeu": "", "autre main": "second-"}  # how their files begin


@dataclass(frozen=True)
class Hand:
    """What one author wrote: texts by intent, texts in context, and crises or what looks so."""

    name: str
    intents: dict[str, list[str]]
    context: list[dict[str, Any]]
    distress: dict[str, list[str]]


def hands() -> tuple[Hand, ...]:
    """Ours first, then another hand's if there is one."""
    found = []
    for name, prefix in HANDS.items():
        texts = [_read(f"{prefix}{part}") for part in ("intents", "context", "distress")]
        if any(texts):
            found.append(Hand(name, texts[0] or {}, texts[1] or [], texts[2] or {}))
    return tuple(found)


def files(part: str) -> dict[str, str]:
    """The files about this part, without their ending, by hand."""
    named = {hand: f"{prefix}{part}" for hand, prefix in HANDS.items()}
    return {hand: name for hand, name in named.items() if (KEPT_APART / f"{name}.yml").exists()}


def sizes(folder: Path = KEPT_APART) -> dict[str, int]:
    """How many texts each file of the folder holds, by its name."""
    return {
        file.name: _size(yaml.safe_load(file.read_text("utf-8")))
        for file in sorted(folder.glob("*.yml"))
    }


def training(folder: Path = TRAINING) -> dict[str, list[str]]:
    """The training sentences by intent, without their marks."""
    found: dict[str, list[str]] = {}
    for file in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(file.read_text("utf-8"))["nlu"]:
            lines = (line.strip() for line in block["examples"].splitlines())
            said = [MARKED.sub(r"\1", line.removeprefix("- ")) for line in lines if line]
            found.setdefault(block["intent"], []).extend(said)
    return found


def _read(name: str) -> Any:
    file = KEPT_APART / f"{name}.yml"
    return yaml.safe_load(file.read_text("utf-8")) if file.exists() else None


def _size(written: Any) -> int:
    return sum(map(len, written.values())) if isinstance(written, dict) else len(written or ())
