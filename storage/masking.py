"""Words that a person replaced or took back, masked in the earlier turns that hold them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from bot.model import Answer, Conversation, Spot
from storage import statements
from storage.sealing.keys import Cipher
from storage.written import pack, unpack

MASK = "(réponse corrigée)"  # what the thread shows instead
QUOTED = "« "  # how a label begins that holds the person's words
OPENING = "@danger.quoted "  # of the button that quotes how an alarm began
BEGINNING = 40  # characters: a reply that quotes these, then something else, is masked whole


def replaced(before: Mapping[Spot, Answer], after: Mapping[Spot, Answer]) -> tuple[str, ...]:
    """The words that no answer holds any more, in either version, the longest first."""
    gone = {
        text
        for spot, answer in before.items()
        if after.get(spot) is not answer
        for part in answer.parts
        for text in (part.text, part.masked)
        if text and text.strip()
    }
    if gone:
        held = [part for answer in after.values() for part in answer.parts]
        gone -= {text for part in held for text in (part.text, part.masked) if text}
        gone -= {piece for piece in pieces(before) & gone if _still_said(piece, after)}
    return tuple(sorted(gone, key=len, reverse=True))


def taken_back(before: Conversation | None, after: Conversation) -> tuple[str, ...]:
    """The words that gave an alarm, once they are set aside no more and are in no answer."""
    part = before.withheld if before else None
    if part is None or part == after.withheld:
        return ()
    held = {one.text for answer in after.answers.values() for one in answer.parts}
    words = (part.text, part.masked)
    return () if part.text in held else tuple(text for text in words if text)


def pieces(answers: Mapping[Spot, Answer]) -> set[str]:
    """The words taken out of a message that was typed at another question."""
    return {part.text for answer in answers.values() for part in answer.parts if part.beside}


def _still_said(piece: str, answers: Mapping[Spot, Answer]) -> bool:
    """Whether an answer holds the whole message, or another one with these words."""
    return any(piece in part.text for answer in answers.values() for part in answer.parts)


def mask(
    connection: Connection,
    cipher: Cipher,
    conversation: str,
    words: tuple[str, ...],
    within: Collection[str] = (),
) -> None:
    """Seal again the turns in which these words were said or quoted, without them.

    Those of `within` are masked inside longer messages too.
    """
    inside = tuple(word for word in words if word in within)
    its = {"conversation_id": conversation}
    for number, sealed in connection.execute(statements.load_turns, its).all():
        where = f"turns.exchange|{conversation}|{number}"
        told = unpack(cipher.unseal(sealed, where))
        said, replies, at, over, pressed, *sent = told
        if said in words and not pressed:
            said = MASK
        elif inside and not pressed:
            said = without(said, inside)
        elif pressed:
            said = _label(said, words)
        new = [said, [_reply(one, words) for one in replies], at, over, pressed, *sent]
        if new != told:
            row = {"of_conversation": conversation, "of_number": number}
            row["exchange"] = cipher.seal(pack(new), where)
            connection.execute(statements.change_exchange, row)


def _reply(written: list[object], words: tuple[str, ...]) -> list[object]:
    key, values, spot, choices = written
    assert isinstance(values, dict)  # noqa: S101
    assert isinstance(choices, list)  # noqa: S101
    told = {name: without(value, words) for name, value in values.items()}
    return [key, told, spot, [[_label(label, words), value] for label, value in choices]]


def _label(label: str, words: tuple[str, ...]) -> str:
    """A label without the words it quotes, when they are among these or a piece of them."""
    if label.startswith(OPENING):
        opening = label.removeprefix(OPENING)
        held = any(opening in " ".join(one.split()) for one in words)
        return f"{OPENING}{MASK}" if held else label
    quoted = label[len(QUOTED) : -len(QUOTED)] if label.startswith(QUOTED) else ""
    gone = quoted and any(quoted in " ".join(one.split()) or one in quoted for one in words)
    return f"{QUOTED}{MASK} »" if gone else label


def without(text: str, words: tuple[str, ...]) -> str:
    """The text, these words masked wherever they stand."""
    for one in words:
        text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", lambda _: MASK, text)
        if len(one) > BEGINNING and one[:BEGINNING] in text:
            return MASK
    return text
