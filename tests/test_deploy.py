"""S14 and how the service is put somewhere: what the files promise is what they say."""

from __future__ import annotations

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.metrics import Meters
from bot.settings import Settings, variable
from tests.test_documents import page

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
MOST_EXPOSED = {"parole.service": 1.5, "parole-rasa.service": 1.0}  # of 10, as systemd counts


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
    ended = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", runnable / name],
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
    assert "--socket" in service["ExecStart"]
    rasa = composed()["services"]["rasa"]
    assert rasa["network_mode"] == "none"
    assert not {"ports", "networks", "env_file"} & set(rasa)
    assert "env" not in str(rasa.get("environment", ""))


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


def test_the_database_writes_no_value_in_its_log() -> None:
    """P2."""
    said = composed()["services"]["postgres"]["command"]
    assert {"log_min_error_statement=panic", "log_parameter_max_length_on_error=0"} <= set(said)


def test_every_volume_and_file_of_the_composition_exists() -> None:
    described = composed()
    for one in described["services"].values():
        for volume in one.get("volumes", ()):
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
    shutil.copy(folder / "parole.env.example", folder / "parole.env")
    subprocess.run(
        ["docker", "compose", "--file", folder / "compose.yml", "config", "--quiet"], check=True
    )


@pytest.mark.parametrize(
    "file",
    [*UNITS, DEPLOY / "compose" / "compose.yml", DEPLOY / "compose" / "parole.env.example",
     DEPLOY / "compose" / "Dockerfile"],
    ids=lambda file: file.name,
)  # fmt: skip
def test_the_settings_named_exist(file: Path) -> None:
    known = {variable(name) for name in Settings.model_fields}
    known |= {"PAROLE_ENV_FILE", "PAROLE_DOMAIN"}
    assert set(re.findall(r"PAROLE_[A-Z_]+", file.read_text("utf-8"))) <= known


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
            assert stem in counted | {"process_resident_memory_bytes"}, name
        assert f"`{rule['alert']}`" in watch
