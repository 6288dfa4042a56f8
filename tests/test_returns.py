"""Return codes and reminders, through the reception and the real memory, on both databases."""

from __future__ import annotations

import asyncio
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from test_persons import people
from test_reception import NOON, SHELF, keys, says

from bot import moderating
from bot.app.memory import open_memory
from bot.app.service import make_app
from bot.ceiling import Ceiling
from bot.curated import Decision
from bot.drawing import DRAWING
from bot.errors import DatabaseBusy, ErasedConversation, MovedConversation, UnknownConversation
from bot.four_words import HOW_MANY, drawn, listed, words_in
from bot.hourly import regularly
from bot.model import Event, Given, Reply, Spot, Turn
from bot.plain import fold
from bot.reception import Reception
from bot.settings import Settings
from nlu.gazetteers.by_ear import SOUNDS
from nlu.understand import Understanding
from storage.conversations import SqlStore
from storage.database import open_database
from storage.moderation.curations import Curations
from storage.outbox import SqlOutbox
from storage.readiness import ready
from storage.returning import OF_ADDRESS, OF_ALL, OF_DOOR, WINDOW
from storage.sealing.keys import Keys
from storage.tables import doors, metadata, outbox, returns, tries
from storage.threads import Threads

PUSHED = frozenset({"telegram"})
WRONG = "abeille abri abricot acteur"


class World:
    """One memory, several doors, and a clock that moves only when told."""

    def __init__(self, engine, keys) -> None:
        self.now, self.number, self.sealed = NOON, itertools.count(1), keys
        self.store = SqlStore(engine, keys, clock=lambda: self.now, remembered=0)
        self.box = SqlOutbox(engine, keys)
        self.desk = Reception(
            self.store, Threads(1), Understanding(None), SHELF, {}, pushed=PUSHED,
            ceiling=Ceiling(1_000), clock=lambda: self.now,
        )  # fmt: skip

    def says(self, sender, text="", id=None, **more) -> Given:
        channel = "telegram" if sender.startswith("chat") else "web"
        message = says(text, id or f"m{next(self.number)}", sender, channel=channel, **more)
        self.now += timedelta(seconds=1)
        return asyncio.run(self.desk.receive(message))

    def agrees(self, sender) -> None:
        for text in ("bonjour", "J'habite ici", "oui", "59"):
            self.says(sender, text)

    def code(self, sender) -> str:
        given = self.says(sender, "code de retour")
        return next(one.values["words"] for one in given.replies if one.key == "return.given")

    def sent(self) -> list[str]:
        """The keys of all that leaves now."""
        found: list[str] = []
        while parcels := self.box.claim("telegram", self.now):
            for parcel in parcels:
                found.append(parcel.reply.key)
                self.box.sent(parcel.id, self.now)
        return found


@pytest.fixture
def world(engine, keys) -> World:
    return World(engine, keys)


def rows(engine, table) -> list:
    with engine.connect() as connection:
        return list(connection.execute(select(table)))


def everything(engine) -> str:
    return str([rows(engine, table) for table in metadata.sorted_tables])


# --- the words ---


def sound(word: str) -> str:
    said = fold(word)
    for pattern, heard in SOUNDS:
        said = pattern.sub(heard, said)
    return said


def one_slip(word: str) -> set[str]:
    """This word with a letter forgotten, taken for another (?) or for the next one."""
    places = range(len(word))
    return {
        *(word[:n] + word[n + 1 :] for n in places),
        *(f"{word[:n]}?{word[n + 1 :]}" for n in places),
        *(word[:n] + word[n + 1 : n + 2] + word[n] + word[n + 2 :] for n in places[:-1]),
    } - {word}


def test_the_words_are_many_and_far_from_one_another():
    folded = list(listed())
    assert len(folded) >= 1024
    assert all(word.isascii() and word.isalpha() and 3 <= len(word) <= 9 for word in folded)
    seen: dict[str, str] = {}
    for word in folded:
        for slip in one_slip(word):
            assert slip not in listed(), f"{word} looks like {slip}"
            if "?" in slip:
                assert seen.setdefault(slip, word) == word, f"{word} looks like {seen[slip]}"
    sounds: dict[str, str] = {}
    for word in folded:
        assert sounds.setdefault(sound(word), word) == word, f"{word} sounds like another"


