"""`refi-qda`: texts, profiles, themes and coded passages in one .qdpx (REFI-QDA 1.5)."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator

from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.on_disk.many_entries import open_zip
from exports.records import Record
from exports.refi.characters import REPLACED, plain
from exports.refi.first_reading import first_reading
from exports.refi.naming import source_guid
from exports.refi.project_xml import ProjectXml
from exports.source import Leaving

FILE = "projet.qdpx"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of a ZIP: the same bytes whatever the day


class RefiQda:
    """One text per contribution, one case per participation, one user per coder."""

    name = "refi-qda"
    title = "Projet pour NVivo, MAXQDA, ATLAS.ti, QualCoder (.qdpx)"
    profiles = tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        codes = {code.id for code in source.snapshot.codebook}
        seen = first_reading(records(), codes)
        project = ProjectXml(source, profile, seen, codes)
        with open_zip(folder.place(FILE), folder.aside) as archive:
            with archive.open(_entry("project.qde"), "w") as out:
                replaced = project.write(out, records)
            written = (one for one in records() if one.text)
            for count, record in enumerate(written, start=1):
                name = f"Sources/{source_guid(record.guide, record.reference)}.txt"
                archive.writestr(_entry(name), plain(record.text or "")[0].encode())
                progress(count)
        folder.counted(FILE, seen.texts)
        for problem, count in (
            ("Textes écrits.", seen.texts),
            ("Passages codés écrits.", seen.codings),
            ("Notes sur un passage écrites.", seen.notes),
            ("Textes lus sans rien à coder écrits : un ensemble par personne.", seen.read),
            ("Contributions sans texte : absentes du projet.", len(seen.wordless)),
            ("Passages à coder à nouveau, le texte a changé : pas écrits.", seen.redo),
            ("Passages dont le thème n'est plus dans le livre de codes : pas écrits.",
             seen.unknown),
            ("Signes des textes qu'un fichier ne peut pas contenir, remplacés par « \ufffd ».",
             seen.replaced),
            (REPLACED, replaced),
        ):  # fmt: skip
            if count:
                yield Warned(FILE, None, problem, count)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, FIRST_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry
