"""The file of participations: one line each, with what its guide makes of short answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

from bot.guide import Consent, Department, Guide, Number, OneChoice, SeveralChoices, Step, YesNo
from bot.model import Answer, Spot
from exports.columns import Coded, Column, Kind, Table, Value, coded
from exports.runs import GIVEN, HELPED, STATUSES, Run, consents, day, named

FIXED: tuple[Column[Run], ...] = (
    Column("participation", "Participation",
           "Référence tirée au hasard, donnée à la personne. Elle relie les fichiers entre eux.",
           Kind.TEXT, lambda run: run.reference, always=True),
    Column("guide", "Guide", "Le questionnaire suivi.",
           Kind.TEXT, lambda run: run.participation.conversation.guide, always=True),
    Column("version", "Version", "La version du questionnaire commencée, gardée jusqu'au bout.",
           Kind.TEXT, lambda run: run.participation.conversation.version, always=True),
    Column("channel", "Canal", "Par où la personne a parlé : web, telegram, terminal.",
           Kind.TEXT, lambda run: run.participation.conversation.channel, always=True),
    Column("origin", "Origine", "Le lien qui a amené la personne, quand il en portait un.",
           Kind.TEXT, lambda run: run.participation.conversation.origin),
    Column("helped", "Qui répond",
           "La personne seule, avec de l'aide, ou par la main d'une autre personne.",
           Kind.CHOICE, lambda run: coded(run.participation.conversation.helped, HELPED),
           always=True, codes=HELPED),
    Column("helped_by", "Avec l'aide de, ou recueilli par",
           "La fonction de la personne qui a aidé, si elle l'a donnée. Jamais son nom.",
           Kind.TEXT, lambda run: run.helped_by),
    Column("helper_session", "Séance",
           "Tirée au hasard : la même pour les personnes qu'une seule personne a aidées.",
           Kind.TEXT, lambda run: run.participation.conversation.helper),
    Column("status", "Statut", "Où en est la participation.",
           Kind.CHOICE, lambda run: coded(run.participation.status, STATUSES),
           always=True, codes=STATUSES),
    Column("started_on", "Commencée le", "Le jour du premier message (temps universel).",
           Kind.DAY, lambda run: day(run.participation.conversation.started), always=True),
    Column("active_on", "Active le", "Le jour du dernier message (temps universel).",
           Kind.DAY, lambda run: run.participation.active_on, always=True),
)  # fmt: skip

Short = OneChoice | SeveralChoices | YesNo | Number | Department


def table(guides: Sequence[Guide]) -> Table[Run]:
    """The fixed columns, then those of each guide, all its versions together."""
    columns = list(FIXED)
    for guide, versions in by_name(guides).items():
        for step_id in dict.fromkeys(s.id for version in versions for s in consents(version)):
            columns += _consent(guide, [v.steps[step_id] for v in versions if step_id in v.steps])
        for step_id in dict.fromkeys(s.id for version in versions for s in _short(version)):
            steps = [v.steps[step_id] for v in versions if step_id in v.steps]
            columns += _answer(guide, [s for s in steps if isinstance(s, Short)])
    return Table("participations", "Participations", tuple(columns))


def by_name(guides: Sequence[Guide]) -> dict[str, list[Guide]]:
    """The versions of each guide, in the order given."""
    versions: dict[str, list[Guide]] = {}
    for guide in guides:
        versions.setdefault(guide.guide, []).append(guide)
    return versions


def consent_column(guide: str, steps: Sequence[Step]) -> Column[Run]:
    """Whether an agreement was given; `steps` are its versions, the last one names it."""
    step = steps[-1]
    return Column(
        _name(guide, step), _title(guide, step),
        f"L'accord « {named(step)} » : donné, pas donné ou pas posé.",
        Kind.CHOICE, _of(guide, lambda run: coded(run.consent(step.id), GIVEN)),
        codes=GIVEN, guide=guide, step=step.id,
    )  # fmt: skip


def _consent(guide: str, steps: Sequence[Step]) -> Iterator[Column[Run]]:
    step = [s for s in steps if isinstance(s, Consent)][-1]
    spot = Spot(step.id)

    def answered(take: Callable[[Answer], Value]) -> Callable[[Run], Value]:
        return _of(guide, lambda run: take(found) if (found := run.answer(spot)) else None)

    yield consent_column(guide, [step])
    yield Column(
        f"{_name(guide, step)}__version", f"{_title(guide, step)} : version",
        f"La version du texte lu pour l'accord « {named(step)} ».",
        Kind.TEXT, answered(lambda answer: answer.version), guide=guide, step=step.id,
    )  # fmt: skip
    yield Column(
        f"{_name(guide, step)}__on", f"{_title(guide, step)} : le",
        f"Le jour de la réponse à l'accord « {named(step)} » (temps universel).",
        Kind.DAY, answered(lambda answer: day(answer.at)), guide=guide, step=step.id,
    )  # fmt: skip


def _short(guide: Guide) -> Iterator[Step]:
    """The steps worth a column here: asked once, and answered by a code or a number."""
    for section in guide.sections:
        if section.repeat is None:
            yield from (step for step in section.steps if isinstance(step, Short))


def _answer(guide: str, steps: Sequence[Short]) -> Iterator[Column[Run]]:
    step = steps[-1]
    several = any(isinstance(s, SeveralChoices) for s in steps)
    whole = all(isinstance(s, Number) and not s.brackets for s in steps)
    yield Column(
        _name(guide, step), _title(guide, step), f"La réponse à « {step.question} »",
        Kind.CHOICES if several else Kind.INTEGER if whole else Kind.CHOICE,
        _of(guide, lambda run: _value(run.counted(step.id), several=several, whole=whole)),
        unit=step.unit if isinstance(step, Number) else "", guide=guide, step=step.id,
    )  # fmt: skip
    if not several:
        return
    for code, label in {o.value: o.label for s in steps for o in s.options}.items():
        yield Column(
            f"{_name(guide, step)}__{code}",
            f"{named(step)} : {label} ({guide}.{step.id}.{code})",
            f"1 si « {label} » a été choisi, 0 sinon ; vide sans réponse.",
            Kind.FLAG, _of(guide, _flag(step.id, code)), guide=guide, step=step.id,
        )  # fmt: skip


def _flag(step: str, code: str) -> Callable[[Run], Value]:
    def value(run: Run) -> Value:
        answer = run.counted(step)
        return int(code in answer.values) if answer else None

    return value


def _value(answer: Answer | None, *, several: bool, whole: bool) -> Value:
    if answer is None or not answer.values:
        return None
    if whole:
        return int(answer.values[0])
    chosen = choices(answer)
    return chosen if several else chosen[0]


def choices(answer: Answer) -> tuple[Coded, ...]:
    """The codes of an answer, with what they meant to the person at that time."""
    pairs = zip_longest(answer.values, answer.labels[: len(answer.values)])
    return tuple(Coded(code, label or code) for code, label in pairs)


def _of(guide: str, value: Callable[[Run], Value]) -> Callable[[Run], Value]:
    """Empty for the participations in another guide, whose steps may bear the same names."""
    return lambda run: value(run) if run.guide.guide == guide else None


def _name(guide: str, step: Step) -> str:
    return f"{guide.replace('-', '_')}__{step.id}"


def _title(guide: str, step: Step) -> str:
    return f"{named(step)} ({guide}.{step.id})"
