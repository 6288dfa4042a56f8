"""One turn worked out, touching nothing: no clock, no database, no network."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot import corrections, flow, moves
from bot.answers import DONE, SURE, read
from bot.asking import asked, is_collecting
from bot.contributions import changed
from bot.flow import Scene
from bot.guide import Guide
from bot.meaning import DANGER, meaning
from bot.model import Conversation, Event, Heard, Refusal, Reply, Spot, Turn


def start(guide: Guide, talk: Conversation, now: datetime) -> Turn:
    """Open a conversation: what is said first, and the first question."""
    turn = flow.go_on(Scene(guide, talk, Heard(""), now))
    return replace(turn, events=(Event("started"), *turn.events))


def advance(guide: Guide, talk: Conversation, heard: Heard, now: datetime) -> Turn:
    """Given where we are and what we heard, say where we go and what to answer."""
    scene = Scene(guide, talk, heard, now)
    turn = _turn(scene)
    events = (*turn.events, *changed(guide, talk, turn.conversation))
    return replace(turn, events=events, said=_said(scene, turn))


def _said(scene: Scene, turn: Turn) -> str:
    """The person's side of the thread: a button's label, or their words once they may be kept."""
    heard, guide = scene.heard, scene.guide
    if heard.choice:
        target, _, code = heard.choice.rpartition(":")
        step = guide.steps.get(target.partition(".")[0])
        options = step.options if step else ()
        return next((o.label for o in options if o.value == code), f"@{code.lstrip('!')}")
    if heard.text and flow.consented(guide, turn.conversation):
        return heard.text
    return f"@media.{heard.media}" if heard.media else ""


def _turn(scene: Scene) -> Turn:
    talk, heard = scene.talk, scene.heard
    if heard.edits:
        return corrections.edit(scene)
    if heard.choice:
        return _pressed(scene, heard.choice)
    if heard.media and not heard.text.strip():
        return flow.digress(scene, f"media.{heard.media}")
    if not any(c.isprintable() and not c.isspace() for c in heard.text):
        return flow.digress(scene, "refusal.empty")
    if talk.pending and (turn := _pending(scene, talk.pending)):
        return turn
    scene = scene.at_ease()
    if talk.at is None:
        return _after_the_end(scene)
    question = asked(scene.guide, talk, talk.at)
    meant = meaning(question, heard, collecting=is_collecting(scene.guide, talk))
    if meant.move:
        return moves.MOVES[meant.move](scene)
    if meant.perhaps:
        return moves.suggest(scene, meant.perhaps, meant.reading)
    if isinstance(meant.reading, Refusal):
        return flow.refuse(scene, meant.reading)
    assert meant.reading is not None  # noqa: S101
    turn = flow.keep(scene, meant.reading)
    if heard.media:
        turn = replace(turn, replies=(Reply(f"media.{heard.media}"), *turn.replies))
    if (
        heard.intent in DANGER and heard.confidence >= SURE
    ):  # the words are kept as an answer, and the numbers are shown
        turn = replace(turn, replies=(Reply("danger"), *turn.replies))
    return turn


def _pressed(scene: Scene, value: str) -> Turn:
    """A button says where it was: an old screen is recognised, never misread."""
    talk, guide = scene.talk, scene.guide
    target, _, code = value.rpartition(":")
    if target.startswith("?"):
        if target[1:] != talk.pending:
            return flow.digress(scene.at_ease(), "stale")
        return moves.confirmed(scene, target[1:]) if code == "yes" else moves.declined(scene)
    scene = scene.at_ease()
    if not target:
        move = moves.MOVES.get(code.removeprefix("!"))
        return move(scene) if move else flow.digress(scene, "stale")
    try:
        spot = Spot.parse(target)
    except ValueError:
        return flow.digress(scene, "stale")
    if spot.step not in guide.steps or (spot != talk.at and code != "!correct"):
        return corrections.stale(scene, spot)
    if code == "!correct":
        return corrections.correct_at(scene, spot)
    if code.startswith("!change_"):
        return corrections.change(scene, code.removeprefix("!change_"))
    if code.startswith("!") and code != DONE:
        move = moves.MOVES.get(code[1:])
        return move(scene) if move else corrections.stale(scene, spot)
    reading = read(asked(guide, talk, spot), scene.heard)
    return flow.refuse(scene, reading) if isinstance(reading, Refusal) else flow.keep(
        scene, reading
    )  # fmt: skip


def _pending(scene: Scene, pending: str) -> Turn | None:
    """A typed answer to a question of ours; None when the words are about something else."""
    heard = scene.heard
    if pending == "correct":
        number = heard.text.strip().removeprefix("n°").strip()
        if number.isdigit():
            return corrections.correct_number(scene.at_ease(), int(number))
        return None
    if heard.exact and heard.intent == "affirm":
        return moves.confirmed(scene, pending)
    if heard.exact and heard.intent == "deny":
        return moves.declined(scene)
    return None


def _after_the_end(scene: Scene) -> Turn:
    heard = scene.heard
    intent = heard.intent if heard.exact or heard.confidence >= SURE else None
    move = moves.MOVES.get(intent or "")
    return move(scene) if move else flow.digress(scene, "already_finished")
