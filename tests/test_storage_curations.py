"""Decisions on contributions, and what their authors are told, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from talks import conversation, turn, words

from bot.curated import OWN, Decision, Relit
from bot.errors import CurationError, Overtaken
from bot.model import Event, Lock, Spot
from bot.moderating import REASONS, told
from bot.wording import read_sentences
from storage.conversations import SqlStore
from storage.desk_tables import curations as curations_table
from storage.desk_tables import decisions
from storage.moderation.curations import Curations
from storage.moderation.present import Present
from storage.moderation.telling import GRACE
from storage.outbox import SqlOutbox
from storage.sealing.keys import Keys

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
LATER = timedelta(seconds=GRACE + 1)
CANARY = "canari-4e7d"
PUB, HID, BIN, WAIT = Decision.PUBLISHED, Decision.HIDDEN, Decision.BINNED, Decision.WAITING


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def work(engine: Engine, keys: Keys, clock: Clock) -> Curations:
    pushed = frozenset({"telegram"})
    return Curations(engine, keys, told, pushed=pushed, may=lambda _: True, clock=clock)


def contribute(
    store: SqlStore, n: int = 1, channel: str = "web", text: str = CANARY, **changes: object
) -> str:
    """Somebody tells one proposal and has finished: its reference."""
    given = {Spot("idea"): words(f"{text} {n}")}
    talk = conversation(f"c{n}", channel=channel, at=None, finished=True, answers=given)
    made = Event("contribution", Spot("idea"), "proposal")
    with store.hold(channel, f"person {n}") as held:
        talk = replace(talk, **changes)  # type: ignore[arg-type]
        held.save("m1", turn(talk, events=(made,)), push=False)
    [mine] = [one for one in store.participations() if one.conversation.id == f"c{n}"]
    return mine.contributions[0].reference


def heard(store: SqlStore, n: int = 1, channel: str = "web") -> list[str]:
    """The keys of what the desk said in this thread."""
    _, exchanges = store.thread(channel, f"person {n}")
    said = [reply.key for one in exchanges for reply in one.replies]
    return [key.removeprefix("moderation.") for key in said if key.startswith("moderation.")]


def stands(engine: Engine, keys: Keys, of: str):
    curated = Present(engine, keys).one(of)
    assert curated is not None
    return curated.of(of)


def test_every_reason_has_its_sentence() -> None:
    sentences = read_sentences()
    wanted = {f"moderation.{d.value}.{one.code}" for d, its in REASONS.items() for one in its}
    wanted |= {f"moderation.{one}" for one in ("merged", "joined", "separated", "text", "locked")}
    assert wanted == {key for key in sentences if key.startswith("moderation.")}


def test_a_decision_is_kept_and_told_in_the_thread(store, engine, keys, work) -> None:
    of = contribute(store)
    line = work.decide(of, HID, "private", "claire", 0)
    now = stands(engine, keys, of)
    assert (now.decision, now.reason) == (HID, "private")
    [only] = work.history(of)
    assert (only.id, only.what, only.reason, only.who) == (line, "hidden", "private", "claire")
    assert heard(store) == ["hidden.private"]
    _, exchanges = store.thread("web", "person 1")
    [reply] = exchanges[-1].replies
    assert reply.values == {"reference": of}
    assert [one.value for one in reply.choices] == [
        ":!correct", ":!delete_my_data", ":!human_contact",
    ]  # fmt: skip


def test_the_author_goes_on_after_it(store, work) -> None:
    of = contribute(store)
    work.decide(of, PUB, "ready", "claire", 0)
    with store.hold("web", "person 1") as held:
        assert held.conversation is not None
        given = held.save("m2", turn(held.conversation, "help"), push=False)
    assert given.turn == 3
    with store.hold("web", "person 1") as held:
        assert held.given("m2") == given


def test_two_moderators_never_overwrite_each_other(store, engine, keys, work) -> None:
    of = contribute(store)
    first = work.decide(of, PUB, "ready", "claire", 0)
    for again in (
        lambda: work.decide(of, BIN, "test", "louis", 0),
        lambda: work.confirm(of, Relit("autre"), "louis", 0),
        lambda: work.undo(of, "louis", first - 1),
    ):
        with pytest.raises(Overtaken):
            again()
    assert stands(engine, keys, of).decision == PUB
    assert work.decide(of, PUB, "ready", "louis", first) == first, "nothing to change"


def test_undone_at_once_the_author_never_hears_of_it(store, engine, keys, work, clock) -> None:
    of = contribute(store)
    first = work.decide(of, BIN, "advert", "claire", 0)
    second = work.undo(of, "claire", first)
    assert heard(store) == []
    assert stands(engine, keys, of).decision == WAIT
    third = work.decide(of, PUB, "ready", "claire", second)
    clock.now += LATER
    fourth = work.decide(of, HID, "hurts", "claire", third)
    assert heard(store) == ["published.ready", "hidden.hurts"]
    fifth = work.undo(of, "claire", fourth)
    assert heard(store) == ["published.ready"], "what they know is true again"
    work.decide(of, WAIT, "again", "claire", fifth)
    assert heard(store) == ["published.ready", "waiting.again"]


def test_pushed_after_a_while_only(store, engine, keys, work, clock) -> None:
    of = contribute(store, channel="telegram")
    outbox = SqlOutbox(engine, keys)
    first = work.decide(of, BIN, "test", "claire", 0)
    assert outbox.claim("telegram", clock.now) == []
    work.undo(of, "claire", first)
    assert outbox.claim("telegram", clock.now + LATER) == []
    work.decide(of, PUB, "ready", "claire", work.history(of)[-1].id)
    with store.hold("telegram", "person 1") as held:  # what is said meanwhile is not held up
        assert held.conversation is not None
        held.save("m2", turn(held.conversation, "help"), push=True)
    [answer] = outbox.claim("telegram", clock.now)
    assert answer.reply.key == "help"
    outbox.sent(answer.id, clock.now)
    [parcel] = outbox.claim("telegram", clock.now + LATER)
    assert parcel.reply.key == "moderation.published.ready"
    assert (parcel.address, parcel.reply.values) == ("person 1", {"reference": of})


def test_a_phone_with_a_code_or_another_person_learns_nothing(store, engine, keys, work, clock):
    outbox = SqlOutbox(engine, keys)
    locked = contribute(store, 1, "telegram", lock=Lock("0" * 64))
    work.decide(locked, HID, "names_someone", "claire", 0)
    [parcel] = outbox.claim("telegram", clock.now + LATER)
    assert (parcel.reply.key, parcel.reply.values) == ("moderation.locked", {})
    assert heard(store, 1, "telegram") == ["hidden.names_someone"]
    left = contribute(store, 2, "telegram")
    with store.hold("telegram", "person 2") as held:  # somebody else begins there
        talk = held.conversation
        assert talk is not None
        new = conversation("c9", channel="telegram", reference="REF-c9")
        held.save("m2", turn(new, leaves=turn(talk)), push=False)
    work.decide(left, PUB, "ready", "claire", 0)
    later = clock.now + LATER + timedelta(seconds=60)
    assert all(one.address != "person 2" for one in outbox.claim("telegram", later))


def test_a_text_is_sealed_and_goes_back(store, engine, keys, work) -> None:
    of = contribute(store)
    first = work.confirm(of, Relit(f"{CANARY} [une personne]"), "claire", 0)
    assert stands(engine, keys, of).text == f"{CANARY} [une personne]"
    assert heard(store) == [], "not yet decided: nothing to tell"
    second = work.confirm(of, OWN, "claire", first)
    assert stands(engine, keys, of).text is None
    third = work.undo(of, "claire", second)
    assert stands(engine, keys, of).text == f"{CANARY} [une personne]"
    work.decide(of, PUB, "masked", "claire", third)
    assert heard(store) == ["published.masked"]
    with engine.connect() as connection:
        for table in (curations_table, decisions):
            assert CANARY not in str(connection.execute(select(table)).all())
    with pytest.raises(CurationError, match="vide"):
        work.confirm(of, Relit(""), "claire", work.history(of)[-1].id)


def test_a_title_is_sealed_beside_the_text_and_goes_back(store, engine, keys, work) -> None:
    of = contribute(store)
    titled = Relit("un texte", {"title": f"{CANARY} [masqué]", "public": "[masqué]"})
    first = work.decide(of, PUB, "masked", "claire", 0, relit=titled)
    assert stands(engine, keys, of).short == titled.short
    second = work.confirm(of, Relit("un texte", {"title": "autre"}), "claire", first)
    assert heard(store) == ["text"], "it was already public: its author hears of it"
    assert [one.reason for one in work.history(of)] == ["masked", "title public"]
    work.undo(of, "claire", second)
    assert stands(engine, keys, of).short == titled.short
    with engine.connect() as connection:
        for table in (curations_table, decisions):
            assert CANARY not in str(connection.execute(select(table)).all())
    with pytest.raises(CurationError, match="vide"):
        work.confirm(of, Relit(None, {"title": ""}), "claire", work.history(of)[-1].id)
    with store.hold("web", "person 1") as held:
        assert held.conversation is not None
        said = replace(held.conversation, answers={Spot("idea"): words("autrement", "m2")})
        held.save("m2", turn(said), push=False)
    assert stands(engine, keys, of).short == {}


def test_duplicates_are_joined_without_a_cycle_and_separated(store, engine, keys, work) -> None:
    one, two, three = (contribute(store, n) for n in (1, 2, 3))
    work.merge(one, two, "claire", 0)
    assert stands(engine, keys, one).merged_into == two
    assert heard(store, 1) == ["merged"]
    work.merge(two, three, "claire", 0)
    for of, into in ((three, one), (two, one), (one, one)):
        seen = work.history(of)[-1].id if work.history(of) else 0
        with pytest.raises(CurationError, match="déjà la même"):
            work.merge(of, into, "claire", seen)
    for wrong in ("P-999999", "E-000001", "autre"):
        with pytest.raises(CurationError):
            work.merge(three, wrong, "claire", 0)
    alone = work.separate(one, "claire", work.history(one)[-1].id)
    assert stands(engine, keys, one).merged_into is None
    work.undo(one, "claire", alone)
    assert stands(engine, keys, one).merged_into == two


def test_words_that_their_author_changes_are_read_again(store, engine, keys, work) -> None:
    of = contribute(store)
    first = work.confirm(of, Relit("masqué"), "claire", 0)
    second = work.decide(of, PUB, "masked", "claire", first)
    with store.hold("web", "person 1") as held:
        talk = held.conversation
        assert talk is not None
        said = replace(talk, answers={Spot("idea"): words("autrement", "m2")})
        held.save("m2", turn(said), push=False)
    now = stands(engine, keys, of)
    assert (now.decision, now.text) == (WAIT, None)
    assert [one.what for one in work.history(of)] == ["text", "published", "corrected"]
    with pytest.raises(Overtaken):
        work.decide(of, PUB, "ready", "claire", second)
    with pytest.raises(CurationError, match="rien à annuler"):
        work.undo(of, "claire", work.history(of)[-1].id)


def test_erased_nothing_is_left_to_decide(store, engine, work) -> None:
    of = contribute(store)
    work.confirm(of, Relit(f"{CANARY} relu"), "claire", 0)
    store.forget("web", "person 1")
    with pytest.raises(CurationError, match="plus là"):
        work.decide(of, PUB, "ready", "claire", 0)
    with engine.connect() as connection:
        assert connection.execute(select(decisions)).all() == []
        assert connection.execute(select(curations_table)).all() == []


@pytest.mark.parametrize("of", ["P-999999", "E-000001", "", "P-", "P-1'", "P-000001\0"])
def test_what_is_no_contribution_is_refused(store, work, of: str) -> None:
    contribute(store)
    with pytest.raises(CurationError):
        work.decide(of, PUB, "ready", "claire", 0)
