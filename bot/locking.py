"""A code of four digits, asked before anything of the past is said again on a shared phone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from bot.flow import VISIBLE, Scene, asks_to_erase, confirmation, digress, erased
from bot.leaning import agrees
from bot.model import Choice, Conversation, Event, Lock, Reply, Turn
from bot.pauses import resume
from bot.persons import handed_over, tagged

QUIET = timedelta(minutes=15)  # a pause after which the code is asked
TRIES = 5
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(days=1)
LONGEST = 40  # characters that may surround the digits
CODE = "code"  # our question: which four digits
WAYS = (Choice("@forgot_code", ":!forgot_code"), Choice("@next_person", ":!next_person"))
ERASE, ANEW = "erase", "next_person"  # the ways out of a forgotten code, each confirmed


def digits_in(text: str) -> str | None:
    """The only four digits of a short text, written together or apart."""
    digits = "".join(re.findall(r"[0-9]", text))
    return digits if len(digits) == 4 and len(text) <= LONGEST else None


def asleep(talk: Conversation, now: datetime, quiet: timedelta) -> bool:
    """Whether the code is to be asked first."""
    lock = talk.lock
    return lock is not None and (lock.seen is None or now - lock.seen > quiet)


def seen(talk: Conversation, now: datetime) -> Conversation:
    """The same conversation: the person is here."""
    return replace(talk, lock=replace(talk.lock, seen=now)) if talk.lock else talk


def hidden(scene: Scene) -> bool:
    """Whether the words hold a code: then they are written nowhere."""
    digits = scene.heard.code is not None and scene.talk.pending == CODE
    return digits or scene.heard.intent == "set_code"


def set_code(scene: Scene) -> Turn:
    """« code 4821 », or the question « quels chiffres ? »."""
    if scene.heard.code is not None:
        return _kept(scene)
    return _which(scene, "code.four" if re.search(r"[0-9]", scene.heard.text) else "code.choose")


def typed(scene: Scene) -> Turn | None:
    """What was typed when four digits were asked; None when it is something else."""
    if scene.heard.code is not None:
        return _kept(scene.at_ease())
    wrong = re.fullmatch(r"[0-9\s.,-]+", scene.heard.text)
    return _which(scene, "code.four") if wrong else None


def _which(scene: Scene, key: str) -> Turn:
    return scene.with_(pending=CODE).turn(Reply(key))


def _kept(scene: Scene) -> Turn:
    scene = scene.with_(lock=Lock(scene.heard.code or "", scene.now))
    return _and_on(scene, "code.set", "code_set")


def remove_code(scene: Scene) -> Turn:
    if scene.talk.lock is None:
        return digress(scene, "code.none")
    return _and_on(scene.with_(lock=None), "code.removed", "code_removed")


def _and_on(scene: Scene, key: str, event: str) -> Turn:
    turn = digress(scene.with_(astray=0), key)
    if key == "code.set" and scene.talk.channel in VISIBLE:
        turn = replace(turn, replies=(turn.replies[0], Reply("phone.left"), *turn.replies[1:]))
    asked = replace(turn.conversation, astray=0)
    return replace(turn, conversation=asked, events=(Event(event),))


def forgot_code(scene: Scene) -> Turn:
    """Nobody can find it again: another conversation, or everything erased."""
    if scene.talk.lock is None:
        return digress(scene, "code.none")
    ways = (Choice("@start_anew", ":!next_person"), Choice("@delete_my_data", ":!delete_my_data"))
    return scene.turn(Reply("code.forgotten", choices=ways), events=(Event("code_forgotten"),))


def gate(scene: Scene) -> Turn:
    """The code first: until then nothing of the past is said, and nothing is answered."""
    talk, heard = scene.talk, scene.heard
    wish = _wish(scene)
    if talk.pending in (ERASE, ANEW):
        if wish == f"?{talk.pending}:yes":
            if talk.pending == ANEW:
                return handed_over(scene, ANEW, known=False)
            return erased(scene)
        scene = scene.with_(pending=None)
    if wish == "forgot_code":
        return forgot_code(scene)
    if wish == "delete_my_data":
        return asks_to_erase(scene)
    if wish == "next_person":
        return _confirms(scene, ANEW, "next_person.locked")
    if heard.code is not None:
        return _tried(scene)
    return _asks(scene, "code.ask")


def _wish(scene: Scene) -> str | None:
    """What is asked by a button, or by listed words."""
    heard, pending = scene.heard, scene.talk.pending
    if heard.choice:
        return None if heard.before else heard.choice.removeprefix(":!")
    if heard.exact and agrees(heard):
        return f"?{pending}:yes"
    return heard.intent if heard.exact else None


def _confirms(scene: Scene, pending: str, key: str) -> Turn:
    return scene.with_(pending=pending).turn(Reply(key, choices=confirmation(pending)))


def _tried(scene: Scene) -> Turn:
    lock, now = scene.talk.lock, scene.now
    assert lock is not None  # noqa: S101
    if lock.wait is not None and now < lock.wait:
        return _waits(scene, lock)
    if scene.heard.code == lock.hash:
        opened = scene.at_ease().with_(lock=Lock(lock.hash, now))
        turn = resume(opened)
        right = Reply("code.right")
        return replace(turn, replies=(right, *turn.replies))
    wrong = lock.wrong + 1
    wait = now + _wait(wrong) if wrong >= TRIES else None
    lock = replace(lock, wrong=wrong, wait=wait)
    scene = scene.with_(lock=lock)
    turn = _waits(scene, lock) if wait else _asks(scene, "code.wrong")
    return replace(turn, events=(Event("code_wrong"),))


def _wait(wrong: int) -> timedelta:
    """Five minutes after five tries, then twice as long after each."""
    return min(FIRST_WAIT * (1 << min(wrong - TRIES, 20)), LONGEST_WAIT)


def _waits(scene: Scene, lock: Lock) -> Turn:
    left = lock.wait - scene.now if lock.wait else timedelta()
    return _asks(scene, "code.wait", {"count": str(max(1, ceil(left.total_seconds() / 60)))})


def _asks(scene: Scene, key: str, values: dict[str, str] | None = None) -> Turn:
    return scene.turn(Reply(key, values or {}, choices=WAYS))


def asking(talk: Conversation) -> tuple[Reply, ...]:
    """What is shown instead of the thread."""
    return tagged(talk, (Reply("code.ask", choices=WAYS),))
