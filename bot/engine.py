"""One turn worked out, touching nothing: no clock, no database, no network."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot import (
    afterwards,
    asides,
    corrections,
    danger,
    flow,
    keeping,
    locking,
    moderating,
    moves,
    persons,
    pieces,
    recalling,
    returning,
    titles,
    voices,
)
from bot.answers import DONE, SURE, Read, read
from bot.asking import asked, is_collecting, named
from bot.contributions import changed
from bot.filling import dated
from bot.flow import Scene
from bot.guide import Consent, Guide, Open
from bot.languages import told_first
from bot.leaning import agrees, erasing, leaning, refuses
from bot.meaning import COMMAND_WORDS, LONG_COMMAND_WORDS, VERY_SURE, Meaning, meaning
from bot.model import Conversation, Event, Heard, Refusal, Reply, Spot, Turn
from bot.plain import numbers_in
from bot.privacy import ask_privacy
from bot.refraining import refrains
from bot.typed import button_typed

MEDIA = frozenset({"voice", "photo", "sticker", "location", "other"})
WHO_TO_ASK = ("human_contact", "ask_privacy")  # answered even before we know if all is erased
NEVER_BY_MISTAKE = ("erase", "restart", flow.BARRED)  # by a button, or by few listed words
MAY_LOSE = (*NEVER_BY_MISTAKE, "finish", "meant:delete_my_data", "meant:stop", "meant:remove_piece")
VOICE = (voices.READ_BACK, voices.CORRECTING)
CONFIRMING_WORDS = 4  # « oui je veux » answers our question; a longer text is something else
DANGER_BUTTONS = frozenset(choice.value for choice in danger.ways("…"))
NUMBER_WORDS = 3  # « la réponse 3 » names an answer; a longer text is something else


NOTHING = Heard("")


def start(guide: Guide, talk: Conversation, now: datetime, heard: Heard = NOTHING) -> Turn:
    """Open a conversation: what is said first, and the first question.

    The words that opened it are not kept, but a danger in them is not left without an answer.
    """
    turn = flow.go_on(Scene(guide, talk, NOTHING, now))
    scene = Scene(guide, talk, heard, now)
    if danger.told(heard):
        turn = danger.alarm(replace(scene, talk=turn.conversation))
    else:
        turn = danger.asked_gently(heard, told_first(scene, turn))
    return replace(turn, events=(Event("started"), *turn.events))


def follow(guide: Guide, new: Conversation, left: Turn, now: datetime) -> Turn:
    """Open the next person's conversation on the same phone, after `left`."""
    begins = left.hands_over
    assert begins is not None  # noqa: S101
    new = replace(new, helped=begins.helped, answers=begins.answers, simpler=begins.simpler)
    new = persons.remembered(guide, new)
    turn = start(guide, new, now)
    replies = persons.tagged(new, (*left.replies, *turn.replies))
    return replace(turn, replies=replies, leaves=left)


def advance(
    guide: Guide,
    talk: Conversation,
    heard: Heard,
    now: datetime,
    quiet: timedelta = locking.QUIET,
) -> Turn:
    """Given where we are and what we heard, say where we go and what to answer.

    `quiet`: the pause after which a person's code is asked. A turn that hands over is followed.
    """
    heard = persons.untagged(talk, dated(heard, now.year))
    whole, heard = heard, danger.set_aside(heard)
    scene = Scene(guide, talk, heard, now)
    closed = locking.asleep(talk, now, quiet)
    if heard.hears and (closed or heard.before):
        return scene.turn()  # not to whoever holds the phone now
    turn = locking.gate(scene) if closed else _turn(scene)
    if heard.hears and not turn.replies:  # its voice message is no longer there
        return turn
    if not closed:
        silent = turn.conversation.pending == danger.WAITING
        if not silent or talk.pending == danger.WAITING:
            turn = told_first(scene, turn, silent=silent)
        if not heard.hears:  # which says nothing of who is there
            turn = replace(turn, conversation=locking.seen(turn.conversation, now))
    opened = any(reply.key == "code.right" for reply in turn.replies)
    if (not closed or opened) and not heard.hears and turn.conversation.pending != danger.WAITING:
        turn = moderating.said_at_last(talk, turn)
    if not heard.hears:
        after = recalling.came_back(talk, turn.conversation)
        turn = replace(turn, conversation=after)
    turn = danger.asked_gently(whole, turn)
    replies = turn.replies
    if danger.told(heard) and turn.conversation.pending != danger.WAITING:
        # said behind a closed door, or by who left it
        replies = (danger.said_aside(heard), *replies)
    events = (*turn.events, *changed(guide, talk, turn.conversation))
    said, pressed = ("", False) if closed or heard.before else _said(scene, turn)
    return replace(
        turn,
        conversation=persons.remembered(guide, turn.conversation),
        replies=persons.tagged(talk, replies),
        events=events,
        said=said,
        pressed=pressed,
    )


