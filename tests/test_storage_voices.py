"""Voice messages in the memory: sealed, kept with their turn, gone with their answer."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from talks import NOON, conversation, turn, words

from bot.errors import DatabaseUnfit
from bot.model import Answer, Part, Sound, Spot, State, Voice
from storage.conversations import SqlStore
from storage.saving import Saving
from storage.tables import turns, voices
from storage.voices import Voices

SPOT = Spot("story")
OCTETS = b"OggS canari \x00\xff" * 900


def spoken(*messages: str, **more: object) -> Answer:
    parts = tuple(Part(one, "", origin="voice") for one in messages)
    return replace(Answer(State.ANSWERED, NOON, parts=parts, draft=True), **more)


def keeps(store, message="m1", id="c1", *, octets=OCTETS, listening=False, answer=None, **more):
    """A person sends a voice message."""
    talk = conversation(id, answers={SPOT: answer or spoken(message)}, at=SPOT)
    voice = Voice(SPOT, message, Sound(7, "audio/ogg", octets, listening=listening))
    with store.hold("telegram", f"person {id}") as held:
        held.save(message, turn(talk, voice=voice, **more), push=True)
    return talk


@pytest.fixture
def kept(engine, keys) -> Voices:
    return Voices(engine, keys)


def test_what_is_kept_is_what_came(store, kept):
    octets = os.urandom(200_000)
    keeps(store, octets=octets)
    [one] = kept.kept()
    assert one.voice == Voice(SPOT, "m1", Sound(7, "audio/ogg", octets))
    assert (one.channel, one.sender, one.reference) == ("telegram", "person c1", "REF-c1")
    assert "person c1" not in repr(one)
    assert octets[:8].hex() not in repr(one)


def test_it_is_sealed_and_bound_to_its_row(store, kept, engine):
    keeps(store)
    with engine.begin() as connection:
        [row] = connection.execute(select(voices)).all()
        assert b"canari" not in row.audio
        connection.execute(update(voices).values(audio=row.message))
    with pytest.raises(DatabaseUnfit):
        list(kept.kept())


def test_the_turn_and_the_audio_are_one_transaction(store, kept, engine, monkeypatch):
    class Broken(Exception):
        pass

    def breaks(*_):
        raise Broken

    monkeypatch.setattr(Saving, "events", breaks)
    with pytest.raises(Broken):
        keeps(store)
    assert not list(kept.kept())
    with engine.connect() as connection:
        assert not connection.execute(select(turns)).all()


def test_the_same_message_again_is_kept_once(store, kept):
    keeps(store)
    with store.hold("telegram", "person c1") as held:
        assert held.given("m1") is not None
    assert len(list(kept.kept())) == 1


@pytest.mark.parametrize("how", ["erase", "forget", "afresh", "replaced"])
def test_it_goes_with_the_answer(store, kept, how):
    talk = keeps(store)
    keeps(store, id="c2")
    with store.hold("telegram", "person c1") as held:
        if how == "forget":
            held.forget()
        elif how == "replaced":
            after = replace(talk, answers={SPOT: words("autre chose", "m2")})
            held.save("m2", turn(after), push=True)
        else:
            after = replace(talk, answers={})
            more = {"erase": True} if how == "erase" else {"afresh": True}
            held.save("m2", turn(after, **more), push=True)
    assert [one.reference for one in kept.kept()] == ["REF-c2"]


def test_it_stays_while_its_words_change(store, kept):
    talk = keeps(store)
    for number, origin in enumerate(("transcribed", "confirmed", "corrected"), 2):
        part = Part("m1", f"mots {origin}", "fr", origin=origin)
        talk = replace(talk, answers={SPOT: replace(talk.answers[SPOT], parts=(part,))})
        with store.hold("telegram", "person c1") as held:
            held.save(f"m{number}", turn(talk), push=True)
    assert [one.voice.message for one in kept.kept()] == ["m1"]
    with store.hold("telegram", "person c1") as held:
        assert held.conversation.answers[SPOT].parts == (part,)


def test_one_of_two_goes_the_other_stays(store, kept):
    talk = keeps(store)
    both = replace(talk, answers={SPOT: spoken("m1", "m2")})
    voice = Voice(SPOT, "m2", Sound(3, "audio/ogg", b"second"))
    with store.hold("telegram", "person c1") as held:
        held.save("m2", turn(both, voice=voice), push=True)
    only = replace(talk, answers={SPOT: spoken("m2")})
    with store.hold("telegram", "person c1") as held:
        held.save("m3", turn(only), push=True)
    assert [one.voice.sound.octets for one in kept.kept()] == [b"second"]


def test_the_copy_has_the_sound(store):
    keeps(store, octets=b"son")
    [talk] = store.copy("telegram", "person c1")["conversations"]
    [voice] = talk["voices"]
    assert (voice["audio"], voice["message"], voice["seconds"]) == ("c29u", "m1", 7)


def test_each_is_claimed_once_then_again_when_it_was_not_done(store, kept):
    keeps(store)  # nobody is to write this one down
    keeps(store, id="c2", listening=True)
    keeps(store, id="c3", listening=True)
    first, second = kept.claim(NOON), kept.claim(NOON)
    assert {first.reference, second.reference} == {"REF-c2", "REF-c3"}
    assert kept.claim(NOON) is None
    kept.done(first.conversation, first.number)
    assert kept.claim(NOON + timedelta(seconds=100)) is None
    assert kept.claim(NOON + timedelta(seconds=200)) == second


def test_one_that_cannot_be_opened_does_not_hold_up_the_others(store, kept, engine):
    keeps(store, id="c2", listening=True)
    keeps(store, id="c3", listening=True)
    with engine.begin() as connection:
        where = voices.c.conversation_id == "c2"
        connection.execute(update(voices).where(where).values(audio=b"\x01broken"))
    assert kept.claim(NOON).reference == "REF-c3"
    assert kept.claim(NOON) is None


def test_what_a_person_heard_is_put_in_the_answer(engine, keys, kept):
    store = SqlStore(engine, keys)  # with its memory of open conversations
    talk = keeps(store, listening=True)
    assert kept.write_down("REF-c1", 1, "Les mots entendus")
    with store.hold("telegram", "person c1") as held:
        part = Part("m1", "Les mots entendus", origin="listened")
        assert held.conversation == replace(
            talk, answers={SPOT: replace(talk.answers[SPOT], parts=(part,))}
        )
    assert kept.write_down("REF-c1", 1, "Mieux entendus, par Léa", "Mieux entendus, par [elle]")
    with store.hold("telegram", "person c1") as held:
        assert held.conversation.answers[SPOT].leaving == ("Mieux entendus, par [elle]",)
    assert kept.claim(NOON) is None
    assert len(list(kept.kept())) == 1


@pytest.mark.parametrize("origin", ["confirmed", "corrected"])
def test_the_persons_own_words_win(store, kept, origin):
    part = Part("m1", "mes mots", origin=origin)
    keeps(store, answer=spoken(parts=(part,)))
    assert not kept.write_down("REF-c1", 1, "autre chose")
    with store.hold("telegram", "person c1") as held:
        assert held.conversation.answers[SPOT].parts == (part,)


def test_a_voice_that_is_not_there_is_not_written_down(store, kept):
    keeps(store)
    assert not kept.write_down("REF-c1", 2, "mots")
    assert not kept.write_down("REF-xx", 1, "mots")
