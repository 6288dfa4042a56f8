"""R9: an update that breaks the program each time: set aside, kept, and received after a repair.

The servers break on it; the command that receives it again does not, as a repaired program would.
"""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Iterator

from bench.faults.breakable import POISON
from bench.faults.chats import FIRST, Chats
from bench.faults.crowd import FIRST as AGREED
from bench.faults.crowd import SUBJECTS
from bench.faults.goals import SQLITE, Asked, Result
from bench.faults.place import Place, placed
from bench.server import PAROLE, ROOT, environment
from storage.conversations import SqlStore
from storage.database import open_database
from storage.sealing.masterkey import open_keys

ASIDE = "telegram_update_set_aside"
SERVED = "assistant automatique"


def run(asked: Asked) -> Iterator[Result]:
    for database in asked.databases:
        yield one(asked, database)


def one(asked: Asked, database: str) -> Result:
    """One message of each is poison, before or after consent; what is around it is answered."""
    people = asked.of(4, 50)
    count = 1 if database == SQLITE else 2
    plans = [{"deaths": [], "pace": 500, "poison": True}] * count
    with (
        Chats(hook=True) as chats,
        placed(asked, database, plans=plans, settings=chats.settings) as place,
    ):
        chats.begin(place)
        told = []
        for person in range(1, people + 1):
            says(chats, person, agreed=person % 2 == 0)
            told.append(chats.server.updates)
            chats.server.updates = []
        chats.bring(told)
        until = time.monotonic() + 60
        good = 0
        while good < people and time.monotonic() < until:
            time.sleep(0.1)
            heard = [chats.received(person) for person in range(1, people + 1)]
            good = sum(any(SERVED in t for t in texts[3:]) for texts in heard)
        aside = sum(server.said.count(ASIDE) for server in place.servers)
        before, shown = kept(place), letters(place)
        again, twice = letters(place, "--replay", "tout"), letters(place, "--replay", "tout")
        after = kept(place)
    agreed = people // 2
    listed = [line for line in shown.splitlines() if line.startswith("M")]
    wordless = sum(line.endswith("sans les mots") for line in listed)
    back = again.count("\trepris\n")
    refused = sum(count for status, count in chats.statuses.items() if status != 200)
    failures = (
        (people - good) + abs(people - aside) + refused + abs(people - len(listed))
        + abs(people - agreed - wordless) + abs(agreed - back) + twice.count("\trepris\n")
        + sum(before.values()) + (after != Counter(dict.fromkeys(after, 1)))
        + abs(agreed - len(after)) + (POISON in shown + again)
    )  # fmt: skip
    figure = (
        f"{people} poisons, {aside} mis de côté ({wordless} avant l’accord, sans les mots), {good} "
        f"personnes servies après, {refused} ≠ 200, {back} repris après réparation, "
        f"{sum(after.values()) - len(after)} en double"
    )
    return Result("R9", database, "message empoisonné", sum(map(len, told)), (), failures, figure)


def says(chats: Chats, person: int, *, agreed: bool) -> None:
    """Up to an open question, or not even to the agreement; then poison, then another message."""
    chats.server.says(FIRST + person, "/start")
    for fields in (*AGREED, {"choice": f"sujet:{SUBJECTS[0]}"}) if agreed else ():
        if "text" in fields:
            chats.server.says(FIRST + person, fields["text"])
        else:
            chats.server.presses(FIRST + person, fields["choice"])
    chats.server.says(FIRST + person, POISON)
    chats.server.says(FIRST + person, "qui êtes-vous")


def kept(place: Place) -> Counter[str]:
    """How many times each person's poison is in their answers."""
    url = place.settings.get("database_url", f"sqlite:///{place.folder / 'parole.db'}")
    engine = open_database(url, create=False)
    try:
        keys = open_keys(engine, setting=place.settings["master_key"])
        talks = SqlStore(engine, keys).conversations()
        parts = [
            talk.id for talk in talks for one in talk.answers.values() for part in one.parts
            if part.text == POISON
        ]  # fmt: skip
    finally:
        engine.dispose()
    return Counter(parts)


def letters(place: Place, *options: str) -> str:
    """What `parole letters` writes."""
    named = {f"PAROLE_{name.upper()}": value for name, value in place.settings.items()}
    command = (*PAROLE, "letters", *options, "--data", str(place.folder))
    ended = subprocess.run(
        command, cwd=ROOT, env=environment(named), capture_output=True, text=True, check=True,
        timeout=120,
    )  # fmt: skip
    return ended.stdout