def _said(scene: Scene, turn: Turn) -> tuple[str, bool]:
    """The person's side of the thread, and whether it is a label or a key of ours.

    Their own words are there only once they may be kept, and never around an alarm
    nor for somebody who says they are too young.
    """
    heard, guide = scene.heard, scene.guide
    if heard.hears:
        return "", False
    if locking.hidden(scene):
        return "@set_code", True
    if heard.choice:
        return _label(scene, heard.choice), True
    if turn.conversation.pending in (danger.WAITING, *flow.UNSETTLED):
        return "", False
    if heard.text and flow.consented(guide, turn.conversation):
        return heard.text, False
    return (f"@media.{_medium(heard)}", True) if heard.media else ("", False)


def _label(scene: Scene, value: str) -> str:
    """What the pressed button said; nothing for a value that no button of ours has."""
    steps = scene.guide.steps
    target, _, code = value.rpartition(":")
    if target.startswith("?"):
        kind = target[1:].partition(":")[0]
        ours = code in flow.YES_NO or value in DANGER_BUTTONS
        return f"@{kind}.{code}" if ours else ""
    step = steps.get(target.partition(".")[0])
    if isinstance(step, Open) and code in flow.YES_NO:
        return f"@masked.{code}"
    if code == titles.PRESSED and scene.talk.at and (words := _title(scene)):
        return f"« {words} »"
    for option in step.options if step else ():
        if option.value == code:
            return (scene.talk.simpler and option.simpler) or option.label
    for entity in scene.heard.entities:
        if entity.value == code:
            return entity.label
    way, _, name = code.removeprefix("!").partition("_")
    if way in ("piece", "remove"):
        return "@remove"
    if way in ("change", "add") and name in steps:
        return f"@{way} {named(steps[name])}"
    return f"@{code[1:]}" if code[1:] in moves.MOVES else ""


def _title(scene: Scene) -> str | None:
    assert scene.talk.at is not None  # noqa: S101
    return titles.offered(scene.guide, scene.talk, scene.talk.at)


def _medium(heard: Heard) -> str:
    return heard.media if heard.media in MEDIA else "other"


def _turn(scene: Scene) -> Turn:
    talk, heard = scene.talk, scene.heard
    if heard.before:
        key = "stale.person" if heard.choice else "edit.person"
        return flow.digress(scene.at_ease(), key)
    if heard.hears:
        later = voices.written_down(scene)
        if danger.told(heard):
            return danger.heard_later(scene, later)
        return replace(later, replies=()) if talk.pending == danger.WAITING else later
    if talk.pending == danger.WAITING:
        if not heard.edits and (typed := button_typed(scene)):
            heard = replace(heard, text="", choice=typed)
            scene = replace(scene, heard=heard)
        if danger.answers(scene):
            went_on = danger.resumed(scene)
            answered = _turn(replace(scene, talk=went_on.conversation))
            return replace(answered, events=(*went_on.events, *answered.events))
        if turn := danger.waiting(scene):
            return turn
        scene = scene.with_(withheld=None)
    elif danger.told(heard):
        return danger.alarm(scene)
    elif talk.pending in flow.UNSETTLED:
        return _unsettled(scene, talk.pending)
    if returning.asked_for(heard):
        return returning.give(scene)
    if turn := moves.back_after_a_doubt(scene):
        return turn
    if heard.media == "voice" and (turn := voices.received(scene)):
        return turn
    if heard.edits:
        return corrections.edit(scene.at_ease(), asked_something=talk.pending is not None)
    if heard.choice:
        return _pressed(scene, heard.choice)
    if heard.media and not heard.text.strip():
        end = heard.media == "voice" and talk.at is None and flow.consented(scene.guide, talk)
        return flow.digress(
            scene.at_ease(), "media.voice.end" if end else f"media.{_medium(heard)}"
        )
    if not any(c.isprintable() and not c.isspace() for c in heard.text):
        return flow.digress(scene.at_ease(), "refusal.empty")
    if typed := button_typed(scene):
        return _pressed(replace(scene, heard=replace(heard, text="", choice=typed)), typed)
    if talk.pending and (turn := _pending(scene, talk.pending)):
        return turn
    scene = scene.at_ease()
    if turn := asides.said_first(scene):
        return turn
    if talk.at is None:
        return _after_the_end(scene)
    question = asked(scene.guide, talk, talk.at)
    meant = meaning(question, heard, collecting=is_collecting(scene.guide, talk))
    if not _surely(meant, heard) and (turn := keeping.beside_only(scene)):
        return turn
    if meant.move:
        return moves.MOVES[meant.move](scene)
    nothing_to_resume = meant.perhaps == "resume" and not talk.paused
    if meant.perhaps and not nothing_to_resume:
        return moves.suggest(scene, meant.perhaps, meant.reading)
    if isinstance(meant.reading, Refusal):
        return flow.refuse(scene, meant.reading)
    assert meant.reading is not None  # noqa: S101
    turn = keeping.keep(scene, meant.reading)
    if "?" in heard.text and heard.intent == "ask_privacy" and isinstance(question.step, Consent):
        turn = replace(turn, replies=(ask_privacy(scene).replies[0], *turn.replies))
    if heard.media:
        turn = replace(turn, replies=(Reply("media.with_words"), *turn.replies))
    return turn


