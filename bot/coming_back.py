"""Four words typed at a door: the conversation they lead to, or why they lead nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol

from bot.flow import Scene, consented
from bot.four_words import words_in
from bot.guide import Guide
from bot.locking import asleep
from bot.model import Message, Reply, Sought, Turn
from bot.ports import Held
from bot.returning import NOTHING, SILENT, arrived, leaves, told, wants


class Versions(Protocol):
    """The guides that conversations began with."""

    def of(self, guide: str, version: str) -> Guide: ...


def code_in(message: Message) -> str | None:
    """The four words of a typed message that holds nothing else."""
    typed = message.choice is message.media is message.edits is message.hears is None
    return words_in(message.text) if typed else None


def typed(
    held: Held,
    message: Message,
    words: str,
    guides: Versions,
    now: datetime,
    *,
    quiet: timedelta,
    tag: str,
) -> Turn | Reply | None:
    """What is done; where nobody is known, the reply that says why nothing is.

    None: a question of ours comes first, and whatever is typed there is kept nowhere.
    """
    talk = held.conversation
    if talk is None:
        sought = held.seek(words, message.address or "")
        turn = goes(held, sought.code, message, guides, now, tag) if sought.code else None
        return turn or _refusal(sought)
    if asleep(talk, now, quiet) or talk.pending in SILENT:
        return None
    guide = guides.of(talk.guide, talk.version)
    sought = held.seek(words, message.address or "")
    if not sought.code:
        refused = _refusal(sought, here=True)
        return told(guide, talk, now, refused.key, refused.values)
    if sought.conversation == talk.id:
        return told(guide, talk, now, "return.here", {})
    if consented(guide, talk):
        return wants(guide, talk, now, sought.code)
    scene = Scene(guide, talk, NOTHING, now).with_(wanted=sought.code)
    return follows(held, leaves(scene), message, guides, now, tag)


def _refusal(sought: Sought, *, here: bool = False) -> Reply:
    """`here`: in a conversation, four ordinary words of the list may have been an answer."""
    if sought.wait:
        return Reply("return.wait", {"count": str(ceil(sought.wait / 60))})
    return Reply("return.wrong_here" if here else "return.wrong")


def follows(
    held: Held, left: Turn, message: Message, guides: Versions, now: datetime, tag: str
) -> Turn:
    """From the conversation as it is left to the one that is wanted, if the code still holds."""
    talk = held.conversation
    assert talk is not None  # noqa: S101
    if turn := goes(held, left.leads, message, guides, now, tag):
        return replace(turn, leaves=replace(left, leads=""))
    return told(guides.of(talk.guide, talk.version), talk, now, "return.gone", {})


def goes(
    held: Held, code: str, message: Message, guides: Versions, now: datetime, tag: str
) -> Turn | None:
    """The conversation of this code as it goes on here; None when another was faster."""
    talk = held.fetch(code)
    if talk is None:
        return None
    here = replace(talk, channel=message.channel, tag=tag)
    return arrived(guides.of(talk.guide, talk.version), here, now, code)
