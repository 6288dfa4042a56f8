"""A throw-away PostgreSQL cluster: its own folder, a unix socket, nothing on the network."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

PROGRAMS = Path("/usr/lib/postgresql")
FAST = ("fsync=off", "full_page_writes=off", "max_connections=60")


def programs() -> Path | None:
    """The folder of the newest server installed."""
    found = [one.parent for one in PROGRAMS.glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    numbered = [one for one in found if one.parent.name.isdigit()]
    return max(numbered, key=lambda one: int(one.parent.name), default=None) or next(
        iter(found), None
    )


class Cluster:
    """A running server. `url()` gives the address of a new, empty database."""

    def __init__(self, *settings: str) -> None:
        where = programs()
        if where is None:
            raise FileNotFoundError("PostgreSQL is not installed (Debian: apt install postgresql)")
        self._bin, self._count = where, 0
        self.folder = Path(tempfile.mkdtemp(prefix="parole-pg-"))
        self._as: list[str] = []
        if os.geteuid() == 0:  # the server refuses to run as root
            account = _account()
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            ids = (f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}")
            self._as = ["setpriv", *ids, "--clear-groups"]
        self._settings = settings or FAST
        self._tables = self.folder / "data"
        self._server: subprocess.Popen[bytes] | None = None
        try:
            self._run("initdb", "-D", str(self._tables), "-U", "parole", "-A", "trust", "-N",
                      "--encoding=UTF8", "--locale=C")  # fmt: skip
            self.start()
        except BaseException:
            self.stop()
            raise

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self._as, str(self._bin / program), *arguments],
            check=True,
            cwd=self.folder,
            capture_output=True,
        )

    def start(self) -> None:
        """Start the server on its folder; returns when it answers."""
        dies_with_us = [] if not self._as else ["--pdeathsig", "INT"]
        options = [part for setting in self._settings for part in ("-c", setting)]
        with (self.folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [*self._as, *dies_with_us, str(self._bin / "postgres"), "-D", str(self._tables),
                 "-k", str(self.folder), "-c", "listen_addresses=", *options],
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )  # fmt: skip
        for _ in range(200):
            if self._server.poll() is not None:
                break
            try:
                self.execute("SELECT 1")
            except OperationalError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError((self.folder / "server.log").read_text()[-2000:])

    def halt(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server and keep its folder. SIGQUIT stops it as a crash would."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(30)
            self._server = None

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, database: str) -> str:
        return f"postgresql+psycopg://parole@/{database}?host={self.folder}"

    def url(self) -> str:
        """The address of a new, empty database."""
        self._count += 1
        name = f"parole_{self._count}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.address(name)

    def drop(self, url: str) -> None:
        name = url.partition("@/")[2].partition("?")[0]
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, sql: str) -> None:
        engine = create_engine(self.address("postgres"), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(sql))
        finally:
            engine.dispose()


def _account() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("no account to run the server with")
