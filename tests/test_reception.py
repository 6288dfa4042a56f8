"""The reception on the real memory: repeats, races, ends, faults."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app.memory import Memory
from bot.app.texts import open_shelf
from bot.ceiling import Ceiling
from bot.drawing import ALPHABET, new_reference
from bot.errors import (
    DatabaseBusy,
    ErasedConversation,
    GuideError,
    UnknownConversation,
)
from bot.guide_file import bundled
from bot.model import Message, Reply, State, Turn
from bot.reception import Reception
from bot.settings import Settings
from bot.shelf import Shelf
from nlu.understand import Understanding
from storage.conversations import SqlStore
from storage.database import open_database
from storage.guides import Guides
from storage.tables import conversations, outbox, turns
from storage.threads import Threads

GUIDES = Path(__file__).parent / "guides"
NOON = datetime(2022, 3, 14, 12, tzinfo=UTC)
WHOLE = ["bonjour", "J'habite ici", "oui", "59", "3", "30", "non", "arbres", "passer", "passer",
         "non", "non"]  # fmt: skip
SHELF = Shelf([GUIDES / "parc.yml", *bundled()], "parc", lambda *_: None)


def ticking() -> Iterator[datetime]:
    return (NOON + timedelta(minutes=n) for n in itertools.count())


def reception(store: SqlStore, actions=None, pushed=frozenset(), threads=None) -> Reception:
    clock = ticking()
    return Reception(
        store,
        threads or Threads(1),
        Understanding(None),
        SHELF,
        actions or {},
        pushed=pushed,
        ceiling=Ceiling(1_000),
        clock=lambda: next(clock),
    )


def says(text: str, id: str = "m1", sender: str = "someone", **more: object) -> Message:
    return replace(Message("web", sender, id, text), **more)  # type: ignore[arg-type]


async def talk_through(desk: Reception, texts: list[str], sender: str = "someone") -> list:
    return [await desk.receive(says(text, f"m{n}", sender)) for n, text in enumerate(texts)]


def keys(given) -> list[str]:
    return [reply.key for reply in given.replies]


def test_a_first_message_opens_a_conversation(store):
    desk = reception(store)
    given = asyncio.run(desk.receive(says("bonjour", origin="mairie")))
    assert keys(given) == ["say", "ask"]
    talk, thread = store.thread("web", "someone")
    assert (talk.guide, talk.origin, talk.channel) == ("parc", "mairie", "web")
    assert [exchange.said for exchange in thread] == [""]


def test_the_same_message_gives_the_same_replies(store):
    async def twice():
        desk = reception(store)
        first = await talk_through(desk, WHOLE)
        again = await talk_through(desk, WHOLE)
        assert again == first
        assert [given.turn for given in first] == list(range(1, len(WHOLE) + 1))

    asyncio.run(twice())
    talk, thread = store.thread("web", "someone")
    assert talk.finished
    assert len(thread) == len(WHOLE)


def test_a_conversation_can_begin_with_another_guide_and_stays_on_it(store):
    async def run():
        desk = reception(store)
        first = await desk.receive(says("bonjour", guide="assises"))
        second = await desk.receive(says("oui, gardez-les", "m2", guide="cese-2022"))
        return first, second

    first, second = asyncio.run(run())
    assert first.guide == second.guide == "assises"


def test_unknown_when_nobody_may_open(store):
    desk = reception(store)
    with pytest.raises(UnknownConversation):
        asyncio.run(desk.receive(says("bonjour"), may_open=False))
    with pytest.raises(UnknownConversation):
        store.thread("web", "someone")


def test_a_finished_conversation_still_answers(store):
    async def run():
        desk = reception(store)
        await talk_through(desk, WHOLE)
        return await desk.receive(says("il faudrait plus de bancs", "later"))

    given = asyncio.run(run())
    assert given.finished
    assert keys(given) == ["words_after.another"]


def test_erasing_then_coming_back(store, engine):
    async def run():
        desk = reception(store)
        await talk_through(desk, [*WHOLE[:5], "effacer"])
        gone = await desk.receive(says("oui", "yes"))
        repeated = await desk.receive(says("oui", "yes"))
        with pytest.raises(ErasedConversation):
            store.thread("web", "someone")
        with engine.connect() as connection:
            assert not connection.execute(conversations.select()).all()
        back = await desk.receive(says("bonjour", "back"))
        return gone, repeated, back

    gone, repeated, back = asyncio.run(run())
    assert gone.erased
    assert keys(gone) == ["erased"] == keys(repeated)
    assert keys(back) == ["erased.before", "say", "ask"]
    talk, _ = store.thread("web", "someone")
    assert talk.answers == {}


def test_words_typed_before_the_agreement_are_nowhere(store):
    async def run():
        desk = reception(store)
        await talk_through(desk, ["Je m'appelle Zoé", "je suis un habitant du coin", "non"])

    asyncio.run(run())
    talk, thread = store.thread("web", "someone")
    assert [exchange.said for exchange in thread] == [""]
    assert talk.finished
    assert talk.answers == {}


def test_a_refusal_leaves_nothing_of_what_was_pressed(store):
    async def run():
        desk = reception(store)
        await desk.receive(says("", "m1", choice="qui:habitant"))
        await desk.receive(says("", "m2", choice="qui:habitant"))
        refused = await desk.receive(says("", "m3", choice="accord:no"))
        again = await desk.receive(says("", "m2", choice="qui:habitant"))
        back = await desk.receive(says("reprendre", "m4"))
        return refused, again, back

    refused, again, back = asyncio.run(run())
    talk, thread = store.thread("web", "someone")
    assert keys(refused) == ["say", "the_end"] == keys(again)
    assert keys(back) == ["say", "ask"]
    assert talk.answers == {}
    assert not talk.finished
    assert "J'habite ici" not in [exchange.said for exchange in thread]


def test_a_danger_told_in_the_first_words_is_answered(store):
    given = asyncio.run(reception(store).receive(says("je veux mourir", "m1")))
    assert keys(given) == ["danger"]
    _, [opened] = store.thread("web", "someone")
    assert opened.said == ""


def test_what_is_typed_comes_back_as_typed_even_when_it_looks_like_a_button(store):
    async def run():
        desk = reception(store)
        await talk_through(desk, ["bonjour", "habitant", "oui", "@skip it", "@erase.yes 59"])
        await desk.receive(says("", "p", choice=":!help"))

    asyncio.run(run())
    _, thread = store.thread("web", "someone")
    shown = [(one.said, one.pressed) for one in thread][-3:]
    assert shown == [("@skip it", False), ("@erase.yes 59", False), ("@help", True)]


def test_two_processes_racing_on_one_person(store, database_url, keys):
    """Every message answered once, none lost, whoever takes it; a new person opens only once."""
    engines = [open_database(database_url, create=False) for _ in range(2)]
    threads = [Threads(4), Threads(4)]
    desks = [
        reception(SqlStore(engine, keys), threads=thread)
        for engine, thread in zip(engines, threads, strict=True)
    ]

    async def race():
        ids = [f"m{n}" for n in range(12)]
        deliveries = [desk.receive(says("aide", id)) for id in ids * 2 for desk in desks]
        return ids * 2, await asyncio.gather(*deliveries)

    ids, given = asyncio.run(race())
    told: dict[str, set] = {}
    for n, one in enumerate(given):
        told.setdefault(ids[n // 2], set()).add((one.turn, tuple(r.key for r in one.replies)))
    assert all(len(answers) == 1 for answers in told.values())
    assert sorted(turn for answers in told.values() for turn, _ in answers) == list(range(1, 13))
    _, thread = store.thread("web", "someone")
    assert len(thread) == 12
    for one in (*threads,):
        one.close()
    for one in engines:
        one.dispose()


def test_an_action_that_fails_does_not_hurt(store):
    done = []

    async def breaks(*_):
        raise RuntimeError("Zoé, 06 12 34 56 78")

    async def works(event, conversation):
        done.append((event.name, conversation))

    async def run():
        desk = reception(store, {"started": (breaks, works), "*": (breaks,)})
        first = await desk.receive(says("bonjour"))
        again = await desk.receive(says("bonjour"))
        return first, again

    first, again = asyncio.run(run())
    assert first == again
    assert done == [("started", first.conversation)], "an action follows an event only once"


def test_a_failing_action_is_logged_without_words(store, capsys):
    async def breaks(*_):
        raise RuntimeError("Zoé, 06 12 34 56 78")

    asyncio.run(reception(store, {"*": (breaks,)}).receive(says("bonjour")))
    logged = "".join(capsys.readouterr())
    assert "action_failed" in logged
    assert "RuntimeError" in logged
    assert "Zoé" not in logged


def test_a_busy_database_saves_nothing_and_the_same_message_works_later(store, database_url, keys):
    hurried = open_database(database_url, create=False, patience=0.2)
    desk = reception(SqlStore(hurried, keys))

    async def run():
        await talk_through(desk, WHOLE[:3])
        with store.hold("web", "someone") as held:
            held.save("other", _same(held), push=False)
            with pytest.raises(DatabaseBusy):
                await desk.receive(says("59", "m59"))
        return await desk.receive(says("59", "m59"))

    given = asyncio.run(run())
    assert [reply.key for reply in given.replies] == ["understood", "ask"]
    talk, _ = store.thread("web", "someone")
    assert [str(spot) for spot in talk.answers] == ["qui", "accord", "ville"]
    hurried.dispose()


def _same(held) -> Turn:
    return Turn(held.conversation, (Reply("greet"),))


def test_an_exception_in_the_turn_saves_nothing(store, engine, monkeypatch):
    desk = reception(store)
    asyncio.run(desk.receive(says("bonjour")))
    monkeypatch.setattr("bot.engine.advance", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(desk.receive(says("J'habite ici", "m2")))
    with engine.connect() as connection:
        assert len(connection.execute(turns.select()).all()) == 1
    monkeypatch.undo()
    assert keys(asyncio.run(desk.receive(says("J'habite ici", "m2")))) == ["ask"]


def test_replies_are_put_in_the_outbox_only_for_channels_that_push(store, engine):
    async def run():
        desk = reception(store, pushed=frozenset({"telegram"}))
        await desk.receive(says("bonjour"))
        await desk.receive(Message("telegram", "77", "1", "bonjour"))

    asyncio.run(run())
    with engine.connect() as connection:
        assert {row.channel for row in connection.execute(outbox.select())} == {"telegram"}


def test_a_person_who_blocked_us_is_waited_for(store):
    async def run():
        desk = reception(store)
        await desk.receive(says("bonjour"))
        desk.left("web", "someone")
        desk.left("web", "someone")
        desk.left("web", "nobody")
        return await desk.receive(says("J'habite ici", "m2"))

    given = asyncio.run(run())
    assert keys(given) == ["ask"]
    talk, _ = store.thread("web", "someone")
    assert not talk.paused


def test_people_finish_on_the_version_they_started(store, tmp_path):
    source = (GUIDES / "parc.yml").read_text("utf-8")
    newer = tmp_path / "parc.yml"
    newer.write_text(source.replace('version: "1"', 'version: "2"'), "utf-8")
    asyncio.run(reception(store).receive(says("bonjour")))
    published = {("parc", "1"): source}
    for found, outcome in ((published, "1"), ({}, None)):
        desk = reception(store)
        desk.guides = Shelf([newer], "parc", lambda *key, found=found: found.get(key))
        if outcome is None:
            with pytest.raises(GuideError, match="n'est plus là"):
                asyncio.run(desk.receive(says("J'habite ici", "m3")))
        else:
            given = asyncio.run(desk.receive(says("J'habite ici", "m2")))
            assert given.version == outcome


def test_old_versions_are_read_when_the_service_opens(engine, store, tmp_path, monkeypatch):
    source = (GUIDES / "parc.yml").read_text("utf-8")
    asyncio.run(reception(store).receive(says("bonjour")))
    published, said = Guides(engine), []
    published.publish("parc", "1", "ab", source)
    (tmp_path / "parc.yml").write_text(source.replace('version: "1"', 'version: "2"'), "utf-8")
    memory = Memory(engine, None, store, None, published, None, None, None, None, None)
    own = Settings(guides_dir=tmp_path, guide="parc", _env_file=None)
    shelf = open_shelf(own, memory, said.append)
    monkeypatch.setattr(Guides, "source", lambda *_: 1 / 0)  # from now on, nothing is read
    assert (shelf.of("parc", "1").version, shelf.current().version) == ("1", "2")
    assert said == []
    monkeypatch.setattr(Guides, "source", lambda *_: None)
    open_shelf(own, memory, said.append)
    assert ["n'est plus là" in line for line in said] == [True]


def test_starting_again_forgets_the_words(store):
    async def run():
        desk = reception(store)
        before = await talk_through(desk, [*WHOLE[:7], "canari", "recommencer"])
        begun = await desk.receive(says("oui", "yes"))
        return before, begun, await desk.receive(says("canari", "m7"))

    before, begun, again = asyncio.run(run())
    assert again == begun
    talk, thread = store.thread("web", "someone")
    assert [one.turn for one in thread] == [begun.turn]
    assert not talk.answers
    assert "canari" not in str((talk, thread, store.copy("web", "someone")))
    assert before[0].conversation == begun.conversation


def test_finished_while_nothing_is_asked(store):
    async def run():
        desk = reception(store)
        done = await talk_through(desk, WHOLE)
        asked = await desk.receive(says("corriger 3", "c1"))
        told = await desk.receive(says("59", "c2"))
        return done[-1].finished, asked.finished, told.finished

    assert asyncio.run(run()) == (True, False, True)


def test_a_skipped_answer_is_kept_as_skipped(store):
    asyncio.run(talk_through(reception(store), [*WHOLE[:3], "passer", "je préfère pas"]))
    talk, _ = store.thread("web", "someone")
    states = [answer.state for answer in talk.answers.values()]
    assert states == [State.ANSWERED, State.ANSWERED, State.SKIPPED, State.REFUSED]


def test_a_reference_can_be_read_over_the_phone():
    drawn = {new_reference() for _ in range(200)}
    assert len(drawn) == 200
    assert all(set(one.replace("-", "")) <= set(ALPHABET) and len(one) == 9 for one in drawn)
    assert not set("0O1IL") & set(ALPHABET)
