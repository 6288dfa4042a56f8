"""`iramuteq`: the corpus of texts that IRaMuTeQ and TXM read, each with its starred variables.

The rules are those of IRaMuTeQ's own reader: no BOM, a text begins with a line of `****`, a
variable is `*name_value` of plain letters and digits, an empty text would be lost without a word.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from exports.columns import Coded
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.source import Leaving

CORPUS = "corpus.txt"
VARIABLES = "variables.csv"
SPELLED = str.maketrans({
    "’": "'", "‘": "'", "ʼ": "'", "“": " ", "”": " ", "…": "...", "–": "-", "—": "-", "−": "-",
    "%": " pourcent ", "€": " euros ", "&": " et ", "$": " dollars ", "£": " livres ",
    "°": " degrés ", "Œ": "OE", "œ": "oe", "Æ": "AE", "æ": "ae",
})  # fmt: skip
LETTERS = "àÀâÂäÄáÁåÅãéÉèÈêÊëËìÌîÎïÏòÒôÔöÖóÓøØùÙûÛüÜúÚçÇñÑßÿŸ"
KEPT = re.compile(f"[^a-zA-Z0-9{LETTERS}.:,;!?' -]")


@dataclass(slots=True)
class _Variables:
    """The starred variables: each code has one name, that no other has."""

    several: set[str] = field(default_factory=set)  # those of which a text has two values
    _names: dict[str, str] = field(default_factory=lambda: {"ref": "ref"})
    _values: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    labels: dict[tuple[str, str], Coded] = field(default_factory=dict)

    def star(self, variable: str, coded: Coded) -> str:
        """One value of one variable: of several values, each is a variable of its own."""
        code = coded.code or coded.label
        if variable in self.several:
            name, value = _unique(self._names, f"{variable}.{code}"), "oui"
        else:
            name = _unique(self._names, variable)
            value = _unique(self._values[name], code)
        self.labels.setdefault((name, value), coded)
        return f"*{name}_{value}"

    def question(self, name: str) -> str:
        asked = next((asked for asked, known in self._names.items() if known == name), name)
        return asked.partition(".")[0]


class Iramuteq:
    """One file of texts, and the table of what its variables mean."""

    name = "iramuteq"
    title = "Corpus IRaMuTeQ"
    profiles = tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,  # noqa: ARG002 - all is in the records
        profile: Profile,  # noqa: ARG002
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        variables = _known(records())
        sink, counts = folder.open(CORPUS), Counter[str]()
        for record in records():
            counts["read"] += 1
            body = cleaned(record.text or "")
            if not record.text:
                counts["wordless"] += 1
            elif not body:
                counts["unreadable"] += 1
            else:
                sink.write(f"**** {' '.join(stars(record, variables))}\n{body}\n\n".encode())
                sink.rows += 1
                progress(sink.rows)
        _write_meanings(folder, variables)
        for problem, count in (
            ("Contributions sans texte : absentes du corpus.", counts["wordless"]),
            ("Textes sans aucun mot en lettres latines : absents du corpus.",
             counts["unreadable"]),
        ):  # fmt: skip
            if count:
                yield Warned(CORPUS, None, problem, count)


def stars(record: Record, variables: _Variables) -> Iterator[str]:
    """The starred variables of one text; `ref` leads back to the contribution."""
    yield f"*ref_{token(record.reference)}"
    for variable, chosen in _chosen(record):
        yield from (variables.star(variable, one) for one in chosen)


def token(written: str) -> str:
    """Plain letters and digits: anything else would cut a variable in two."""
    plain = unicodedata.normalize("NFKD", written).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower()) or "vide"


def cleaned(text: str) -> str:
    """The text as the reader keeps it: nothing that would begin another one, no blank line."""
    spelled = unicodedata.normalize("NFC", text.translate(SPELLED))
    lines = []
    for line in re.split(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", spelled):
        kept = " ".join(KEPT.sub(" ", "".join(map(_latin, line))).split())
        if re.search(r"\w", kept):
            lines.append(kept)
    return "\n".join(lines)


def _latin(letter: str) -> str:
    """A letter that the reader does not know, without its accent."""
    if letter.isascii() or letter in LETTERS:
        return letter
    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or " "


def _known(records: Iterable[Record]) -> _Variables:
    """Names and values are given in the order of the codes, whatever comes first."""
    variables, found = _Variables(), defaultdict[str, dict[str, Coded]](dict)
    for record in records:
        for variable, chosen in _chosen(record):
            found[variable].update((one.code or one.label, one) for one in chosen)
            if len(chosen) > 1:
                variables.several.add(variable)
    for variable in sorted(found):
        for _, coded in sorted(found[variable].items()):
            variables.star(variable, coded)
    return variables


def _chosen(record: Record) -> Iterator[tuple[str, Sequence[Coded]]]:
    yield "type", (record.kind,)
    yield "axe", [one for one in record.topic if one.code]
    yield "pour", [one for one in record.public if one.code]
    yield "langue", (record.language,) if record.language else ()
    yield from sorted(record.profile.items())


def _unique(known: dict[str, str], wanted: str) -> str:
    """The token of `wanted`, with a number when another one has it already."""
    if wanted not in known:
        plain, taken = token(wanted), set(known.values())
        numbered = (f"{plain}n{number}" for number in range(2, len(taken) + 3))
        known[wanted] = plain if plain not in taken else next(
            one for one in numbered if one not in taken
        )  # fmt: skip
    return known[wanted]


def _write_meanings(folder: Folder, variables: _Variables) -> None:
    sink = folder.open(VARIABLES)
    rows: list[tuple[str, str, str, str]] = [
        (name, value, variables.question(name), coded.label)
        for (name, value), coded in variables.labels.items()
    ]
    out = io.StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    table.writerow(("variable", "modalite", "question", "libelle"))
    table.writerows(tuple(_harmless(cell) for cell in row) for row in rows)
    sink.rows = len(rows)
    sink.write(out.getvalue().encode("utf-8-sig", "backslashreplace"))


def _harmless(cell: str) -> str:
    """A spreadsheet must not take a label for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
