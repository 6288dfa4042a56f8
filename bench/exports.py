"""How long each format takes, and how much memory, beside the bare library on the same rows.

    python -m bench.exports               100 000 contributions, and 10 000; writes docs/speed.md
    python -m bench.exports xlsx --dry    one format, only printed

Seconds are of processor: other programs do not count. Each format is written in a process of its
own, once the snapshot is read; the bare library in another one, while the next format is written.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.__main__ import PAGE, write
from bench.figures import Cell, number, table
from bench.many import Many, guide, many, opened
from bench.server import ROOT
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.leaving.filters import Filters
from exports.leaving.outgoing import Outgoing, outgoing
from exports.packages_list import PACKAGES, chosen

TENFOLD = 10


@dataclass(frozen=True, slots=True)
class Run:
    """One format written once, in a process of its own."""

    reading: float  # seconds: opening what is sealed, limiting it, putting it in order
    again: float  # seconds: only reading back what waits on the disk, records then participations
    writing: float  # seconds
    memory: float  # MiB, the highest
    size: float  # MiB of files


def peak() -> float:
    """The highest resident memory of this process, in MiB; its parent's does not count."""
    said = Path("/proc/self/status").read_text().partition("VmHWM:")[2]
    return int(said.split()[0]) / 1024


def runs(of: Many, names: Sequence[str], profile: Profile, out: Path) -> None:
    """Read once; then each format in a process of its own, which prints its figures."""
    engine, snapshots = opened(of)
    source = snapshots.open(of.snapshot, lambda *_: guide())
    began = time.process_time()
    with outgoing(source, profile, Filters(), out) as leaving:
        reading = time.process_time() - began
        engine.dispose()
        assert leaving.counts.contributions == of.contributions
        began = time.process_time()
        for kept in (leaving.records(), leaving.participants()):
            for _ in kept:
                pass
        again = time.process_time() - began
        for name in names:
            sys.stdout.flush()
            if (child := os.fork()) == 0:
                found = _run(name, leaving, out)
                print(json.dumps({"reading": reading, "again": again, **found}), flush=True)
                os._exit(0)
            if os.waitpid(child, 0)[1]:
                raise SystemExit(f"{name} : échec")


def _run(name: str, leaving: Outgoing, out: Path) -> dict[str, float]:
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from now on
    [package] = chosen([name])
    began = time.process_time()
    files = Folder(out / name)
    for _ in package.write(files, leaving, leaving.profile, leaving.records, lambda _: None):
        pass
    written = files.written()
    writing = time.process_time() - began
    size = sum(one.size for one in written) / 2**20
    return {"writing": writing, "memory": peak(), "size": size}


def measured(of: Many, names: Sequence[str], profile: Profile, out: Path) -> Iterator[Run]:
    """The figures of each format; its files are in `out` until the next one is asked."""
    asked = (str(of.folder), str(of.contributions), profile.value, str(out), *names)
    command = (sys.executable, "-m", "bench.exports", "--runs", *asked)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout
        for line in reader.stdout:
            yield Run(**json.loads(line))
    if reader.returncode:
        raise SystemExit("la mesure a échoué")


def _bare(files: Path) -> float:
    command = (sys.executable, "-m", "bench.rewriting", str(files), str(files.parent / "again"))
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout)


@dataclass(frozen=True, slots=True)
class Measure:
    """One format, on few and on many contributions, beside the bare library."""

    name: str
    profile: Profile
    few: Run
    many: Run
    bare: float  # seconds

    @property
    def ratio(self) -> float:
        return self.many.writing / self.bare if self.bare else 0.0


def measure(
    names: Sequence[str], profile: Profile, few: Many, much: Many, out: Path
) -> Iterator[Measure]:
    """The formats of one profile."""
    small = list(measured(few, names, profile, out / "few"))
    shutil.rmtree(out / "few", ignore_errors=True)
    for name, less, more in zip(names, small, measured(much, names, profile, out), strict=True):
        yield Measure(name, profile, less, more, _bare(out / name))
        shutil.rmtree(out / name, ignore_errors=True)  # a format may have nothing to write


def told(measures: Sequence[Measure], few: int, much: int) -> str:
    """The figures in French."""
    head = ("Format", f"{number(few)} (s)", f"{number(much)} (s)", "nu (s)", "rapport",
            "fichiers (Mio)", f"mémoire, {number(few)} (Mio)",
            f"mémoire, {number(much)} (Mio)")  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (one.name, number(one.few.writing, 1), number(one.many.writing, 1), number(one.bare, 2),
         number(one.ratio, 1) if one.bare >= 0.01 else "—", number(one.many.size, 1),
         round(one.few.memory), round(one.many.memory))
        for one in measures
    ]  # fmt: skip
    today = datetime.now(UTC).date().isoformat()
    where = (
        f"Mesuré le {today} par `make bench-exports` : {number(much)} contributions, "
        f"{os.cpu_count()} cœurs, Python {platform.python_version()}. Lire l'instantané, une fois "
        f"pour tous : {number(measures[0].many.reading)} s de processeur ; relire ce qui attend "
        f"sur le disque, pour chaque format : {number(measures[0].many.again, 1)} s au moins. "
        f"Charge de la machine à la fin : {number(os.getloadavg()[0], 1)}."
    )
    return f"{where}\n\n{table(head, rows)}"


def main() -> None:
    if sys.argv[1:2] == ["--runs"]:
        folder, count, profile, out, *names = sys.argv[2:]
        Path(out).mkdir(exist_ok=True)
        runs(Many(Path(folder), int(count)), names, Profile(profile), Path(out))
        return
    asked = argparse.ArgumentParser(prog="python -m bench.exports", description=__doc__)
    asked.add_argument("formats", nargs="*", default=[package.name for package in PACKAGES])
    asked.add_argument("--contributions", type=int, default=100_000)
    asked.add_argument("--place", type=Path, default=Path(tempfile.gettempdir(), "parole-bench"))
    asked.add_argument("--afresh", action="store_true", help="refait les bases d'essai")
    asked.add_argument("--dry", action="store_true", help="n'écrit pas docs/speed.md")
    given = asked.parse_args()
    if given.afresh:
        shutil.rmtree(given.place, ignore_errors=True)
    few = many(given.place, given.contributions // TENFOLD)
    much = many(given.place, given.contributions)
    by_profile: dict[Profile, list[str]] = {}
    for package in chosen(given.formats):
        by_profile.setdefault(Profile(package.profiles[0]), []).append(package.name)
    measures: list[Measure] = []
    with tempfile.TemporaryDirectory(prefix="parole-bench-", dir=given.place) as out:
        for profile, names in by_profile.items():
            for one in measure(names, profile, few, much, Path(out)):
                measures.append(one)
                ratio = number(one.ratio, 1)
                print(f"{one.name} : {number(one.many.writing, 1)} s, {ratio}", file=sys.stderr)
                found = told(measures, few.contributions, much.contributions)
                if not given.dry:
                    write(PAGE, "exports", found)
    print(found)


if __name__ == "__main__":
    main()
