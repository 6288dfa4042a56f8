"""`decidim`: proposals as Decidim imports them. It publishes them at once and tells followers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from exports.civic.plain import TITLE, Texts, title_of
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.source import Leaving

FILE = "propositions.json"
AT_ONCE = (
    "Importer ce fichier publie tout de suite et prévient les abonnés. "
    "Relisez-le, et essayez sur une plateforme de test."
)
EXPERIENCES = "Expériences : absentes, Decidim importe des propositions."
SHORT = "Titres de moins de 15 signes : Decidim peut les refuser."
CUT = f"Titres coupés à {TITLE} signes, ou faits avec le début du texte ; le texte est entier."
SHORTEST = 15


class Decidim:
    """One array, each proposal with its title and its body. Only what staff published."""

    name, title = "decidim", "Import de propositions Decidim"
    profiles: tuple[Profile, ...] = (Profile.PUBLIC,)

    def write(
        self,
        folder: Folder,
        source: Leaving,  # noqa: ARG002 - all is in the records
        profile: Profile,  # noqa: ARG002
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        sink, texts = folder.open(FILE), Texts(FILE)
        experiences = short = cut = 0
        sink.write(b"[")
        for count, record in enumerate(records(), start=1):
            progress(count)
            if record.kind.code != "proposal":
                experiences += 1
                continue
            if not (body := texts.of(record)):
                continue
            title = title_of(record, texts)
            short += len(title) < SHORTEST
            cut += title != " ".join((record.title or "").split())
            one = {"title/fr": title, "body/fr": body}
            written = json.dumps(one, ensure_ascii=False)
            sink.write((",\n" if sink.rows else "\n").encode() + written.encode())
            sink.rows += 1
        sink.write(b"\n]\n")
        yield Warned(FILE, None, AT_ONCE, 1)
        yield from texts.warnings()
        for problem, number in ((EXPERIENCES, experiences), (SHORT, short), (CUT, cut)):
            if number:
                yield Warned(FILE, None, problem, number)
