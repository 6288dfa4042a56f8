"""In the copy of a person: what the organiser's team made of their contributions, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.moderating import why

Row = Mapping[str, Any]

DECISIONS = {
    "waiting": "en attente",
    "published": "publiée",
    "hidden": "masquée",
    "binned": "mise à la corbeille",
    "merged": "jointe à une autre",
    "separated": "séparée de l'autre",
    "text": "texte relu",
    "corrected": "texte changé par vous",
}
PROFILES = {
    "interne": "l'équipe de l'organisateur",
    "partenaire": "un partenaire",
    "public": "tout le monde",
}
SEEN = {
    "contribution_read": "contribution lue",
    "transcript_read": "conversation lue",
    "decided": "décision prise",
    "merged": "jointe à une autre",
    "kept_apart": "gardée séparée",
    "text_confirmed": "texte relu",
    "coded": "thème donné",
    "matched": "comparée avec l'autre plateforme",
}


def reference(row: Row) -> str:
    """The reference of a contribution, as staff reads it."""
    return f"{'E' if row['kind'] == 'experience' else 'P'}-{row['number']:06d}"


def by_the_team(row: Row) -> dict[str, Any]:
    """Decided, coded, compared, frozen, exported, read: each with its day."""
    named = {one["number"]: reference(one) for one in row["contributions"]}
    return {
        "decisions": [
            {
                "contribution": named.get(one["contribution"]),
                "decision": DECISIONS.get(one["decision"], one["decision"]),
                "reason": why(one["reason"]),
                "on": one["decided_on"],
                "text_before": _text_before(one["before"]),
            }
            for one in row["decisions"]
        ],
        "now": [
            {
                "contribution": named.get(one["contribution"]),
                "decision": DECISIONS.get(one["decision"], one["decision"]),
                "reason": why(one["reason"]),
                "on": one["decided_on"],
                "text": one["text"],
                "title_and_short_words": one["short"],
                "joined_to_another": one["merged_into"] is not None,
            }
            for one in row["curations"]
        ],
        "passages_given_a_theme": [
            {
                "contribution": named.get(one["contribution"]),
                "from": one["start"],
                "to": one["end"],
                "words": one["words"],
                "note": one["note"],
                "on": one["coded_on"],
            }
            for one in row["codings"]
        ],
        "compared_with_another_platform": [
            {
                "contribution": named.get(one["contribution"]),
                "platform": one["source"],
                "there": one["id_source"],
                "same": one["same"],
                "on": one["decided_on"],
            }
            for one in row["pairs"]
        ],
        "read_with_nothing_to_code": [
            {"contribution": named.get(one["contribution"]), "on": one["read_on"]}
            for one in row["readings"]
        ],
        "kept_apart_from_look_alikes": [
            {"contribution": named.get(one["contribution"]), "on": one["decided_on"]}
            for one in row["apart"]
        ],
        "copies_frozen_for_exports": [one["taken"] for one in row["snapshots"]],
        "exports_made_from_these_copies": [
            {
                "for": PROFILES.get(one["profile"], one["profile"]),
                "formats": one["formats"],
                "at": one["finished"],
            }
            for one in row["packages"]
        ],
        "seen_by_the_team": [
            {"on": one["on"], "what": SEEN.get(one["what"], one["what"])} for one in row["seen"]
        ],
    }


def _text_before(before: Any) -> Any:
    """The text of the contribution before a decision, when staff had changed it."""
    return before[3] if isinstance(before, list) else before
