"""Somebody is in danger: the numbers, then silence until the person chooses.

The words that gave the alarm are set aside, sealed with the place in the conversation. They become
an answer only if the person goes on: an alarm may be wrong, and what somebody dared to tell is not
lost; whoever stops, erases them or never comes back leaves none of them. What is typed meanwhile
is kept nowhere.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.answers import SURE, Read
from bot.asking import ask, asked, is_collecting
from bot.corrections import edit
from bot.emergencies import GRAVEST, told_of
from bot.flow import Answers, Scene, at_the_end, consented, go_on
from bot.guide import Open
from bot.keeping import keep
from bot.meaning import DANGER, meaning
from bot.model import Answer, Choice, Conversation, Event, Heard, Part, Reply, State, Turn
from bot.pauses import pause
from bot.plain import fold
from bot.third_parties import part_of

WAITING = "danger"  # our question: « que voulez-vous faire ? »
GO_ON = frozenset({"resume", "affirm"})  # listed words, as a button: never a model's opinion
ASKED = frozenset({"help", "human_contact", "repeat"})
RATHER_NOT = re.compile(
    r"\b(?:prefere|veux|peux|souhaite)\b.{0,12}\bpas\b.{0,12}\b(?:dire|repondre)\b"
)
STOP = frozenset({"stop", "pause", "goodbye", "deny"})


def told(heard: Heard) -> bool:
    """Whether the words tell of a danger, surely enough."""
    sure = heard.exact or heard.confidence >= SURE
    return heard.intent in DANGER and sure and not heard.alone


def set_aside(heard: Heard) -> Heard:
    """The same words, without the danger that only a model hears in them."""
    alone = heard.alone and heard.intent in DANGER
    return replace(heard, intent=None, confidence=0.0) if alone else heard


def asked_gently(heard: Heard, turn: Turn) -> Turn:
    """A danger that only a model hears: the words mean what they mean, and help is one touch away.

    Never a screen of numbers over « c'est moi toute seule ».
    """
    silent = turn.conversation.pending == WAITING or not turn.replies or turn.erase
    if not heard.alone or heard.intent not in DANGER or silent:
        return turn
    line = Reply("danger.perhaps", choices=(Choice("@danger.see", f":!{heard.intent}"),))
    events = (*turn.events, Event("danger_perhaps", turn.conversation.at, heard.intent))
    return replace(turn, replies=(*turn.replies[:-1], line, *turn.replies[-1:]), events=events)


def ways(opening: str = "") -> tuple[Choice, ...]:
    """What the person may choose; to erase the words that begin so, when we hold them."""
    found = [Choice(f"@danger.{code}", f"?{WAITING}:{code}") for code in ("yes", "no")]
    if opening:
        found.append(Choice(f"@danger.quoted {opening}", f"?{WAITING}:erase"))
    return tuple(found)


def alarm(scene: Scene) -> Turn:
    """The numbers, and nothing else: no question."""
    withheld = _words(scene.at_ease())
    waiting = scene.with_(pending=WAITING, paused=False, withheld=withheld, astray=0)
    events = (Event("danger", scene.talk.at, scene.heard.intent or "asked"),)
    said, talk = _numbers(waiting.talk, scene.heard)
    return replace(waiting, talk=_declined(scene, talk)).turn(said, events=events)


def heard_later(scene: Scene, turn: Turn) -> Turn:
    """A danger told aloud, known once the voice message is written down."""
    talk = replace(turn.conversation, pending=WAITING, paused=False)
    event = Event("danger", talk.at, scene.heard.intent or "asked")
    said, talk = _numbers(talk, scene.heard)
    return replace(turn, conversation=talk, replies=(said,), events=(*turn.events, event))


def said_aside(heard: Heard) -> Reply:
    """The numbers, all of them, said before something else."""
    return Reply("danger", {"danger": told_of(heard)})


def _numbers(talk: Conversation, heard: Heard) -> tuple[Reply, Conversation]:
    """All of them the first time, for something graver, or when they are asked for.

    Else those that fit, in few words: the others are above.
    """
    kind, asked = told_of(heard), not told(heard)
    known = [GRAVEST.index(one) for one in talk.numbers]
    again = bool(known) and min(known) <= GRAVEST.index(kind) and not asked
    talk = replace(talk, numbers=tuple(dict.fromkeys((*talk.numbers, kind))))
    key = "danger.again" if again else "danger"
    return Reply(key, {"danger": kind}, choices=ways(talk.opening)), talk


def _declined(scene: Scene, talk: Conversation) -> Conversation:
    """« Je préfère pas dire où j'habite, il me cherche »: the question is not asked again."""
    at, guide = talk.at, scene.guide
    if at is None or not consented(guide, talk) or not RATHER_NOT.search(fold(scene.heard.text)):
        return talk
    step = guide.step(at)
    if isinstance(step, Open) or not step.optional or at in talk.answers:
        return talk
    refused = Answer(State.REFUSED, scene.now, ("prefer_not",))
    answers = Answers(guide, talk.answers).put(at, refused)
    moved = go_on(replace(scene, talk=replace(talk, answers=answers))).conversation
    return replace(moved, pending=WAITING) if moved.at else talk


