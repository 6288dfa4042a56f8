"""All that is kept about a person, as they can read it: questions in words, no key, no hash."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.web_copy_team import Row, by_the_team, reference
from bot.guide import Consent, Guide
from bot.model import Choice, Exchange, Reply, Spot

Said = Callable[[Exchange, Guide], str]
Replies = Callable[[int, tuple[Reply, ...], Guide], list[dict[str, Any]]]

ABOUT = (
    "Voici tout ce que nous gardons sur vous. Les dates sont au temps universel. "
    "Pour changer une réponse, écrivez « corriger » dans la conversation. "
    "Pour tout effacer, écrivez « effacer »."
)
CHANNELS = {"web": "page web", "telegram": "Telegram", "terminal": "terminal"}
STATUSES = {"open": "en cours", "paused": "en pause", "finished": "terminée"}
HELPED = {
    "none": "sans aide",
    "with_help": "avec l'aide de quelqu'un",
    "by_helper": "écrit par une personne qui aide",
}
STATES = {"answered": "réponse donnée", "skipped": "question passée", "refused": "réponse refusée"}
CODES = {
    "skip": "question passée",
    "dont_know": "je ne sais pas",
    "prefer_not": "je préfère ne pas répondre",
}
VERSIONS = {"accepted": "sans les noms", "refused": "vos mots", "later": "pas encore choisie"}
RECALLS = {"asked": "proposé", "accepted": "accepté", "declined": "refusé", "over": "terminé"}
KINDS = {"experience": "expérience", "proposal": "proposition"}

# What says nothing of the person: numbers and hashes of ours, and the key of the conversation,
# which a file that is downloaded must not give away.
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "conversations": frozenset({"id", "door", "address"}),
    "answers": frozenset({"conversation_id", "position"}),
    "turns": frozenset({"conversation_id", "message"}),
    "events": frozenset({"conversation_id", "id"}),
    "contributions": frozenset({"conversation_id", "alias"}),
    "voices": frozenset({"conversation_id", "number", "waiting", "lease_until", "message"}),
    "outbox": frozenset({"conversation_id", "id", "uid", "door", "channel", "place", "not_before",
                         "lease_until"}),
    "letters": frozenset({"conversation_id", "id", "channel", "message", "place", "turn"}),
    "curations": frozenset({"conversation_id", "decided_by"}),
    "decisions": frozenset({"conversation_id", "id", "uid", "decided_by"}),
    "codings": frozenset({"conversation_id", "id", "uid", "code", "coder", "origin"}),
    "readings": frozenset({"conversation_id", "coder"}),
    "pairs": frozenset({"conversation_id", "decided_by"}),
    "apart": frozenset({"judgement", "decided_by"}),
    "snapshot_rows": frozenset({"snapshot", "conversation_id", "position", "mark", "frozen"}),
    "returns": frozenset({"conversation_id", "code"}),
}  # fmt: skip


def readable(
    kept: Row, guide_of: Callable[[str, str], Guide], said: Said, replies: Replies
) -> dict[str, Any]:
    """The copy of `kept`, what the memory holds about one person, table by table."""
    whole = []
    for row in kept["conversations"]:
        whole.append(_conversation(row, guide_of(row["guide"], row["version"]), said, replies))
    return {
        "about": ABOUT,
        "copied_at": kept["copied_at"],
        "conversations": whole,
        "erased_before": kept["erased_before"],
        "goes_on_elsewhere_since": kept["moved_on"],
    }


def _conversation(row: Row, guide: Guide, said: Said, replies: Replies) -> dict[str, Any]:
    started, pending, simpler, paused, finished, astray, origin, told_in, more = row["state"]
    answers = [_answer(one, guide) for one in row["answers"]]
    agreed = [isinstance(guide.steps.get(one["step"]), Consent) for one in answers]
    told = [one for one in row["turns"] if one["exchange"]]  # starting again empties the others
    thread = [_exchange(one, guide, said, replies) for one in told]
    waiting = [_waiting(one, guide, replies) for one in row["outbox"]]
    return {
        "reference": row["reference"],
        "consultation": guide.title,
        "guide": row["guide"],
        "version": row["version"],
        "channel": CHANNELS.get(row["channel"], row["channel"]),
        "origin": row["origin"] or origin,
        "helped": HELPED.get(row["helped"], row["helped"]),
        "helper_session": row["helper"],
        "status": STATUSES.get(row["status"], row["status"]),
        "current": row["current"],
        "started_on": row["started_on"],
        "started_at": started,
        "active_on": row["active_on"],
        "messages": row["turn"],
        "waiting_for_an_answer_to": _question(guide, row["at"]),
        "consents": [one for one, is_consent in zip(answers, agreed, strict=True) if is_consent],
        "answers": [one for one, is_consent in zip(answers, agreed, strict=True) if not is_consent],
        "contributions": [_contribution(one) for one in row["contributions"]],
        "read_by_the_organiser": by_the_team(row),
        "set_aside": [_letter(one, guide) for one in row["letters"]],
        "voices": [_voice(one, guide) for one in row["voices"]],
        "thread": thread,
        "not_yet_delivered": waiting,
        "return_code_given_on": [one["made_on"] for one in row["returns"]],
        "journal": [_event(one, guide) for one in row["events"]],
        "settings": {
            "simpler": simpler,
            "paused": paused,
            "finished": finished,
            "our_question": pending,
            "times_not_understood": astray,
            "told_in_your_language": told_in,
            "closed_by_a_code": more["lock"] is not None,
            "return_code": more["may_return"],
            "another_conversation_wanted": bool(more["wanted"]),
            "reminder": RECALLS.get(more["recall"]),
            "words_set_aside": more["withheld"][1] if more["withheld"] else None,
        },
    }


def _answer(row: Row, guide: Guide) -> dict[str, Any]:
    codes, labels = json.loads(row["codes"]), json.loads(row["labels"])
    at, parts, *asked = row["words"]
    state = STATES.get(row["state"], row["state"])
    if row["state"] != "answered" and codes:
        state = CODES.get(codes[0], state)
    step = guide.steps.get(row["step"])
    shown = {
        "question": step.question if step else row["step"],
        "name": step.name if step else None,
        "state": state,
        "answer": labels,
        "codes": codes,
        "words": [text for _, text, *_ in parts],
        "words_without_names": [written[5] for written in parts if len(written) > 5],
        "version_kept": VERSIONS.get(asked[0]) if asked else None,
        "languages": [language for _, _, language, *_ in parts],
        "language": row["language"],
        "answered_on": row["answered_on"],
        "answered_at": at,
        "unfinished": row["draft"],
        "step": row["step"],
        "round": row["round"] + 1,
    }
    return shown if row["version"] is None else shown | {"text_version": row["version"]}


def _contribution(row: Row) -> dict[str, Any]:
    return {
        "reference": reference(row),
        "kind": KINDS.get(row["kind"], row["kind"]),
        "round": row["round"] + 1,
        "made_on": row["made_on"],
    }


def _voice(row: Row, guide: Guide) -> dict[str, Any]:
    return {
        "question": _question(guide, str(Spot(row["step"], row["round"]))),
        "received_on": row["received_on"],
        "seconds": row["seconds"],
        "sound": f"data:{row['kind']};base64,{row['audio']}",
    }


def _letter(row: Row, guide: Guide) -> dict[str, Any]:
    """A message that could not be read, and waits."""
    kept = row["payload"] or {}
    sound = kept.get("sound")
    return {
        "question": _question(guide, row["at"]),
        "on": row["set_aside_on"],
        "you": kept.get("text", ""),
        "button": kept.get("choice"),
        "sound": f"data:{sound[1]};base64,{sound[2]}" if sound else None,
        "tried": row["tried"],
    }


def _exchange(row: Row, guide: Guide, said: Said, replies: Replies) -> dict[str, Any]:
    words, given, at, _, pressed, *sent = row["exchange"]
    told = tuple(_reply(one) for one in given)
    one = Exchange(row["number"], words, told, datetime.fromisoformat(at), pressed)
    dated = {"sent": sent[0]} if sent else {}
    assistant = _texts(one.turn, told, guide, replies)
    return {"at": at, **dated, "you": said(one, guide), "assistant": assistant}


def _waiting(row: Row, guide: Guide, replies: Replies) -> dict[str, Any]:
    told = (_reply(row["payload"][1]),) if row["payload"] else ()
    return {
        "assistant": _texts(row["turn"], told, guide, replies),
        "since": _since(row["queued"]),
        "attempts": row["attempts"],
        "reminder": row["reminder"],
        "given_up": row["dropped"],
    }


def _since(queued: float) -> str | None:
    """Nothing says when what was given up was to leave."""
    return datetime.fromtimestamp(queued, UTC).isoformat(timespec="seconds") if queued else None


def _event(row: Row, guide: Guide) -> dict[str, Any]:
    spot = None if row["step"] is None else str(Spot(row["step"], row["round"] or 0))
    return {
        "on": row["happened_on"],
        "message": row["turn"],
        "name": row["name"],
        "question": _question(guide, spot),
        "about": row["about"],
    }


def _texts(
    turn: int, told: tuple[Reply, ...], guide: Guide, replies: Replies
) -> list[dict[str, Any]]:
    return [
        {"text": one["text"], "buttons": [choice["label"] for choice in one["choices"]]}
        for one in replies(turn, told, guide)
    ]


def _reply(written: list[Any]) -> Reply:
    key, values, spot, choices = written
    return Reply(
        key,
        values,
        None if spot is None else Spot.parse(spot),
        tuple(Choice(label, value) for label, value in choices),
    )


def _question(guide: Guide, spot: str | None) -> str | None:
    if spot is None:
        return None
    step = guide.steps.get(Spot.parse(spot).step)
    return step.question if step else spot
