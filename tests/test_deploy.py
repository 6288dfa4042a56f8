"""S14 and how the service is put somewhere: what the files promise is what they say."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from configparser import ConfigParser
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.app.memory import open_memory
from bot.metrics import Meters
from bot.settings import Settings, load, variable
from tests.test_documents import page

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
SYSTEMD = DEPLOY / "systemd"
UNITS = sorted(file for file in SYSTEMD.iterdir() if file.suffix in {".service", ".timer"})
EXAMPLES = (SYSTEMD / "parole.env.example", DEPLOY / "compose" / "parole.env.example")
MOST_EXPOSED = {  # of 10, as systemd counts
    "parole.service": 1.5, "parole-rasa.service": 1.0, "parole-nightly@.service": 1.5,
}  # fmt: skip
ACCOUNTS = {"parole": 64_001, "parole-rasa": 64_002}  # numbers that no account of a machine has


def unit(name: str) -> dict[str, str]:
    class Repeated(dict[str, str]):
        def __setitem__(self, key: str, value: Any) -> None:
            if isinstance(value, list) and key in self:
                value = [*self[key], *value]
            super().__setitem__(key, value)

    reader = ConfigParser(strict=False, interpolation=None, dict_type=Repeated)
    reader.optionxform = str  # type: ignore[assignment,method-assign]
    reader.read(DEPLOY / "systemd" / name, encoding="utf-8")
    return dict(reader["Service"])


@pytest.fixture(scope="module")
def runnable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units, leading to programs that are on this machine."""
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is not installed")
        pytest.skip("systemd-analyze is not installed")
    folder = tmp_path_factory.mktemp("units")
    for file in UNITS:
        text = re.sub(r"/opt/parole/\S*/bin/\w+", "/bin/true", file.read_text("utf-8"))
        text = text.replace("/opt/parole/deploy/systemd/parole-failed", "/bin/true")
        (folder / file.name).write_text(text, "utf-8")
    return folder


def test_systemd_takes_every_unit(runnable: Path) -> None:
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(runnable.iterdir())],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in ended.stderr.splitlines() if "parole" in line]
    assert ours == []


@pytest.mark.parametrize("name", sorted(MOST_EXPOSED))
def test_the_services_are_shut(runnable: Path, name: str) -> None:
    """S14: by systemd's own measure."""
    measured = runnable / name.replace("@", "@measured")  # of a template, one instance
    if not measured.exists():
        shutil.copy(runnable / name, measured)
    ended = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", measured],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", ended.stdout)
    if not found:
        pytest.skip("this systemd-analyze does not measure a file")
    assert float(found[1]) <= MOST_EXPOSED[name]


def test_rasa_has_no_network_and_no_secret() -> None:
    """S14: neither by systemd nor in the containers."""
    service = unit("parole-rasa.service")
    assert service["PrivateNetwork"] == "yes"
    assert service["IPAddressDeny"] == "any"
    assert service["RestrictAddressFamilies"] == "AF_UNIX"
    assert service["MemoryMax"] == "2G"
    assert service["RestartPreventExitStatus"] == "3"  # a model that is not trusted
    assert "EnvironmentFile" not in service
    assert "Environment=PAROLE" not in (SYSTEMD / "parole-rasa.service").read_text("utf-8")
    assert "--socket" in service["ExecStart"]
    rasa = composed()["services"]["rasa"]
    assert rasa["network_mode"] == "none"
    assert not {"ports", "networks", "env_file"} & set(rasa)
    assert "env" not in str(rasa.get("environment", ""))


