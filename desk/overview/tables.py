"""The tallies as staff read them: tables and charts in French, small numbers hidden."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from markupsafe import Markup

from bot.guide import Department, Guide, OneChoice, SeveralChoices, Step, YesNo
from desk.overview.charts import Bar, bars, columns
from desk.overview.counting import Asked, Tallies
from exports.code_names import CONTRIBUTIONS, HELPED, LANGUAGES
from exports.outreach import NOWHERE, UNSAID, asking_who
from exports.small_numbers import ENOUGH, HIDDEN, SMALL, rounded, share, shown, shown_together

CHANNELS = {"web": "Page web", "telegram": "Telegram", "terminal": "Terminal"}
WEEKS_AFTER = 62  # days, then the chart has a column for each week
DRAWN = 12  # bars at most: the table has them all
AIMED = (OneChoice, SeveralChoices, YesNo, Department)  # what a target may be set for
NONE = "–"
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Told:
    """One table, its chart, and what has to be known to read them."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    chart: Markup
    note: str = ""
    missing: tuple[str, ...] = ()  # whom nobody is of yet


def key_figures(tallies: Tallies) -> list[tuple[str, str]]:
    """The first things one wants to know."""
    finished, _ = shown_together([tallies.finished, tallies.begun - tallies.finished])
    if finished == HIDDEN:
        finished = about(tallies.finished)
    part = share(tallies.finished, tallies.begun)
    kinds = [
        (f"{label}s", shown(tallies.contributions.get(kind, 0)))
        for kind, label in CONTRIBUTIONS.items()
    ]
    return [
        ("Participations", shown(tallies.begun)),
        ("Terminées", f"{finished} ({part})" if part else finished),
        *kinds,
        ("Dangers signalés", shown(tallies.alarms)),
    ]


def tables(tallies: Tallies, guide: Guide, wanted: Mapping[tuple[str, str], int]) -> list[Told]:
    """Everything that the page shows, in order."""
    said = spoken(tallies, guide)
    found = [_days(tallies), _counts("canal", "Par canal", tallies.channels, _named(CHANNELS))]
    if publics := asking_who(guide):
        labels = {o.value: o.label for step in publics for o in step.options}
        several = any(isinstance(step, SeveralChoices) for step in publics)
        found.append(
            _counts(
                "public", "Par public", {**dict.fromkeys(labels, 0), **tallies.publics},
                _named(labels),
                note="Une personne de plusieurs publics compte dans chacun." if several else "",
            )
        )  # fmt: skip
    if any(isinstance(step, Department) for step in guide.steps.values()):
        places = {code: label for (step, code), label in tallies.labels.items()
                  if isinstance(guide.steps.get(step), Department)}  # fmt: skip
        found.append(_counts("departement", "Par département", tallies.departments, _named(places)))
    found += [
        _counts("origine", "Par lien d’arrivée", tallies.origins, lambda o: o or NOWHERE),
        _counts("aide", "Avec ou sans aide", tallies.helped, _named(HELPED)),
        _counts(
            "langue", "Langue des textes",
            tallies.languages, lambda one: LANGUAGES.get(one or "", one or "Pas reconnue"),
            note="Celle où chaque personne a le plus écrit. « Pas reconnue » : rien d’écrit, "
            "trop court, ou sans accord.",
        ),
    ]  # fmt: skip
    if wanted:
        found.insert(0, _targets(tallies, guide, wanted, said))
    return [*found, _funnel(tallies), _questions(tallies)]


def spoken(tallies: Tallies, guide: Guide) -> dict[tuple[str, str], str]:
    """How many persons gave each code, as it may be read wherever it is shown."""
    found: dict[tuple[str, str], str] = {}
    who = asking_who(guide)
    for step in guide.steps.values():
        if not isinstance(step, AIMED):
            continue
        if isinstance(step, Department):
            counts = dict(tallies.departments)
        elif step in who:
            counts = {**{o.value: 0 for one in who for o in one.options}, **tallies.publics}
        else:
            counts = {o.value: tallies.chosen.get((step.id, o.value), 0) for o in step.options}
            counts[None] = max(0, tallies.begun - sum(counts.values()))
        hidden = _together(counts)
        found |= {(step.id, code): text for code, text in hidden.items() if code is not None}
    return found


def _together(counts: Mapping[Key, int]) -> dict[Key, str]:
    return dict(zip(counts, shown_together(list(counts.values())), strict=True))


def _named(labels: Mapping[str, str]) -> Callable[[str | None], str]:
    return lambda code: UNSAID if code is None else labels.get(code, code)


def _counts(
    name: str, title: str, counts: Mapping[Key, int], label: Callable[[Key], str], note: str = ""
) -> Told:
    said = _together(counts)

    def order(key: Key) -> tuple[int, int, str]:
        """What is hidden is in the order of letters: its place tells nothing."""
        read = said[key].isdigit() and counts[key] > 0
        return (0 if read else 1 if counts[key] else 2), -counts[key] if read else 0, label(key)

    keys = sorted((key for key in counts if counts[key]), key=order)
    rows = [(label(key), said[key]) for key in keys]
    drawn = [Bar(*row, _size(row[1])) for row in rows[:DRAWN]]
    return Told(
        name, title, ("", "Personnes"), tuple(rows), bars(name, title, drawn), note,
        tuple(sorted(label(key) for key, count in counts.items() if not count)),
    )  # fmt: skip


def _size(said: str) -> float | None:
    return float(said) if said.isdigit() else None


