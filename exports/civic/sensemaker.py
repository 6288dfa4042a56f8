"""`sensemaker`: the CSV of Jigsaw's Sensemaker (2026).

It keeps one statement for each `participant_id` and forgets the others without a word: each row
has an id of its own, the participation then the contribution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exports.civic.plain import Plain, Texts
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.on_disk.known import Known
from exports.records import Record
from exports.source import Leaving

FILE = "sensemaker.csv"
NOT_PEOPLE = "Un numéro par contribution : l'outil compte ici des contributions, pas des personnes."


class Sensemaker:
    """One row for each contribution that has words."""

    name, title, profiles = "sensemaker", "Sensemaker (Jigsaw)", tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,  # noqa: ARG002 - all is in the records
        profile: Profile,  # noqa: ARG002
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        table, texts = Plain(folder, FILE, "participant_id", "survey_text"), Texts(FILE)
        people = Known()
        for count, record in enumerate(records(), start=1):
            progress(count)
            if text := texts.of(record):
                people.number(record.participation)
                table.row(f"{record.participation}-{record.reference}", text)
        yield from texts.warnings()
        yield from table.warnings()
        if len(people) < table.rows:
            yield Warned(FILE, "participant_id", NOT_PEOPLE, table.rows - len(people))
        people.close()
