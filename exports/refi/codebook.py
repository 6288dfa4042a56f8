"""`qdc`: the codebook alone, as NVivo, ATLAS.ti, MAXQDA and QualCoder read it (REFI-QDA 1.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bot.curated import Code
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.refi.characters import REPLACED
from exports.refi.xml_writing import CODEBOOK, ORIGIN, Written, Xml, write_codes
from exports.source import Leaving

FILE = "themes.qdc"
EMPTY = "Pas écrit : il n'y a encore aucun thème."
UNUSED = "Pas écrit : aucun thème n'est donné à un texte publié."


class CodebookQdc:
    """The themes without any contribution: nothing of anybody is in it."""

    name = "qdc"
    title = "Thèmes pour un logiciel d'analyse qualitative (.qdc)"
    profiles = tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],  # noqa: ARG002
        progress: Callable[[int], None],  # noqa: ARG002
    ) -> Iterator[Warned]:
        codebook = source.snapshot.codebook
        if not codebook:
            public = profile is Profile.PUBLIC
            yield Warned(FILE, None, UNUSED if public else EMPTY, 1)
            return
        sink = folder.open(FILE, of_rows=False)
        if replaced := write_codebook(sink, codebook):
            yield Warned(FILE, None, REPLACED, replaced)


def write_codebook(out: Written, codes: Iterable[Code]) -> int:
    """The whole file; how many characters it could not hold. There must be at least one code."""
    xml = Xml(out)
    with xml.inside("CodeBook", {"xmlns": CODEBOOK, "origin": ORIGIN}):
        write_codes(xml, codes)
    xml.done()
    return xml.replaced
