"""P3, P7: what the page for the organiser says is kept is what the database keeps."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table

from bot.channels.web_static import Files, renderer
from bot.key_age import YOUNG
from bot.settings import Settings, variable
from storage import desk_tables  # noqa: F401 - registers its tables
from storage.desk.sessions import IDLE, LONGEST
from storage.held import HOUR
from storage.returning import WINDOW
from storage.sealing.masterkey import SINCE
from storage.statements import insert_once
from storage.tables import metadata
from tests.test_documents import page
from tests.test_minimisation import SECONDS
from tests.web_service import service

PAGE = page("docs/privacy.md")
KEPT = PAGE.partition("## Ce qui est gardé")[2].partition("\n## ")[0]
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", KEPT, re.MULTILINE))
NOBODY = set(
    re.findall(r"`(\w+)`", KEPT.partition("Sans donnée sur une personne")[2].partition("\n")[0])
)
OF_PERSONS = {"conversation_id", "door", "contribution", "login", "staff_id", "who", "asked_by",
              "taken_by", "trace", "wrapped"}  # fmt: skip


def personal(table: Table) -> bool:
    """Whether a table follows a person, by its columns; what is sealed is somebody's words."""
    columns = table.columns
    return bool(OF_PERSONS & set(columns.keys())) or any("sealed" in c.info for c in columns)


def test_every_table_is_on_the_page_and_no_other() -> None:
    """P7."""
    assert set(ROWS) | NOBODY == set(metadata.tables)
    assert not set(ROWS) & NOBODY


def test_every_table_with_something_of_a_person_says_what_why_how_long_and_who() -> None:
    """P3."""
    for name, table in metadata.tables.items():
        if personal(table):
            assert name in ROWS, f"{name} follows a person: say in docs/privacy.md what it keeps"
    for name, row in ROWS.items():
        cells = [cell.strip() for cell in row.split(" | ")]
        assert len(cells) == 4, name
        assert all(cells), name


def test_what_is_sealed_is_said_to_be() -> None:
    for name, table in metadata.tables.items():
        sealed = [c.name for c in table.columns if "sealed" in c.info]
        if sealed and name in ROWS and name not in {"staff", "snapshots"}:
            assert "scellé" in ROWS[name], f"{name}: {sealed}"


def test_the_durations_are_those_of_the_program() -> None:
    minutes, hours = int(IDLE.total_seconds() / 60), int(LONGEST.total_seconds() / 3600)
    assert f"{minutes} minutes sans activité, {hours} heures au plus" in ROWS["staff_sessions"]
    known = {variable(name) for name in Settings.model_fields}
    assert set(re.findall(r"PAROLE_\w+", PAGE)) <= known


@pytest.mark.parametrize(
    "said",
    ["Telegram n’est pas chiffré de bout en bout", "n’est jamais « anonyme »",
     "n’est pas un canal d’alerte", "Un export donné à quelqu’un ne se reprend pas"],
)  # fmt: skip
def test_what_is_not_promised_is_said(said: str) -> None:
    assert said in PAGE


# The page that respondents read

SETTINGS = {"organiser_contact": "donnees@exemple.fr", "closing_date": "2022-04-15",
            "keep_months": 9}  # fmt: skip


def theirs(*, backups_forget: bool = True, **settings: object) -> str:
    made = Settings(**settings, _env_file=None)  # type: ignore[arg-type]
    written = renderer(Files(), made)("privacy.html", backups_forget=backups_forget)
    return written.replace("\u00a0", " ")


def test_respondents_read_how_long_as_it_is_set() -> None:
    """P3."""
    page = theirs(**SETTINGS)
    assert "La consultation finit le 15/04/2022" in page
    assert "partent 9 mois après" in page
    unset = theirs()
    assert "La date de fin est encore à choisir" in unset
    assert "mois après" not in unset


def test_a_trace_of_the_address_is_said_to_begin_with_the_conversation() -> None:
    """P3, P7: it is counted when a conversation is opened, and leaves within two hours."""
    [said] = [one for one in theirs().splitlines() if "trace de votre adresse" in one]
    for words in ("dès que vous commencez", "conversations ouvertes", "codes de retour",
                  "2 heures au plus"):  # fmt: skip
        assert words in said
    every = 3600  # what is over is forgotten so often
    assert max(2 * WINDOW, HOUR) + every <= 2 * 3600


@pytest.mark.parametrize(
    "said",
    ["Un journal note chaque lecture", "copies de secours", "L’entreprise Telegram peut lire",
     "écrit en premier seulement si vous avez dit oui", "la CNIL", "donnees@exemple.fr",
     "Tout effacer", "en un mois au plus"],
)  # fmt: skip
def test_respondents_read_who_reads_what_stays_and_where_to_complain(said: str) -> None:
    assert said in theirs(**SETTINGS)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("days", "promised"), [(None, False), (0, True), (30, True), (31, False), (400, False)]
)
async def test_the_end_in_the_backups_is_promised_while_the_key_is_changed(
    sqlite_template: Path, tmp_path: Path, days: int | None, promised: bool
) -> None:
    """P1: it hangs on an act of a person. A key that grows old says that nobody does it."""
    async with service(sqlite_template, tmp_path) as served, served.client() as client:
        if days is not None:
            made = (datetime.now(UTC) - timedelta(days=days)).date().isoformat()
            with served.store._engine.begin() as connection:
                row = {"key": SINCE, "value": made}
                connection.execute(insert_once(connection.dialect, metadata.tables["meta"]), row)
        said = (await client.get("/vos-donnees")).text
    assert ("2 mois au plus" in said) is promised
    assert ("jusqu’au changement de cette clé" in said) is not promised


def test_the_page_for_the_organiser_says_when_the_promise_is_made() -> None:
    """P1: the same number of days as the program."""
    assert f"clé de {YOUNG.days} jours ou moins" in PAGE


def test_what_is_finer_than_a_day_is_said() -> None:
    """P7: the columns that hold an hour are those that the page names."""
    [line] = [one for one in PAGE.splitlines() if "Les dates sont des jours" in one]
    for words in ("`outbox`", "`tries`", "`voices`"):
        assert words in line
    assert {table for table, _ in SECONDS} == set(re.findall(r"`(\w+)`", line))
