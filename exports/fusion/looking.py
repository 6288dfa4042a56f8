"""What a file of another platform seems to be, before any of it is read for good."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bot.errors import ExportError
from bot.plain import fold
from exports.fusion.export_lines import Layout, is_workbook, lines, separator_of, sheets_of
from exports.fusion.lettering import letters_of

SAMPLES, LONGEST = 3, 120
LOOKED_AT = 200  # lines
MOST = 300  # columns
NAMES = {"\t": "tabulation"}
# Nobody of theirs is ever shown or read.
SOMEBODY = re.compile(
    r"auteur|author|user|utilisat|e ?mail|courriel|phone|prenom|^nom\b|name$|zip|postal|adress"
    r"|address|birth|naissance"
)
KNOWN: Mapping[str, tuple[str, ...]] = {
    "identifiant": ("id", "identifiant", "reference", "numero", "proposal id", "contribution id"),
    "texte": ("body text", "body", "texte", "contenu", "content", "description", "proposition",
              "proposal body", "text", "message"),
    "titre": ("title", "titre", "proposal title", "intitule"),
    "sujet": ("section title", "theme", "category", "categorie", "rubrique", "sujet", "themes"),
    "jour": ("created at", "createdat", "published at", "publishedat", "date", "jour", "cree le",
             "date de creation", "published_at"),
    "garder": ("contribution type", "type de contribution"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Looked:
    """What is shown to staff."""

    letters: str  # how they are coded, in French; "" for a workbook
    sure: bool
    separator: str
    sheets: tuple[str, ...]
    heads: tuple[str, ...]  # the columns that may be read
    people: int  # columns about persons: neither shown nor read
    samples: Mapping[str, tuple[str, ...]]  # a few values of each column

    def guess(self) -> dict[str, str]:
        """The column that each key of `Arriving` seems to mean, and how it is written."""
        folded = {fold(head.replace("_", " ")): head for head in reversed(self.heads)}
        found = {
            key: next((folded[one] for one in names if one in folded), "")
            for key, names in KNOWN.items()
        }
        days = self.samples.get(found["jour"], ())
        french = any(re.match(r"\d\d/\d\d/\d{4}", one) for one in days)
        found["date"] = "JJ/MM/AAAA" if french else "AAAA-MM-JJ"
        text = "".join(self.samples.get(found["texte"], ()))
        found["html"] = "oui" if re.search(r"</?[a-z][^>]*>", text) else ""
        return found


def look(file: Path, layout: Layout) -> Looked:
    """Raises ExportError."""
    letters, separator, sheets = None, "", tuple[str, ...]()
    if is_workbook(file):
        sheets = sheets_of(file)
    else:
        try:
            letters = letters_of(file, layout.encoding)
            with file.open(encoding=letters.codec, errors="replace") as text:
                separator = separator_of(text.readline(1_000_000), layout.separator)
        except (OSError, UnicodeError):
            raise ExportError("Ce fichier ne se lit pas. Enregistrez-le à nouveau.") from None
    read = list(islice(lines(file, layout), LOOKED_AT))
    every = [" ".join(one.split()) for one in read[0]] if read else []
    heads = tuple(one for one in every if one and every.count(one) == 1)[:MOST]
    shown = tuple(one for one in heads if not SOMEBODY.search(fold(one.replace("_", " "))))
    if not shown:
        raise ExportError(
            "Ce fichier n'a pas de titres de colonnes sur sa première ligne. Ajoutez-les."
        )
    return Looked(
        letters.said if letters else "",
        letters.sure if letters else True,
        NAMES.get(separator, separator),
        sheets,
        shown,
        len(heads) - len(shown),
        {one: _samples(read[1:], every.index(one)) for one in shown},
    )


def _samples(rows: Sequence[Sequence[str]], at: int) -> tuple[str, ...]:
    values = (" ".join(row[at].split()) for row in rows if at < len(row))
    return tuple(islice(dict.fromkeys(one[:LONGEST] for one in values if one), SAMPLES))
