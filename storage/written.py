"""Values as bytes and back, exactly: emoji, NUL and lone surrogates included."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from bot.model import Answer, Choice, Conversation, Lock, Part, Reply, Spot, State, Untold

STATES = {state.value: state for state in State}

_read = json.JSONDecoder().raw_decode  # ours has no space around it


def pack(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def unpack(packed: bytes) -> Any:
    value, _ = _read(packed.decode("utf-8", "surrogatepass"))
    return value


@lru_cache(maxsize=4096)  # codes and labels come from guides: the same ones all the time
def listed(written: str) -> tuple[str, ...]:
    """The list that `codes` wrote."""
    return tuple(json.loads(written))


def codes(values: Iterable[str]) -> str:
    """A JSON list in ASCII: what PostgreSQL refuses in a text (NUL) is escaped."""
    return json.dumps(list(values), separators=(",", ":"))


def plain(text: str | None) -> str | None:
    """A text as both databases accept it in clear."""
    return text and text.replace("\0", "").encode("utf-8", "replace").decode()


def state_of(conversation: Conversation) -> list[Any]:
    """What is kept of a conversation beside its columns and its answers."""
    return [
        conversation.started.isoformat(),
        conversation.pending,
        conversation.simpler,
        conversation.paused,
        conversation.finished,
        conversation.astray,
        conversation.origin,
        {code: moment.isoformat() for code, moment in conversation.told_in.items()},
        {
            "helper_said": {step: list(said) for step, said in conversation.helper_said.items()},
            "tag": conversation.tag,
            "lock": _lock_to_list(conversation.lock),
            "numbers": list(conversation.numbers),
            "withheld": _part(conversation.withheld) if conversation.withheld else None,
            "may_return": conversation.may_return,
            "wanted": conversation.wanted,
            "recall": conversation.recall,
            "untold": [[one.turn, one.reference, one.what] for one in conversation.untold],
        },
    ]


def _lock_to_list(lock: Lock | None) -> list[Any] | None:
    if lock is None:
        return None
    moments = (moment and moment.isoformat() for moment in (lock.seen, lock.wait))
    return [lock.hash, lock.wrong, *moments]


def _lock_from(written: list[Any] | None) -> Lock | None:
    if written is None:
        return None
    hash, wrong, *moments = written
    seen, wait = (moment and datetime.fromisoformat(moment) for moment in moments)
    return Lock(hash, seen, wrong, wait)


def status_of(conversation: Conversation) -> str:
    if conversation.finished:
        return "finished"
    return "paused" if conversation.paused else "open"


def conversation_from(row: Any, state: list[Any], answers: dict[Spot, Answer]) -> Conversation:
    started, pending, simpler, paused, finished, astray, origin, told_in, more = state
    return Conversation(
        id=row.id,
        reference=row.reference,
        guide=row.guide,
        version=row.version,
        channel=row.channel,
        started=datetime.fromisoformat(started),
        at=Spot.parse(row.at) if row.at is not None else None,
        answers=answers,
        pending=pending,
        simpler=simpler,
        paused=paused,
        finished=finished,
        astray=astray,
        origin=origin,
        told_in={code: datetime.fromisoformat(moment) for code, moment in told_in.items()},
        helped=row.helped,
        helper=row.helper,
        helper_said={step: tuple(said) for step, said in more["helper_said"].items()},
        tag=more["tag"],
        lock=_lock_from(more["lock"]),
        numbers=tuple(more["numbers"]),
        withheld=Part(*more["withheld"]) if more["withheld"] else None,
        may_return=more["may_return"],
        wanted=more["wanted"],
        recall=more["recall"],
        untold=tuple(Untold(*one) for one in more["untold"]),
    )


def words_of(answer: Answer) -> list[Any]:
    """The sealed side of an answer: when, each message, and what was asked about them."""
    more = [answer.masking, answer.probed] if answer.masking or answer.probed else []
    return [answer.at.isoformat(), [_part(part) for part in answer.parts], *more]


def _part(part: Part) -> list[Any]:
    """Its fields in their order, without the last ones that say nothing."""
    written = [part.message, part.text, part.language, part.beside, part.origin, part.masked]
    while len(written) > 3 and not written[-1]:
        written.pop()
    return written


def answer_from(row: Any, words: list[Any]) -> Answer:
    """The answer of a row of `ANSWER_COLUMNS`, its words in the clear."""
    at, parts, *more = words
    return Answer(
        STATES[row[2]],
        datetime.fromisoformat(at),
        listed(row[3]),
        listed(row[4]),
        tuple([Part(*part) for part in parts]),
        row[5],
        row[6],
        *more,
    )


def reply_to_list(reply: Reply) -> list[Any]:
    return [
        reply.key,
        dict(reply.values),
        str(reply.spot) if reply.spot is not None else None,
        [[choice.label, choice.value] for choice in reply.choices],
    ]


def reply_from(written: list[Any]) -> Reply:
    key, values, spot, choices = written
    return Reply(
        key,
        values,
        Spot.parse(spot) if spot is not None else None,
        tuple(Choice(label, value) for label, value in choices),
    )


def replies_from(written: list[list[Any]]) -> tuple[Reply, ...]:
    return tuple(reply_from(one) for one in written)


def day(moment: datetime) -> date:
    """The day in UTC: nothing finer is stored in clear."""
    return moment.astimezone(UTC).date()
