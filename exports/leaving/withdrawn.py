"""What people and staff took back since a snapshot: it leaves no more, whatever the snapshot says.

Only ever less than the snapshot held: what is allowed since is for the next one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from bot.curated import Curated, Decision
from bot.guide import Guide
from exports.columns import Coded
from exports.confidentiality import Profile
from exports.leaving.lessening import limited
from exports.leaving.pseudonyms import Pseudonyms
from exports.leaving.recording import Whole, wholes
from exports.runs import Run
from exports.source import Key, Source

ALL = ""  # stands for the whole participation
GONE: Mapping[Profile, frozenset[str]] = {  # the contribution leaves no more; else only its words
    Profile.INTERNAL: frozenset(),
    Profile.PARTNER: frozenset({"retiree", "corbeille"}),
    Profile.PUBLIC: frozenset({"retiree", "corbeille", "masquee", "pas_publiee"}),
}
Words = tuple[str | None, str | None, tuple[Coded, ...]]


class Stamp:
    """The facts of one reading, in its order, as a few letters. Empty: nothing was withdrawn."""

    def __init__(self) -> None:
        self._hashed, self._any = hashlib.sha256(), False

    def add(self, participation: str, lost: Mapping[str, str]) -> None:
        for reference, why in lost.items():
            self._hashed.update(f"{participation}|{reference}|{why}\n".encode())
            self._any = True

    @property
    def said(self) -> str:
        return self._hashed.hexdigest() if self._any else ""


def stamp_of(source: Source, profile: Profile) -> str:
    """The stamp that reading this snapshot for this profile would have now."""
    stamp = Stamp()
    if profile is not Profile.INTERNAL:
        names = Pseudonyms(source.snapshot.salt, profile)
        for then, now in source.beside_now(changed=True):
            if now is not None:
                lost = withdrawn(then, now, source.guides, names, profile)
                stamp.add(then.participation.conversation.reference, lost)
    return stamp.said


def withdrawn(
    then: Curated, now: Curated, guides: Mapping[Key, Guide], names: Pseudonyms, profile: Profile
) -> dict[str, str]:
    """By reference of a contribution, why it or its words leave no more; `ALL` for everything."""
    before, after = _guide(then, guides), _guide(now, guides)
    if before is None or Run.of(then.participation, before).withheld:
        return {}
    if after is None or Run.of(now.participation, after).withheld:
        return {ALL: "accord_retire"}
    here = {one.record.reference: one for one in wholes(now, after, names, {})}
    found = {
        one.record.reference: _why(one, here.get(one.record.reference), profile)
        for one in wholes(then, before, names, {})
    }
    return {reference: why for reference, why in found.items() if why}


def gone(why: str, profile: Profile) -> bool:
    """Whether nothing of the contribution leaves: what is said of it as if it had been so then."""
    return why in GONE[profile]


def silenced(whole: Whole) -> Whole:
    """The contribution without its words."""
    return replace(whole, curation=replace(whole.curation, decision=Decision.HIDDEN))


def _guide(one: Curated, guides: Mapping[Key, Guide]) -> Guide | None:
    talk = one.participation.conversation
    return guides.get((talk.guide, talk.version))


def _why(then: Whole, now: Whole | None, profile: Profile) -> str | None:
    public = profile is Profile.PUBLIC
    decided = then.curation.decision
    if decided is Decision.BINNED or (public and decided is not Decision.PUBLISHED):
        return None  # it never left
    if now is None:
        return "retiree"
    if now.curation.decision is Decision.BINNED:
        return "corbeille"
    words = _words(then, profile)
    if now.curation.decision is Decision.HIDDEN and (public or any(words)):
        return "masquee"
    if public and now.curation.decision is not Decision.PUBLISHED:
        return "pas_publiee"
    if not any(words):
        return None
    if public and not now.quoted:
        return "sans_citation"
    return None if _words(now, profile) == words else "texte_change"


def _words(whole: Whole, profile: Profile) -> Words:
    record = limited(whole, profile)
    free = tuple(one for one in (*record.topic, *record.public) if not one.code)
    return record.text, record.title, free
