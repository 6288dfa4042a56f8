"""Consent: nothing typed is kept before it, and each agreement is apart, dated and obeyed."""

from __future__ import annotations

import ast
import asyncio
import csv
import hashlib
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import get_args

import exports_cases as cases
import polars
import pyreadstat
import pytest
from consent_machine import Consenting
from doors import OneGuide
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import func, select
from talks import NOON, contribution, conversation, turn
from walks import UNDERSTANDING

from bot.ceiling import Ceiling
from bot.curated import Decision
from bot.errors import ExportError
from bot.flow import WITHDRAWN, Scene
from bot.guide import Purpose
from bot.guide_file import read_guide
from bot.model import Answer, Contribution, Conversation, Heard, Message, Participation, Reply, Spot
from bot.moderating import told
from bot.recalling import pause_and_offer
from bot.reception import Reception
from bot.writing_first import may_write_first
from exports.confidentiality import Profile
from exports.leaving.filters import Filters
from exports.packages_list import PACKAGES, chosen
from exports.packing import pack
from storage.conversations import SqlStore
from storage.database import open_database
from storage.moderation.curations import Curations
from storage.sealing.keys import Keys
from storage.statements import NOTICES
from storage.tables import outbox
from storage.threads import Threads

ROOT = Path(__file__).parents[1]
SHORT = settings(
    max_examples=40, stateful_step_count=25, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_nothing_typed_is_kept_before_the_agreement_of_that_version(tmp_path):
    """P4, P5: the short version of `python -m bench.consent`, which plays 10 000 paths."""
    engine = open_database(f"sqlite:///{tmp_path / 'parole.db'}", create=True)

    class Here(Consenting):
        store = SqlStore(engine, Keys(bytes(range(32))), remembered=0)
        threads = Threads(1)

    run_state_machine_as_test(Here, settings=SHORT)
    assert Here.paths >= SHORT.max_examples
    assert Here.withdrawals > 0
    Here.threads.close()
    engine.dispose()


# Every export, for every profile

PURPOSES = get_args(Purpose)
SAID = ("yes", "no", "not_asked")
WALKED = read_guide(
    """
guide: accords
version: "1"
title: Les accords
sections:
  - id: accueil
    title: Bienvenue
    steps:
      - {id: keep, kind: consent, question: "Garder ?", version: v1, required: true}
      - {id: quote, kind: consent, question: "Citer ?", version: v2, allows: [quote]}
      - {id: contact, kind: consent, question: "Écrire ?", version: v3, allows: [contact]}
      - {id: invite, kind: consent, question: "Inviter ?", version: v4, allows: [invite]}
  - id: idee
    title: Idée
    contributions:
      - {kind: proposal, text: idea}
    steps:
      - {id: idea, kind: open, question: "Votre idée ?"}
""",
    "accords.yml",
)


def word(gave: tuple[str, ...], pending: bool) -> str:
    """What somebody said who gave these agreements: nobody else says it."""
    drawn = hashlib.sha256(f"{' '.join(gave)} {pending}".encode()).hexdigest()
    return f"kanari{drawn[:16]}fin"


def agreed(gave: tuple[str, ...]) -> dict[Spot, Answer]:
    day = cases.NOON
    return {
        Spot(step): replace(cases.chose((said, said.capitalize()), version=f"v{place}"), at=day)
        for place, (step, said) in enumerate(zip(PURPOSES, gave, strict=True), 1)
        if said != "not_asked"
    }


def somebody(n: int, gave: tuple[str, ...], pending: bool) -> Participation:
    day = cases.NOON
    answers = agreed(gave)
    answers[Spot("idea")] = cases.said(word(gave, pending))
    talk = Conversation(
        f"c{n}", f"REF-{n:05d}", "accords", "1", "telegram", day, answers=answers,
        pending=WITHDRAWN if pending else None,
    )  # fmt: skip
    made = (Contribution(f"P-{n:06d}", "proposal", 0, day.date()),)
    return Participation(talk, made, "finished", day.date())


EVERY_ANSWER = tuple(product(SAID, repeat=len(PURPOSES)))
EVERYBODY = {
    word(gave, pending): somebody(n, gave, pending)
    for n, (gave, pending) in enumerate(product(EVERY_ANSWER, (False, True)), 1)
}
KEPT = {word(gave, False) for gave in EVERY_ANSWER if gave[0] == "yes"}
QUOTED = {word(gave, False) for gave in EVERY_ANSWER if gave[:2] == ("yes", "yes")}
WORDLESS = {"spss", "ddi", "qdc", "xlsform"}  # codes, themes and questions only


@pytest.mark.parametrize("package", [one.name for one in PACKAGES])
@pytest.mark.parametrize("profile", list(Profile))
def test_every_format_obeys_each_agreement(package, profile, tmp_path):
    """P8, P4: words of who did not agree, or takes it back, are in no byte of what leaves."""
    people = list(EVERYBODY.values())
    source = replace(cases.held(*people), guides={("accords", "1"): WALKED})
    try:
        pack(source, chosen([package]), profile, Filters(), tmp_path / "out", software="0",
             zipped=False)  # fmt: skip
    except ExportError:  # this format does not exist for this profile
        return
    found = set()
    for file in (path for path in (tmp_path / "out").rglob("*") if path.is_file()):
        for octets in contents(file):
            found |= {one.decode() for one in re.findall(rb"kanari[0-9a-f]+fin", octets)}
    allowed = QUOTED if profile is Profile.PUBLIC else KEPT
    assert found & set(EVERYBODY) <= allowed
    assert found & allowed or package in WORDLESS, "else the search sees nothing"


def contents(file: Path) -> Iterator[bytes]:
    """The bytes of a file, and of what is inside when it is an archive."""
    yield file.read_bytes()
    if file.suffix == ".parquet":
        yield str(polars.read_parquet(file).rows()).encode()
    if file.suffix == ".sav":
        yield str(pyreadstat.read_sav(file, output_format="polars")[0].rows()).encode()
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as whole:
            for name in whole.namelist():
                yield whole.read(name)


def test_the_search_sees_what_may_leave(tmp_path):
    """Else the test above would prove nothing."""
    for profile, wanted in ((Profile.INTERNAL, KEPT), (Profile.PUBLIC, QUOTED)):
        out = tmp_path / profile
        source = replace(cases.held(*EVERYBODY.values()), guides={("accords", "1"): WALKED})
        pack(source, chosen(["csv"]), profile, Filters(), out, software="0", zipped=False)
        whole = b"".join(one.read_bytes() for one in out.rglob("*") if one.is_file())
        assert {one for one in EVERYBODY if one.encode() in whole} == wanted


def test_each_line_says_each_agreement_and_its_day(tmp_path):
    source = replace(cases.held(*EVERYBODY.values()), guides={("accords", "1"): WALKED})
    pack(source, chosen(["csv"]), Profile.INTERNAL, Filters(), tmp_path / "out", software="0",
         zipped=False)  # fmt: skip
    [file] = (tmp_path / "out").rglob("[Cc]ontributions.csv")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = {row["text"]: row for row in csv.DictReader(opened)}
    assert set(rows) == KEPT
    for name, row in rows.items():
        given = EVERYBODY[name].conversation.answers
        for purpose in PURPOSES[1:]:
            answer = given.get(Spot(purpose))
            assert row[f"may_{purpose}"] == (answer.values[0] if answer else "not_asked")
            assert row[f"may_{purpose}_on"] == ("2026-03-04" if answer else "")


# Every send

SENDERS = {
    # Where rows are put in the outbox: what is sent there, and what allows it.
    "storage/saving.py": "answers to what the person just said; the reminder they accepted",
    "storage/moderation/telling.py": "what staff decided, to who agreed to be contacted",
}
LEAVING = re.compile(r"insert\(outbox\)|new_parcels\b")


def test_nothing_is_sent_but_answers_the_reminder_and_decisions():
    """A new way to write to people has to be added here, with the agreement that allows it."""
    found = {
        path.relative_to(ROOT).as_posix()
        for package in ("bot", "storage", "actions", "desk", "exports")
        for path in (ROOT / package).rglob("*.py")
        if LEAVING.search(path.read_text("utf-8"))
    }
    assert found - {"storage/statements.py"} == set(SENDERS)
    calls = [
        node
        for path in (ROOT / "actions").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("send", "post", "parcels")
    ]
    assert not calls, "what follows from an event writes to nobody"


@pytest.mark.parametrize("recall", [None, "asked", "declined", "over"])
def test_no_reminder_waits_for_who_did_not_accept_one(store, engine, recall):
    """Accepted, then anything else: the reminder that was waiting leaves no more."""
    talk = conversation(channel="telegram", recall="accepted")
    reminder = (NOON + timedelta(days=1), Reply("recall.reminder"))
    with store.hold("telegram", "someone") as held:
        held.save("m1", turn(talk, reminder=reminder), push=True)
    waiting = select(func.count()).select_from(outbox).where(outbox.c.reminder)
    with engine.connect() as connection:
        assert connection.scalar(waiting) == 1
    with store.hold("telegram", "someone") as held:
        held.save("m2", turn(replace(talk, recall=recall)), push=True)
    with engine.connect() as connection:
        assert connection.scalar(waiting) == 0


WRITABLE = {gave for gave in EVERY_ANSWER if gave[0] == gave[2] == "yes"}


def may(talk: Conversation) -> bool:
    return may_write_first(WALKED, talk)


def reception(store):
    return Reception(store, Threads(1), UNDERSTANDING, OneGuide(WALKED), {}, clock=lambda: NOON,
                     pushed=frozenset({"telegram"}), ceiling=Ceiling(1_000))  # fmt: skip


def decide_on_everybody(store, engine, keys, pending=None):
    """Somebody for each way to answer the agreements; staff decide on each. Who is pushed to."""
    for n, gave in enumerate(EVERY_ANSWER):
        talk = conversation(f"c{n}", channel="telegram", at=None, finished=True, guide="accords",
                            answers=agreed(gave), pending=pending)  # fmt: skip
        with store.hold("telegram", f"person {n}") as held:
            held.save("m1", turn(talk, events=(contribution("proposal"),)), push=False)
    work = Curations(engine, keys, told, pushed=frozenset({"telegram"}), may=may)
    for run in store.participations():
        [made] = run.contributions
        work.decide(made.reference, Decision.HIDDEN, "private", "claire", 0)
    with engine.connect() as connection:
        pushed = connection.scalars(select(outbox.c.conversation_id)).all()
    return {EVERY_ANSWER[int(one[1:])] for one in pushed}


def test_a_decision_is_pushed_to_who_agreed_to_be_contacted(store, engine, keys):
    """P4: every combination of the agreements; it is in the thread of all."""
    assert decide_on_everybody(store, engine, keys) == WRITABLE
    for n, gave in enumerate(EVERY_ANSWER):
        talk, exchanges = store.thread("telegram", f"person {n}")
        assert exchanges[-1].replies[0].key == "moderation.hidden.private"
        assert bool(talk.untold) == (gave not in WRITABLE), "said when they next write"


def test_a_decision_is_pushed_to_nobody_who_is_taking_their_agreement_back(store, engine, keys):
    """P4: asked whether all is erased, not answered yet."""
    assert decide_on_everybody(store, engine, keys, WITHDRAWN) == set()


def test_what_was_not_pushed_is_said_at_the_next_word(store, engine, keys):
    """P4: once, first; nobody loses a decision for not being written to."""
    decide_on_everybody(store, engine, keys)
    n = EVERY_ANSWER.index(("yes", "yes", "no", "yes"))
    desk = reception(store)
    said = [
        [reply.key for reply in asyncio.run(desk.receive(one)).replies]
        for one in (Message("telegram", f"person {n}", f"w{k}", "bonjour") for k in (1, 2))
    ]
    assert said[0][0] == "moderation.hidden.private"
    assert "moderation.hidden.private" not in said[1]


def test_a_notice_that_waits_leaves_no_more_once_contact_is_taken_back(store, engine, keys):
    """P4: within the two minutes before it is pushed."""
    decide_on_everybody(store, engine, keys)
    n = EVERY_ANSWER.index(("yes", "no", "yes", "no"))
    desk = reception(store)
    waiting = select(func.count()).where(
        outbox.c.conversation_id == f"c{n}", outbox.c.place >= NOTICES
    )
    left = []
    for k, typed in enumerate(("corriger 3", "non")):
        with engine.connect() as connection:
            left.append(connection.scalar(waiting))
        asyncio.run(desk.receive(Message("telegram", f"person {n}", f"w{k}", typed)))
    with engine.connect() as connection:
        left.append(connection.scalar(waiting))
    assert left == [1, 1, 0]


@pytest.mark.parametrize("gave", EVERY_ANSWER)
def test_a_reminder_is_offered_to_who_agreed_that_answers_are_kept(gave):
    """P4: and sent to who then says yes to it."""
    talk = conversation(channel="telegram", guide="accords", at=Spot("idea"), answers=agreed(gave))
    scene = Scene(WALKED, talk, Heard("m1", "pause"), NOON)
    asked = any(reply.key == "recall.ask" for reply in pause_and_offer(scene).replies)
    assert asked == (gave[0] == "yes")
