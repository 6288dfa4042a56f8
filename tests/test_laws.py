"""Laws that hold whatever a person types or presses, on every guide."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from replay import through_bytes, wording
from walks import GUIDES, NOON, SCRIPTS, Act, start, understood, walk

from bot import danger, engine
from bot.answers import Read
from bot.asking import asked, is_collecting
from bot.contradictions import BUTTON_BYTES
from bot.errors import ErasedConversation
from bot.flow import Scene, consented
from bot.guide import Information, Open
from bot.meaning import meaning
from bot.model import Message, State, Turn
from bot.typed import button_typed
from storage.tables import metadata

SPEAK = wording()
# Lists of what can be asked, and answers by their number: not what is being asked.
OTHER_BUTTONS = {"help", "correct.which", "correct.no_such", "stale.answered"}
FEW = settings(max_examples=60, deadline=None)
VERY_FEW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
NUMBERS = count()  # an erased id is never given again, so each walk stored has its own
ERASING = [*[Act("answer")] * 6, Act("type", "tout effacer"), Act("type", "oui")]
each_guide = pytest.mark.parametrize("name", GUIDES)


@each_guide
@FEW
@given(script=SCRIPTS)
@example(script=[*[Act("answer")] * 6, Act("type", "0{"), Act("answer"), Act("answer")])
def test_there_is_always_an_answer_in_words(name, script):
    guide, braces = GUIDES[name], False
    for went in walk(guide, script):
        braces = braces or "{" in went.heard.text  # what was typed may be read back later
        assert went.turn.replies
        for reply in went.turn.replies:
            said = SPEAK.say(reply, guide)
            assert said.text.strip()
            assert "{" not in said.text or braces
            for choice in said.choices:
                assert choice.label
                assert not choice.label.startswith("@")
                assert len(choice.value.encode()) <= BUTTON_BYTES


@each_guide
@FEW
@given(script=SCRIPTS)
def test_easier_words_once_asked_for_stay(name, script):
    guide = GUIDES[name]
    asked_for = False
    for went in walk(guide, [Act("type", "plus simple"), *script]):
        asked_for = (asked_for or went.heard.intent == "simpler") and not went.turn.erase
        assert went.turn.conversation.simpler >= asked_for
        keys = {reply.key for reply in went.turn.replies}
        assert not asked_for or not keys & {"ask", "say"}


@each_guide
@FEW
@given(script=SCRIPTS)
def test_the_place_is_never_lost(name, script):
    guide = GUIDES[name]
    for went in walk(guide, script):
        talk = went.turn.conversation
        assert all(spot.step in guide.steps for spot in talk.answers)
        if talk.at is None:
            assert talk.finished
            continue
        assert talk.at in tuple(guide.path(talk.answers))
        assert not isinstance(guide.step(talk.at), Information)


@each_guide
@FEW
@given(script=SCRIPTS)
def test_a_button_pressed_at_once_is_never_stale(name, script):
    guide = GUIDES[name]
    for went in walk(guide, script):
        for reply in went.turn.replies:
            for choice in () if went.turn.erase else reply.choices:
                pressed = understood(Message("web", "someone", "p", choice=choice.value))
                after = engine.advance(guide, went.turn.conversation, pressed, NOON)
                keys = [reply.key for reply in after.replies]
                assert keys
                assert not any(key.startswith("stale") for key in keys), choice
                assert after.pressed, choice
                assert not SPEAK.label(after.said or "@").startswith("@"), choice


@each_guide
@FEW
@given(script=SCRIPTS)
def test_nothing_typed_is_kept_before_the_agreement(name, script):
    guide = GUIDES[name]
    for went in walk(guide, script):
        talk = went.turn.conversation
        if consented(guide, talk):
            continue
        assert not any(answer.parts for answer in talk.answers.values())
        if went.heard.choice is None:
            assert not went.turn.said or went.turn.said.startswith("@media.")
        if talk.finished:
            assert not talk.answers


@each_guide
@FEW
@given(script=SCRIPTS)
def test_what_is_typed_is_never_shown_as_a_button(name, script):
    guide = GUIDES[name]
    for went in walk(guide, script):
        heard, turn = went.heard, went.turn
        if heard.choice is None and not heard.media and turn.said:
            assert turn.said == heard.text
            assert not turn.pressed
        if turn.pressed:
            assert heard.choice is not None or heard.media


@each_guide
@FEW
@given(script=SCRIPTS)
def test_the_words_on_a_button_do_what_the_button_does(name, script):
    guide = GUIDES[name]
    for went in walk(guide, script):
        replies, talk = went.turn.replies, went.turn.conversation
        last = replies[-1].choices
        if went.turn.erase or not last or replies[-1].key in OTHER_BUTTONS:
            continue
        for choice in last:
            if not any(sign in choice.value for sign in ("?", ":!")):
                continue
            label = SPEAK.label(choice.label)
            typed = engine.advance(
                guide, talk, understood(Message("web", "s", "p", label)), NOON
            )  # fmt: skip
            pressed = engine.advance(
                guide, talk, understood(Message("web", "s", "p", choice=choice.value)), NOON
            )
            assert [reply.key for reply in typed.replies] == [
                reply.key for reply in pressed.replies
            ], (label, choice)
            assert typed.conversation == pressed.conversation


@each_guide
@FEW
@given(script=SCRIPTS)
def test_another_language_is_told_once_and_nothing_of_french(name, script):
    """A walk lasts less than the hour after which a refusal says it again."""
    guide = GUIDES[name]
    told = set()
    for went in walk(guide, script):
        if went.turn.afresh:
            told = set()
        for place, reply in enumerate(went.turn.replies):
            if reply.key != "language":
                continue
            code = reply.values["language"]
            assert code == went.heard.language
            assert code not in {"fr", None, *told}
            assert [one.key for one in went.turn.replies[:place]] in ([], ["danger"])
            told.add(code)
        assert went.turn.erase or set(went.turn.conversation.told_in) == told


@each_guide
@FEW
@given(script=SCRIPTS)
def test_words_that_answer_an_open_question_are_kept_as_they_are(name, script):
    guide = GUIDES[name]
    for went in walk(guide, script):
        before, heard = went.before, went.heard
        if before.at is None or before.pending or heard.choice is not None or heard.edits:
            continue
        question = asked(guide, before, before.at)
        if not isinstance(question.step, Open) or not heard.text.strip():
            continue
        meant = meaning(question, heard, collecting=is_collecting(guide, before))
        if button_typed(Scene(guide, before, heard, NOON)):
            continue
        if danger.told(heard):
            assert went.turn.conversation.answers == before.answers
            continue
        if meant.move is None and isinstance(meant.reading, Read):
            kept = went.turn.conversation.answers[before.at]
            assert kept.parts[-1].text == heard.text
            assert kept.state is State.ANSWERED
            old = before.answers.get(before.at)
            if old is not None and old.draft:
                assert kept.parts[:-1] == old.parts


@each_guide
@FEW
@given(script=SCRIPTS)
def test_the_same_message_gives_the_same_turn_after_a_stay_outside(name, script):
    guide = GUIDES[name]
    for went in walk(guide, script):
        assert through_bytes(went.before) == went.before
        again = engine.advance(guide, through_bytes(went.before), went.heard, NOON)
        assert again.replies == engine.advance(guide, went.before, went.heard, NOON).replies
        assert again.replies == went.turn.replies


@each_guide
@VERY_FEW
@given(script=SCRIPTS)
@example(script=ERASING)
@example(script=[*ERASING, Act("answer")])
def test_saving_and_loading_between_turns_changes_nothing(name, script, store):
    guide, sender = GUIDES[name], f"someone {next(NUMBERS)}"
    last: Turn = start(guide, sender)
    with store.hold("web", sender) as held:
        held.save("m0", last, push=False)
    for number, went in enumerate(walk(guide, script, sender), 1):
        with store.hold("web", sender) as held:
            assert held.conversation == last.conversation == went.before
            given = held.save(f"m{number}", went.turn, push=False)
            assert given.replies == went.turn.replies
        last = went.turn
        if not last.erase:
            with store.hold("web", sender) as held:
                assert held.given(f"m{number}") == given
    if last.erase:
        with pytest.raises(ErasedConversation):
            store.thread("web", sender)
    store.forget("web", sender)


@each_guide
@VERY_FEW
@given(script=SCRIPTS)
def test_erasing_leaves_nothing(name, script, store, engine):
    guide, sender = GUIDES[name], f"someone {next(NUMBERS)}"
    with store.hold("web", sender) as held:
        held.save("m0", start(guide, sender), push=False)
    for number, went in enumerate(walk(guide, script, sender), 1):
        with store.hold("web", sender) as held:
            held.save(f"m{number}", went.turn, push=False)
        if went.turn.erase:
            break
    store.forget("web", sender)
    with engine.connect() as connection:
        for table in ("conversations", "answers", "turns", "outbox"):
            assert connection.execute(metadata.tables[table].select()).all() == []
    assert list(store.conversations()) == []
