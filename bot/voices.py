"""Voice messages: kept at an open question, read back once written down, confirmed or corrected."""

from __future__ import annotations

from dataclasses import replace

from bot.answers import VALIDATES, Read
from bot.asking import ask, asked, buttons
from bot.flow import (
    Answers,
    Scene,
    confirmation,
    consented,
    digress,
    go_on,
    left_out,
    refuse,
)
from bot.guide import Guide, Open
from bot.keeping import PARTS, keep
from bot.leaning import refuses, simply
from bot.meaning import meaning
from bot.model import (
    Answer,
    Conversation,
    Event,
    Part,
    Refusal,
    Reply,
    Sound,
    Spot,
    State,
    Turn,
    Voice,
)
from bot.plain import fold
from bot.quoting import theirs
from bot.third_parties import part_of

READ_BACK = "voice:"  # our question « C'est bien cela ? », and the message it is about
CORRECTING = "voice_again:"  # the person is writing what they meant


def takes_voice(guide: Guide, talk: Conversation) -> bool:
    """Whether a voice message may be kept now: at an open question, after the agreement."""
    return talk.at is not None and isinstance(guide.step(talk.at), Open) and consented(guide, talk)


def received(scene: Scene) -> Turn | None:
    """A voice message kept in the answer, or why it is not; None where none is taken."""
    sound = scene.heard.sound
    if sound is None or not takes_voice(scene.guide, scene.talk):
        return None
    scene = scene.at_ease()
    if sound.refused is not None:
        return _refused(scene, sound)
    guide, talk, heard, spot = scene.guide, scene.talk, scene.heard, scene.talk.at
    assert spot is not None  # noqa: S101
    step, before = guide.step(spot), talk.answers.get(spot)
    assert isinstance(step, Open)  # noqa: S101
    parts, masking = (
        (before.parts, before.masking) if before is not None and before.draft else ((), None)
    )
    if len(parts) >= PARTS:
        return refuse(scene, Refusal("refusal.answer_full"))
    if heard.text.strip():
        typed = part_of(heard, step, heard.message)
        parts, masking = (*parts, typed), masking if typed.masked is None else None
    parts = (*parts, Part(heard.message, "", origin="voice"))
    more = step.several or sound.listening
    answer = Answer(
        State.ANSWERED,
        scene.now,
        parts=parts,
        draft=more,
        masking=masking,
        probed=before is not None and before.probed,
    )
    kept = scene.with_(answers=Answers(guide, talk.answers).put(spot, answer), astray=0)
    if more:
        ways = buttons(guide, kept.talk, asked(guide, kept.talk, spot))
        said = Reply("voice.kept.more", {}, spot, ways)
        turn = kept.turn(Reply("voice.listening", {}, spot, ways) if sound.listening else said)
    else:
        turn = go_on(kept, left_out(scene))
        turn = replace(turn, replies=(Reply("voice.kept", {}, spot), *turn.replies))
        turn = replace(turn, events=(Event("answered", spot), *turn.events))
    return replace(
        turn, voice=Voice(spot, heard.message, sound), events=(Event("voice", spot), *turn.events)
    )


def _refused(scene: Scene, sound: Sound) -> Turn:
    limit = {"at_most": _length(sound.at_most)}
    if sound.refused == "too_long":
        return digress(scene, "voice.too_long", limit)
    if sound.refused == "too_big":
        return digress(scene, "voice.too_big", limit)
    return digress(scene, "voice.lost")


