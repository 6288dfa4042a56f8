"""Logs hold ids and event names, never people's words: each name has its own shape, or is left out.

Where the values are ours (a question, a sentence, what an event is about), the shape is not enough:
a name or a phone has it too. A value that is not one of those known at the start is hidden.

What a library says is not written at all, in no level: only its name, its level, and for an error
its kind and the places it went through. The text of an error may quote the person.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, MutableMapping
from types import TracebackType
from typing import Any

import structlog

QUIET = ("httpx", "httpcore", "telegram", "uvicorn.access", "alembic", "sqlalchemy")

NAME = re.compile(r"[a-z][a-z_]{0,59}")
CODE = re.compile(r"[a-z0-9][a-z0-9_.:/#-]{0,79}")
KIND = re.compile(r"[A-Za-z]\w{0,79}( [\w<>]{1,80}:\d+)?", re.ASCII)  # and where: line
ROUTE = re.compile(r"[A-Z]{3,7}|/[a-z0-9_/{}:.-]{0,99}")
PLACE = re.compile(r"[\w./-]{1,120}(, (version|ligne) [\w.-]{1,40}|:\d+)?", re.ASCII)
TIME = re.compile(r"[0-9T:.Z-]{10,40}")
NUMBER = re.compile(r"-?\d{1,19}(\.\d+)?")

ALLOWED: dict[str, re.Pattern[str]] = {
    "event": NAME,
    "level": NAME,
    "timestamp": TIME,
    "event_name": NAME,
    "error": KIND,
    "key": CODE,  # of a sentence of ours
    "spot": CODE,  # a question
    "about": re.compile(rf"{CODE.pattern}|"),
    "conversation": re.compile(r"[0-9a-f]{0,8}"),
    "export": re.compile(r"[0-9a-f]{32}"),
    "guide": PLACE,
    "route": ROUTE,
    "bytes": NUMBER,
    "parcel": NUMBER,
    "seconds": NUMBER,
    "times": NUMBER,
    "update": NUMBER,
    "updates": NUMBER,
}
# What stands under these names is one of ours, a spot with the number of its round.
OURS = ("key", "spot", "about")
ROUND = re.compile(r"\.\d{1,3}$")
_known: dict[str, frozenset[str]] = dict.fromkeys(OURS, frozenset())
_salt = secrets.token_bytes(32)


def knows(**ours: Iterable[str]) -> None:
    """From now on, these values of `key`, `spot` or `about` are written; every other is hidden."""
    for name in OURS:
        _known[name] = frozenset(ours.get(name, ()))


def hidden(value: str) -> str:
    """The same for the same value until this process ends; nobody finds the value back."""
    return f"#{hmac.digest(_salt, value.encode('utf-8', 'replace'), hashlib.sha256).hex()[:8]}"


def allowed(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The line without what is not on the list; `withheld` names what was taken out."""
    kept = {name: _shown(name, value) for name, value in line.items() if _fits(name, value)}
    if kept.keys() != line.keys():
        kept["withheld"] = ",".join(sorted(n for n in line.keys() - kept.keys() if NAME.match(n)))
    return kept


def _fits(name: str, value: object) -> bool:
    if name not in ALLOWED:
        return False
    return value is None or ALLOWED[name].fullmatch(str(value)) is not None


def _shown(name: str, value: object) -> object:
    if name not in OURS or value in (None, ""):
        return value
    said = str(value)
    one = ROUND.sub("", said) if name == "spot" else said
    return said if one in _known[name] else hidden(said)


class WithoutWords(logging.Formatter):
    """A line of a library: who speaks, how loudly, and the path of an error; none of its words."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.levelname} {record.name}"
        error = record.exc_info[1] if record.exc_info else None
        return f"{line} {told(error)}" if error is not None else line


def told(error: BaseException) -> str:
    """The kind of an error, then the places it went through, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} " + " > ".join(f"{one.name}:{one.lineno}" for one in frames)


def set_up(level: str, counted: Callable[[str, str], None] = lambda *_: None) -> None:
    """Log to standard error, one line an event. `counted` is told the level and name of the bad."""

    def count(_: object, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if method in ("warning", "error"):
            counted(method, line["event"])
        return line

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WithoutWords())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            allowed,
            count,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def last_word(error: BaseException) -> None:
    """An error that ends a command or a thread: its kind and its path."""
    print(f"CRITICAL parole {told(error)}", file=sys.stderr)


def last_words() -> None:
    """Of this process: an error that nobody caught is written without its text, too."""

    def fell(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        if not isinstance(error, KeyboardInterrupt):
            last_word(error)

    def thread_fell(told_of: threading.ExceptHookArgs) -> None:
        if told_of.exc_value is not None:
            fell(told_of.exc_type, told_of.exc_value, None)

    def ignored(told_of: sys.UnraisableHookArgs) -> None:
        if told_of.exc_value is not None:
            fell(type(told_of.exc_value), told_of.exc_value, None)

    sys.excepthook, threading.excepthook, sys.unraisablehook = fell, thread_fell, ignored
