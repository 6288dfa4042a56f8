"""`data-package`: CSV tables that say what they are, as open-data portals want them.

Data Package 2.0 and Table Schema; readers of version 1 find their `profile`. Each schema is also
in a file of its own, in the form of schema.data.gouv.fr, for Validata.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bot.guide import Guide
from exports.confidentiality import LICENCES, Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.source import Leaving
from exports.tables.machine_csv import MachineCsv
from exports.tables.open_tables import Linked, linked
from exports.tables.table_schema import fields
from exports.vocabulary import questions

NAME = "datapackage.json"
PROFILES = "https://datapackage.org/profiles/2.0"
LICENCE = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}
DIALECT = {
    "delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True,
    "header": True, "skipInitialSpace": False,
}  # fmt: skip


class DataPackage:
    """UTF-8 without BOM, commas, LF: one CSV per table, and datapackage.json."""

    name = "data-package"
    title = "Données ouvertes (Data Package)"
    profiles = tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        csv, guides = MachineCsv(), tuple(source.guides.values())
        asked = {(one.guide, one.step): one for one in questions(guides, profile)}
        tables = linked(source, profile, records, progress)
        resources = []
        for one in tables:
            sink, odd = folder.open(csv.file_name(one.table)), dict[tuple[str, str], int]()
            sink.write(csv.head(one.table))
            made = csv.lines(one.table)
            for row in one.rows():
                line, oddities = made(row)
                sink.write(line)
                sink.rows += 1
                for oddity in oddities:
                    odd[oddity] = odd.get(oddity, 0) + 1
            written = sink.done()
            for (column, problem), count in odd.items():
                yield Warned(written.name, column, problem, count)
            schema: dict[str, Any] = {
                "fields": list(fields(one.table, profile, asked)),
                "missingValues": [""],
                "primaryKey": list(one.key),
            }
            alone = _alone(one, schema, source)
            folder.open(f"schemas/{one.table.name}.json", of_rows=False).write(_json(alone))
            if one.leads:
                there, where = one.leads
                to = {"resource": where, "fields": list(there)}
                schema["foreignKeys"] = [{"fields": list(there), "reference": to}]
            resources.append(
                {
                    "$schema": f"{PROFILES}/dataresource.json",
                    "profile": "tabular-data-resource",
                    "name": one.table.name,
                    "type": "table",
                    "title": one.table.title,
                    "description": one.about,
                    "path": written.name,
                    "scheme": "file",
                    "format": "csv",
                    "mediatype": "text/csv",
                    "encoding": "utf-8",
                    "bytes": written.size,
                    "hash": f"sha256:{written.sha256}",
                    "dialect": DIALECT,
                    "schema": schema,
                }
            )
        said = _package(guides, source, profile) | {"resources": resources}
        folder.open(NAME, of_rows=False).write(_json(said))


def _package(guides: Iterable[Guide], source: Leaving, profile: Profile) -> dict[str, Any]:
    titles = dict.fromkeys(guide.title for guide in guides)
    organisers = dict.fromkeys(guide.organiser for guide in guides if guide.organiser)
    names = dict.fromkeys(guide.guide for guide in guides)
    snapshot = source.snapshot
    said: dict[str, Any] = {
        "$schema": f"{PROFILES}/datapackage.json",
        "profile": "tabular-data-package",
        "name": "-".join(("contributions", *names))[:100],
        "title": "Contributions : " + ", ".join(titles),
        "description": f"Profil « {profile} », instantané {snapshot.id}. "
        f"{LICENCES[profile]}. Chaque table dit ce que sont ses colonnes.",
        "created": _day(source) + "T00:00:00Z",
        "countryCode": "FR",
        "keywords": ["consultation", "contributions"],
    }
    if organisers:
        said["contributors"] = [{"title": one, "roles": ["publisher"]} for one in organisers]
    if profile is Profile.PUBLIC:
        said["licenses"] = [LICENCE]
    return said


def _alone(one: Linked, schema: dict[str, Any], source: Leaving) -> dict[str, Any]:
    """The schema of one table as schema.data.gouv.fr wants it."""
    day = _day(source)
    return {
        "$schema": "https://frictionlessdata.io/schemas/table-schema.json",
        "name": one.table.name,
        "title": one.table.title,
        "description": one.about,
        "countryCode": "FR",
        "version": "1.0.0",
        "created": day,
        "lastModified": day,
        "contributors": [{"title": "Parole", "role": "author"}],
        **schema,
    }


def _day(source: Leaving) -> str:
    return source.snapshot.taken.date().isoformat()


def _json(said: dict[str, Any]) -> bytes:
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()