def test_four_different_words_are_drawn():
    codes = {drawn(DRAWING.sample) for _ in range(200)}
    assert len(codes) == 200
    assert all(len(set(code.split())) == HOW_MANY for code in codes)
    assert all(words_in(code) == code for code in codes)


@pytest.mark.parametrize(
    "typed",
    ["citron vélo nuage lampe", "CITRON VELO NUAGE LAMPE", " citron-velo-nuage-lampe. ",
     "Citron, Vélo, Nuage, Lampe", "citron\nvélo\nnuage\nlampe", "« citron vélo nuage lampe »",
     "citron_vélo_nuage_lampe", "citron  ve\u0301lo/nuage + lampe !"],
)  # fmt: skip
def test_a_code_is_read_however_it_is_typed(typed):
    assert words_in(typed) == "citron vélo nuage lampe"


@pytest.mark.parametrize(
    "typed",
    ["", "citron vélo nuage", "citron vélo nuage lampe table", "citron vélo nuage zut",
     "mon code citron vélo nuage lampe", "citron vélo nuage 4", "du temps pour chacun",
     "citron vélo nuage lampe" + " " * 100],
)  # fmt: skip
def test_anything_else_is_no_code(typed):
    assert words_in(typed) is None


# --- given, replaced, revoked ---


def test_the_words_are_said_once_and_kept_nowhere(world, engine, keys):
    world.agrees("chat 1")
    before = everything(engine)  # a word of the list may also name a choice of the guide
    given = world.says("chat 1", "code de retour", "ask")
    words = given.replies[0].values["words"]
    again = world.says("chat 1", "code de retour", "ask")
    assert [one.key for one in again.replies] == ["return.told", "ask"]
    talk, thread = world.store.thread("telegram", "chat 1")
    assert [one.key for one in thread[-1].replies] == ["return.told", "ask"]
    for kept in (talk, thread, world.store.copy("telegram", "chat 1")["conversations"][0]["turns"]):
        assert words not in str(kept)
    [row] = rows(engine, returns)
    assert (row.code, row.conversation_id) == (keys.returning(words), talk.id)
    assert keys.returning(words) != Keys(bytes(32)).returning(words)
    assert world.sent()[-2:] == ["return.given", "ask"]
    after = everything(engine)
    assert not [one for one in words.split() if f"'{one}'" in after and f"'{one}'" not in before]
    assert words not in after


@pytest.mark.parametrize("way", ["another code", "annuler mon code", "tout effacer"])
def test_a_code_no_longer_leads_anywhere(world, engine, way):
    world.agrees("chat 1")
    words = world.code("chat 1")
    if way == "another code":
        assert world.code("chat 1") != words
        assert len(rows(engine, returns)) == 1
    else:
        world.says("chat 1", way)
        if way == "tout effacer":
            assert world.says("chat 1", choice="?erase:yes").erased
        assert rows(engine, returns) == []
    assert keys(world.says("page", words))[0] == "return.wrong"


@pytest.mark.parametrize("to", ["chat 2", "other page"])
@pytest.mark.parametrize("frm", ["chat 1", "page"])
def test_what_staff_decided_meanwhile_is_said_where_one_comes_back(world, engine, frm, to):
    world.agrees(frm)
    with world.store.hold(*door(frm)) as held:
        made = tuple(Event("contribution", Spot("idee", n), "proposal") for n in range(2))
        held.save("told", Turn(held.conversation, (), made), push=False)
    [run] = world.store.participations()
    first, second = (one.reference for one in run.contributions)
    work = Curations(engine, world.sealed, moderating.told, pushed=PUSHED, clock=lambda: world.now)
    work.decide(first, Decision.PUBLISHED, "ready", "claire", 0)
    world.says(frm, "mes réponses")  # what was decided before is above it
    words = world.code(frm)
    seen = work.decide(second, Decision.HIDDEN, "private", "claire", 0)
    world.now += timedelta(seconds=60)
    work.decide(second, Decision.HIDDEN, "hurts", "claire", seen)
    given = world.says(to, words)
    aloud = [one for one in given.replies if one.key.startswith("moderation.")]
    wanted = [("moderation.hidden.hurts", second)] if to == "chat 2" else []
    assert [(one.key, one.values["reference"]) for one in aloud] == wanted
    assert given.replies[0].key == "return.done"
    assert "moderation" not in str(keys(world.says(to, "mes réponses")))
    _, thread = world.store.thread(*door(to))
    said = [one.key for exchange in thread for one in exchange.replies]
    assert "moderation.hidden.hurts" in said
    if to == "chat 2":
        assert world.sent().count("moderation.hidden.hurts") == 1


