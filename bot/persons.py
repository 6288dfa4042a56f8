"""One phone, several persons: who begins now, what stays with the person before, who helps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.flow import VISIBLE, Scene, confirmation, consented, digress, helped, nothing_kept
from bot.guide import Guide
from bot.model import Answer, Choice, Conversation, Event, Handover, Heard, Reply, Spot, State, Turn

WISHES = ("next_person", "for_myself")
MARK = "~"  # before the tag, at the end of what a button sends


def next_person(scene: Scene) -> Turn:
    """« Je change de personne »: confirmed, unless nothing is kept, or a helper goes on."""
    helping = helped(scene) == "by_helper"
    agreed = consented(scene.guide, scene.talk)
    if scene.talk.over and (helping or not agreed):
        return handed_over(scene, "next_person")
    if not agreed:
        return _asks(scene, "next_person", "next_person.nothing_kept")
    return _asks(
        scene, "next_person", "next_person.confirm.helper" if helping else "next_person.confirm"
    )


def for_myself(scene: Scene) -> Turn:
    """« Je réponds pour moi », said by someone who wrote for another person."""
    if helped(scene) != "by_helper":
        return digress(scene, "for_myself.already")
    if scene.talk.over or not consented(scene.guide, scene.talk):
        return handed_over(scene, "for_myself")
    return _asks(scene, "for_myself", "for_myself.confirm")


def _asks(scene: Scene, wish: str, key: str) -> Turn:
    values = {"reference": scene.talk.reference}
    choices = confirmation(wish)
    if key == "next_person.confirm":  # the only way back here
        choices = (*choices, Choice("@return_code", ":!return_code"))
    return scene.with_(pending=wish).turn(Reply(key, values, choices=choices))


def handed_over(scene: Scene, wish: str, *, known: bool = True) -> Turn:
    """The person's conversation as it is left, and what the one after it begins with.

    Unless `known`, that is nothing: whoever is there has not given the code.
    """
    scene = scene.at_ease()
    if wish == "for_myself":
        key, begins = "for_myself.begins", Handover("none", _who(scene, "none"))
    elif known and helped(scene) == "by_helper":
        key, begins = "next_person.helper", _from_helper(scene)
    else:
        key, begins = "next_person.begins", Handover()
    replies = [Reply(key)]
    if scene.talk.channel in VISIBLE:
        replies.insert(0, Reply("next_person.visible"))
    return replace(left(scene, "next_person"), replies=tuple(replies), hands_over=begins)


def left(scene: Scene, about: str) -> Turn:
    """This conversation as it is left for another one: kept, or ended when nothing may be."""
    talk = scene.talk
    gone = Event("left", talk.at, about)
    if not consented(scene.guide, talk):
        ended = nothing_kept(scene)
        return replace(ended, events=(gone, *(() if talk.finished else ended.events)))
    if talk.at is None:
        return scene.turn(events=(gone,))
    return scene.with_(paused=True).turn(events=(gone,))


def _from_helper(scene: Scene) -> Handover:
    """What whoever helps said of themselves and how they read: not asked again. Never words."""
    answers = _who(scene, "by_helper")
    for step, (state, *said) in known_of_helper(scene.guide, scene.talk).items():
        codes, labels = tuple(said[:1]), tuple(said[1:])
        answers[Spot(step)] = Answer(State(state), scene.now, codes, labels)
    return Handover("by_helper", answers, scene.talk.simpler)


def known_of_helper(guide: Guide, talk: Conversation) -> Mapping[str, tuple[str, ...]]:
    """By step: its state, its code and its label. Kept when a person's own answers are not."""
    said = dict(talk.helper_said)
    for step in guide.steps.values():
        answer = talk.answers.get(Spot(step.id)) if step.of_helper else None
        if answer is not None and not answer.draft:
            said[step.id] = (answer.state.value, *answer.values[:1], *answer.labels[:1])
    return said


def remembered(guide: Guide, talk: Conversation) -> Conversation:
    """The same conversation, with how the person answers and who helps."""
    helped = guide.helped(talk.answers) or talk.helped
    said = known_of_helper(guide, talk) if helped != "none" else {}
    if (helped, said) == (talk.helped, talk.helper_said):
        return talk
    return replace(talk, helped=helped, helper_said=said)


def _who(scene: Scene, helped: str) -> dict[Spot, Answer]:
    """The answer to who is answering, when the guide asks it."""
    step = scene.guide.steps.get(scene.guide.who_answers or "")
    for option in step.options if step else ():
        if step and option.helped == helped:
            answer = Answer(State.ANSWERED, scene.now, (option.value,), (option.label,))
            return {Spot(step.id): answer}
    return {}


def tagged(talk: Conversation, replies: Iterable[Reply]) -> tuple[Reply, ...]:
    """The replies, whose buttons say for whom they are, once another person came before."""
    if not talk.tag:
        return tuple(replies)
    return tuple(
        replace(
            reply,
            choices=tuple(Choice(c.label, f"{c.value}{MARK}{talk.tag}") for c in reply.choices),
        )
        for reply in replies
    )


def untagged(talk: Conversation, heard: Heard) -> Heard:
    """What was heard without the tag of its button; `before` when it is another person's.

    A wish without a tag (":!help") asks nothing that depends on who pressed it.
    """
    value, mark, tag = (heard.choice or "").rpartition(MARK)
    if not mark:
        stranger = bool(talk.tag and heard.choice and not heard.choice.startswith(":!"))
        return replace(heard, before=heard.before or stranger)
    return replace(heard, choice=value, before=heard.before or tag != talk.tag)
