"""The rules of plain French, each one a pure function on a sentence or on a message.

What is asked of the texts that respondents read: docs/write-a-guide.md, « Écrire simplement ».
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from bot.frequent import is_frequent
from bot.plain import fold
from bot.readability import kandel_moles

WORDS, WORDS_IF_SIMPLER = 15, 12  # in a sentence
STATEMENTS = 3  # in a message, besides its question
AT_ONCE = 7  # in the messages of one turn
ONE_RARE_IN = 7  # words; a sentence may always hold one
EASY, EASY_IF_SIMPLER = 60.0, 70.0  # Kandel–Moles, in a message
INDEXED = 12  # words: below, the index says too little

_SENTENCE = re.compile(r".+?(?:[.!?…]+(?=\s|$)(?:\s*»)?|$)", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]+")
_QUOTED = re.compile(r"«[^»]*»")
_PLACEHOLDER = re.compile(r"\{\w+\}")
_ACRONYM = re.compile(r"\b[A-ZÉ]{2,}\b")
_PARENTHESIS = re.compile(r"[()\[\]]")
_ABRIDGED = re.compile(
    r"\w[·•‧]\w|\w\.(?:[lnstv]?e|trice|euse)s?\b|-[lnstv]?e-s\b|\w-e\b|\w/[a-z]*e\b"
)
_NE = re.compile(r"\b(?:ne\b|n['’])", re.IGNORECASE)
_WITHOUT_NE = re.compile(r"\b(?:pas|rien|jamais|aucune?)\b", re.IGNORECASE)
_SANS = re.compile(r"\b(?:sans|ni)\b", re.IGNORECASE)
_FAMILIAR = re.compile(r"\b(?:tu|te|toi|ta|tes|tien|tienne)\b|\bt['’]", re.IGNORECASE)
_PASSIVE = re.compile(
    r"\b(?:est|sont|sera|seront|été)\s+(?:\w+\s)?\w+(?:é|i|u)e?s?\s+par\b", re.IGNORECASE
)
_NUMBER = re.compile(
    r"\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|quarante|"
    r"cinquante|soixante|cents?|mille)\b",
    re.IGNORECASE,
)
_SMALL_WORDS = frozenset({"de", "du", "des", "d", "et", "la", "le", "les", "l", "en", "a"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a text is held to."""

    simpler: bool = False  # also said in a conversation that is « plus simple »
    by_line: bool = False  # one idea per line
    label: bool = False  # a button or a title, not a message
    turn: bool = False  # several messages, said at once
    known: Collection[str] = ()  # folded words and acronyms that need no explanation here


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a text does not keep: which one, where, and what to do."""

    rule: str
    sentence: str
    problem: str
    hint: str


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line is at least one. A placeholder alone is none."""
    found = (part.strip() for part in _SENTENCE.findall(text))
    return [part for part in found if any(c.isalnum() for c in _PLACEHOLDER.sub("", part))]


def counted(sentence: str) -> list[str]:
    """Its words as a reader counts them: « aujourd'hui » and « l'école » are one each."""
    return [word for word in sentence.split() if any(c.isalnum() for c in word)]


def explained(text: str) -> set[str]:
    """The acronyms that stand beside the words whose first letters they are."""
    initials = "".join(w[0] for w in fold(_ACRONYM.sub(" ", text)).split() if w not in _SMALL_WORDS)
    return {a for a in _ACRONYM.findall(text) if fold(a) in initials}


def negations(sentence: str) -> int:
    """How many times it says no, outside what it quotes."""
    said = _QUOTED.sub(" ", sentence)
    ne = len(_NE.findall(said))
    return (ne or min(1, len(_WITHOUT_NE.findall(said)))) + len(_SANS.findall(said))


def rare(sentence: str, known: Collection[str]) -> list[str]:
    """Its words that are not frequent. Figures, acronyms and placeholders are left out."""
    said = _ACRONYM.sub(" ", _PLACEHOLDER.sub(" ", sentence))
    return [
        word
        for word in _WORD.findall(said)
        if not {fold(word), fold(word).removesuffix("s")} & set(known) and not is_frequent(word)
    ]


Found = tuple[str, str] | None  # what is wrong, what to do
Rule = Callable[[str, Asked], Found]


def long(sentence: str, asked: Asked) -> Found:
    most, words = WORDS_IF_SIMPLER if asked.simpler else WORDS, len(counted(sentence))
    if words <= most:
        return None
    return f"{words} mots, {most} au plus", "Coupez-la : une idée par phrase."


def parenthesis(sentence: str, asked: Asked) -> Found:  # noqa: ARG001
    if not _PARENTHESIS.search(sentence):
        return None
    return "une parenthèse", "Faites-en une phrase, ou retirez-la."


def abridged(sentence: str, asked: Asked) -> Found:  # noqa: ARG001
    if (found := _ABRIDGED.search(_PLACEHOLDER.sub(" ", sentence))) is None:
        return None
    problem = f"écriture abrégée, « {found[0]} »"
    return problem, "Écrivez les deux mots : « étudiant ou étudiante »."


def acronym(sentence: str, asked: Asked) -> Found:
    unknown = {a for a in _ACRONYM.findall(sentence) if fold(a) not in asked.known}
    if not (unknown := unknown - explained(sentence)):
        return None
    hint = "Écrivez le nom entier à côté, la première fois."
    return f"sigle sans explication : {', '.join(sorted(unknown))}", hint