def _words(scene: Scene) -> Part | None:
    """The words of the alarm, if they are an answer to an open question, or its correction."""
    guide, talk, heard = scene.guide, scene.talk, scene.heard
    if not told(heard) or not consented(guide, talk):
        return None
    if heard.edits:
        answers = talk.answers.items()
        at = next((s for s, a in answers if any(p.message == heard.edits for p in a.parts)), None)
        return part_of(heard, guide.step(at), heard.edits) if at else None
    if talk.at is None:
        return None
    question = asked(guide, talk, talk.at)
    if not isinstance(question.step, Open):
        return None
    meant = meaning(question, heard, collecting=is_collecting(guide, talk))
    read = isinstance(meant.reading, Read)
    return part_of(heard, question.step, heard.message) if read else None


def waiting(scene: Scene) -> Turn | None:
    """What is done in the silence; None for the wish to erase everything, which is always heard."""
    heard, talk = scene.heard, scene.talk
    code = _chosen(heard)
    if code == "delete_my_data":
        return None
    if heard.edits and talk.withheld and heard.edits == talk.withheld.message:
        scene = scene.with_(withheld=None)  # they took these words back
    if code == "yes":
        return resumed(scene)
    if code == "no":
        return pause(_over(scene))
    if code == "erase":
        quiet = scene.with_(withheld=None)
        return quiet.turn(Reply("danger.erased", choices=ways()))
    kind = talk.numbers[-1] if talk.numbers else "other"
    if code in ASKED:
        return scene.turn(Reply("danger", {"danger": kind}, choices=ways(talk.opening)))
    return scene.turn(Reply("danger.waiting", {"danger": kind}, choices=ways(scene.talk.opening)))


def answers(scene: Scene) -> bool:
    """Whether a button of the question itself is pressed: that is going on, and an answer."""
    at, choice = scene.talk.at, scene.heard.choice
    return at is not None and choice is not None and choice.rpartition(":")[0] == str(at)


def _chosen(heard: Heard) -> str | None:
    if heard.choice:
        target, _, code = heard.choice.rpartition(":")
        if target == f"?{WAITING}":
            return code
        intent = code.removeprefix("!") if not target else None
    elif heard.edits or not heard.exact:
        return None
    else:
        intent = heard.intent
    if intent in GO_ON:
        return "yes"
    if intent == "remove_piece":
        return "erase"
    return "no" if intent in STOP else intent


def _over(scene: Scene) -> Scene:
    return scene.at_ease().with_(withheld=None)


def resumed(scene: Scene) -> Turn:
    """The same place; the words set aside are kept now, as if they were just said."""
    guide, talk, part = scene.guide, scene.talk, scene.talk.withheld
    scene = _over(scene)
    if talk.at is None and part is None:
        if consented(guide, talk):
            return scene.turn(Reply("already_finished", choices=at_the_end(scene)))
        return scene.turn(Reply("the_end.again"))
    if part is not None:
        turn = _kept(scene, part)
    elif not talk.answers:
        turn = go_on(scene.with_(at=None))  # the first words of all: nothing was said yet
    else:
        turn = scene.turn(ask(guide, scene.talk))
    *before, last = turn.replies
    at = turn.conversation.at
    if at is not None and guide.step(at).optional:
        ways_out = (Choice("@skip", f"{at}:!skip"), Choice("@pause", ":!pause"))
        known = {choice.value for choice in last.choices}
        more = tuple(choice for choice in ways_out if choice.value not in known)
        last = replace(last, choices=(*last.choices, *more))
    key = "danger.over" if at is not None else "welcome_back"
    return replace(turn, replies=(Reply(key), *before, last))


def _kept(scene: Scene, part: Part) -> Turn:
    heard = Heard(part.message, part.text, language=part.language, masked=part.masked)
    known = {p.message for answer in scene.talk.answers.values() for p in answer.parts}
    if part.message in known:
        edited = replace(scene, heard=replace(heard, edits=part.message))
        return edit(edited, asked_something=True)
    at = scene.talk.at
    assert at is not None  # noqa: S101
    step = scene.guide.step(at)
    assert isinstance(step, Open)  # noqa: S101
    return keep(replace(scene, heard=heard), Read(more=step.several))
