"""`ddi`: a DDI-Codebook 2.5 that describes participations.sav, for Quetelet, Nakala or Dataverse.

How many persons gave each answer is said only where nobody can be picked out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from lxml import etree

from bot.guide import Guide
from exports.confidentiality import LICENCES, K, Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.source import Leaving
from exports.statistics.variables import Cell, Variable, variables

NAME = "codebook.xml"
NAMESPACE = "ddi:codebook:2_5"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
LOCATION = "http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
DESCRIBED = "participations.sav"
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0
FEW = (
    f"au moins une réponse de moins de {K} personnes : les effectifs de cette variable n'y sont pas"
)
SELF = (
    "Chaque personne choisit elle-même de répondre : ce n'est pas un échantillon. "
    "Les effectifs ne disent rien de la population."
)

Frequencies = Mapping[str, Counter[Cell]]


class Ddi:
    """One XML file: the study, the file it describes, each variable with its question."""

    name = "ddi"
    title = "DDI-Codebook 2.5"
    profiles = tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        guides = tuple(source.guides.values())
        asked = variables(guides, profile)
        counted = [one for one in asked if one.sort == "code"]
        frequencies: dict[str, Counter[Cell]] = {one.name: Counter() for one in counted}
        rows, days = 0, set[date]()
        for one in source.participants():
            rows += 1
            days |= {day for day in (one.started_on, one.active_on) if day}
            for variable in counted:
                frequencies[variable.name][variable.value(one)] += 1
        hidden = [one for one in counted if not _may_show(frequencies[one.name], profile)]
        for variable in hidden:
            del frequencies[variable.name]
        tree = _codebook(guides, asked, frequencies, source, rows, (min(days), max(days))
                         if days else None)  # fmt: skip
        written = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True)
        folder.open(NAME, of_rows=False).write(written)
        progress(sum(1 for _ in records()))
        for variable in hidden:
            yield Warned(NAME, variable.name, FEW, 1)


def _may_show(counts: Counter[Cell], profile: Profile) -> bool:
    """Outside the team, either every count is large enough or none is told."""
    return profile is Profile.INTERNAL or all(n >= K for n in counts.values())


def _codebook(
    guides: Sequence[Guide], asked: Sequence[Variable], frequencies: Frequencies,
    source: Leaving, rows: int, days: tuple[date, date] | None,
) -> etree._Element:  # fmt: skip
    root = etree.Element(
        f"{{{NAMESPACE}}}codeBook",
        {"version": "2.5", f"{{{XSI}}}schemaLocation": f"{NAMESPACE} {LOCATION}"},
        nsmap={None: NAMESPACE, "xsi": XSI},
    )
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "fr")
    _document(_in(root, "docDscr"), source)
    _study(_in(root, "stdyDscr"), guides, source, days)
    _file(_in(root, "fileDscr", ID="F1"), rows, len(asked))
    described = _in(root, "dataDscr")
    for number, variable in enumerate(asked, start=1):
        _variable(described, f"V{number}", variable, frequencies.get(variable.name), rows)
    return root


def _document(place: etree._Element, source: Leaving) -> None:
    citation = _in(place, "citation")
    _in(_in(citation, "titlStmt"), "titl", "Description des données de la consultation")
    production = _in(citation, "prodStmt")
    day = source.snapshot.taken.date().isoformat()
    _in(production, "prodDate", day, date=day)
    _in(production, "software", "Parole")


def _study(
    place: etree._Element, guides: Sequence[Guide], source: Leaving,
    days: tuple[date, date] | None,
) -> None:  # fmt: skip
    citation = _in(place, "citation")
    titles = _in(citation, "titlStmt")
    _in(titles, "titl", ", ".join(dict.fromkeys(one.title for one in guides)))
    _in(titles, "IDNo", source.snapshot.id, agency="Parole")
    organisers = list(dict.fromkeys(one.organiser for one in guides if one.organiser))
    if organisers:
        said = _in(citation, "rspStmt")
        for organiser in organisers:
            _in(said, "AuthEnty", organiser)
    information = _in(place, "stdyInfo")
    for about in dict.fromkeys(one.about for one in guides if one.about):
        _in(information, "abstract", about)
    summary = _in(information, "sumDscr")
    if days:
        for event, day in zip(("start", "end"), days, strict=True):
            _in(summary, "collDate", day.isoformat(), date=day.isoformat(), event=event)
    _in(summary, "nation", "France", abbr="FR")
    _in(summary, "anlyUnit", "Une participation : une personne, un questionnaire, une fois")
    _in(summary, "universe", "Les personnes qui ont répondu et accepté que leurs réponses soient "
        "gardées")  # fmt: skip
    _in(summary, "dataKind", "Réponses à un questionnaire, en nombres")
    collection = _in(_in(place, "method"), "dataColl")
    _in(collection, "sampProc", SELF)
    _in(collection, "collMode", "Conversation écrite ou parlée avec un assistant automatique")
    use = _in(_in(place, "dataAccs"), "useStmt")
    _in(use, "restrctn", LICENCES[source.profile])


def _file(place: etree._Element, rows: int, columns: int) -> None:
    text = _in(place, "fileTxt")
    _in(text, "fileName", DESCRIBED)
    _in(text, "fileCont", "Une ligne par participation. Le fichier est celui du format « spss » "
        "du même instantané, dans le même profil.")  # fmt: skip
    size = _in(text, "dimensns")
    _in(size, "caseQnty", str(rows))
    _in(size, "varQnty", str(columns))
    _in(text, "fileType", "SPSS")


def _variable(
    place: etree._Element, id: str, one: Variable, counts: Counter[Cell] | None, rows: int
) -> None:
    sort = "contin" if one.sort in ("number", "day") else "discrete"
    var = _in(place, "var", ID=id, name=one.name, files="F1", intrvl=sort)
    _in(var, "labl", one.label)
    if one.question is not None:
        _in(_in(var, "qstn"), "qstnLit", one.question.text)
    if one.missing:
        invalid = _in(var, "invalrng")
        for number in sorted(one.missing):
            _in(invalid, "item", VALUE=str(number))
    if counts is not None:
        absent = sum(n for number, n in counts.items() if number in {*one.missing, None})
        _in(var, "sumStat", str(rows - absent), type="vald")
        _in(var, "sumStat", str(absent), type="invd")
    for number, label in sorted(one.labels.items()):
        category = _in(var, "catgry", missing="Y" if number in one.missing else "N")
        _in(category, "catValu", str(number))
        _in(category, "labl", label)
        if counts is not None:
            _in(category, "catStat", str(counts[number]), type="freq")
    _in(var, "varFormat", type="character" if one.sort == "text" else "numeric", schema="SPSS")


def _in(place: etree._Element, tag: str, text: str = "", /, **said: str) -> etree._Element:
    made = etree.SubElement(place, f"{{{NAMESPACE}}}{tag}", said)
    if text:
        made.text = FORBIDDEN.sub("", text)
    return made
