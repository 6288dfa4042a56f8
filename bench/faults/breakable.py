"""Servers that die where they are told to, and are started again: only the bench runs this.

    python -m bench.faults.breakable

Reads one order a line, answers with the number of a process: {"argv": ["serve", …], "plan": "…",
"journal": "…", "environment": {…}}. That process keeps one server running, as systemd does with
Restart=always. What every server imports and reads is read once, here.

The plan: {"deaths": [["committed", 7], ["random", 1.5], …], "lease": 2, "pace": 500}. The first
server lives until SIGUSR1 comes. Each one after it takes the next death: the 7th time it comes to
that point (`points.py`), or after 1.5 s; when the list is used up it lives. Nothing of this is in
what is shipped.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from bench.faults.dying import die_with
from bench.faults.points import arm

POISON = "poison du banc"
PATIENCE = 20  # seconds for a server to stop as Ctrl-C asks
BESIDE = (  # what a server imports once it starts
    "desk.web", "nlu.runner", "alembic.command", "alembic.config", "httpcore", "pydantic.v1",
    "uvicorn.lifespan.on", "uvicorn.loops.uvloop", "uvicorn.protocols.http.auto", "mako.exceptions",
    "anyio._backends._asyncio",
)  # fmt: skip


def hurry(plan: dict[str, Any]) -> None:
    """The same delays, shorter: what is shown is an order of events, not how long they take."""
    from bot import pace, sender
    from nlu.breaker import Breaker
    from storage import outbox, saving

    if lease := plan.get("lease"):
        outbox.LEASE, sender.RESERVED = float(lease), 0.8 * float(lease)
        sender.UNSURE = float(lease)
    if patience := plan.get("patience"):
        sender.LONGEST_PAUSE = float(patience)
    if plan.get("poison"):
        poisoned()
    if rest := plan.get("rest"):
        patience = list(Breaker.__init__.__defaults__ or ())
        Breaker.__init__.__defaults__ = (patience[0], float(rest), *patience[2:])
    if speed := plan.get("pace"):
        pace.Pace.__init__.__defaults__ = (float(speed), 25 / float(speed))
        saving.SILENCE = 2.5 * 25 / float(speed)


def poisoned() -> None:
    """One text breaks the program, as a fault of ours would."""
    from bot.reception import Reception

    whole = Reception.receive

    async def receive(self: Any, message: Any, **named: Any) -> Any:
        if message.text == POISON:
            raise RuntimeError("poison")
        return await whole(self, message, **named)

    Reception.receive = receive  # type: ignore[method-assign]


def prepare() -> None:
    """All that each child would read again."""
    import bot.app.texts
    import storage
    from nlu.understand import warm

    ours = [
        one.name
        for package in (bot, storage)
        for one in walk_packages(package.__path__, f"{package.__name__}.")
        if "migrations" not in one.name and not one.name.endswith("__main__")
    ]
    for name in (*ours, *BESIDE):
        import_module(name)
    bot.app.texts.read_sentences = cache(bot.app.texts.read_sentences)  # type: ignore[attr-defined]
    bot.app.texts.read_sentences()  # type: ignore[attr-defined]
    warm()


def serve() -> int:
    """The command line of Parole, to its end."""
    from bot.__main__ import main as command

    try:
        command()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


def keep(order: dict[str, Any], nursery: int) -> int:
    """One server after another, until it ends by itself, we are told to stop, or are orphans."""
    file = Path(order["plan"]) if order["plan"] else None
    plan: dict[str, Any] = json.loads(file.read_text()) if file else {"deaths": []}
    deaths = iter(plan["deaths"])
    stopping, child, count = False, 0, 0

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True
        if child:
            os.kill(child, signal.SIGINT)
            signal.alarm(PATIENCE)  # nobody may be there any more to insist

    def begin(*_: object) -> None:
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGUSR1, begin)
    signal.signal(signal.SIGALRM, begin)
    keeping = os.getpid()
    die_with(nursery, signal.SIGTERM)
    while not stopping:
        death = next(deaths, None) if count else None
        child = os.fork()
        if not child:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            die_with(keeping, signal.SIGKILL)
            hurry(plan)
            if death:
                arm(*death)
            sys.argv = ["parole", *order["argv"]]
            os._exit(serve())
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return os.waitstatus_to_exitcode(status)
        count += 1
        if file:
            file.with_suffix(".deaths").write_text(str(count))
    return 0


def keeper(order: dict[str, Any]) -> int:
    """The number of the process that keeps this server."""
    nursery = os.getpid()
    if pid := os.fork():
        return pid
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(order["journal"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(order["environment"])
    os._exit(keep(order, nursery))


def main() -> None:
    """Until there is nobody to give orders."""
    prepare()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers here
    for line in sys.stdin:
        print(keeper(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
