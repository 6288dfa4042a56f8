"""What `parole check` finds in the guides and in the sentences: one line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.errors import GuideError
from bot.guide_file import read_guide, warned
from bot.shelf import read_source
from bot.wording import SENTENCES, Wording

KEYS = "keys.txt"  # every key that the assistant may say, whatever the variant


def guides(files: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """« ✓ », « ! » or « ✗ », and what is said of a guide."""
    for file in files:
        try:
            source = read_source(file)
            guide = read_guide(source, file.name)
        except GuideError as error:
            yield "✗", str(error)
            continue
        count = len(guide.steps)
        yield "✓", f"{file.name} : {guide.guide} version {guide.version}, {count} étapes"
        for caution in warned(source, guide, file.name):
            yield "!", caution


def sentences(wording: Wording, name: str = "fr") -> Iterator[tuple[str, str]]:
    """A line for each sentence that the assistant may need and that is not written."""
    reference = dict.fromkeys((SENTENCES / KEYS).read_text("utf-8").split(), "")
    for key in wording.missing(reference):
        yield "✗", f"{name}.yml : la phrase « {key} » manque. Ajoutez-la."
