"""Several persons on one phone, through the reception and the real memory, on both databases."""

from __future__ import annotations

import asyncio
import csv
from dataclasses import replace
from datetime import timedelta

import exports_cases as cases
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_reception import NOON, SHELF, keys, says
from walks import GUIDES, Act, start, walk

from bot import moderating
from bot.ceiling import Ceiling
from bot.curated import Decision
from bot.engine import advance, follow
from bot.guide_file import bundled
from bot.locking import QUIET, digits_in
from bot.model import Event, Given, Heard, Lock, Spot, Turn
from bot.reception import Reception
from nlu.understand import Understanding
from storage.moderation.curations import Curations
from storage.tables import conversations, outbox
from storage.threads import Threads

PUSHED = frozenset({"telegram"})
HELPING = ["qui_repond:pour_autrui", "aidant:animation", "age:yes", "accord:yes", "public:autre"]
CANARY = "canari-violet-5512"


class Phone:
    """One phone, and whoever holds it; time passes only when told."""

    def __init__(self, store, channel="web", guide="cese-2022", pushed=frozenset()):
        self.now, self.number, self.guide, self.channel = NOON, 0, guide, channel
        self.desk = Reception(
            store, Threads(1), Understanding(None), SHELF, {}, pushed=pushed,
            ceiling=Ceiling(1_000), clock=lambda: self.now,
        )  # fmt: skip
        self.given = self.says("bonjour")

    def says(self, text="", id=None, **more: object) -> Given:
        self.number += 1
        self.now += timedelta(seconds=1)
        message = says(
            text, id or f"m{self.number}", channel=self.channel, guide=self.guide, **more
        )
        self.given = asyncio.run(self.desk.receive(message))
        return self.given

    def touches(self, value: str) -> Given:
        """The button that sends this, as it was last shown."""
        shown = [choice.value for reply in self.given.replies for choice in reply.choices]
        sent = next(one for one in shown if one.partition("~")[0] == value)
        return self.says(choice=sent)

    def waits(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


def people(store):
    return sorted(store.conversations(), key=lambda talk: talk.started)


def test_a_helper_with_five_people_in_a_row(store):
    phone = Phone(store)
    for value in HELPING:
        phone.touches(value)
    for _ in range(4):
        phone.says("terminer")
        phone.touches("?finish:yes")
        phone.waits(5)
        assert keys(phone.touches(":!next_person")) == ["next_person.helper", "ask"]
        for value in HELPING[2:]:
            phone.touches(value)
    five = people(store)
    assert len({talk.reference for talk in five}) == len({talk.id for talk in five}) == 5
    assert len({talk.helper for talk in five}) == 1
    assert five[0].helper is not None
    for talk in five:
        assert talk.helped == "by_helper"
        answered = {str(spot): answer.values[0] for spot, answer in talk.answers.items()}
        assert answered["aidant"] == "animation"
        agreed = next(answer for spot, answer in talk.answers.items() if spot.step == "accord")
        assert (agreed.values, agreed.version) == (("yes",), "2022-03-01")
    times = [one.at for talk in five for spot, one in talk.answers.items() if spot.step == "accord"]
    assert len(set(times)) == 5, "each person agreed at a moment of their own"
    assert [talk.finished for talk in five] == [True] * 4 + [False]


def test_erasing_says_that_what_another_person_gave_here_is_still_kept(store):
    phone = Phone(store)
    for value in ("qui_repond:seul", "age:yes", "accord:yes"):
        phone.touches(value)
    phone.says("terminer")
    phone.touches("?finish:yes")
    first = people(store)[0].reference
    assert keys(phone.touches(":!next_person")) == ["next_person.confirm"]  # even when finished
    phone.touches("?next_person:yes")
    for value in ("qui_repond:seul", "age:yes", "accord:yes"):
        phone.touches(value)
    assert keys(phone.says("tout effacer")) == ["erase.confirm.here"]
    assert keys(phone.touches("?erase:yes")) == ["erased.here"]
    assert [talk.reference for talk in people(store)] == [first]
    assert keys(phone.says("bonjour"))[0] == "erased.before"
    stale = phone.says(choice="qui_repond:seul")  # a button of the first person
    assert keys(stale)[0] == "stale.person"
    assert keys(phone.says("tout effacer")) == ["erase.confirm.here"]
    assert store.erase(first) is not None
    assert store.erase(first) is None
    assert len(people(store)) == 1


def test_what_was_gathered_by_a_helper_says_so_in_the_exports(store, tmp_path):
    phone = Phone(store)
    for value in HELPING:
        phone.touches(value)
    phone.says("je change de personne")
    phone.touches("?next_person:yes")
    for value in HELPING[2:]:
        phone.touches(value)
    phone.says("je réponds pour moi")
    phone.touches("?for_myself:yes")
    for value in ("age:yes", "accord:yes"):
        phone.touches(value)
    guide = SHELF.current("cese-2022")
    cases.export(
        "csv", tmp_path / "out", store.participations, guides={("cese-2022", guide.version): guide}
    )
    with (tmp_path / "out" / "csv" / "participations.csv").open(encoding="utf-8") as file:
        one, two, own = sorted(csv.DictReader(file), key=lambda row: row["helped"])
    session = one["helper_session"]
    columns = ("helped", "helped_by", "helper_session")
    gathered = ["by_helper", "Une animatrice ou un animateur", session]
    assert [one[name] for name in columns] == [two[name] for name in columns] == gathered
    assert len(session) == 16
    assert [own[name] for name in columns] == ["none", "", ""]


def test_a_helper_who_answers_too_is_not_in_the_session(store):
    phone = Phone(store)
    for value in HELPING:
        phone.touches(value)
    phone.says("je réponds pour moi")
    phone.touches("?for_myself:yes")
    first, own = people(store)
    assert (first.helped, first.paused, own.helped, own.helper) == ("by_helper", True, "none", None)
    assert [spot.step for spot in own.answers] == ["qui_repond"]
    assert own.helper_said == {}


def test_a_refusal_keeps_nothing_of_the_person_but_who_helps(store):
    phone = Phone(store)
    for value in HELPING[:3]:
        phone.touches(value)
    phone.touches("accord:no")
    phone.touches(":!next_person")
    before, now = people(store)
    assert (before.finished, before.answers) == (True, {})
    assert {spot.step for spot in now.answers} == {"qui_repond", "aidant"}
    assert before.helper == now.helper


def test_the_next_person_sees_nothing_of_the_one_before(store, engine):
    phone = Phone(store)
    for value in ("qui_repond:seul", "age:yes", "accord:yes", "public:autre"):
        phone.touches(value)
    phone.says(f"Mes mots {CANARY}", "mine")
    asked = phone.says("je change de personne")
    reference = asked.replies[0].values["reference"]
    old = [choice.value for reply in asked.replies for choice in reply.choices]
    phone.touches("?next_person:yes")
    before, now = people(store)
    assert before.reference == reference != now.reference
    assert (before.paused, before.finished) == (True, False)
    assert now.answers == {}
    talk, thread = store.thread("web", "someone")
    assert talk.id == now.id
    for shown in (thread, store.copy("web", "someone"), phone.says("mes réponses")):
        assert CANARY not in str(shown)
        assert reference not in str(shown)
        assert before.id not in str(shown)
    assert keys(phone.says(choice=old[0])) == ["stale.person", "back_to_question"]
    assert keys(phone.says(choice="qui_repond:seul")) == ["stale.person", "back_to_question"]
    edited = phone.says(f"Autres mots {CANARY}", "edit", edits="mine")
    assert keys(edited) == ["edit.person", "back_to_question"]
    again = phone.says(f"Mes mots {CANARY}", "mine")
    assert keys(again) == ["stale.message"]
    assert (again.conversation, again.turn) == (now.id, 0)
    assert people(store)[0] == before, "nothing reached the conversation before"
    with engine.connect() as connection:
        rows = connection.execute(conversations.select()).all()
    assert {row.id: row.current for row in rows} == {before.id: False, now.id: True}
    assert {row.id: row.status for row in rows} == {before.id: "paused", now.id: "open"}


def test_the_message_that_hands_over_may_come_twice(store):
    phone = Phone(store, guide="parc")
    phone.touches("qui:habitant")
    phone.says("personne suivante")
    first = phone.says("oui", "yes")
    again = phone.says("oui", "yes")
    assert first == again
    assert len(people(store)) == 2
    assert people(store)[0].answers == {}, "nothing was agreed"


def test_erasing_is_about_the_person_of_now(store):
    phone = Phone(store, guide="parc")
    for value in ("qui:habitant", "accord:yes"):
        phone.touches(value)
    phone.says("je change de personne")
    phone.touches("?next_person:yes")
    [before] = [talk for talk in people(store) if talk.answers]
    phone.says("tout effacer")
    assert phone.touches("?erase:yes").erased
    assert people(store) == [before]
    phone.says("bonjour")
    assert people(store)[0].tag == ""
    assert len(people(store)) == 2


def test_what_waits_to_be_sent_to_the_person_before_never_leaves(store, engine):
    phone = Phone(store, "telegram", guide="parc", pushed=frozenset({"telegram"}))
    for value in ("qui:habitant", "accord:yes"):
        phone.touches(value)
    phone.says("mes réponses")
    phone.says("je change de personne")
    given = phone.touches("?next_person:yes")
    assert keys(given)[:2] == ["next_person.visible", "next_person.begins"]
    with engine.connect() as connection:
        waiting = {row.conversation_id for row in connection.execute(outbox.select())}
    assert waiting == {given.conversation}


CODE = ("qui:habitant", "accord:yes")


def locked(store, code="code 4821") -> Phone:
    phone = Phone(store, guide="parc")
    for value in CODE:
        phone.touches(value)
    phone.says(code)
    return phone


def test_the_code_is_kept_as_a_keyed_hash_and_shown_nowhere(store, keys):
    phone = locked(store)
    talk, thread = store.thread("web", "someone")
    assert talk.lock == Lock(keys.code(talk.id, "4821"), phone.now)
    assert "4821" not in str((talk, thread, store.copy("web", "someone")))
    assert [one.said for one in thread][-1] == "@set_code"
    assert keys.code("another", "4821") != talk.lock.hash


@pytest.fixture
def decided(engine, request, store):
    """A phone with a code where something was told, and what staff decide of it."""
    phone = Phone(store, "telegram", "parc", PUSHED)
    for value in CODE:
        phone.touches(value)
    phone.says("code 4821")
    with store.hold("telegram", "someone") as held:
        told = Event("contribution", Spot("idee"), "proposal")
        held.save("told", Turn(held.conversation, (), (told,)), push=False)
    [run] = store.participations()
    [made] = run.contributions
    sealed = request.getfixturevalue("keys")
    work = Curations(engine, sealed, moderating.told, pushed=PUSHED, clock=lambda: phone.now)
    return phone, made.reference, work


def test_what_staff_decided_is_said_after_the_code_once(decided):
    phone, of, work = decided
    phone.waits(60)
    first = work.decide(of, Decision.HIDDEN, "private", "claire", 0)
    phone.waits(5)
    work.decide(of, Decision.PUBLISHED, "ready", "claire", first)
    phone.waits(5)
    assert keys(phone.says("mes réponses")) == ["code.ask"]
    assert keys(phone.says("0000")) == ["code.wrong"]
    opened = phone.says("4821")
    assert keys(opened)[:3] == ["code.right", "moderation.published.ready", "welcome_back"]
    assert opened.replies[1].values == {"reference": of}
    assert "moderation" not in str(keys(phone.says("mes réponses")))


def test_what_is_undone_in_time_or_for_somebody_else_is_not_said(decided):
    phone, of, work = decided
    undone = work.decide(of, Decision.BINNED, "test", "claire", 0)
    seen = work.undo(of, "claire", undone)
    assert keys(phone.says("mes réponses")) == ["my_answers", "ask"]
    work.decide(of, Decision.HIDDEN, "hurts", "claire", seen)
    assert keys(phone.says("aide"))[0] == "moderation.hidden.hurts", "its owner is here"
    seen = work.history(of)[-1].id
    work.decide(of, Decision.PUBLISHED, "ready", "claire", seen)
    phone.waits(60)
    phone.says("on change de personne")
    begun = phone.touches("?next_person:yes")
    assert "next_person" in str(keys(begun))
    assert "moderation" not in str(keys(begun))
    assert "moderation" not in str(keys(phone.says("bonjour")))


@pytest.mark.parametrize("minutes", [14, 16])
def test_the_code_is_asked_after_a_pause_only(store, minutes):
    phone = locked(store)
    phone.waits(minutes)
    told = keys(phone.says("mes réponses"))
    assert told == (["my_answers", "ask"] if minutes < 15 else ["code.ask"])
    if minutes > 15:
        assert keys(phone.says("4 8 2 1"))[0] == "code.right"
        assert keys(phone.says("mes réponses"))[0] == "my_answers"


def test_the_code_is_asked_when_the_page_is_opened_again(store):
    phone = locked(store)
    phone.desk.closed("web", "someone")
    phone.desk.closed("web", "someone")
    phone.desk.closed("web", "nobody")
    assert keys(phone.says("59")) == ["code.ask"]
    assert keys(phone.says("4821"))[0] == "code.right"
    assert keys(phone.says("59")) == ["understood", "ask"]


def test_waits_grow_and_a_day_is_the_longest(store):
    phone = locked(store)
    phone.waits(60)
    told = []
    for _ in range(16):
        given = phone.says("0000")
        told.append(given.replies[0].values.get("count", "-"))
        phone.waits(float(told[-1]) if told[-1] != "-" else 0)
    assert told[:8] == ["-", "-", "-", "-", "5", "10", "20", "40"]
    assert told[-1] == str(24 * 60)
    phone.says("0000")
    assert keys(phone.says("4821")) == ["code.wait"], "not even the right one, while it waits"
    phone.waits(24 * 60)
    assert keys(phone.says("4821"))[0] == "code.right"
    assert store.thread("web", "someone")[0].lock.wrong == 0


def test_a_forgotten_code_leaves_the_conversation_closed_or_erased(store):
    phone = locked(store)
    phone.waits(60)
    phone.says("code oublié")
    phone.touches(":!next_person")
    assert keys(phone.touches("?next_person:yes"))[0] == "next_person.begins"
    before, now = people(store)
    assert before.lock is not None
    assert before.reference not in str(phone.given)
    assert (now.lock, now.answers) == (None, {})


def test_a_code_right_or_wrong_is_in_no_log(store, capsys):
    phone = locked(store)
    phone.waits(60)
    for text in ("9137", "4821", "code 4821"):
        phone.says(text)
    assert not {"9137", "4821"} & set("".join(capsys.readouterr()).split())


@pytest.mark.parametrize(
    ("text", "digits"),
    [("4821", "4821"), ("code : 4 8 2 1", "4821"), ("482", None), ("48 215", None), ("", None),
     ("mon code est 4821", "4821"), ("en 2015 " + "x" * 40, None), ("٤٨٢١", None)],
)  # fmt: skip
def test_four_digits_are_found_in_a_short_text(text, digits):
    assert digits_in(text) == digits


def test_guides_say_who_helps():
    guides = {path.stem: SHELF.current(path.stem) for path in bundled()}
    assert guides["cese-2022"].who_answers == "qui_repond"
    assert [step.id for step in guides["cese-2022"].steps.values() if step.of_helper] == ["aidant"]
    assert guides["assises"].who_answers is None
    assert timedelta(minutes=15) == QUIET


@pytest.mark.parametrize("name", GUIDES)
@given(script=st.lists(st.sampled_from([Act("answer"), Act("spell")]), max_size=24))
@settings(max_examples=25, deadline=None)
def test_whatever_was_said_before_is_not_said_to_the_next_person(name, script):
    guide = GUIDES[name]
    turn = next(reversed([start(guide), *(went.turn for went in walk(guide, script))]))
    while turn.hands_over is None:
        choice = ":!next_person" if turn.conversation.pending is None else "?next_person:yes"
        heard = Heard("next", choice=choice)
        turn = advance(guide, turn.conversation, heard, NOON)
    left = turn.conversation
    assert left.paused or left.finished
    new = replace(start(guide).conversation, reference="7MWX-9ZZ2", answers={}, at=None, tag="7KQ")
    begun = follow(guide, new, turn, NOON)
    said = str([dict(reply.values) for reply in begun.replies])
    assert left.reference not in said
    for spot, answer in left.answers.items():
        of_helper = guide.step(spot).of_helper or spot.step == guide.who_answers
        assert of_helper or spot not in begun.conversation.answers
        assert not any(part.text in said for part in answer.parts if len(part.text) > 3)
    values = [choice.value for reply in begun.replies for choice in reply.choices]
    assert all(value.endswith("~7KQ") and len(value.encode()) <= 64 for value in values)
