"""After the last question: what new words are told, and one more round of a repeated part."""

from __future__ import annotations

from dataclasses import replace

from bot.flow import Scene, at_the_end, consented, digress, go_on, left_out
from bot.model import Answer, Choice, Event, Reply, Spot, State, Turn

ASKS_ANOTHER = frozenset({"make_proposal", "share_experience"})  # in listed words
ANOTHER = Choice("@another", ":!another")


def not_kept(scene: Scene) -> Turn:
    """Words that answer no question are not kept: say so, and how to be heard."""
    if not consented(scene.guide, scene.talk):
        return digress(scene, "already_finished")
    ways = at_the_end(scene)
    if left_out(scene.with_(finished=True)):
        return digress(scene, "words_after.resume", choices=ways)
    if not possible(scene):
        return digress(scene, "words_after", choices=ways)
    return digress(scene, "words_after.another", choices=(ANOTHER, *ways))


def possible(scene: Scene) -> bool:
    """Whether another round can be asked now."""
    kept = scene.talk.at is None and consented(scene.guide, scene.talk)
    return kept and _last_no(scene) is not None


def another(scene: Scene) -> Turn:
    """One more round of the part that may be asked again, when nothing is asked any more."""
    spot = _last_no(scene) if possible(scene) else None
    if spot is None:
        return digress(scene, "stale")
    yes = next(option for option in scene.guide.step(spot).options if option.value == "yes")
    answer = Answer(State.ANSWERED, scene.now, (yes.value,), (yes.label,))
    answers = {**scene.talk.answers, spot: answer}
    turn = go_on(scene.with_(answers=answers, finished=False, at=spot))
    events = (Event("corrected", spot), *turn.events, Event("resumed", turn.conversation.at))
    return replace(turn, replies=(Reply("another"), *turn.replies), events=events)


def _last_no(scene: Scene) -> Spot | None:
    """Where the person said that they had no more proposal, if there may be another round."""
    guide, answers = scene.guide, scene.talk.answers
    asking = {
        section.repeat.again
        for section in guide.sections
        if section.repeat and any(made.kind == "proposal" for made in section.contributions)
    }
    path = (spot for spot in reversed(guide.path(answers)) if spot.step in asking)
    return next((s for s in path if s in answers and answers[s].values != ("yes",)), None)
