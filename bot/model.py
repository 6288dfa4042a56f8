"""The nouns. Frozen values that every part of Parole shares; nothing here acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class Spot(NamedTuple):
    """One asking of one step. A repeated section asks its steps again in the next round."""

    step: str
    round: int = 0

    def __str__(self) -> str:
        return f"{self.step}.{self.round}" if self.round else self.step

    @classmethod
    def parse(cls, written: str) -> Spot:
        """The spot that `str` wrote. Raises ValueError for anything else."""
        step, dot, number = written.partition(".")
        if not step or (dot and not (number.isascii() and number.isdigit())):
            raise ValueError("not a spot")
        return cls(step, int(number or 0))


class State(StrEnum):
    """What became of a question. `NOT_ASKED` is never stored: it is the absence of an answer."""

    ANSWERED = "answered"
    SKIPPED = "skipped"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"


VOICES = ("voice", "transcribed", "confirmed", "corrected", "listened")


@dataclass(frozen=True, slots=True)
class Sound:
    """A voice message: its bytes, or the code that says why there are none."""

    seconds: int
    kind: str = "audio/ogg"  # its media type
    octets: bytes = field(default=b"", repr=False)
    refused: str | None = None  # "too_long", "too_big" or "lost"
    at_most: int = 0  # the limit it went over: seconds, or kilobytes
    listening: bool = False  # a program will write it down; else a person


@dataclass(frozen=True, slots=True)
class Part:
    """Words of the person, untouched, and the message they came in (so that an edit finds them)."""

    message: str
    text: str
    language: str | None = None  # ISO 639-1, of a free text; None when unknown
    beside: bool = False  # some words of a message that was typed at another question
    origin: str | None = None  # typed; else a key of VOICES: how a voice message became words
    masked: str | None = None  # the same words without what points to a person, if it was found


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its codes, their labels and the words typed, side by side."""

    state: State
    at: datetime
    values: tuple[str, ...] = ()  # codes; empty for an open text
    labels: tuple[str, ...] = ()  # what the codes meant to the person when they answered
    parts: tuple[Part, ...] = ()
    draft: bool = False  # more messages may still come
    version: str | None = None  # consent: the version of the text agreed to
    masking: str | None = None  # "accepted", "refused" or "later"; None until it is asked
    probed: bool = False  # a little more was asked for, once

    @property
    def text(self) -> str:
        """The words typed, one message per line."""
        return "\n".join(part.text for part in self.parts if part.text or not part.origin)

    @property
    def names_someone(self) -> bool:
        """Whether something in the words points to a person."""
        return any(part.masked is not None for part in self.parts)

    @property
    def kept(self) -> str:
        """The version that is read back, one message per line."""
        parts = zip(self.parts, self.leaving, strict=True)
        return "\n".join(words for part, words in parts if words or not part.origin)

    @property
    def leaving(self) -> tuple[str, ...]:
        """The words that may leave, message by message: masked, unless the person refused."""
        if self.masking == "refused":
            return tuple(part.text for part in self.parts)
        return tuple(p.text if p.masked is None else p.masked for p in self.parts)

    @property
    def filled(self) -> bool:
        """Nobody asked: words typed at another question gave this answer as well."""
        return bool(self.parts) and all(part.beside for part in self.parts)

    @property
    def language(self) -> str | None:
        """The language of the longest message whose language is known."""
        known = [part for part in self.parts if part.language]
        return max(known, key=lambda part: len(part.text)).language if known else None


@dataclass(frozen=True, slots=True)
class Lock:
    """Four digits are asked before anything of the past is said again. Only their keyed hash."""

    hash: str
    seen: datetime | None = None  # when the person was last here; None: ask whatever the time
    wrong: int = 0  # tries that failed, in a row
    wait: datetime | None = None  # no try before this moment


