"""What is understood of lines of text, one JSON object for each: `parole understand`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, BinaryIO

from bot.answers import SURE, Asked, Read
from bot.errors import SettingsError
from bot.guide import (
    Consent,
    Department,
    Number,
    OneChoice,
    Open,
    Option,
    ReadBack,
    SeveralChoices,
    Step,
    YesNo,
)
from bot.meaning import meaning
from bot.model import Heard, Message
from bot.ports import Understander
from nlu import distress, personal

INTERRUPTED = 130
PUBLICS = tuple(
    Option(value=value, label=label)
    for value, label in (
        ("professionnel", "Professionnel du secteur"),
        ("accompagne", "Personne accompagnée"),
        ("etudiant", "Étudiant ou en formation"),
        ("formateur", "Formateur"),
        ("proche", "Proche ou aidant"),
        ("autre", "Autre"),
    )
)
TOPICS = tuple(
    Option(value=value, label=label)
    for value, label in (
        ("formation", "La formation"),
        ("salaires", "Les salaires"),
        ("horaires", "Les horaires"),
        ("equipe", "Le travail en équipe"),
        ("reconnaissance", "La reconnaissance"),
    )
)
PLAIN: dict[str, Step] = {
    "open": Open(id="open", kind="open", question="?"),
    "yes_no": YesNo(id="yes_no", kind="yes_no", question="?"),
    "consent": Consent(id="consent", kind="consent", question="?", version="1"),
    "choice": OneChoice(id="choice", kind="choice", question="?", choices=PUBLICS, entity="public"),
    "choices": SeveralChoices(id="choices", kind="choices", question="?", choices=TOPICS),
    "number": Number(id="number", kind="number", question="?"),
    "place": Department(id="place", kind="place", question="?"),
    "read_back": ReadBack(id="read_back", kind="read_back", question="?", of=("open",)),
}  # a question of each kind, as any guide may ask it


def meant(kind: str, heard: Heard) -> dict[str, Any]:
    """What the words mean at a plain question of this kind, as the decision table says."""
    step = PLAIN[kind]
    found = meaning(Asked(step, step.options), heard, collecting=False)
    if found.move:
        return {"kind": "move", "move": found.move}
    if found.perhaps:
        return {"kind": "perhaps", "move": found.perhaps}
    if isinstance(found.reading, Read):
        return {"kind": "answer", "values": list(found.reading.values)}
    return {"kind": "unclear"}


def in_danger(heard: Heard) -> str | None:
    """ "self", "other", or None: who the assistant gives the emergency numbers for."""
    sure = heard.exact or heard.confidence >= SURE
    return distress.INTENTS.get(heard.intent or "") if sure else None


def told(text: str, heard: Heard, asked: str | None = None) -> dict[str, Any]:
    """Everything that was understood of the text; offsets are in code points."""
    found: dict[str, Any] = {
        "text": text,
        "intent": heard.intent,
        "confidence": round(heard.confidence, 3),
        "exact": heard.exact,
        "entities": [
            {"kind": e.kind, "value": e.value, "text": e.text, "start": e.start, "end": e.end}
            for e in heard.entities
        ],
        "language": heard.language,
        "personal_data": [
            {"kind": t.kind, "text": text[t.start : t.end], "start": t.start, "end": t.end}
            for t in personal.find(text)
        ],
        "distress": in_danger(heard),
    }
    return found | {"meaning": meant(asked, heard)} if asked else found


def checked(asked: str | None) -> str | None:
    """The kind of question asked. Raises SettingsError for one that does not exist."""
    if asked is not None and asked not in PLAIN:
        raise SettingsError(
            "--asked",
            "ce genre de question n'existe pas",
            f"Choisissez parmi : {', '.join(PLAIN)}",
        )
    return asked


async def answer(
    understander: Understander, lines: Iterable[bytes], out: BinaryIO, asked: str | None = None
) -> None:
    """One line of JSON for each line, written at once; bytes that are not UTF-8 become « � »."""
    for number, line in enumerate(lines):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        text = text.removeprefix("\ufeff") if not number else text
        heard = await understander.understand(Message("terminal", "", str(number), text))
        out.write(json.dumps(told(text, heard, asked), ensure_ascii=False).encode() + b"\n")
        out.flush()


def read_all(opening: AbstractAsyncContextManager[Understander], asked: str | None) -> int:
    """Answer standard input to its end, on standard output. Gives the exit code."""

    async def every() -> None:
        async with opening as understander:
            await answer(understander, sys.stdin.buffer, sys.stdout.buffer, asked)

    def leave(*_: object) -> None:
        raise KeyboardInterrupt  # asyncio's own way waits for the line to end

    signal.signal(signal.SIGINT, leave)
    try:
        asyncio.run(every())
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # « | head »: nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
