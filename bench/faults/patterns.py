"""A4: every regular expression of the project on 10 000 hostile characters, in processor time."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import regex

from bench.faults.goals import Asked, Result

PACKAGES = ("bot", "nlu", "storage", "exports", "desk", "actions")
CALLS = frozenset(
    {"compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer"}
)
APART = ("nlu.components", "nlu.server", "nlu.train", "storage.migrations")  # of another program
LENGTHS = (625, 1_250, 2_500, 5_000, 10_000)
LIMIT = 0.05  # seconds of processor at 10 000 characters, the goal
QUICK = 0.0005  # seconds
ALWAYS = ("a", " ", "0", "é", "-", "'", ".", "(", "\n", "aé ", "a.a@", "0 ", "-a", "¨a", "\u200d😀")


# Their text comes from the team or from ourselves, or a bounded part of it is read.
NOT_OF_THE_PUBLIC = (
    "bot.channels.terminal.OPINION",  # transcripts
    "bot.plainness",  # guides and sentences
    "bot.titles.CLAUSE",  # as many characters as a title has
    "exports.fusion.arriving",  # the file of another platform, by the team
    "nlu.profile.WORDS_OF_RULES",  # our own rules
)


def run(_: Asked) -> Iterator[Result]:
    found = patterns()
    slow: list[str] = []
    worst, cases = (0.0, ""), 0
    for where, (pattern, ways) in sorted(found.items()):
        for unit in units(pattern.pattern):
            cases += 1
            seconds, growth = timed(pattern, ways, unit)
            if where.startswith(NOT_OF_THE_PUBLIC):
                continue
            if seconds > LIMIT:  # a busy machine: the best of three
                seconds, growth = timed_slowly(pattern, ways, unit)
            worst = max(worst, (seconds, where))
            if seconds > LIMIT:
                slow.append(f"{where} « {unit} » : {seconds:.2f} s, × {growth:.1f}")
    for line in slow:
        print(f"  {line}")
    figure = (
        f"{len(found)} expressions, {1000 * worst[0]:.0f} ms de processeur au plus ({worst[1]})"
    )
    yield Result("A4", "—", "expressions régulières", cases, (), len(slow), figure)


def patterns() -> dict[str, tuple[Any, frozenset[str]]]:
    """Those that modules hold, those written where they are used; and how each is used."""
    trees = {name: ast.parse(_source(name)) for name in modules()}
    used: dict[str, set[str]] = {}
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used.setdefault(node.value.id, set()).add(node.attr)
    found: dict[str, tuple[str, tuple[Any, frozenset[str]]]] = {}
    for name, tree in trees.items():
        for held, value in vars(importlib.import_module(name)).items():
            ways = frozenset(used.get(held, ())) & CALLS or CALLS
            for number, one in enumerate(inside(value)):
                key = one.pattern
                before = found[key][1][1] if key in found else frozenset()
                found[key] = (f"{name}.{held}[{number}]", (one, before | ways))
        for node in ast.walk(tree):
            if text := written(node):
                method = node.func.attr  # type: ignore[attr-defined]
                ways = CALLS if method == "compile" else frozenset({method})
                one = compiled(text)
                line = getattr(node, "lineno", 0)
                found.setdefault(text, (f"{name}:{line}", (one, ways)))
    return dict(found.values())


def _source(name: str) -> str:
    return Path(str(importlib.import_module(name).__file__)).read_text("utf-8")


def compiled(text: str) -> Any:
    try:
        return re.compile(text)
    except re.error:  # written for the other library
        return regex.compile(text)


def inside(value: object, deep: int = 2) -> Iterator[Any]:
    if isinstance(value, re.Pattern | regex.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif deep and isinstance(value, dict):
        for one in value.values():
            yield from inside(one, deep - 1)
    elif deep and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from inside(one, deep - 1)


def written(node: ast.AST) -> str:
    """The pattern of `re.search("…", …)`, when it is written out."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    owner, first = node.func.value, node.args[0] if node.args else None
    if not isinstance(owner, ast.Name) or owner.id not in ("re", "regex"):
        return ""
    if node.func.attr not in CALLS or not isinstance(first, ast.Constant):
        return ""
    return first.value if isinstance(first.value, str) else ""


def modules() -> Iterator[str]:
    for package in PACKAGES:
        root = importlib.import_module(package)
        yield package
        for one in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not one.name.startswith(APART) and not one.name.endswith("__main__"):
                yield one.name


def units(pattern: str) -> list[str]:
    """What is repeated: the same for all, and the letters and words of this pattern itself."""
    plain = re.sub(r"\\[a-zA-Z]|\(\?[a-zA-Z:=!<]*|[\[\](){}*+?|^$\\]", " ", pattern)
    words = [word for word in plain.split() if len(word) > 1][:4]
    letters = "".join(dict.fromkeys(c for c in plain if not c.isspace()))[:6]
    return [*ALWAYS, *letters, *words, *(f"{word} " for word in words)]


def timed(pattern: Any, ways: frozenset[str], unit: str) -> tuple[float, float]:
    """Seconds of processor on the longest text, and how they grew when it was twice as long.

    What is quick on a short text is tried on the longest at once; what is not, step by step.
    """
    spent = tried(pattern, ways, unit, LENGTHS[0])
    lengths = LENGTHS[-1:] if spent < QUICK else LENGTHS[1:]
    growth = 0.0
    for length in lengths:
        before, spent = spent, tried(pattern, ways, unit, length)
        growth = spent / before if before > QUICK else 0.0
        if spent > 4 * LIMIT:
            break
    if spent > LIMIT and len(lengths) == 1:
        return timed_slowly(pattern, ways, unit)
    return spent, growth


def timed_slowly(pattern: Any, ways: frozenset[str], unit: str) -> tuple[float, float]:
    """The best of three, on half of the longest text and on the whole."""
    half, whole = (
        min(tried(pattern, ways, unit, length) for _ in range(3)) for length in LENGTHS[-2:]
    )
    return whole, whole / half if half else 0.0


def tried(pattern: Any, ways: frozenset[str], unit: str, length: int) -> float:
    text = (unit * (length // len(unit) + 1))[:length] + "\x00!"
    began = time.thread_time()
    pattern.fullmatch(text)
    if ways & {"search", "sub", "split", "findall", "finditer"}:
        for _ in pattern.finditer(text):
            continue
    return time.thread_time() - began
