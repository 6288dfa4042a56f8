"""QR codes, as squares to draw or as a file."""

from __future__ import annotations

import io
from collections.abc import Iterator

import segno

QUIET = 4  # squares left white around, ISO/IEC 18004
KINDS = ("svg", "png")
PIXELS = 16  # of one square in a PNG: about 10 cm at 300 dpi


def octets(link: str, kind: str) -> bytes:
    """The file of the QR code of this link; `kind` is one of KINDS."""
    out = io.BytesIO()
    more = {"title": link} if kind == "svg" else {}
    _code(link).save(out, kind=kind, scale=PIXELS, border=QUIET, **more)
    return out.getvalue()


def runs(link: str) -> tuple[int, Iterator[tuple[int, int, int]]]:
    """How many squares a side has, white border included; then each dark run.

    A run is its first column, its row from the top, and how many squares long it is.
    """
    rows = [bytes(row) for row in _code(link).matrix_iter(border=QUIET)]

    def dark() -> Iterator[tuple[int, int, int]]:
        for y, row in enumerate(rows):
            x = 0
            while (x := row.find(1, x)) >= 0:
                end = row.find(0, x)
                yield x, y, end - x
                x = end

    return len(rows), dark()


def _code(link: str) -> segno.QRCode:
    return segno.make_qr(link, error="m")
