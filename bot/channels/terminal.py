"""The terminal door, and the transcript format that `parole talk` prints and tests replay.

# a comment
> words typed by the person
> [J'ai fini]              a button, by its label, among the last ones shown
> =sujet:formation         a button by its value, even of an old screen
> <voice>                  a voice message, photo, sticker, location, other
> ~2 other words           the person's second message, edited
> words {help 0.8}         words, with what the language model would say of them
  what the assistant says
  [ a button | another ]
  * answered sujet         what happened
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.model import Choice, Event, Message, Said

OPINION = re.compile(r"\s*\{(\w+) (\d(?:\.\d+)?)\}$")
EDITED = re.compile(r"~(\d+) (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the person: the message, and the model's opinion written beside it, if any."""

    message: Message
    opinion: tuple[str, float] | None = None


def read_line(written: str, number: int, offered: Sequence[Choice], sender: str = "me") -> Line:
    """The person's `number`-th line, without its "> "."""
    opinion = None
    if found := OPINION.search(written):
        opinion = (found.group(1), float(found.group(2)))
        written = written[: found.start()]
    written = written.replace("\\n", "\n")
    text: str = written
    choice = media = edits = None
    if written.startswith("[") and written.endswith("]"):
        label = written[1:-1].strip()
        choice = next((c.value for c in offered if c.label == label), None)
        text = "" if choice else written
    elif written.startswith("="):
        choice, text = written[1:], ""
    elif re.fullmatch(r"<\w+>", written):
        media, text = written[1:-1], ""
    elif found := EDITED.fullmatch(written):
        edits, text = found.group(1), found.group(2)
    message = Message("terminal", sender, str(number), text, choice, media, edits)
    return Line(message, opinion)


def written(said: Iterable[Said], events: Iterable[Event] = ()) -> str:
    """The assistant's side of the transcript."""
    lines: list[str] = []
    for one in said:
        lines += [f"  {line}".rstrip() for line in one.text.split("\n")]
        if one.choices:
            lines.append(f"  [ {' | '.join(c.label for c in one.choices)} ]")
    for event in events:
        about = " ".join(str(part) for part in (event.name, event.spot, event.about) if part)
        lines.append(f"  * {about}")
    return "\n".join(lines) + "\n"
