"""What a message means here: the same words are an answer to one question, a wish at another.

The order, for a typed text; the first that fits decides:

1. the label of a choice, whole, is an answer; so is « j'ai fini » or « c'est bon » where an
   answer is read back, and « j'ai fini » where another round is offered;
2. a listed word that asks for a move (« aide », « retour ») is that move; in the middle of an
   open answer, « j'ai fini » closes it;
3. a text that the step's reader can read is an answer;
   (a wish to stop or to erase that a model finds likely is asked about before that, and
   « non supprimez tout » at a question that takes a yes or a no);
4. a model's opinion is followed when it is sure and the move harmless, asked back (« Vous
   vouliez … ? ») when it is not sure or the move leaves something behind;
5. else it is an answer, which the reader refuses kindly.

In an open question any text is an answer (3). There a model's opinion is asked back, the words
being kept meanwhile: when they are few, or very sure, or may ask to stop or to erase; so are
words whose shape speaks to the assistant (`ADDRESSED`), whatever a model says. It is followed
only for a few very sure words that ask us something (« qui va lire ça ? »).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from bot.agreeing import half
from bot.answers import SURE, Asked, Read, closes, read
from bot.choosing import exact_option
from bot.guide import Consent, OneChoice, Open, ReadBack, SeveralChoices, YesNo
from bot.leaning import erasing, leaning
from bot.model import Heard, Refusal
from bot.plain import fold

MOVES = frozenset({
    "help", "ask_why", "repeat", "simpler", "go_back", "skip", "dont_know", "prefer_not", "pause",
    "resume", "restart", "correct", "my_answers", "finish", "stop", "delete_my_data", "ask_who",
    "bot_challenge", "ask_privacy", "human_contact", "status_of_consultation", "greet", "thanks",
    "goodbye", "insult", "distress_self", "danger_other", "next_person", "for_myself", "set_code",
    "remove_code", "forgot_code", "remove_piece", "how_long", "return_code", "cancel_return",
})  # fmt: skip
DANGER = frozenset({"distress_self", "danger_other"})
COURTESY = frozenset({"greet", "thanks", "goodbye", "insult"})  # never asked back
LEAVES = frozenset({
    "stop", "delete_my_data", "restart", "finish", "next_person", "for_myself", "remove_code",
    "cancel_return",
})  # not on a model's word alone  # fmt: skip
TO_US = frozenset({
    "my_answers", "ask_who", "bot_challenge", "ask_privacy", "human_contact", "repeat",
    "status_of_consultation", "how_long",
})  # changes nothing, and can hardly be a contribution  # fmt: skip
TAKES_BACK = ("stop", "delete_my_data")  # wishes that must not be missed
UNSURE, VERY_SURE, SURE_IN_OPEN = 0.25, 0.8, 0.9  # docs/decisions/0006
NOTHING_TO_SAY = frozenset({
    "non", "nan", "rien", "rien du tout", "non rien", "aucune", "aucun", "ras", "r a s", "neant",
    "pas d idee", "pas de proposition", "rien a dire", "rien a proposer", "non merci", "bof",
})  # in an open question: hardly an answer  # fmt: skip
COMMAND_WORDS, LONG_COMMAND_WORDS = 6, 14  # longer words in an open question are an answer
FEW_WORDS = 3  # « les papiers », « la 2 »
LEFT = {
    "skip": re.compile(
        r"\b(?:pass\w*|suivante?s?|saut\w*|zap\w*|suite|laiss\w*|next|skip|autre chose)\b"
    ),
    "dont_know": re.compile(
        r"\b(?:(?:sai[st]?|sav\w+|chai|che|c|vois|souviens|rappelle) (?:\w+ )?(?:pas|plus|rien)|"
        r"jsp|nsp|jss|chepa|idees?|aucune|avis|dont know|sans opinion|ignore|mystere|savoir)\b"
    ),
    "prefer_not": re.compile(
        r"\b(?:prefere\w*|pas (?:\w+ )?(?:repondre|dire|parler|envie)|veux pas|souhaite pas|"
        r"regarde\w* pas|regarde que|prive\w*|personnel\w*|secret|intime|joker|"
        r"garde (?:\w+ )?pour moi|pas (?:vos|tes) affaires|sans reponse)\b"
    ),
}  # words without which a model's opinion leaves no question: it asks
PART = re.compile(
    r"\b(?:phrases?|mots?|partie|fin|debut|dernier|derniere|premier|premiere|lignes?|passage|"
    r"paragraphe|nom|prenom|ca|cela|celui|celle|proposition|experience|texte|titre|numero)\b"
)
PIECE = re.compile(
    r"\b(?:phrases?|mots?|messages?|fin|debut|derniers?|dernieres?|lignes?|passage|paragraphe|nom|"
    r"prenom)\b"
)

ADDRESSED = {
    "how_long": re.compile(
        r"\b(?:combien (?:de|il reste|reste t il|y a t il|d autres)?.{0,12}\bquestions?|"
        r"(?:il )?reste (?:t il )?(?:encore )?(?:combien|beaucoup) de questions?)\b"
    ),
    "pause": re.compile(
        r"\bje (?:reviens|reviendrai|reprends|reprendrai|continue|continuerai|finis|finirai) "
        r"(?:dans|demain|plus tard|ce soir|tout a l heure|apres|lundi|mardi|mercredi|jeudi|"
        r"vendredi|samedi|dimanche)\b|\bje (?:dois|vais) (?:y aller|filer|vous laisser)\b"
    ),
    "skip": re.compile(r"\b(?:passons|on passe|je passe)(?: (?:a|la) \w+){0,3}$"),
    "my_answers": re.compile(
        r"\b(?:j ai|jai) perdu ce que\b|\bcomment ca pas repondu\b|"
        r"\b(?:si|mais) j (?:ai|avais) (?:deja )?(?:ecrit|repondu)\b|\b(?:il|elle) est ou$"
    ),
    "remove_piece": re.compile(
        r"\b(?:c etait|c est|etait|ca c etait) (?:pas|plus) ma (?:proposition|reponse|phrase)\b|"
        r"\bpas mon temoignage\b"
    ),
}  # in an open question: asked about, the words being kept meanwhile
TO_YOU = re.compile(r"\b(?:vous|tu|t|te|toi|votre|vos)\b")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A move, a move to be confirmed, or an answer (`reading`)."""

    move: str | None = None
    perhaps: str | None = None
    reading: Read | Refusal | None = None


