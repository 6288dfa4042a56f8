"""The terminal door, and the transcript format that `parole talk` prints and tests replay.

# a comment
> words typed by the person
> [J'ai fini]              a button, by its label, among the last ones shown
> =sujet:formation         a button by its value, even of an old screen
> <voice>                  a voice message, photo, sticker, location, other
> <voice 12>               a voice message of 12 s that was fetched; <voice 12 ?>: a program listens
> <voice too_long>         a voice message that is refused: too_long, too_big, lost
> %2 other words           what the program heard in the person's second message
> ~2 other words           the person's second message, edited
> words {help 0.8}         words, with what the language model would say of them
  what the assistant says
  [ a button | another ]
  * answered sujet         what happened
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from bot.as_typed import as_typed
from bot.model import Choice, Event, Given, Message, Said, Sound

OPINION = re.compile(r"\s*\{(\w+) (\d(?:\.\d+)?)\}$")
EDITED = re.compile(r"~(\d+) (.*)", re.DOTALL)
HEARD = re.compile(r"%(\d+) ?(.*)", re.DOTALL)
VOICE = re.compile(r"<voice (?:(\d+)( \?)?|(too_long|too_big|lost))>")


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
    written = as_typed(written.replace("\\n", "\n"))
    text: str = written
    choice = media = edits = sound = hears = None
    if written.startswith("[") and written.endswith("]"):
        label = written[1:-1].strip()
        choice = next((c.value for c in offered if c.label == label), None)
        text = "" if choice else written
    elif written.startswith("="):
        choice, text = written[1:], ""
    elif found := VOICE.fullmatch(written):
        seconds, listening, refused = found.groups()
        media, text = "voice", ""
        octets = b"" if refused else b"sound"
        sound = Sound(int(seconds or 0), "audio/ogg", octets, refused, 300, bool(listening))
    elif found := HEARD.fullmatch(written):
        hears, text = found.group(1), found.group(2)
    elif re.fullmatch(r"<\w+>", written):
        media, text = written[1:-1], ""
    elif found := EDITED.fullmatch(written):
        edits, text = found.group(1), found.group(2)
    message = Message("terminal", sender, str(number), text, choice, media, edits)
    return Line(replace(message, sound=sound, hears=hears), opinion)


def written(said: Iterable[Said], events: Iterable[Event] = ()) -> str:
    """The assistant's side of the transcript."""
    lines: list[str] = []
    for one in said:
        lines += [""] if lines else []
        lines += [f"  {line}".rstrip() for line in one.text.split("\n")]
        if one.choices:
            lines.append(f"  [ {' | '.join(c.label for c in one.choices)} ]")
    for event in events:
        about = " ".join(str(part) for part in (event.name, event.spot, event.about) if part)
        lines.append(f"  * {about}")
    return "\n".join(lines) + "\n"


async def converse(
    receive: Callable[..., Awaitable[Given]],
    words: Callable[[Given], list[Said]],
    typed: TextIO,
    shown: TextIO,
    name: str,
    guide: str | None,
    happened: list[Event],
) -> None:
    """Talk until the end of what is typed. The same `name` resumes where it stopped.

    `happened` is filled, turn after turn, with the events that the transcript shows.
    """
    run = secrets.token_hex(4)  # message ids differ from one run to the next
    prompt = "> " if typed.isatty() else ""
    first = Message("terminal", name, f"{run}-0", "reprendre", guide=guide)
    given = await receive(first)
    shown.write(f"# guide: {given.guide}\n")
    said = words(given)
    offered: tuple[Choice, ...] = ()
    number = 0
    while True:
        offered = tuple(choice for one in said for choice in one.choices) or offered
        shown.write(written(said, happened) + prompt)
        happened.clear()
        shown.flush()
        line = typed.readline()
        if not line:
            return
        if not prompt:
            shown.write(f"> {line}")
        number += 1
        message = read_line(line.rstrip("\n").removeprefix("> "), number, offered, name).message
        edits = f"{run}-{message.edits}" if message.edits else None
        hears = f"{run}-{message.hears}" if message.hears else None
        one = replace(message, id=f"{run}-{number}", edits=edits, hears=hears)
        said = words(await receive(one))
