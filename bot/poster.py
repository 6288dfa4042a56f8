"""A poster: A4 portrait, one page, large letters, one or two QR codes. PDF."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from bot import lettering, qr
from bot.errors import GuideError
from bot.guide import Guide
from bot.lettering import BOLD, REGULAR
from bot.links import Way, Ways

INK, PINE, SOFT = HexColor("#000000"), HexColor("#15453c"), HexColor("#625a4e")
WIDTH, HEIGHT = A4
MARGIN = 14 * mm  # what any office printer can reach
INSIDE = WIDTH - 2 * MARGIN
BETWEEN = 10 * mm  # the two codes
SIDES = (58 * mm, 95 * mm)  # of a code; scanned from ten times as far
GAP, LINE = 16.0, 1.14
LEAST = 0.5  # of the full size of the letters: below, the title is too long
ADDRESS = (24.0, 13.0)  # sizes
SENTENCE = "Donnez votre avis : répondez à quelques questions sur votre téléphone."
PROMISE = "Gratuit. Sans compte.\nVous pouvez effacer vos réponses."
AIM = "Visez ce carré avec l'appareil photo du téléphone, ou écrivez l'adresse."
AIM_TWO = "Visez un carré avec l'appareil photo du téléphone, ou écrivez l'adresse."
PLACES = ("Page web", "Telegram")
# « du 1er mars au 15 avril », « jusqu'au 3 mai », « avant le 12 juin »
_DATED = re.compile(r"\b(?:du|jusqu['’]au|avant le|à partir du|entre le)\s+\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Poster:
    """What a poster says."""

    guide: str
    title: str
    ways: Ways
    organiser: str = ""
    dates: str = ""

    @property
    def codes(self) -> tuple[Way, ...]:
        return tuple(way for way in (self.ways.web, self.ways.telegram) if way)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one size."""

    lines: tuple[str, ...]
    font: str
    size: float
    color: Color

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * LINE


@dataclass(frozen=True, slots=True)
class Sheet:
    """A poster laid out: what stands above the codes, their side, what stands below."""

    above: tuple[Block, ...]
    side: float
    below: tuple[Block, ...]
    gap: float


def poster_of(guide: Guide, ways: Ways, organiser: str) -> Poster:
    return Poster(
        guide.guide, " ".join(guide.title.split()), ways, organiser, dates_in(guide.status or "")
    )


def dates_in(status: str) -> str:
    """The first sentence that says from when, or until when; empty when none does."""
    sentences = re.split(r"(?<=[.!?])\s+", " ".join(status.split()))
    return next((one for one in sentences if _DATED.search(one)), "")


def octets(poster: Poster) -> bytes:
    """The PDF; the same poster gives the same octets. Raises GuideError for a title too long."""
    lettering.ready()
    sheet, out = laid_out(poster), io.BytesIO()
    canvas = Canvas(
        out, pagesize=A4, invariant=1, lang="fr-FR",
        initialFontName=REGULAR,  # type: ignore[arg-type] # else a font that is not embedded
    )  # fmt: skip
    canvas.setTitle(poster.title)
    canvas.setAuthor(poster.organiser)
    canvas.setSubject(poster.ways.origin)
    y = HEIGHT - MARGIN
    for block in sheet.above:
        y = _write(canvas, block, MARGIN, y) - sheet.gap
    y = _draw_codes(canvas, poster.codes, sheet.side, y) - sheet.gap
    for block in sheet.below:
        y = _write(canvas, block, MARGIN, y) - sheet.gap
    canvas.setFillColor(SOFT)
    canvas.setFont(REGULAR, 7)
    canvas.drawRightString(WIDTH - MARGIN, MARGIN / 2, f"{poster.guide} · {poster.ways.origin}")
    canvas.save()
    return out.getvalue()


