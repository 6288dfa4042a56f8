"""Every wish a person may have besides answering, one function each, and the tables of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.afterwards import another
from bot.answers import SURE, Read
from bot.asking import ask, is_collecting, is_given
from bot.corrections import ask_again_at, correct, my_answers
from bot.danger import alarm
from bot.flow import (
    BARRED,
    WITHDRAWN,
    Answers,
    Scene,
    asks_to_erase,
    at_the_end,
    confirmation,
    consented,
    digress,
    erased,
    go_on,
    left_out,
    nothing_kept,
    receipt,
    refuse,
)
from bot.guide import Information, Open
from bot.keeping import keep, settled
from bot.locking import forgot_code, set_code
from bot.model import Answer, Choice, Event, Refusal, Reply, Spot, State, Turn
from bot.pauses import goodbye, resume, stop
from bot.persons import WISHES, for_myself, handed_over, next_person
from bot.pieces import remove_piece
from bot.privacy import ask_privacy
from bot.quoting import ours
from bot.recalling import RECALL, accepted, asks, pause_and_offer
from bot.recalling import declined as no_reminder
from bot.returning import RETURN, asks_again, cancel, give, leaves, remove_code
from bot.third_parties import LATER, undecided

Move = Callable[[Scene], Turn]


def tells(key: str) -> Move:
    """A move that only says something."""
    return lambda scene: digress(scene, key)


def help_(scene: Scene) -> Turn:
    if scene.talk.at is None:
        kept = consented(scene.guide, scene.talk)
        return digress(scene, "help.end" if kept else "already_finished")
    menu = tuple(
        Choice(f"@{name}", f":!{name}")
        for name in ("repeat", "simpler", "go_back", "my_answers", "pause", "human_contact",
                     "next_person", "set_code", "return_code")
    )  # fmt: skip
    return digress(scene, "help", choices=menu)


def how_long(scene: Scene) -> Turn:
    """How many questions are left, as far as the path is known."""
    guide, talk = scene.guide, scene.talk
    if talk.at is None:
        return digress(scene, "already_finished")
    asked = [s for s in guide.path(talk.answers) if not isinstance(guide.step(s), Information)]
    left = [spot for spot in asked if spot == talk.at or spot not in talk.answers]
    if len(left) == 1:
        return digress(scene, "how_long.last")
    return digress(scene, "how_long", {"count": str(len(left))})


def ask_why(scene: Scene) -> Turn:
    at = scene.talk.at
    if at and scene.guide.step(at).why:
        return digress(scene, "why", spot=at)
    return digress(scene, "why.general")


def repeat(scene: Scene) -> Turn:
    if scene.talk.at is None:
        return _receipt_again(scene)
    return scene.with_(astray=0).turn(ask(scene.guide, scene.talk))


def _receipt_again(scene: Scene) -> Turn:
    if consented(scene.guide, scene.talk):
        return scene.turn(receipt(scene))
    return digress(scene, "already_finished")


def simpler(scene: Scene) -> Turn:
    """From now on the shorter wording; asked again, an example of an answer."""
    talk, already = scene.talk, scene.talk.simpler
    scene = scene.with_(simpler=True, astray=0)
    if talk.at is None:
        return digress(scene, "simpler")
    said = Reply("simpler")
    if not talk.answers:  # nothing is answered yet: what was said first is said again too
        turn = go_on(scene)
        return replace(turn, replies=(said, *turn.replies))
    if already and scene.guide.step(talk.at).example:
        said = Reply("example", {}, talk.at)
    return scene.turn(said, ask(scene.guide, scene.talk))


def go_back(scene: Scene) -> Turn:
    """To the question before this one; its answer stays until another is given."""
    guide, talk = scene.guide, scene.talk
    previous: Spot | None = None
    for spot in guide.path(talk.answers):
        if spot == talk.at:
            break
        answer = talk.answers.get(spot)
        if answer is not None and not answer.filled:  # to a question that was asked
            previous = spot
    if previous is None:
        over = talk.at is None and not consented(guide, talk)
        return digress(scene, "already_finished" if over else "no_way_back")
    return ask_again_at(scene, previous, "going_back")


def leave(state: State, code: str, event: str) -> Move:
    """A move that leaves the question without an answer, and remembers why."""

    def move(scene: Scene) -> Turn:
        guide, talk = scene.guide, scene.talk
        if talk.at is None:
            return digress(scene, "already_finished")
        given = talk.answers.get(talk.at)
        if _chooses(scene):
            turn = settled(scene, LATER)
            return replace(turn, replies=(Reply(f"left.{code}"), *turn.replies))
        if code == "skip" and given is not None and is_given(given):
            return keep_it(scene)
        if code != "prefer_not" and is_collecting(guide, talk):
            return done(scene)
        step = guide.step(talk.at)
        if not step.optional:
            return refuse(scene, Refusal(NEEDED.get(step.kind, "refusal.needed")))
        answers = Answers(guide, talk.answers).put(talk.at, Answer(state, scene.now, (code,)))
        turn = go_on(scene.with_(answers=answers), left_out(scene))
        return replace(
            turn,
            replies=(Reply(f"left.{code}"), *turn.replies),
            events=(Event(event, talk.at, code), *turn.events),
        )

    return move


def keep_it(scene: Scene) -> Turn:
    """Leave as it is the answer that was going to be changed."""
    talk = scene.talk
    given = talk.answers.get(talk.at) if talk.at else None
    if given is None or not is_given(given):
        return digress(scene, "stale")
    if given.masking == LATER and talk.at:
        scene = scene.with_(answers={**talk.answers, talk.at: replace(given, masking=None)})
    turn = go_on(scene, left_out(scene))
    if turn.conversation.at is None:
        return replace(turn, replies=(Reply("kept", choices=at_the_end(scene)),))
    return replace(turn, replies=(Reply("kept"), *turn.replies))


def done(scene: Scene) -> Turn:
    """Close an answer of several messages or choices."""
    talk = scene.talk
    if talk.at is None or not is_collecting(scene.guide, talk):
        return finish(scene)
    answer = talk.answers[talk.at]
    quiet = replace(scene, heard=replace(scene.heard, text=""))
    return keep(quiet, Read(answer.values, answer.labels))


def greet(scene: Scene) -> Turn:
    if scene.heard.text.strip() == "/start" and scene.talk.at is not None and scene.talk.answers:
        return resume(scene)
    if scene.talk.at is not None or not consented(scene.guide, scene.talk):
        return digress(scene, "greet")
    turn = digress(scene, "already_finished")
    return replace(turn, replies=(Reply("greet"), *turn.replies))


def asks_first(pending: str) -> Move:
    """A move that cannot be undone: confirmed by a button or by listed words."""
    return lambda scene: scene.with_(pending=pending).turn(
        Reply(f"{pending}.confirm", choices=confirmation(pending))
    )


def finish(scene: Scene) -> Turn:
    if scene.talk.at is None:
        return digress(scene, "already_finished")
    if consented(scene.guide, scene.talk):
        return FINISH(scene)
    turn = FINISH(scene)
    return replace(turn, replies=(replace(turn.replies[0], key="finish.nothing_kept"),))


def restart(scene: Scene) -> Turn:
    """Confirmed first, unless there is nothing to lose."""
    if scene.talk.at is None and not consented(scene.guide, scene.talk):
        return confirmed(scene, "restart")
    return RESTART(scene)


def suggest(scene: Scene, intent: str, reading: Read | Refusal | None) -> Turn:
    """« Vous vouliez … ? » The words are kept meanwhile if they can be an answer."""
    pending = f"meant:{intent}"
    step = scene.guide.step(scene.talk.at) if scene.talk.at else None
    kept = isinstance(reading, Read) and isinstance(step, Open) and not _chooses(scene)
    if isinstance(reading, Read) and kept:
        scene = replace(scene, talk=keep(scene, replace(reading, more=True)).conversation)
    if isinstance(reading, Refusal) and _beside(scene, intent):
        return _with_a_button(refuse(scene, reading), intent)
    if intent in ("delete_my_data", "restart") and not kept:
        return MOVES[intent](scene)  # its own question says what would be lost
    choices = confirmation(pending)
    if not kept:  # there is no answer to keep: a plain « non »
        choices = tuple(replace(c, label=f"@{c.label.rpartition('.')[2]}") for c in choices)
    return scene.with_(pending=pending).turn(
        Reply("meant", {"what": ours(f"move.{intent}")}, choices=choices)
    )


def _beside(scene: Scene, intent: str) -> bool:
    """Whether the wish is a button beside the question's own: a doubt, or a yes could be either's.

    What cannot be undone has a question of its own, whose buttons say what they do.
    """
    step = scene.guide.step(scene.talk.at) if scene.talk.at else None
    if intent in ("stop", "delete_my_data") and scene.heard.likely(intent) >= SURE:
        return False
    said = {option.value for option in step.options} if step else set()
    return not scene.heard.exact and ("yes" in said or scene.heard.likely(intent) < SURE)


def _with_a_button(turn: Turn, intent: str) -> Turn:
    *before, last = turn.replies
    wish = Choice(f"@{WISH_LABELS.get(intent, intent)}", f":!{intent}")
    known = {choice.value.rpartition(":")[2] for choice in last.choices}
    if f"!{intent}" in known:
        return turn
    return replace(turn, replies=(*before, replace(last, choices=(*last.choices, wish))))


def confirmed(scene: Scene, pending: str) -> Turn:
    """Yes to a question of ours."""
    kind, _, intent = pending.partition(":")
    if kind == RECALL:
        return accepted(scene)
    if kind == RETURN:
        return leaves(scene)
    scene = scene.at_ease()
    talk = scene.talk
    if kind in ("erase", BARRED):
        return erased(scene)
    if kind == "restart":
        fresh = scene.with_(answers={}, at=None, finished=False, simpler=talk.simpler, astray=0)
        turn = go_on(fresh)
        return replace(turn, events=(Event("restarted"), *turn.events), afresh=True)
    if kind == "finish":
        if not consented(scene.guide, talk):
            return nothing_kept(scene)
        closed = {s: replace(a, draft=False) for s, a in talk.answers.items()}
        ended = scene.with_(answers=closed, at=None, finished=True, astray=0)
        return ended.turn(receipt(ended), events=(Event("finished", talk.at, "early"),))
    if kind == "correct":
        return correct(scene)
    if kind in WISHES:
        return handed_over(scene, kind)
    if kind == "meant" and intent in MOVES:
        scene = _without_last_part(scene)
        if intent == "finish" and is_collecting(scene.guide, scene.talk):
            return done(scene)
        return confirmed(scene, "finish") if intent == "finish" else MOVES[intent](scene)
    return digress(scene, "stale")


def asked_again(scene: Scene, pending: str) -> Turn:
    """Our question once more, with its buttons: « oui mais… » answers it neither way."""
    kind, _, about = pending.partition(":")
    if kind == "meant":
        what = {"what": ours(f"move.{about}")}
        return scene.turn(Reply("meant", what, choices=confirmation(pending)))
    if pending == WITHDRAWN:
        return scene.turn(Reply("withdrawn", choices=confirmation(WITHDRAWN)))
    if pending == BARRED:
        return scene.turn(Reply("barred", choices=confirmation(BARRED)))
    if kind == "finish":
        return finish(scene)
    if kind == RECALL:
        return scene.turn(asks())
    ours_again = {
        "return": asks_again,
        "erase": asks_to_erase,
        "restart": RESTART,
        **{wish: MOVES[wish] for wish in WISHES},
    }
    return ours_again.get(kind, repeat)(scene)


def declined(scene: Scene) -> Turn:
    """No to a question of ours: nothing changes."""
    if scene.talk.pending == RECALL:
        return no_reminder(scene)
    pending, scene = scene.talk.pending or "", scene.at_ease()
    if scene.talk.at is None:
        return digress(scene, "nothing_changed")
    if pending.startswith("meant:") and is_collecting(scene.guide, scene.talk):
        if not _several(scene):
            return done(scene)
        question = ask(scene.guide, scene.talk)
        return scene.turn(Reply("noted.first", {}, scene.talk.at, question.choices))
    if pending == WITHDRAWN:
        turn = go_on(scene, left_out(scene))
        return replace(turn, replies=(Reply("nothing_changed"), *turn.replies))
    return scene.turn(Reply("nothing_changed"), ask(scene.guide, scene.talk))


def back_after_a_doubt(scene: Scene) -> Turn | None:
    """« Je reviens dans 2 jours », asked about, then silence: it was a pause, not an answer."""
    intent = (scene.talk.pending or "").removeprefix("meant:")
    heard = scene.heard
    back = (heard.exact and heard.intent in ("greet", "resume")) or heard.choice == ":!resume"
    if not back or intent not in LEAVING:
        return None
    return resume(_without_last_part(scene.at_ease()))


def _chooses(scene: Scene) -> bool:
    """Whether the question is which version of a text to keep."""
    at, answers = scene.talk.at, scene.talk.answers
    return at is not None and undecided(scene.guide.step(at), answers.get(at))


def _several(scene: Scene) -> bool:
    step = scene.guide.step(scene.talk.at) if scene.talk.at else None
    return not isinstance(step, Open) or step.several


def _without_last_part(scene: Scene) -> Scene:
    """Take back words that were kept while we asked whether they were a wish."""
    guide, talk = scene.guide, scene.talk
    if talk.at is None or not is_collecting(guide, talk):
        return scene
    answer = talk.answers[talk.at]
    if not isinstance(guide.step(talk.at), Open):
        return scene
    rest = {spot: kept for spot, kept in talk.answers.items() if spot != talk.at}
    if answer.parts[:-1]:
        rest[talk.at] = replace(answer, parts=answer.parts[:-1])
    said = replace(scene.heard, text=answer.parts[-1].text)  # what the wish was asked in
    return replace(scene.with_(answers=rest), heard=said)


WISH_LABELS = {
    "remove_piece": "remove", "distress_self": "danger.see", "danger_other": "danger.see",
}  # of a wish whose button is not called as it is  # fmt: skip
LEAVING = ("pause", "stop", "goodbye")
NEEDED = {"consent": "refusal.consent", "read_back": "refusal.read_back"}
FINISH = asks_first("finish")
RESTART = asks_first("restart")

# What each wish does. At the end of a conversation the same moves hold: each knows that case.
MOVES: Mapping[str, Move] = {
    "help": help_,
    "ask_why": ask_why,
    "repeat": repeat,
    "simpler": simpler,
    "go_back": go_back,
    "skip": leave(State.SKIPPED, "skip", "skipped"),
    "dont_know": leave(State.SKIPPED, "dont_know", "skipped"),
    "prefer_not": leave(State.REFUSED, "prefer_not", "declined"),
    "done": done,
    "keep": keep_it,
    "pause": pause_and_offer,
    "resume": resume,
    "restart": restart,
    "correct": correct,
    "remove_piece": remove_piece,
    "my_answers": my_answers,
    "next_person": next_person,
    "for_myself": for_myself,
    "set_code": set_code,
    "remove_code": remove_code,
    "forgot_code": forgot_code,
    "return_code": give,
    "cancel_return": cancel,
    "finish": finish,
    "another": another,
    "stop": stop,
    "delete_my_data": asks_to_erase,
    "ask_who": tells("ask_who"),
    "bot_challenge": tells("bot_challenge"),
    "ask_privacy": ask_privacy,
    "how_long": how_long,
    "human_contact": tells("human_contact"),
    "status_of_consultation": tells("status"),
    "greet": greet,
    "thanks": tells("thanks"),
    "goodbye": goodbye,
    "insult": tells("insult"),
    "distress_self": alarm,
    "danger_other": alarm,
}
