"""« Ne supprimez pas », « et si je veux tout enlever après ? »: said of erasing, and no wish to."""

from __future__ import annotations

import re

from bot.model import Heard
from bot.plain import fold

ERASE = r"(?:supprim|effac|enlev|jet|retir)(?:e|es|ez|er|ons)"
STOP = r"(?:arret|stopp|quitt)(?:e|es|ez|er|ons)"
NOT = r"(?:pas|rien|jamais|plus rien|aucune?)"
CAN = re.compile(
    r"\b(?:peux|peut|pouvez|puis|arrive|arrivez|sais|savez|reussi\w*|marche|pourquoi|comment|"
    r"sinon|sauf|mais oui|pouvoir|possible)\b"
)  # « je n'arrive pas à supprimer » is the wish, not its contrary
LATER = re.compile(
    r"\b(?:apres|plus tard|un jour|ensuite|demain|quand je veux|a tout moment|une fois fini|"
    r"dans quelques jours)\b"
)
ASKS = re.compile(
    r"^(?:et )?(?:si (?:je|j)\b|est ce qu|on (?:peut|pourra)|je (?:peux|pourrai|pourrais)|"
    r"c est possible|possible|comment)"
)
ANY = re.compile(rf"\b(?:{ERASE}|{STOP})\b")
ABOUT = re.compile(
    r"\b(?:mes|ma|ce que|svp|stp|s il (?:vous|te) plait|tout|rien|merci|reponses?|messages?|"
    r"texte|peur|gardez|garde|laissez)\b"
)  # of what was said here; else, in a story, it may be of anything
WORDS = 14
ALL = "not_erased", "not_stopped"


def refrains(heard: Heard) -> str | None:
    """What must not be done, as the key of the sentence that says it is not; None otherwise."""
    said = fold(heard.text)
    if len(said.split()) > WORDS or CAN.search(said):
        return None
    for key, verb in zip(ALL, (ERASE, STOP), strict=True):
        if _denied(said, verb):
            return key
    return None


def _denied(said: str, verb: str) -> bool:
    after = rf"\b{verb}\b(?: (?:moi|surtout|les?|la))? {NOT}\b"
    between = r"(?: (?:que|qu|vous|tu|on|de|d|tout|tous|les?|l|la|y|en|me|m))*"
    before = rf"\b(?:{NOT}|sans){between} {verb}\b"
    around = rf"\b(?:ne|n|surtout) (?:\w+ ){{0,2}}{verb}\b(?: \w+){{0,2}} {NOT}\b"
    return any(re.search(one, said) for one in (after, before, around))


def about_here(heard: Heard) -> bool:
    """Whether it is about what was said here, even in the middle of a story."""
    said = fold(heard.text)
    rest = ANY.split(said)[-1].split()
    return ABOUT.search(said) is not None or len(rest) < 2


def later(heard: Heard) -> bool:
    """« Et si je veux tout enlever après ? »: about a right, not a wish."""
    said = fold(heard.text)
    asks = ASKS.search(said) is not None or "?" in heard.text
    few = len(said.split()) <= WORDS
    return few and asks and ANY.search(said) is not None and LATER.search(said) is not None