def _days(tallies: Tallies) -> Told:
    points = _spread(tallies.days)
    said = shown_together([count for _, count in points])
    rows = [(label, text) for (label, _), text in zip(points, said, strict=True)]
    weekly = bool(points) and points[0][0].startswith("semaine")
    return Told(
        "jours", "Par semaine" if weekly else "Par jour",
        ("Semaine" if weekly else "Jour", "Commencées"),
        tuple(row for row in reversed(rows) if row[1] != "0"),
        columns("jours", "Participations commencées", [Bar(*row, _size(row[1])) for row in rows]),
        "Jours en temps universel.",
    )  # fmt: skip


def _spread(days: Mapping[date, int]) -> list[tuple[str, int]]:
    """Every day, or every week, from the first to the last."""
    if not days:
        return []
    first, last = min(days), max(days)
    long = (last - first).days
    if long < WEEKS_AFTER:
        every = [first + timedelta(days=n) for n in range(long + 1)]
        return [(f"{one:%d/%m/%Y}", days.get(one, 0)) for one in every]
    monday = first - timedelta(days=first.weekday())
    weeks = [monday + timedelta(weeks=n) for n in range((last - monday).days // 7 + 1)]
    return [
        (f"semaine du {one:%d/%m/%Y}", sum(days.get(one + timedelta(days=n), 0) for n in range(7)))
        for one in weeks
    ]


def _targets(
    tallies: Tallies, guide: Guide, wanted: Mapping[tuple[str, str], int],
    said: Mapping[tuple[str, str], str],
) -> Told:  # fmt: skip
    rows, drawn = [], []
    for (step, code), hoped in wanted.items():
        asked = guide.steps.get(step)
        label = tallies.labels.get((step, code)) or _label(asked, code)
        text = said.get((step, code), "0")
        size = _size(text)
        if size is not None:
            left = str(max(0, hoped - int(size)))
        else:
            left = f"au moins {hoped - 4}" if text != HIDDEN and hoped > 4 else NONE
        rows.append((label, text, str(hoped), left))
        drawn.append(Bar(label, f"{text} sur {hoped}", size and min(1.0, size / hoped)))
    order = sorted(range(len(rows)), key=lambda n: (drawn[n].size or 0, rows[n][0]))
    return Told(
        "objectifs", "Qui manque", ("", "Venues", "Espérées", "Manquent"),
        tuple(rows[n] for n in order),
        bars("objectifs", "Personnes venues, sur celles espérées",
             [drawn[n] for n in order[:DRAWN]], 1.0),
        "Le moins avancé est en premier.",
    )  # fmt: skip


def missed(
    tallies: Tallies, guide: Guide, wanted: Mapping[tuple[str, str], int]
) -> tuple[str, ...]:
    """Whom fewer came of than hoped, the least advanced first: as far as the table tells it."""
    if not wanted:
        return ()
    rows = _targets(tallies, guide, wanted, spoken(tallies, guide)).rows
    return tuple(label for label, _, _, left in rows if left not in ("0", NONE))


def _label(step: Step | None, code: str) -> str:
    options = step.options if step else ()
    return next((option.label for option in options if option.value == code), code)


def _funnel(tallies: Tallies) -> Told:
    stopped = shown_together([one.stopped for one in tallies.questions])
    rows = [
        (one.label, about(one.reached), left, time_of(one))
        for one, left in zip(tallies.questions, stopped, strict=True)
    ]
    drawn = [Bar(one.label, row[1], float(rounded(one.reached)))
             for one, row in zip(tallies.questions, rows, strict=True)]  # fmt: skip
    return Told(
        "etapes", "Étape par étape", ("Étape", "Arrivées là", "Arrêtées là", "Temps médian"),
        tuple(rows), bars("etapes", "Personnes arrivées à chaque étape", drawn),
        "Les arrivées sont arrondies à 5 près. « Arrêtées là » : pas terminé, et c’est leur "
        "dernière question. Le temps médian va d’une réponse à la suivante ; une pause de plus de "
        f"30 minutes ne compte pas ; il faut {ENOUGH} réponses.",
    )  # fmt: skip


def _questions(tallies: Tallies) -> Told:
    rows, drawn = [], []
    for one in tallies.questions:
        whole = one.answered + one.skipped + one.refused
        if not whole:
            continue
        unsure, refused = share(one.skipped, whole), share(one.refused, whole)
        rows.append((one.label, unsure or NONE, refused or NONE))
        if unsure:
            drawn.append(Bar(one.label, unsure, float(unsure.split("\u00a0")[0])))
    drawn.sort(key=lambda bar: -(bar.size or 0))
    return Told(
        "sans-reponse", "Sans réponse", ("Question", "Je ne sais pas, ou passée", "Refusée"),
        tuple(rows),
        bars("sans-reponse", "« Je ne sais pas » ou question passée", drawn[:DRAWN], 100),
        f"Un pourcentage demande {ENOUGH} personnes, et 5 de chaque côté.",
    )  # fmt: skip


def about(count: int) -> str:
    """« environ 60 »: beside a total, it tells of nobody."""
    return f"environ {rounded(count)}" if count >= SMALL else shown(count)


def time_of(one: Asked) -> str:
    """« 1 min 20 », or a dash where too few answers were timed."""
    if one.timed < ENOUGH or one.seconds is None:
        return NONE
    minutes, seconds = divmod(one.seconds, 60)
    return f"{minutes}\u00a0min\u00a0{seconds:02}" if minutes else f"{seconds}\u00a0s"