def test_rasa_is_another_account_that_shares_its_socket_alone() -> None:
    """S14: the same account would open the memory, so the secrets, of the service."""
    server, rasa = unit("parole.service"), unit("parole-rasa.service")
    nightly = unit("parole-nightly@.service")
    assert server["User"] == nightly["User"] == "parole"
    assert rasa["User"] == rasa["Group"] == "parole-rasa"
    assert server["SupplementaryGroups"] == "parole-rasa"
    assert "SupplementaryGroups" not in rasa
    assert rasa["RuntimeDirectoryMode"] == "0750"
    assert rasa["ExecStart"].endswith("--socket /run/parole-rasa/nlu.sock --shared")
    assert {"-/etc/parole", "-/var/lib/parole"} <= set(rasa["InaccessiblePaths"].split())

    services = composed()["services"]
    shared = [
        set(services["rasa"]["volumes"]) & {mounted.removesuffix(":ro") for mounted in
                                            services[name].get("volumes", ())
                                            if isinstance(mounted, str)}
        for name in services if name != "rasa"
    ]  # fmt: skip
    assert set().union(*shared) == {"understanding:/run/parole-rasa"}
    assert services["rasa"]["volumes"] == ["understanding:/run/parole-rasa"]
    stages = (DEPLOY / "compose" / "Dockerfile").read_text("utf-8").split("\nFROM ")
    users = {stage.split(" AS ")[1].split()[0]: re.findall(r"^USER (\S+)", stage, re.MULTILINE)
             for stage in stages[1:]}  # fmt: skip
    assert (users["server"], users["rasa"]) == (["parole"], ["parole-rasa"])
    numbers = [re.findall(r"--uid (\d+)", stage) for stage in stages if "--uid" in stage]
    assert numbers == [["10001"], ["10002"]]
    assert services["server-1"]["group_add"] == ["10002"]
    for stage in stages:  # whichever makes the shared folder, it is the same
        for made in re.findall(r"install -d (.+) /run/parole-rasa", stage):
            assert made in {"-o 10002 -g 10002 -m 0750", "-o parole-rasa -g parole-rasa -m 0750"}


def as_account(name: str, *command: str, also: str = "") -> subprocess.CompletedProcess[str]:
    """A command run by an account of a number that nobody has."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("becoming another account needs root and setpriv")
    number = str(ACCOUNTS[name])
    groups = f"--groups={ACCOUNTS[also]}" if also else "--clear-groups"
    return subprocess.run(
        ["setpriv", f"--reuid={number}", f"--regid={number}", groups, *command],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_two_accounts_the_socket_is_reached_and_the_secrets_are_not() -> None:
    """S14: as the units set it, with real processes: nlu.server's own socket, modes and groups."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("becoming another account needs root and setpriv")
    rasa, ours = ACCOUNTS["parole-rasa"], ACCOUNTS["parole"]
    folder = Path(tempfile.mkdtemp(prefix="parole-run-"))  # pytest's is closed to others
    listens = (
        "import os, socket, sys; from nlu.server import mask; os.umask(mask(shared=True));"
        "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen();"
        "s.accept()[0].sendall(b'here')"
    )
    speaks = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.settimeout(20);"
        "s.connect(sys.argv[1]); print(s.recv(9).decode())"
    )
    where = str(folder / "nlu.sock")
    become = ["setpriv", f"--reuid={rasa}", f"--regid={rasa}", "--clear-groups"]
    kept = {**os.environ, "PYTHONPATH": str(ROOT)}
    holder = ["setpriv", f"--reuid={ours}", f"--regid={ours}", "--clear-groups", "sleep", "300"]
    try:
        folder.chmod(0o750)
        os.chown(folder, rasa, rasa)
        with (
            subprocess.Popen([*become, sys.executable, "-c", listens, where], env=kept) as server,
            subprocess.Popen(holder, env={"PAROLE_MASTER_KEY": "canary"}) as serving,
        ):
            try:
                for _ in range(600):
                    if Path(where).exists():
                        break
                    time.sleep(0.05)
                apart = as_account("parole", sys.executable, "-c", speaks, where)
                assert "PermissionError" in apart.stderr
                told = as_account("parole", sys.executable, "-c", speaks, where, also="parole-rasa")
                assert told.stdout == "here\n", told.stderr
                secrets = f"/proc/{serving.pid}/environ"
                assert "canary" in as_account("parole", "cat", secrets).stdout
                stolen = as_account("parole-rasa", "cat", secrets)
                assert stolen.returncode != 0
                assert "canary" not in stolen.stdout
            finally:
                serving.kill()
                server.kill()
    finally:
        shutil.rmtree(folder)


def composed() -> dict[str, Any]:
    file = DEPLOY / "compose" / "compose.yml"
    found: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return found


def test_only_the_web_server_is_seen_from_outside() -> None:
    services = composed()["services"]
    assert [name for name, one in services.items() if "ports" in one] == ["caddy"]
    assert services["postgres"]["networks"] == ["inside"]
    assert composed()["networks"]["inside"] == {"internal": True}
    assert {"server-1", "server-2"} <= set(services)
    subnet = composed()["networks"]["front"]["ipam"]["config"][0]["subnet"]
    for name in ("server-1", "server-2"):
        assert services[name]["environment"]["PAROLE_PROXIES"] == subnet
    for name, one in services.items():
        assert "no-new-privileges:true" in one["security_opt"], name
        assert one.get("read_only") is True or name == "postgres"
        assert ":latest" not in one["image"]