def _unsettled(scene: Scene, pending: str) -> Turn:
    """Before anything else: do the answers go, or was it a mistake? No word is taken meanwhile."""
    heard = scene.heard
    typed = not (heard.choice or heard.edits or heard.media)
    choice = button_typed(scene) if typed else heard.choice
    if choice and choice.startswith(f"?{pending}:"):
        return _pressed(replace(scene, heard=replace(heard, text="", choice=choice)), choice)
    turn = _pending(scene, pending) if typed else None
    again = moves.asked_again(scene, pending)
    if typed and turn is None and heard.exact and heard.intent in WHO_TO_ASK:
        told = replace(moves.MOVES[heard.intent](scene).replies[0], choices=())
        return replace(again, replies=(told, *again.replies))
    return turn or again


def _surely(meant: Meaning, heard: Heard) -> bool:
    """An answer to the question asked, or a wish in listed or few words, or very sure."""
    if meant.move is None:
        return isinstance(meant.reading, Read)
    short = len(heard.text.split()) <= COMMAND_WORDS
    return heard.exact or short or heard.confidence >= VERY_SURE


def _pressed(scene: Scene, value: str) -> Turn:
    """A button says where it was: an old screen is recognised, never misread."""
    talk, guide = scene.talk, scene.guide
    target, _, code = value.rpartition(":")
    if target.startswith(f"?{voices.READ_BACK}"):
        return voices.pressed(scene, target.partition(":")[2], code)
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
    if spot.step not in guide.steps or (
        spot != talk.at and code != "!correct" and not code.startswith("!piece_")
    ):
        return corrections.stale(scene, spot)
    if code == "!correct":
        return corrections.correct_at(scene, spot)
    if code.startswith("!piece_"):
        return pieces.take_out(scene, spot, code.removeprefix("!piece_"))
    if code.startswith("!remove_"):
        return pieces.remove(scene, code.removeprefix("!remove_"))
    if code.startswith("!change_"):
        return corrections.change(scene, code.removeprefix("!change_"))
    if code.startswith("!add_"):
        return corrections.add(scene, code.removeprefix("!add_"))
    if code == titles.PRESSED and (words := titles.offered(guide, talk, spot)):
        scene = replace(scene, heard=replace(scene.heard, text=words, choice=None, language=None))
    elif code.startswith("!") and code != DONE:
        move = moves.MOVES.get(code[1:])
        return move(scene) if move else corrections.stale(scene, spot)
    reading = read(asked(guide, talk, spot), scene.heard)
    return flow.refuse(scene, reading) if isinstance(reading, Refusal) else keeping.keep(
        scene, reading
    )  # fmt: skip


def _pending(scene: Scene, pending: str) -> Turn | None:
    """A typed answer to a question of ours; None when the words are about something else."""
    heard = scene.heard
    if pending.startswith(MAY_LOSE) and refrains(heard):
        return moves.declined(scene)
    if erasing(heard) and not agrees(heard):
        again = pending.startswith(NEVER_BY_MISTAKE) and not pending.startswith("restart")
        return moves.asked_again(scene, pending) if again else flow.asks_to_erase(scene)
    if pending.startswith(VOICE):
        return voices.typed(scene, pending)
    if pending.startswith(pieces.PIECE) and (piece := pieces.typed(scene, pending)):
        return piece
    if pending == locking.CODE:
        turn = locking.typed(scene)
        return moves.declined(scene) if turn is None and leaning(heard) == "no" else turn
    if pending == "correct":
        numbers = numbers_in(heard.text) if len(heard.text.split()) <= NUMBER_WORDS else []
        if len(numbers) == 1:
            return corrections.correct_number(scene.at_ease(), numbers[0])
        if turn := corrections.correct_named(scene.at_ease()):
            return turn
    wholly = pending.startswith(NEVER_BY_MISTAKE)
    if agrees(heard) or (heard.exact and heard.intent == "affirm" and not wholly):
        return moves.confirmed(scene, pending)
    if refuses(heard):
        return moves.declined(scene)
    if len(heard.text.split()) <= CONFIRMING_WORDS and (leans := leaning(heard)):
        if leans == "yes" and not wholly:
            return moves.confirmed(scene, pending)
        return moves.declined(scene) if leans == "no" else moves.asked_again(scene, pending)
    return None


def _after_the_end(scene: Scene) -> Turn:
    """A wish that is listed, or sure in few words; anything else is not kept, and that is said."""
    heard = scene.heard
    if heard.exact and heard.intent in afterwards.ASKS_ANOTHER and afterwards.possible(scene):
        return afterwards.another(scene)
    few = heard.confidence >= SURE and len(heard.text.split()) <= LONG_COMMAND_WORDS
    move = moves.MOVES.get(heard.intent or "") if heard.exact or few else None
    return move(scene) if move else afterwards.not_kept(scene)
