"""A reminder after a pause: offered once, where we can write first, and only if it is accepted."""

from __future__ import annotations

from dataclasses import replace

from bot.flow import Scene, confirmation, consented
from bot.model import Choice, Conversation, Event, Reply, Turn
from bot.pauses import pause

RECALL = "recall"  # our question
PUSHED = frozenset({"telegram"})  # channels on which we can write first
RESUME = (Choice("@resume", ":!resume"),)


def pause_and_offer(scene: Scene) -> Turn:
    """A pause; a reminder is offered, once in a conversation."""
    turn = pause(scene)
    talk = turn.conversation
    may = talk.paused and talk.channel in PUSHED and not talk.recall
    if not may or not consented(scene.guide, talk):
        return turn
    asked = replace(talk, pending=RECALL, recall="asked")
    return replace(turn, conversation=asked, replies=(*turn.replies, asks()))


def asks() -> Reply:
    return Reply("recall.ask", choices=confirmation(RECALL))


def accepted(scene: Scene) -> Turn:
    """The reception knows when: the engine has no clock of its own."""
    kept = scene.with_(pending=None, recall="accepted")
    event = Event("recall_accepted", scene.talk.at)
    return kept.turn(Reply("recall.accepted", choices=RESUME), events=(event,))


def declined(scene: Scene) -> Turn:
    kept = scene.with_(pending=None, recall="declined")
    event = Event("recall_declined", scene.talk.at)
    return kept.turn(Reply("recall.declined", choices=RESUME), events=(event,))


def reminder() -> Reply:
    """What leaves when the time has come."""
    return Reply("recall.now", choices=RESUME)


def came_back(before: Conversation, after: Conversation) -> Conversation:
    """The person is here again: what they had accepted is no longer needed."""
    over = before.recall == after.recall == "accepted"
    return replace(after, recall="over") if over else after