@dataclass(frozen=True, slots=True)
class Untold:
    """What staff decided of a contribution, still to be said to its author."""

    turn: int  # where the thread has it
    reference: str
    what: str  # a decision and its reason, or « merged »


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where one person stands in one guide. Everything needed to resume is here."""

    id: str  # random, never shown to anyone
    reference: str  # what the person is given, e.g. "K7QF-3M2P"
    guide: str
    version: str
    channel: str
    started: datetime
    at: Spot | None = None  # the question awaiting an answer; None once finished
    answers: Mapping[Spot, Answer] = field(default_factory=dict)
    pending: str | None = None  # our own question: "erase", "restart", "correct", "meant", "danger"
    simpler: bool = False
    paused: bool = False
    finished: bool = False
    astray: int = 0  # digressions or refusals in a row at this question
    origin: str | None = None  # the link that brought the person here
    told_in: Mapping[str, datetime] = field(default_factory=dict)  # language: when last said so
    helped: str = "none"  # "none", "with_help" or "by_helper"
    helper: str | None = None  # random: the same for all who came through one helper's session
    helper_said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # state, code, label
    tag: str = ""  # said by its buttons, once another person used this phone before
    lock: Lock | None = None
    numbers: tuple[str, ...] = ()  # the dangers for which the numbers were all shown
    withheld: Part | None = None  # words that gave an alarm: an answer only if the person goes on
    may_return: bool = False  # a return code leads here
    wanted: str = ""  # the hash of another's return code, while we ask whether to go there
    recall: str = ""  # the reminder: "asked", "accepted", "declined" or "over"; empty: not asked
    untold: tuple[Untold, ...] = ()  # decided by staff while a code closed a phone, oldest first

    @property
    def opening(self) -> str:
        """How the words begin that gave an alarm, without what points to a person."""
        part = self.withheld
        words = ((part.text if part.masked is None else part.masked) if part else "").split()
        return " ".join(words[:5])[:30]

    @property
    def over(self) -> bool:
        """Finished, and nothing is being asked any more."""
        return self.finished and self.at is None and self.pending is None


@dataclass(frozen=True, slots=True)
class Message:
    """What arrived at a door."""

    channel: str
    sender: str
    id: str  # unique for this sender; the same id is the same message
    text: str = ""
    choice: str | None = None  # the value of a pressed button
    media: str | None = None  # "voice", "photo", "sticker", "location", "other"
    edits: str | None = None  # the id of the message that this one corrects
    guide: str | None = None
    origin: str | None = None
    sound: Sound | None = None  # of a voice message that was fetched, or refused
    hears: str | None = None  # the id of the voice message whose words `text` is
    # Of the connection, "" when unknown, None for a door without any; only its hash is counted.
    address: str | None = field(default=None, repr=False)
    sent: datetime | None = field(default=None, compare=False)  # as the channel says


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that broke the program, set aside: the fact, and the message if it may be kept."""

    number: int
    channel: str
    on: date
    place: str  # in the program: the kind of error, and its line
    kept: bool  # with its words, sealed; never those of somebody who has not consented
    tried: int = 0  # times it was received again, and broke the program again
    conversation: str = ""
    at: str | None = None  # what was being asked
    untouched: bool = False  # nothing was said in its conversation since
    message: Message | None = field(default=None, repr=False)  # only when it is opened


@dataclass(frozen=True, slots=True)
class Entity:
    """Something recognised in a text. Offsets are in code points, end exclusive."""

    kind: str  # "department", "job", "structure", …
    value: str
    label: str
    text: str
    start: int
    end: int
    sure: bool = True  # else believed only where it is asked for


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood of a message, whatever was being asked."""

    message: str
    text: str = ""
    spelled: str = ""  # the same words in ordinary spelling, if they were typed otherwise
    choice: str | None = None
    media: str | None = None
    edits: str | None = None
    intent: str | None = None
    confidence: float = 0.0
    exact: bool = False  # the intent comes from a listed word, not from a model
    alone: bool = False  # a danger that a model hears, and no word of danger is there
    ranking: tuple[tuple[str, float], ...] = ()  # a model's likeliest intents, best first
    entities: tuple[Entity, ...] = ()
    language: str | None = None
    code: str | None = None  # the keyed hash of the four digits typed
    before: bool = False  # an edit of what an earlier person wrote on this phone
    sound: Sound | None = None
    hears: str | None = None
    masked: str | None = None  # the words without what points to a person, if it was found
    drawn: str = field(default="", repr=False)  # four words, should a return code be asked for

    def likely(self, intent: str) -> float:
        """How likely the model finds this intent, the first or not."""
        ranked = self.ranking or ((self.intent, self.confidence),)
        return next((sure for name, sure in ranked if name == intent), 0.0)


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what it says and what it sends, at most 64 bytes of UTF-8 (Telegram's limit)."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Said:
    """A reply in words, ready for a channel."""

    text: str
    choices: tuple[Choice, ...] = ()
    language: str | None = None  # ISO 639-1 of the text, when it is not French


@dataclass(frozen=True, slots=True)
class Reply:
    """One thing to say: a key of the sentences, never a sentence."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)
    spot: Spot | None = None  # the question it is about, for keys that quote the guide
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, without anybody's words."""

    name: str
    spot: Spot | None = None
    about: str = ""  # a code, never free text


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice message kept in an answer: the part with the same message stands for it."""

    spot: Spot
    message: str
    sound: Sound


@dataclass(frozen=True, slots=True)
class Handover:
    """What the next conversation on this phone begins with: all that is known of who helps."""

    helped: str = "none"
    answers: Mapping[Spot, Answer] = field(default_factory=dict)
    simpler: bool = False


RETURN_TOLD, RETURN_GIVEN = "return.told", "return.given"  # as the thread says it; as it is said


@dataclass(frozen=True, slots=True)
class Sought:
    """What four words typed as a return code are: the code's hash, or a wait, or nothing known."""

    code: str = ""
    conversation: str = ""
    wait: float = 0.0  # seconds before another try


