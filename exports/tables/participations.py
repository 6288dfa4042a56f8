"""The file of participations: one line each, with what its guide makes of short answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from bot.guide import Guide
from exports.code_names import GIVEN, HELPED, STATUSES
from exports.columns import Coded, Column, Kind, Row, Table, Value, coded
from exports.confidentiality import OTHER, Profile
from exports.records import Agreement, Participant
from exports.vocabulary import Question, questions

Choices = Mapping[str, tuple[Coded, ...]]
FIXED: tuple[Column[Participant], ...] = (
    Column("participation", "Participation",
           "Référence tirée au hasard, qui relie les fichiers entre eux. Hors du profil interne, "
           "elle est remplacée par une autre.",
           Kind.TEXT, lambda one: one.reference, always=True),
    Column("guide", "Guide", "Le questionnaire suivi.",
           Kind.TEXT, lambda one: one.guide, always=True),
    Column("version", "Version", "La version du questionnaire commencée, gardée jusqu'au bout.",
           Kind.TEXT, lambda one: one.version, always=True),
    Column("channel", "Canal", "Par où la personne a parlé : web, telegram, terminal.",
           Kind.TEXT, lambda one: one.channel, always=True),
    Column("origin", "Origine", "Le lien qui a amené la personne, quand il en portait un.",
           Kind.TEXT, lambda one: one.origin),
    Column("helped", "Qui répond",
           "La personne seule, avec de l'aide, ou par la main d'une autre personne.",
           Kind.CHOICE, lambda one: one.helped, always=True, codes=HELPED),
    Column("helped_by", "Avec l'aide de, ou recueilli par",
           "La fonction de la personne qui a aidé, si elle l'a donnée. Jamais son nom.",
           Kind.TEXT, lambda one: one.helped_by),
    Column("helper_session", "Séance",
           "Tirée au hasard : la même pour les personnes qu'une seule personne a aidées.",
           Kind.TEXT, lambda one: one.helper_session),
    Column("status", "Statut", "Où en est la participation.",
           Kind.CHOICE, lambda one: coded(one.status, STATUSES), always=True, codes=STATUSES),
    Column("started_on", "Commencée le", "Le jour du premier message (temps universel).",
           Kind.DAY, lambda one: one.started_on, always=True),
    Column("active_on", "Active le", "Le jour du dernier message (temps universel).",
           Kind.DAY, lambda one: one.active_on, always=True),
)  # fmt: skip

_WHO_HELPS = frozenset({"origin", "helped", "helped_by", "helper_session"})
HIDDEN: Mapping[Profile, frozenset[str]] = {  # columns that a profile does not have
    Profile.INTERNAL: frozenset(),
    Profile.PARTNER: _WHO_HELPS,
    Profile.PUBLIC: _WHO_HELPS | {"version", "channel", "status", "started_on", "active_on"},
}


def table(guides: Iterable[Guide], profile: Profile) -> Table[Participant]:
    """The fixed columns, then those of each guide, all its versions together."""
    columns = [one for one in FIXED if one.name not in HIDDEN[profile]]
    for question in questions(guides, profile):
        columns += _agreement(question) if question.agreement else _answer(question)
    return Table("participations", "Participations", tuple(columns))


def _agreed(one: Participant) -> Hashable:
    return one.guide, *one.agreements.items()


def _answered(one: Participant) -> Hashable:
    return one.guide, *one.answers.items()


def _agreement(question: Question) -> Iterator[Column[Participant]]:
    def of(take: Callable[[Agreement], Value]) -> Callable[[Participant], Value]:
        def value(one: Participant) -> Value:
            found = one.agreements.get(question.step) if one.guide == question.guide else None
            return take(found) if found else None

        return value

    title, about = _title(question), f"l'accord « {question.title} »"
    guide, step = question.guide, question.step
    yield Column(
        question.name, title, f"{about[0].upper()}{about[1:]} : donné, pas donné ou pas posé.",
        Kind.CHOICE, of(lambda found: coded(found.given, GIVEN)), codes=GIVEN,
        guide=guide, step=step, by=_agreed,
    )  # fmt: skip
    yield Column(
        f"{question.name}__version", f"{title} : version",
        f"La version du texte lu pour {about}.", Kind.TEXT, of(lambda found: found.version),
        guide=guide, step=step, by=_agreed,
    )  # fmt: skip
    yield Column(
        f"{question.name}__on", f"{title} : le",
        f"Le jour de la réponse à {about} (temps universel).",
        Kind.DAY, of(lambda found: found.on), guide=guide, step=step,
    )  # fmt: skip


def _answer(question: Question) -> Iterator[Column[Participant]]:
    def answers(one: Participant) -> Choices:
        return one.answers if one.guide == question.guide else {}

    yield answer_column(question, answers, _answered)
    if not question.several:
        return
    for category in question.categories:
        if category.code != OTHER.code:
            yield Column(
                f"{question.name}__{category.code}",
                f"{question.title} : {category.label} "
                f"({question.guide}.{question.step}.{category.code})",
                f"1 si « {category.label} » a été choisi, 0 sinon ; vide sans réponse.",
                Kind.FLAG, _flag(question, category.code),
                guide=question.guide, step=question.step, by=_answered,
            )  # fmt: skip


def answer_column(
    question: Question, answers: Callable[[Row], Choices], by: Callable[[Row], Hashable]
) -> Column[Row]:
    """The column of a question, for rows whose short answers are given by `answers`.

    Two rows with the same `by` have the same ones.
    """

    def value(row: Row) -> Value:
        found = answers(row).get(question.step)
        if not found:
            return None
        if question.number:
            return question.number_of(found[0].code)
        return found if question.several else found[0]

    kind = Kind.INTEGER if question.number else Kind.CHOICES if question.several else Kind.CHOICE
    return Column(
        question.name, _title(question), f"La réponse à « {question.text} »", kind, value,
        unit=question.unit, guide=question.guide, step=question.step, by=by,
    )  # fmt: skip


def _flag(question: Question, code: str) -> Callable[[Participant], Value]:
    def value(one: Participant) -> Value:
        found = one.answers.get(question.step) if one.guide == question.guide else None
        if not found or found == (OTHER,):
            return None
        return int(code in [choice.code for choice in found])

    return value


def _title(question: Question) -> str:
    return f"{question.title} ({question.guide}.{question.step})"
