"""The guides in use: today's from their files, earlier versions as they were published."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from bot.errors import GuideError
from bot.guide import Guide
from bot.guide_file import read_guide

Published = Callable[[str, str], str | None]  # (guide, version) -> the file as it was published


class Shelf:
    """Implements `bot.reception.Guides`."""

    def __init__(self, files: Iterable[Path], default: str, published: Published) -> None:
        """Raises GuideError for the first file that cannot be used."""
        self._published = published
        self._read: dict[tuple[str, str], Guide] = {}
        self._current: dict[str, Guide] = {}
        self.sources: dict[str, str] = {}
        for file in files:
            source = read_source(file)
            guide = read_guide(source, file.name)
            self._read[guide.guide, guide.version] = self._current[guide.guide] = guide
            self.sources[guide.guide] = source
        if default not in self._current:
            known = ", ".join(sorted(self._current)) or "aucun"
            raise GuideError(
                "PAROLE_GUIDE", f"le guide « {default} » n'existe pas", f"Guides : {known}."
            )
        self._default = default

    def __contains__(self, guide: object) -> bool:
        return guide in self._current

    def current(self, guide: str | None = None) -> Guide:
        """Today's version of this guide, or of the default one. Raises KeyError."""
        return self._current[guide or self._default]

    def of(self, guide: str, version: str) -> Guide:
        """The version a conversation began with. Raises GuideError when it was lost."""
        key = (guide, version)
        if key not in self._read:
            source = self._published(guide, version)
            if source is None:
                raise GuideError(
                    f"{guide}, version {version}",
                    "des conversations suivent cette version, et son texte n'est plus là",
                    "Remettez une sauvegarde de la base.",
                )
            self._read[key] = read_guide(source, f"{guide}, version {version}")
        return self._read[key]

    def publish(self, keep: Callable[[str, str, str, str], None]) -> None:
        """Hand every current guide to `keep`: guide, version, SHA-256, source."""
        for name, guide in self._current.items():
            source = self.sources[name]
            digest = hashlib.sha256(source.encode()).hexdigest()
            keep(name, guide.version, digest, source)


def read_source(file: Path) -> str:
    """The text of a guide file. Raises GuideError when it cannot be read."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GuideError(
            str(file), "ce fichier ne se lit pas", "Vérifiez son nom, ses droits et l'UTF-8."
        ) from error
