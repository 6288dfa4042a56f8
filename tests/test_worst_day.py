"""What staff copy and paste on the worst day: played with the files that they are given.

There is no Docker here: the composition is read, and a stand-in runs the real command where Docker
would. The systemd side is played whole, with two accounts; systemctl alone is a stand-in.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.app.memory import open_memory
from bot.settings import load
from storage.backup.tombstones import NAME, Tombstones
from storage.conversations import SqlStore
from storage.database import open_database
from storage.sealing.masterkey import new_master, open_keys
from tests.postgres import Cluster, programs
from tests.test_backups import speak
from tests.test_deploy import composed
from tests.test_documents import page

ROOT = Path(__file__).parents[1]
SYSTEMD, COMPOSE = ROOT / "deploy" / "systemd", ROOT / "deploy" / "compose"
ACCOUNT = "daemon"  # every machine has it

# The containers


def test_a_restore_in_the_containers_comes_before_the_tables() -> None:
    """P9: `migrate` makes tables, and a restore refuses a database that has some."""
    services = composed()["services"]
    restore = services["restore"]
    assert set(restore["depends_on"]) == {"postgres"}
    assert restore["profiles"] == ["restore"]  # by its name only
    assert restore["restart"] == "no"
    assert "migrate" in services["server-1"]["depends_on"]
    told = page("docs/backup.md").partition("### Avec des conteneurs\n")[2].partition("\n## ")[0]
    typed = "\n".join(re.findall(r"```sh\n(.+?)```", told, re.DOTALL))
    assert re.search(r"^docker compose run .*restore parole restore ", typed, re.MULTILINE)
    order = ["stop caddy server-1", "up --detach --wait postgres", "RENAME TO", "createdb",
             "cle.txt", "restore parole restore", "shred", "parole staff",
             "up --detach\n"]  # fmt: skip
    places = [typed.index(one) for one in order]
    assert places == sorted(places)
    assert "jamais été lancées" in told


@pytest.mark.parametrize("name", ["server-1", "server-2", "restore"])
def test_the_list_of_erasures_and_the_backups_are_elsewhere(name: str) -> None:
    """P9: a volume that is lost takes neither with it."""
    service = composed()["services"][name]
    bound = {one["target"]: one["source"] for one in service["volumes"] if isinstance(one, dict)}
    assert set(bound) == {service["environment"]["PAROLE_ERASURES_DIR"], "/var/backups/parole"}
    assert len(set(bound.values())) == 2
    example = (COMPOSE / "parole.env.example").read_text("utf-8")
    for source in bound.values():
        [variable] = re.findall(r"^\$\{(\w+):\?\}$", source)
        assert re.search(rf"^{variable}=/", example, re.MULTILINE)


# The change of the key, in the containers

DOCKER = """#!{python}
import os, re, shutil, subprocess, sys
from pathlib import Path
folder, words = Path({folder!r}), sys.argv[1:]
with (folder / "asked").open("a") as asked:
    print(*words, file=asked)
fail = os.environ.get("FAIL", "")
if fail.startswith("before ") and fail[7:] in " ".join(words):
    sys.exit(1)
assert words.pop(0) == "compose"
if words[0] == "run":
    env = dict(line.split("=", 1) for line in Path(".env").read_text("utf-8").splitlines()
               if re.match("[A-Z_]+=", line))
    while words[0] != "server-1":
        if words.pop(0) == "--env":
            env[words[0]] = os.environ[words[0]]
    command = [one.replace("/var/lib/parole", str(folder / "kept")) for one in words[1:]]
    if command[0] == "parole":
        command[:1] = [sys.executable, "-m", "bot"]
    kept = {{"PATH": os.environ["PATH"], "PYTHONPATH": {root!r}, "PAROLE_ENV_FILE": os.devnull,
            "PAROLE_DATA_DIR": str(folder / "kept"), "PAROLE_MASTER_KEY": env["PAROLE_MASTER_KEY"]}}
    ended = subprocess.run(command, env=kept).returncode
    if fail.startswith("after ") and fail[6:] in " ".join(words):
        sys.exit(1)
    sys.exit(ended)
