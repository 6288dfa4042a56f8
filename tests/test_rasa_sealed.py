"""S14: the understanding server seen from outside: no network, one file, two routes."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from nlu.alone import STILL_THERE, roads
from nlu.rasa import Rasa
from nlu.seal import MODEL, SEAL, sha256
from tests.nlu_model import PYTHON, ROOT, running, trained

CONNECTS = (
    "import socket, sys\n"
    "s = socket.socket(); s.settimeout(3)\n"
    "s.connect((sys.argv[1], int(sys.argv[2])))"
)
SPEAKS = "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])"
READY = "http://rasa/status"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """The socket of a server, and its process."""
    folder = tmp_path_factory.mktemp("sealed")
    with running(trained(), folder) as (where, _):
        found = subprocess.run(
            ["pgrep", "-f", f"nlu.server .*{where}"], capture_output=True, text=True, check=True
        )
        yield where, int(found.stdout.split()[0])


def network_of(process: int | str) -> str:
    return str(Path(f"/proc/{process}/ns/net").readlink())


def apart(process: int) -> None:
    """Skip, saying why, where the system does not let a process leave the network."""
    if network_of(process) == network_of("self"):
        why = "this system gives a process no network of its own (unshare refused)"
        print(f"skipped: {why}")
        pytest.skip(why)


def entering(process: int, *command: str) -> subprocess.CompletedProcess[str]:
    """A command run in the network of this process."""
    if not shutil.which("nsenter") or os.geteuid() != 0:
        why = "entering the network of another process needs nsenter and root"
        print(f"skipped: {why}")
        pytest.skip(why)
    return subprocess.run(
        ["nsenter", f"--net=/proc/{process}/ns/net", *command],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip


def test_it_answers_from_a_network_of_its_own(served: tuple[Path, int]) -> None:
    """S14: two networks, one file: the answer comes through."""
    apart(served[1])
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(served[0]))) as client:
        answer = client.post("http://rasa/model/parse", json={"text": "je veux arrêter"})
        assert answer.json()["intent"]["name"]


def test_it_says_that_it_is_alone(served: tuple[Path, int]) -> None:
    """S14: what `/metrics` tells of it."""
    apart(served[1])
    assert asyncio.run(told(served[0])) is True


async def told(socket: Path) -> bool | None:
    rasa = Rasa(socket=socket)
    try:
        return await rasa.alone()
    finally:
        await rasa.close()


def test_a_server_that_could_not_leave_says_so(tmp_path: Path) -> None:
    """S14: once where it was started, and to who asks; one that is away says nothing."""
    socket, model = tmp_path / "nlu.sock", tmp_path / "model"
    model.mkdir()
    (model / MODEL).write_bytes(b"x")
    (model / SEAL).write_text(sha256(model / MODEL), "ascii")
    assert asyncio.run(told(socket)) is None
    refused = (
        "import nlu.server as server;"
        "server.leave_network = lambda: False;"
        "server.load = lambda _: None; server.main()"
    )
    command = [PYTHON, "-c", refused, "--model", model, "--socket", socket]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE
    ) as server:
        try:
            for _ in range(600):
                if socket.exists() or server.poll() is not None:
                    break
                time.sleep(0.1)
            assert asyncio.run(told(socket)) is False
        finally:
            server.terminate()
        assert server.stderr
        assert server.stderr.read().decode().splitlines().count(STILL_THERE) == 1


@pytest.mark.parametrize(
    ("routes", "routes6", "leads"),
    [
        ("", None, False),
        ("", "0000 00 lo", False),
        ("eth0\t0000\t0102", "", True),
        ("", "fe80 40 eth0", True),
        (None, None, True),  # nothing tells
    ],
)
def test_a_road_out_is_seen(
    tmp_path: Path, routes: str | None, routes6: str | None, leads: bool
) -> None:
    """S14: systemd or a container takes the network away before we can: then no road is left."""
    if routes is not None:
        (tmp_path / "route").write_text(f"Iface Destination\n{routes}\n", "ascii")
    if routes6 is not None:
        (tmp_path / "ipv6_route").write_text(f"{routes6}\n", "ascii")
    assert roads(tmp_path) is leads


def test_nothing_leaves_it_and_nothing_enters(served: tuple[Path, int]) -> None:
    """S14: from its network, neither this machine nor any other can be reached."""
    apart(served[1])
    with socket.socket() as here:
        here.bind(("127.0.0.1", 0))
        here.listen()
        port = str(here.getsockname()[1])
        subprocess.run([sys.executable, "-c", CONNECTS, "127.0.0.1", port], check=True, timeout=30)
        for address in ("127.0.0.1", "192.0.2.1", "1.1.1.1"):
            ended = entering(served[1], sys.executable, "-c", CONNECTS, address, port)
            assert ended.returncode != 0
            assert "unreachable" in ended.stderr, ended.stderr
    listed = entering(served[1], "cat", "/proc/net/dev").stdout
    assert "lo:" in listed
    assert "eth" not in listed


def test_it_listens_to_no_port(served: tuple[Path, int]) -> None:
    """S14: whichever network it is in."""
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        table = Path(f"/proc/{served[1]}/net/{protocol}")
        if not table.exists():
            continue
        open_here = {str(one.readlink()) for one in Path(f"/proc/{served[1]}/fd").iterdir()}
        inodes = {f"socket:[{line.split()[9]}]" for line in table.read_text().splitlines()[1:]}
        assert not inodes & open_here, protocol


def test_another_account_cannot_speak_to_it(served: tuple[Path, int]) -> None:
    """S14: the file is its owner's."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("becoming another account needs root")
    ids = ("--reuid=65534", "--regid=65534", "--clear-groups")
    command = [sys.executable, "-c", SPEAKS, str(served[0])]
    assert subprocess.run(command, check=False).returncode == 0
    ended = subprocess.run(["setpriv", *ids, *command], capture_output=True, text=True, check=False)
    assert "PermissionError" in ended.stderr


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path",
    ["/model", "/model/train", "/webhooks/rest/webhook", "/webhooks/telegram/set_webhook",
     "/conversations/x/tracker", "/conversations/x/messages", "/domain", "/version"],
)  # fmt: skip
def test_rasa_s_own_routes_are_not_there(served: tuple[Path, int], method: str, path: str) -> None:
    """S14: no webhook, no model loaded from elsewhere, no training, no thread."""
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(served[0]))) as client:
        assert client.request(method, f"http://rasa{path}", json={}).status_code == 404


def test_a_port_is_of_this_machine_only() -> None:
    """S14: --port, for trying things out, is bound to 127.0.0.1 and cannot be bound elsewhere."""
    code = (ROOT / "nlu" / "server.py").read_text("utf-8")
    assert 'host="127.0.0.1" if asked.port is not None else None' in code
    assert "0.0.0.0" not in code
    assert "--host" not in code
