"""Exports made in the background, one at a time: a restart begins again what it interrupted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import structlog

from bot.curated import Order, Stage
from bot.errors import ExportError, GuideError, StorageError
from bot.guide import Guide
from bot.ports import Threads
from bot.staff import PAROLE, Act
from desk.exporting import preview
from desk.exporting.ports import Closed
from desk.ports import Memory
from exports.confidentiality import Profile
from exports.fusion.sheet import laid_out, mapping_of
from exports.leaving.filters import Filters
from exports.leaving.withdrawn import stamp_of
from exports.packages_list import chosen
from exports.packing import pack, refused_by_disk
from exports.source import Source

REST = 5.0  # seconds between two looks when nothing wakes us: another process may have stopped
BEAT = 1.0  # seconds between two words of how far it is
EACH, BREATH = 200, 0.005  # so many records, then seconds left to those who answer
TIDY = timedelta(minutes=10)
UNWANTED = timedelta(days=1)  # then what was looked at and never asked for is forgotten
SHORT = 6  # letters of an order in the name of its file
FAULT = "Panne de notre côté : l’erreur est notée. Relancez l’export."

log = structlog.get_logger("parole.exports")


class Stopped(Exception):
    """The server stops, or the order is wanted no more."""


class Workroom:
    """Takes the orders in turn; their files stay in a folder that only this account reads."""

    def __init__(
        self,
        memory: Memory,
        threads: Threads,
        guide_of: Callable[[str, str], Guide],
        folder: Path,
        *,
        software: str,
        keep: timedelta,
        closed: Closed,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._memory, self._threads, self._guide_of = memory, threads, guide_of
        self.folder, self.keep, self.now = folder, keep, now
        self._software, self.closed = software, closed
        self._task: asyncio.Task[None] | None = None
        self._woken: asyncio.Event | None = None
        self._stopping = False
        self._tidied: datetime | None = None
        self._told = (0, 0)

    def start(self) -> None:
        self._woken = asyncio.Event()
        self._stopping = False
        self._task = asyncio.get_running_loop().create_task(self._run())

    def wake(self) -> None:
        """Something was asked for."""
        if self._woken is not None:
            self._woken.set()

    async def stop(self) -> None:
        """What was begun is begun again at the next start."""
        self._stopping = True
        self.wake()
        if self._task is not None:
            await self._task
            self._task = None

    async def _run(self) -> None:
        assert self._woken is not None  # noqa: S101 - set by `start`
        while not self._stopping:
            self._woken.clear()
            order: Order | None = None
            try:
                await self._tidy()
                order = await self._threads.run(self._memory.packages.claim, self.now())
                if order is not None:
                    await self._work_on(order)
            except StorageError as error:
                log.warning("exports_wait", error=type(error).__name__)
                order = None
            except Exception as error:  # the disk, when tidying: the next orders are still made
                log.error("exports_stuck", error=type(error).__name__)
                order = None
            if order is None and not self._stopping:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), REST)

    async def _work_on(self, order: Order) -> None:
        """One order, in a thread of its own, saying how far it is meanwhile."""
        packages, cancelled = self._memory.packages, threading.Event()
        self._told = (0, 0)
        work = self._look if order.stage is Stage.LOOKING else self._make
        done = _in_thread(lambda: work(order, cancelled))
        while not done.done():
            await asyncio.wait({done}, timeout=BEAT)
            if self._stopping:
                cancelled.set()
            elif not done.done():
                with suppress(StorageError):
                    wanted = await self._threads.run(
                        packages.beat, order.id, *self._told, self.now()
                    )
                    if not wanted:
                        cancelled.set()
        try:
            done.result()
        except Stopped:
            await self._threads.run(packages.release, order.id)
        except (ExportError, GuideError, StorageError) as error:
            log.warning("export_failed", export=order.id, error=type(error).__name__)
            await self._threads.run(packages.failed, order.id, str(error), self.now())
        except OSError as error:
            log.error("export_failed", export=order.id, error=type(error).__name__)
            problem = f"L’export n’a pas pu s’écrire : {refused_by_disk(error)}"
            await self._threads.run(packages.failed, order.id, problem, self.now())
        except Exception as error:
            log.error("export_failed", export=order.id, error=type(error).__name__)
            await self._threads.run(packages.failed, order.id, FAULT, self.now())

    def _look(self, order: Order, cancelled: threading.Event) -> None:
        """Take a snapshot if there is none yet, and see what would leave of it."""
        memory = self._memory
        tell = self._teller(cancelled)
        known = memory.snapshots.unchanged() if order.snapshot is None else None
        if known is not None:
            memory.packages.took(order.id, known.id)
            snapshot = known.id
        elif order.snapshot is None:
            taken = memory.snapshots.take(order.asked_by, self.now(), lambda n: tell(n, 0))
            memory.packages.took(order.id, taken.id)
            told: dict[str, str | int] = {"snapshot": taken.id}
            told["participations"] = taken.participations
            memory.journal.write(order.asked_by, Act.SNAPSHOT_TAKEN, told)
            snapshot = taken.id
        else:
            snapshot = order.snapshot
        source = memory.snapshots.open(snapshot, self._guide_of)
        private(self.folder)
        seen = preview.seen(
            source, Profile(order.profile), Filters.read(order.filters), self.folder,
            lambda n: tell(n, source.snapshot.participations),
            mapping_of(laid_out(chosen(order.formats), order.sheet)), memory.present.references,
        )  # fmt: skip
        preview.keep(seen, self.seen_file(order), self.closed)
        memory.packages.seen(order.id, seen.people, seen.stamp)

    def _make(self, order: Order, cancelled: threading.Event) -> None:
        memory, profile = self._memory, Profile(order.profile)
        assert order.snapshot is not None  # noqa: S101 - it was looked at
        source = memory.snapshots.open(order.snapshot, self._guide_of)
        for left in private(self.folder).glob(f"{order.id}-*"):
            preview.clear(left)  # by an earlier try
        place = Path(mkdtemp(prefix=f"{order.id}-", dir=self.folder))  # of this try alone
        try:
            self._pack(order, source, profile, place / "export.zip", cancelled)
        finally:
            preview.clear(place)

    def _pack(
        self, order: Order, source: Source, profile: Profile, out: Path, cancelled: threading.Event
    ) -> None:
        memory = self._memory
        packages = laid_out(chosen(order.formats), order.sheet)
        packed = pack(
            source, packages, profile, Filters.read(order.filters), out,
            software=self._software, progress=self._teller(cancelled),
        )  # fmt: skip
        if cancelled.is_set() or not self._still(order):
            raise Stopped
        day = source.snapshot.taken
        name = f"parole-{profile}-{day:%Y-%m-%d}-{order.id[:SHORT]}.zip"
        about: dict[str, str | int] = {
            "package": order.id, "sha256": packed.sha256, "profile": order.profile,
            "formats": " ".join(order.formats), "snapshot": source.snapshot.id,
            "contributions": packed.manifest.counts.contributions,
        }  # fmt: skip
        memory.journal.write(order.asked_by, Act.EXPORT_MADE, about)  # before it may be taken
        self.closed.close(packed.path, self.folder / name)
        preview.clear(self.seen_file(order))
        people, stamp = packed.manifest.counts.read, packed.manifest.stamp
        memory.packages.done(order.id, name, packed.sha256, people, stamp, self.now())

    def _still(self, order: Order) -> bool:
        """Whether it is still ours: wanted, and not begun again by another process."""
        return self._memory.packages.beat(order.id, *self._told, self.now())

    def _teller(self, cancelled: threading.Event) -> Callable[[int, int], None]:
        turn = threading.Event()

        def tell(done: int, of: int) -> None:
            self._told = (done, of)
            if cancelled.is_set():
                raise Stopped
            if done % EACH == 0:
                turn.wait(BREATH)

        return tell

    async def _tidy(self) -> None:
        if self._tidied is None or self.now() - self._tidied > TIDY:
            self._tidied = self.now()
            await _in_thread(self.tidy)

    def tidy(self) -> None:
        """Files that are kept no more go: too old, or with what was withdrawn since."""
        packages, now = self._memory.packages, self.now()
        packages.forget_unwanted(now - UNWANTED)
        self._memory.arrivals.tidy(now)
        for id in self._memory.snapshots.unwanted(now - UNWANTED):
            self._memory.journal.write(PAROLE, Act.SNAPSHOT_DELETED, {"snapshot": id})
            self._memory.snapshots.delete(id)
        kept: set[str] = set()
        begun: list[str] = []  # being made now, by us or by another process
        for order in packages.every():
            if order.file and not self.may_leave(order):
                packages.drop_file(order.id)
            elif order.file:
                kept.add(order.file)
            elif order.stage.under_way:
                begun.append(order.id[:SHORT])
            elif order.stage is Stage.SEEN and self.nothing_left(order):
                kept.add(self.seen_file(order).name)
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if path.name not in kept and not any(one in path.name for one in begun):
                    preview.clear(path)

    def is_here(self, order: Order) -> bool:
        """Whether the file is in this folder: another server may have another one.

        One that the key of now does not open is as good as gone.
        """
        return order.file is not None and self.closed.opens(self.folder / order.file)

    def may_leave(self, order: Order) -> bool:
        """Whether the file may still be taken away: not too old, nothing of it withdrawn since."""
        if order.file is None or order.finished is None or order.snapshot is None:
            return False
        if self.now() - order.finished > self.keep:
            return False
        return self.nothing_left(order)

    def nothing_left(self, order: Order) -> bool:
        """Whether all those who were read are still there, and nothing more was withdrawn."""
        if order.snapshot is None:
            return False
        snapshots = self._memory.snapshots
        if snapshots.present(order.snapshot) != order.people:
            return False
        try:
            source = snapshots.open(order.snapshot, self._guide_of)
        except GuideError:  # nobody can say any more what may leave
            return False
        return stamp_of(source, Profile(order.profile)) == order.stamp

    def seen_file(self, order: Order) -> Path:
        """What would leave, while it waits for a yes."""
        return self.folder / f"{order.id}.json"


def private(folder: Path) -> Path:
    """This folder, made if need be, for this account only."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def _in_thread(work: Callable[[], None]) -> asyncio.Future[None]:
    """Run in a thread that no other call waits behind."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: Exception | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        found: Exception | None = None
        try:
            work()
        except Exception as error:
            found = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, found)

    threading.Thread(target=run, name="exports", daemon=True).start()
    return done
