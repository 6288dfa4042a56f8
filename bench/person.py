"""One respondent by HTTP: reads the replies as a person does, and remembers what they said.

A question is recognised by its words and by its buttons' labels. A button's value is sent back as
it came; only its beginning is looked at, to know whether the question has changed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from random import Random
from typing import Any

from bench.people import Character
from bench.wire import Answered, Wire, written

DONE, AS_IT_WAS = "J'ai fini", "Garder ma réponse"
WAYS_OUT = frozenset({
    DONE, AS_IT_WAS, "Passer", "Je ne sais pas", "Je préfère ne pas répondre", "Plus simple",
})  # fmt: skip
MINE = "Non, garder mes mots"  # of a text that names somebody: the checks expect what was typed
SILENT, GO_ON = "M'arrêter là", "Continuer"  # after words that sound like a danger
PROPOSED = "« "  # a title in their own words
PLACES = ("Isère", "59", "Lille", "Seine-Saint-Denis", "2A", "Grenoble", "974", "je vis à Brest")
LIMIT = 400  # messages: nobody has that much to say
ALL_CLEAR = re.compile(r"\bgard|\b15 ans\b")  # an agreement, or the age: said before anything else


class Surprise(AssertionError):
    """The assistant did something that a person would complain about."""


class Person:
    """Plays one character to its end."""

    def __init__(self, character: Character, wire: Wire) -> None:
        self.who, self._wire = character, wire
        self._draw = Random(character.number)
        self._texts = iter(character.texts)
        self._moves = list(character.moves)
        self._said: dict[str, str] = {}  # the label chosen at each question
        self._wording: dict[str, str] = {}
        self._buttons: list[tuple[str, str]] = []  # (question, value), as they were seen
        self._replies: list[dict[str, Any]] = []
        self._agreed = self._ended = self._quoted = False
        self._rounds = 1
        self.token = ""
        self.choices: list[dict[str, str]] = []
        self.question = ""
        self.finished = self.erased = False
        self.kept: dict[str, list[str]] = {}  # question: the texts typed as its answer
        self.long: set[str] = set()  # the questions answered at length
        self.turns = self.typed = self.repeated = self.reloaded = self.otherwise = 0
        self.reference = ""

    async def live(self) -> None:
        """From the opening to the end that the character has."""
        opened = await self._wire.ask(
            "POST", "/api/conversations", None, written({"guide": self.who.guide})
        )
        self._check(opened, 201)
        told = opened.json()
        self.token = told["token"]
        self._hear(told["replies"])
        while not self.finished and not self._ended:
            if self.turns > LIMIT:
                raise Surprise(f"{self.turns} messages and still no end at {self.question}")
            await self._one_turn()
        await self._last_things()

    # ---- what a person does at a question

    async def _one_turn(self) -> None:
        labels = [choice["label"] for choice in self.choices]
        options = [
            label for label in labels if label not in WAYS_OUT and not label.startswith(PROPOSED)
        ]
        if MINE in labels:
            await self.press(MINE)
        elif labels == ["Passer"]:  # a little more is asked for
            await self.press("Passer")
        elif self.who.ending == "early" and self.long and self._draw.random() < 0.5:
            await self._finish_now()
        elif self._moves and self._agreed and self.turns > 6 and self._draw.random() < 0.25:
            await self._move(self._moves.pop(), options)
        elif AS_IT_WAS in labels and self._draw.random() < 0.3:
            await self.press(AS_IT_WAS)
        elif any(label.startswith("Changer") for label in options):
            await self._read_back(options)
        elif options and all(label.startswith(("Oui", "Non")) for label in options):
            await self._yes_or_no(options)
        elif options and not ("combien" in self._words() and self._draw.random() < 0.5):
            await self._choose(options)
        elif "combien" in self._words():
            await self._answer(str(self._draw.randrange(1, 40)))
        elif "département" in self._words():
            await self._answer(self._draw.choice(PLACES))
        elif "titre" in self.question or "titre" in self._words():  # easy words say « un nom »
            await self._title()
        else:
            await self._tell()

    async def _choose(self, options: Sequence[str]) -> None:
        """Press, or type the same words; when several are possible, sometimes one more."""
        mine = [label for label in options if self.who.public in label]
        label = self._draw.choice(mine or list(options))
        at = self.question
        await self._pick(label)
        if self.question == at and DONE in self._labels():
            more = [c for c in self._labels() if c not in WAYS_OUT and "✓" not in c]
            if self._draw.random() < 0.5 and more:
                await self.press(more[0])
            await self.press(DONE)

    async def _yes_or_no(self, options: Sequence[str]) -> None:
        words, at = self._words(), self.question
        yes = next(label for label in options if label.startswith("Oui"))
        no = next(label for label in options if label.startswith("Non"))
        wanted = yes if self._draw.random() < 0.6 else no
        if ALL_CLEAR.search(words):
            refuses = {"young": "15 ans", "declines": "gard"}.get(self.who.ending)
            wanted = no if refuses and refuses in words else yes
        elif "autre sujet" in words:
            wanted = yes if self._rounds < self.who.rounds else no
        wanted = self._said.get(at, wanted)
        if "autre sujet" in words and at not in self._said:
            self._rounds += wanted == yes
        if "gard" in words and wanted == yes:
            self._agreed = True
        await self._pick(wanted)

    async def _pick(self, label: str) -> None:
        at = self.question
        self._said[at] = label
        if self._draw.random() < self.who.typing:
            await self._answer(self._draw.choice((label, label.upper(), f"{label} ")))
        else:
            self.kept.pop(at, None)
            await self.press(label)

    async def _read_back(self, options: Sequence[str]) -> None:
        change = [label for label in options if label.startswith("Changer")]
        if not self._quoted and self._draw.random() < 0.3:
            self._quoted = True
            await self.press(self._draw.choice(change))
        elif self._draw.random() < self.who.typing / 2:
            await self._answer("oui")
        else:
            await self.press(next(label for label in options if label not in change))

    async def _answer(self, text: str) -> None:
        """A short typed answer, which the question takes."""
        at = self.question
        await self.say(text)
        if self.question == at and not self.finished:
            raise Surprise(f"a right answer was refused at {at}")
        self._keep(at, [text])

    async def _title(self) -> None:
        at, text = self.question, self._next_text()[:120].strip()
        await self.say(text)
        self._keep(at, [text])

    async def _tell(self) -> None:
        """An open answer, in one to four messages; some ask for help in between."""
        at, parts = self.question, []
        for number in range(self._draw.randint(1, 4)):
            if number and self._draw.random() < 0.1:
                await self.say("aide")
            parts += await self._part(self._next_text())
        if not parts:
            return
        self._keep(at, parts)
        self.long.add(at)
        if self._draw.random() < 0.6 and await self._leaves_here():
            return
        if self._draw.random() < 0.7:
            await self.press(DONE)
        else:
            await self.say("j'ai fini")

    async def _part(self, text: str) -> list[str]:
        """One message of an open answer; sent again in halves when it is too long."""
        await self.say(text)
        if SILENT in self._labels():
            await self.press(GO_ON)
        if any("en plusieurs fois" in words for words in self.told()):
            half = len(text) // 2
            return [*await self._part(text[:half]), *await self._part(text[half:])]
        if DONE in self._labels():
            return [text]
        self.otherwise += 1
        if len(text.split()) > 6:
            raise Surprise(f"a long answer was not noted at {self.question}")
        return []

    async def _finish_now(self) -> None:
        await self.say("terminer maintenant")
        await self.press(next(label for label in self._labels() if label.startswith("Oui")))

    async def _leaves_here(self) -> bool:
        """In the middle of an answer: some leave for good, some finish early."""
        if self.who.ending == "leaves":
            self._ended = True
        elif self.who.ending == "stops":
            await self.say("stop")
            await self.press("Terminer maintenant")
            await self.press(next(label for label in self._labels() if label.startswith("Oui")))
        return self._ended or self.finished

    # ---- the moves

    async def _move(self, move: str, options: Sequence[str]) -> None:
        at = self.question
        guarded = ALL_CLEAR.search(self._words()) is not None
        if move == "*reload":
            await self.reload()
        elif move == "*stale":
            old = [value for question, value in self._buttons if question != at]
            await self._send({"choice": self._draw.choice(old)})
            self._same(at)
        elif move == "*odd":
            if options and not guarded and "combien" not in self._words():
                await self.say("zzz brrr 🙃")
                self._same(at)
        elif move in ("passer", "je ne sais pas"):
            ways = [label for label in self._labels() if label.casefold() == move]
            if ways and not any(self.who.public in label for label in options):
                self.kept.pop(at, None)
                await (self.press(ways[0]) if self._draw.random() < 0.5 else self.say(move))
        elif move == "corriger":
            await self.say(move)
            numbers = [label for label in self._labels() if label.isdigit()]
            await self.press(self._draw.choice(numbers))
        elif move == "pause":
            await self.say(move)
            await self.reload()
            await self.say("reprendre")
            self._same(at)
        else:
            await self.say(move)
            if move != "retour":
                self._same(at)

    def _same(self, at: str) -> None:
        if self.question != at:
            raise Surprise(f"lost its place: at {at}, then at {self.question}")

    async def reload(self) -> None:
        """The whole thread, as the page reads it again."""
        answered = await self._wire.ask("GET", "/api/messages", self.token)
        self._check(answered, 200)
        self.reloaded += 1
        messages = answered.json()["messages"]
        last = [m for m in messages if m["from"] == "assistant"][-len(self._replies) :]
        if [m["text"] for m in last] != [reply["text"] for reply in self._replies]:
            raise Surprise("the thread does not end with what was last said")
        mine = [m["text"] for m in messages if m["from"] == "person"]
        for text in (text for texts in self.kept.values() for text in texts):
            if text not in mine:
                raise Surprise("a text typed is not in the thread")

    async def _last_things(self) -> None:
        """After the end: the copy of one's data, or nothing left of it."""
        if self.finished:
            await self.reload()
        copy = await self._wire.ask("GET", "/api/copy", self.token)
        self._check(copy, 200)
        self.reference = copy.json()["conversations"][0]["reference"]
        if self.who.ending == "erases":
            await self.say("effacer")
            self.erased = True
            await self.press(next(label for label in self._labels() if label.startswith("Oui")))
        elif self.who.ending == "deletes":
            self._check(await self._wire.ask("DELETE", "/api/conversation", self.token), 204)
        else:
            return
        self.erased = True
        for path in ("/api/messages", "/api/copy"):
            self._check(await self._wire.ask("GET", path, self.token), 410)

    # ---- speaking and hearing

    async def press(self, label: str) -> None:
        choice = next((c for c in self.choices if c["label"] == label), None)
        if choice is None:
            raise Surprise(f"no button « {label} » at {self.question}")
        await self._send({"choice": choice["value"]})

    async def say(self, text: str) -> None:
        self.typed += 1
        await self._send({"text": text})
        mine = next((label for label in self._labels() if "c'est ma réponse" in label), None)
        if mine:  # « Vous vouliez … ? »
            await self.press(mine)

    async def _send(self, fields: dict[str, str]) -> None:
        """Send a message; one in ten is sent twice, at once or after its answer."""
        self.turns += 1
        body = written({"id": f"m{self.turns}", **fields})
        answered = await self._post(body)
        if answered.status == 422:
            self._replies = [{"text": str(answered.json()["detail"]), "choices": []}]
            return
        self._check(answered, 200)
        if self._draw.random() < 0.1:
            self.repeated += 1
            if (await self._post(body)).body != answered.body:
                raise Surprise("the same message was answered otherwise")
        told = answered.json()
        self.finished = told["finished"]
        self._hear(told["replies"])

    async def _post(self, body: bytes) -> Answered:
        for _ in range(20):
            answered = await self._wire.ask("POST", "/api/messages", self.token, body)
            if answered.status != 503:
                return answered
            await asyncio.sleep(0.2)
        return answered

    def _hear(self, replies: list[dict[str, Any]]) -> None:
        self._replies = replies
        asking = [reply for reply in replies if reply["choices"]]
        if not asking:
            if not self.finished and not self.erased:
                raise Surprise("nothing to answer to")
            return
        self.choices = asking[-1]["choices"]
        named = [choice["value"].rpartition(":")[0] for choice in self.choices]
        question = next((name for name in named if name and not name.startswith("?")), "")
        if question and not all(choice["label"].isdigit() for choice in self.choices):
            self.question = question
            self._wording.setdefault(question, asking[-1]["text"].casefold())
            self._buttons += [(question, c["value"]) for c in self.choices]

    def told(self) -> list[str]:
        return [reply["text"] for reply in self._replies]

    def _labels(self) -> list[str]:
        return [choice["label"] for choice in self.choices]

    def _words(self) -> str:
        return self._wording.get(self.question, "")

    def _next_text(self) -> str:
        text = next(self._texts, None)
        if text is None:
            self._texts = iter(self.who.texts)
            text = next(self._texts)
        return text

    def _keep(self, at: str, texts: list[str]) -> None:
        """Words said before the agreement are not kept, and no one expects them to be."""
        if self._agreed:
            self.kept[at] = texts

    def _check(self, answered: Answered, status: int) -> None:
        if answered.status != status:
            raise Surprise(f"status {answered.status} instead of {status} at {self.question}")
