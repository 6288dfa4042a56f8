"""Two small pictures: does confidence tell the truth, and how well is each intent told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.nlu_report.scores import Bin, Score

INK, BAR, LINE, PAPER = "#1e1e1e", "#6a9fd4", "#b34000", "#ffffff"
SIDE, LEFT, TOP, BOTTOM = 260, 52, 34, 62
ROW, NAMES, LONG = 17, 170, 260


def calibration(bins: Sequence[Bin]) -> str:
    """The share that is right for each range of confidence; on the line, confidence is true."""
    wide, high = LEFT + SIDE + 20, TOP + SIDE + BOTTOM
    base = TOP + SIDE
    parts = [_text(LEFT, 20, "Part de réponses justes, selon la confiance", bold=True)]
    for one in bins:
        x, width = LEFT + one.low * SIDE, (one.high - one.low) * SIDE
        tall = one.right * SIDE
        parts.append(
            f'<rect x="{x + 1:.1f}" y="{base - tall:.1f}" width="{width - 2:.1f}" '
            f'height="{tall:.1f}" fill="{BAR}"/>'
        )
        parts.append(_text(x + width / 2, base + 32, str(one.count), anchor="middle", size=9))
    parts.append(
        f'<path d="M{LEFT} {base}L{LEFT + SIDE} {TOP}" stroke="{LINE}" stroke-width="1.5" '
        f'stroke-dasharray="5 3"/><path d="M{LEFT} {TOP}V{base}H{LEFT + SIDE}" '
        f'stroke="{INK}" fill="none"/>'
    )
    for share in (0.0, 0.5, 1.0):
        said = f"{share * 100:.0f} %"
        parts.append(_text(LEFT - 6, base - share * SIDE + 4, said, anchor="end"))
        parts.append(_text(LEFT + share * SIDE, base + 17, said, anchor="middle"))
    legend = "En bas : combien de textes. Pointillés : confiance exacte."
    parts.append(_text(LEFT - 40, base + 52, legend))
    return _svg(wide, high, "Calibration de la confiance", parts)


def intents(scores: Mapping[str, Score]) -> str:
    """One bar for each intent, the best first."""
    ordered = sorted(scores.items(), key=lambda pair: (-pair[1].f1, pair[0]))
    parts = [_text(10, 20, "F1 de chaque intention, chaîne entière. Pointillés : 0,90.", bold=True)]
    for n, (name, score) in enumerate(ordered):
        y, length = 34 + n * ROW, score.f1 * LONG
        parts.append(_text(NAMES - 6, y + 11, name, anchor="end"))
        parts.append(
            f'<rect x="{NAMES}" y="{y + 1}" width="{length:.1f}" height="{ROW - 4}" fill="{BAR}"/>'
        )
        parts.append(_text(NAMES + LONG + 8, y + 11, f"{score.f1:.2f}".replace(".", ",")))
    target = NAMES + 0.9 * LONG
    parts.append(
        f'<path d="M{target:.1f} 30V{34 + len(ordered) * ROW}" stroke="{LINE}" '
        f'stroke-dasharray="5 3"/>'
    )
    return _svg(NAMES + LONG + 45, 44 + len(ordered) * ROW, "F1 de chaque intention", parts)


def _text(
    x: float, y: float, said: str, *, anchor: str = "start", size: int = 11, bold: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="{INK}"{weight}>{said}</text>'
    )


def _svg(wide: float, high: float, title: str, parts: Sequence[str]) -> str:
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" '
        f'width="{wide:g}" height="{high:g}" font-family="sans-serif" role="img">',
        f"<title>{title}</title>",
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        *parts,
        "</svg>\n",
    ])  # fmt: skip
