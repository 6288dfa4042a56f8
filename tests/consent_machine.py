"""Somebody who agrees, takes it back, corrects, edits and wanders, before a real database."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import ClassVar

from doors import OneGuide
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from walks import GUIDES, NOON, UNDERSTANDING, Act, message_of

from bot.asking import answered_spots
from bot.ceiling import Ceiling
from bot.flow import UNSETTLED, WITHDRAWN, consented
from bot.guide import Consent
from bot.model import Choice, Conversation, Given, Message, Participation
from bot.reception import Reception
from exports.runs import Run
from storage.conversations import SqlStore
from storage.threads import Threads

NUMBERS = count()
ASKING = sorted(name for name, guide in GUIDES.items() if guide.required_consents)
WORDS = ["Je raconte mon travail de nuit", "j'ai 12 ans et", "éduc spé dans le 59 depuis 3 ans",
         "Fatoumata Diallo m'a dit", "mon 06 12 34 56 78 et", "I would like to say", "oui mais",
         "non", "s'il lit ça je suis morte", "corriger", "je ne suis pas d'accord"]  # fmt: skip
WISHES = ["oui", "non", "retour", "corriger", "corriger 1", "corriger 2", "corriger 3", "passer",
          "mes réponses", "aide", "terminer", "pause", "stop", "recommencer", "tout effacer",
          "je retire mon accord", "plus simple", "je change de personne", "18 ans", "14 ans",
          "seul", "59", "code de retour", "reprendre", "/start", "c'est fini"]  # fmt: skip


class Consenting(RuleBasedStateMachine):
    """The rules are what a person does; the invariants are what the database may hold."""

    store: ClassVar[SqlStore]
    threads: ClassVar[Threads]
    paths: ClassVar[int] = 0
    steps: ClassVar[int] = 0
    withdrawals: ClassVar[int] = 0

    @initialize(name=st.sampled_from(ASKING), led=st.integers(0, 8))
    def arrives(self, name: str, led: int) -> None:
        type(self).paths += 1
        self.guide, self.sender = GUIDES[name], f"person {next(NUMBERS)}"
        self.never: set[str] = set()  # words typed while nothing might be kept
        self.number, self.now = 0, NOON
        self.shown: list[Choice] = []
        self.talk: Conversation | None = None
        self.reception = Reception(
            self.store, self.threads, UNDERSTANDING, OneGuide(self.guide), {},
            pushed=frozenset({"telegram"}), ceiling=Ceiling(1_000_000), clock=self.clock,
        )  # fmt: skip
        self.says(Message("telegram", "", "", "bonjour"))
        for _ in range(led):
            self.does("answer", 0)

    def clock(self) -> datetime:
        return self.now

    def read(self) -> Conversation | None:
        with self.store.hold("telegram", self.sender) as held:
            return held.conversation

    def says(self, message: Message, typed: str = "") -> None:
        before = self.talk
        agreed = before is not None and consented(self.guide, before)
        self.number, self.now = self.number + 1, self.now + timedelta(seconds=30)
        type(self).steps += 1
        message = replace(message, sender=self.sender, id=f"m{self.number}")
        self.given: Given = asyncio.run(self.reception.receive(message))
        choices = [choice for reply in self.given.replies for choice in reply.choices]
        self.shown = (self.shown + choices)[-40:]
        after = self.talk = self.read()
        if typed and (after is None or not consented(self.guide, after)):
            self.never.add(typed)
        if typed and after is not None and after.pending in UNSETTLED:
            self.never.add(typed)
        if agreed and after is not None and after.pending == WITHDRAWN != before.pending:
            type(self).withdrawals += 1
            assert any("erase" in choice.value for choice in choices), "it offers to erase"

    @rule(way=st.sampled_from(["answer", "answer", "answer", "spell", "press", "old", "media"]),
          number=st.integers(0, 60))  # fmt: skip
    def does(self, way: str, number: int) -> None:
        talk = self.talk
        if talk is None:
            self.says(Message("telegram", "", "", "/start"))
            return
        act = Act(way, "photo" if way == "media" else "", number)
        new = [choice for reply in self.given.replies for choice in reply.choices]
        said = message_of(self.guide, talk, act, self.number + 1, new, self.shown)
        self.says(replace(said, channel="telegram"))

    @rule(wish=st.sampled_from(WISHES))
    def wishes(self, wish: str) -> None:
        self.says(Message("telegram", "", "", wish))

    @rule(which=st.integers(0, 3))
    def takes_it_back(self, which: int) -> None:
        """Corrects one of the agreements, and says no."""
        talk = self.talk
        spots = answered_spots(self.guide, talk.answers) if talk else ()
        given = [n for n, spot in enumerate(spots, 1)
                 if isinstance(self.guide.steps[spot.step], Consent)]  # fmt: skip
        if given:
            number = given[which % len(given)]
            self.says(Message("telegram", "", "", f"corriger {number}"))
            self.says(Message("telegram", "", "", "non"))

    @rule(words=st.sampled_from(WORDS), first=st.booleans(), edits=st.none() | st.integers(0, 20))
    def types(self, words: str, first: bool, edits: int | None) -> None:
        mine = f"kanari{self.sender.split()[1]}n{self.number}x"
        text = f"{mine} {words}" if first else f"{words} {mine}"
        edited = f"m{edits}" if edits is not None else None
        self.says(Message("telegram", "", "", text, edits=edited), mine)

    @invariant()
    def nothing_is_kept_that_was_not_agreed_to(self) -> None:
        kept = json.dumps(self.store.copy("telegram", self.sender), ensure_ascii=False)
        found = {word for word in self.never if word in kept}
        assert not found, f"{found} kept"
        talk = self.talk
        for spot, answer in talk.answers.items() if talk else ():
            step = self.guide.steps[spot.step]
            if isinstance(step, Consent):  # each apart, dated, of the version that was read
                assert answer.version == step.version
                assert NOON <= answer.at <= self.now
            if answer.parts:
                assert consented(self.guide, talk) or talk.pending in UNSETTLED

    @invariant()
    def nothing_leaves_that_was_not_agreed_to(self) -> None:
        talk = self.talk
        if talk is not None:
            run = Run.of(Participation(talk, (), "open", NOON.date()), self.guide)
            settled = talk.pending not in UNSETTLED
            assert (run.withheld is None) == (consented(self.guide, talk) and settled)

    def teardown(self) -> None:
        self.store.forget("telegram", self.sender)
