"""What the API and the page both do with a conversation, given its token."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any, Protocol

from bot.asking import named
from bot.ceiling import Window
from bot.channels.web_copy import readable
from bot.channels.web_door import new_token
from bot.channels.web_problems import (
    Problem,
    erased,
    locked,
    moved,
    opened_before,
    too_fast,
    too_many,
    too_often,
    unknown_guide,
    unknown_token,
    unknown_tokens,
)
from bot.channels.web_reading import OPENING
from bot.errors import (
    ErasedConversation,
    MovedConversation,
    StorageError,
    TooFast,
    UnknownConversation,
)
from bot.guide import Guide
from bot.key_age import ends
from bot.model import RETURN_GIVEN, Conversation, Exchange, Given, Message, Reply
from bot.ports import Store, Threads
from bot.reception import Guides, Reception
from bot.wording import Wording

CHANNEL = "web"
OPENS_AGAIN = timedelta(minutes=15)  # how long a lost answer to an opening can be asked again
STRANGERS = 300  # unknown tokens of one address in an hour
READINGS = 2  # for one turn: a page without script reads all again after each message
COPIES = 5  # in a minute, and as many requests to erase
REREAD = frozenset({"code.right", "return.done"})  # said first in what is to be read again
RIGHT_TO_LEFT = frozenset({"ar", "fa", "ps"})


class WebStore(Store, Protocol):
    """Memory, the copy of one person's data, and the tokens of opening ids."""

    def copy(self, channel: str, sender: str) -> dict[str, Any]: ...

    def token(self, guide: str, opening: str) -> str: ...

    def key_since(self) -> date | None: ...

    def stranger(self, address: str, most: int) -> float: ...


@dataclass(frozen=True, slots=True)
class Thread:
    """A whole conversation, in words."""

    guide: Guide
    finished: bool
    exchanges: tuple[Shown, ...]
    conversation: str  # its id: another person on this phone has another
    closed: bool = False  # by a code: nothing is shown but its question


@dataclass(frozen=True, slots=True)
class Shown:
    """One exchange, in words: what the person said, and the replies ready for JSON."""

    turn: int
    said: str
    at: str
    replies: list[dict[str, Any]] = field(default_factory=list)


