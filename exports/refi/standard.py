"""What the two files of REFI-QDA 1.5 share: identifiers that stay, texts, codes, XML in order."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Protocol
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from bot.curated import Code

PROJECT = "urn:QDA-XML:project:1.0"
CODEBOOK = "urn:QDA-XML:codebook:1.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ORIGIN = "Parole"
OURS = uuid.uuid5(uuid.NAMESPACE_URL, "https://www.qdasoftware.org/parole")

# Characters that XML 1.0 or a plain text file cannot hold. Each becomes one other character, so
# that every offset stays right.
FORBIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
PAGE = 1 << 16  # characters
PREFIX = re.compile(r"(humain|importe):")  # of a user: where their coding comes from
NOTHING = "Rien à coder : "  # the name of a set: the texts that a coder read, without a theme
HEX = re.compile(r"[0-9a-f]{32}")


class Written(Protocol):
    """Where bytes go."""

    def write(self, octets: bytes, /) -> object: ...


def guid(kind: str, *parts: str) -> str:
    """The same for the same thing, so that two exports merge."""
    return str(uuid.uuid5(OURS, "/".join((kind, *parts))))


def source_guid(guide: str, reference: str) -> str:
    return guid("contribution", guide, reference)


def code_guid(id: str) -> str:
    """A code's own id, which comes back as it left."""
    return str(uuid.UUID(id)) if HEX.fullmatch(id) else guid("code", id)


def nothing_set(user: str) -> dict[str, str]:
    """The set of the texts that this user read with nothing to code."""
    return {"guid": guid("nothing", user), "name": NOTHING + user}


def nothing_of(written: str, name: str) -> str | None:
    """The coder of such a set of ours, None for any other set."""
    user = name.removeprefix(NOTHING)
    ours = name.startswith(NOTHING) and written.strip("{}").lower() == guid("nothing", user)
    return PREFIX.sub("", user, count=1) if ours else None


def plain(text: str) -> tuple[str, int]:
    """The text as the file holds it, as long as it was; how many characters were replaced."""
    return FORBIDDEN.subn("\ufffd", text)


def moment(when: date | datetime) -> str:
    """As xsd:dateTime, in UTC."""
    if isinstance(when, datetime):
        return when.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"
    return f"{when.isoformat()}T00:00:00Z"


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

    def done(self) -> None:
        self._xml.ignorableWhitespace("\n")
        self._xml.endDocument()
        self._page.flush()

    @contextmanager
    def inside(self, name: str, attributes: Mapping[str, str]) -> Iterator[None]:
        self._line()
        self._xml.startElement(name, _safe(attributes))
        self._depth += 1
        yield
        self._depth -= 1
        self._line()
        self._xml.endElement(name)

    def empty(self, name: str, attributes: Mapping[str, str]) -> None:
        self._line()
        self._xml.startElement(name, _safe(attributes))
        self._xml.endElement(name)

    def text(self, name: str, text: str) -> None:
        self._line()
        self._xml.startElement(name, AttributesImpl({}))
        self._xml.characters(plain(text)[0])
        self._xml.endElement(name)

    @property
    def line(self) -> str:
        """What comes before an element: its line, as deep as it is."""
        return "\n" + " " * self._depth if self._depth else ""

    def already(self, written: str) -> None:
        """An element that is XML already, from its line on."""
        self._xml.ignorableWhitespace(written)

    def _line(self) -> None:
        if self._depth:
            self._xml.ignorableWhitespace("\n" + " " * self._depth)


def _safe(attributes: Mapping[str, str]) -> AttributesImpl[str]:
    return AttributesImpl({name: plain(value)[0] for name, value in attributes.items()})


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
