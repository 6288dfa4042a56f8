"""What answers a question of agreement, in words that are nearly those of its buttons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from bot.guide import Option
from bot.leaning import AGREES, NO, YES, agrees, leaning, refuses
from bot.model import Heard
from bot.plain import fold

SENTENCE = re.compile(r"(?<=[.?!…\n])\s+")
WILLING = re.compile(
    r"(?:bon |bah |ben |euh |alors )?(?:d accord|je veux bien|j accepte|je suis d accord|bien sur|"
    r"volontiers|je consens|ca marche|ca me va)\b(?! pas\b)"
)
UNSURE = frozenset({
    "mais", "oui", "ouais", "ok", "comprends", "comprend", "compris", "pourquoi", "attendez",
    "attend", "attends", "sais", "quoi", "plus", "si", "accord", "accepte", "veux",
})  # « non, attendez » is no refusal  # fmt: skip
WORDS = 10
LONG = 5  # letters of a word of a button that tells what it is about
NOT = r"(?:pas|rien|jamais|aucune?)"


def agreed(offered: Sequence[Option], heard: Heard) -> str | None:
    """ "yes" or "no", in listed words or nearly those of a button; never by a model."""
    if agrees(heard):
        return "yes"
    if refuses(heard):
        return "no"
    accept, decline = (next(o for o in offered if o.value == code) for code in ("yes", "no"))
    words = fold(heard.text).split()
    if _no_first(heard, words) or _not_that(accept, words):
        return "no"
    last = SENTENCE.split(heard.text.strip())
    if len(last) > 1 and "?" in " ".join(last[:-1]) and fold(last[-1]) in AGREES:
        return "yes"  # a question, then « j'accepte »
    if _nearly(accept, words, YES, NO):
        return "yes"
    return "no" if _nearly(decline, words, NO, YES) else None


def half(heard: Heard) -> bool:
    """« Je veux bien, mais… », « oui chef »: a yes that we ask again, before anything else."""
    said = fold(heard.text)
    opens = leaning(Heard(heard.message, heard.text, heard.spelled)) == "yes"  # without the model
    opens = opens and not said.startswith("si ")
    return opens or WILLING.match(said) is not None


def _no_first(heard: Heard, words: list[str]) -> bool:
    """« Non pas mon nom »: a no, then why."""
    few = 1 < len(words) <= WORDS
    return few and words[0] in NO and "?" not in heard.text and not UNSURE & {*words[1:]}


def _not_that(accept: Option, words: list[str]) -> bool:
    """« Pas citer », where the button says « le CESE peut me citer »."""
    about = {word for word in fold(accept.label).split() if len(word) >= LONG}
    said = any(re.fullmatch(NOT, one) and two in about for one, two in pairwise(words))
    return said and not {"oui", "ouais", "ok", "accepte"} & {*words}


def _nearly(
    option: Option, words: list[str], side: frozenset[str], against: frozenset[str]
) -> bool:
    """« Ouais gardez », for « Oui, gardez-les »: a yes, and only words of its button."""
    mine = {word for word in words if word not in side}
    told = len(mine) < len({*words}) and not against & {*words}
    return told and bool(mine) and mine <= {*fold(option.label).split()}
