"""The file of answers, in long form: one line per question and per round, asked or not."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from bot.guide import Section, Step
from bot.model import Answer, Spot, State
from exports.code_names import (
    KINDS,
    LANGUAGES,
    MASKINGS,
    ORIGINS,
    STATES,
    choices,
    masking,
    provenance,
    spoken,
)
from exports.columns import Column, Kind, Table, coded
from exports.runs import Run, asking, day, named

REMEMBERED = 1_024  # sets of rounds


class Line(NamedTuple):
    """One question put, or not, to one person."""

    run: Run
    section: Section
    step: Step
    spot: Spot
    answer: Answer | None


Asked = tuple[tuple[Section, Step, Spot], ...]


class Lines:
    """The lines of participations; those who opened the same rounds were asked the same."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Asked] = {}

    def of(self, run: Run) -> Iterator[Line]:
        """Every question of the guide in order, in each round that was opened."""
        answers = run.participation.conversation.answers
        later = frozenset(spot for spots in (run.path, answers) for spot in spots if spot.round)
        key = run.guide.guide, run.guide.version, later
        asked = self._known.get(key)
        if asked is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            asked = self._known[key] = tuple(_asked(run, later))
        for section, step, spot in asked:
            yield Line(run, section, step, spot, answers.get(spot))


def _asked(run: Run, later: frozenset[Spot]) -> Iterator[tuple[Section, Step, Spot]]:
    for section in run.guide.sections:
        for round in run.rounds(section) if later else (0,):
            for step in asking(section):
                yield section, step, Spot(step.id, round)


def alike(line: Line) -> Hashable | None:
    """Two lines for which this is the same differ by their participation only. None: by words."""
    return None if line.answer and line.answer.parts else besides(line)


def besides(line: Line) -> Hashable:
    """All that a line says, but for the participation and the words."""
    answer, run = line.answer, line.run
    where = run.guide.guide, run.guide.version, line.spot, line.spot in run.path
    if answer is None:
        return where
    said = answer.state, answer.values, answer.labels, answer.draft, answer.version, answer.masking
    if not answer.parts:
        return where, said, day(answer.at)
    came = tuple([part.origin for part in answer.parts])
    return where, said, day(answer.at), answer.names_someone, answer.language, came


def _state(line: Line) -> str:
    return (line.answer.state if line.answer else State.NOT_ASKED).value


def has_words(answer: Answer) -> bool:
    """Whether something was written, besides voice messages that nobody wrote down."""
    return any(part.text or not part.origin for part in answer.parts)


COLUMNS: tuple[Column[Line], ...] = (
    Column("participation", "Participation", "La référence de la participation.",
           Kind.TEXT, lambda line: line.run.reference, always=True),
    Column("guide", "Guide", "Le questionnaire suivi.",
           Kind.TEXT, lambda line: line.run.guide.guide, always=True, by=besides),
    Column("version", "Version", "La version du questionnaire.",
           Kind.TEXT, lambda line: line.run.guide.version, always=True, by=besides),
    Column("section", "Partie", "La partie du questionnaire.",
           Kind.CHOICE, lambda line: coded(line.section.id, {line.section.id: line.section.title}),
           always=True, by=besides),
    Column("step", "Question", "Le nom de la question ; son texte est dans le dictionnaire.",
           Kind.CHOICE, lambda line: coded(line.step.id, {line.step.id: named(line.step)}),
           always=True, by=besides),
    Column("round", "Tour", "0 pour la première fois, puis 1, 2… dans une partie répétée.",
           Kind.INTEGER, lambda line: line.spot.round, always=True, by=besides),
    Column("kind", "Sorte", "La sorte de question.",
           Kind.CHOICE, lambda line: coded(line.step.kind, KINDS), always=True, codes=KINDS,
           by=besides),
    Column("state", "État", "Ce que la question est devenue.",
           Kind.CHOICE, lambda line: coded(_state(line), STATES),
           always=True, codes=STATES, by=besides),
    Column("on_path", "Sur le parcours",
           "Non si les réponses données ne mènent pas à cette question : ne la comptez pas.",
           Kind.BOOLEAN, lambda line: line.spot in line.run.path, always=True, by=besides),
    Column("codes", "Codes", "Les codes des choix, séparés par « | ».",
           Kind.CODES, lambda line: choices(line.answer) if line.answer else None, by=besides),
    Column("labels", "Libellés", "Ce que la personne a lu pour ces choix, séparés par « | ».",
           Kind.TEXTS, lambda line: line.answer.labels if line.answer else None, by=besides),
    Column("words", "Mots tapés",
           "Ce que la personne a écrit, un message par ligne, "
           "sans ce qui désigne quelqu'un ; tel quel si elle l'a demandé.",
           Kind.TEXT,
           lambda line: line.answer.kept if line.answer and has_words(line.answer) else None),
    Column("parts", "Messages", "Les mêmes mots, message par message.",
           Kind.TEXTS,
           lambda line: line.answer.leaving if line.answer else None,
           jsonl_only=True),
    Column("masking", "Masquage",
           "Ce que la personne a choisi quand ses mots désignaient quelqu'un. "
           "Vide si rien n'a été trouvé.",
           Kind.CHOICE, lambda line: masking(line.answer), codes=MASKINGS, by=besides),
    Column("words_as_typed", "Mots exacts", "Les mots exacts, quel que soit ce choix.",
           Kind.TEXT,
           lambda line: line.answer.text if line.answer and line.answer.parts else None),
    Column("parts_as_typed", "Messages exacts", "Les mots exacts, message par message.",
           Kind.TEXTS,
           lambda line: tuple(part.text for part in line.answer.parts) if line.answer else None,
           jsonl_only=True),
    Column("provenance", "Provenance",
           "Comment les mots sont venus. Pour plusieurs messages : le moins sûr.",
           Kind.CHOICE, lambda line: provenance(line.answer), codes=ORIGINS, by=besides),
    Column("language", "Langue",
           "La langue d'un texte libre, reconnue par le programme (code ISO 639-1). "
           "Vide si le texte est trop court.",
           Kind.CHOICE, lambda line: spoken(line.answer), codes=LANGUAGES, by=besides),
    Column("draft", "Brouillon", "Oui si la personne n'avait pas dit qu'elle avait fini.",
           Kind.BOOLEAN, lambda line: line.answer.draft if line.answer else None, by=besides),
    Column("answered_on", "Répondue le", "Le jour de la réponse (temps universel).",
           Kind.DAY, lambda line: day(line.answer.at) if line.answer else None, by=besides),
    Column("consent_version", "Version de l'accord", "Pour un accord : la version du texte lu.",
           Kind.TEXT, lambda line: line.answer.version if line.answer else None, by=besides),
)  # fmt: skip

TABLE = Table("answers", "Réponses", COLUMNS)