def door(sender: str) -> tuple[str, str]:
    return ("telegram" if sender.startswith("chat") else "web"), sender


def test_a_code_of_the_person_before_leads_back_on_the_same_phone(world):
    world.agrees("page")
    words = world.code("page")
    first = people(world.store)[0]
    world.says("page", "je change de personne")
    world.says("page", choice="?next_person:yes")
    given = world.says("page", words)
    assert keys(given)[0] == "return.done"
    assert given.conversation == first.id
    assert world.store.thread("web", "page")[0].answers == first.answers


# --- used ---


def test_everything_follows_and_the_old_door_is_left(world, engine):
    world.agrees("chat 1")
    old, before = world.store.thread("telegram", "chat 1")
    button = world.says("chat 1", "mes réponses").replies[-1].choices[0].value
    words = world.code("chat 1")
    given = world.says("page", words, "use")
    assert keys(given) == ["return.done", "ask"]
    assert world.says("page", words, "use") == given
    talk, thread = world.store.thread("web", "page")
    assert (talk.id, talk.reference, talk.answers) == (old.id, old.reference, old.answers)
    assert (talk.channel, talk.may_return, talk.tag) == ("web", False, "")
    assert thread[: len(before)] == before
    assert (thread[-1].said, thread[-1].pressed) == ("@return", True)
    assert words not in str((talk, thread))
    assert rows(engine, returns) == []
    assert rows(engine, outbox) == [], "what waited for the old door never leaves"
    with pytest.raises(MovedConversation):
        world.store.thread("telegram", "chat 1")
    again = world.says("chat 1", "bonjour", "m1")
    assert keys(again) == ["return.elsewhere"], "delivered again: nothing of it is said here"
    new = world.says("chat 1", choice=button)
    assert keys(new)[0] == "return.elsewhere"
    assert new.conversation != talk.id
    assert world.store.thread("telegram", "chat 1")[0].tag
    assert keys(world.says("chat 1", "mes réponses"))[0] == "my_answers.none"
    assert world.store.thread("web", "page")[0] == world.store.thread("web", "page")[0]
    assert len(rows(engine, doors)) == 2


def test_whoever_holds_the_phone_now_is_not_told_to_go_elsewhere(world, engine):
    """The person before left with a code: that code says nothing of the one after."""
    world.agrees("page")
    words = world.code("page")
    world.says("page", "je change de personne")
    world.says("page", choice="?next_person:yes")
    second = world.store.thread("web", "page")[0].id
    assert keys(world.says("chat 1", words)) == ["return.done", "ask"]
    assert world.store.thread("web", "page")[0].id == second
    world.says("page", "tout effacer")
    assert world.says("page", choice=_yes(world, "page")).erased
    with pytest.raises(ErasedConversation):
        world.store.thread("web", "page")
    assert [row.channel for row in rows(engine, doors)] == ["telegram"]


def test_a_door_that_nobody_speaks_to_any_more_is_not_kept(world, engine):
    world.agrees("page")
    words = world.code("page")
    world.says("page", "je change de personne")
    world.says("page", choice="?next_person:yes")
    world.says("page", "tout effacer")
    assert world.says("page", choice=_yes(world, "page")).erased
    assert keys(world.says("chat 1", words)) == ["return.done", "ask"]
    with pytest.raises(ErasedConversation):
        world.store.thread("web", "page")
    assert [row.channel for row in rows(engine, doors)] == ["telegram"]


def _yes(world, sender) -> str:
    """The yes of the last question, with its mark."""
    channel = "telegram" if sender.startswith("chat") else "web"
    told = world.store.thread(channel, sender)[1][-1].replies
    return next(c.value for c in told[-1].choices if ":yes" in c.value)


