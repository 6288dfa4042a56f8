"""Accounts, sessions and tries, as both databases keep them; passwords and codes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from bot.errors import StaffError
from bot.staff import Role
from desk.signing import passwords, second_factor
from storage import counting
from storage.desk.accounts import Accounts
from storage.desk.sessions import Sessions
from storage.desk.tries import Tries
from storage.desk_tables import staff, staff_sessions
from storage.tables import tries as counts
from tests.desk_service import PASSWORD, QUICK

NOON = datetime(2026, 4, 30, 12, tzinfo=UTC)
DAY = date(2026, 4, 30)


@pytest.fixture
def accounts(engine, keys) -> Accounts:
    made = Accounts(engine, keys)
    made.add("lea", [Role.EXPORT, Role.READING], QUICK.hashed(PASSWORD), DAY)
    return made


def test_an_account_is_found_as_it_was_made(accounts):
    [lea] = accounts.all()
    assert lea == accounts.find("lea")
    assert (lea.roles, lea.active, lea.second_factor) == ({Role.READING, Role.EXPORT}, True, False)
    assert QUICK.right(PASSWORD, lea.password)
    assert not QUICK.right(PASSWORD + "x", lea.password)
    assert PASSWORD not in lea.password
    assert lea.password.startswith("$argon2id$")
    assert "argon2" not in repr(lea)
    assert accounts.find("max") is None
    with pytest.raises(StaffError, match="existe déjà"):
        accounts.add("lea", [], "x", DAY)


def test_a_closed_account_stays_for_the_journal(accounts, engine):
    token = Sessions(engine).open(accounts.find("lea").id, NOON, second_factor=False, waiting=False)
    assert not accounts.none_yet()
    accounts.close("lea")
    assert accounts.none_yet()
    assert not accounts.find("lea").active
    assert Sessions(engine).seat(token, NOON) is None
    with pytest.raises(StaffError, match="Aucun compte ouvert"):
        accounts.change_password("lea", "x")
    with pytest.raises(StaffError, match="a existé"):
        accounts.add("lea", [], "x", DAY)


CHANGES = {
    "roles": lambda a: a.change_roles("lea", [Role.READING]),
    "password": lambda a: a.change_password("lea", "x"),
    "code": lambda a: a.set_secret("lea", pyotp.random_base32()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_closes_the_sessions(accounts, engine, change):
    sessions = Sessions(engine)
    token = sessions.open(accounts.find("lea").id, NOON, second_factor=True, waiting=False)
    assert sessions.seat(token, NOON)
    CHANGES[change](accounts)
    assert sessions.seat(token, NOON) is None


def test_the_secret_is_sealed_and_a_code_opens_once(accounts, engine):
    """S3: a code is used once, on either database."""
    secret, id = pyotp.random_base32(), accounts.find("lea").id
    assert accounts.secret(id) is None
    accounts.set_secret("lea", secret)
    assert accounts.secret(id) == secret
    with engine.connect() as connection:
        assert secret.encode() not in connection.scalar(select(staff.c.totp))
    step = second_factor.step_of(secret, pyotp.TOTP(secret).at(NOON), NOON)
    assert step == int(NOON.timestamp()) // 30
    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(lambda _: accounts.use_step(id, step), range(16)))
    assert opened.count(True) == 1
    assert not accounts.use_step(id, step - 1)
    assert accounts.use_step(id, step + 1)


def test_codes_around_now_and_no_others():
    secret = pyotp.random_base32()
    at = pyotp.TOTP(secret)
    for seconds, opens in ((0, True), (-30, True), (30, True), (-90, False), (90, False)):
        found = second_factor.step_of(secret, at.at(NOON + timedelta(seconds=seconds)), NOON)
        assert (found is not None) == opens, seconds
    code = at.at(NOON)
    assert second_factor.step_of(secret, f" {code[:3]} {code[3:]} ", NOON)
    for odd in ("", "abcdef", code[:5], code + "0", "１２３４５６", "\0"):
        assert second_factor.step_of(secret, odd, NOON) is None


def test_a_session_ends_when_idle_and_at_the_end_of_the_day(accounts, engine):
    sessions, id = Sessions(engine), accounts.find("lea").id
    token = sessions.open(id, NOON, second_factor=False, waiting=False)
    assert sessions.seat(token, NOON + timedelta(minutes=29))
    assert sessions.seat(token, NOON + timedelta(minutes=58))
    assert sessions.seat(token, NOON + timedelta(minutes=90)) is None
    token, now = sessions.open(id, NOON, second_factor=False, waiting=False), NOON
    while now < NOON + timedelta(hours=8):
        assert sessions.seat(token, now), now
        now += timedelta(minutes=20)
    assert sessions.seat(token, NOON + timedelta(hours=8, seconds=1)) is None
    waiting = sessions.open(id, NOON, second_factor=False, waiting=True)
    assert sessions.seat(waiting, NOON + timedelta(minutes=4))
    assert sessions.seat(waiting, NOON + timedelta(minutes=6)) is None
    with engine.connect() as connection:
        kept = set(connection.scalars(select(staff_sessions.c.token)))
    assert not {token, waiting} & kept  # only their hashes


def test_closing_everywhere(accounts, engine):
    sessions, id = Sessions(engine), accounts.find("lea").id
    tokens = [sessions.open(id, NOON, second_factor=False, waiting=False) for _ in range(3)]
    assert len({*tokens}) == 3
    sessions.close(tokens[0])
    assert sessions.seat(tokens[0], NOON) is None
    assert sessions.close_all(id) == 2
    assert not [token for token in tokens if sessions.seat(token, NOON)]


def test_a_thousand_guesses_at_once_are_five(engine, keys):
    tries = Tries(engine, keys)
    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(lambda _: tries.take("lea", "192.0.2.1", NOON), range(200)))
    looked_at = waits.count(0.0)
    assert looked_at == 5
    with engine.connect() as connection:
        kept = connection.execute(select(counts)).all()
    assert not [row for row in kept if "lea" in str(row) or "192" in str(row)]


def test_a_flood_is_slow_and_the_right_person_waits_a_quarter_of_an_hour_at_most(engine, keys):
    tries, now, looked_at, longest = Tries(engine, keys), NOON, 0, 0.0
    for _ in range(1000):  # one guess each 7 seconds: almost two hours
        now += timedelta(seconds=7)
        wait = tries.take("lea", "192.0.2.1", now)
        longest, looked_at = max(longest, wait), looked_at + (wait == 0)
    assert longest <= 15 * 60
    assert looked_at <= 5 + 12
    print(f"1000 guesses, {looked_at} looked at, {longest / 60:.0f} minutes to wait at most")
    now += timedelta(seconds=15 * 60)
    assert tries.take("lea", "192.0.2.1", now) == 0
    tries.succeeded("lea", "192.0.2.1")
    assert tries.take("lea", "192.0.2.1", now) == 0


def test_an_address_that_tries_many_names_waits_too(engine, keys):
    tries = Tries(engine, keys)
    waits = [tries.take(f"name{n}", "192.0.2.1", NOON) for n in range(60)]
    assert waits.count(0.0) == 20
    assert tries.take("name1", "192.0.2.2", NOON) == 0


def test_a_browser_that_signed_in_before_is_not_kept_out_by_others(engine, keys):
    tries = Tries(engine, keys)
    assert tries.take("lea", "a", NOON) == 0
    known = tries.succeeded("lea", "a")
    assert [tries.take("lea", "a", NOON) > 0 for _ in range(30)].count(False) == 5
    assert tries.take("lea", "a", NOON, known) == 0
    assert tries.succeeded("lea", "a", known) == known
    for forged in ("", "x", known[:-1], "0" * 32 + known[32:], known + "é", "." * 9):
        assert tries.take("lea", "a", NOON, forged) > 0, forged
    assert tries.take("max", "b", NOON, known) == 0  # counts as any other browser for max
    assert [tries.take("max", "b", NOON, known) > 0 for _ in range(9)].count(False) == 4
    assert [tries.take("lea", "a", NOON, known) > 0 for _ in range(9)].count(False) == 5


def test_calm_is_forgotten(engine, keys):
    tries = Tries(engine, keys)
    assert [tries.take("lea", "a", NOON) > 0 for _ in range(6)] == [False] * 5 + [True]
    later = NOON + timedelta(hours=2)
    assert [tries.take("lea", "a", later) > 0 for _ in range(6)] == [False] * 5 + [True]
    tries.take("max", "b", NOON)
    with engine.begin() as connection:
        over = counting.forget_what_is_over(connection, later.timestamp())
        assert over == 2  # max and his address; lea tried just now
        later += timedelta(hours=2)
        assert counting.forget_what_is_over(connection, later.timestamp()) == 2
        assert connection.scalars(select(counts.c.who)).all() == []


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("onze-lettre", "trop court"),
        ("a" * 257, "trop long"),
        ("MotDePasse2022!", "trop courant"),
        ("azertyuiop123", "trop courant"),
        ("123456789012", "trop courant"),
        ("parole parole 12", "trop courant"),
        ("consultation2022", "trop courant"),
        ("abababababab", "trop courant"),
        ("bonjour lea.martin", "nom du compte"),
    ],
)
def test_a_password_that_would_be_guessed_is_refused(password, told):
    """S3: too short, too common, of the product."""
    with pytest.raises(StaffError, match=told):
        passwords.check(password, "lea.martin")


@pytest.mark.parametrize(
    "password", [PASSWORD, "é" * 4 + "abcdéfgh", "x1" * 6 + "yzt5", "une phrase à moi"]
)
def test_anything_else_is_taken(password):
    passwords.check(password, "lea.martin")


def test_made_passwords_are_good_and_never_the_same():
    made = {passwords.made() for _ in range(200)}
    assert len(made) == 200
    for one in made:
        passwords.check(one, "lea")
        assert len(one) == 23


def test_accents_typed_on_any_keyboard_are_the_same_password():
    assert QUICK.right("e\u0301te\u0301-a-la-mer", QUICK.hashed("\u00e9t\u00e9-a-la-mer"))
