"""What of a profile is read right: python -m bench.understood_profile [FILE]

The set is kept apart (nlu/evaluation/entities.yml): only figures are printed, never a sentence.
A kind is right in a sentence when its values are exactly those expected, absence included.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import yaml

from nlu import profile

EVALUATED = Path(__file__).parent.parent / "nlu" / "evaluation" / "entities.yml"
KINDS = ("public", "job", "structure", "diploma", "department", "length_of_service", "since")


def values(expected: Any) -> set[str]:
    """What is expected of a kind, as strings; nothing when it is absent."""
    some = expected if isinstance(expected, list) else [] if expected is None else [expected]
    return {f"{one:g}" if isinstance(one, float) else str(one) for one in some}


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else EVALUATED
    cases = yaml.safe_load(file.read_text(encoding="utf-8"))
    outcomes: Counter[tuple[str, str]] = Counter()
    times, whole = [], 0
    profile.read("je suis éducatrice à Lille")  # the files are read once
    for case in cases:
        began = perf_counter()
        found = profile.read(case["text"])
        times.append((perf_counter() - began) * 1_000)
        right = True
        for kind in KINDS:
            got = {e.value for e in found if e.kind == kind}
            want = values(case["expected"].get(kind))
            right &= got == want
            if got == want:
                outcomes[kind, "right" if want else "rightly nothing"] += 1
            else:
                outcomes[kind, "missed" if not got else "wrong" if want else "too much"] += 1
        whole += right
    print(f"{len(cases)} sentences, {median(times):.2f} ms each (longest {max(times):.2f})")
    for kind in KINDS:
        of = {name: n for (k, name), n in sorted(outcomes.items()) if k == kind}
        said = len(cases) - of.get("rightly nothing", 0) - of.get("too much", 0)
        exact = of.get("right", 0) / max(1, said)
        print(f"{kind:18} when said {exact:.3f} of {said:3}   {of}")
    fields = sum(outcomes[kind, name] for kind in KINDS for name in ("right", "rightly nothing"))
    print(f"exact field sets   {fields / len(cases) / len(KINDS):.3f}")
    print(f"whole sentences    {whole / len(cases):.3f}")


if __name__ == "__main__":
    main()