def test_what_is_said_on_telegram_leaves_for_the_new_chat(world):
    world.agrees("page")
    given = world.says("chat 7", world.code("page"))
    assert keys(given) == ["return.done", "ask"]
    parcels = world.box.claim("telegram", world.now)
    assert [(one.address, one.reply.key) for one in parcels] == [("chat 7", "return.done")]


def test_the_way_back_is_another_code(world):
    world.agrees("page")
    world.says("chat 1", world.code("page"))
    given = world.says("page", world.code("chat 1"))
    assert keys(given) == ["return.done", "ask"]
    assert len(people(world.store)) == 1


def test_who_leaves_for_another_conversation_is_offered_a_code_to_come_back(world):
    world.agrees("chat 1")
    words = world.code("chat 1")
    world.agrees("page")
    first = world.store.thread("web", "page")[0]
    asked = world.says("page", words).replies[-1]
    assert asked.key == "return.confirm"
    assert [one.value for one in asked.choices][2:] == [":!return_code"]
    given = world.says("page", choice=":!return_code")
    assert keys(given) == ["return.given", "return.confirm"]
    assert [one.value for one in given.replies[-1].choices] == ["?return:yes", "?return:no"]
    back = given.replies[0].values["words"]
    assert keys(world.says("page", choice="?return:yes"))[0] == "return.done"
    assert world.says("page 2", back).conversation == first.id


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("way", [":!return_code", "code de retour"])
def test_a_code_taken_first_does_not_cancel_the_change_of_person(world, way, ended):
    world.agrees("page")
    first = world.store.thread("web", "page")[0]
    if ended:
        world.says("page", "terminer")
        world.says("page", choice="?finish:yes")
    assert keys(world.says("page", "je change de personne")) == ["next_person.confirm"]
    pressed = way.startswith(":")
    given = world.says("page", "" if pressed else way, choice=way if pressed else None)
    assert keys(given) == ["return.given", "next_person.confirm"]
    assert [one.value for one in given.replies[-1].choices] == [
        "?next_person:yes", "?next_person:no",
    ]  # fmt: skip
    new = world.says("page", choice="?next_person:yes")
    assert new.conversation != first.id
    assert world.says("page 2", given.replies[0].values["words"]).conversation == first.id


def test_a_code_taken_first_still_lets_one_stay(world):
    world.agrees("page")
    world.says("page", "je change de personne")
    world.says("page", choice=":!return_code")
    assert keys(world.says("page", "non")) == ["nothing_changed", "ask"]


def test_a_conversation_without_answers_gives_way_at_once(world):
    world.agrees("chat 1")
    words = world.code("chat 1")
    world.says("page", "bonjour")
    old = world.says("page", "J'habite ici").replies[-1].choices[0].value
    assert keys(world.says("page", words))[0] == "return.done"
    assert keys(world.says("page", choice=old))[0] == "stale.person"
    left = [one for one in people(world.store) if not one.may_return and one.finished]
    assert [one.answers for one in left] == [{}]


def test_nobody_comes_in_behind_a_door_closed_by_four_digits(world):
    world.agrees("chat 1")
    words = world.code("chat 1")
    world.agrees("page")
    world.says("page", "code 4821")
    world.now += timedelta(hours=1)
    assert keys(world.says("page", words)) == ["code.ask"]
    assert world.store.thread("telegram", "chat 1")[0].may_return


def test_in_danger_a_code_waits(world):
    world.agrees("chat 1")
    words = world.code("chat 1")
    world.agrees("page")
    world.says("page", "je veux mourir")
    assert keys(world.says("page", words)) == ["danger.waiting"]
    assert words not in str(world.store.thread("web", "page"))


def test_a_danger_told_before_is_not_forgotten_at_the_new_door(world):
    world.agrees("chat 1")
    words = world.code("chat 1")
    world.says("chat 1", "je veux mourir")
    assert keys(world.says("page", words)) == ["return.done", "danger.waiting"]


