"""E-mail addresses of persons, with « arobase » and « point » too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.words import listed, unaccented

DESKS = listed(
    "accueil administration asso association bonjour bureau caf ccas cese contact consultation "
    "communication courrier cpam direction dpo dpd dsi ecole emploi hello info infos information "
    "mairie mdph mecenat newsletter noreply no nepasrepondre prefecture presidence presse "
    "recrutement reservation rgpd rh secretariat service services siege standard support urgence "
    "webmaster postmaster webmestre candidature candidatures formation enquete ehpad foyer mecs ime"
)  # mailboxes that are nobody's
HOSTS = (
    "gmail|hotmail|outlook|orange|wanadoo|free|sfr|laposte|yahoo|icloud|live|msn|proton|protonmail|"
    "bbox|neuf|aol|gmx|numericable|mail|googlemail|noos|aliceadsl|voila|ymail"
)
ENDS = r"(?:fr|com|net|org|eu|be|info|ch|re|io|me|uk|de|es|it|pt|gouv|asso|lu|ca)(?!\w)"
DOT = r"(?:\s?[.,]\s?|\s?[\[(](?:point|dot|\.)[\])]\s?|\s(?:point|dot)\s)"
AT = r"(?:\s{0,2}(?:[@＠]|[\[({](?:at|arobase|a|@)[\])}])\s{0,2}|\s{0,2}ar{1,2}oba[sz]e?\s{0,2})"
PIECE = r"\w[\w+%-]{0,40}"
LOCAL = (
    rf"(?<![\w.+%-]){PIECE}(?:\.{PIECE}){{0,3}}?\.?"
    rf"(?:\s(?:point|dot|tiret(?: du (?:bas|6|huit|8))?|underscore)\s{PIECE}){{0,3}}?"
)
DOMAIN = (
    rf"(?:[\w-]{{1,40}}(?:\.[\w-]{{1,40}}){{1,4}}|[\w-]{{1,40}}(?:{DOT}{ENDS}){{1,2}}"
    rf"|(?:{HOSTS})(?:\s{ENDS})?(?!\w))"
)
SIGNED = re.compile(f"{LOCAL}{AT}{DOMAIN}", re.IGNORECASE)
SAID = re.compile(
    rf"{LOCAL}\s(?:(?:at|chez|a|à)\s)?(?:{HOSTS})(?:{DOT}|\s){ENDS}"
    rf"|{LOCAL}\sat\s[\w-]{{2,40}}(?:{DOT}{ENDS}){{1,2}}",
    re.IGNORECASE,
)
HINT = re.compile(rf"[@＠]|ar{{1,2}}oba[sz]|\bat\b|[\[({{]a[\])}}]|(?:{HOSTS})\W", re.IGNORECASE)
PIECES = re.compile(r"[^\W_]+")
OPENING = listed("est mail email gmail adresse c le la mon sur par a et au de")


def emails(text: str) -> Iterator[tuple[int, int]]:
    """Where they lie; an institution's front desk is left out."""
    if not HINT.search(text):
        return
    for pattern in (SIGNED, SAID):
        for found in pattern.finditer(text):
            pieces = PIECES.findall(unaccented(re.split(AT, found.group(), maxsplit=1)[0]))
            if not (DESKS.issuperset(pieces) or (pattern is SAID and pieces[0] in OPENING)):
                yield found.span()
