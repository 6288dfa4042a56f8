"""Wishes known by listed words and buttons only: no sentence was trained for them."""

from __future__ import annotations

import re

from nlu.words import plain

PHRASES: dict[str, tuple[str, ...]] = {
    "next_person": (
        "je change de personne", "changer de personne", "on change de personne",
        "changement de personne", "c'est une autre personne", "une autre personne répond",
        "personne suivante", "la personne suivante", "une nouvelle personne", "nouvelle personne",
        "je passe le téléphone", "je passe la main", "au suivant", "c'est quelqu'un d'autre",
        "quelqu'un d'autre veut répondre", "ce n'est plus la même personne",
        "c'est plus la même personne",
    ),
    "for_myself": (
        "je réponds pour moi maintenant", "je réponds maintenant pour moi", "je réponds pour moi",
        "je réponds aussi pour moi", "je veux répondre pour moi", "c'est mon tour", "à mon tour",
        "maintenant c'est moi", "je veux répondre aussi",
    ),
    "remove_piece": (
        "enlever un message", "enlève un message", "enlevez un message", "retirer un message",
        "effacer un message", "supprimer un message", "enlever mon message",
        "enlever mon dernier message", "enlevez mon dernier message", "effacer mon dernier message",
        "effacez mon dernier message", "supprimer mon dernier message",
        "supprimez mon dernier message", "enlever mon message d'avant", "enlever une phrase",
        "enlever la dernière phrase", "effacer la dernière phrase", "effacez la dernière phrase",
        "enlevez la dernière phrase", "effacez cette dernière phrase", "effacer cette phrase",
        "enlevez cette phrase", "enlever cette phrase",
    ),
    "how_long": (
        "combien de questions", "combien de questions encore", "combien de questions il reste",
        "il reste combien de questions", "combien il reste de questions", "combien de temps",
        "il reste combien de temps", "ça dure combien de temps", "c'est encore long",
        "c'est bientôt fini",
    ),
    "set_code": (
        "mettre un code", "je veux mettre un code", "ajouter un code", "code secret",
        "changer de code", "changer le code", "changer mon code", "mettre un code secret",
        "protéger mes réponses", "cacher mes réponses", "fermer avec un code",
    ),
    "remove_code": (
        "enlever le code", "enlever mon code", "enlève le code", "supprimer le code",
        "supprimer mon code", "retirer le code", "plus de code", "sans code",
    ),
    "forgot_code": (
        "code oublié", "j'ai oublié le code", "j'ai oublié mon code", "mot de passe oublié",
        "je ne sais plus le code", "je ne connais pas le code", "j'ai perdu le code",
        "je connais pas le code", "je sais plus le code",
    ),
    "return_code": (
        "code de retour", "un code de retour", "mon code de retour", "code pour revenir",
        "un code pour revenir", "garder un code pour revenir", "donnez-moi un code",
        "je veux un code de retour", "nouveau code de retour", "un autre code de retour",
        "continuer plus tard", "continuer ailleurs", "continuer sur mon ordinateur",
        "continuer sur un ordinateur", "continuer sur mon téléphone",
        "continuer sur un autre appareil", "continuer sur un autre téléphone",
        "changer d'appareil", "changer de téléphone", "passer sur mon ordinateur",
        "passer sur l'ordinateur", "reprendre sur mon ordinateur", "reprendre ailleurs",
        "reprendre sur un autre appareil", "j'ai perdu mes 4 mots", "j'ai perdu mon code de retour",
    ),
    "cancel_return": (
        "annuler mon code", "annuler le code", "annulez mon code", "annule mon code",
        "annuler mon code de retour", "annuler le code de retour", "supprimer mon code de retour",
        "enlever mon code de retour", "plus de code de retour",
    ),
}  # fmt: skip

SLASH: dict[str, str] = {
    "/personne": "next_person", "/code": "set_code", "/retrouver": "return_code",
}  # fmt: skip

EXACT = {plain(phrase): wish for wish, phrases in PHRASES.items() for phrase in phrases}
CODE = re.compile(
    r"(?:(?:je )?(?:mets?|mettre|veux) )?(?:(?:mon|un|le) )?code(?: secret)?(?: c)?(?: est)? ?"
    r"[0-9 ]+"
)

READS = re.compile(
    r"\bqui (?:va |vont |peut |pourra )?(?:les |le |la )?(?:lit|lire|lira|lisent)\b|"
    r"\b(?:ex|mari|conjointe?|compagnon|copain|copine|femme|pere|mere|parents|frere|soeur|famille|"
    r"quelqu un|il|elle|lui|on)\b.{0,25}\b(?:peut|peuvent|pourra|va|vont)\b.{0,15}"
    r"\b(?:voir|lire|tomber dessus)\b|"
    r"\b(?:peut|peuvent|pourra) (?:rien )?(?:voir|lire) (?:ce que j|mes (?:messages|reponses))|"
    r"\bcomment\b.*\bpersonne (?:ne )?(?:voie|voit|lise|sache)\b"
)  # who may read, whatever the model makes of it
ASKING = re.compile(r"^(?:mais |et |euh |ok )*(?:est ce que|comment|qui|c est qui qui)\b")
READ_WORDS = 14
SURELY = 0.85  # in an open question it is asked about


def asks_who_reads(text: str) -> bool:
    """Whether it is a question, in few words, about who may read."""
    words = plain(text)
    asking = "?" in text or ASKING.match(words)
    return bool(asking and len(words.split()) <= READ_WORDS and READS.search(words))


def find(words: str) -> str | None:
    """The wish that these plain words are, all of them; « code 4821 » asks for a code."""
    return EXACT.get(words) or ("set_code" if CODE.fullmatch(words) else None)