@pytest.mark.parametrize("locked", [False, True])
def test_the_numbers_shown_at_the_old_door_are_not_above_at_the_new_one(world, locked):
    world.agrees("chat 1")
    if locked:
        world.says("chat 1", "code 4821")
    world.says("chat 1", "je veux mourir")
    if not locked:
        world.says("chat 1", choice="?danger:yes")
    with world.store.hold("telegram", "chat 1") as held:
        assert held.conversation.numbers
    if locked:
        world.now += timedelta(hours=1)
        world.says("chat 1", "4821")
    words = world.code("chat 1")
    if locked:
        world.says("chat 1", "je veux mourir")
    world.says("page", words)
    if locked:
        assert keys(world.says("page", "4821"))[0] == "code.right"
    assert world.store.thread("web", "page")[0].numbers == ()
    assert keys(world.says("page", "je veux mourir")) == ["danger"]
    assert keys(world.says("page", "je veux mourir")) != ["danger"]


def test_a_finished_conversation_can_be_read_elsewhere(world):
    world.agrees("chat 1")
    world.says("chat 1", "terminer")
    world.says("chat 1", choice="?finish:yes")
    given = world.says("page", world.code("chat 1"))
    assert keys(given) == ["return.done", "already_finished"]
    assert given.finished
    assert keys(world.says("page", "mes réponses")) == ["my_answers"]


def test_erased_at_the_new_door_nothing_is_left_at_the_old_one(world, engine):
    world.agrees("chat 1")
    world.says("page", world.code("chat 1"))
    world.code("page")
    world.says("page", "tout effacer")
    assert world.says("page", "oui").erased
    assert people(world.store) == []
    assert rows(engine, returns) == []
    assert keys(world.says("chat 1", "bonjour", "m1")) == ["erased"], "an old message, again"
    assert keys(world.says("chat 1", "bonjour"))[0] == "return.elsewhere"


def test_of_two_uses_at_the_same_moment_one_wins(world, database_url, keys):
    """Several processes, each with its own store and connections."""
    world.agrees("chat 1")
    winner = "chat 1"
    for turn in range(6):
        words = world.code(winner)
        start = threading.Barrier(3)

        def use(number: int, words=words, start=start, turn=turn) -> tuple[str, str]:
            engine = open_database(database_url, create=False)
            other, sender = World(engine, keys), f"page {turn} {number}"
            start.wait()
            try:
                for _ in range(5):
                    try:
                        return sender, other.says(sender, words, "use").replies[0].key
                    except DatabaseBusy:
                        continue
                return sender, "busy"
            finally:
                engine.dispose()

        with ThreadPoolExecutor(3) as pool:
            done = list(pool.map(use, range(3)))
        assert sorted(key for _, key in done) == ["return.done", "return.wrong", "return.wrong"]
        winner = next(sender for sender, key in done if key == "return.done")
        assert world.store.thread("web", winner)[0].answers


def test_two_persons_who_exchange_their_places_lose_nothing(world, database_url, keys):
    """Each one's code is typed at the other's door: the locks are taken in both orders."""
    world.agrees("page 1")
    world.agrees("page 2")
    known = {one.id for one in people(world.store)}
    codes = {"page 1": world.code("page 2"), "page 2": world.code("page 1")}
    start = threading.Barrier(2)

    def use(sender: str) -> None:
        engine = open_database(database_url, create=False)
        other = World(engine, keys)
        start.wait()
        try:
            for text, choice in ((codes[sender], None), ("", "?return:yes")):
                for _ in range(5):
                    try:
                        other.says(sender, text, f"{sender} {choice}", choice=choice)
                        break
                    except DatabaseBusy:
                        continue
        finally:
            engine.dispose()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(use, ("page 1", "page 2")))
    kept = {one.id: one.answers for one in people(world.store)}
    assert known <= set(kept)
    assert all(len(kept[id]) == 3 for id in known)


# --- tries ---


def test_five_wrong_tries_then_a_wait_that_a_restart_does_not_shorten(world, engine, keys):
    world.agrees("chat 1")
    words = world.code("chat 1")
    world.agrees("page")
    told = [world.says("page", WRONG).replies[0].key for _ in range(OF_DOOR + 1)]
    assert told == ["return.wrong_here"] * OF_DOOR + ["return.wait"]
    restarted = World(engine, keys)
    restarted.now, restarted.number = world.now, world.number
    given = restarted.says("page", words)
    assert (given.replies[0].key, given.replies[0].values) == ("return.wait", {"count": "15"})
    assert WRONG not in str(world.store.thread("web", "page"))
    restarted.now += timedelta(seconds=WINDOW)
    assert keys_of(restarted.says("page", words))[0] == "return.confirm"