@dataclass(frozen=True, slots=True)
class Turn:
    """The outcome of one message."""

    conversation: Conversation
    replies: tuple[Reply, ...]
    events: tuple[Event, ...] = ()
    said: str = ""  # the person's side of the thread; empty until they have consented
    pressed: bool = False  # `said` is a button's label or a key of ours, not their words
    erase: bool = False  # forget this conversation, all of it
    afresh: bool = False  # forget all that was said before this turn; the reference stays
    hands_over: Handover | None = None  # somebody else begins a conversation on this phone now
    leaves: Turn | None = None  # the conversation that was there before, as it is left
    voice: Voice | None = None  # to keep with this turn
    words: str = field(default="", repr=False)  # the return code given now, kept nowhere in words
    leads: str = ""  # the hash of the return code to follow, once this conversation is left
    arrives: str = ""  # the hash of the return code that brought the conversation to this door
    reminder: tuple[datetime, Reply] | None = None  # said then, unless the person is back before

    @property
    def aloud(self) -> tuple[Reply, ...]:
        """The replies as they are said now; what the thread keeps is without the words."""
        if not self.words:
            return self.replies
        said = {"words": self.words}
        return tuple(
            replace(one, key=RETURN_GIVEN, values=said) if one.key == RETURN_TOLD else one
            for one in self.replies
        )


@dataclass(frozen=True, slots=True)
class Given:
    """What a door has to pass on, the same each time the same message arrives."""

    conversation: str
    turn: int
    replies: tuple[Reply, ...]
    finished: bool  # and nothing is being asked any more
    guide: str
    version: str
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn of the thread, as it is shown again to a person who comes back."""

    turn: int
    said: str
    replies: tuple[Reply, ...]
    at: datetime
    pressed: bool = False  # `said` is a button's label or a key of ours, not their words


@dataclass(frozen=True, slots=True)
class Recording:
    """A voice message as it is kept, and whose it is."""

    conversation: str
    reference: str
    number: int  # of the turn that kept it
    channel: str
    sender: str = field(repr=False)
    received_on: date
    voice: Voice


@dataclass(frozen=True, slots=True)
class Contribution:
    """An experience or a proposal as the synthesis refers to it."""

    reference: str  # "E-000123" or "P-000124": public, never given twice
    kind: str  # "experience" or "proposal"
    round: int
    made_on: date


@dataclass(frozen=True, slots=True)
class Participation:
    """One run through one guide, as it leaves for an export."""

    conversation: Conversation
    contributions: tuple[Contribution, ...]
    status: str  # "open", "paused" or "finished"
    active_on: date
    alarms: int = 0  # how many times a danger was told; never the words


@dataclass(frozen=True, slots=True)
class Parcel:
    """A reply waiting in the outbox for a channel that pushes."""

    id: int
    channel: str
    address: str
    reply: Reply
    guide: str
    version: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that cannot be kept. `key` names the sentence that says what is possible."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