def double_negation(sentence: str, asked: Asked) -> Found:  # noqa: ARG001
    if (count := negations(sentence)) < 2:
        return None
    return f"{count} négations", "Dites ce qui se passe, ou ce qu'on peut faire."


def rare_words(sentence: str, asked: Asked) -> Found:
    found = rare(sentence, asked.known)
    words = len(_WORD.findall(_PLACEHOLDER.sub(" ", sentence)))
    if len(found) <= max(1, words // ONE_RARE_IN):
        return None
    share = 100 * (words - len(found)) // words
    problem = f"{share} % de mots courants ; peu courants : {', '.join(found)}"
    return problem, "Remplacez-en, ou coupez la phrase."


def familiar(sentence: str, asked: Asked) -> Found:  # noqa: ARG001
    if (found := _FAMILIAR.search(sentence)) is None:
        return None
    return f"tutoiement, « {found[0]} »", "Dites « vous »."


def passive(sentence: str, asked: Asked) -> Found:  # noqa: ARG001
    if (found := _PASSIVE.search(sentence)) is None:
        return None
    return f"voix passive, « {found[0]} »", "Dites qui fait quoi : « la mairie lit »."


def number(sentence: str, asked: Asked) -> Found:  # noqa: ARG001
    if (found := _NUMBER.search(sentence)) is None:
        return None
    return f"nombre en lettres, « {found[0]} »", "Écrivez-le en chiffres."


OF_A_SENTENCE: Mapping[str, Rule] = {
    "long": long,
    "parenthesis": parenthesis,
    "abridged": abridged,
    "acronym": acronym,
    "double_negation": double_negation,
    "rare_words": rare_words,
    "familiar": familiar,
    "passive": passive,
    "number": number,
}


def too_many(text: str, asked: Asked) -> Found:  # noqa: ARG001
    count = sum("?" not in sentence for sentence in sentences(text))
    if count <= STATEMENTS:
        return None
    return f"{count} phrases, {STATEMENTS} au plus", "Gardez l'essentiel, ou faites deux étapes."


def questions(text: str, asked: Asked) -> Found:  # noqa: ARG001
    count = sum("?" in sentence for sentence in sentences(text))
    return None if count < 2 else (f"{count} questions", "Une seule par message.")


def question_last(text: str, asked: Asked) -> Found:  # noqa: ARG001
    said = sentences(text)
    if not any("?" in sentence for sentence in said) or "?" in said[-1]:
        return None
    return "la question n'est pas à la fin", "Mettez la question en dernier."


def negative(text: str, asked: Asked) -> Found:  # noqa: ARG001
    count = sum(negations(sentence) > 0 for sentence in sentences(text))
    if count < 2:
        return None
    return f"{count} phrases négatives", "Une au plus : dites plutôt ce qui est possible."


def by_line(text: str, asked: Asked) -> Found:
    if not asked.by_line or all(len(sentences(line)) < 2 for line in text.splitlines()):
        return None
    return "2 phrases sur une ligne", "Une idée par ligne : écrivez « simpler: | »."


def readability(text: str, asked: Asked) -> Found:
    plain = [_PLACEHOLDER.sub(" ", sentence).replace("-", " ") for sentence in sentences(text)]
    said = [words for sentence in plain if (words := counted(sentence))]
    if sum(map(len, said)) < INDEXED:
        return None
    least, index = EASY_IF_SIMPLER if asked.simpler else EASY, kandel_moles(said)
    if index >= least:
        return None
    problem = f"indice de lecture {index:.0f}, il faut {least:.0f} (Kandel-Moles)"
    return problem, "Des mots plus courts, des phrases plus courtes."


OF_A_MESSAGE: Mapping[str, Rule] = {
    "too_many": too_many,
    "questions": questions,
    "question_last": question_last,
    "negative": negative,
    "by_line": by_line,
    "readability": readability,
}


def at_once(text: str, asked: Asked) -> Found:  # noqa: ARG001
    count = sum("?" not in sentence for sentence in sentences(text))
    if count <= AT_ONCE:
        return None
    return f"{count} phrases en une fois, {AT_ONCE} au plus", "Raccourcissez un des messages."


def questions_at_once(text: str, asked: Asked) -> Found:  # noqa: ARG001
    count = sum("?" in sentence for sentence in sentences(text))
    return None if count < 2 else (f"{count} questions en une fois", "Gardez la dernière.")


OF_A_TURN: Mapping[str, Rule] = {"at_once": at_once, "questions_at_once": questions_at_once}


def breaches(text: str, asked: Asked) -> Iterator[Breach]:
    """Each rule that this text does not keep."""
    if asked.turn:
        for name, rule in OF_A_TURN.items():
            if found := rule(text, asked):
                yield Breach(name, " ".join(text.split()), *found)
        return
    for sentence in sentences(text):
        for name, rule in OF_A_SENTENCE.items():
            if found := rule(sentence, asked):
                yield Breach(name, sentence, *found)
    if not asked.label:
        for name, rule in OF_A_MESSAGE.items():
            if found := rule(text, asked):
                yield Breach(name, " ".join(text.split()), *found)
