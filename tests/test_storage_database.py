"""Opening the database: settings, schema, keys, and clear refusals."""

from __future__ import annotations

import shutil
import signal
import sqlite3

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from talks import conversation, turn, words

from bot.errors import DatabaseBusy, DatabaseUnfit, StorageError
from bot.model import Spot
from storage import database
from storage.conversations import SqlStore
from storage.database import MIGRATIONS, check, make_engine, migrate, open_database
from storage.faults import transaction
from storage.sealing.key_files import new_master
from storage.sealing.keys import Keys
from storage.sealing.masterkey import open_keys
from storage.tables import REVISION, metadata


def config_for(connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def raw(url: str, *statements: str) -> None:
    engine = make_engine(database.address_of(url), 5)
    with engine.connect() as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_migrations_lead_exactly_to_the_tables(blank_url):
    migrate(blank_url)
    engine = open_database(blank_url, create=False)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [REVISION]


def test_partial_indexes_and_cascades_are_the_ones_of_the_tables(blank_url):
    """What the comparison of Alembic does not look at."""
    migrate(blank_url)
    engine = make_engine(database.address_of(blank_url), 5)
    with engine.connect() as connection:
        found = inspect(connection)
        for table in metadata.sorted_tables:
            wanted = {
                (tuple(fk.column_keys), (fk.ondelete or "NO ACTION"))
                for fk in table.foreign_key_constraints
            }
            got = {
                (tuple(fk["constrained_columns"]), fk["options"].get("ondelete", "NO ACTION"))
                for fk in found.get_foreign_keys(table.name)
            }
            assert got == wanted
        [current] = [
            index
            for index in found.get_indexes("conversations")
            if index["name"] == "uq_conversations_current"
        ]
        assert current["unique"]
        assert any("where" in option for option in current["dialect_options"])
    engine.dispose()


def test_down_and_up_again(blank_url):
    migrate(blank_url)
    engine = make_engine(database.address_of(blank_url), 5)
    with engine.connect() as connection, connection.begin():
        command.downgrade(config_for(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()
    migrate(blank_url)


def test_absent_tables_are_refused_with_the_command(blank_url, backend):
    with pytest.raises(DatabaseUnfit, match="parole migrate"):
        open_database(blank_url, create=False)
    if backend == "postgres":
        with pytest.raises(DatabaseUnfit, match="parole migrate"):
            open_database(blank_url, create=True)
    else:
        told: list[str] = []
        open_database(blank_url, create=True, say=told.append).dispose()
        assert "est prête" in told[0]


@pytest.fixture
def next_version(monkeypatch, tmp_path):
    """The application as it will be with one more migration."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions" / "0003_more.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision, down_revision, branch_labels, depends_on = '0003', '0002', None, None\n"
        "def upgrade() -> None:\n"
        "    with op.batch_alter_table('conversations', recreate='auto') as table:\n"
        "        table.add_column(sa.Column('more', sa.Text()))\n"
        "        table.alter_column('guide', type_=sa.String(200))\n"
    )
    monkeypatch.setattr(database, "MIGRATIONS", folder)
    monkeypatch.setattr(database, "REVISION", "0003")


@pytest.mark.own_database
def test_an_older_database_is_brought_up_to_date_when_asked(database_url, backend, keys, request):
    engine = open_database(database_url, create=False)
    talk = conversation(answers={Spot("story"): words("mon récit")})
    with SqlStore(engine, keys).hold("web", "someone") as held:
        held.save("m1", turn(talk), push=False)
    engine.dispose()
    request.getfixturevalue("next_version")
    with pytest.raises(DatabaseUnfit, match=r"plus ancienne.*parole migrate"):
        open_database(database_url, create=False)
    if backend == "postgres":
        with pytest.raises(DatabaseUnfit, match=r"plus ancienne.*parole migrate"):
            open_database(database_url, create=True)
        migrate(database_url)
        engine = open_database(database_url, create=True)
    else:
        told: list[str] = []
        engine = open_database(database_url, create=True, say=told.append)
        assert "mise à jour" in told[0]
    assert SqlStore(engine, keys).thread("web", "someone")[0] == talk
    if backend == "sqlite":
        with engine.connect() as connection:
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    engine.dispose()


@pytest.mark.own_database
def test_a_newer_database_is_refused(database_url):
    raw(database_url, "UPDATE alembic_version SET version_num = '9999'")
    for create in (False, True):
        with pytest.raises(DatabaseUnfit, match="plus récente"):
            open_database(database_url, create=create)
    with pytest.raises(DatabaseUnfit, match="plus récente"):
        migrate(database_url)


@pytest.mark.own_database
def test_a_lost_table_is_said(database_url, keys):
    engine = open_database(database_url, create=False)
    raw(database_url, "DROP TABLE stale", "DROP TABLE answers")
    with pytest.raises(DatabaseUnfit, match="parole migrate"):
        _save(SqlStore(engine, keys))
    engine.dispose()


def _save(store, message="m1", said=None):
    with store.hold("web", "someone") as held:
        held.given(message)
        held.save(message, said or turn(held.conversation or conversation()), push=True)


def test_the_settings_of_sqlite_are_the_ones_asked(engine, backend):
    if backend != "sqlite":
        pytest.skip("SQLite only")
    with engine.connect() as connection:
        for name, wanted in database.PRAGMAS.items():
            assert connection.scalar(text(f"PRAGMA {name}")) == wanted
        assert connection.scalar(text("PRAGMA busy_timeout")) == 5000
    assert engine.hide_parameters


def test_the_settings_of_postgres_are_the_ones_asked(engine, backend):
    if backend != "postgres":
        pytest.skip("PostgreSQL only")
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "5s"
        assert connection.scalar(text("SHOW statement_timeout")) == "20s"
        assert connection.scalar(text("SHOW idle_in_transaction_session_timeout")) == "30s"
    assert engine.hide_parameters


@pytest.mark.own_database
def test_a_read_only_database_is_refused(database_url, backend, keys):
    if backend == "sqlite":
        file = database_url.removeprefix("sqlite:///")
        database_url = f"sqlite:///file:{file}?mode=ro&uri=true"
    else:
        name = database_url.partition("@/")[2].partition("?")[0]
        raw(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(DatabaseUnfit, match=r"modifiée|lecture seule"):
        open_database(database_url, create=False)
    engine = make_engine(database.address_of(database_url), 5)
    with pytest.raises(DatabaseUnfit, match="modifiée"):
        _save(SqlStore(engine, keys))
    engine.dispose()


def test_a_full_disk_is_said_and_loses_nothing(database_url, backend, keys):
    if backend != "sqlite":
        pytest.skip("one table space for all the tests")
    engine = open_database(database_url, create=False)
    store = SqlStore(engine, keys)
    _save(store)
    with engine.connect() as connection:  # the pool has this one connection
        pages = connection.scalar(text("PRAGMA page_count"))
        connection.execute(text(f"PRAGMA max_page_count = {pages + 4}"))
    full = turn(conversation(), said="é" * 100_000)
    with pytest.raises(DatabaseBusy, match="plus de place"):
        _save(store, "m2", full)
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        connection.execute(text(f"PRAGMA max_page_count = {pages + 1000}"))
    _save(store, "m2", full)
    assert [exchange.turn for exchange in store.thread("web", "someone")[1]] == [1, 2]
    engine.dispose()


def test_a_file_that_is_not_a_database(tmp_path):
    file = tmp_path / "parole.db"
    file.write_bytes(b"not a database at all, " * 100)
    for create in (False, True):
        with pytest.raises(DatabaseUnfit, match="n'est pas une base"):
            open_database(f"sqlite:///{file}", create=create)


def test_the_tables_of_another_application(tmp_path):
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE conversations (x)")
    connection.close()
    with pytest.raises(DatabaseUnfit, match="autre application"):
        open_database(f"sqlite:///{file}", create=True)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////proc/nowhere/parole.db", "ne peut pas être créée"),
        ("sqlite://", "sqlite:///"),
        ("mysql://x", "postgresql://"),
        ("n'importe quoi", "PAROLE_DATABASE_URL"),
    ],
)
def test_addresses_that_cannot_be_used(url, said):
    with pytest.raises(DatabaseUnfit, match=said):
        open_database(url, create=True)


def test_an_absent_file_is_not_made_unless_asked(tmp_path):
    file = tmp_path / "data" / "parole.db"
    with pytest.raises(DatabaseUnfit, match="parole migrate"):
        open_database(f"sqlite:///{file}", create=False)
    assert not file.parent.exists()
    open_database(f"sqlite:///{file}", create=True).dispose()
    assert file.stat().st_mode & 0o777 == 0o600


def _lose_the_server(store, postgres):
    with store.hold("web", "someone") as held:
        postgres.halt(signal.SIGQUIT)
        held.given("m2")


def test_a_server_that_is_away_and_comes_back(postgres, keys):
    url = postgres.url()
    migrate(url)
    engine = open_database(url, create=False, patience=2)
    store = SqlStore(engine, keys)
    _save(store)
    with pytest.raises(DatabaseBusy):
        _lose_the_server(store, postgres)
    with pytest.raises(DatabaseBusy):
        _save(store, "m2")
    with pytest.raises(DatabaseBusy):
        check(engine)
    postgres.start()
    _save(store, "m2")
    assert len(store.thread("web", "someone")[1]) == 2
    postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                     "WHERE application_name = 'parole'")  # fmt: skip
    _save(store, "m3")  # the connections of the pool were cut: another one is opened
    engine.dispose()
    postgres.drop(url)


def test_no_word_in_an_error(engine):
    twice = text("INSERT INTO meta VALUES ('canari', 'canari'), ('canari', 'canari')")
    with pytest.raises(StorageError) as caught:
        _execute(engine, twice)
    assert "canari" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def _execute(engine, statement):
    with transaction(engine) as connection:
        connection.execute(statement)


# Keys


def test_the_key_file_is_made_with_the_database_and_only_then(engine, tmp_path):
    file = tmp_path / "keys" / "parole.key"
    keys = open_keys(engine, file=file)
    assert file.stat().st_mode & 0o777 == 0o600
    _save(SqlStore(engine, keys))
    again = open_keys(engine, file=file)
    assert SqlStore(engine, again).thread("web", "someone")[0] == conversation()
    written = file.read_text()
    assert open_keys(engine, setting=written).check == keys.check
    file.unlink()
    with pytest.raises(DatabaseUnfit, match="fichier de clé d'origine"):
        open_keys(engine, file=file)
    assert not file.exists()


def test_another_key_is_refused(engine, tmp_path):
    open_keys(engine, setting=new_master())
    with pytest.raises(DatabaseUnfit, match="autre clé"):
        open_keys(engine, setting=new_master())
    with pytest.raises(DatabaseUnfit, match="n'est pas là"):
        open_keys(engine, file=tmp_path / "none.key")


def test_rows_without_a_key_check_never_get_a_new_key(engine, keys, tmp_path):
    _save(SqlStore(engine, keys))
    with pytest.raises(DatabaseUnfit, match="n'est pas là"):
        open_keys(engine, file=tmp_path / "none.key")


def test_keys_that_cannot_be_used(engine, tmp_path):
    for bad in ("trop court", "A" * 43 + "=", "é"):
        with pytest.raises(DatabaseUnfit, match="openssl rand"):
            open_keys(engine, setting=bad)
    with pytest.raises(DatabaseUnfit, match="PAROLE_MASTER_KEY"):
        open_keys(engine)
    file = tmp_path / "open.key"
    file.write_text(new_master())
    file.chmod(0o644)
    with pytest.raises(DatabaseUnfit, match="chmod 600"):
        open_keys(engine, file=file)


def test_another_key_opens_nothing(engine, keys):
    _save(SqlStore(engine, keys))
    stranger = SqlStore(engine, Keys(bytes(range(1, 33))))
    with pytest.raises(DatabaseUnfit, match="ne s'ouvre pas"):
        list(stranger.conversations())


def test_a_sealed_value_opens_only_where_it_was_put(engine, keys):
    store = SqlStore(engine, keys)
    _save(store)
    _save(store, "m2")
    swap = "UPDATE turns SET exchange = (SELECT exchange FROM turns WHERE number = 1)"
    with engine.connect() as connection, connection.begin():
        connection.execute(text(swap))
    with pytest.raises(DatabaseUnfit, match=r"turns\.exchange"):
        store.thread("web", "someone")