def _length(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if rest or not minutes:
        return f"{seconds} secondes"
    return f"{minutes} minute{'s' if minutes > 1 else ''}"


def written_down(scene: Scene) -> Turn:
    """What a program heard in a voice message: read back where the person still is."""
    talk, found = scene.talk, _find(scene.talk, scene.heard.hears or "")
    if found is None or found[1].origin != "voice":
        return scene.turn()  # taken back or corrected meanwhile
    spot, part = found
    here = _is_being_answered(talk, spot)
    words = scene.heard.text.strip()
    if not any(c.isalnum() for c in words):
        ways = ask(scene.guide, talk).choices if here and talk.pending is None else ()
        return scene.turn(Reply("voice.unheard", {}, spot, ways))
    said = part_of(scene.heard, scene.guide.step(spot), part.message)
    part = replace(said, text=words, origin="transcribed")
    told = scene.with_(answers={**talk.answers, spot: _with(talk.answers[spot], part)})
    quoted, events = {"before": theirs(words)}, (Event("transcribed", spot),)
    if here and (talk.pending is None or talk.pending.startswith(READ_BACK)):
        pending = f"{READ_BACK}{part.message}"
        reply = Reply("voice.understood", quoted, spot, confirmation(pending))
        return told.with_(pending=pending).turn(reply, events=events)
    ways = confirmation(f"{READ_BACK}{part.message}")
    return told.turn(Reply("voice.later", quoted, spot, ways), events=events)


def pressed(scene: Scene, message: str, code: str) -> Turn:
    """Yes or no to what was read back, even when another was read back since."""
    scene, found = scene.at_ease(), _find(scene.talk, message)
    if found is None or found[1].origin not in ("transcribed", "confirmed"):
        return digress(scene, "stale")
    spot, part = found
    if code == "yes":
        return _settled(scene, spot, replace(part, origin="confirmed"), "voice.confirmed")
    pending = f"{CORRECTING}{message}"
    return scene.with_(pending=pending, astray=0).turn(Reply("voice.correct", {}, spot))


def typed(scene: Scene, pending: str) -> Turn | None:
    """Words typed after a reading back; None when they are about something else."""
    message = pending.partition(":")[2]
    found = _find(scene.talk, message)
    if found is None:
        return None
    spot, part = found
    heard, guide = scene.heard, scene.guide
    if pending.startswith(READ_BACK):
        if simply(heard) or fold(heard.text) in VALIDATES:
            return pressed(scene, message, "yes")
        return pressed(scene, message, "no") if refuses(heard) else None
    meant = meaning(asked(guide, scene.talk, spot), heard, collecting=True)
    if meant.move:
        return None
    if isinstance(meant.reading, Refusal):
        return scene.turn(Reply(meant.reading.key, meant.reading.values, spot))
    part = replace(part_of(heard, guide.step(spot), part.message), origin="corrected")
    return _settled(scene.at_ease(), spot, part, "voice.corrected")


def _settled(scene: Scene, spot: Spot, part: Part, key: str) -> Turn:
    """With this part, the person goes on where they are."""
    guide, talk = scene.guide, scene.talk
    here, step = _is_being_answered(talk, spot), guide.step(spot)
    answer, reworded = _with(talk.answers[spot], part), part.origin == "corrected"
    answers = {**talk.answers, spot: answer}
    if reworded:
        answers = Answers(guide, talk.answers).put(spot, answer)
    scene = scene.with_(answers=answers, astray=0)
    events = (Event("corrected" if reworded else "confirmed", spot),)
    if not here:
        after = () if scene.talk.at is None else (ask(guide, scene.talk),)
        return scene.turn(Reply(key, {}, spot), *after, events=events)
    if isinstance(step, Open) and step.several:
        ways = buttons(guide, scene.talk, asked(guide, scene.talk, spot))
        return scene.turn(Reply(f"{key}.more", {}, spot, ways), events=events)
    quiet = replace(scene, heard=replace(scene.heard, text="", choice=None))
    turn = keep(quiet, Read())
    return replace(
        turn, replies=(Reply(key, {}, spot), *turn.replies), events=(*events, *turn.events)
    )


def _is_being_answered(talk: Conversation, spot: Spot) -> bool:
    return talk.at == spot and not talk.paused and talk.answers[spot].draft


def _with(answer: Answer, part: Part) -> Answer:
    """The answer, this part in the place of the one it was.

    New words that point to a person are masked until the person chooses again.
    """
    old = [one for one in answer.parts if one.message == part.message and one.origin]
    parts = tuple(part if one in old else one for one in answer.parts)
    new = part.masked is not None and any(one.text != part.text for one in old)
    return replace(answer, parts=parts, masking=None if new else answer.masking)


def _find(talk: Conversation, message: str) -> tuple[Spot, Part] | None:
    """Where the voice message is kept, and the part that stands for it."""
    for spot, answer in talk.answers.items():
        for part in answer.parts:
            if part.message == message and part.origin is not None:
                return spot, part
    return None
