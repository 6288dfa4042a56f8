"""What the model alone hears, and what the whole chain hears, as in a conversation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.nlu_report.scores import Guess
from bench.nlu_report.sets import Hand, files
from bench.understood import kept_apart
from bot.model import Heard, Message
from nlu.rasa import Parsed, Rasa
from nlu.understand import Understanding


class Once(Rasa):
    """Asks each text once: what the model says of it does not change."""

    def __init__(self, socket: Path) -> None:
        super().__init__(socket=socket, timeout=30)
        self._said: dict[str, Parsed] = {}

    async def parse(self, text: str) -> Parsed:
        if text not in self._said:
            self._said[text] = await super().parse(text)
        return self._said[text]


class Ears:
    """Every text heard once: by the model alone (`parsed`) and by the whole chain (`heard`)."""

    def __init__(self, rasa: Rasa | None) -> None:
        self._rasa, self._chain = rasa, Understanding(rasa)
        self._parsed: dict[str, Parsed] = {}
        self._heard: dict[str, Heard] = {}

    async def listen(self, texts: Iterable[str], *, model: bool = False) -> None:
        """Hear these texts; `model`: by the model alone too."""
        for text in texts:
            if text not in self._heard:
                self._heard[text] = await self._chain.understand(Message("", "", "1", text))
            if model and self._rasa and text not in self._parsed:
                self._parsed[text] = await self._rasa.parse(text)

    async def understand(self, message: Message) -> Heard:
        """What was heard of this text: stands for the chain where it is asked again."""
        return self._heard[message.text]

    def parsed(self, text: str) -> Parsed:
        return self._parsed[text]

    def heard(self, text: str) -> Heard:
        return self._heard[text]

    def model_guesses(self, hand: Hand) -> list[Guess]:
        return [
            Guess(intent, self.parsed(text).intent, self.parsed(text).confidence)
            for intent, text in _texts(hand)
        ]

    def chain_guesses(self, hand: Hand) -> list[Guess]:
        return [
            Guess(intent, self.heard(text).intent, self.heard(text).confidence)
            for intent, text in _texts(hand)
        ]


async def listened(rasa: Rasa | None, hands: Iterable[Hand]) -> Ears:
    """Ears that have heard every text of these hands, and the profiles."""
    ears = Ears(rasa)
    for hand in hands:
        await ears.listen((text for _, text in _texts(hand)), model=True)
        await ears.listen(case["text"] for case in hand.context)
        await ears.listen(text for texts in hand.distress.values() for text in texts)
    for file in files("entities").values():
        await ears.listen(case["text"] for case in kept_apart(file))
    return ears


def _texts(hand: Hand) -> Iterable[tuple[str, str]]:
    return ((intent, text) for intent, texts in hand.intents.items() for text in texts)
