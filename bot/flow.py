"""How a conversation advances: going on, ending, refusing, answering a digression."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.asking import ask, is_begun, shown
from bot.guide import Consent, Guide, Information, Open, ReadBack, Step
from bot.model import (
    Answer,
    Choice,
    Conversation,
    Event,
    Heard,
    Refusal,
    Reply,
    Spot,
    Turn,
)
from bot.third_parties import undecided

YES_NO = ("yes", "no")
WITHDRAWN = "erase:withdrawn"  # our question when an agreement is taken back
VISIBLE = frozenset({"telegram"})  # channels whose own thread shows what came before
EDITS = frozenset({"telegram"})  # channels where a message already sent can be edited
BARRED = "barred"  # the same, when the agreement can no longer be asked for
UNSETTLED = frozenset({WITHDRAWN, BARRED})  # nothing is kept until it is answered


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a move looks at."""

    guide: Guide
    talk: Conversation
    heard: Heard
    now: datetime

    def at_ease(self) -> Scene:
        """The same scene, once our own question and the pause are over."""
        return self.with_(pending=None, paused=False, wanted="")

    def with_(self, **changes: object) -> Scene:
        return replace(self, talk=replace(self.talk, **changes))  # type: ignore[arg-type]

    def turn(self, *replies: Reply, events: tuple[Event, ...] = ()) -> Turn:
        return Turn(self.talk, replies, events)


@dataclass(frozen=True, slots=True)
class Answers:
    """A conversation's answers, with one put in or taken out: what follows is kept coherent."""

    guide: Guide
    held: Mapping[Spot, Answer] = field(default_factory=dict)

    def put(self, spot: Spot, answer: Answer) -> dict[Spot, Answer]:
        """A read-back of this step has to be asked again."""
        stale = {
            Spot(step.id, spot.round)
            for step in self.guide.section_of[spot.step].steps
            if isinstance(step, ReadBack) and spot.step in step.of
        }
        return {**{s: a for s, a in self.held.items() if s not in stale}, spot: answer}


def consented(guide: Guide, talk: Conversation) -> bool:
    """Whether the person's words may be kept: each required agreement is asked, and given."""
    given = (talk.answers.get(Spot(step)) for step in guide.required_consents)
    if not all(answer is not None and answer.values == ("yes",) for answer in given):
        return False
    path = guide.path(talk.answers)
    return all(Spot(step) in path for step in guide.required_consents)


def helped(scene: Scene) -> str:
    """How the person answers; once nothing is kept, as they said before."""
    return scene.guide.helped(scene.talk.answers) or scene.talk.helped


def left_out(scene: Scene) -> frozenset[Spot]:
    """What a person who chose to finish left unanswered: a correction does not ask it again.

    Nor which version of another text to keep.
    """
    talk = scene.talk
    if not talk.finished:
        return frozenset()
    return frozenset(
        spot
        for spot in scene.guide.path(talk.answers)
        if (spot not in talk.answers or (spot != talk.at and _undecided(scene, spot)))
        and not isinstance(scene.guide.step(spot), Information)
        and not _rereads(scene.guide.step(spot), talk.at)
    )


def _undecided(scene: Scene, spot: Spot) -> bool:
    return undecided(scene.guide.step(spot), scene.talk.answers.get(spot))


def _rereads(step: Step, at: Spot | None) -> bool:
    return at is not None and isinstance(step, ReadBack) and at.step in step.of


def go_on(scene: Scene, left: frozenset[Spot] = frozenset(), passed: Collection[Spot] = ()) -> Turn:
    """To the first question without a complete answer, saying what is said on the way there.

    `passed`: the questions just answered without being asked.
    """
    guide, talk = scene.guide, scene.talk
    said: list[Spot] = []
    previous: Spot | None = None
    for spot in guide.path(talk.answers):
        if isinstance(guide.step(spot), Information):
            said.append(spot)
            continue
        answer = talk.answers.get(spot)
        open_yet = answer is None or _undecided(scene, spot)
        if (open_yet and spot not in left) or (answer is not None and answer.draft):
            break
        said, previous = (said if spot in passed else []), spot
    else:
        spot = None
    on_the_way = previous in (talk.at, None, *passed) and not talk.finished
    key = "say.simpler" if talk.simpler else "say"
    replies = [Reply(key, {"reference": talk.reference}, spot=info) for info in said if on_the_way]
    if spot is None:
        return _the_end(scene, replies)
    step = guide.step(spot)
    correcting = talk.finished and isinstance(step, ReadBack)
    moved = scene.with_(at=spot, finished=correcting, astray=0)
    if isinstance(step, Open) and step.reminder and spot not in talk.answers:
        replies.append(Reply("reminder", spot=spot))
    if isinstance(step, Consent) and helped(scene) == "by_helper":
        replies.append(Reply("helper.consent"))
    if isinstance(step, Open) and (begun := talk.answers.get(spot)) and is_begun(begun):
        replies.append(Reply("begun", {"before": shown(begun)}))
    return moved.turn(*replies, ask(guide, moved.talk))


