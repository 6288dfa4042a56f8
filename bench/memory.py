"""What one turn costs the memory: python bench/memory.py [address of a database of ours].

Without an address, a throw-away SQLite file. Beside it, in the same run, the barest durable
transaction that the same connection can do.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_hex

from sqlalchemy import text

from bot.model import Answer, Choice, Conversation, Event, Part, Reply, Spot, State, Turn
from storage.conversations import SqlStore
from storage.database import open_database
from storage.faults import transaction
from storage.sealing.keys import Keys

TURNS, ANSWERS = 500, 20
WORDS = "Je travaille de nuit, seule pour quarante personnes. C'est difficile. " * 3
REPLIES = (
    Reply("thanks"),
    Reply("ask", {}, Spot("s1"), (Choice("Oui", "s1:yes"), Choice("Non", "s1:no"))),
)


def measured(name: str, once: Callable[[int], None]) -> None:
    for n in range(20):
        once(-1 - n)
    began, used = time.perf_counter(), time.process_time()
    for n in range(TURNS):
        once(n)
    cpu = (time.process_time() - used) / TURNS * 1000
    wall = (time.perf_counter() - began) / TURNS * 1000
    print(f"{name:<44} {cpu:6.3f} ms CPU {wall:7.3f} ms")


def main() -> None:
    folder = tempfile.TemporaryDirectory()
    url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder.name}/parole.db"
    engine = open_database(url, create=True)
    keys, now, run = Keys(bytes(range(32))), datetime.now(UTC), token_hex(4)

    def answer(n: int) -> Answer:
        return Answer(State.ANSWERED, now, ("code",), ("Libellé",), (Part(f"m{n}", WORDS),))

    def start(who: str) -> None:
        talk = Conversation(
            f"{run}{who}", f"{run}-{who}", "bench", "1", "web", now, Spot("s1"),
            {Spot(f"s{n}"): answer(n) for n in range(ANSWERS)},
        )  # fmt: skip
        with store.hold("web", f"{run}{who}") as held:
            held.save("first", Turn(talk, REPLIES, said="bonjour"), push=False)

    def turn(store: SqlStore, who: str, push: bool) -> Callable[[int], None]:
        def once(n: int) -> None:
            with store.hold("web", f"{run}{who}") as held:
                assert held.given(f"{who}{n}") is None
                assert held.conversation is not None
                answers = {**held.conversation.answers, Spot(f"s{n % ANSWERS}"): answer(n)}
                new = replace(held.conversation, answers=answers)
                event = Event("answered", Spot("s1"))
                held.save(f"{who}{n}", Turn(new, REPLIES, (event,), WORDS), push=push)

        return once

    def again(_: int) -> None:
        with store.hold("web", f"{run}a") as held:
            assert held.given("a3") is not None

    def bare(_: int) -> None:
        with transaction(engine) as connection:
            connection.execute(insert)

    insert = text("INSERT INTO events (conversation_id, turn, name, about, happened_on) "
                  f"VALUES ('{run}a', 0, 'bench', '', '2022-03-01')")  # fmt: skip
    print(f"{engine.dialect.name}, {TURNS} turns of a conversation of {ANSWERS} answers")
    store = SqlStore(engine, keys)
    for who in "abc":
        start(who)
    measured("bare transaction, one row", bare)
    measured("hold, save", turn(store, "a", push=False))
    measured("hold, save, two replies in the outbox", turn(store, "b", push=True))
    measured("the same message again", again)
    store = SqlStore(engine, keys, remembered=0)
    measured("hold, save, everything read and opened", turn(store, "c", push=False))
    engine.dispose()
    folder.cleanup()


if __name__ == "__main__":
    main()
