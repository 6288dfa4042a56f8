"""The guides as they were published: a conversation finishes on the version it started."""

from __future__ import annotations

from sqlalchemy import Engine, exists, select, update

from bot.errors import GuideError
from storage.faults import transaction
from storage.statements import insert_once
from storage.tables import conversations, guides


class Guides:
    """Published guides. One version has one content as soon as somebody answers it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def publish(self, guide: str, version: str, sha256: str, source: str) -> None:
        """Keep this version. Raises GuideError when it is in use with another content."""
        this = (guides.c.guide == guide) & (guides.c.version == version)
        used = select(
            exists().where(conversations.c.guide == guide, conversations.c.version == version)
        )
        row = {"guide": guide, "version": version, "sha256": sha256, "source": source}
        with transaction(self._engine) as connection:
            connection.execute(insert_once(connection.dialect, guides), row)
            kept = connection.scalar(select(guides.c.sha256).where(this).with_for_update())
            if kept == sha256:
                return
            if connection.scalar(used):
                raise GuideError(
                    f"{guide}, version {version}",
                    "le contenu a changé alors que des personnes répondent déjà à cette version",
                    "Changez la version",
                )
            connection.execute(update(guides).where(this).values(row))

    def source(self, guide: str, version: str) -> str | None:
        """The file as it was published, or None."""
        wanted = select(guides.c.source).where(guides.c.guide == guide, guides.c.version == version)
        with transaction(self._engine, writing=False) as connection:
            return connection.scalar(wanted)

    def followed(self) -> list[tuple[str, str]]:
        """Every guide and version that a conversation follows."""
        every = select(conversations.c.guide, conversations.c.version).distinct()
        with transaction(self._engine, writing=False) as connection:
            return [(row.guide, row.version) for row in connection.execute(every)]

    def published(self) -> list[tuple[str, str]]:
        """Every guide and version kept."""
        every = select(guides.c.guide, guides.c.version).order_by(guides.c.guide, guides.c.version)
        with transaction(self._engine, writing=False) as connection:
            return [(row.guide, row.version) for row in connection.execute(every)]
