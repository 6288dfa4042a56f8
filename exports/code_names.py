"""The codes that are ours, and those of an answer, with their names in French."""

from __future__ import annotations

from itertools import zip_longest

from bot.model import Answer, State
from exports.columns import Coded, coded

STATUSES = {"open": "En cours", "paused": "En pause", "finished": "Terminée"}
STATES = {
    State.ANSWERED.value: "Répondue",
    State.SKIPPED.value: "Passée",
    State.REFUSED.value: "Ne souhaite pas répondre",
    State.NOT_ASKED.value: "Pas posée",
}
KINDS = {
    "consent": "Accord",
    "choice": "Choix",
    "choices": "Plusieurs choix",
    "yes_no": "Oui ou non",
    "number": "Nombre",
    "place": "Département",
    "open": "Texte libre",
    "read_back": "Relecture",
}
HELPED = {
    "none": "Sans aide",
    "with_help": "Avec l'aide de quelqu'un",
    "by_helper": "Recueilli par une autre personne",
}
GIVEN = {"yes": "Oui", "no": "Non", "not_asked": "Pas posé"}
CONTRIBUTIONS = {"experience": "Expérience", "proposal": "Proposition"}
LANGUAGES = {
    "fr": "Français",
    "ar": "Arabe",
    "bn": "Bengali",
    "de": "Allemand",
    "el": "Grec",
    "en": "Anglais",
    "es": "Espagnol",
    "fa": "Persan",
    "he": "Hébreu",
    "hy": "Arménien",
    "it": "Italien",
    "ka": "Géorgien",
    "ko": "Coréen",
    "ps": "Pachto",
    "pt": "Portugais",
    "ro": "Roumain",
    "ru": "Russe",
    "so": "Somali",
    "sq": "Albanais",
    "ta": "Tamoul",
    "tr": "Turc",
    "uk": "Ukrainien",
    "ur": "Ourdou",
    "zh": "Chinois",
}  # every code that may be recognised
MASKINGS = {
    "accepted": "Masqué, accepté",
    "refused": "Mots gardés à sa demande",
    "unchosen": "Masqué, sans réponse",
}
ORIGINS = {
    "voice": "Message vocal, sans texte",
    "transcribed": "Vocal, écrit par le programme",
    "listened": "Vocal, écrit par une personne",
    "corrected": "Vocal, corrigé par la personne",
    "confirmed": "Vocal, confirmé par la personne",
    "typed": "Tapé",
}  # the least certain first
COMPLETENESS = {"complete": "Complète", "draft": "Brouillon"}


def masking(answer: Answer | None) -> Coded | None:
    """What became of what points to a person; None when nothing does."""
    if answer is None or not answer.names_someone:
        return None
    chosen = answer.masking if answer.masking in MASKINGS else "unchosen"
    return coded(chosen, MASKINGS)


def spoken(answer: Answer | None) -> Coded | None:
    """The language of an answer's words, of the longest message when there are several."""
    return coded(answer.language, LANGUAGES) if answer and answer.language else None


def provenance(answer: Answer | None) -> Coded | None:
    """How the words came; of several messages, the least certain."""
    came = {part.origin or "typed" for part in answer.parts} if answer else set()
    return next((coded(one, ORIGINS) for one in ORIGINS if one in came), None)


def choices(answer: Answer) -> tuple[Coded, ...]:
    """The codes of an answer, with what they meant to the person at that time."""
    pairs = zip_longest(answer.values, answer.labels[: len(answer.values)])
    return tuple(Coded(code, label or code) for code, label in pairs)
