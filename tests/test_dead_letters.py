"""R9: what the program breaks on is kept sealed, received again after a repair, or thrown away."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from test_reception import NOON, SHELF, reception, says

from bot.app.memory import open_memory
from bot.dead_letters import DeadLetters
from bot.errors import GuideError
from bot.model import Letter, Message, Sound
from bot.reception import Reception
from bot.set_aside import WHY, Again
from bot.settings import load
from bot.staff import Act
from storage.conversations import SqlStore
from storage.desk.journal import Journal
from storage.erasure.purging import purge
from storage.letters import Letters, message_from, written
from storage.outbox import SqlOutbox
from storage.sealing.keys import Keys
from storage.tables import letters, metadata
from storage.threads import Threads
from tests.serving import parole

POISON = "un arbre-canari de plus"
AGREED = ["bonjour", "J'habite ici", "oui", "59", "3", "30", "non", "arbres", "la nature"]
SOUND = Sound(3, "audio/ogg", b"Ogg\0", "lost", 5, True)
PLACE = "KeyError advance:12"


class Desk:
    """A reception that breaks on one text as long as it is not repaired."""

    def __init__(self, store: SqlStore, engine: Engine, keys: Keys) -> None:
        self.store, self.broken = store, True
        self.letters = Letters(engine, keys, clock=lambda: NOON)
        threads = Threads(1)
        self.reception: Reception = reception(store, threads=threads)
        self.aside = DeadLetters(self.letters, store, threads, SHELF, clock=lambda: NOON)
        self.count = 0

    def says(self, text: str, id: str | None = None, **more: object) -> Message:
        self.count += 1
        return says(text, id or f"m{self.count}", **more)

    async def receive(self, message: Message) -> object:
        if self.broken and message.text == POISON:
            raise KeyError(POISON)
        return await self.reception.receive(message)

    def talk(self, *texts: str) -> None:
        for text in texts:
            asyncio.run(self.reception.receive(self.says(text)))

    def breaks(self, message: Message | None = None) -> bool:
        kept = message or self.says(POISON, "poison")
        return asyncio.run(self.aside.set_aside("web", kept, PLACE))

    def again(self) -> Again:
        [one] = self.letters.all()
        letter = self.letters.open(one.number)
        assert letter is not None
        return asyncio.run(self.aside.again(letter, self.receive))

    @property
    def texts(self) -> list[str]:
        talk, _ = self.store.thread("web", "someone")
        return [part.text for answer in talk.answers.values() for part in answer.parts]


@pytest.fixture
def desk(store: SqlStore, engine: Engine, keys: Keys) -> Desk:
    return Desk(store, engine, keys)


def test_kept_sealed_then_received_once_after_the_repair(desk: Desk, engine: Engine) -> None:
    """R9: listed without a word; breaks again, then goes through; twice, nothing is doubled."""
    desk.talk(*AGREED)
    poison = desk.says(POISON, "poison", sent=NOON)
    assert desk.breaks(poison)
    assert desk.breaks(poison), "delivered twice, set aside once"
    [listed] = desk.letters.all()
    assert (listed.place, listed.on, listed.kept, listed.tried) == (PLACE, NOON.date(), True, 0)
    assert "canari" not in repr(listed)
    with engine.connect() as connection:
        [row] = connection.execute(select(letters)).all()
        assert b"canari" not in bytes(row.payload)
        assert "someone" not in repr(tuple(row))
    opened = desk.letters.open(listed.number)
    assert opened is not None
    assert opened.message == poison
    assert "canari" not in repr(opened)
    assert desk.again() == Again.BREAKS
    [listed] = desk.letters.all()
    assert listed.tried == 1
    assert listed.place.startswith("KeyError receive:")
    desk.broken = False
    assert desk.again() == Again.RECEIVED
    assert desk.letters.all() == []
    assert desk.texts.count(POISON) == 1
    assert desk.breaks(poison)
    assert desk.again() in (Again.REPEATED, Again.RECEIVED)
    assert desk.texts.count(POISON) == 1


def test_the_same_message_received_meanwhile_is_not_doubled(desk: Desk) -> None:
    """R9: the key of the message is that of a delivery, with a text that was not kept as it is."""
    desk.talk(*AGREED[:4])
    number = desk.says("4", "poison")
    assert desk.breaks(number)
    [one] = desk.letters.all()
    letter = desk.letters.open(one.number)
    assert letter is not None
    first = asyncio.run(desk.reception.receive(number))
    letter = replace(letter, at="age")  # as if it were still the place
    asyncio.run(desk.aside.again(replace(letter, untouched=True), desk.receive))
    talk, thread = desk.store.thread("web", "someone")
    assert len(thread) == first.turn
    assert [str(spot) for spot in talk.answers].count("foyer") == 1


@pytest.mark.parametrize("before", [0, 1, 2])
def test_before_consent_only_the_fact_is_kept(desk: Desk, engine: Engine, before: int) -> None:
    """P4: nothing typed by somebody unknown, or who has not agreed yet, not even a hash."""
    desk.talk(*AGREED[:before])
    assert not desk.breaks()
    [listed] = desk.letters.all()
    assert not listed.kept
    with engine.connect() as connection:
        [row] = connection.execute(select(letters)).all()
        found = row.conversation_id, row.message, row.payload, row.at, row.turn
    assert found == (None,) * 5
    assert desk.again() == Again.WORDLESS


@pytest.mark.parametrize("text", ["4821", "code 48 21", "citron vélo lac vent"])
def test_what_may_be_a_code_is_not_kept(desk: Desk, text: str) -> None:
    desk.talk(*AGREED)
    if text.startswith("citron"):
        from bot.four_words import drawn

        text = drawn(lambda words, count: list(words)[:count])
    assert not desk.breaks(desk.says(text))


def test_words_typed_at_a_question_of_ours_are_not_kept(desk: Desk) -> None:
    desk.talk(*AGREED, "effacer")
    assert not desk.breaks()


def test_a_conversation_that_cannot_be_read_leaves_the_fact(desk: Desk) -> None:
    """What breaks may be the conversation, or its guide: kept without words, never raised."""
    desk.talk(*AGREED)

    class Lost:
        def of(self, *_: str) -> None:
            raise GuideError("parc", "son texte n'est plus là", "Remettez-le.")

    desk.aside._guides = Lost()  # type: ignore[assignment]
    assert not desk.breaks()
    assert [one.kept for one in desk.letters.all()] == [False]


def test_words_that_would_answer_another_question_are_held_back(desk: Desk) -> None:
    desk.talk(*AGREED[:4])
    assert desk.breaks()
    desk.broken = False
    desk.talk("qui êtes-vous")  # an aside: the question is the same
    [one] = desk.letters.all()
    assert one.untouched is False
    letter = desk.letters.open(one.number)
    assert letter is not None
    held = desk.aside._held_back
    assert letter.message is not None
    talk, _ = desk.store.thread("web", "someone")
    assert held(letter, letter.message, talk) is None
    assert held(letter, replace(letter.message, edits="m1"), talk) == Again.GONE_ON
    assert held(letter, letter.message, replace(talk, pending="erase")) == Again.GONE_ON
    assert held(letter, letter.message, replace(talk, id="other")) == Again.ELSEWHERE
    desk.talk("4")  # and now it is another one
    assert desk.again() == Again.GONE_ON
    assert POISON not in desk.texts
    assert desk.letters.all(), "it stays until somebody throws it away"
    assert desk.letters.remove(one.number)
    assert not desk.letters.remove(one.number)


def test_said_again_since_it_is_not_received(desk: Desk) -> None:
    desk.talk(*AGREED)
    assert desk.breaks()
    desk.broken = False
    desk.talk(POISON)
    assert desk.again() == Again.REPEATED
    assert desk.texts.count(POISON) == 1


def test_a_code_shuts_it_out_until_the_person_is_back(desk: Desk) -> None:
    desk.talk(*AGREED, "code 4821")
    assert desk.breaks()
    desk.broken = False
    desk.aside._clock = lambda: NOON + timedelta(days=1)
    assert desk.again() == Again.CLOSED
    assert desk.letters.all()


@pytest.mark.parametrize("how", ["erased", "afresh", "forgotten", "request"])
def test_erasing_takes_the_letters(desk: Desk, how: str) -> None:
    """P1, F22: the rows and their key, whichever the way out."""
    desk.talk(*AGREED)
    assert desk.breaks()
    if how == "forgotten":
        assert desk.store.forget("web", "someone")
    elif how == "request":
        talk, _ = desk.store.thread("web", "someone")
        assert desk.store.erase(talk.reference)
    else:
        desk.talk("effacer" if how == "erased" else "recommencer", "oui")
    assert desk.letters.all() == []


def test_the_purge_takes_them_and_the_facts(desk: Desk, engine: Engine, keys: Keys) -> None:
    """P6: those of the conversations that leave, and facts as old; nothing younger."""
    desk.talk(*AGREED)
    assert desk.breaks()
    assert not desk.breaks(says(POISON, "poison", sender="a stranger"))
    assert purge(engine, keys, NOON.date() - timedelta(days=1), NOON) == 0
    assert len(desk.letters.all()) == 2
    with engine.begin() as connection:
        conversations = metadata.tables["conversations"]
        connection.execute(conversations.update().values(active_on=NOON.date()))
    assert purge(engine, keys, NOON.date(), NOON) == 1
    assert desk.letters.all() == []


@pytest.mark.parametrize(
    "message",
    [
        Message("telegram", "7", "m1", "é\0\ud800 👩🏽‍⚕️\n=1+1"),
        Message("telegram", "7", "cb1", choice="age:yes"),
        Message("telegram", "7", "e1:2", "mots", edits="m1", sent=NOON),
        Message("telegram", "7", "m2", media="voice", sound=SOUND),
    ],
)
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    assert message_from("telegram", written(message)) == message
    addressed = replace(message, address="192.0.2.7")
    assert "192.0.2.7" not in repr(written(addressed)), "what the network says is not kept"


def test_a_reply_that_was_given_up_is_listed_then_forgotten(
    desk: Desk, engine: Engine, keys: Keys
) -> None:
    desk.reception.pushed = frozenset({"web"})
    desk.talk("bonjour")
    box = SqlOutbox(engine, keys)
    [parcel, *_] = box.claim("web", NOON + timedelta(days=1))
    assert desk.letters.given_up() == []
    assert not desk.letters.forget_reply(parcel.id), "one that still waits is not thrown away"
    box.drop(parcel.id, "refused")
    assert desk.letters.given_up() == [(parcel.id, "web", "refused")]
    assert desk.letters.forget_reply(parcel.id)
    assert desk.letters.given_up() == []


def test_the_letter_has_no_words_when_shown() -> None:
    message = Message("telegram", "7", "m1", POISON)
    shown = Letter(1, "telegram", NOON.date(), PLACE, True, message=message)
    assert "canari" not in repr(shown)


def test_each_outcome_is_worded_for_the_command_and_the_journal() -> None:
    """R9: staff reads why, never a name of the program."""
    assert set(WHY) == set(Again)


def test_the_command_lists_takes_again_and_throws_away(tmp_path: Path) -> None:
    """R9: what staff sees and does; each act is in the journal."""
    lines = "\n".join(["[Oui, gardez-les]", "59"]) + "\n"
    parole("talk", "--guide", "assises", typed=lines, data_dir=tmp_path)
    memory = open_memory(load(data_dir=tmp_path), create=False)
    try:
        for n, who in enumerate(("moi", "moi", "inconnu")):
            message = Message("terminal", who, f"poison {n}", POISON)
            memory.letters.keep("terminal", message, PLACE, lambda _: True)
        shown = parole("letters", data_dir=tmp_path)
        assert shown.returncode == 0, shown.stderr
        first, _, third = shown.stdout.splitlines()
        assert first.startswith("M1\t")
        assert first.endswith(f"\tterminal\t{PLACE}\tmots gardés")
        assert third.endswith("sans les mots")
        assert "canari" not in shown.stdout + shown.stderr
        again = parole("letters", "--replay", "M1", data_dir=tmp_path)
        assert (again.returncode, again.stdout) == (0, "M1\trepris\n"), again.stderr
        every = parole("letters", "--replay", "tout", data_dir=tmp_path)
        assert "M1" not in every.stdout
        assert "M3\tpas repris : ses mots ne sont pas gardés" in every.stdout
        thrown = parole("letters", "--discard", "m3", data_dir=tmp_path)
        assert (thrown.returncode, thrown.stdout) == (0, "M3\técarté\n")
        for wrong in (("--discard", "M3"), ("--discard", "oui"), ("--replay", "M99"),
                      ("--replay", "M2", "--discard", "M2")):  # fmt: skip
            assert parole("letters", *wrong, data_dir=tmp_path).returncode == 2
        done = {line.what for line in Journal(memory.engine).lines()}
        assert {Act.LETTER_REPLAYED, Act.LETTER_DISCARDED} <= done
        with memory.engine.connect() as connection:
            told = connection.scalar(select(func.count()).select_from(letters))
        assert told == len(memory.letters.all())
    finally:
        memory.close()