def meaning(asked: Asked[Any], heard: Heard, *, collecting: bool) -> Meaning:
    """What these words mean at this question."""
    if isinstance(asked.step, Open):
        return _in_open(asked, heard, collecting=collecting)
    whole = exact_option(asked.offered, heard.text) or exact_option(asked.offered, heard.spelled)
    if whole or closes(asked, heard):
        return Meaning(reading=read(asked, heard))
    if heard.exact and heard.intent in MOVES:
        if heard.intent == "finish" and collecting:
            return Meaning(move="done")
        return Meaning(move=heard.intent)
    heard = _narrowed(asked, heard)
    reading = read(asked, heard)
    if isinstance(asked.step, YesNo | Consent) and erasing(heard):
        return Meaning(perhaps="delete_my_data", reading=reading)
    if isinstance(reading, Read) and _named(asked, heard):
        return Meaning(reading=reading)
    least = VERY_SURE if isinstance(reading, Read) else UNSURE
    if taken_back := _taken_back(heard, least):
        return Meaning(perhaps=taken_back, reading=reading)
    if isinstance(reading, Read):
        return Meaning(reading=reading)
    if isinstance(asked.step, YesNo | Consent) and leaning(heard) == "both":
        return Meaning(reading=reading)
    if isinstance(asked.step, Consent) and half(heard) and heard.intent not in TAKES_BACK:
        return Meaning(reading=reading)
    if heard.intent == "restart" and any(c.isdigit() for c in heard.text):
        return Meaning(reading=reading)  # a figure is an answer that we cannot read
    sure = heard.confidence >= VERY_SURE and (heard.intent not in LEFT or _leaves(heard))
    if heard.intent in MOVES - LEAVES and sure:
        return Meaning(move=heard.intent)
    if heard.intent in MOVES - COURTESY and heard.confidence >= UNSURE:
        return Meaning(perhaps=heard.intent, reading=reading)
    return Meaning(reading=reading)


