"""A return code: four words that lead to a conversation from any door, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot import danger, locking, recalling
from bot.asking import ask
from bot.flow import BARRED, Scene, at_the_end, confirmation, consented, digress
from bot.guide import Guide
from bot.model import RETURN_TOLD, Choice, Conversation, Event, Heard, Reply, Turn
from bot.pauses import CODE, resume
from bot.persons import for_myself, left, next_person, tagged

RETURN = "return"  # our question: leave this conversation for the other one?
SILENT = frozenset({danger.WAITING, BARRED})  # questions of ours that come before a code
NOTHING = Heard("")


def asked_for(heard: Heard) -> bool:
    """A button or listed words: a pause is not over because a code was asked for."""
    typed = heard.exact and heard.intent == "return_code" and not heard.edits
    return heard.choice == ":!return_code" or typed


def give(scene: Scene) -> Turn:
    """Four new words, said now and kept as a hash; those given before no longer lead here."""
    talk = scene.talk
    if talk.at is None and not consented(scene.guide, talk):
        return digress(scene, "already_finished")
    waits = talk.pending == recalling.RECALL
    leaving = LEAVING.get(talk.pending or "")
    kept = scene.with_(pending=talk.pending if waits or leaving else None, may_return=True)
    kept = kept.with_(astray=0)
    if leaving:
        replies = [Reply(RETURN_TOLD), *map(_without_code, leaving(kept).replies)]
    elif talk.at is None:
        replies = [Reply(RETURN_TOLD, choices=at_the_end(scene))]
    elif waits:
        replies = [Reply(RETURN_TOLD), recalling.asks()]
    elif talk.paused:
        replies = [Reply(RETURN_TOLD, choices=recalling.RESUME)]
    else:
        replies = [Reply(RETURN_TOLD), ask(scene.guide, kept.talk)]
    turn = kept.turn(*replies, events=(Event("return_code", talk.at),))
    return replace(turn, words=scene.heard.drawn)


def _without_code(reply: Reply) -> Reply:
    """The words were just given: a second touch would replace them."""
    return replace(reply, choices=tuple(c for c in reply.choices if c != CODE))


def cancel(scene: Scene) -> Turn:
    if not scene.talk.may_return:
        return digress(scene, "return.none")
    turn = digress(scene.with_(may_return=False, astray=0), "return.cancelled")
    return replace(turn, events=(Event("return_cancelled", scene.talk.at),))


def remove_code(scene: Scene) -> Turn:
    """« Enlever mon code » is about the four digits; about the words, when there are no digits."""
    words_only = scene.talk.lock is None and scene.talk.may_return
    return cancel(scene) if words_only else locking.remove_code(scene)


def wants(guide: Guide, talk: Conversation, now: datetime, code: str) -> Turn:
    """The code leads to another conversation: leave this one, where answers are kept?"""
    scene = Scene(guide, talk, NOTHING, now).at_ease().with_(pending=RETURN, wanted=code)
    return _spoken(scene.turn(_asks(scene.talk)), now)


def asks_again(scene: Scene) -> Turn:
    return scene.turn(_asks(scene.talk))


def _asks(talk: Conversation) -> Reply:
    choices = (*confirmation(RETURN), CODE)  # the only way back here
    return Reply("return.confirm", {"reference": talk.reference}, choices=choices)


# Our questions about leaving: a code taken first does not answer them.
LEAVING: Mapping[str, Callable[[Scene], Turn]] = {
    "next_person": next_person,
    "for_myself": for_myself,
    RETURN: asks_again,
}


def leaves(scene: Scene) -> Turn:
    """This conversation as it is left for the one that is wanted."""
    code = scene.talk.wanted
    return replace(left(scene.at_ease(), RETURN), leads=code)


def told(
    guide: Guide, talk: Conversation, now: datetime, key: str, values: Mapping[str, str]
) -> Turn:
    """Why four words lead nowhere. They are not repeated, and not in the thread."""
    ways = (Choice("@cancel_return", ":!cancel_return"),) if key == "return.here" else ()
    scene = Scene(guide, talk, NOTHING, now).at_ease()
    return _spoken(digress(scene, key, values, choices=ways), now)


def _spoken(turn: Turn, now: datetime) -> Turn:
    talk = turn.conversation
    return replace(
        turn,
        conversation=locking.seen(recalling.came_back(talk, talk), now),
        replies=tagged(talk, turn.replies),
        said="@return",
        pressed=True,
    )


def arrived(guide: Guide, talk: Conversation, now: datetime, code: str) -> Turn:
    """The conversation as it goes on at the door where its code was typed."""
    silent = talk.pending == danger.WAITING and talk.lock is None
    here = replace(talk, may_return=False, wanted="", paused=False)
    if not silent:  # the emergency numbers shown so far are not above, here
        here = replace(here, numbers=())
    talk = recalling.came_back(talk, here)
    scene = Scene(guide, talk, NOTHING, now)
    done = Reply("return.done")
    if talk.lock is not None:
        scene = scene.with_(lock=replace(talk.lock, seen=None))
        turn = scene.turn(done, *locking.asking(replace(talk, tag="")))
    elif silent:
        turn = scene.turn(done, Reply("danger.waiting", choices=danger.ways(talk.opening)))
    elif talk.pending == BARRED:
        turn = scene.turn(done, Reply("barred", choices=confirmation(BARRED)))
    elif talk.at is None and consented(guide, talk):
        scene = scene.at_ease()
        turn = scene.turn(done, Reply("already_finished", choices=at_the_end(scene)))
    else:
        turn = resume(scene.at_ease())
        again = [one for one in turn.replies if one.key != "welcome_back"]
        turn = replace(turn, replies=(done, *again))
    return replace(
        turn,
        replies=tagged(talk, turn.replies),
        events=(Event("returned", talk.at, talk.channel),),
        said="@return",
        pressed=True,
        arrives=code,
    )
