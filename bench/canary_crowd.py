"""What the persons of `bench.canaries` do: speak on the web or on Telegram, then leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bench.canary_words import Canary
from bench.faults.repeated import seat
from bench.server import Server
from bench.wire import Wire, written
from bot.model import Answer, Conversation, Event, Message, Part, Reply, Spot, State, Turn
from storage.conversations import SqlStore
from storage.letters import Letters
from storage.outbox import SqlOutbox


async def speak(running: Server, people: Sequence[Canary]) -> dict[int, str]:
    """Each is led to the first open question, and says words of their own. Their tokens."""
    tokens = {}
    async with Wire(running.host, running.port) as wire:
        for one in people:
            seated = await seat(wire, one.number, (one.word,))
            tokens[one.number] = seated.token
            for n, said in enumerate((f"Je dis {one.word}.", f"Et encore {one.word} !")):
                body = written({"id": f"said-{n}", "text": said})
                answered = await wire.ask("POST", "/api/messages", seated.token, body)
            replies = answered.json()["replies"]
            for n in range(6):  # done, read back, agreed
                choices = [c["value"] for c in replies[-1]["choices"]]
                value = next((c for c in choices if c.endswith((":!done", ":yes"))), None)
                if value is None:
                    break
                press = written({"id": f"press-{n}", "choice": value})
                answered = await wire.ask("POST", "/api/messages", seated.token, press)
                replies = answered.json()["replies"]
    return tokens


async def leave(running: Server, tokens: Sequence[str]) -> None:
    """Erased, on the web."""
    async with Wire(running.host, running.port) as wire:
        for token in tokens:
            answered = await wire.ask("DELETE", "/api/conversation", token)
            if answered.status != 204:
                raise SystemExit(f"effacement refusé : {answered.status}")


def _break(letters: Letters, one: Canary) -> None:
    """Their next message breaks the program."""
    message = Message("telegram", one.chat, "m2", f"Un dernier mot : {one.word}.")
    assert letters.keep("telegram", message, "KeyError advance:12", lambda _: True)


def write_to(store: SqlStore, box: SqlOutbox, keeping: Letters, people: Sequence[Canary]) -> None:
    """On Telegram: some replies wait, some were given up, some were sent; a message set aside."""
    now = datetime.now(UTC)
    for one in people:
        spot = Spot("recit")
        told = Answer(State.ANSWERED, now, parts=(Part("m1", f"Je dis {one.word}."),))
        talk = Conversation(f"t{one.number}", f"T{one.number:06d}", "cese-2022", "1", "telegram",
                            now, spot, {spot: told})  # fmt: skip
        reply = Reply("say", {"text": one.word}, spot)
        made = Event("contribution", spot, "experience")
        with store.hold("telegram", one.chat) as held:
            turn = Turn(talk, (reply,), (made,), f"Je dis {one.word}.")
            held.save("m1", turn, push=True)
        _break(keeping, one)
    later = now + timedelta(hours=1)
    for n, parcel in enumerate(box.claim("telegram", later, limit=len(people))):
        if n % 3 == 0:
            box.drop(parcel.id, "refused")
        elif n % 3 == 1:
            box.sent(parcel.id, later)


def erase(store: SqlStore, one: Canary) -> None:
    """Erased, on Telegram: they ask for it, and are told goodbye."""
    with store.hold("telegram", one.chat) as held:
        assert held.conversation is not None
        last = Turn(held.conversation, (Reply("erased.done"),), (Event("erased"),), erase=True)
        held.save("last", last, push=True)
