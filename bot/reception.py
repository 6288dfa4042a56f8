"""One incoming message, from the door to the answer: the file to read first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from bot import engine, persons
from bot.absence import OLDEST, excused
from bot.ceiling import Ceiling, Person
from bot.coming_back import code_in, follows, typed
from bot.drawing import four_words, in_session, new_conversation, new_tag, tag_here
from bot.errors import (
    ErasedConversation,
    MovedConversation,
    NoRoom,
    RoomMade,
    StorageError,
    TooFast,
    UnknownConversation,
)
from bot.guide import Guide
from bot.locking import QUIET, asking, asleep, digits_in
from bot.model import Conversation, Event, Given, Heard, Message, Reply, Turn
from bot.moderating import said_on_arrival
from bot.ports import Action, Held, Store, Threads, Understander
from bot.recalling import came_back, reminder
from bot.voices import takes_voice
from bot.writing_first import may_write_first

log = structlog.get_logger(__name__)
OPENINGS = 20  # conversations of one address in an hour
NO_ROOM = "Il n'y a presque plus de place : aucune nouvelle conversation ne commence."


class Guides(Protocol):
    """The guides in use: today's, and those that conversations began with."""

    def current(self, guide: str | None) -> Guide: ...

    def of(self, guide: str, version: str) -> Guide: ...


