"""How the letters of a text file are coded, and how sure that is: said to staff, never hidden."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ExportError

CODECS = {"utf-8": "utf-8-sig", "windows-1252": "cp1252"}
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
PIECE = 1 << 20
LOST = "\ufffd"


@dataclass(frozen=True, slots=True)
class Letters:
    """What to open the file with, and what staff should know of it."""

    codec: str
    said: str  # in French
    sure: bool = True


def letters_of(file: Path, wanted: str = "auto") -> Letters:
    """Of this file. `wanted`: what staff chose. Raises ExportError, OSError."""
    with file.open("rb") as octets:
        head = octets.read(4)
    if head.startswith(WIDE):
        return Letters("utf-16", "UTF-16, d’après sa marque")
    if wanted in CODECS:
        return Letters(CODECS[wanted], f"{wanted}, comme vous l’avez choisi")
    good, bad, line = _counted(file)
    if bad == 0:
        if head.startswith(codecs.BOM_UTF8):
            return Letters("utf-8-sig", "UTF-8, avec sa marque : c’est sûr")
        if good == 0:
            return Letters("utf-8-sig", "sans accent : tous les codages se valent")
        return Letters("utf-8-sig", "UTF-8 : c’est sûr")
    if good > bad:
        return Letters(
            "utf-8-sig",
            f"UTF-8, mais {bad} lettre{'s' * (bad > 1)} illisible{'s' * (bad > 1)}, la première "
            f"ligne {line} : deux codages sont mélangés. Ces lettres deviennent « {LOST} »",
            sure=False,
        )
    return Letters(
        "cp1252",
        "Windows-1252, sans certitude : ce n’est pas de l’UTF-8. Vérifiez les accents",
        sure=False,
    )


def _counted(file: Path) -> tuple[int, int, int]:
    """Signs beyond ASCII that are UTF-8, those that are not, and the line of the first of these."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    good = bad = 0
    line, first = 1, 0
    with file.open("rb") as octets:
        while True:
            piece = octets.read(PIECE)
            if b"\0" in piece:
                raise ExportError(
                    f"« {file.name} » n'est pas un fichier de texte. Enregistrez-le en CSV UTF-8."
                )
            text = decoder.decode(piece, final=not piece)
            if not text.isascii():
                lost = text.count(LOST)
                good += sum(not one.isascii() for one in text) - lost
                if lost and not bad:
                    first = line + text.count("\n", 0, text.index(LOST))
                bad += lost
            line += text.count("\n")
            if not piece:
                return good, bad, first