def test_the_servers_alone_receive_the_secrets() -> None:
    """S14: each other container is given the words it needs, by their names."""
    given = {"caddy": {"PAROLE_DOMAIN"}, "postgres": {"POSTGRES_PASSWORD"}, "rasa": set()}
    servers = {"server-1", "server-2", "migrate", "restore"}
    services = composed()["services"]
    assert set(services) == servers | set(given)
    for name, one in services.items():
        if name in servers:
            assert one["image"] == "parole-server"
            assert one["env_file"] == [".env"]
            continue
        assert not {"env_file", "secrets", "configs"} & set(one), name
        assert set(re.findall(r"\$\{(\w+)", str(one))) == given[name], name


def test_a_filled_in_file_of_settings_leaves_the_machine_in_no_way() -> None:
    """S13: neither by a commit nor by a layer of an image; the examples do."""
    filled = ["deploy/compose/.env", "deploy/compose/parole.env", "deploy/systemd/parole.env",
              ".env", ".env.local", "parole.key", "data/parole.key.old", "x/parole.key.new",
              "parole.db-wal", "sauvegarde.secret", "x/parole-1.db.age"]  # fmt: skip
    told = subprocess.run(
        ["git", "check-ignore", "--no-index", *filled, *(str(one) for one in EXAMPLES)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.stdout.split() == filled
    shut = (ROOT / ".dockerignore").read_text("utf-8").split()
    for file in filled:
        assert any(
            fnmatch(file, one) or fnmatch("/" + file, one.replace("**/", "*/"))
            or file.startswith(one + "/") for one in shut
        ), file  # fmt: skip


def test_the_database_writes_no_value_in_its_log() -> None:
    """P2."""
    said = composed()["services"]["postgres"]["command"]
    assert {"log_min_error_statement=panic", "log_parameter_max_length_on_error=0"} <= set(said)


def test_every_volume_and_file_of_the_composition_exists() -> None:
    described = composed()
    for one in described["services"].values():
        for volume in one.get("volumes", ()):
            if isinstance(volume, dict):  # a folder of the machine, that Docker does not make
                assert volume["bind"] == {"create_host_path": False}
                continue
            source = volume.partition(":")[0]
            there = (DEPLOY / "compose" / source).exists()
            assert there if source.startswith(".") else source in described["volumes"]
        if build := one.get("build"):
            file = DEPLOY / "compose" / build["context"] / build["dockerfile"]
            assert f" AS {build['target']}\n" in file.read_text("utf-8")


def test_a_backup_can_be_made_in_the_containers() -> None:
    """P9: `pg_dump` refuses a database that is newer than itself."""
    clients = {"bookworm": 15, "trixie": 17}  # postgresql-client of Debian
    built = (DEPLOY / "compose" / "Dockerfile").read_text("utf-8")
    [debian] = re.findall(r"^FROM python:[\d.]+-slim-(\w+) AS server$", built, re.MULTILINE)
    database = re.match(r"postgres:(\d+)-", composed()["services"]["postgres"]["image"])
    assert database
    assert clients[debian] >= int(database[1])
    assert "age postgresql-client" in built


def test_docker_takes_the_composition(tmp_path: Path) -> None:
    if (
        not shutil.which("docker")
        or subprocess.run(
            ["docker", "compose", "version"], capture_output=True, check=False
        ).returncode
    ):
        print("skipped: docker compose is not installed")
        pytest.skip("docker compose is not installed")
    folder = shutil.copytree(DEPLOY / "compose", tmp_path / "compose")
    filled = (folder / "parole.env.example").read_text("utf-8")
    filled = filled.replace("POSTGRES_PASSWORD=", "POSTGRES_PASSWORD=x")
    (folder / ".env").write_text(filled, "utf-8")
    subprocess.run(
        ["docker", "compose", "--file", folder / "compose.yml", "config", "--quiet"], check=True
    )


@pytest.mark.parametrize(
    "file",
    [*UNITS, *EXAMPLES, SYSTEMD / "parole", SYSTEMD / "parole-failed",
     DEPLOY / "compose" / "compose.yml", DEPLOY / "compose" / "Dockerfile"],
    ids=lambda file: file.name,
)  # fmt: skip
def test_the_settings_named_exist(file: Path) -> None:
    known = {variable(name) for name in Settings.model_fields}
    known |= {"PAROLE_ENV_FILE", "PAROLE_DOMAIN", "PAROLE_FAILED_TO"}
    assert set(re.findall(r"PAROLE_[A-Z_]+", file.read_text("utf-8"))) <= known


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_a_service_starts_on_the_example(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Read by the program itself, as the units and the command do: no name is unknown."""
    written = file.read_text("utf-8").replace("PAROLE_DOMAIN", "# PAROLE_DOMAIN")
    (tmp_path / "parole.env").write_text(written, "utf-8")
    monkeypatch.setenv("PAROLE_ENV_FILE", str(tmp_path / "parole.env"))
    settings = load()
    assert settings.keep_months == 6
    assert settings.closing_date is None
    assert settings.backup_key
    assert {"PAROLE_ORGANISER_NAME", "PAROLE_CLOSING_DATE"} <= set(settings.to_change)


def test_units_and_command_read_one_file_as_one_account() -> None:
    """What a command writes is read by the service: the same account, settings and folder."""
    command = (SYSTEMD / "parole").read_text("utf-8")
    wanted = {"PAROLE_ENV_FILE=/etc/parole/parole.env", "PAROLE_DATA_DIR=/var/lib/parole"}
    for name in ("parole.service", "parole-nightly@.service"):
        said = (SYSTEMD / name).read_text("utf-8")
        assert wanted <= set(re.findall(r"^Environment=(\S+)$", said, re.MULTILINE))
        assert "AssertPathExists=/etc/parole/parole.env" in said
        assert "EnvironmentFile" not in said
    for one in (*wanted, "unix:/run/parole-rasa/nlu.sock", "/opt/parole/.venv/bin/parole"):
        assert one.replace("PAROLE_ENV_FILE=", "") in command
    assert "account=parole\n" in command
    assert (SYSTEMD / "parole").stat().st_mode & 0o111
    assert (SYSTEMD / "parole-failed").stat().st_mode & 0o111


def test_the_command_becomes_the_account_and_keeps_no_environment() -> None:
    """Played with an account that every machine has: its group, two settings, nothing of root's."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("becoming another account needs root and setpriv")
    there = pwd.getpwnam("daemon")
    with tempfile.TemporaryDirectory(prefix="parole-command-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # seen by the other account
        settings, program, command = folder / "parole.env", folder / "told", folder / "parole"
        program.write_text('#!/bin/sh\nid -u; id -g; umask; echo "$#" "$@"; env\n', "utf-8")
        written = (SYSTEMD / "parole").read_text("utf-8")
        for ours, theirs in (
            ("account=parole\n", "account=daemon\n"), ("/etc/parole/parole.env", str(settings)),
            ("/opt/parole/.venv/bin/parole", str(program)),
        ):  # fmt: skip
            assert ours in written
            written = written.replace(ours, theirs)
        command.write_text(written, "utf-8")
        for file in (program, command):
            file.chmod(0o755)

        def run(*before: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [*before, str(command), "staff", "a b"],
                env={**os.environ, "PAROLE_MASTER_KEY": "canary"},
                capture_output=True, text=True, check=False,
            )  # fmt: skip

        ended = run()
        assert (ended.returncode, ended.stdout) == (1, "")
        assert str(settings) in ended.stderr
        settings.touch()
        lines = run().stdout.splitlines()
        wanted = [str(there.pw_uid), str(there.pw_gid), "0077", "2 staff a b"]
        assert lines[:4] == wanted
        assert f"PAROLE_ENV_FILE={settings}" in lines
        assert not any("canary" in line for line in lines)
        ended = run("setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups")
        assert (ended.returncode, ended.stdout) == (1, "")
        assert "sudo" in ended.stderr


def test_another_account_does_not_change_the_key(tmp_path: Path) -> None:
    """As root, the new key would be root's, and the service would not start any more."""
    if os.geteuid() != 0:
        pytest.skip("giving a folder to another account needs root")
    folder = tmp_path / "parole"
    command = [sys.executable, "-m", "bot", "key", "rotate", "--data", str(folder)]
    kept = {**os.environ, "PYTHONPATH": str(ROOT), "PAROLE_ENV_FILE": os.devnull}
    open_memory(load(data_dir=folder)).close()
    key = (folder / "parole.key").read_bytes()
    for account, changes in (("daemon", False), ("root", True)):
        shutil.chown(folder, account)
        ended = subprocess.run(
            command, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False
        )
        assert (ended.returncode == 0) is changes, ended.stderr
        assert ("daemon" in ended.stderr) is not changes
        assert ((folder / "parole.key").read_bytes() != key) is changes


def test_a_night_that_fails_is_said() -> None:
    """R10: every service calls the one that tells root; the nights are two words of one unit."""
    for file in UNITS:
        said = file.read_text("utf-8")
        if file.suffix == ".service" and "parole-failed" not in file.name:
            assert "\nOnFailure=parole-failed@%n.service\n" in said
    started = set()
    for file in SYSTEMD.glob("*.timer"):
        [name] = re.findall(r"^Unit=parole-nightly@(\w+)\.service$", file.read_text("utf-8"),
                            re.MULTILINE)  # fmt: skip
        started.add(name)
    nightly = (SYSTEMD / "parole-nightly@.service").read_text("utf-8")
    does = dict(re.findall(r'"(\w+)=(\w[^"]*)"', nightly))
    assert set(does) == started == {"backup", "purge"}
    assert does == {"backup": "backup --to /var/backups/parole", "purge": "purge --go"}
    assert unit("parole-nightly@.service")["ExecStart"] == "/opt/parole/.venv/bin/parole $%i"


def test_who_is_told_of_a_failure(tmp_path: Path) -> None:
    """The journal and, where the machine can send it, a letter to root."""
    sent = tmp_path / "sent"
    for name in ("mail", "logger", "wall", "hostname"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "{name} $@" >>{sent}\n', "utf-8")
        program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    command = [SYSTEMD / "parole-failed", "parole-nightly@backup.service"]
    subprocess.run(command, env={"PATH": path}, check=True)
    said = sent.read_text("utf-8")
    assert "mail -s Parole : parole-nightly@backup.service a échoué root" in said
    assert "logger --tag parole --priority daemon.err" in said
    assert "wall " in said


def test_the_page_goes_from_a_bare_machine_to_a_first_account() -> None:
    """Its commands name the accounts, files and units that are there, and none other."""
    installing = page("docs/operate.md").partition("## Avec systemd\n")[2].partition("\n## ")[0]
    typed = "\n".join(re.findall(r"```sh\n(.+?)```", installing, re.DOTALL))
    for account in {unit(name)["User"] for name in ("parole.service", "parole-rasa.service")}:
        assert re.search(rf"useradd .* {account}$", typed, re.MULTILINE), account
    assert re.search(r"useradd .* --groups parole-rasa parole$", typed, re.MULTILINE)
    for file in re.findall(r"deploy/systemd/[\w.-]+\w", typed):
        assert (ROOT / file).exists(), file
    for name in re.findall(r"parole-[\w-]+(?:@(?=\w)|\.timer)", typed):
        assert (SYSTEMD / (name if name.endswith("timer") else name + ".service")).exists(), name
    assert "UV_PYTHON_INSTALL_DIR=/opt/parole/.uv/python make train" in typed  # ProtectHome=yes
    assert "install -m 0640 -g parole deploy/systemd/parole.env.example" in typed
    order = ["apt-get install", "git clone", "useradd", "make train", "parole.env.example",
             "systemctl enable --now", "sudo parole staff add"]  # fmt: skip
    places = [typed.index(one) for one in order]
    assert places == sorted(places)
    assert unit("parole.service")["ProtectHome"] == unit("parole-rasa.service")["ProtectHome"]


def test_the_web_servers_of_the_page_write_no_address() -> None:
    """P2, P7: as the Caddyfile; and what is for the inside is not there from outside."""
    [nginx] = re.findall(r"```nginx\n(.+?)```", page("docs/operate.md"), re.DOTALL)
    caddy = (DEPLOY / "compose" / "Caddyfile").read_text("utf-8")
    assert re.search(r"^access_log off;", nginx, re.MULTILINE)
    assert re.search(r"^error_log \S+ crit;", nginx, re.MULTILINE)
    assert re.search(r"^client_max_body_size 256k;", nginx, re.MULTILINE)
    assert "\tlog" not in caddy
    for path in ("/metrics", "/readyz"):
        assert f"location = {path} {{ return 404; }}" in nginx
        assert path in caddy


def test_what_alerts_watch_is_counted() -> None:
    """R10: each alert watches a number that exists, and the page says what to do."""
    described = yaml.safe_load((DEPLOY / "prometheus-alerts.yml").read_text("utf-8"))
    rules = described["groups"][0]["rules"]
    meters = Meters()
    counted = {sample for family in meters.registry.collect() for sample in [family.name]}
    watch = page("docs/operate.md").partition("## À surveiller")[2]
    assert rules
    for rule in rules:
        for name in re.findall(r"\b(?:parole|process)_\w+", rule["expr"]):
            stem = re.sub(r"_(total|bucket)$", "", name)
            assert stem in counted, name
        assert f"`{rule['alert']}`" in watch
