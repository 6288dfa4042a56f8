"""Prepares the understanding server in the background, keeps it running, and stops it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import monotonic
from typing import Literal

import httpx

from bot.errors import UnderstandingError
from nlu import environment, seal, tied
from nlu.alone import STILL_THERE

State = Literal["absent", "preparing", "ready", "failed"]
LONGEST_SOCKET = 100  # bytes; the system's limit is 108
EVERY = 15.0  # seconds between two words about a long step
START_LIMIT, STEADY, STOP_LIMIT = 120.0, 60.0, 5.0
REFUSED = 3  # the server's exit code for a model it does not trust
TRIES, LONGEST_WAIT = 6, 60.0


class Runner:
    """The understanding process, from nothing to ready. `say` receives short French lines.

    `root` is the project's folder, `folder` where the model and the socket go, `uv` the executable.
    """

    def __init__(
        self,
        root: Path,
        folder: Path,
        uv: Path | str,
        say: Callable[[str], None],
        *,
        venv: Path | None = None,
    ) -> None:
        self._root, self._uv, self._say = root, str(uv), say
        self._venv = venv or root / ".venv-nlu"
        self.model = folder / "model"
        self._named = folder / "nlu.sock"  # leads to the server that was ready last
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        name = f"nlu-{os.getpid()}.sock"  # several processes may share the folder
        self.socket = (folder / name).absolute()
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET:
            self._scratch = tempfile.TemporaryDirectory(prefix="parole-")
            self.socket = Path(self._scratch.name) / name
        self._state: State = "absent"
        self._warned = False
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> State:
        return self._state

    def start(self) -> None:
        """Begin, without waiting. Must be called in a running event loop, once."""
        if self._task is None:
            self._state = "preparing"
            self._task = asyncio.create_task(self._live(), name="understanding")

    async def stop(self) -> None:
        """End everything that was started; no process is left."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._scratch is not None:
            self._scratch.cleanup()
        self._state = "absent"

    async def _live(self) -> None:
        try:
            await self.prepare()
            await self._keep_running()
        except environment.NoPython as error:
            self._state = "absent"
            self._say(str(error))
        except UnderstandingError as error:
            self._state = "failed"
            self._say(f"{error} L'assistant continue avec ses règles seules.")
        except OSError as error:
            self._state = "failed"
            reason = error.strerror or type(error).__name__
            self._say(
                f"La compréhension n'a pas pu être préparée ({reason}). "
                "L'assistant continue avec ses règles seules."
            )
        finally:
            if self._named.is_symlink() and self._named.readlink() == self.socket:
                self._named.unlink()
            self.socket.unlink(missing_ok=True)

    async def prepare(self) -> None:
        """Install and train what is missing. Raises UnderstandingError, NoPython, OSError."""
        lock = self._root / "nlu" / "requirements.txt"
        async with environment.alone(self._root / "nlu"):
            if not environment.is_ready(self._venv, lock):
                async with self._step("1/3", "installation"):
                    await environment.install(self._run, self._uv, self._venv, lock)
            if seal.trained_from(self.model) != seal.digest_of(self._root):
                async with self._step("2/3", "entraînement"):
                    await self._run(*self._python, "-m", "nlu.train", "--out", str(self.model))

    async def _keep_running(self) -> None:
        self._named.parent.mkdir(parents=True, exist_ok=True)
        _sweep(self._named.parent)
        wait, failures = 1.0, 0
        while failures < TRIES:
            born = monotonic()
            self.socket.unlink(missing_ok=True)
            async with self._child(*self._serve, silent=True) as server:
                if self._state == "preparing" and not failures:
                    async with self._step("3/3", "démarrage"):
                        await self._until_ready(server)
                else:
                    await self._until_ready(server)
                if server.returncode is None:
                    self._state = "ready"
                    self._give_name()
                    self._say("La compréhension du français est prête.")
                    await server.wait()
                self._state = "preparing"
            if monotonic() - born > STEADY:
                wait, failures = 1.0, 0
            failures += 1
            self._say(f"La compréhension s'est arrêtée : nouvel essai dans {wait:g} s.")
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
        raise UnderstandingError("La compréhension s'arrête sans cesse.")

    def _give_name(self) -> None:
        """Let other programs find the server without knowing our process number."""
        fresh = self.socket.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self.socket)
        fresh.replace(self._named)

    async def _until_ready(self, server: asyncio.subprocess.Process) -> None:
        """Until the server answers or is dead. Raises UnderstandingError for a model refused."""
        limit = monotonic() + START_LIMIT
        transport = httpx.AsyncHTTPTransport(uds=str(self.socket))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://rasa", timeout=2
        ) as client:
            while server.returncode is None:
                with contextlib.suppress(httpx.HTTPError):
                    if self.socket.exists() and (told := await client.get("/status")).is_success:
                        if not told.json().get("alone") and not self._warned:
                            self._warned = True
                            self._say(STILL_THERE)
                        return
                if monotonic() > limit:
                    await _end(server)
                    return
                await asyncio.sleep(0.1)
        if server.returncode == REFUSED:
            raise UnderstandingError(seal.problem_with(self.model) or "Le modèle est refusé.")

    @property
    def _python(self) -> tuple[str, ...]:
        return (str(self._venv / "bin" / "python"),)

    @property
    def _serve(self) -> tuple[str, ...]:
        where = ("--model", str(self.model), "--socket", str(self.socket))
        return (*self._python, "-m", "nlu.server", *where)

    async def _run(self, *command: str) -> str:
        """Run to the end. Raises UnderstandingError with the last line it said."""
        async with self._child(*command) as child:
            out, err = await child.communicate()
            if child.returncode:
                said = err.decode("utf-8", "replace").strip().splitlines()
                last = said[-1][:200] if said else f"code {child.returncode}"
                name = Path(command[0]).name
                raise UnderstandingError(f"Préparation impossible ({name} : {last}).")
        return out.decode("utf-8", "replace")

    @contextlib.asynccontextmanager
    async def _child(
        self, *command: str, silent: bool = False
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """A process of its own group, gone when the block is left and when we are killed."""
        output = asyncio.subprocess.DEVNULL if silent else asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-I", tied.__file__, str(os.getpid()), *command,
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
            cwd=self._root, env=self._surroundings(), start_new_session=True,
        )  # fmt: skip
        try:
            yield child
        finally:
            await asyncio.shield(_end(child))

    def _surroundings(self) -> dict[str, str]:
        """Our environment without our secrets, nor anything that would choose another Python."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PAROLE_", "PYTHON", "VIRTUAL_ENV"))
        }
        return kept | {"PYTHONPATH": str(self._root), "RASA_TELEMETRY_ENABLED": "false"}

    @contextlib.asynccontextmanager
    async def _step(self, number: str, name: str) -> AsyncIterator[None]:
        """Say what is being done, again while it lasts, and how long it took."""
        what, began = f"Je prépare la compréhension du français ({number}) : {name}", monotonic()
        self._say(f"{what}…")

        async def insist() -> None:
            while True:
                await asyncio.sleep(EVERY)
                self._say(f"{what}… {monotonic() - began:.0f} s")

        insisting = asyncio.create_task(insist())
        try:
            yield
        finally:
            insisting.cancel()
        self._say(f"{what} : fait en {monotonic() - began:.0f} s.")


async def _end(child: asyncio.subprocess.Process) -> None:
    """Ask the group to stop, then make it."""
    for sign, limit in ((signal.SIGTERM, STOP_LIMIT), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, sign)
        try:
            async with asyncio.timeout(limit):
                await child.wait()
        except TimeoutError:
            continue
        break
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)  # what the child may have left behind it


def _sweep(folder: Path) -> None:
    """Remove the sockets of processes that were killed."""
    for socket in folder.glob("nlu-*.sock"):
        number = socket.stem.partition("-")[2]
        try:
            os.kill(int(number), 0)
        except (ValueError, ProcessLookupError):
            socket.unlink(missing_ok=True)
        except PermissionError:
            continue


def main() -> None:
    """python -m nlu.runner --prepare-only: install and train what is missing, then leave."""
    parser = argparse.ArgumentParser(prog="nlu.runner", description="Prépare la compréhension.")
    parser.add_argument("--prepare-only", action="store_true", required=True)
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("PAROLE_DATA_DIR", "data"))
    )
    asked = parser.parse_args()
    uv = os.environ.get("PAROLE_UV") or "uv"
    runner = Runner(Path(__file__).parent.parent, Path(asked.data).absolute(), uv, print)
    try:
        asyncio.run(runner.prepare())
    except environment.NoPython as error:
        print(error)
    except (UnderstandingError, OSError) as error:
        sys.exit(f"{error} L'assistant continue avec ses règles seules.")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
