"""The experiences and the proposals of a participation, and the answers each is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.guide import ContributionOf, ReadBack
from bot.model import Answer, Contribution, Spot, State
from exports.runs import Run


@dataclass(frozen=True, slots=True)
class Made:
    """A contribution beside the lines of the guide that say which answers it is made of."""

    run: Run
    contribution: Contribution
    of: ContributionOf | None  # None: its words are no longer there
    _roles: dict[str, Answer | None] = field(default_factory=dict, compare=False, repr=False)

    def role(self, role: str) -> Answer | None:
        """The answer that is its text, its title, its topic or its public."""
        if role not in self._roles:
            self._roles[role] = self._answer(role)
        return self._roles[role]

    def _answer(self, role: str) -> Answer | None:
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
