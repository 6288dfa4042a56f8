"""The process that understands: prepared, watched, stopped, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from nlu_model import trained

from bot.errors import UnderstandingError
from nlu import environment, tied
from nlu.rasa import Rasa
from nlu.runner import Runner

ROOT = Path(__file__).parent.parent
UV = "/nowhere/uv"  # never needed once everything is installed


async def until(condition, limit=60.0):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def servers_of(socket):
    """The processes that serve this socket."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"nlu.server" in command and os.fsencode(socket) in command:
                found.append(int(entry.name))
    return found


def test_prepared_restarted_when_it_dies_and_stopped(tmp_path):
    (tmp_path / "model").symlink_to(trained())
    (tmp_path / "nlu-999999999.sock").touch()
    said = []

    async def scene():
        runner = Runner(ROOT, tmp_path, UV, said.append)
        assert runner.state == "absent"
        runner.start()
        assert runner.state == "preparing"
        await until(lambda: runner.state == "ready")
        rasa = Rasa(socket=runner.socket, timeout=10)
        assert (await rasa.parse("je veux faire une petite pause")).intent == "pause"
        assert (tmp_path / "nlu.sock").resolve() == runner.socket.resolve()
        [first] = servers_of(runner.socket)
        os.kill(first, signal.SIGKILL)
        await until(lambda: runner.state == "preparing")
        await until(lambda: runner.state == "ready")
        [second] = servers_of(runner.socket)
        assert first != second
        assert (await rasa.parse("je veux faire une petite pause")).intent == "pause"
        await rasa.close()
        await runner.stop()
        assert runner.state == "absent"
        assert not alive(second)
        assert [found.name for found in tmp_path.iterdir()] == ["model"]

    asyncio.run(scene())
    assert said[0].startswith("Je prépare la compréhension du français (3/3) : démarrage")
    assert "La compréhension du français est prête." in said
    assert any("nouvel essai dans 1 s" in line for line in said)


def test_an_altered_model_is_said_and_not_tried_again(tmp_path):
    import shutil

    shutil.copytree(trained(), tmp_path / "model")
    with (tmp_path / "model" / "parole.tar.gz").open("ab") as file:
        file.write(b"x")
    said = []

    async def scene():
        runner = Runner(ROOT, tmp_path, UV, said.append)
        runner.start()
        await until(lambda: runner.state != "preparing")
        assert runner.state == "failed"
        await runner.stop()

    asyncio.run(scene())
    assert not any("fait en" in line for line in said)
    assert "a été modifié" in said[-1]
    assert "règles seules" in said[-1]


def test_without_any_python_310_one_sentence_and_the_rules_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    said = []

    async def scene():
        runner = Runner(ROOT, tmp_path, UV, said.append, venv=tmp_path / "venv")
        runner.start()
        await until(lambda: runner.state != "preparing")
        assert runner.state == "absent"
        await runner.stop()

    asyncio.run(scene())
    assert said[0].endswith("(1/3) : installation…")
    assert "Python 3.10 est introuvable" in said[-1]


def test_a_shim_that_does_not_run_is_passed_over(tmp_path, monkeypatch):
    shim, real = tmp_path / "shims" / "python3.10", tmp_path / "versions/3.10.1/bin/python3.10"
    for script, body in ((shim, "exit 127"), (real, "echo 3 10")):
        script.parent.mkdir(parents=True)
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))

    async def run(*command):
        child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        out, _ = await child.communicate()
        if child.returncode:
            raise UnderstandingError("non")
        return out.decode()

    assert asyncio.run(environment.find_python(run, UV)) == str(real)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_a_killed_parent_leaves_no_orphan():
    program = textwrap.dedent(
        """
        import os, subprocess, sys, time
        child = subprocess.Popen([sys.executable, sys.argv[1], str(os.getpid()), "sleep", "60"])
        time.sleep(1)
        print(child.pid, flush=True)
        time.sleep(60)
        """
    )
    command = [sys.executable, "-c", program, tied.__file__]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
    for _ in range(50):
        if not alive(child):
            break
        time.sleep(0.1)
    assert not alive(child)


def test_a_long_folder_still_gives_a_socket_that_the_system_takes(tmp_path):
    runner = Runner(ROOT, tmp_path / ("d" * 120), UV, print)
    assert len(os.fsencode(runner.socket)) <= 100
    asyncio.run(runner.stop())


def test_two_processes_do_not_prepare_together(tmp_path):
    async def scene():
        seen = []

        async def one(name):
            async with environment.alone(tmp_path):
                seen.append(name)
                await asyncio.sleep(0.05)
                seen.append(name)

        await asyncio.gather(one("a"), one("b"), one("c"))
        return seen

    seen = asyncio.run(scene())
    assert seen[::2] == seen[1::2]