def keys_of(given: Given) -> list[str]:
    return [one.key for one in given.replies]


def test_tries_are_counted_by_address_and_for_all(world, engine):
    counted = world.desk
    for number in range(OF_ADDRESS):
        done = asyncio.run(
            counted.come_back(says(WRONG, sender=f"page {number}", address="1.1.1.1"))
        )
        assert done == Reply("return.wrong")
    done = asyncio.run(counted.come_back(says(WRONG, sender="page a", address="1.1.1.1")))
    assert done == Reply("return.wait", {"count": "15"})
    for number in range(OF_ALL - OF_ADDRESS):
        done = asyncio.run(counted.come_back(says(WRONG, sender=f"other {number}")))
        assert done == Reply("return.wrong")
    done = asyncio.run(counted.come_back(says(WRONG, sender="last", address="9.9.9.9")))
    assert done == Reply("return.wait", {"count": "15"})
    assert rows(engine, doors) == [], "a wrong code opens nothing"
    assert people(world.store) == []
    kept = str(rows(engine, tries))
    assert not any(word in kept for word in (*WRONG.split(), "1.1.1.1", "page", "all"))
    world.now += timedelta(seconds=WINDOW + 1)
    assert asyncio.run(counted.come_back(says(WRONG, sender="last"))) == Reply("return.wrong")
    world.now += timedelta(days=2)
    asyncio.run(counted.come_back(says(WRONG, sender="much later")))
    assert len(rows(engine, tries)) == 2, "what is over is not kept"


def test_tries_are_forgotten_in_a_day_and_with_what_is_erased(world, engine):
    asyncio.run(world.desk.come_back(says(WRONG, sender="page a", address="1.1.1.1")))
    world.agrees("page")
    world.says("page", WRONG)
    before = len(rows(engine, tries))
    world.says("page", "tout effacer")
    assert world.says("page", choice="?erase:yes").erased
    assert len(rows(engine, tries)) == before - 1
    world.store.forget_tries()
    assert len(rows(engine, tries)) == before - 1, "they still count"
    world.now += timedelta(hours=23)
    world.store.forget_tries()
    assert rows(engine, tries) == []


def test_the_service_forgets_tries_when_it_starts_and_later(world, engine):
    async def serves() -> None:
        tasks = {"tries": world.store.forget_tries}
        task = asyncio.create_task(regularly(tasks, Threads(1), every=0.01))
        try:
            for _ in range(2):
                await world.desk.come_back(says(WRONG, sender="page", address="1.1.1.1"))
                assert rows(engine, tries)
                world.now += timedelta(hours=23)
                async with asyncio.timeout(10):
                    while rows(engine, tries):
                        await asyncio.sleep(0.01)
        finally:
            task.cancel()

    asyncio.run(serves())


def test_starting_the_service_forgets_old_tries(tmp_path):
    settings = Settings(
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path}/parole.db",
        rasa_url="off",
        _env_file=None,
    )
    memory = open_memory(settings)
    with memory.engine.begin() as connection:
        connection.execute(insert(tries).values(who="old", number=1, until=1.0, ends=1.0))

    async def serves() -> None:
        app = make_app(settings, memory)
        async with app.router.lifespan_context(app), asyncio.timeout(20):
            while rows(memory.engine, tries):
                await asyncio.sleep(0.05)

    asyncio.run(serves())


def test_two_processes_count_together(database_url, keys):
    start = threading.Barrier(4)

    def tries_of(number: int) -> list[str]:
        engine = open_database(database_url, create=False)
        other = World(engine, keys)
        start.wait()
        found = []
        try:
            for turn in range(4):
                message = says(WRONG, f"{number} {turn}", "page")
                while True:
                    try:
                        found.append(asyncio.run(other.desk.come_back(message)).key)
                        break
                    except DatabaseBusy:
                        continue
        finally:
            engine.dispose()
        return found

    with ThreadPoolExecutor(4) as pool:
        told = [key for some in pool.map(tries_of, range(4)) for key in some]
    assert told.count("return.wrong") == OF_DOOR
    assert told.count("return.wait") == 16 - OF_DOOR


