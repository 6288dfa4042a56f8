"""Every text that a respondent reads, in a guide file or in the sentences, and where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from bot.plain import fold
from bot.plainness import Asked, explained
from bot.yaml_reading import composed

MESSAGES = ("question", "simpler", "why", "reminder", "example", "status", "about")
LABELS = ("title", "name", "label", "accept", "decline", "yes", "no")
SHORT = frozenset({"button", "state", "move"})  # families of sentences that are labels
SETTINGS = "réglages"
Node = yaml.Node | None


@dataclass(frozen=True, slots=True)
class Text:
    """One text: its file, line and key, its words, and what it is held to."""

    file: str
    line: int
    where: str
    words: str
    asked: Asked


def of_a_guide(source: str, file: str) -> Iterator[Text]:
    """The texts of a guide file that can be read, in their order."""
    known: set[str] = set()
    for text in _walk(composed(source), "", file):
        if text.where.endswith(".question"):
            known |= explained(text.words)
    told = frozenset(map(fold, known))
    met: set[str] = set()
    for text in _walk(composed(source), "", file):
        # Until the question that explains it, an acronym must be explained where it stands;
        # the other texts are said on demand, after the first questions.
        if text.where.endswith(".question"):
            met |= set(map(fold, explained(text.words)))
            known_here = frozenset(met)
        else:
            known_here = told
        yield replace(text, asked=replace(text.asked, known=known_here))


def _walk(node: Node, where: str, file: str) -> Iterator[Text]:
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _walk(child, where, file)
        return
    if not isinstance(node, yaml.MappingNode):
        return
    lines = {key.value: (key, value) for key, value in node.value}
    name = next((lines[k][1].value for k in ("id", "value") if k in lines), "")
    here = f"{where}.{name}" if where and "value" in lines else name or where
    for key, child in node.value:
        if isinstance(child, yaml.ScalarNode):
            if key.value in MESSAGES or key.value in LABELS:
                path = f"{here}.{key.value}" if here else key.value
                asked = _asked(key.value, option="value" in lines, has_simpler="simpler" in lines)
                yield Text(file, key.start_mark.line + 1, path, child.value.strip(), asked)
        else:
            yield from _walk(child, here, file)


def _asked(key: str, *, option: bool, has_simpler: bool) -> Asked:
    """A text with an easier variant may be longer; what is said in both ways may not."""
    label = key in LABELS or option
    variant = key in ("question", "label") and (has_simpler or key == "question")
    return Asked(simpler=not variant, by_line=key == "simpler" and not option, label=label)


def of_settings(facts: Mapping[str, str]) -> Iterator[Text]:
    """The organiser's sentences, which come from the settings and from no line of a file."""
    label = Asked(simpler=True, label=True, known=frozenset({"sms"}))
    yield Text(SETTINGS, 0, "PAROLE_ORGANISER_HUMAN", facts["human"], replace(label, label=False))
    for line in facts["emergency"].splitlines():
        yield Text(SETTINGS, 0, "PAROLE_EMERGENCY_NUMBERS", line, label)


def of_sentences(file: Path) -> Iterator[Text]:
    """The assistant's own sentences. They have one form, so each is as short as an easier one."""
    root = composed(file.read_text("utf-8"))
    yield from _sentences(root, "", file.name)


def _sentences(node: Node, where: str, file: str) -> Iterator[Text]:
    assert isinstance(node, yaml.MappingNode)  # noqa: S101  read as such at start-up
    for key, child in node.value:
        path = f"{where}.{key.value}".removeprefix(".").removesuffix(".said")
        if isinstance(child, yaml.MappingNode):
            yield from _sentences(child, path, file)
        else:
            asked = Asked(simpler=True, label=path.partition(".")[0] in SHORT)
            yield Text(file, key.start_mark.line + 1, path, child.value.strip(), asked)
