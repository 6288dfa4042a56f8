"""What a message means here: the same words are an answer to one question, a wish at another.

The order, for a typed text; the first that fits decides:

1. the label of a choice, whole, is an answer; so is « j'ai fini » or « c'est bon » where an
   answer is read back, and « j'ai fini » where another round is offered;
2. a listed word that asks for a move (« aide », « retour ») is that move; in the middle of an
   open answer, « j'ai fini » closes it;
3. a text that the step's reader can read is an answer;
4. a model's opinion is followed when it is sure, asked back (« Vous vouliez … ? ») when it is
   not, and never followed for what cannot be undone;
5. else it is an answer, which the reader refuses kindly.

In an open question any text is an answer (3), unless it is very short and the model is very sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.answers import SURE, Asked, Read, closes, exact_option, read
from bot.guide import Open
from bot.model import Heard, Refusal

MOVES = frozenset({
    "help", "ask_why", "repeat", "simpler", "go_back", "skip", "dont_know", "prefer_not", "pause",
    "resume", "restart", "correct", "my_answers", "finish", "stop", "delete_my_data", "ask_who",
    "bot_challenge", "ask_privacy", "human_contact", "status_of_consultation", "greet", "thanks",
    "goodbye", "insult", "distress_self", "danger_other",
})  # fmt: skip
CHANGES_NOTHING = frozenset({
    "help", "ask_why", "repeat", "simpler", "my_answers", "ask_who", "bot_challenge",
    "ask_privacy", "human_contact", "status_of_consultation",
})  # fmt: skip
DANGER = frozenset({"distress_self", "danger_other"})
COURTESY = frozenset({"greet", "thanks", "goodbye", "insult"})  # never asked back
UNSURE = 0.3  # confidence; figures and their choice: docs/decisions/0002
SURE_IN_OPEN = 0.8
COMMAND_WORDS = 6  # a wish is short; longer words in an open question are an answer


@dataclass(frozen=True, slots=True)
class Meaning:
    """A move, a move to be confirmed, or an answer (`reading`)."""

    move: str | None = None
    perhaps: str | None = None
    reading: Read | Refusal | None = None


def meaning(asked: Asked[Any], heard: Heard, *, collecting: bool) -> Meaning:
    """What these words mean at this question."""
    if isinstance(asked.step, Open):
        return _in_open(asked, heard, collecting=collecting)
    if exact_option(asked.offered, heard.text) or closes(asked, heard):
        return Meaning(reading=read(asked, heard))
    if heard.exact and heard.intent in MOVES:
        if heard.intent == "finish" and collecting:
            return Meaning(move="done")
        return Meaning(move=heard.intent)
    reading = read(asked, heard)
    if isinstance(reading, Read):
        return Meaning(reading=reading)
    if heard.intent in MOVES and heard.confidence >= SURE:
        return Meaning(move=heard.intent)
    if heard.intent in MOVES - COURTESY and heard.confidence >= UNSURE:
        return Meaning(perhaps=heard.intent)
    return Meaning(reading=reading)


def _in_open(asked: Asked[Any], heard: Heard, *, collecting: bool) -> Meaning:
    if heard.intent in MOVES and heard.exact:
        if collecting and heard.intent in ("finish", "skip"):
            return Meaning(move="done")
        return Meaning(move=heard.intent)
    reading = read(asked, heard)
    short = len(heard.text.split()) <= COMMAND_WORDS
    if heard.intent in MOVES - DANGER - COURTESY and short and isinstance(reading, Read):
        if heard.intent in CHANGES_NOTHING and heard.confidence >= SURE_IN_OPEN:
            return Meaning(move=heard.intent)
        if heard.confidence >= SURE:
            return Meaning(perhaps=heard.intent, reading=reading)
    return Meaning(reading=reading)