def test_a_right_code_is_not_counted(world, engine):
    world.agrees("chat 1")
    words = world.code("chat 1")
    for _ in range(OF_DOOR + 2):
        assert keys(world.says("chat 1", words))[0] == "return.here"
    assert {row.number for row in rows(engine, tries)} == {0}


def test_a_page_that_asks_for_the_code_opens_nothing_else(world, engine):
    desk = world.desk
    assert asyncio.run(desk.come_back(says("bonjour", sender="page"))) == Reply("return.wrong")
    with pytest.raises(UnknownConversation):
        asyncio.run(desk.receive(says(WRONG, sender="page"), may_open=False))
    assert rows(engine, tries) == []
    world.agrees("chat 1")
    message = says(world.code("chat 1"), "use", "page")
    first = asyncio.run(desk.come_back(message))
    assert isinstance(first, Given)
    assert asyncio.run(desk.come_back(message)) == first, "an answer that was lost is found again"


# --- the reminder ---


def waiting(engine) -> list:
    return [row for row in rows(engine, outbox) if row.reminder]


def accepts(world) -> None:
    world.agrees("chat 1")
    assert keys(world.says("chat 1", "pause")) == ["paused", "recall.ask"]
    assert keys(world.says("chat 1", choice="?recall:yes")) == ["recall.accepted"]
    world.sent()


def test_one_reminder_a_day_later_in_the_same_transaction(world, engine):
    accepts(world)
    [row] = waiting(engine)
    assert row.not_before == row.queued == (world.now + timedelta(days=1)).timestamp()
    [event] = [
        one for one in rows(engine, metadata.tables["events"]) if one.name == "recall_accepted"
    ]
    assert event.happened_on == world.now.date()
    world.now += timedelta(hours=23)
    assert world.sent() == []
    assert ready(engine, world.sealed, world.now) == 0
    world.now += timedelta(hours=1)
    assert world.sent() == ["recall.now"]
    world.now += timedelta(days=9)
    assert world.sent() == []
    world.says("chat 1", "reprendre")
    assert keys(world.says("chat 1", "pause")) == ["paused"], "never a second one"


@pytest.mark.parametrize(
    "what", ["comes back", "erases", "finishes", "blocks", "blocked", "moves", "changes person"]
)
def test_the_reminder_is_no_longer_needed(world, engine, what):
    world.agrees("chat 1")
    words = world.code("chat 1")
    world.says("chat 1", "pause")
    world.says("chat 1", choice="?recall:yes")
    [row] = waiting(engine)
    if what == "comes back":
        world.says("chat 1", "reprendre")
    elif what == "erases":
        world.says("chat 1", "tout effacer")
        world.says("chat 1", choice="?erase:yes")
    elif what == "finishes":
        world.says("chat 1", "terminer")
        world.says("chat 1", choice="?finish:yes")
    elif what == "blocks":
        world.desk.left("telegram", "chat 1")
        world.desk.left("telegram", "chat 1")
    elif what == "blocked":
        world.box.block(row.id, world.now)
    elif what == "moves":
        world.says("page", words)
    else:
        world.says("chat 1", "je change de personne")
        world.says("chat 1", choice="?next_person:yes")
    assert waiting(engine) == []
    world.now += timedelta(days=2)
    assert "recall.now" not in world.sent()


def test_nothing_for_those_who_did_not_accept(world, engine):
    world.agrees("chat 1")
    world.says("chat 1", "pause")
    assert keys(world.says("chat 1", "non")) == ["recall.declined"]
    assert world.store.thread("telegram", "chat 1")[0].paused
    world.agrees("chat 2")
    world.says("chat 2", "pause")
    world.agrees("page")
    assert keys(world.says("page", "pause")) == ["paused"], "a page cannot write first"
    assert waiting(engine) == []


def test_what_is_said_meanwhile_is_not_held_up(world):
    """A voice message that is written down later says something, though nobody came back."""
    accepts(world)
    talk = world.store.thread("telegram", "chat 1")[0]
    with world.store.hold("telegram", "chat 1") as held:
        from talks import turn

        held.save("later", turn(talk, "voice.later"), push=True)
    assert world.sent() == ["voice.later"]
    world.now += timedelta(days=1)
    assert world.sent() == ["recall.now"]