def _named(asked: Asked[Any], heard: Heard) -> bool:
    """Whether a few words name a choice, and can hardly be anything else."""
    closed = isinstance(asked.step, OneChoice | SeveralChoices)
    return closed and len(heard.text.split()) <= FEW_WORDS


def _leaves(heard: Heard) -> bool:
    """Whether words of leaving the question are there: a model alone skips none."""
    return LEFT[heard.intent or ""].search(fold(heard.text)) is not None


def _narrowed(asked: Asked[Any], heard: Heard) -> Heard:
    """« Enlevez la fin », said of a text that is read back: the buttons to change it are there."""
    if heard.exact or not isinstance(asked.step, ReadBack):
        return heard
    erases = heard.intent == "delete_my_data" and PART.search(fold(heard.text)) is not None
    if erases or (heard.intent == "correct" and not heard.entities):
        return replace(heard, intent=None, ranking=())
    return heard


def _in_open(asked: Asked[Any], heard: Heard, *, collecting: bool) -> Meaning:
    if heard.intent in MOVES and heard.exact:
        if collecting and heard.intent in ("finish", "skip"):
            return Meaning(move="done")
        return Meaning(move=heard.intent)
    reading = read(asked, heard)
    if not isinstance(reading, Read):
        return Meaning(reading=reading)
    if taken_back := _taken_back(heard, UNSURE):
        piece = collecting and taken_back == "delete_my_data" and PIECE.search(fold(heard.text))
        return Meaning(perhaps="remove_piece" if piece else taken_back, reading=reading)
    if not collecting and fold(heard.text) in NOTHING_TO_SAY:
        return Meaning(perhaps="skip", reading=reading)
    length, sure = len(heard.text.split()), heard.confidence >= SURE_IN_OPEN
    if sure and length <= COMMAND_WORDS and heard.intent in TO_US:
        return Meaning(move=heard.intent)
    if aside := addressed(heard):
        return Meaning(perhaps=aside, reading=reading)
    if heard.intent not in MOVES - DANGER - COURTESY or length > LONG_COMMAND_WORDS:
        return Meaning(reading=reading)
    if sure or (length <= COMMAND_WORDS and heard.confidence >= SURE):
        return Meaning(perhaps=heard.intent, reading=reading)
    return Meaning(reading=reading)


def addressed(heard: Heard) -> str | None:
    """The wish of words said to the assistant, by their shape: a question, « je reviens », …"""
    said = fold(heard.text)
    if heard.exact or len(said.split()) > LONG_COMMAND_WORDS:
        return None
    for wish, shape in ADDRESSED.items():
        if shape.search(said):
            return wish
    to_us = "?" in heard.text and TO_YOU.search(said)
    if heard.intent == "ask_privacy" and heard.confidence >= VERY_SURE:
        return heard.intent
    asks = heard.intent in MOVES - DANGER - COURTESY - LEAVES
    return heard.intent if to_us and asks and heard.confidence >= SURE else None


def _taken_back(heard: Heard, least: float) -> str | None:
    """Stopping or erasing, when a model finds it at least so likely in words few enough."""
    if heard.exact or len(heard.text.split()) > LONG_COMMAND_WORDS:
        return None
    return next((wish for wish in TAKES_BACK if heard.likely(wish) >= least), None)
