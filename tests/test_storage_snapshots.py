"""Snapshots on both databases: one moment, sealed by person, erased with the person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, Executable, Table, delete, insert, literal, select, update
from talks import HARD_TEXTS, NOON, coded, contribution, conversation, turn, words

from bot.curated import Coding, Curated, Curation, Decision
from bot.errors import DatabaseUnfit, StorageError
from bot.model import Answer, Lock, Part, Spot
from bot.moderating import told
from storage.conversations import SqlStore
from storage.desk import marks
from storage.desk_tables import codes, codings, curations, readings, snapshot_rows, snapshots
from storage.moderation import curated
from storage.moderation.codings import Codings
from storage.moderation.curations import Curations
from storage.reading import PAGE, page_after
from storage.sealing.keys import Keys
from storage.snapshot.frozen import freeze, thaw
from storage.snapshot.snapshots import Opened, Snapshots
from storage.tables import contributions, conversations
from storage.written import pack

STORY = Spot("story")
CODING = Coding("c1", 3, 8, "alix", date(2022, 3, 3), "human", "texte")


def tell(store: SqlStore, id: str, text: str, **changes: object) -> None:
    talk = conversation(id, answers={STORY: words(text), Spot("public"): coded("etudiant")})
    with store.hold("web", f"sender-{id}") as held:
        made = turn(replace(talk, **changes), events=(contribution("experience"),))  # type: ignore[arg-type]
        held.save(f"m-{id}", made, push=False)


@pytest.fixture
def taken(engine: Engine, keys: Keys) -> Snapshots:
    return Snapshots(engine, keys)


def opened(taken: Snapshots, id: str) -> Opened[str]:
    return taken.open(id, lambda guide, version: f"{guide} {version}")


def texts(taken: Snapshots, id: str) -> list[str]:
    return [
        one.participation.conversation.answers[STORY].text for one in opened(taken, id).curated()
    ]


def curate(engine: Engine, keys: Keys) -> None:
    """Staff publish the first contribution with another text, code it and merge the second."""
    with engine.begin() as connection:
        code = {"definition": "", "colour": "#112233", "parent": None}
        connection.execute(insert(codes), {**code, "id": "c1", "name": "Été 👩🏽‍🏫", "position": 0})
        rows = connection.execute(select(contributions).order_by(contributions.c.number)).all()
        first, second = rows[0], rows[1]
        wrapped = {one.place[1]: one.wrapped for one in page_after(connection, keys, None)}[
            first.conversation_id
        ]
        sealed = keys.cipher(first.conversation_id, wrapped).seal(
            pack("Un texte 👩🏽‍🏫"), f"curations.text|{first.conversation_id}|{first.number}"
        )
        row = {"reason": "", "decided_by": "alix", "decided_on": date(2022, 3, 2), "text": None}
        connection.execute(
            insert(curations),
            [
                {**row, "contribution": first.number, "conversation_id": first.conversation_id,
                 "decision": "published", "text": sealed, "merged_into": None},
                {**row, "contribution": second.number, "conversation_id": second.conversation_id,
                 "decision": "hidden", "reason": "double", "merged_into": first.number},
            ],
        )  # fmt: skip
    Codings(engine, keys).add(f"E-{first.number:06d}", [CODING])


def test_a_snapshot_holds_everything_as_it_was(
    engine: Engine, keys: Keys, store: SqlStore, taken: Snapshots
) -> None:
    for n, text in enumerate(HARD_TEXTS):
        tell(store, f"c{n}", text)
    curate(engine, keys)
    before = list(store.participations())
    snapshot = taken.take("alix", NOON)
    assert (snapshot.participations, snapshot.taken_by) == (len(HARD_TEXTS), "alix")
    assert snapshot.taken == NOON.replace(microsecond=0)
    assert [(code.id, code.name) for code in snapshot.codebook] == [("c1", "Été 👩🏽‍🏫")]
    assert len(snapshot.salt) == 32

    source = opened(taken, snapshot.id)
    assert [one.participation for one in source.curated()] == before
    assert source.guides == {("cese-2022", "1"): "cese-2022 1"}
    curations = {name: c for one in source.curated() for name, c in one.curations.items()}
    first, second = (f"E-{n:06d}" for n in _numbers(engine)[:2])
    assert curations == {
        first: Curation(first, Decision.PUBLISHED, text="Un texte 👩🏽‍🏫", codings=(CODING,)),
        second: Curation(second, Decision.HIDDEN, "double", merged_into=first),
    }

    tell(store, "late", "après")  # what comes afterwards is not in it
    assert [one.participation for one in source.curated()] == before
    assert taken.every() == [snapshot]


def _numbers(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(select(contributions.c.number).order_by("number")))


def test_the_same_content_has_the_same_hash(store: SqlStore, taken: Snapshots) -> None:
    tell(store, "c1", "un")
    once, again = taken.take("alix", NOON), taken.take("sam", NOON)
    assert once.sha256 == again.sha256
    assert once.salt != again.salt
    tell(store, "c2", "deux")
    assert taken.take("alix", NOON).sha256 != once.sha256


def test_the_newest_serves_again_until_anything_changes(
    engine: Engine, keys: Keys, store: SqlStore, taken: Snapshots
) -> None:
    assert taken.unchanged() is None
    changes: list[Callable[[], object]] = [
        lambda: tell(store, "c1", "un"),
        lambda: tell(store, "c2", "deux"),
        lambda: curate(engine, keys),
        lambda: annotates(engine, keys, "une note"),
        lambda: engine_does(
            engine,
            insert(readings).from_select(
                ["contribution", "coder", "conversation_id", "read_on"],
                select(
                    contributions.c.number,
                    literal("sam"),
                    contributions.c.conversation_id,
                    contributions.c.made_on,
                ).limit(1),
            ),
        ),
        lambda: engine_does(engine, update(readings).values(coder="lou")),
        lambda: annotates(engine, keys, "autre note"),
        lambda: engine_does(engine, delete(codings)),
        lambda: engine_does(engine, delete(conversations)),
    ]
    for change in changes:
        change()
        assert taken.unchanged() is None
        newest = taken.take("alix", NOON)
        assert taken.unchanged() == newest
    assert taken.left() == {}


def test_all_that_a_snapshot_keeps_of_staff_is_looked_at() -> None:
    frozen = {one.name for one in vars(curated).values() if isinstance(one, Table)}
    assert frozen - {"codes", "contributions"} == {one.name for one in marks.STAFFS}


def annotates(engine: Engine, keys: Keys, note: str) -> None:
    kept, reference = Codings(engine, keys), f"E-{_numbers(engine)[0]:06d}"
    [(id, coding)] = kept.of(reference)
    kept.annotate(reference, id, note, coding.coder)


def engine_does(engine: Engine, statement: Executable) -> None:
    with engine.begin() as connection:
        connection.execute(statement)


def test_an_erased_person_leaves_every_snapshot(store: SqlStore, taken: Snapshots) -> None:
    tell(store, "c1", "un")
    tell(store, "c2", "deux")
    snapshot = taken.take("alix", NOON)
    store.forget("web", "sender-c1")
    assert texts(taken, snapshot.id) == ["deux"]
    assert (taken.get(snapshot.id).participations, taken.present(snapshot.id)) == (2, 1)


def test_who_starts_afresh_leaves_every_snapshot(store: SqlStore, taken: Snapshots) -> None:
    tell(store, "c1", "un")
    snapshot = taken.take("alix", NOON)
    with store.hold("web", "sender-c1") as held:
        held.save("m2", turn(conversation("c1"), afresh=True), push=False)
    assert texts(taken, snapshot.id) == []


def test_a_snapshot_is_noise_without_the_key_of_the_person(
    engine: Engine, store: SqlStore, taken: Snapshots
) -> None:
    tell(store, "c1", "mots-canari")
    snapshot = taken.take("alix", NOON)
    with engine.connect() as connection:
        [row] = connection.execute(select(snapshot_rows)).all()
        [kept] = connection.execute(select(snapshots)).all()
    assert b"canari" not in row.frozen
    assert snapshot.salt not in kept.salt
    with pytest.raises(DatabaseUnfit):
        list(Snapshots(engine, Keys(bytes(range(1, 33)))).open(snapshot.id, str.format).curated())


def test_people_go_on_talking_while_it_is_taken(store: SqlStore, taken: Snapshots) -> None:
    """Somebody erases, somebody writes, somebody arrives: it is still one moment."""
    names = [f"c{n:03d}" for n in range(PAGE + 3)]
    for name in names:
        tell(store, name, f"avant {name}")
    gone, starting, changing = names[-3:]

    def meanwhile(count: int) -> None:
        if count != PAGE:
            return
        store.forget("web", f"sender-{gone}")
        with store.hold("web", f"sender-{starting}") as held:
            held.save("m2", turn(conversation(starting), afresh=True), push=False)
        with store.hold("web", f"sender-{changing}") as held:
            talk = conversation(changing, answers={STORY: words("changé")})
            held.save("m3", turn(talk), push=False)
        tell(store, "c999", "arrivé")

    snapshot = taken.take("alix", NOON, meanwhile)
    staying = [name for name in names if name not in (gone, starting)]
    assert texts(taken, snapshot.id) == [f"avant {name}" for name in staying]
    assert snapshot.participations == len(staying)


def test_what_is_not_finished_is_not_there(
    engine: Engine, store: SqlStore, taken: Snapshots
) -> None:
    tell(store, "c1", "un")

    def stops(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        taken.take("alix", NOON, stops)
    assert taken.every() == []
    with engine.connect() as connection:
        assert connection.execute(select(snapshots)).all() == []


def test_a_deleted_snapshot_takes_its_rows_and_its_salt(
    engine: Engine, store: SqlStore, taken: Snapshots
) -> None:
    tell(store, "c1", "un")
    snapshot = taken.take("alix", NOON)
    taken.delete(snapshot.id)
    with engine.connect() as connection:
        assert connection.execute(select(snapshot_rows)).all() == []
        assert connection.execute(select(snapshots)).all() == []
    for call in (taken.get, taken.delete):
        with pytest.raises(StorageError, match="parole snapshots"):
            call(snapshot.id)


def test_one_deleted_while_it_is_read_never_looks_whole(
    store: SqlStore, taken: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.snapshot.snapshot_rows.PAGE", 1)
    for n in range(3):
        tell(store, f"c{n}", "un")
    whole = taken.take("alix", NOON)
    assert len(texts(taken, whole.id)) == 3
    readings = [opened(taken, whole.id).curated(), opened(taken, whole.id).beside_now()]
    for one in readings:
        next(one)
    taken.delete(whole.id)
    for one in readings:
        with pytest.raises(StorageError, match="supprimé pendant la lecture"):
            list(one)


def test_an_empty_snapshot_can_be_taken(taken: Snapshots) -> None:
    snapshot = taken.take("alix", NOON)
    assert snapshot.participations == 0
    assert list(opened(taken, snapshot.id).curated()) == []


def test_what_only_serves_to_talk_is_not_frozen(store: SqlStore) -> None:
    tell(store, "c1", "un")
    [one] = store.participations()
    secret = replace(
        one.conversation,
        lock=Lock("hash-canari"),
        withheld=Part("m", "mots-canari"),
        told_in={"ar": NOON},
        tag="canari",
    )
    frozen = freeze(Curated(replace(one, conversation=secret)))
    assert b"canari" not in frozen
    assert thaw(frozen) == Curated(one)
    assert isinstance(thaw(frozen).participation.conversation.answers[STORY], Answer)


def test_it_is_read_beside_how_everybody_stands_now(
    engine: Engine, keys: Keys, store: SqlStore, taken: Snapshots
) -> None:
    """Only those who wrote or were decided about since are read again."""
    for name in ("c1", "c2", "c3", "c4"):
        tell(store, name, f"avant {name}")
    curate(engine, keys)
    snapshot = taken.take("alix", NOON)
    source = opened(taken, snapshot.id)
    assert [now for _, now in source.beside_now()] == [None] * 4
    assert list(source.beside_now(changed=True)) == []

    [first, *_, last] = [one.participation for one in source.curated()]
    decided = Curations(engine, keys, told)
    mine = last.contributions[0].reference
    decided.decide(mine, Decision.HIDDEN, "asked", "alix", 0)
    sender = f"sender-{first.conversation.id}"
    with store.hold("web", sender) as held:
        talk = replace(held.conversation, answers={STORY: words("changé")})
        held.save("m-later", turn(talk), push=False)
    store.forget("web", "sender-c2" if first.conversation.id != "c2" else "sender-c3")

    found = {then.participation.conversation.id: now for then, now in source.beside_now()}
    assert len(found) == 3
    changed = {then.participation.conversation.id: (then, now)
               for then, now in source.beside_now(changed=True)}  # fmt: skip
    assert {*changed} == {first.conversation.id, last.conversation.id}
    assert {id for id, now in found.items() if now} == {*changed}
    then, now = changed[last.conversation.id]
    assert now is not None
    assert (then.of(mine).decision, now.of(mine).decision) == (Decision.WAITING, Decision.HIDDEN)
    then, now = changed[first.conversation.id]
    assert now is not None
    assert then.participation == first
    assert now.participation.conversation.answers[STORY].text == "changé"
