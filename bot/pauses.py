"""Leaving and coming back: a pause, a stop, a farewell, the same question days later."""

from __future__ import annotations

from dataclasses import replace

from bot.asking import ask, is_collecting, shown
from bot.flow import Scene, consented, digress, go_on
from bot.model import Choice, Event, Reply, Turn

CODE = Choice("@return_code", ":!return_code")


def goodbye(scene: Scene) -> Turn:
    """A pause, with a farewell."""
    turn = pause(scene)
    if scene.talk.at is None:
        return turn
    return replace(turn, replies=(replace(turn.replies[0], key="goodbye"),))


def pause(scene: Scene) -> Turn:
    if scene.talk.at is None:
        return digress(scene, "goodbye")
    return scene.with_(paused=True).turn(
        Reply("paused", choices=(Choice("@resume", ":!resume"), CODE)),
        events=(Event("paused", scene.talk.at),),
    )


def stop(scene: Scene) -> Turn:
    if scene.talk.at is None:
        return digress(scene, "already_finished")
    return scene.with_(paused=True).turn(
        Reply("stop", choices=ways_on()),
        events=(Event("paused", scene.talk.at),),
    )


def ways_on() -> tuple[Choice, ...]:
    """What can be done by a person who says stop."""
    ways = ("resume", "pause", "finish", "delete_my_data")
    return (*(Choice(f"@stop.{way}", f":!{way}") for way in ways), CODE)


def resume(scene: Scene) -> Turn:
    """On the same step, days later or after an early end; from the start if nothing is kept."""
    guide = scene.guide
    if scene.talk.at is None and not consented(guide, scene.talk):
        turn = go_on(scene.with_(answers={}, finished=False))
        return replace(turn, events=(*turn.events, Event("resumed", turn.conversation.at)))
    if scene.talk.at is not None:
        scene = scene.with_(astray=0)
        turn = scene.turn(*_begun(scene), ask(guide, scene.talk))
    else:
        turn = go_on(scene.with_(finished=False))
        if turn.conversation.at is None:
            return digress(scene, "already_finished")
    return replace(
        turn,
        replies=(Reply("welcome_back"), *turn.replies),
        events=(*turn.events, Event("resumed", turn.conversation.at)),
    )


def _begun(scene: Scene) -> tuple[Reply, ...]:
    """The text begun before the pause, to go on from."""
    at = scene.talk.at
    if at is None or not is_collecting(scene.guide, scene.talk):
        return ()
    return (Reply("begun", {"before": shown(scene.talk.answers[at])}),)
