"""The file of contributions: the experiences and the proposals that the synthesis reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.guide import ContributionOf, Guide, ReadBack
from bot.model import Answer, Contribution, Spot, State
from exports.answers import provenance, spoken
from exports.columns import Column, Kind, Table, Value, coded
from exports.participations import by_name, choices, consent_column
from exports.runs import (
    COMPLETENESS,
    CONTRIBUTIONS,
    HELPED,
    LANGUAGES,
    MASKINGS,
    ORIGINS,
    Run,
    consents,
    masking,
)


@dataclass(frozen=True, slots=True)
class Made:
    """A contribution beside the lines of the guide that say which answers it is made of."""

    run: Run
    contribution: Contribution
    of: ContributionOf | None  # None: its words are no longer there

    def role(self, role: str) -> Answer | None:
        """The answer that is its text, its title, its topic or its public."""
        step = getattr(self.of, role) if self.of else None
        if step is None or self.of is None:
            return None
        own = step in self.run.guide.section_of[self.of.text].ids
        answer = self.run.answer(Spot(step, self.contribution.round if own else 0))
        return answer if answer and answer.state is State.ANSWERED else None


def made(run: Run) -> Iterator[Made]:
    """The contributions of a participation, each with its declaration in the guide."""
    declared = [of for section in run.guide.sections for of in section.contributions]
    for contribution in run.participation.contributions:
        mine = (
            of
            for of in declared
            if of.kind == contribution.kind and run.counted(of.text, contribution.round)
        )
        yield Made(run, contribution, next(mine, None))


def table(guides: Sequence[Guide]) -> Table[Made]:
    """The fixed columns, then one per agreement that people are free not to give."""
    columns = list(COLUMNS)
    for guide, versions in by_name(guides).items():
        free = [s.id for version in versions for s in consents(version, required=False)]
        for step in dict.fromkeys(free):
            column = consent_column(guide, [v.steps[step] for v in versions if step in v.steps])
            columns.append(_through(column))
    return Table("contributions", "Contributions", tuple(columns))


def _through(column: Column[Run]) -> Column[Made]:
    return Column(
        column.name, column.title, column.meaning, column.kind,
        lambda made: column.value(made.run),
        codes=column.codes, guide=column.guide, step=column.step,
    )  # fmt: skip


def completeness(made: Made) -> str:
    """A key of COMPLETENESS: complete once the text is finished and read back."""
    text, run, round = made.role("text"), made.run, made.contribution.round
    if text is None or text.draft or made.of is None:
        return "draft"
    read_backs = [
        Spot(step.id, round)
        for step in run.guide.section_of[made.of.text].steps
        if isinstance(step, ReadBack) and made.of.text in step.of
    ]
    asked = [spot for spot in read_backs if spot in run.path]
    return "complete" if all(run.answer(spot) for spot in asked) else "draft"


def _codes(made: Made, role: str) -> Value:
    answer = made.role(role)
    return choices(answer) if answer else None


def _labels(made: Made, role: str) -> Value:
    """What was chosen, or what was written when the step takes words."""
    answer = made.role(role)
    if answer is None:
        return None
    return answer.labels or ((answer.kept,) if answer.parts else ())


def _words(made: Made, role: str) -> Value:
    answer = made.role(role)
    return (", ".join(answer.labels) or answer.kept or None) if answer else None


def _typed(made: Made, role: str) -> Value:
    answer = made.role(role)
    return answer.text or None if answer else None


COLUMNS: tuple[Column[Made], ...] = (
    Column("contribution", "Contribution",
           "Le numéro de la contribution (E : expérience, P : proposition), jamais redonné.",
           Kind.TEXT, lambda made: made.contribution.reference, always=True),
    Column("kind", "Sorte", "Une expérience ou une proposition.",
           Kind.CHOICE, lambda made: coded(made.contribution.kind, CONTRIBUTIONS),
           always=True, codes=CONTRIBUTIONS),
    Column("guide", "Guide", "Le questionnaire suivi.",
           Kind.TEXT, lambda made: made.run.guide.guide, always=True),
    Column("version", "Version", "La version du questionnaire.",
           Kind.TEXT, lambda made: made.run.guide.version, always=True),
    Column("topic", "Sujet (code)", "Le code du sujet choisi.",
           Kind.CODES, lambda made: _codes(made, "topic")),
    Column("topic_label", "Sujet", "Le sujet choisi, comme la personne l'a lu.",
           Kind.TEXTS, lambda made: _labels(made, "topic")),
    Column("title", "Titre", "Le titre, dans les mots de la personne, masqué comme le texte.",
           Kind.TEXT, lambda made: _words(made, "title")),
    Column("text", "Texte",
           "Le texte, dans les mots de la personne, un message par ligne, "
           "sans ce qui désigne quelqu'un ; tel quel si elle l'a demandé.",
           Kind.TEXT, lambda made: _words(made, "text")),
    Column("masking", "Masquage",
           "Ce que la personne a choisi quand son texte désignait quelqu'un. "
           "Vide si rien n'a été trouvé.",
           Kind.CHOICE, lambda made: masking(made.role("text")), codes=MASKINGS),
    Column("title_as_typed", "Titre exact", "Le titre exact, quel que soit ce choix.",
           Kind.TEXT, lambda made: _typed(made, "title"), internal=True),
    Column("text_as_typed", "Texte exact", "Le texte exact, quel que soit ce choix.",
           Kind.TEXT, lambda made: _typed(made, "text"), internal=True),
    Column("provenance", "Provenance",
           "Comment les mots du texte sont venus. Pour plusieurs messages : le moins sûr.",
           Kind.CHOICE, lambda made: provenance(made.role("text")), codes=ORIGINS),
    Column("language", "Langue",
           "La langue du texte, reconnue par le programme (code ISO 639-1). "
           "Vide si le texte est trop court.",
           Kind.CHOICE, lambda made: spoken(made.role("text")), codes=LANGUAGES),
    Column("public", "Pour qui (codes)", "Les codes des publics choisis, séparés par « | ».",
           Kind.CODES, lambda made: _codes(made, "public")),
    Column("public_label", "Pour qui", "Les publics choisis, ou ce que la personne a écrit.",
           Kind.TEXTS, lambda made: _labels(made, "public")),
    Column("participation", "Participation", "La référence de la participation.",
           Kind.TEXT, lambda made: made.run.reference, always=True),
    Column("helped", "Qui répond",
           "La personne seule, avec de l'aide, ou par la main d'une autre personne.",
           Kind.CHOICE,
           lambda made: coded(made.run.participation.conversation.helped, HELPED),
           always=True, codes=HELPED),
    Column("helped_by", "Avec l'aide de, ou recueilli par",
           "La fonction de la personne qui a aidé, si elle l'a donnée. Jamais son nom.",
           Kind.TEXT, lambda made: made.run.helped_by),
    Column("round", "Tour", "0 pour la première fois, puis 1, 2… dans une partie répétée.",
           Kind.INTEGER, lambda made: made.contribution.round, always=True),
    Column("state", "État", "Brouillon tant que le texte n'est pas fini et relu.",
           Kind.CHOICE, lambda made: coded(completeness(made), COMPLETENESS),
           always=True, codes=COMPLETENESS),
    Column("made_on", "Faite le", "Le jour où la contribution a compté (temps universel).",
           Kind.DAY, lambda made: made.contribution.made_on, always=True),
)  # fmt: skip
