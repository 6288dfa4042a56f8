"""What is said at once: the replies of one turn, joined as a person reads them, in each guide.

A few persons are played through the guide, each with their own way of answering.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from bot import engine
from bot.guide import Guide, Open
from bot.model import Choice, Conversation, Heard, Reply, Turn
from bot.plain_texts import Text
from bot.plainness import Asked
from bot.wording import Wording

THEN = datetime(2022, 3, 1, 12, tzinfo=UTC)
LONGEST = 150  # turns
READ_AGAIN = {"list", "before"}  # values that are the person's own answers
NEVER = ("!go_back", "!simpler", "!human_contact", "!keep", "!add_", "!change_")
WAYS = range(-1, 8)  # the place of the choice each person makes; -1: passes what can be


def of_a_walk(guide: Guide, wording: Wording, file: str) -> Iterator[Text]:
    """Each turn once, in the order met; `where` names the question that ends it."""
    known: set[str] = set()
    for simpler in (False, True):
        for way in WAYS:
            for turn in _walked(guide, way, simpler=simpler):
                words = "\n".join(filter(None, (_words(r, guide, wording) for r in turn.replies)))
                if words and words not in known:
                    known.add(words)
                    at = turn.conversation.at.step if turn.conversation.at else "fin"
                    where = f"en une fois, {at}" + (", plus simple" if simpler else "")
                    yield Text(file, 0, where, words, Asked(simpler=simpler, turn=True))


def _words(reply: Reply, guide: Guide, wording: Wording) -> str:
    return "" if READ_AGAIN & set(reply.values) else wording.say(reply, guide).text


def _walked(guide: Guide, way: int, *, simpler: bool) -> Iterator[Turn]:
    talk = Conversation("walk", "K7QF-3M2P", guide.guide, guide.version, "web", THEN)
    turn = engine.start(guide, replace(talk, simpler=simpler), THEN)
    yield turn
    for number in range(LONGEST):
        heard = _answer(guide, turn, way, f"w{number}")
        if heard is None:
            return
        turn = engine.advance(guide, turn.conversation, heard, THEN)
        yield turn


def _answer(guide: Guide, turn: Turn, way: int, message: str) -> Heard | None:
    """What this person does next; None at the end."""
    at = turn.conversation.at
    if at is None:
        return None
    offered = [choice for reply in turn.replies for choice in reply.choices]
    buttons = [c for c in offered if c.value.startswith(f"{at}:") and not _is_never(c)]
    done = [c for c in buttons if c.value.endswith("!done")]
    left = [c for c in buttons if c.value.endswith(("!skip", "!dont_know", "!prefer_not"))]
    own = [c for c in buttons if c not in left and c not in done]
    if done:
        chosen = done[0]
    elif way < 0 and left:
        chosen = left[0]
    elif isinstance(guide.step(at), Open):
        return Heard(message, "Des mots qui disent bien ce que je vis ici tous les jours.")
    elif own:
        chosen = own[max(0, min(way, len(own) - 1)) if guide.step(at).optional else 0]
    elif left:
        chosen = left[0]
    else:
        return None
    return Heard(message, choice=chosen.value)


def _is_never(choice: Choice) -> bool:
    return any(move in choice.value for move in NEVER)