class Talk:
    """Opens, tells, reads again, copies and erases."""

    def __init__(
        self,
        reception: Reception,
        store: WebStore,
        threads: Threads,
        wording: Wording,
        guides: Guides,
    ) -> None:
        self.reception, self.store, self.threads = reception, store, threads
        self.wording, self.guides = wording, guides
        self._readings = Window(READINGS * reception.ceiling.per_minute)
        self._copies, self._erasures = Window(COPIES), Window(COPIES)

    def guide(self, name: str | None) -> Guide:
        """Today's version. Raises Problem 404."""
        try:
            return self.guides.current(name)
        except KeyError:
            raise unknown_guide() from None

    async def backups_forget(self) -> bool:
        """Whether we may promise when. When the memory is away, we promise nothing."""
        try:
            made = await self.threads.run(self.store.key_since)
        except StorageError:
            return False
        return ends(made, self.reception.clock().date())

    async def open(
        self,
        guide: str | None,
        origin: str | None,
        opening: str | None = None,
        address: str = "",
    ) -> tuple[str, Given]:
        """A new conversation and its token; the same again for the same secret `opening`.

        That holds for a few minutes, while nothing is answered: whoever finds the secret later
        enters nobody's conversation. Raises Problem 404, 409, 429.
        """
        today = self.guide(guide)
        token = new_token() if opening is None else self.store.token(today.guide, opening)
        message = Message(CHANNEL, token, OPENING, guide=guide, origin=origin, address=address)
        try:
            given = await self.reception.receive(message)
        except TooFast as error:
            raise too_many(error.after) from None
        if opening is not None and not await self.threads.run(self._just_opened, token, given):
            raise opened_before()
        return token, given

    def _just_opened(self, token: str, given: Given) -> bool:
        try:
            talk, exchanges = self.store.thread(CHANNEL, token)
        except (ErasedConversation, UnknownConversation):
            return False
        alone = [one.turn for one in exchanges] == [1] and given.turn == 1  # not the next person's
        return alone and self.reception.clock() - talk.started <= OPENS_AGAIN

    async def come_back(self, token: str, id: str, words: str, address: str) -> Given | str:
        """To the conversation of this return code, or the sentence that says why not.

        Raises Problem 429.
        """
        message = Message(CHANNEL, token, id, words, address=address)
        try:
            done = await self.reception.come_back(message)
        except TooFast as error:
            raise too_fast(error.after) from None
        if isinstance(done, Given):
            return done
        return self.wording.say(done, self.guides.current(None)).text

    async def tell(
        self, token: str, id: str, text: str, choice: str | None, address: str = ""
    ) -> Given:
        """The answer to one message. Raises Problem 401, 410 or 429."""
        message = Message(CHANNEL, token, id, text, choice, address=address)
        try:
            return await self.reception.receive(message, may_open=False)
        except TooFast as error:
            raise too_fast(error.after) from None
        except ErasedConversation:
            raise erased() from None
        except MovedConversation:
            raise moved() from None
        except UnknownConversation:
            raise await self._stranger(address) from None

    async def _stranger(self, address: str | None) -> Problem:
        """A token that nobody was given; 429 for a connection that tries many, if it is counted."""
        if address is None:
            return unknown_token()
        wait = await self.threads.run(self.store.stranger, address, STRANGERS)
        return unknown_tokens(wait) if wait else unknown_token()

    async def thread(
        self, token: str, address: str | None = None, *, opened: bool = False
    ) -> Thread:
        """All that was said, or the question of the code. Raises Problem 401, 410 or 429.

        `opened`: the page is opened again, so the code is asked whatever the time.
        """
        _not_too_often(self._readings, token)
        try:
            talk, exchanges, guide = await self.threads.run(self._thread, token)
            if opened and talk.lock is not None:
                await self.threads.run(self.reception.closed, CHANNEL, token)
                talk = replace(talk, lock=replace(talk.lock, seen=None))
        except ErasedConversation:
            raise erased() from None
        except MovedConversation:
            raise moved() from None
        except UnknownConversation:
            raise await self._stranger(address) from None
        if asked := self.reception.asks_code(talk):
            now = self.reception.clock().isoformat(timespec="seconds")
            only = Shown(0, "", now, self.replies(0, asked, guide))
            return Thread(guide, False, (only,), talk.id, closed=True)
        shown = tuple(
            Shown(
                one.turn,
                self._said(one, guide),
                one.at.isoformat(timespec="seconds"),
                self.replies(one.turn, one.replies, guide),
            )
            for one in exchanges
        )
        return Thread(guide, talk.over, shown, talk.id)

    def _thread(self, token: str) -> tuple[Conversation, tuple[Exchange, ...], Guide]:
        talk, exchanges = self.store.thread(CHANNEL, token)
        return talk, exchanges, self.guides.of(talk.guide, talk.version)

    async def copy(self, token: str, address: str | None = None) -> dict[str, Any]:
        """All that is stored, in words, without the token. Raises Problem 401, 410 or 429."""
        _not_too_often(self._copies, token)
        if (copied := await self.threads.run(self._copy, token)) is None:
            raise await self._stranger(address)
        return copied

    def _copy(self, token: str) -> dict[str, Any] | None:
        try:
            talk, _ = self.store.thread(CHANNEL, token)
        except (ErasedConversation, UnknownConversation):
            talk = None
        if talk is not None and self.reception.asks_code(talk):
            raise locked()
        kept = self.store.copy(CHANNEL, token)
        if not kept["conversations"]:
            if kept["erased_before"]:
                raise erased()
            return None
        return readable(kept, self.guides.of, self._said, self.replies)

    async def erase(self, token: str, address: str | None = None) -> None:
        """Erase everything; again is as well. Raises Problem 401 or 429."""
        _not_too_often(self._erasures, token)
        if await self.threads.run(partial(self.store.forget, CHANNEL, token)):
            return
        try:
            await self.threads.run(self.store.thread, CHANNEL, token)
        except ErasedConversation:
            return
        except UnknownConversation:
            raise await self._stranger(address) from None

    def reread(self, given: Given) -> bool:
        """Whether the thread is another one now: somebody begins, or comes back."""
        return given.turn == 1 or any(reply.key in REREAD for reply in given.replies)

    def code(self, given: Given) -> str | None:
        """The return code that is told now, and never again."""
        told = (reply.values["words"] for reply in given.replies if reply.key == RETURN_GIVEN)
        return next(told, None)

    def given(self, given: Given) -> list[dict[str, Any]]:
        """The replies of one turn, ready for JSON. Their ids never change."""
        guide = self.guides.of(given.guide, given.version)
        return self.replies(given.turn, given.replies, guide)

    def replies(self, turn: int, replies: tuple[Reply, ...], guide: Guide) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = []
        for number, reply in enumerate(replies, 1):
            said = self.wording.say(reply, guide)
            if said.text or said.choices:
                choices = [{"label": c.label, "value": c.value} for c in said.choices]
                one = {"id": f"{turn}.{number}", "text": said.text, "choices": choices}
                shown.append(one if said.language is None else one | _foreign(said.language))
        return shown

    def _said(self, one: Exchange, guide: Guide) -> str:
        """The person's side; "@code" is a button that is no answer."""
        said = one.said
        if not one.pressed or not said.startswith("@"):
            return said
        step = guide.steps.get(said.removeprefix("@change_"))
        label = self.wording.label(f"@change {named(step)}" if step else said)
        return "" if label.startswith("@media.") else label


def _not_too_often(window: Window, token: str) -> None:
    """Raises Problem 429. Each server counts its own: what is spared is its time."""
    try:
        window.take((CHANNEL, token))
    except TooFast as error:
        raise too_often(error.after) from None


def _foreign(language: str) -> dict[str, str]:
    """How a text that is not French is written."""
    return {"language": language, "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr"}
