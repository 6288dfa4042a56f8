"""E-mail addresses of persons, with « arobase » and « point » too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.traces.words import ordinary
from nlu.words import listed, unaccented

DESKS = listed(
    "accueil administration asso association bonjour bureau caf ccas cese contact consultation "
    "communication courrier cpam direction dpo dpd dsi ecole emploi hello info infos information "
    "mairie mdph mecenat newsletter noreply no nepasrepondre prefecture presidence presse "
    "recrutement reservation rgpd rh secretariat service services siege standard support urgence "
    "webmaster postmaster webmestre candidature candidatures formation enquete ehpad foyer mecs ime"
)  # mailboxes that are nobody's
HOSTS = (
    "gmail|hotmail|outlook|orange|wanadoo|free|sfr|laposte|yahoo|icloud|live|msn|proton|protonmai "
    "l| bbox|neuf|aol|gmx|numericable|mail|googlemail|noos|aliceadsl|voila|ymail|gmai|gmal|gmial| "
    "gamil| "
    "jmail|hotmal|hotmai|otmail|hotmial|outlouk|outlok|wanado|yaho|yahou|laposte|lapost|tutanota| "
    "mailo|yandex|ukr|rediff|zoho|libero|web|tuta|club-internet|cegetel|bouygtel|nordnet|lilo"
)
ENDS = (
    r"(?:fr|com|net|org|eu|be|info|ch|re|io|me|uk|de|es|it|pt|gouv|asso|lu|ca|con|comm|cm|cmo|co|"
    r"frr|f|ru|ua|ma|dz|tn|sn|ro|pl|pm|yt|gp|mq|gf|nc|pf|bzh|alsace|paris)(?!\w)"
)
DOT = r"(?:\s?[.,]{1,2}\s?|\s?[\[({](?:point|dot|\.)[\])}]\s?|\s(?:point|dot|poin|pt)\s?)"
GLUED_DOT = rf"(?:{DOT}|[;:/]|point)"  # after a sign that leaves no doubt
AROBASE = r"\s{0,2}(?:a\s)?ar{1,2}ob(?:a[sz]{0,2}e?|ace?|e)\s{0,2}|\s{0,2}a rr?obas+e?\s{0,2}"
AT = rf"(?:\s{{0,2}}(?:[@＠]{{1,2}}|[\[({{](?:at|arobase|a|@)[\])}}])\s{{0,2}}|{AROBASE})"
PIECE = r"\w[\w+%-]{0,40}"
LOCAL = (
    rf"(?<![\w.+%-])(?:\w\s(?=\w\s[\w@])){{0,12}}+{PIECE}(?:(?:\.{{1,2}}|\s\.\s){PIECE}){{0,3}}?\.?"
    rf"(?:\s(?:point|dot|tiret(?: du (?:bas|6|huit|8))?|underscore|under score)\s{PIECE}){{0,3}}?"
)
DOMAIN = (
    rf"(?:[\w-]{{1,40}}(?:\.[\w-]{{1,40}}){{1,4}}|(?:{HOSTS})\s?(?:{GLUED_DOT}\s?)?{ENDS}"
    rf"|[\w-]{{1,40}}(?:{GLUED_DOT}{ENDS}){{1,2}}|(?:{HOSTS})(?!\w))"
)
SIGNED = re.compile(f"{LOCAL}{AT}{DOMAIN}", re.IGNORECASE)
GLUED = re.compile(  # « lea@truc », « leaarobasegmailpointcom »
    rf"(?<![\w.+%@-])[\w.+%-]{{2,64}}(?:@[\w-]{{4,40}}|arobase(?:{HOSTS})(?:point|\.)?{ENDS})(?!\w)",
    re.IGNORECASE,
)
SAID = re.compile(
    rf"{LOCAL}(?:\s(?:(?:at|ät|chez|a|à|arobe)\s)?|\s?[&#*]\s?|[-_*.]at[-_*.])"
    rf"(?:{HOSTS})(?:{DOT}|\s){ENDS}"
    rf"|{LOCAL}\sat\s[\w-]{{2,40}}(?:{DOT}{ENDS}){{1,2}}",
    re.IGNORECASE,
)
KEPT_AT = re.compile(  # « bakary.t chez orange »
    r"(?<![\w.+%-])(?=[\w.-]{0,40}[a-z])(?=[\w-]{1,40}[._\d])[\w.-]{4,40}\s(?:chez|at|à|a)\s"
    r"(?:gmail|hotmail|outlook|orange|wanadoo|free|sfr|laposte|yahoo|icloud|live)(?!\w|[.]\w)",
    re.IGNORECASE,
)
HINT = re.compile(
    rf"[@＠]|a\s?r{{1,2}}ob|\bat\b|[-_*.]at[-_*.]|[\[({{]a[\])}}]|(?:{HOSTS})(?:\W|$)",
    re.IGNORECASE,
)
CUT = re.compile(rf"{AT}|\sarobe\s", re.IGNORECASE)
PIECES = re.compile(r"[^\W\d_]+")
OPENING = listed(
    "est mail email gmail adresse c le la mon sur par a et au de site sites www web portail "
    "serveur boite compte comptes messagerie page via appli chez operateur les mes ma un une des "
    "en ou box adresse-mail internet forfait"
)


def emails(text: str) -> Iterator[tuple[int, int]]:
    """Where they lie; an institution's front desk is left out."""
    if not HINT.search(text):
        return
    for pattern in (SIGNED, GLUED, SAID, KEPT_AT):
        for found in pattern.finditer(text):
            local = CUT.split(found.group(), maxsplit=1)[0]
            pieces = PIECES.findall(unaccented(local))
            if DESKS.issuperset(pieces) and pieces:
                continue
            if pattern in (SAID, KEPT_AT) and _is_talk(local, pieces):
                continue
            yield found.span()


def _is_talk(local: str, pieces: list[str]) -> bool:
    """« Le site orange.fr », « je vis à orange fr »."""
    if not pieces or pieces[0] in OPENING:
        return True
    word = unaccented(local.split()[0])
    return word.isalpha() and word in ordinary() and not local[len(word) :].startswith(" point ")