class Reception:
    """Receives messages, whichever the door."""

    def __init__(
        self,
        store: Store,
        threads: Threads,
        understander: Understander,
        guides: Guides,
        actions: Mapping[str, tuple[Action, ...]],
        *,
        pushed: frozenset[str] = frozenset(),
        ceiling: Ceiling,
        quiet: timedelta = QUIET,
        recall_after: timedelta = timedelta(days=1),
        openings: int = OPENINGS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.store, self.threads, self.understander = store, threads, understander
        self.guides, self.actions, self.pushed, self.clock = guides, actions, pushed, clock
        self.ceiling, self.quiet, self.recall_after = ceiling, quiet, recall_after
        self.turned: Callable[[str], None] = lambda _: None  # told the channel of each answer
        self.short: Callable[[], bool] = lambda: False  # no room for somebody new
        self.openings = openings

    async def receive(self, message: Message, *, may_open: bool = True) -> Given:
        """Answer one message. Safe to call again with the same message.

        Raises UnknownConversation or ErasedConversation when there is none and `may_open` is
        false, DatabaseBusy or TooFast when the same message should be sent again.
        """
        person, ago = (message.channel, message.sender), self._ago(message)
        self.ceiling.attempt(person, ago)
        try:
            if not may_open and not await self._met(person):
                raise UnknownConversation  # before anything is understood: that is what costs
            heard = await self._heard(message)
            given, events = await self.threads.run(self._answer, message, heard, may_open)
        except StorageError:
            self.ceiling.give_back(person)
            raise
        self.turned(message.channel)
        await self._act(events, given.conversation)
        return given

    async def _met(self, person: Person) -> bool:
        return self.ceiling.saved(person) or await self.threads.run(self.store.met, *person)

    async def _heard(self, message: Message) -> Heard:
        if code_in(message):  # not to be understood: it goes nowhere else
            heard = Heard(message.id, message.text)
        else:
            heard = await self.understander.understand(message)
        return replace(heard, sound=message.sound, hears=message.hears)

    def _ago(self, message: Message) -> float:
        """How many seconds ago it was sent, as far as the channel says so."""
        if message.sent is None:
            return 0.0
        waited = self.clock() - message.sent
        return waited.total_seconds() if timedelta() < waited < OLDEST else 0.0

    async def come_back(self, message: Message) -> Given | Reply:
        """To the conversation of these four words, from a page that asks for them.

        Where nobody is known, a wrong code opens nothing: only the reply that says why.
        """
        self.ceiling.attempt((message.channel, message.sender))
        done, events = await self.threads.run(self._come_back, message)
        if isinstance(done, Given):
            await self._act(events, done.conversation)
        return done

    async def takes_voice(self, message: Message) -> bool:
        """Whether a voice message would be kept now, so that it is worth fetching.

        Raises DatabaseBusy or TooFast when the same message should be sent again.
        """
        self.ceiling.check((message.channel, message.sender), self._ago(message))
        return await self.threads.run(self._takes_voice, message)

    def _takes_voice(self, message: Message) -> bool:
        with self.store.hold(message.channel, message.sender) as held:
            talk = held.conversation
            if talk is None or held.given(message.id) is not None:
                return False
            return takes_voice(self.guides.of(talk.guide, talk.version), talk)

    def left(self, channel: str, sender: str) -> None:
        """The person blocked us on this channel: the conversation waits for them."""
        with self.store.hold(channel, sender) as held:
            talk = held.conversation
            if talk and (not talk.paused or talk.recall == "accepted"):
                paused = came_back(talk, replace(talk, paused=True))
                gone = Turn(paused, (), (Event("left"),))
                held.save(f"left {self.clock().isoformat()}", gone, push=False)

    def asks_code(self, talk: Conversation) -> tuple[Reply, ...]:
        """What is said instead of showing the past, when the person's code comes first."""
        return asking(talk) if asleep(talk, self.clock(), self.quiet) else ()

    def closed(self, channel: str, sender: str) -> None:
        """The page is opened again: a person who set a code is asked for it."""
        with self.store.hold(channel, sender) as held:
            talk = held.conversation
            if talk and talk.lock and talk.lock.seen:
                shut = replace(talk, lock=replace(talk.lock, seen=None))
                held.save(f"closed {self.clock().isoformat()}", Turn(shut, ()), push=False)

    def _answer(
        self, message: Message, heard: Heard, may_open: bool
    ) -> tuple[Given, tuple[Event, ...]]:
        try:
            return self._answered(message, heard, may_open)
        except RoomMade:  # it erases: on a full disk too
            return self._answered(message, heard, may_open)

    def _answered(
        self, message: Message, heard: Heard, may_open: bool
    ) -> tuple[Given, tuple[Event, ...]]:
        """One lock, one transaction: the message, its answer, the new place and the replies."""
        person, ago = (message.channel, message.sender), self._ago(message)
        with self.store.hold(message.channel, message.sender) as held:
            if (given := held.given(message.id)) is not None:
                given = self._to_whom_it_was(held, given)
                self.guides.of(given.guide, given.version)  # read here, before it is worded
                return given, ()
            sent = self.clock() - timedelta(seconds=ago)
            self.ceiling.check(person, ago)
            if self.ceiling.near(person, ago):
                self.ceiling.check_since(held.burst(self.ceiling.per_minute), sent)
            turn = self._recalled(held, self._turn(held, message, heard, may_open))
            turn = self._arriving(message, turn)
            turn = excused(turn, message, self.clock, held.when)
            may_no_more = self._taken_back(held, turn)
            dated = sent if message.sent else None
            push = message.channel in self.pushed
            given = held.save(message.id, turn, push=push, sent=dated)
            if may_no_more:
                held.no_notice()
        self.ceiling.count(person, ago)
        return given, turn.events

    def _taken_back(self, held: Held, turn: Turn) -> bool:
        """Whether this turn takes back the agreement to be written to."""
        before, after = held.conversation, turn.conversation
        if before is None or turn.erase or before.id != after.id:
            return False
        guide = self.guides.of(before.guide, before.version)
        return may_write_first(guide, before) and not may_write_first(guide, after)

    def _come_back(self, message: Message) -> tuple[Given | Reply, tuple[Event, ...]]:
        with self.store.hold(message.channel, message.sender) as held:
            if (given := held.given(message.id)) is not None:
                return self._to_whom_it_was(held, given), ()
            if not (words := code_in(message)):
                return Reply("return.wrong"), ()
            done = self._typed(held, message, words, self.clock())
            if done is None:  # a question of this conversation comes first
                done = self._turn(held, message, Heard(message.id, message.text), False)
            if isinstance(done, Reply):
                return done, ()
            done = self._arriving(message, done)
            return held.save(message.id, done, push=message.channel in self.pushed), done.events

    def _arriving(self, message: Message, turn: Turn) -> Turn:
        aloud = message.channel in self.pushed
        return said_on_arrival(turn, aloud=aloud) if turn.arrives else turn

    def _typed(
        self, held: Held, message: Message, words: str, now: datetime
    ) -> Turn | Reply | None:
        quiet, tag = self.quiet, tag_here(held)
        return typed(held, message, words, self.guides, now, quiet=quiet, tag=tag)

    def _turn(self, held: Held, message: Message, heard: Heard, may_open: bool) -> Turn:
        talk, now = held.conversation, self.clock()
        if talk is None and not may_open:
            if held.moved:
                raise MovedConversation
            raise ErasedConversation if held.erased else UnknownConversation
        words = code_in(message)
        found = self._typed(held, message, words, now) if words else None
        if isinstance(found, Turn):
            return found
        if talk is not None:
            return self._advance(held, talk, message, heard, now)
        return self._open(held, message, heard, now, (found,) if found else ())

    def _advance(
        self, held: Held, talk: Conversation, message: Message, heard: Heard, now: datetime
    ) -> Turn:
        guide = self.guides.of(talk.guide, talk.version)
        heard = replace(_known(held, message, heard), drawn=four_words())
        turn = in_session(engine.advance(guide, talk, heard, now, self.quiet))
        if turn.leads:
            return follows(held, turn, message, self.guides, now, tag_here(held))
        return turn if turn.hands_over is None else self._next(turn, now)

    def _open(
        self, held: Held, message: Message, heard: Heard, now: datetime, first: tuple[Reply, ...]
    ) -> Turn:
        if self.short():
            raise NoRoom(NO_ROOM)
        if message.address is not None and (wait := held.opens(message.address, self.openings)):
            raise TooFast(wait)
        guide = self._guide(message.guide)
        new = new_conversation(guide, message.channel, message.origin, now)
        if held.shared or held.moved:  # the buttons of other conversations are still shown here
            new = replace(new, tag=new_tag())
        if held.moved:
            first = (*first, Reply("return.elsewhere"))
        elif held.erased:
            first = (*first, Reply("erased.before"))
        turn = engine.start(guide, new, now, heard)
        return replace(turn, replies=(*first, *persons.tagged(new, turn.replies)))

    def _recalled(self, held: Held, turn: Turn) -> Turn:
        """With the moment of the reminder, when it has just been accepted."""
        before, talk = held.conversation, turn.conversation
        newly = before is not None and before.recall != talk.recall == "accepted"
        return (
            replace(turn, reminder=(self.clock() + self.recall_after, reminder()))
            if newly
            else turn
        )

    def _to_whom_it_was(self, held: Held, given: Given) -> Given:
        """What was answered is said again to the same person, who gives their code first."""
        talk = held.conversation
        if talk is None and held.moved and not given.erased:
            elsewhere = (Reply("return.elsewhere"),)
            return Given(given.conversation, 0, elsewhere, False, given.guide, given.version)
        if talk is None or given.erased:
            return given
        if given.conversation != talk.id:
            told: tuple[Reply, ...] = (Reply("stale.message"),)
        elif not (told := self.asks_code(talk)):
            return given
        return Given(talk.id, 0, told, talk.over, talk.guide, talk.version)

    def _next(self, left: Turn, now: datetime) -> Turn:
        """The next person on the same phone begins, in a conversation of their own."""
        before = left.conversation
        try:
            guide = self.guides.current(before.guide)
        except KeyError:
            guide = self.guides.of(before.guide, before.version)
        new = new_conversation(guide, before.channel, before.origin, now)
        of_helper = left.hands_over is not None and left.hands_over.helped == "by_helper"
        new = replace(new, tag=new_tag(), helper=before.helper if of_helper else None)
        return in_session(engine.follow(guide, new, left, now))

    def _guide(self, asked: str | None) -> Guide:
        """The guide asked for; today's own when a link names one that is gone."""
        try:
            return self.guides.current(asked)
        except KeyError:
            return self.guides.current(None)

    async def _act(self, events: tuple[Event, ...], conversation: str) -> None:
        for event in events:
            for action in (*self.actions.get(event.name, ()), *self.actions.get("*", ())):
                try:
                    await action(event, conversation)
                except Exception as error:  # an action may fail; the conversation may not
                    log.error("action_failed", event_name=event.name, error=type(error).__name__)


def _known(held: Held, message: Message, heard: Heard) -> Heard:
    """With the keyed hash of a code, and whether an edit is of this person's own words."""
    if digits := digits_in(heard.text):
        heard = replace(heard, code=held.hash_code(digits))
    about = message.edits or message.hears
    edited = held.given(about) if about else None
    if edited is None or held.conversation is None:
        return heard
    return replace(heard, before=edited.conversation != held.conversation.id)
