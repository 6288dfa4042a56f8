"""`pack`: the chosen formats of a snapshot, in a folder or a ZIP, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ExportError
from exports import manifest as manifests
from exports import reading_note
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.leaving.filters import Filters
from exports.leaving.outgoing import Outgoing, outgoing
from exports.manifest import Manifest, Warned, Written
from exports.packages import Package
from exports.source import Source
from exports.vocabulary import by_name

BEGUN = ".export-"  # where files are written until they are complete
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day a ZIP knows: the clock changes no byte
Progress = Callable[[int, int], None]  # how far, out of how much


@dataclass(frozen=True, slots=True)
class Packed:
    """An export that is there."""

    path: Path
    manifest: Manifest
    sha256: str  # of the ZIP; of manifest.json, which holds that of each file, for a folder


def pack(
    source: Source,
    packages: Sequence[Package],
    profile: Profile,
    filters: Filters,
    out: Path,
    *,
    software: str,
    zipped: bool = True,
    progress: Progress = lambda _done, _of: None,
) -> Packed:
    """Write these formats, each in its folder, with a manifest and LISEZ-MOI.txt.

    `out` is the ZIP, replaced if it is there, or the folder, which must be empty or hold an
    export. The same snapshot gives the same bytes. Raises ExportError.
    """
    refuse(packages, profile, filters)
    with _begun(out if not zipped else out.parent, out, zipped=zipped) as begun:
        manifest = _write(begun, source, packages, profile, filters, software, progress)
        if zipped:
            sha256 = _zip(begun, out)
        else:
            sha256 = hashlib.sha256((begun / manifests.NAME).read_bytes()).hexdigest()
            _publish(begun, out)
    return Packed(out, manifest, sha256)


def refuse(packages: Sequence[Package], profile: Profile, filters: Filters) -> None:
    """Raises ExportError for what cannot be asked together, before anything is read."""
    filters.check(profile)
    for package in packages:
        if profile not in package.profiles:
            raise ExportError(
                f"Le format « {package.name} » n'existe pas dans le profil « {profile} ». "
                f"Possibles : {', '.join(package.profiles)}."
            )


def _write(
    begun: Path, source: Source, packages: Sequence[Package], profile: Profile,
    filters: Filters, software: str, progress: Progress,
) -> Manifest:  # fmt: skip
    parts = 1 + len(packages)  # reading is told as one of them: it never goes back
    people = source.snapshot.participations * parts
    with outgoing(source, profile, filters, begun, lambda n: progress(n, people)) as leaving:
        made = leaving.counts.contributions
        files: list[Written] = []
        warnings: list[Warned] = []
        for n, package in enumerate(packages, start=1):
            written, warned = _one(
                begun, package, leaving,
                lambda count, before=n * made: progress(before + count, made * parts),  # type: ignore[misc]
            )  # fmt: skip
            files += written
            warnings += warned
        guides = by_name(leaving.guides.values())
        manifest = Manifest(
            source.snapshot,
            profile,
            filters,
            software,
            {name: tuple(one.version for one in its) for name, its in guides.items()},
            leaving.counts,
            leaving.stamp,
            tuple(files),
            tuple(warnings),
        )
    (begun / manifests.NAME).write_text(manifest.written(), "utf-8", newline="\n")
    note = reading_note.note(manifest, packages)
    (begun / reading_note.NAME).write_text(note, "utf-8", newline="")
    return manifest


def _one(
    begun: Path, package: Package, leaving: Outgoing, progress: Callable[[int], None]
) -> tuple[list[Written], list[Warned]]:
    """The files and the warnings of one format, named from the top of the export."""
    folder = Folder(begun / package.name)
    try:
        found = package.write(folder, leaving, leaving.profile, leaving.records, progress)
        warned = list(found)
        written = folder.written()
    finally:
        folder.close()
    return (
        [Written(f"{package.name}/{w.name}", w.rows, w.size, w.sha256) for w in written],
        [Warned(f"{package.name}/{w.file}", w.column, w.problem, w.count, w.where) for w in warned],
    )


@contextmanager
def _begun(place: Path, out: Path, *, zipped: bool) -> Iterator[Path]:
    """A folder to write in, gone afterwards; errors of the disk said in French."""
    try:
        if zipped and out.is_dir():
            raise ExportError(f"« {out} » est un dossier. Donnez un nom de fichier en .zip.")
        fresh = not place.exists()
        place.mkdir(parents=True, exist_ok=True)
        if not zipped:
            _refuse_strangers(out)
        begun = Path(tempfile.mkdtemp(prefix=BEGUN, dir=place))
        try:
            yield begun
        finally:
            shutil.rmtree(begun, ignore_errors=True)
            if fresh and not any(place.iterdir()):
                place.rmdir()
    except FileExistsError as error:
        raise ExportError(f"« {place} » est un fichier. Donnez un nom de dossier.") from error
    except OSError as error:
        raise ExportError(f"L'export n'a pas pu s'écrire : {refused_by_disk(error)}") from error


def _zip(begun: Path, out: Path) -> str:
    """Everything in one file, put at its place in one go; its SHA-256."""
    made = begun.with_name(f"{begun.name}.zip")
    try:
        with zipfile.ZipFile(made, "x") as archive:
            for path in sorted(one for one in begun.rglob("*") if one.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(begun).as_posix(), EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o600 << 16
                entry.create_system = 3
                entry.file_size = path.stat().st_size
                with path.open("rb") as file, archive.open(entry, "w") as inside:
                    shutil.copyfileobj(file, inside, 1 << 20)
        with made.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        made.replace(out)
    finally:
        made.unlink(missing_ok=True)
    return sha256


def _publish(begun: Path, out: Path) -> None:
    """Put every file at its place, the manifest last; those of an earlier export go."""
    earlier = _earlier(out)
    (out / manifests.NAME).unlink(missing_ok=True)
    for name in earlier:
        (out / name).unlink(missing_ok=True)
    for path in sorted((one for one in out.rglob("*") if one.is_dir()), reverse=True):
        if not path.is_relative_to(begun):
            path.rmdir()
    for path in sorted(begun.iterdir(), key=lambda path: path.name == manifests.NAME):
        path.replace(out / path.name)


def _refuse_strangers(out: Path) -> None:
    """Only an empty folder or an earlier export may be filled: nothing of anyone is lost."""
    here = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    strangers = sorted(one for one in here - _earlier(out) if not one.startswith(BEGUN))
    if strangers:
        raise ExportError(
            f"Le dossier « {out} » contient déjà autre chose : {', '.join(strangers[:3])}. "
            "Choisissez un dossier vide."
        )


def _earlier(out: Path) -> set[str]:
    """The files of the export that is there, as its manifest tells them."""
    try:
        said = json.loads((out / manifests.NAME).read_text(encoding="utf-8"))
        files = {str(file["nom"]) for file in said["fichiers"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return set()
    inside = {one for one in files if (out / one).resolve().is_relative_to(out.resolve())}
    return {manifests.NAME, reading_note.NAME, *inside}


def refused_by_disk(error: OSError) -> str:
    """What happened, and what to do."""
    if error.errno == errno.ENOSPC:
        return "il n'y a plus de place sur le disque. Libérez-en, puis recommencez."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "ce dossier est interdit en écriture. Choisissez-en un autre."
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "ce dossier ne peut pas être créé là. Choisissez un autre dossier."
    return f"le disque a refusé (code {error.errno}). Choisissez un autre dossier."