"""
OTHERS = "PAROLE_DOMAIN=parole.exemple.fr\nPAROLE_ORGANISER_NAME=L’équipe & « nous » | \\\\1\n"


class Composed:
    """A folder of `deploy/compose` with its .env, and a memory closed by the key of that file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kept, self.safe = folder, folder / "kept", folder / "safe"
        self.env, self.first = folder / ".env", new_master()
        self.safe.mkdir()
        shutil.copy(COMPOSE / "change-key", folder)
        self.env.write_text(f"# clé\nPAROLE_MASTER_KEY={self.first}\n{OTHERS}", "utf-8")
        self.env.chmod(0o600)
        docker = folder / "docker"
        docker.write_text(
            DOCKER.format(python=sys.executable, folder=str(folder), root=str(ROOT)), "utf-8"
        )
        docker.chmod(0o755)
        open_memory(load(data_dir=self.kept, master_key=self.first)).close()

    def change(self, *words: str, fail: str = "") -> subprocess.CompletedProcess[str]:
        path = f"{self.folder}:{os.environ['PATH']}"
        given = words or (str(self.safe), "--same-disk")
        return subprocess.run(
            ["sh", str(self.folder / "change-key"), *given], cwd="/",
            env={"PATH": path, "FAIL": fail}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    @property
    def key(self) -> str:
        [key] = re.findall(r"^PAROLE_MASTER_KEY=(.*)$", self.env.read_text("utf-8"), re.MULTILINE)
        return str(key)

    @property
    def copies(self) -> set[str]:
        return {one.read_text("ascii").strip() for one in self.safe.iterdir()}

    @property
    def asked(self) -> str:
        return (self.folder / "asked").read_text("utf-8")

    def opens(self) -> None:
        open_memory(load(data_dir=self.kept, master_key=self.key), create=False).close()


@pytest.fixture
def containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Composed:
    monkeypatch.setenv("PAROLE_ENV_FILE", os.devnull)
    return Composed(tmp_path)


def test_the_key_is_changed_in_the_containers(containers: Composed) -> None:
    """P1: kept at the safe place, then in .env, of which nothing else changes."""
    ended = containers.change()
    assert ended.returncode == 0, ended.stderr
    assert containers.key != containers.first
    assert containers.copies == {containers.key}
    text = containers.env.read_text("utf-8")
    assert text == f"# clé\nPAROLE_MASTER_KEY={containers.key}\n{OTHERS}"
    assert containers.env.stat().st_mode & 0o777 == 0o600
    assert all(one.stat().st_mode & 0o077 == 0 for one in containers.safe.iterdir())
    containers.opens()
    assert containers.key not in containers.asked + ended.stdout + ended.stderr
    assert containers.asked.splitlines()[-1] == "compose up --detach server-1 server-2"


@pytest.mark.parametrize(
    "fail",
    ["before key rotate", "after key rotate", "before parole.key.new", "before key status",
     "before up"],
)  # fmt: skip
def test_whatever_fails_no_key_is_lost_and_it_goes_on(containers: Composed, fail: str) -> None:
    """P1: .env holds a key that was kept; asked again, the change ends."""
    before = containers.env.read_bytes()
    ended = containers.change(fail=fail)
    assert containers.key
    if containers.env.read_bytes() == before:
        assert ended.returncode != 0 or fail == "after key rotate"
    else:
        assert containers.copies == {containers.key}
    ended = containers.change()
    assert ended.returncode == 0, ended.stderr
    assert containers.key != containers.first
    assert containers.key in containers.copies
    containers.opens()


def test_an_old_key_that_is_still_there_stops_nothing(containers: Composed) -> None:
    assert containers.change().returncode == 0
    (containers.kept / "parole.key.new").unlink()  # as the servers do when they start
    before = containers.env.read_bytes()
    ended = containers.change()
    assert ended.returncode == 1
    assert "parole key destroy" in ended.stderr
    assert containers.env.read_bytes() == before
    assert containers.asked.splitlines()[-1] == "compose up --detach server-1 server-2"
    containers.opens()


def test_without_a_safe_place_nothing_begins(containers: Composed) -> None:
    for words in (("",), (str(containers.folder / "away"),), (str(containers.safe),)):
        ended = containers.change(*words)
        assert ended.returncode == 1
        assert ended.stderr
    assert not (containers.folder / "asked").exists()


def test_one_page_says_how_to_change_the_key_in_the_containers() -> None:
    """Two procedures would end by disagreeing: the other page leads to the first."""
    told = page("docs/backup.md").partition("## Changer la clé maîtresse\n")[2]
    assert re.search(r"^\./change-key /\S+", told, re.MULTILINE)
    there = page("docs/operate.md").partition("## Avec des conteneurs\n")[2].partition("\n## ")[0]
    assert "(backup.md#quand-la-clé-est-dans-parole_master_key)" in there
    for one in (told, there):
        assert "key rotate" not in one.partition("### Quand la clé")[2].partition("\n### ")[0]
        assert "parole.key.new\n" not in one
        assert "sed -i" not in one
    example = (COMPOSE / "parole.env.example").read_text("utf-8")
    assert re.search(r"^PAROLE_MASTER_KEY=$", example, re.MULTILINE)  # the line that is replaced


# The restore, with systemd


def program_of(account: str) -> str:
    """The command, for an account that may not read the folder where this Python is."""
    ours, theirs = str(ROOT), f"{ROOT}:{sysconfig.get_path('purelib')}"
    there = f"/usr/bin/python3.{sys.version_info.minor}"
    for python, path in ((sys.executable, ours), (there, theirs)):
        text = f'PYTHONPATH={path} exec {python} -m bot "$@"\n'
        become = ["setpriv", "--reuid", account, "--regid", account, "--clear-groups"]
        tried = subprocess.run(
            [*become, "sh", "-c", text, "parole", "--help"],
            cwd="/", capture_output=True, check=False,
        )  # fmt: skip
        if tried.returncode == 0:
            return text
    print(f"skipped: no Python of ours may be run by {account}")
    pytest.skip(f"no Python of ours may be run by {account}")


class Machine:
    """A machine where the service was installed: its account, its folder, its settings."""

    def __init__(self, folder: Path, cluster: Cluster | None = None) -> None:
        self.folder, self.data, self.cluster = folder, folder / "var" / "parole", cluster
        self.backups, self.media, self.run = (folder / one for one in ("backups", "media", "run"))
        settings, program = folder / "parole.env", folder / "program"
        folder.chmod(0o755)  # seen by the other account
        for one, mode in ((self.data.parent, 0o755), (self.run, 0o755), (self.media, 0o700)):
            one.mkdir(mode)
        for one in (self.data, self.backups):
            one.mkdir(0o700)
            shutil.chown(one, ACCOUNT, ACCOUNT)
        self.paths = {
            "account=parole\n": f"account={ACCOUNT}\n", "=/run\n": f"={self.run}\n",
            "-o parole -g parole": f"-o {ACCOUNT} -g {ACCOUNT}",
            "/opt/parole/.venv/bin/parole": str(program),
            "/opt/parole/deploy/systemd/": f"{folder}/", "/etc/parole/parole.env": str(settings),
            "/var/lib/parole": str(self.data), "/var/backups/parole": str(self.backups),
            "/run/remise": f"{self.run}/remise", "/media/": f"{self.media}/",
        }  # fmt: skip
        written = {name: self.ours((SYSTEMD / name).read_text("utf-8"))
                   for name in ("parole", "parole-restore")}  # fmt: skip
        written["program"] = f"#!/bin/sh\n{program_of(ACCOUNT)}"
        written["systemctl"] = f'#!/bin/sh\necho "$@" >>{folder}/asked\n'
        written["sudo"] = '#!/bin/sh\n[ "$1" != -u ] || shift 2\nexec "$@"\n'
        for name, text in written.items():
            (folder / name).write_text(text, "utf-8")
            (folder / name).chmod(0o755)
        cle = self.media / "cle"
        cle.mkdir()
        subprocess.run(["age-keygen", "-o", cle / "cle.txt"], check=True, capture_output=True)
        public = ["age-keygen", "-y", "-o", folder / "cle.pub", cle / "cle.txt"]
        subprocess.run(public, check=True, capture_output=True)
        (folder / "cle.pub").chmod(0o644)
        where = f"postgresql://parole@/parole?host={cluster.folder}" if cluster else ""
        settings.write_text(
            f"PAROLE_BACKUP_KEY={folder}/cle.pub\nPAROLE_DATABASE_URL={where}\n", "utf-8"
        )
        self.url = cluster.address("parole") if cluster else f"sqlite:///{self.data / 'parole.db'}"

    def ours(self, text: str) -> str:
        for theirs, here in self.paths.items():
            text = text.replace(theirs, here)
        return text

    def ran(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        path = {"PATH": f"{self.folder}:{os.environ['PATH']}"}
        if self.cluster:  # as the account postgres of the machine
            path |= {"PGHOST": str(self.cluster.folder), "PGUSER": "parole"}
            path |= {"PGDATABASE": "postgres"}
        return subprocess.run(
            list(map(str, command)), cwd="/", env=path, capture_output=True, text=True, check=False
        )

    def parole(self, *words: str | Path) -> str:
        """The wrapper of `deploy/systemd`: as the account of the service."""
        ended = self.ran(self.folder / "parole", *words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def serves(self) -> None:
        """Three people, a backup, then one of them is erased; copies go where the page says."""
        self.parole("migrate")
        with self.store() as store:
            for n in range(3):
                speak(store, n)
        self.parole("backup", "--to", self.backups)
        with self.store() as store:
            store.forget("telegram", "person 1")
        shutil.copy(self.data / "parole.key", self.media / "cle")

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        engine = open_database(self.url, create=False)
        keys = open_keys(engine, file=self.data / "parole.key")
        yield SqlStore(engine, keys, remembered=0, tombstones=Tombstones(self.data / NAME))
        engine.dispose()
        for one in self.data.iterdir():  # we are root
            shutil.chown(one, ACCOUNT, ACCOUNT)

    @property
    def backup(self) -> str:
        [file] = [*self.backups.glob("parole-*"), *self.media.glob("sauvegardes/parole-*")]
        return file.name

    def types(self, *blocks: str) -> subprocess.CompletedProcess[str]:
        """The blocks of the page, one after the other, until one fails."""
        text = re.sub(r"parole-\d+T\d+Z\.(db|dump)\.age", self.backup, "".join(blocks))
        return self.ran("bash", "-ec", self.ours(text))

    def is_back(self) -> None:
        """Who was not erased, all readable by the service, and no key left behind."""
        assert list(self.run.rglob("*")) in ([], [self.run / "remise"])
        assert self.data.stat().st_mode & 0o777 == 0o700
        owner = pwd.getpwnam(ACCOUNT).pw_uid
        for one in (self.data, *self.data.rglob("*")):
            assert one.stat().st_uid == owner, one
            assert one.stat().st_mode & 0o077 == 0, one
        self.parole("key", "status")  # opens it as the service does
        with self.store() as store:
            assert {one.id for one in store.conversations()} == {"c0", "c2"}


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("becoming another account needs root and setpriv")
    if not shutil.which("age"):
        pytest.skip("age is not installed (Debian: apt install age)")
    if request.param == "PostgreSQL" and programs() is None:
        pytest.skip("PostgreSQL is not installed")
    cluster = Cluster() if request.param == "PostgreSQL" else None
    mask = os.umask(0o022)  # that of a machine: a command called before may have changed ours
    try:
        if cluster:
            cluster.folder.chmod(0o711)  # its socket, for the account of the service
            cluster.execute("CREATE DATABASE parole TEMPLATE template0")
        with tempfile.TemporaryDirectory(prefix="parole-worst-") as made:
            yield Machine(Path(made), cluster)
    finally:
        os.umask(mask)
        if cluster:
            cluster.stop()


def blocks() -> tuple[str, str, str, str]:
    """To copy the backup; for PostgreSQL; to put back; to start."""
    told = page("docs/backup.md").partition("\n### Avec systemd\n")[2].partition("\n### ")[0]
    copies, database, puts_back, starts = re.findall(r"```sh\n(.+?)```", told, re.DOTALL)
    return copies, database, puts_back, starts


def test_the_page_brings_back_a_damaged_machine(machine: Machine) -> None:
    """P9: its commands, as they are written; what it had is kept aside."""
    machine.serves()
    if not machine.cluster:
        (machine.data / "parole.db").write_bytes(b"no database")
    _, database, puts_back, starts = blocks()
    ended = machine.types(database if machine.cluster else "", puts_back, starts)
    assert ended.returncode == 0, ended.stderr
    machine.is_back()
    asked = (machine.folder / "asked").read_text("utf-8").splitlines()
    assert asked[-2].startswith("stop parole.service parole-backup.timer ")
    assert asked[-1].startswith("enable --now parole-rasa parole ")
    [before] = machine.data.parent.glob("parole.avant-*")
    assert (before / "parole.key").exists()


def test_the_page_brings_back_a_lost_machine(machine: Machine) -> None:
    """P9: there is no data folder; the newest list comes with the keys."""
    machine.serves()
    shutil.move(machine.data / NAME, machine.media / "cle" / NAME)
    shutil.rmtree(machine.data)
    machine.backups.rename(machine.media / "sauvegardes")
    machine.backups.mkdir(0o700)
    shutil.chown(machine.backups, ACCOUNT, ACCOUNT)
    copies, database, puts_back, _ = blocks()
    listed = puts_back.replace(
        "/media/cle/parole.key /", f"/media/cle/parole.key /media/cle/{NAME} /"
    )
    assert listed != puts_back
    ended = machine.types(copies, database if machine.cluster else "", listed)
    assert ended.returncode == 0, ended.stderr
    assert "ATTENTION" not in ended.stderr
    (machine.run / "remise" / NAME).unlink()
    machine.is_back()


def test_what_is_refused_leaves_all_as_it_was(machine: Machine) -> None:
    """P9: another key of the backups, a database that is there, a backup that cannot be read."""
    machine.serves()
    before = {one: one.read_bytes() for one in machine.data.iterdir()}
    _, _, puts_back, _ = blocks()
    if machine.cluster:
        ended = machine.types(puts_back)  # not put aside
        assert "Il y a déjà une base" in ended.stderr
    else:
        (machine.media / "cle" / "cle.txt").unlink()
        other = ["age-keygen", "-o", machine.media / "cle" / "cle.txt"]
        subprocess.run(other, check=True, capture_output=True)
        ended = machine.types(puts_back)
        assert "ne s'ouvre pas avec cette clé" in ended.stderr
    assert ended.returncode != 0
    shutil.chown(machine.backups / machine.backup, "root")
    unread = machine.types(puts_back)
    assert unread.returncode != 0
    assert "install -o" in unread.stderr
    assert {one: one.read_bytes() for one in machine.data.iterdir()} == before
    assert not list(machine.data.parent.glob("parole.avant-*"))
    shutil.rmtree(machine.run / "remise")
    machine.is_back()
    assert "comme avant" in ended.stderr


def test_the_installation_says_where_to_stop_when_a_backup_comes_back() -> None:
    """P9: the service would make an empty database, with another key."""
    told = page("docs/operate.md").partition("**6. Démarrer.**")[2].partition("```")[0]
    assert "remettez une sauvegarde en place" in told
    assert "(backup.md#avec-systemd)" in told
    assert "mkdir neuf && cp" not in page("docs/backup.md")
    assert (SYSTEMD / "parole-restore").stat().st_mode & 0o111
    assert (COMPOSE / "change-key").stat().st_mode & 0o111
