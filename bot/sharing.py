"""The files that partners are given: QR codes and posters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot import qr
from bot.errors import SettingsError
from bot.guide import Guide
from bot.links import Ways


@dataclass(frozen=True, slots=True)
class File:
    """A file to write, made at the last moment."""

    path: Path
    octets: Callable[[], bytes]


def planned(
    every: Iterable[Ways],
    guide: Guide,
    organiser: str,
    code: Path | None,
    poster: Path | None,
    *,
    several: bool = False,
) -> list[File]:
    """The files to write: the QR codes, then the posters.

    With `several`, `code` and `poster` are folders; each file there is named by its origin.
    Raises SettingsError for a kind of file that is not drawn, or a folder that is not there.
    """
    each = list(every)
    files: list[File] = []
    if code is not None:
        for ways in each:
            files += _codes(ways, _inside(code, ways, "svg", "--qr") if several else code)
    if poster is not None:
        for ways in each:
            path = _inside(poster, ways, "pdf", "--poster") if several else poster
            files.append(_poster(ways, guide, organiser, path))
    return files


def write(files: list[File], say: Callable[[str], None], *, force: bool = False) -> None:
    """Write them, saying each one. Raises SettingsError, before the first when it can be known."""
    for file in files:
        _check(file.path, force=force)
    for number, file in enumerate(files, start=1):
        octets = file.octets()
        try:
            with file.path.open("wb" if force else "xb") as out:
                out.write(octets)
        except OSError as error:
            raise SettingsError(
                str(file.path), "ce fichier ne s'écrit pas", "Vérifiez les droits et la place"
            ) from error
        say(f"{number}/{len(files)}  {file.path}")


def _inside(folder: Path, ways: Ways, kind: str, option: str) -> Path:
    if (folder.exists() and not folder.is_dir()) or (not folder.exists() and folder.suffix):
        remedy = f"Avec --origins, donnez un dossier, par exemple : {option} affiches"
        raise SettingsError(f"{option} {folder}", "ce n'est pas un dossier", remedy)
    return folder / f"{ways.origin}.{kind}"


def _codes(ways: Ways, file: Path) -> Iterator[File]:
    """The QR code of the page in this file, that of Telegram beside it."""
    kind = file.suffix.removeprefix(".").lower()
    if kind not in qr.KINDS:
        remedy = f"Par exemple : --qr {file.with_suffix('.svg')}"
        raise SettingsError(f"--qr {file}", "il faut un fichier .svg ou .png", remedy)
    yield File(file, partial(qr.octets, ways.web.link, kind))
    if ways.telegram:
        beside = file.with_name(f"{file.stem}-telegram{file.suffix}")
        yield File(beside, partial(qr.octets, ways.telegram.link, kind))


def _poster(ways: Ways, guide: Guide, organiser: str, path: Path) -> File:
    from bot import poster  # the fonts and the PDF are for those who print

    if path.suffix.lower() != ".pdf":
        remedy = f"Par exemple : --poster {path.with_suffix('.pdf')}"
        raise SettingsError(f"--poster {path}", "il faut un fichier .pdf", remedy)
    return File(path, lambda: poster.octets(poster.poster_of(guide, ways, organiser)))


def _check(path: Path, *, force: bool) -> None:
    folder = path.parent
    if not folder.is_dir():
        remedy = f"Créez-le : mkdir -p {folder}"
        raise SettingsError(str(path), "ce dossier n'existe pas", remedy)
    if path.is_dir():
        raise SettingsError(str(path), "c'est un dossier", "Donnez un nom de fichier")
    if path.exists() and not force:
        remedy = "Pour le remplacer, ajoutez --force"
        raise SettingsError(str(path), "ce fichier existe déjà", remedy)
