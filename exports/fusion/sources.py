"""What a mapping may take from a contribution: the name of each source, and where it is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from exports.columns import Coded
from exports.records import Record
from exports.tables.contribution_table import DECISIONS

LABELS = ".libelle"
PROFILE = "profil."
Found = date | tuple[Coded, ...] | None  # words are one Coded without a code


class Source(NamedTuple):
    """One name that a mapping may write after `source:`."""

    meaning: str
    field: str  # of `Record`, whose rule says in which profiles there is something
    read: Callable[[Record, Mapping[str, str]], Found]  # the second: names of themes by code


def _words(text: str | None) -> tuple[Coded, ...]:
    return (Coded("", text),) if text else ()


def _one(coded: Coded | None) -> tuple[Coded, ...]:
    return (coded,) if coded else ()


def _themes(record: Record, names: Mapping[str, str]) -> tuple[Coded, ...]:
    codes = dict.fromkeys(one.code for one in record.codings)
    return tuple(Coded(code, names[code]) for code in codes if code in names)


SOURCES: Mapping[str, Source] = {
    "reference": Source("le numéro de la contribution", "reference",
                        lambda r, _: _words(r.reference)),
    "type": Source("experience ou proposal", "kind", lambda r, _: (r.kind,)),
    "titre": Source("le titre", "title", lambda r, _: _words(r.title)),
    "texte": Source("le texte", "text", lambda r, _: _words(r.text)),
    "sujet": Source("le sujet", "topic", lambda r, _: r.topic),
    "pour_qui": Source("pour qui est la proposition", "public", lambda r, _: r.public),
    "jour": Source("le jour de la contribution", "made_on", lambda r, _: r.made_on),
    "tour": Source("0 pour la première, puis 1, 2…", "round", lambda r, _: _words(str(r.round))),
    "participation": Source("la référence de la participation", "participation",
                            lambda r, _: _words(r.participation)),
    "questionnaire": Source("le nom du questionnaire", "guide", lambda r, _: _words(r.guide)),
    "version": Source("sa version", "version", lambda r, _: _words(r.version)),
    "canal": Source("web, telegram…", "channel", lambda r, _: _words(r.channel)),
    "origine": Source("le lien d'arrivée", "origin", lambda r, _: _words(r.origin)),
    "langue": Source("la langue du texte", "language", lambda r, _: _one(r.language)),
    "decision": Source("la décision de l'équipe", "decision",
                       lambda r, _: (Coded(r.decision.value, DECISIONS[r.decision.value]),)),
    "jointe_a": Source("la contribution qui dit la même chose", "merged_into",
                       lambda r, _: _words(r.merged_into)),
    "themes": Source("les thèmes donnés par l'équipe", "codings", _themes),
}  # fmt: skip


def known(path: str) -> bool:
    """Whether a mapping may write this after `source:`."""
    name = path.removesuffix(LABELS)
    return name in SOURCES or (name.startswith(PROFILE) and len(name) > len(PROFILE))


def field_of(path: str) -> str:
    """The field of `Record` that a source reads."""
    name = path.removesuffix(LABELS)
    return SOURCES[name].field if name in SOURCES else "profile"


def found(path: str, record: Record, themes: Mapping[str, str]) -> Found:
    """What a contribution holds there."""
    name = path.removesuffix(LABELS)
    if name in SOURCES:
        return SOURCES[name].read(record, themes)
    return record.profile.get(name.removeprefix(PROFILE), ())


def written(path: str, values: Iterable[Coded]) -> list[str]:
    """Codes, or labels where the path asks for them; words as they are."""
    labels = path.endswith(LABELS)
    return [one.label if labels or not one.code else one.code for one in values]
