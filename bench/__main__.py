"""How fast the web door is, and where the time goes.

    python -m bench             the web door against a bare endpoint
    python -m bench --profile   besides, where the time of a turn goes

The tables are written in docs/speed.md, between their marks.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench import speed, stages
from bench.figures import number
from bench.server import ROOT

PAGE = ROOT / "docs" / "speed.md"


def write(page: Path, mark: str, text: str) -> None:
    """Put the text between the marks of this name in the page."""
    begin, end = f"<!-- {mark} -->", f"<!-- fin {mark} -->"
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    whole = page.read_text()
    if not found.search(whole):
        raise SystemExit(f"{page.name} : il manque les marques « {begin} » et « {end} ».")
    page.write_text(found.sub(lambda _: f"{begin}\n{text}\n{end}", whole))


def circumstances(rounds: int, seconds: float) -> str:
    today = datetime.now(UTC).date().isoformat()
    return (
        f"Mesuré le {today} par `make bench` : {os.cpu_count()} cœurs, Python "
        f"{platform.python_version()}, médianes de {rounds} tours de {seconds:g} s alternés. "
        f"Charge de la machine au début : {number(os.getloadavg()[0], 1)}."
    )


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=3.0, help="durée d'une mesure")
    asked.add_argument("--profile", action="store_true", help="dit aussi où passe le temps")
    asked.add_argument("--dry", action="store_true", help="n'écrit pas docs/speed.md")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="parole-") as folder:
        measures = speed.measure(Path(folder), given.rounds, given.seconds)
        told = f"{circumstances(given.rounds, given.seconds)}\n\n{speed.told(measures)}"
        print(told)
        if not given.dry:
            write(PAGE, "mesures", told)
        if given.profile:
            where = stages.told(stages.measure(Path(folder) / "timed", given.seconds))
            print(f"\n{where}")
            if not given.dry:
                write(PAGE, "étapes", where)


if __name__ == "__main__":
    main()
