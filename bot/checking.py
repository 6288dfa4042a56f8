"""What `parole check` finds in the guides and in the sentences: one line each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.errors import GuideError
from bot.guide_file import bundled, read_guide, warned
from bot.plain_check import EXCEPTIONS, checked, read_exceptions, summary, told
from bot.plain_texts import SETTINGS, Text, of_a_guide, of_sentences, of_settings
from bot.plain_turns import of_a_walk
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


def plain(
    files: Iterable[Path],
    wording: Wording | None = None,
    more: Iterable[Text] = (),
    *,
    strict: bool = False,
) -> Iterator[tuple[str, str]]:
    """What is not plain French in these guides, then one line that sums it up.

    With a `wording`, in the assistant's own sentences and the organiser's too; `more` are texts
    of the pages, the poster, the menus. A breach in a text
    that comes with Parole is « ✗ »; in an organiser's it is « ! » unless strict.
    """
    exceptions, ours = read_exceptions(), {path.resolve() for path in bundled()}
    texts: list[Text] = []
    if wording is not None:
        texts = [*of_sentences(SENTENCES / "fr.yml"), *of_settings(wording.facts), *more]
    own = {SETTINGS}
    for file in files:
        with contextlib.suppress(GuideError):  # `guides` tells it
            source = read_source(file)
            guide = read_guide(source, file.name)
            name = file.name if file.resolve() in ours else str(file)
            own |= set() if file.resolve() in ours else {name}
            texts += of_a_guide(source, name)
            if wording is not None:
                texts += of_a_walk(guide, wording, name)
    outcome = checked(texts, exceptions)
    lines = [*told(outcome, own, strict=strict)]
    yield from lines
    if wording is not None:
        for unused in outcome.unused:
            yield "!", f"{EXCEPTIONS.name} : {unused} ne sert plus. Retirez cette ligne."
    sign = "✓" if not lines else max(sign for sign, _ in lines)  # « ✗ » is after « ! »
    yield sign, summary(outcome, len(exceptions))
