"""Telegram's updates in our words: what a person said, or None for anything not meant for us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.as_typed import as_typed
from bot.four_words import HOW_MANY, words_in
from bot.model import Message
from bot.origins import parted

CHANNEL = "telegram"

_START = re.compile(r"/start(?:@\w+)?(?:\s+(?P<payload>.*))?", re.DOTALL)

# The first key present decides: an animation also carries "document", a venue "location".
_MEDIA = (
    ("voice", "voice"),
    ("audio", "voice"),
    ("video_note", "voice"),
    ("photo", "photo"),
    ("sticker", "sticker"),
    ("animation", "sticker"),
    ("venue", "location"),
    ("location", "location"),
)
# Written by Telegram into a private chat, not sent by the person: nothing to answer.
_NOTICES = frozenset(
    {
        "pinned_message",
        "message_auto_delete_timer_changed",
        "chat_background_set",
        "chat_shared",
        "users_shared",
        "connected_website",
        "write_access_allowed",
        "passport_data",
        "proximity_alert_triggered",
        "successful_payment",
        "refunded_payment",
        "gift",
        "unique_gift",
        "giveaway",
        "giveaway_created",
        "giveaway_winners",
        "giveaway_completed",
    }
)


def read(update: object) -> Message | None:
    """What the person said in a private chat with us, or None. Never raises."""
    if isinstance(said := _get(update, "message"), Mapping):
        return _said(said)
    if isinstance(edited := _get(update, "edited_message"), Mapping):
        return _edited(edited)
    if isinstance(press := _get(update, "callback_query"), Mapping):
        return _pressed(press)
    return None


def left(update: object) -> str | None:
    """The chat of a person who has just blocked us, or None."""
    change = _get(update, "my_chat_member")
    chat = _get(change, "chat")
    if _get(chat, "type") != "private":
        return None
    if _get(_get(change, "new_chat_member"), "status") != "kicked":
        return None
    return _chat(chat)


def press(update: object) -> str | None:
    """The id of a button press, for which Telegram expects an answer, or None."""
    return _press_id(_get(update, "callback_query"))


@dataclass(frozen=True, slots=True)
class Note:
    """What Telegram says of a voice message before it is fetched."""

    file: str
    seconds: int
    size: int  # in bytes; 0 when it is not said
    kind: str


def note(update: object) -> Note | None:
    """The voice message or the sound file that was sent, or None. A filmed one is a film."""
    message = _get(update, "message")
    sound = next((s for k in ("voice", "audio") if (s := _get(message, k)) is not None), None)
    file, kind = _get(sound, "file_id"), _get(sound, "mime_type")
    if not isinstance(file, str) or not file:
        return None
    if not isinstance(kind, str) or not re.fullmatch(r"audio/[\w.+-]{1,50}", kind, re.ASCII):
        kind = "audio/ogg"
    seconds, size = _integer(_get(sound, "duration")), _integer(_get(sound, "file_size"))
    return Note(file, max(0, seconds or 0), max(0, size or 0), kind)


def number(update: object) -> int | None:
    """The update's own number: safe to log, never a key (it restarts at random after a week)."""
    return _integer(_get(update, "update_id"))


def _said(message: Mapping[object, object]) -> Message | None:
    sender, at = _sender(message), _integer(message.get("message_id"))
    media, text = _media(message), _text(message)
    if sender is None or at is None or (media is None and not text):
        return None
    guide = origin = None
    if media is None and (start := _START.fullmatch(text)):
        payload = (start["payload"] or "").strip()
        text, (guide, origin) = "/start", parted(payload)
        if words_in(payload):  # a return code, kept as no origin; typed by the person, or a link's
            guide = origin = None
            text = payload if len(payload.split()) == HOW_MANY else text
    return Message(
        CHANNEL, sender, f"m{at}", text=text, media=media, guide=guide, origin=origin,
        sent=_moment(message.get("date")),
    )  # fmt: skip


def _edited(message: Mapping[object, object]) -> Message | None:
    sender, at = _sender(message), _integer(message.get("message_id"))
    when = _integer(message.get("edit_date"))
    media, text = _media(message), _text(message)
    if sender is None or at is None or when is None or (media is None and not text):
        return None
    if media == "location":  # a shared position that moves corrects nothing
        return None
    return Message(
        CHANNEL, sender, f"e{at}:{when}", text=text, media=media, edits=f"m{at}",
        sent=_moment(when),
    )  # fmt: skip


def _pressed(query: Mapping[object, object]) -> Message | None:
    chat = _get(query.get("message"), "chat")
    identity, choice = _press_id(query), query.get("data")
    if identity is None or not isinstance(choice, str) or _is_bot(query.get("from")):
        return None
    if _get(chat, "type") != "private" or (sender := _chat(chat)) is None:
        return None
    choice = as_typed(choice)
    if len(choice.encode()) > 64:
        return None
    return Message(CHANNEL, sender, f"cb{identity}", choice=choice)


def _sender(message: Mapping[object, object]) -> str | None:
    chat = message.get("chat")
    if _get(chat, "type") != "private" or _is_bot(message.get("from")):
        return None
    return _chat(chat)


def _is_bot(author: object) -> bool:
    """Also true when nobody is named: in a private chat there always is an author."""
    return not isinstance(author, Mapping) or author.get("is_bot") is True


def _media(message: Mapping[object, object]) -> str | None:
    """What came besides words. A kind that Telegram invents tomorrow is "other", not silence."""
    if isinstance(message.get("text"), str) or _NOTICES & message.keys():
        return None
    return next((ours for theirs, ours in _MEDIA if theirs in message), "other")


def _text(message: Mapping[object, object]) -> str:
    text = message.get("text", message.get("caption"))
    return as_typed(text) if isinstance(text, str) else ""


def _press_id(query: object) -> str | None:
    identity = _get(query, "id")
    if not isinstance(identity, str) or not re.fullmatch(r"[\w-]{1,64}", identity, re.ASCII):
        return None
    return identity


def _chat(chat: object) -> str | None:
    identity = _integer(_get(chat, "id"))
    return None if identity is None else str(identity)


def _integer(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    return None


def _moment(seconds: object) -> datetime | None:
    whole = _integer(seconds)
    return datetime.fromtimestamp(whole, UTC) if whole is not None and 0 < whole < 2**32 else None


def _get(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, Mapping) else None
