"""XML written as it comes, and the codebook that both files of REFI-QDA 1.5 hold."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from bot.curated import Code
from exports.refi.characters import plain
from exports.refi.naming import code_guid

PROJECT = "urn:QDA-XML:project:1.0"
CODEBOOK = "urn:QDA-XML:codebook:1.0"
ORIGIN = "Parole"
PAGE = 1 << 16  # characters


class Written(Protocol):
    """Where bytes go."""

    def write(self, octets: bytes, /) -> object: ...


class _Page(io.TextIOBase):
    """Small pieces of text, put together before they are written: each write has its cost."""

    def __init__(self, out: Written) -> None:
        self._out, self._pieces, self._size = out, list[str](), 0

    def write(self, text: str) -> int:
        self._pieces.append(text)
        self._size += len(text)
        if self._size >= PAGE:
            self.flush()
        return len(text)

    def flush(self) -> None:
        self._out.write("".join(self._pieces).encode())
        self._pieces.clear()
        self._size = 0


class Xml:
    """XML written as it comes, one element after another; all of it is there once `done`."""

    def __init__(self, out: Written) -> None:
        self._page = _Page(out)
        self._xml = XMLGenerator(self._page, "utf-8", short_empty_elements=True)
        self._xml.startDocument()
        self._depth = 0
        self.replaced = 0  # characters that XML cannot hold

    def done(self) -> None:
        self._xml.ignorableWhitespace("\n")
        self._xml.endDocument()
        self._page.flush()

    @contextmanager
    def inside(self, name: str, attributes: Mapping[str, str]) -> Iterator[None]:
        self._line()
        self._xml.startElement(name, self._safe(attributes))
        self._depth += 1
        yield
        self._depth -= 1
        self._line()
        self._xml.endElement(name)

    def empty(self, name: str, attributes: Mapping[str, str]) -> None:
        self._line()
        self._xml.startElement(name, self._safe(attributes))
        self._xml.endElement(name)

    def text(self, name: str, text: str) -> None:
        self._line()
        self._xml.startElement(name, AttributesImpl({}))
        self._xml.characters(self._plain(text))
        self._xml.endElement(name)

    @property
    def line(self) -> str:
        """What comes before an element: its line, as deep as it is."""
        return "\n" + " " * self._depth if self._depth else ""

    def already(self, written: str, replaced: int) -> None:
        """An element that is XML already, from its line on, and the characters it lost."""
        self.replaced += replaced
        self._xml.ignorableWhitespace(written)

    def _line(self) -> None:
        if self._depth:
            self._xml.ignorableWhitespace("\n" + " " * self._depth)

    def _safe(self, attributes: Mapping[str, str]) -> AttributesImpl[str]:
        return AttributesImpl({name: self._plain(value) for name, value in attributes.items()})

    def _plain(self, text: str) -> str:
        written, replaced = plain(text)
        self.replaced += replaced
        return written


def write_codes(xml: Xml, codes: Iterable[Code]) -> None:
    """`Codes`, each code with those under it; `codes` come as `Snapshot.codebook` has them."""
    under: dict[str | None, list[Code]] = {}
    known = list(codes)
    ids = {code.id for code in known}
    for code in known:
        under.setdefault(code.parent if code.parent in ids else None, []).append(code)

    def write(code: Code) -> None:
        named = {"guid": code_guid(code.id), "name": code.name, "isCodable": "true",
                 "color": code.colour}  # fmt: skip
        if not code.definition and code.id not in under:
            xml.empty("Code", named)
            return
        with xml.inside("Code", named):
            if code.definition:
                xml.text("Description", code.definition)
            for one in under.get(code.id, ()):
                write(one)

    with xml.inside("Codes", {}):
        for code in under.get(None, ()):
            write(code)
