"""Rasa seen from the application: a text in, its intent and its names out."""

from __future__ import annotations

import asyncio
import math
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import httpx

from bot.errors import UnderstandingError
from bot.model import Entity
from nlu.breaker import Breaker
from nlu.words import has_words

MAX_TEXT = 1_000
SHORT = 0.5  # seconds to say how it is
NAME = re.compile(r"[a-z_]{1,40}")


class Parsed(NamedTuple):
    """What Rasa makes of a text. `intent` is None when it has nothing to say."""

    intent: str | None
    confidence: float
    entities: tuple[Entity, ...]
    ranking: tuple[tuple[str, float], ...] = ()  # the likeliest intents, best first


NOTHING = Parsed(None, 0.0, ())


class Rasa:
    """Asks the understanding server, at most `at_once` texts together, `timeout` seconds in all.

    `socket` or `url` says where it is. `running` says whether asking makes sense yet: until then
    it refuses at once, and the breaker learns nothing.
    """

    def __init__(
        self,
        *,
        socket: Path | None = None,
        url: str | None = None,
        timeout: float = 1.5,
        at_once: int = 2,
        breaker: Breaker | None = None,
        running: Callable[[], bool] = lambda: True,
    ) -> None:
        if (socket is None) == (url is None):
            raise ValueError("either a socket or a url")
        self._client = httpx.AsyncClient(
            base_url=url or "http://rasa",
            transport=httpx.AsyncHTTPTransport(uds=str(socket)) if socket else None,
            timeout=timeout,
            trust_env=False,
        )
        self._timeout, self._running = timeout, running
        self._turns = asyncio.Semaphore(at_once)
        self.breaker = breaker or Breaker()
        self.told: Callable[[str, float], None] = lambda *_: None  # "answered" or "failed", seconds

    async def parse(self, text: str) -> Parsed:
        """What the text means. Raises UnderstandingError, and nothing else, within the timeout."""
        asked, removed = _clean(text)
        if not has_words(asked, least=2):
            return NOTHING
        if not self._running():
            raise UnderstandingError("la compréhension n'est pas encore prête")
        if not self.breaker.lets_pass():
            raise UnderstandingError("la compréhension est en panne : nouvel essai bientôt")
        asked_at = monotonic()
        try:
            async with asyncio.timeout(self._timeout), self._turns:
                answer = await self._client.post("/model/parse", json={"text": asked})
                answer.raise_for_status()
            parsed = _read(answer.json(), text, asked, removed)
        except asyncio.CancelledError:
            self.breaker.gave_up()
            raise
        except Exception as error:  # whatever goes wrong over there, the words remain
            self.breaker.failed()
            self.told("failed", monotonic() - asked_at)
            # "from None": an error from there may quote the text
            raise UnderstandingError(f"compréhension : {type(error).__name__}") from None
        self.breaker.worked()
        self.told("answered", monotonic() - asked_at)
        return parsed

    async def alone(self) -> bool | None:
        """Whether the server says that it left the network; None when it says nothing."""
        if not self._running():
            return None
        try:
            async with asyncio.timeout(SHORT):
                told = (await self._client.get("/status")).json()["alone"]
        except Exception:  # whatever goes wrong over there, it is not known
            return None
        return told if isinstance(told, bool) else None

    async def close(self) -> None:
        await self._client.aclose()


def _clean(text: str) -> tuple[str, int]:
    """The text as Rasa may see it, and how many characters were taken off its start.

    Invisible characters become spaces, so that the places of what is found stay true; a leading
    « / » would be taken for an intent.
    """
    seen = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in text)
    kept = seen.lstrip(" \t\n/")
    return kept[:MAX_TEXT].rstrip(), len(seen) - len(kept)


def _read(body: Any, text: str, asked: str, removed: int) -> Parsed:
    """Rasa's answer, or ValueError if it is not one."""
    if not isinstance(body, dict) or not isinstance(body.get("intent"), dict):
        raise ValueError("no intent")
    name, confidence = _intent(body["intent"])
    ranked = body.get("intent_ranking", [])
    if not isinstance(ranked, list) or not all(isinstance(one, dict) for one in ranked):
        raise ValueError("not a ranking")
    ranking = tuple((one, sure) for one, sure in map(_intent, ranked) if one)
    found = body.get("entities", [])
    if not isinstance(found, list):
        raise ValueError("not entities")
    entities = tuple(_entity(one, text, len(asked), removed) for one in found)
    return Parsed(name, confidence, entities, ranking)


def _intent(found: dict[str, Any]) -> tuple[str | None, float]:
    name, confidence = found.get("name"), found.get("confidence")
    if name is not None and not (isinstance(name, str) and NAME.fullmatch(name)):
        raise ValueError("not an intent")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float):
        raise ValueError("not a confidence")
    if not (math.isfinite(confidence) and -1e-6 <= confidence <= 1 + 1e-6):
        raise ValueError("not a confidence")
    return name, min(max(float(confidence), 0.0), 1.0) if name else 0.0


def _entity(found: Any, text: str, length: int, removed: int) -> Entity:
    if not isinstance(found, dict):
        raise ValueError("not an entity")
    kind, value = found.get("entity"), found.get("value")
    start, end = found.get("start"), found.get("end")
    if not (isinstance(kind, str) and NAME.fullmatch(kind) and isinstance(value, str)):
        raise ValueError("not an entity")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= length:
        raise ValueError("not in the text")
    words = text[start + removed : end + removed]
    return Entity(kind, value, words, words, start + removed, end + removed)
