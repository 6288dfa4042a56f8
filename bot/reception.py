"""One incoming message, from the door to the answer: the file to read first."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from bot import engine, persons
from bot.ceiling import Ceiling
from bot.errors import ErasedConversation, UnknownConversation
from bot.guide import Guide
from bot.locking import QUIET, asking, asleep, digits_in
from bot.model import Conversation, Event, Given, Heard, Message, Reply, Turn
from bot.ports import Action, Held, Store, Threads, Understander
from bot.voices import takes_voice

log = structlog.get_logger(__name__)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no look-alikes: neither 0 nor O, 1, I nor L


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
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.store, self.threads, self.understander = store, threads, understander
        self.guides, self.actions, self.pushed, self.clock = guides, actions, pushed, clock
        self.ceiling, self.quiet = ceiling, quiet

    async def receive(self, message: Message, *, may_open: bool = True) -> Given:
        """Answer one message. Safe to call again with the same message.

        Raises UnknownConversation or ErasedConversation when there is none and `may_open` is
        false, DatabaseBusy or TooFast when the same message should be sent again.
        """
        self.ceiling.attempt((message.channel, message.sender))
        heard = await self.understander.understand(message)
        heard = replace(heard, sound=message.sound, hears=message.hears)
        given, events = await self.threads.run(self._answer, message, heard, may_open)
        await self._act(events, given.conversation)
        return given

    async def takes_voice(self, message: Message) -> bool:
        """Whether a voice message would be kept now, so that it is worth fetching.

        Raises DatabaseBusy or TooFast when the same message should be sent again.
        """
        self.ceiling.check((message.channel, message.sender))
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
            if held.conversation and not held.conversation.paused:
                paused = Turn(replace(held.conversation, paused=True), (), (Event("left"),))
                held.save(f"left {self.clock().isoformat()}", paused, push=False)

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
        """One lock, one transaction: the message, its answer, the new place and the replies."""
        person = (message.channel, message.sender)
        with self.store.hold(message.channel, message.sender) as held:
            if (given := held.given(message.id)) is not None:
                given = self._to_whom_it_was(held, given)
                self.guides.of(given.guide, given.version)  # read here, before it is worded
                return given, ()
            self.ceiling.check(person)
            turn = self._turn(held, message, heard, may_open)
            given = held.save(message.id, turn, push=message.channel in self.pushed)
        self.ceiling.count(person)
        return given, turn.events

    def _turn(self, held: Held, message: Message, heard: Heard, may_open: bool) -> Turn:
        talk, now = held.conversation, self.clock()
        if talk is not None:
            guide = self.guides.of(talk.guide, talk.version)
            heard = _known(held, message, heard)
            turn = _in_session(engine.advance(guide, talk, heard, now, self.quiet))
            return turn if turn.hands_over is None else self._next(turn, now)
        if not may_open:
            raise ErasedConversation if held.erased else UnknownConversation
        guide = self._guide(message.guide)
        new = new_conversation(guide, message.channel, message.origin, now)
        if held.shared:  # the buttons of the persons before are still shown here
            new = replace(new, tag=new_tag())
        turn = engine.start(guide, new, now, heard)
        first = (Reply("erased.before"),) if held.erased else ()
        return replace(turn, replies=(*first, *persons.tagged(new, turn.replies)))

    def _to_whom_it_was(self, held: Held, given: Given) -> Given:
        """What was answered is said again to the same person, who gives their code first."""
        talk = held.conversation
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
        return _in_session(engine.follow(guide, new, left, now))

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


def new_conversation(guide: Guide, channel: str, origin: str | None, now: datetime) -> Conversation:
    return Conversation(
        id=secrets.token_hex(16),
        reference=new_reference(),
        guide=guide.guide,
        version=guide.version,
        channel=channel,
        started=now,
        origin=origin,
    )


def _known(held: Held, message: Message, heard: Heard) -> Heard:
    """With the keyed hash of a code, and whether an edit is of this person's own words."""
    if digits := digits_in(heard.text):
        heard = replace(heard, code=held.hash_code(digits))
    about = message.edits or message.hears
    edited = held.given(about) if about else None
    if edited is None or held.conversation is None:
        return heard
    return replace(heard, before=edited.conversation != held.conversation.id)


def _in_session(turn: Turn) -> Turn:
    """Those who come through one helper share a random mark, which says nothing of the helper."""
    talk = turn.conversation
    if (talk.helped == "by_helper") == (talk.helper is not None):
        return turn
    helper = secrets.token_hex(8) if talk.helper is None else None
    return replace(turn, conversation=replace(talk, helper=helper))


def new_tag() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(3))


def new_reference() -> str:
    """A reference to read over the phone, such as "K7QF-3M2P"."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"
