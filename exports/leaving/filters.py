"""Which contributions an export is about: chosen by staff, checked against the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from bot.curated import Decision
from bot.errors import ExportError
from exports.code_names import CONTRIBUTIONS
from exports.confidentiality import Profile
from exports.records import Record

# A filter on what a profile withholds would tell it: only these are possible.
POSSIBLE: Mapping[Profile, frozenset[str]] = {
    Profile.INTERNAL: frozenset(
        {"guide", "kind", "topic", "decision", "since", "until", "language", "origin"}
    ),
    Profile.PARTNER: frozenset(
        {"guide", "kind", "topic", "decision", "since", "until", "language"}
    ),
    Profile.PUBLIC: frozenset({"guide", "kind"}),  # a rare topic is hidden
}
FRENCH = {
    "guide": "questionnaire", "kind": "sorte", "topic": "sujet", "decision": "décision",
    "since": "depuis", "until": "jusqu'au", "language": "langue", "origin": "origine",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """Only what fits every choice made; None chooses nothing."""

    guide: str | None = None
    kind: str | None = None  # "experience" or "proposal"
    topic: str | None = None  # a code
    decision: Decision | None = None
    since: date | None = None  # days on which contributions were made, both ends included
    until: date | None = None
    language: str | None = None  # ISO 639-1
    origin: str | None = None

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in CONTRIBUTIONS:
            raise ExportError(
                f"La sorte « {self.kind} » est inconnue. Possibles : {', '.join(CONTRIBUTIONS)}."
            )
        if self.since and self.until and self.since > self.until:
            raise ExportError("Le premier jour est après le dernier. Inversez-les.")

    @property
    def chosen(self) -> dict[str, str]:
        """The choices made, as they are written in a manifest."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: str(value) for name, value in values.items() if value is not None}

    def check(self, profile: Profile) -> None:
        """Raises ExportError for a filter that would tell what the profile withholds."""
        for name in self.chosen:
            if name not in POSSIBLE[profile]:
                raise ExportError(
                    f"Le profil « {profile} » ne permet pas le filtre « {FRENCH[name]} » : il "
                    "dirait ce que ce profil cache. Retirez-le, ou choisissez un autre profil."
                )

    def fit(self, record: Record) -> bool:
        """Whether this contribution, whole, fits every choice."""
        day = record.made_on
        return (
            self.guide in (None, record.guide)
            and self.kind in (None, record.kind.code)
            and (self.topic is None or self.topic in [one.code for one in record.topic])
            and self.decision in (None, record.decision)
            and (self.since is None or (day is not None and day >= self.since))
            and (self.until is None or (day is not None and day <= self.until))
            and self.language in (None, record.language.code if record.language else None)
            and self.origin in (None, record.origin)
        )

    @classmethod
    def read(cls, written: Mapping[str, str]) -> Filters:
        """The filters that `chosen` wrote. Raises ExportError."""
        given: dict[str, object] = dict(written)
        unknown = sorted(given.keys() - {one.name for one in fields(cls)})
        if unknown:
            raise ExportError(f"Le filtre « {unknown[0]} » est inconnu.")
        try:
            if "decision" in given:
                given["decision"] = Decision(str(given["decision"]))
            for name in ("since", "until"):
                if name in given:
                    given[name] = date.fromisoformat(str(given[name]))
        except ValueError:
            raise ExportError(
                "Un filtre ne se lit pas : écrivez un jour AAAA-MM-JJ, ou une décision parmi "
                f"{', '.join(Decision)}."
            ) from None
        return cls(**given)  # type: ignore[arg-type]
