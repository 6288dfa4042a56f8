"""Which answers make contributions, and which contributions a turn made or withdrew."""

from __future__ import annotations

from collections.abc import Iterator

from bot.guide import Guide, ReadBack
from bot.model import Conversation, Event, Spot, State


def changed(guide: Guide, before: Conversation, after: Conversation) -> Iterator[Event]:
    """The events of the contributions that count after and did not before, and the reverse."""
    if before.answers is after.answers and before.finished == after.finished:
        return
    had, has = set(counting(guide, before)), set(counting(guide, after))
    for kind, spot in sorted(has - had):
        yield Event("contribution", spot, kind)
    for kind, spot in sorted(had - has):
        yield Event("contribution_withdrawn", spot, kind)


def counting(guide: Guide, talk: Conversation) -> Iterator[tuple[str, Spot]]:
    """(kind, spot of its text) of each contribution that counts.

    It counts once its text is complete and read back, or when the person chose to finish.
    """
    path = frozenset(guide.path(talk.answers))
    for section in guide.sections:
        read_backs = [step for step in section.steps if isinstance(step, ReadBack)]
        for made in section.contributions:
            for spot, answer in talk.answers.items():
                if spot.step != made.text or spot not in path:
                    continue
                if answer.state is not State.ANSWERED:
                    continue
                validated = not answer.draft and all(
                    Spot(step.id, spot.round) in talk.answers
                    for step in read_backs
                    if made.text in step.of and Spot(step.id, spot.round) in path
                )
                if validated or talk.finished:
                    yield made.kind, spot
