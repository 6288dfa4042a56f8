"""A consultation that was coded, and files of coding programs, good and bad."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import exports_cases as cases

from bot.curated import Code, Coding, Curation, Decision
from bot.model import Participation, Spot
from exports.canonical import canonical
from exports.refi.naming import guid, source_guid
from exports.refi.xml_writing import PROJECT

DAY = date(2026, 4, 1)
CODES = (
    Code("0" * 31 + "1", "Temps", "Le temps pour la relation.", "#1b6ca8"),
    Code("0" * 31 + "2", "Relève & nuit", "", "#b3472e", parent="0" * 31 + "1"),
    Code("0" * 31 + "3", "Salaires <bruts>", "Ce qui\nest payé.", "#2e7d4f"),
)
TIME, NIGHT, PAY = (code.id for code in CODES)
TEXTS = {
    1: "👩🏽‍🏫 Plus de temps.\r\nEt une relève la nuit 🌙 !",
    2: "Des salaires justes,\nde l'e\u0301coute",
    3: "mot " * 10_000 + "fin",
    4: "nul\0au milieu, \u202egauche, \x85 et \ufeff",
}


def passage(text: str, words: str, code: str, coder: str = "camille", **more: object) -> Coding:
    """These words of a text of ours, coded."""
    start = text.index(words)
    plain = Coding(code, start, start + len(words), coder, DAY, words=words)
    return replace(plain, **more)  # type: ignore[arg-type]


def participations() -> Iterator[Participation]:
    for number, text in TEXTS.items():
        [one] = cases.crowd({"walk": 1}, first=number)
        answers = {**one.conversation.answers, Spot("idea"): cases.said(text, language="fr")}
        yield replace(one, conversation=replace(one.conversation, answers=answers))


def snapshot(codings: dict[str, Sequence[Coding]] | None = None) -> cases.Held:
    """Four proposals, their passages coded by two people."""
    first, second, third, _ = (canonical(text) for text in TEXTS.values())
    given = codings if codings is not None else {
        "P-000001": (
            passage(first, "temps", TIME), passage(first, "temps", TIME, "dominique"),
            passage(first, "Et une relève la nuit 🌙", NIGHT), passage(first, "👩🏽‍🏫", PAY),
        ),
        "P-000002": (passage(second, "justes,\nde l'éc", PAY),),
        "P-000003": (passage(third, "fin", TIME, origin="imported"),),
    }  # fmt: skip
    curations = {
        f"P_{number:06d}": Curation(
            f"P-{number:06d}", Decision.PUBLISHED, codings=tuple(given.get(f"P-{number:06d}", ()))
        )
        for number in TEXTS
    }
    source = cases.held(*participations(), **curations)
    return replace(source, snapshot=replace(source.snapshot, codebook=CODES))


def project(
    folder: Path,
    inside: str,
    texts: Iterable[tuple[str, bytes]] = (),
    name: str = "projet.qdpx",
) -> Path:
    """A .qdpx whose project holds this XML, with these texts."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", f'<Project xmlns="{PROJECT}" name="p">{inside}</Project>')
        for file, octets in texts:
            archive.writestr(file, octets)
    return path


def source_of(number: int, passages: str = "", name: str = "?") -> tuple[str, str]:
    """The XML of one text of ours, and the name of its file."""
    mine = source_guid(cases.GUIDE.guide, f"P-{number:06d}")
    xml = (
        f'<TextSource guid="{mine}" name="{name}" plainTextPath="internal://{mine}.txt">'
        f"{passages}</TextSource>"
    )
    return xml, f"Sources/{mine}.txt"


def selected(start: int, end: int, code: str, user: str = "u") -> str:
    """The XML of a coded passage."""
    one = guid("test", str(start), str(end), code, user)
    return (
        f'<PlainTextSelection guid="{one}" startPosition="{start}" endPosition="{end}">'
        f'<Coding guid="{one}" creatingUser="{guid("test", user)}" '
        f'creationDateTime="2026-04-02T23:30:00-02:00"><CodeRef targetGUID="{code}"/></Coding>'
        "</PlainTextSelection>"
    )


def user(name: str, id: str = "u") -> str:
    return f'<Users><User guid="{guid("test", id)}" name="{name}"/></Users>'


def codebook(*codes: tuple[str, str]) -> str:
    inside = "".join(f'<Code guid="{id}" name="{name}" isCodable="true"/>' for id, name in codes)
    return f"<CodeBook><Codes>{inside}</Codes></CodeBook>"
