"""What becomes of a message set aside, once it is received again: named, and in words for staff."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Again(StrEnum):
    """What became of a letter that was to be received again."""

    RECEIVED = "received"
    REPEATED = "repeated"  # the person has said the same words since
    WORDLESS = "wordless"  # only the fact was kept
    GONE_ON = "gone_on"  # something else is asked now: the words would answer it
    CLOSED = "closed"  # a code is asked first
    ELSEWHERE = "elsewhere"  # the conversation is at another door, or another person's is here
    BREAKS = "breaks"  # the program, again


WHY: Mapping[str, str] = {
    Again.RECEIVED: "repris",
    Again.REPEATED: "la personne a redit les mêmes mots",
    Again.WORDLESS: "ses mots ne sont pas gardés",
    Again.GONE_ON: "une autre question est posée",
    Again.CLOSED: "la personne a mis un code",
    Again.ELSEWHERE: "la conversation continue ailleurs, ou elle est effacée",
    Again.BREAKS: "la même sorte de panne",
}
