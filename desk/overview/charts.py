"""Charts as SVG: written as text, in sizes that follow the reader's letters, with no style inside.

Each has a title and a description; the exact table stands beside it on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

LONGEST = 34  # letters of a label: the table has it whole
ROW = 3.25  # em
TALL = 11.0  # em


@dataclass(frozen=True, slots=True)
class Bar:
    """One number of a chart."""

    label: str
    said: str  # the number as it may be read
    size: float | None  # how long; None: hidden


def bars(name: str, title: str, rows: Sequence[Bar], whole: float | None = None) -> Markup:
    """Horizontal bars, a label above each. `name` is unique on its page.

    `whole`: what fills the width, when it is not the longest bar.
    """
    most = whole or max((row.size or 0 for row in rows), default=0) or 1
    drawn = []
    for n, row in enumerate(rows):
        top = n * ROW
        drawn.append(
            Markup('<text class="label" x="0" y="{:.2f}em">{}</text>'
                   '<text class="value" x="100%" y="{:.2f}em">{}</text>'
                   '<rect class="track" x="0" y="{:.2f}em" width="100%" height="0.75em"/>')
            .format(top + 1.1, _short(row.label), top + 1.1, row.said, top + 1.5)
        )  # fmt: skip
        if row.size:
            drawn.append(
                Markup('<rect class="bar" x="0" y="{:.2f}em" width="{:.2f}%" height="0.75em"/>')
                .format(top + 1.5, 100 * row.size / most)
            )  # fmt: skip
        elif row.size is None:
            drawn.append(
                Markup('<rect class="bar hidden" x="0" y="{:.2f}em" width="3%" height="0.75em"/>')
                .format(top + 1.5)
            )  # fmt: skip
    told = ", ".join(f"{row.label} : {row.said}" for row in rows[:5])
    more = f", et {len(rows) - 5} autres dans le tableau" if len(rows) > 5 else ""
    return _svg(name, title, f"{told}{more}.", len(rows) * ROW, drawn)


def columns(name: str, title: str, points: Sequence[Bar]) -> Markup:
    """One column for each moment, from the left. The first and the last are named."""
    most = max((point.size or 0 for point in points), default=0) or 1
    each = 100 / max(len(points), 1)
    drawn = [Markup('<line class="axis" x1="0" x2="100%" y1="{0}em" y2="{0}em"/>').format(TALL)]
    for n, point in enumerate(points):
        high = 0.4 if point.size is None else (TALL - 1.5) * point.size / most
        kind = "bar hidden" if point.size is None else "bar"
        if high:
            drawn.append(
                Markup('<rect class="{}" x="{:.3f}%" y="{:.2f}em" width="{:.3f}%" '
                       'height="{:.2f}em"><title>{}</title></rect>')
                .format(kind, n * each + each * 0.1, TALL - high, each * 0.8, high,
                        f"{point.label} : {point.said}")
            )  # fmt: skip
    if points:
        drawn.append(
            Markup('<text class="label" x="0" y="{0}em">{1}</text>'
                   '<text class="value" x="100%" y="{0}em">{2}</text>')
            .format(TALL + 1.4, points[0].label, points[-1].label)
        )  # fmt: skip
    best = max(points, key=lambda point: point.size or 0, default=None)
    told = f"Le plus : {best.said}, {best.label}." if best and best.size else "Rien à montrer."
    return _svg(name, title, told, TALL + 2, drawn)


def _svg(name: str, title: str, told: str, high: float, drawn: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="chart" role="img" aria-labelledby="{0}-t {0}-d" width="100%" '
        'height="{1:.2f}em"><title id="{0}-t">{2}</title><desc id="{0}-d">{3}</desc>{4}</svg>'
    ).format(name, high, title, told, Markup("").join(drawn))


def _short(label: str) -> str:
    return label if len(label) <= LONGEST else label[: LONGEST - 1].rstrip() + "…"
