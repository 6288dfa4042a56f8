"""The words of the web pages as a person reads them: a text for each paragraph, item, label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

from bot.plain_texts import Text
from bot.plainness import Asked

MESSAGES = frozenset({"p", "li"})
LABELS = frozenset({"h1", "h2", "title", "button", "a", "label", "summary"})
INSIDE = frozenset({"a", "button", "span", "strong", "bdi"})  # in a message, part of it
READ_OUT = ("aria-label", "placeholder", "alt")  # attributes that a person reads or hears
KNOWN = frozenset({"sms", "html", "css", "svg"})  # of the list of techniques that the law asks for
LABEL = Asked(label=True, known=KNOWN)
MESSAGE = Asked(known=KNOWN)

_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_LOGIC = re.compile(r"\{%.*?%\}", re.DOTALL)


def of_template(file: Path) -> Iterator[Text]:
    """The texts of one template, in their order. What it fills in stands as « {…} »."""
    source = _VALUE.sub("{value}", file.read_text("utf-8"))
    reader = _Reader(file.name)
    reader.feed(_LOGIC.sub(lambda found: "\n" * found[0].count("\n"), source))
    reader.close()
    yield from reader.texts


def of_notices(file: str, said: Mapping[str, str], *, label: bool = False) -> Iterator[Text]:
    """Sentences of ours that are in no file of texts: a poster's, the words of a menu."""
    asked = Asked(label=True) if label else Asked()
    for where, words in said.items():
        yield Text(file, 0, where, words, asked)


def of_templates(files: Iterable[Path]) -> Iterator[Text]:
    for file in sorted(files):
        yield from of_template(file)


class _Reader(HTMLParser):
    """Gathers the words between a tag of ours and its end."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file, self.texts = file, list[Text]()
        self._tag, self._line, self._words = "", 0, ""
        self._met: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, said in attrs:
            if name in READ_OUT and said:
                self._keep(name, said)
        if (tag in MESSAGES or tag in LABELS) and not (self._tag and tag in INSIDE):
            self._tag, self._line, self._words = tag, self.getpos()[0], ""

    def handle_data(self, data: str) -> None:
        if self._tag:
            self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == self._tag:
            self._keep(tag, self._words)
            self._tag = ""

    def _keep(self, tag: str, said: str) -> None:
        words = " ".join(said.split())
        if any(c.isalnum() for c in words.replace("{value}", "")):
            self._met[tag] += 1
            line = self._line if tag == self._tag else self.getpos()[0]
            asked = MESSAGE if tag in MESSAGES else LABEL
            self.texts.append(Text(self.file, line, f"{tag} {self._met[tag]}", words, asked))