def laid_out(poster: Poster) -> Sheet:
    """The largest letters that leave room for the codes. Raises GuideError."""
    scale = 1.0
    while scale >= LEAST:
        above = _blocks(scale, (poster.title, BOLD, 58, PINE), (SENTENCE, REGULAR, 29, INK),
                        (poster.dates, BOLD, 26, INK),
                        (AIM if len(poster.codes) == 1 else AIM_TWO, REGULAR, 20, INK))  # fmt: skip
        by = f"Organisé par {poster.organiser}." if poster.organiser else ""
        below = _blocks(scale, (PROMISE, BOLD, 29, PINE), (by, REGULAR, 16, INK))
        texts = sum(block.height for block in (*above, *below))
        gaps = len(above) + len(below)
        room = HEIGHT - 2 * MARGIN - texts - _around_codes(poster.codes)
        side = min(room - gaps * GAP * scale, SIDES[1], _column(poster.codes))
        widest = max(lettering.width(line, block.font, block.size)
                     for block in (*above, *below) for line in block.lines)  # fmt: skip
        if side >= SIDES[0] and widest <= INSIDE + 1:
            return Sheet(above, side, below, (room - side) / gaps)
        scale -= 0.02
    raise GuideError(poster.guide, "son titre est trop long pour une affiche", "Raccourcissez-le")


def _blocks(scale: float, *written: tuple[str, str, float, Color]) -> tuple[Block, ...]:
    made = []
    for text, font, size, color in written:
        pieces = [piece for line in text.split("\n") if (piece := lettering.clean(line))]
        lines = [
            line for one in pieces for line in lettering.wrapped(one, font, size * scale, INSIDE)
        ]
        if lines:
            made.append(Block(tuple(lines), font, size * scale, color))
    return tuple(made)


def _column(codes: tuple[Way, ...]) -> float:
    return (INSIDE - BETWEEN * (len(codes) - 1)) / len(codes)


def _address(way: Way, codes: tuple[Way, ...]) -> Block:
    size, lines = lettering.fitted(way.address, BOLD, _column(codes), ADDRESS)
    return Block(lines, BOLD, size, INK)


def _place(name: str) -> Block:
    return Block((name,), BOLD, 22, PINE)


def _around_codes(codes: tuple[Way, ...]) -> float:
    """The height of what is written above and under the codes."""
    under = max(_address(way, codes).height for way in codes)
    return under + GAP / 2 + (_place("").height if len(codes) > 1 else 0)


def _draw_codes(canvas: Canvas, codes: tuple[Way, ...], side: float, y: float) -> float:
    """Draw them side by side from `y` down; where what follows begins."""
    column, lowest = _column(codes), y
    for number, (way, name) in enumerate(zip(codes, PLACES, strict=False)):
        left = MARGIN + number * (column + BETWEEN)
        top = _write(canvas, _place(name), left, y, column) if len(codes) > 1 else y
        x = left + (column - side) / 2
        _draw_code(canvas, way.link, x, top - side, side)
        lowest = min(lowest, _write(canvas, _address(way, codes), left, top - side, column))
    return lowest - GAP / 2


def _draw_code(canvas: Canvas, link: str, x: float, y: float, side: float) -> None:
    across, dark = qr.runs(link)
    square = side / across
    path = canvas.beginPath()
    for column, row, length in dark:
        path.rect(x + column * square, y + side - (row + 1) * square, length * square, square)
    canvas.setFillColor(INK)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.linkURL(link, (x, y, x + side, y + side))


def _write(canvas: Canvas, block: Block, x: float, y: float, column: float = 0) -> float:
    """Write lines from `y` down, centred when there is a column; where what follows begins."""
    canvas.setFillColor(block.color)
    canvas.setFont(block.font, block.size)
    for number, line in enumerate(block.lines, start=1):
        at = y - number * block.size * LINE + block.size * (LINE - 0.78)
        if column:
            canvas.drawCentredString(x + column / 2, at, line)
        else:
            canvas.drawString(x, at, line)
    return y - block.height
