"""What becomes of an answer: kept, asked a little more about, chosen in one version, taken back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.answers import Read
from bot.asking import ask, asked, buttons, listed, touched
from bot.filling import again, fill
from bot.flow import (
    BARRED,
    WITHDRAWN,
    Answers,
    Scene,
    confirmation,
    consented,
    go_on,
    left_out,
    refuse,
)
from bot.guide import Consent, Information, Open, ReadBack, Step, YesNo
from bot.model import (
    Answer,
    Choice,
    Conversation,
    Event,
    Refusal,
    Reply,
    Spot,
    State,
    Turn,
)
from bot.plain import fold
from bot.third_parties import CHOSEN, part_of, undecided

PARTS = 200  # messages in one answer
PLAIN = (Consent, YesNo, ReadBack)  # saying back what was understood adds nothing


def keep(scene: Scene, reading: Read) -> Turn:
    """Keep what was read as the answer to the question asked, then go on."""
    guide, talk, heard = scene.guide, scene.talk, scene.heard
    spot = talk.at
    assert spot is not None, "nothing is being asked"  # noqa: S101
    step, before = guide.step(spot), talk.answers.get(spot)
    if undecided(step, before):
        return settled(scene, CHOSEN[reading.values[0]])
    drafted = before is not None and before.draft
    parts, masking = (
        (before.parts, before.masking) if before is not None and drafted else ((), None)
    )
    if heard.text and not heard.choice:
        if len(parts) >= PARTS:
            return refuse(scene, Refusal("refusal.answer_full"))
        said = part_of(heard, step, heard.message)
        parts, masking = (*parts, said), masking if said.masked is None else None
    answer = Answer(
        State.ANSWERED,
        scene.now,
        reading.values,
        reading.labels,
        parts,
        draft=reading.more,
        version=step.version if isinstance(step, Consent) else None,
        masking=masking,
        probed=before is not None and before.probed,
    )
    kept = scene.with_(answers=Answers(guide, talk.answers).put(spot, answer), astray=0)
    if not consented(guide, kept.talk):
        if consented(guide, talk):
            return withdrawn(scene, kept.talk)
        answer = replace(answer, parts=())
        kept = scene.with_(answers=Answers(guide, talk.answers).put(spot, answer), astray=0)
    if reading.more:
        return _noted(kept, spot, first=not drafted)
    if _is_short(step, answer):
        more = {**kept.talk.answers, spot: replace(answer, draft=True, probed=True)}
        passing = (Choice("@skip", f"{spot}:!skip"),)
        return kept.with_(answers=more).turn(Reply("probe", {}, spot, passing))
    kept, found = beside(kept, spot)
    turn = go_on(kept, left_out(scene), found)
    understood = () if isinstance(step, PLAIN) else _understood(scene, step, reading)
    if found:
        understood = (noted(kept, (spot, *found)),)
    events = tuple(Event("answered", one) for one in (spot, *found))
    return replace(turn, replies=(*understood, *turn.replies), events=(*events, *turn.events))


def _is_short(step: Step, answer: Answer) -> bool:
    """Whether a little more may be asked for: once, of a few words; a voice has said enough."""
    if not isinstance(step, Open) or step.probe is None or answer.probed:
        return False
    return all(p.text for p in answer.parts) and len(answer.text.split()) < step.probe_under


def settled(scene: Scene, masking: str) -> Turn:
    """The version of a text is chosen, or left for later: go on."""
    talk, spot = scene.talk, scene.talk.at
    assert spot is not None  # noqa: S101
    answers = {**talk.answers, spot: replace(talk.answers[spot], masking=masking)}
    kept = scene.with_(answers=answers, astray=0)
    turn = go_on(kept, left_out(kept))
    told = (Reply(f"masked.{masking}"),) if masking in CHOSEN.values() else ()
    events = (Event("masking", spot, masking), *turn.events)
    return replace(turn, replies=(*told, *turn.replies), events=events)


def beside(scene: Scene, at: Spot) -> tuple[Scene, tuple[Spot, ...]]:
    """With the answers that words typed at `at` give to other questions, and which these are."""
    guide, talk = scene.guide, scene.talk
    if not consented(guide, talk):
        return scene, ()
    found = again(guide, talk, at, scene.heard, scene.now)
    found |= fill(guide, talk, at, scene.heard, scene.now)
    answers = talk.answers
    for spot, answer in found.items():
        answers = Answers(guide, answers).put(spot, answer)
    return scene.with_(answers=answers), tuple(found)


def beside_only(scene: Scene) -> Turn | None:
    """The words do not answer the question, but others: these are kept, and it is asked again."""
    at = scene.talk.at
    assert at is not None, "nothing is being asked"  # noqa: S101
    kept, found = beside(scene.with_(astray=0), at)
    if not found:
        return None
    if at in found or at not in scene.guide.path(kept.talk.answers):
        turn = go_on(kept, left_out(scene), found)
    else:
        turn = kept.turn(ask(scene.guide, kept.talk))
    events = tuple(Event("answered", one) for one in found)
    return replace(turn, replies=(noted(kept, found), *turn.replies), events=events + turn.events)


def noted(scene: Scene, spots: Collection[Spot]) -> Reply:
    """What one message said of several questions, and the way to correct it."""
    path = scene.guide.path(scene.talk.answers)
    lines = listed(scene.guide, scene.talk, [spot for spot in path if spot in spots])
    return Reply("filled", {"list": "\n".join(lines)}, choices=(Choice("@correct", ":!correct"),))


def _noted(scene: Scene, spot: Spot, *, first: bool) -> Turn:
    question = asked(scene.guide, scene.talk, spot)
    choices = buttons(scene.guide, scene.talk, question)
    if isinstance(question.step, Open):
        return scene.turn(Reply("noted.first" if first else "noted.more", {}, spot, choices))
    far, simpler = question.so_far, scene.talk.simpler
    read = touched(question.step, far.values, far.labels, simpler=simpler) if far else ()
    labels = ", ".join(read)
    return scene.turn(Reply("chosen" if labels else "chosen.none", {"list": labels}, spot, choices))


def withdrawn(scene: Scene, after: Conversation) -> Turn:
    """The agreement everything rests on is gone: the answers go, once that is confirmed.

    When it may not even be asked for (a person who is too young), what the guide says to them
    comes first; who keeps their answers is asked again what led here.
    """
    guide, talk = scene.guide, scene.talk
    path, new = guide.path(talk.answers), guide.path(after.answers)
    pending, key, told = WITHDRAWN, "withdrawn", list[Reply]()
    if any(Spot(step) not in new for step in guide.required_consents):
        pending = key = BARRED
        say, values = "say.simpler" if talk.simpler else "say", {"reference": talk.reference}
        said = [s for s in new if isinstance(guide.step(s), Information) and s not in path]
        told = [Reply(say, values, spot) for spot in said]
    return scene.with_(pending=pending, astray=0).turn(
        *told,
        Reply(key, choices=confirmation(pending)),
        events=(Event("consent_withdrawn"),),
    )


def _understood(scene: Scene, step: Step, reading: Read) -> tuple[Reply, ...]:
    heard, simpler = scene.heard, scene.talk.simpler
    label = ", ".join(touched(step, reading.values, reading.labels, simpler=simpler))
    said = fold(heard.text)
    if not label or heard.choice or said == fold(label):
        return ()
    if len(reading.labels) == 1 and not said.isdigit() and f" {said} " in f" {fold(label)} ":
        return ()  # their own word for it, such as « oui » or « nature »
    return (Reply("understood", {"label": label}),)
