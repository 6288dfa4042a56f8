"""What staff decide of a contribution: the reasons to choose from, and what its author is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.curated import Decision
from bot.model import Choice, Conversation, Reply, Turn

MASKED = "masked"  # accepted, without what staff took out
RESUME = Choice("@resume", ":!resume")
WAYS = (
    Choice("@correct", ":!correct"),
    Choice("@delete_my_data", ":!delete_my_data"),
    Choice("@human_contact", ":!human_contact"),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision is taken. Its sentence for the author: `moderation.DECISION.CODE`."""

    code: str
    label: str  # for staff


REASONS: Mapping[Decision, tuple[Reason, ...]] = {
    Decision.PUBLISHED: (
        Reason("ready", "Rien à changer"),
        Reason(MASKED, "Sans ce qui désigne une personne"),
    ),
    Decision.HIDDEN: (
        Reason("names_someone", "On peut reconnaître une personne"),
        Reason("private", "Détails trop personnels, santé par exemple"),
        Reason("accuses", "Accuse une personne ou un lieu précis"),
        Reason("hurts", "Propos blessants"),
        Reason("off_topic", "Hors du sujet"),
        Reason("unclear", "On ne comprend pas"),
        Reason("asked", "La personne l’a demandé"),
    ),
    Decision.BINNED: (
        Reason("test", "Un essai"),
        Reason("empty", "Vide, ou des lettres au hasard"),
        Reason("advert", "Publicité, ou envoi en masse"),
        Reason("twice", "Envoyée deux fois par la même personne"),
    ),
    Decision.WAITING: (Reason("again", "À relire"),),
}
LABELS = {one.code: one.label for reasons in REASONS.values() for one in reasons}


def fits(decision: Decision, reason: str) -> bool:
    """Whether this reason is one of those declared for this decision."""
    return any(one.code == reason for one in REASONS[decision])


def why(reason: str) -> str | None:
    """A reason in words."""
    return LABELS.get(reason, reason) or None


def told(
    talk: Conversation, last: Iterable[Reply], reference: str, what: str, *, quiet: bool
) -> tuple[Reply, ...]:
    """What the author reads in the chat. `what`: a decision and its reason, or « merged ».

    What was being asked stays possible to answer. `quiet`: on a phone where a code protects
    what was said, only where to ask.
    """
    if quiet:
        return (Reply("moderation.locked"),)
    return (Reply(f"moderation.{what}", {"reference": reference}, choices=_ways(talk, last)),)


def said_at_last(before: Conversation, turn: Turn) -> Turn:
    """The turn, with what staff decided while a code closed the phone of this person.

    Only the last decision on each contribution; never to somebody else, nor once all is erased.
    """
    talk = turn.conversation
    if not talk.untold:
        return turn
    known = replace(turn, conversation=replace(talk, untold=()))
    if turn.erase or turn.afresh or turn.hands_over or talk.id != before.id:
        return known
    last = {one.reference: one.what for one in talk.untold}
    news = (Reply(f"moderation.{what}", {"reference": of}) for of, what in last.items())
    opened = turn.replies[0].key == "code.right" if turn.replies else False
    first, rest = turn.replies[:opened], turn.replies[opened:]
    return replace(known, replies=(*first, *news, *rest))


def said_on_arrival(turn: Turn, *, aloud: bool) -> Turn:
    """The turn that brings a conversation to another door, with what was decided meanwhile.

    `aloud`: this door does not show what was said at the other one.
    """
    talk = turn.conversation
    if not talk.untold:
        return turn
    known = replace(turn, conversation=replace(talk, untold=()))
    if not aloud:
        return known
    if talk.lock is not None or talk.pending is not None:
        return turn  # said after the answer
    last = {one.reference: one.what for one in talk.untold}
    news = (Reply(f"moderation.{what}", {"reference": of}) for of, what in last.items())
    return replace(known, replies=(*turn.replies[:1], *news, *turn.replies[1:]))


def _ways(talk: Conversation, last: Iterable[Reply]) -> tuple[Choice, ...]:
    if talk.pending is not None:
        asked = [one.choices for one in last if one.choices]
        return asked[-1] if asked else ()
    return WAYS if talk.at is None else (RESUME, *WAYS)