def _the_end(scene: Scene, replies: list[Reply]) -> Turn:
    again = scene.talk.finished
    if not consented(scene.guide, scene.talk):
        return nothing_kept(scene, *replies)
    ended = scene.with_(at=None, finished=True, astray=0)
    if again:
        return ended.turn(*replies, Reply("corrected", choices=at_the_end(ended)))
    return ended.turn(*replies, receipt(ended), events=(Event("finished"),))


def nothing_kept(scene: Scene, *replies: Reply) -> Turn:
    """The end without the agreement that everything rests on: nothing given or said stays."""
    ended = scene.with_(answers={}, at=None, finished=True, astray=0, helped=helped(scene))
    events = (Event("finished", None, "no_consent"),)
    told = Reply("the_end", choices=_next_ways(ended))
    return replace(ended.turn(*replies, told, events=events), afresh=True)


def at_the_end(scene: Scene) -> tuple[Choice, ...]:
    """What can still be done; to go on, when the person chose to finish early."""
    others = () if helped(scene) == "by_helper" else ("next_person",)
    ways = ["my_answers", "correct", *others, "delete_my_data"]
    if left_out(scene.with_(finished=True)):
        ways.insert(0, "resume")
    return (*_next_ways(scene), *(Choice(f"@{way}", f":!{way}") for way in ways))


def _next_ways(scene: Scene) -> tuple[Choice, ...]:
    """Whoever writes for others goes on with the next person, or answers for themselves."""
    if helped(scene) != "by_helper":
        return ()
    return Choice("@next_person.helper", ":!next_person"), Choice("@for_myself", ":!for_myself")


def receipt(scene: Scene) -> Reply:
    key = "receipt.helper" if helped(scene) == "by_helper" else "receipt"
    return Reply(key, {"reference": scene.talk.reference}, choices=at_the_end(scene))


def confirmation(pending: str) -> tuple[Choice, ...]:
    """Yes and no to a question of ours, under its own words."""
    kind = pending.partition(":")[0]
    return tuple(Choice(f"@{kind}.{word}", f"?{pending}:{word}") for word in YES_NO)


def asks_to_erase(scene: Scene) -> Turn:
    """Whether everything goes: on a phone that other persons used, only this conversation."""
    key = "erase.confirm.here" if scene.talk.tag else "erase.confirm"
    values = {"reference": scene.talk.reference}
    asking = Reply(key, values, choices=confirmation("erase"))
    return scene.with_(pending="erase").turn(asking)


def erased(scene: Scene) -> Turn:
    """Forget this conversation, and say what else may be left."""
    key = "erased.here" if scene.talk.tag else "erased"
    told = [Reply(key, {"reference": scene.talk.reference})]
    if scene.talk.channel in VISIBLE:
        told.append(Reply("phone.left"))
    return replace(scene.turn(*told, events=(Event("erased"),)), erase=True)


def refuse(scene: Scene, refusal: Refusal) -> Turn:
    """Say what is possible; the second time in a row, show the ways out there are."""
    talk = scene.talk
    question = ask(scene.guide, talk)
    choices = tuple(Choice(c.label, f"{talk.at}:{c.value}") for c in refusal.choices)
    choices = choices or question.choices
    replies = [Reply(refusal.key, refusal.values, talk.at, choices)]
    if talk.astray:
        optional = talk.at is not None and scene.guide.step(talk.at).optional
        ways = "refusal.way_out" if optional else "refusal.way_out.needed"
        replies.append(Reply(ways, {}, talk.at, (Choice("@help", ":!help"),)))
        replies[0] = replace(replies[0], choices=())
        replies[1] = replace(replies[1], choices=(*choices, *replies[1].choices))
    return scene.with_(astray=talk.astray + 1).turn(
        *replies, events=(Event("refusal", talk.at, refusal.key),)
    )


def digress(
    scene: Scene,
    key: str,
    values: Mapping[str, str] | None = None,
    *,
    spot: Spot | None = None,
    choices: tuple[Choice, ...] = (),
) -> Turn:
    """Answer something else than an answer, then ask again, once: not in a loop."""
    talk = scene.talk
    said = Reply(key, values or {}, spot, choices)
    events = (Event("digression", talk.at, key),)
    if talk.at is None:
        if not consented(scene.guide, talk):
            told = () if key == "already_finished" else (said,)
            again = Reply("the_end.again", choices=_next_ways(scene))
            return scene.turn(*told, again, events=events)
        return scene.turn(replace(said, choices=choices or at_the_end(scene)), events=events)
    question = ask(scene.guide, talk)
    answer = talk.answers.get(talk.at)
    if answer is not None and isinstance(scene.guide.step(talk.at), Open) and is_begun(answer):
        question = Reply("draft_kept", {}, talk.at, question.choices)
    elif talk.astray and not _undecided(scene, talk.at):
        question = Reply("back_to_question", {}, talk.at, question.choices)
    return scene.with_(astray=talk.astray + 1).turn(said, question, events=events)
