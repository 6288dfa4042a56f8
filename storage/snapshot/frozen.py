"""A participation and what staff made of it as bytes and back: a row of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

from bot.curated import Code, Coding, Curated, Curation, Decision, Reading
from bot.model import Answer, Contribution, Participation, Spot
from storage.written import answer_from, codes, conversation_from, pack, state_of, unpack, words_of


def freeze(one: Curated) -> bytes:
    """The canonical bytes: the same participation gives the same ones.

    Left out: what only serves to talk, and words that the person has not made an answer.
    """
    it = one.participation
    talk = replace(it.conversation, lock=None, withheld=None, told_in={}, tag="", untold=())
    return pack(
        {
            "talk": {
                "id": talk.id,
                "reference": talk.reference,
                "channel": talk.channel,
                "guide": talk.guide,
                "version": talk.version,
                "helped": talk.helped,
                "helper": talk.helper,
                "at": str(talk.at) if talk.at is not None else None,
            },
            "state": state_of(talk),
            "answers": [_answer(spot, answer) for spot, answer in talk.answers.items()],
            "contributions": [
                [c.reference, c.kind, c.round, c.made_on.isoformat()] for c in it.contributions
            ],
            "status": it.status,
            "active_on": it.active_on.isoformat(),
            "alarms": it.alarms,
            "curations": [_curation(one.curations[name]) for name in sorted(one.curations)],
        }
    )


def thaw(frozen: bytes) -> Curated:
    """What `freeze` wrote."""
    kept = unpack(frozen)
    answers = {Spot(row[0], row[1]): answer_from(row, row[-1]) for row in kept["answers"]}
    talk = conversation_from(SimpleNamespace(**kept["talk"]), kept["state"], answers)
    participation = Participation(
        talk,
        tuple(
            Contribution(reference, kind, round, date.fromisoformat(made_on))
            for reference, kind, round, made_on in kept["contributions"]
        ),
        kept["status"],
        date.fromisoformat(kept["active_on"]),
        kept["alarms"],
    )
    curations = [_curation_from(written) for written in kept["curations"]]
    return Curated(participation, {one.reference: one for one in curations})


def _answer(spot: Spot, answer: Answer) -> list[Any]:
    """As a row of answers: its codes and labels are lists written in a text."""
    its = (answer.state.value, codes(answer.values), codes(answer.labels), answer.draft)
    return [spot.step, spot.round, *its, answer.version, words_of(answer)]


def _curation(one: Curation) -> list[Any]:
    return [
        one.reference,
        one.decision.value,
        one.reason,
        one.text,
        one.merged_into,
        [
            [c.code, c.start, c.end, c.coder, c.on.isoformat(), c.origin, c.words, c.note]
            for c in one.codings
        ],
        dict(one.short),
        [[read.coder, read.on.isoformat()] for read in one.readings],
    ]


def _curation_from(written: list[Any]) -> Curation:
    reference, decision, reason, text, merged_into, coded, short, read = written
    codings = tuple(
        Coding(code, start, end, coder, date.fromisoformat(on), *more)
        for code, start, end, coder, on, *more in coded
    )
    readings = tuple(Reading(coder, date.fromisoformat(on)) for coder, on in read)
    return Curation(
        reference, Decision(decision), reason, text, merged_into, codings, short, readings
    )


def codes_to(codebook: Iterable[Code]) -> str:
    """The codebook as a snapshot keeps it."""
    kept = [[one.id, one.name, one.definition, one.colour, one.parent] for one in codebook]
    return pack(kept).decode("utf-8", "replace")


def codes_from(written: str) -> tuple[Code, ...]:
    return tuple(Code(*one) for one in unpack(written.encode()))
