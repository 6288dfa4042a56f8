"""`parole staff` and `parole journal`, run as they are installed."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pyotp
import pytest

from bot.commands.staff import staff
from desk.signing import second_factor
from storage.database import open_database
from storage.desk.accounts import Accounts
from storage.desk.journal import Journal
from storage.desk.sessions import Sessions
from storage.sealing.masterkey import open_keys
from tests.desk_service import Passwords
from tests.serving import parole, serving
from tests.test_command_line import ENGLISH

NAMES = [
    str(one.name or one.callback.__name__) for one in staff.registered_commands if one.callback
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    parole("staff", "add", "claire", "--role", "lecture", "--role", "export", data_dir=tmp_path)
    return tmp_path


def accounts(folder: Path) -> Accounts:
    engine = open_database(f"sqlite:///{folder / 'parole.db'}", create=False)
    return Accounts(engine, open_keys(engine, setting=None, file=folder / "parole.key"))


@pytest.mark.parametrize("name", NAMES)
def test_help_is_in_french_with_an_example(name: str) -> None:
    shown = parole("staff", name, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert re.search(rf"Exemple : parole staff {name}\b", shown.stdout)
    assert not ENGLISH.search(shown.stdout)


def test_the_password_is_shown_once_and_opens(folder: Path) -> None:
    ended = parole("staff", "password", "claire", data_dir=folder)
    assert ended.returncode == 0, ended.stderr
    shown = ended.stdout.strip()
    found = accounts(folder).find("claire")
    assert found
    assert Passwords().right(shown, found.password)
    assert "ne sera plus montré" in ended.stderr
    listed = parole("staff", "list", data_dir=folder).stdout
    assert listed.split("\t")[:3] == ["claire", "lecture, export", "sans code"]
    for kept in (folder / "parole.db").read_bytes(), listed.encode():
        assert shown.encode() not in kept


def test_a_typed_password_is_asked_twice(folder: Path) -> None:
    def typed(*lines: str) -> str:
        text = "".join(f"{line}\n" for line in lines)
        return parole("staff", "password", "claire", "--typed", typed=text, data_dir=folder).stderr

    assert "trop courant" in typed("motdepasse123")
    assert "trop court" in typed("court")
    assert "nom du compte" in typed("claire-de-lune-ici")
    assert "différents" in typed("un soir au bord", "un soir au bois")
    assert "est changé" in typed("un soir au bord", "un soir au bord")
    found = accounts(folder).find("claire")
    assert found
    assert Passwords().right("un soir au bord", found.password)


def test_the_second_factor_is_shown_once_as_a_picture_and_an_address(folder: Path) -> None:
    picture = folder / "claire.svg"
    ended = parole("staff", "second-factor", "claire", "--svg", picture, data_dir=folder)
    assert ended.returncode == 0, ended.stderr
    uri = ended.stdout.strip().splitlines()[-1]
    assert uri.startswith("otpauth://totp/Parole:claire?")
    assert "▀" in ended.stdout
    read = pyotp.parse_uri(uri)
    kept = accounts(folder)
    account = kept.find("claire")
    assert account
    assert account.second_factor
    now = datetime.now(UTC)
    secret = kept.secret(account.id)
    assert secret
    assert second_factor.step_of(secret, read.at(now), now)  # type: ignore[union-attr]
    assert picture.read_bytes().startswith(b"<?xml")
    assert picture.stat().st_mode & 0o077 == 0
    again = parole("staff", "second-factor", "claire", "--svg", picture, data_dir=folder)
    assert again.returncode == 2
    assert secret == kept.secret(account.id)  # nothing changed


def test_roles_and_closing(folder: Path) -> None:
    ended = parole("staff", "roles", "claire", "--role", "moderation", data_dir=folder)
    assert "« claire » a maintenant : moderation." in ended.stderr
    kept = accounts(folder)
    account = kept.find("claire")
    assert account
    sessions = Sessions(kept._engine)
    now = datetime.now(UTC)
    token = sessions.open(account.id, now, second_factor=False, waiting=False)
    assert sessions.seat(token, now)
    assert parole("staff", "remove", "claire", data_dir=folder).returncode == 0
    assert sessions.seat(token, now) is None
    assert "fermé" in parole("staff", "list", data_dir=folder).stdout
    for command in (("remove", "claire"), ("password", "nobody"), ("second-factor", "nobody")):
        ended = parole("staff", *command, data_dir=folder)
        assert (ended.returncode, "Aucun compte ouvert" in ended.stderr) == (2, True)
    told = [(line.what, dict(line.about)) for line in Journal(kept._engine).lines()]
    assert told == [
        ("account_closed", {"account": "claire"}),
        ("roles_changed", {"account": "claire", "roles": "moderation"}),
        ("account_added", {"account": "claire", "roles": "lecture, export"}),
    ]


@pytest.mark.parametrize("login", ["É", "a", "Claire", "parole", "../x", "a b", "x" * 41])
def test_an_odd_login_is_refused(login: str, tmp_path: Path) -> None:
    ended = parole("staff", "add", login, "--role", "lecture", data_dir=tmp_path)
    assert ended.returncode == 2
    assert "ne convient pas" in ended.stderr


def test_a_member_of_staff_enters_the_real_service(tmp_path: Path) -> None:
    with serving(tmp_path / "parole") as served:
        assert "parole staff add" in served.answers("/equipe/connexion").text
        made = parole("staff", "add", "lea", "--role", "lecture", data_dir=tmp_path / "parole")
        fields = {"login": "lea", "password": made.stdout.strip()}
        client = httpx.Client(base_url=served.url, trust_env=False, headers={"Origin": served.url})
        with client:
            entered = client.post("/equipe/connexion", data=fields, follow_redirects=True)
            assert "Bonjour lea" in entered.text
        assert fields["password"] not in served.said
        assert "lea" not in served.said


def test_the_journal_is_shown_and_checked(folder: Path) -> None:
    shown = parole("journal", data_dir=folder).stdout
    assert shown.split("\t")[1:3] == ["parole", "account_added"]
    checked = parole("journal", "--check", data_dir=folder)
    assert (checked.returncode, "La chaîne est entière" in checked.stderr) == (0, True)
    assert re.fullmatch(r" +1  lignes, [0-9a-f]{64}\n", checked.stdout)
    with sqlite3.connect(folder / "parole.db") as connection:
        connection.execute("DROP TRIGGER journal_never_changed")
        connection.execute("UPDATE journal SET who = 'personne'")
    connection.close()
    checked = parole("journal", "--check", data_dir=folder)
    assert (checked.returncode, "rompue à la ligne 1" in checked.stderr) == (1, True)
