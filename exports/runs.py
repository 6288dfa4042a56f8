"""A participation beside its guide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.guide import Consent, Guide, Information, Section, Step
from bot.model import Answer, Participation, Spot, State

WITHHELD = {"no": "refuse", "not_asked": "pas_demande"}  # a required agreement, in the manifest
UNSETTLED = frozenset({"barred", "erase:withdrawn"})  # our question: do all the answers go?


@dataclass(frozen=True, slots=True)
class Run:
    """One participation, its guide, and the spots that its answers lead through."""

    participation: Participation
    guide: Guide
    path: frozenset[Spot]

    @classmethod
    def of(cls, participation: Participation, guide: Guide) -> Run:
        return cls(participation, guide, frozenset(guide.path(participation.conversation.answers)))

    @property
    def reference(self) -> str:
        return self.participation.conversation.reference

    def answer(self, spot: Spot) -> Answer | None:
        return self.participation.conversation.answers.get(spot)

    def counted(self, step: str, round: int = 0) -> Answer | None:
        """The answer at this spot, if it is answered and on the path."""
        spot = Spot(step, round)
        answer = self.answer(spot) if spot in self.path else None
        return answer if answer and answer.state is State.ANSWERED else None

    @property
    def helped_by(self) -> str | None:
        """The function of whoever helped, as they chose it; never a name."""
        steps = (step.id for step in self.guide.steps.values() if step.of_helper)
        answers = (self.counted(step) for step in steps)
        return ", ".join(label for a in answers if a for label in a.labels) or None

    def consent(self, step: str) -> str:
        """A key of `code_names.GIVEN`. Anything else than a clear yes is a no."""
        answer = self.answer(Spot(step))
        if answer is None:
            return "not_asked"
        return "yes" if answer.state is State.ANSWERED and answer.values == ("yes",) else "no"

    @property
    def withheld(self) -> str | None:
        """Why nothing of this participation may leave, a key of WITHHELD, or None.

        Somebody who takes an agreement back, or says they are too young, has withheld it already,
        whether or not they have confirmed.
        """
        if self.participation.conversation.pending in UNSETTLED:
            return "no"
        agreed = {
            self.consent(step) if Spot(step) in self.path else "not_asked"
            for step in self.guide.consents_for("keep")
        }
        return next((why for why in WITHHELD if why in agreed), None)

    def rounds(self, section: Section) -> list[int]:
        """The rounds of a section that were opened; the first one always counts."""
        spots = (*self.path, *self.participation.conversation.answers)
        return sorted({0, *(spot.round for spot in spots if spot.step in section.ids)})


def asking(section: Section) -> Iterator[Step]:
    """The steps of a section that ask something."""
    return (step for step in section.steps if not isinstance(step, Information))


def consents(guide: Guide, *, required: bool | None = None) -> Iterator[Consent]:
    """The agreements that a guide asks for; with `required`, only those that are, or are not."""
    for step in guide.steps.values():
        if isinstance(step, Consent) and required in (None, step.required):
            yield step


def named(step: Step) -> str:
    """What a column made by this step is called."""
    return step.name or step.id


def day(moment: datetime) -> date:
    """The day in UTC, as storage keeps it: nothing finer leaves."""
    return moment.astimezone(UTC).date()
