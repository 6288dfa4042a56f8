"""What the conversation needs from outside. Each port has a real side and is tested on both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from bot.model import (
    Choice,
    Conversation,
    Event,
    Exchange,
    Given,
    Heard,
    Message,
    Parcel,
    Recording,
    Sought,
    Turn,
)

T = TypeVar("T")


class Understander(Protocol):
    """Says what a message means. Never raises: at worst the words come back as they are."""

    async def understand(self, message: Message) -> Heard: ...


class Held(Protocol):
    """One conversation, locked, inside one transaction."""

    conversation: Conversation | None  # None: a person we do not know
    erased: bool  # None, because the person had everything erased
    shared: bool  # None, and other persons' conversations began at this door
    moved: bool  # None, because it goes on at another door

    def given(self, message: str) -> Given | None:
        """What was already answered to the message with this id, or None."""
        ...

    def save(self, message: str, turn: Turn, *, push: bool, sent: datetime | None = None) -> Given:
        """Store the turn of this message id. `push` puts its replies in the outbox.

        `sent`: when the message was, if its channel says it.
        """
        ...

    def no_notice(self) -> None:
        """Nothing of what staff decided is sent to this person before they write."""
        ...

    def when(self) -> datetime | None:
        """When the last turn of the conversation held was saved."""
        ...

    def burst(self, turns: int) -> tuple[datetime, datetime] | None:
        """When the first and the last of so many last turns were sent, if there were as many."""
        ...

    def hash_code(self, digits: str) -> str:
        """A keyed hash of a person's code, for the conversation held and no other."""
        ...

    def opens(self, address: str, most: int) -> float:
        """Count one more conversation of this address in this hour, or the seconds to wait.

        "": of all those whose address is not known, together.
        """
        ...

    def seek(self, words: str, address: str) -> Sought:
        """Where a return code leads. A wrong one is counted, whatever is saved after."""
        ...

    def fetch(self, code: str) -> Conversation | None:
        """The conversation of this return code, locked: the next turn saved may bring it here."""
        ...


class Store(Protocol):
    """Memory. Plain calls that block: they run in the store's own threads."""

    def hold(self, channel: str, sender: str) -> AbstractContextManager[Held]:
        """Lock this person's conversation; leaving without an exception commits.

        Raises DatabaseBusy when the lock or the database cannot be had in time.
        """
        ...

    def met(self, channel: str, sender: str) -> bool:
        """Whether this person ever began anything here. Cheap: nothing is opened."""
        ...

    def thread(self, channel: str, sender: str) -> tuple[Conversation, tuple[Exchange, ...]]:
        """The whole conversation. Raises UnknownConversation, ErasedConversation."""
        ...

    def forget(self, channel: str, sender: str) -> bool:
        """Erase everything about this person's conversation. False if there was nothing."""
        ...

    def conversations(self) -> Iterator[Conversation]:
        """Every conversation, oldest first, streamed."""
        ...


class Outbox(Protocol):
    """Replies committed and not yet delivered, in order for each person."""

    def speaks(self, channel: str) -> bool:
        """Whether this process is the one that speaks on this channel, from now on."""
        ...

    def claim(self, channel: str, now: datetime, limit: int = 30) -> list[Parcel]:
        """The first waiting reply of each person, reserved for this process for 30 s."""
        ...

    def sent(self, parcel: int, at: datetime) -> None: ...

    def later(self, parcel: int, until: datetime) -> None: ...

    def drop(self, parcel: int, why: str) -> None:
        """Give up on this reply; `why` is a code."""
        ...

    def block(self, parcel: int, at: datetime) -> None:
        """The person blocked us: drop all that waits for them and pause the conversation."""
        ...


class Letters(Protocol):
    """Messages that broke the program, set aside."""

    def keep(
        self,
        channel: str,
        message: Message | None,
        place: str,
        agreed: Callable[[Conversation], bool],
    ) -> bool:
        """Set aside; whether the words are kept too, which `agreed` says of the conversation."""
        ...

    def again(self, number: int, place: str) -> None:
        """It was received again, and broke the program again, there."""
        ...

    def remove(self, number: int) -> bool: ...


class Voices(Protocol):
    """Voice messages kept that a program still has to write down."""

    def claim(self, now: datetime) -> Recording | None:
        """The oldest one, reserved for this process while it is listened to."""
        ...

    def done(self, conversation: str, number: int) -> None: ...


class Transcriber(Protocol):
    """Writes down a voice message. Blocking, and slow: never in the event loop.

    Raises TranscriptionError.
    """

    def load(self) -> None: ...

    def transcribe(self, octets: bytes) -> str: ...


class Threads(Protocol):
    """Where the blocking calls of the store run."""

    async def run(self, call: Callable[..., T], /, *args: Any, **kwargs: Any) -> T: ...


class Action(Protocol):
    """Something that follows from an event, after the commit."""

    async def __call__(self, event: Event, conversation: str) -> None: ...


class Speaker(Protocol):
    """A channel that pushes: says one reply to one person.

    Raises TryLater, Blocked, or SendingError for what the channel will never take.
    """

    async def say(self, address: str, text: str, choices: Iterable[Choice]) -> None: ...
