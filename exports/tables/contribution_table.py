"""The file of contributions: what the synthesis reads, one line each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from operator import attrgetter
from typing import Any

from bot.curated import Code, Decision
from bot.guide import Guide
from exports.code_names import (
    COMPLETENESS,
    CONTRIBUTIONS,
    GIVEN,
    HELPED,
    LANGUAGES,
    MASKINGS,
    ORIGINS,
)
from exports.columns import Coded, Column, Kind, Table, Value, coded
from exports.confidentiality import FIELDS, Profile, Rule
from exports.records import Record
from exports.tables.participations import answer_column
from exports.vocabulary import Question, leaving

DECISIONS = {
    Decision.WAITING.value: "En attente",
    Decision.PUBLISHED.value: "Publiée",
    Decision.HIDDEN.value: "Masquée",
    Decision.BINNED.value: "Corbeille",
}
PURPOSES = {"quote": "Citer", "contact": "Écrire plus tard", "invite": "Inviter"}


def table(guides: Iterable[Guide], profile: Profile, codebook: Iterable[Code]) -> Table[Record]:
    """The columns that the profile has, then the answers of the person that it lets leave."""
    columns: list[Column[Any]] = [
        one
        for one in (*COLUMNS, *_agreements(), _themes(codebook))
        if FIELDS[one.field or one.name].rule(profile) is not Rule.WITHHELD
    ]
    columns += [_answer(question) for question in leaving(guides, profile)]
    return Table("contributions", "Contributions", tuple(columns))


def _answer(question: Question) -> Column[Record]:
    def answers(record: Record) -> Mapping[str, tuple[Coded, ...]]:
        return record.profile if record.guide == question.guide else {}

    return answer_column(question, answers, _profile)


def _profile(record: Record) -> Hashable:
    return record.guide, *record.profile.items()


def _consents(record: Record) -> Hashable:
    return tuple(record.consents.items())


_about = attrgetter("kind", "guide", "version", "topic", "public")
_around = attrgetter(
    "masking", "provenance", "language", "channel", "origin", "helped", "helped_by", "round",
    "complete", "made_on", "decision", "reason",
)  # fmt: skip


def _agreements() -> Iterable[Column[Record]]:
    for purpose, title in PURPOSES.items():
        yield Column(
            f"may_{purpose}", f"Accord : {title.lower()}",
            f"La personne est d'accord : {title.lower()}. Sans « Oui », c'est non.",
            Kind.CHOICE, _given(purpose),
            always=True, codes=GIVEN, field="consents", by=_consents,
        )  # fmt: skip
        yield Column(
            f"may_{purpose}_on", f"Accord : {title.lower()}, le",
            "Le jour de cette réponse (temps universel). Vide si la question n'a pas été posée.",
            Kind.DAY, _said_on(purpose), field="agreed_on",
        )  # fmt: skip


def _said_on(purpose: str) -> Callable[[Record], Value]:
    return lambda record: record.agreed_on.get(purpose)


def _given(purpose: str) -> Callable[[Record], Value]:
    return lambda record: coded(record.consents[purpose], GIVEN)


def _themes(codebook: Iterable[Code]) -> Column[Record]:
    names: Mapping[str, str] = {code.id: code.name for code in codebook}

    def value(record: Record) -> Value:
        found = dict.fromkeys(one.code for one in record.codings)
        return tuple(names.get(code, code) for code in found)

    return Column(
        "themes", "Thèmes", "Les thèmes donnés par l'équipe, séparés par « | ».",
        Kind.TEXTS, value, field="codings",
    )  # fmt: skip


def _codes(chosen: tuple[Coded, ...]) -> tuple[Coded, ...]:
    return tuple(one for one in chosen if one.code)


def _labels(chosen: tuple[Coded, ...]) -> tuple[str, ...]:
    return tuple(one.label for one in chosen)


COLUMNS: tuple[Column[Record], ...] = (
    Column("contribution", "Contribution",
           "Le numéro de la contribution (E : expérience, P : proposition), jamais redonné. "
           "Publiée, elle en reçoit un autre.",
           Kind.TEXT, lambda r: r.reference, always=True, field="reference"),
    Column("kind", "Sorte", "Une expérience ou une proposition.",
           Kind.CHOICE, lambda r: r.kind, always=True, codes=CONTRIBUTIONS, by=_about),
    Column("guide", "Guide", "Le questionnaire suivi.",
           Kind.TEXT, lambda r: r.guide, always=True, by=_about),
    Column("version", "Version", "La version du questionnaire.",
           Kind.TEXT, lambda r: r.version, always=True, by=_about),
    Column("topic", "Sujet (code)", "Le code du sujet choisi.",
           Kind.CODES, lambda r: _codes(r.topic), by=_about),
    Column("topic_label", "Sujet", "Le sujet choisi, ou ce que la personne a écrit.",
           Kind.TEXTS, lambda r: _labels(r.topic), field="topic", by=_about),
    Column("title", "Titre", "Le titre, dans les mots de la personne, masqué comme le texte ; "
           "celui que l'équipe a relu, s'il y en a un.",
           Kind.TEXT, lambda r: r.title),
    Column("text", "Texte",
           "Le texte, dans les mots de la personne, ou tel que l'équipe l'a confirmé. "
           "Vide si les mots ne sortent pas : le manifeste dit pourquoi.",
           Kind.TEXT, lambda r: r.text),
    Column("masking", "Masquage",
           "Ce que la personne a choisi quand son texte désignait quelqu'un. "
           "Vide si rien n'a été trouvé.",
           Kind.CHOICE, lambda r: r.masking, codes=MASKINGS, by=_around),
    Column("title_as_typed", "Titre exact", "Le titre exact, quel que soit ce choix.",
           Kind.TEXT, lambda r: r.title_as_typed),
    Column("text_as_typed", "Texte exact", "Le texte exact, quel que soit ce choix.",
           Kind.TEXT, lambda r: r.as_typed, field="as_typed"),
    Column("provenance", "Provenance",
           "Comment les mots du texte sont venus. Pour plusieurs messages : le moins sûr.",
           Kind.CHOICE, lambda r: r.provenance, codes=ORIGINS, by=_around),
    Column("language", "Langue",
           "La langue du texte, reconnue par le programme (code ISO 639-1). "
           "Vide si le texte est trop court.",
           Kind.CHOICE, lambda r: r.language, codes=LANGUAGES, by=_around),
    Column("public", "Pour qui (codes)", "Les codes des publics choisis, séparés par « | ».",
           Kind.CODES, lambda r: _codes(r.public), by=_about),
    Column("public_label", "Pour qui", "Les publics choisis, ou ce que la personne a écrit.",
           Kind.TEXTS, lambda r: _labels(r.public), field="public", by=_about),
    Column("participation", "Participation", "La référence de la participation.",
           Kind.TEXT, lambda r: r.participation, always=True),
    Column("channel", "Canal", "Par où la personne a parlé.",
           Kind.TEXT, lambda r: r.channel, always=True, by=_around),
    Column("origin", "Origine", "Le lien qui a amené la personne, quand il en portait un.",
           Kind.TEXT, lambda r: r.origin, by=_around),
    Column("helped", "Qui répond",
           "La personne seule, avec de l'aide, ou par la main d'une autre personne.",
           Kind.CHOICE, lambda r: r.helped, always=True, codes=HELPED, by=_around),
    Column("helped_by", "Avec l'aide de, ou recueilli par",
           "La fonction de la personne qui a aidé, si elle l'a donnée. Jamais son nom.",
           Kind.TEXT, lambda r: r.helped_by, by=_around),
    Column("round", "Tour", "0 pour la première fois, puis 1, 2… dans une partie répétée.",
           Kind.INTEGER, lambda r: r.round, always=True, by=_around),
    Column("state", "État", "Brouillon tant que le texte n'est pas fini et relu.",
           Kind.CHOICE, lambda r: coded("complete" if r.complete else "draft", COMPLETENESS),
           always=True, codes=COMPLETENESS, field="complete", by=_around),
    Column("made_on", "Faite le", "Le jour où la contribution a compté (temps universel).",
           Kind.DAY, lambda r: r.made_on, always=True, by=_around),
    Column("decision", "Décision", "Ce que l'équipe a décidé de la contribution.",
           Kind.CHOICE, lambda r: coded(r.decision.value, DECISIONS), always=True,
           codes=DECISIONS, by=_around),
    Column("reason", "Raison", "Le code de la raison donnée à la personne.",
           Kind.TEXT, lambda r: r.reason or None, by=_around),
    Column("merged_into", "Dit la même chose que",
           "La contribution à laquelle l'équipe a joint celle-ci.",
           Kind.TEXT, lambda r: r.merged_into),
)  # fmt: skip
