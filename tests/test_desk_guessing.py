"""S1: a thousand guesses, whichever way they come: how many are looked at, and who waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from storage.desk.tries import LONGEST_WAIT, Tries
from storage.sealing.keys import Keys

GUESSES = 1_000
BEGUN = datetime(2026, 3, 1, 9, tzinfo=UTC)


def most_in_a_minute(looked_at: list[datetime]) -> int:
    """The most guesses looked at in any minute."""
    return max(
        sum(one <= other < one + timedelta(minutes=1) for other in looked_at[place:])
        for place, one in enumerate(looked_at)
    )


WAYS = (
    ("one account, from everywhere", 5),
    ("every account, from one address", 20),
    ("one account, from one address", 5),
)


@pytest.mark.parametrize(("way", "most"), WAYS)
def test_a_thousand_guesses_a_second_apart(engine: Engine, keys: Keys, way: str, most: int) -> None:
    """S1: at most 5 in a minute for an account, 20 for an address; a wait of 15 minutes at most."""
    tries, looked_at, longest = Tries(engine, keys), [], 0.0
    for number in range(GUESSES):
        now = BEGUN + timedelta(seconds=number)
        login = f"compte-{number}" if "every account" in way else "lea"
        address = f"192.0.2.{number}" if "everywhere" in way else "192.0.2.1"
        wait = tries.take(login, address, now)
        longest = max(longest, wait)
        if not wait:
            looked_at.append(now)
    found = most_in_a_minute(looked_at)
    print(f"{way}: {len(looked_at)} of {GUESSES} looked at, {found} in a minute, {longest:.0f} s")
    assert found <= most
    assert longest <= LONGEST_WAIT == 15 * 60
