"""Names of persons: a known first name, or what a title, a relation or « s'appelle » announces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.traces import words as known
from nlu.traces.announced import announced
from nlu.traces.scan import SHORTEST_UNKNOWN, Scan, cut, is_first, is_place, run, with_initial
from nlu.traces.unannounced import is_titled, unannounced

NO_ADJECTIVE = known.RELATIONS | known.ARTICLES | known.DOING | known.TITLES
INITIALS = re.compile(  # « M.D. », « J-P »
    r"(?<![\w.])(?<![A-Z]\.\s)(?!M\.\s)"
    r"(?!(?:P\.\s?S|N\.\s?B|S\.\s?V|R\.\s?V|A\.\s?[SGP]|E\.\s?S|C\.\s?[ADEPM]|R\.\s?H|H\.\s?P)\.)[A-Z]\.\s?[A-Z]\.(?!\s?[A-Z]\.|\w)"
    r"|(?<![\w.-])J[.-]{1,2}[A-Z](?![\w.-])"
)
DETERMINED = known.ARTICLES - {"de", "d", "en"}


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where the names lie, in code points, end exclusive."""
    scan = Scan(text, list(cut(text)))
    yield from ((found.start(), found.end()) for found in INITIALS.finditer(text))
    titled = is_titled(scan)
    at, joined = 0, -1
    while at < len(scan.words):
        if _is_letter(scan, at):
            at += 1
            continue
        if past := _not_a_person(scan, at):
            at = past
            continue
        span = (
            announced(scan, at)
            or _first_name(scan, at)
            or _family_last(scan, at)
            or unannounced(scan, at, titled=titled, joined=joined == at)
        )
        if span is None:
            at += 1
            continue
        first, last = span
        yield scan.words[first].start, with_initial(scan, last)
        at = max(last, at + 1)
        joined = at + 1 if scan.key(at) in {"et", "ou"} and scan.near(at) else -1


def _is_letter(scan: Scan, at: int) -> bool:
    """A letter alone, which begins neither « M. » nor « P. Lamarque »."""
    word = scan.words[at]
    if len(word.text) > 1 or word.key == "m":
        return False
    return not word.capital or scan.text[word.end : word.end + 1] != "."


def _not_a_person(scan: Scan, at: int) -> int | None:
    """Past a saint, a figure everyone knows, or an institution that bears a name."""
    word = scan.words[at]
    if word.key in known.SAINTS and scan.near(at + 1) and scan.words[at + 1].key != "de":
        past = at + 2
        while scan.near(past) and (
            (scan.key(past) in known.PARTICLES and past + 1 < len(scan.words))
            or (scan.words[past].capital and is_first(scan.key(past)))
        ):
            past += 1
        return past
    if word.key.startswith(("saint-", "sainte-", "st-", "ste-")):
        return at + 1
    pair = (word.key, scan.key(at + 1))
    if scan.near(at + 1) and " ".join(pair) in known.figures():
        return at + 2
    if (word.key, scan.key(at + 1), scan.key(at + 2)) == ("marine", "le", "pen"):
        return at + 3
    if _names_a_place(scan, at):
        return run(scan, at + 1)
    return None


def _names_a_place(scan: Scan, at: int) -> bool:
    """« Lycée Jean Moulin », « rue Pierre Curie »: the name is the place's."""
    if not (scan.words[at].capital and is_first(scan.key(at)) and scan.near(at)):
        return False
    before = scan.key(at - 1)
    if before in known.INSTITUTIONS:
        return True
    return (
        before not in NO_ADJECTIVE and scan.near(at - 1) and scan.key(at - 2) in known.INSTITUTIONS
    )


def _first_name(scan: Scan, at: int) -> tuple[int, int] | None:
    """A known first name; when it is a word too, only where it can't be the word."""
    word = scan.words[at]
    if not is_first(word.key):
        return None
    end = run(scan, at + 1)
    if (word.key in known.also_words() or len(word.key) < 3) and not _surely(scan, at, end):
        return None
    return _family_before(scan, at), end


def _surely(scan: Scan, at: int, end: int) -> bool:
    """Whether a first name that is a word, a town or a month too is a person here."""
    word, after = scan.words[at], scan.key(at + 1)
    before = scan.key(at - 1) if scan.near(at) else ""
    family = end > at + 1 and scan.words[at + 1].capital
    if word.key in known.DOUBLED and after in known.SHORTENED and end > at + 1:
        return True
    if before in DETERMINED or (before in known.TOWARDS and is_place(word.key) and not family):
        return False
    if _is_town_hall(scan, at):
        return False
    if word.key in known.NEVER:
        return word.capital and family
    if not word.capital:
        led = before in known.WITH or (word.opens and before == "")
        if before in known.GREETING:
            return word.key in known.MOSTLY_NAMES and scan.key(at + 1) not in known.PARTICLES
        alone = before in {"avec", "chez", "sans"} and not scan.near(at + 1)
        speaking = led and after in known.SPEAKING
        return word.key in known.MOSTLY_NAMES and (alone or speaking or before in {"avec", "chez"})
    if family:
        return True
    if word.acronym:
        return False
    if not word.opens:
        return True
    if after == "et":
        other = scan.key(at + 2)
        return is_first(other) and scan.words[at + 2].capital and not is_place(other)
    if not scan.near(at + 1):
        return _signs(scan, at)
    return after in known.DOING


def _signs(scan: Scan, at: int) -> bool:
    """« …\nClaire » at the end, « Claire, 45 ans », « Rose, aide-soignante »."""
    word = scan.words[at]
    rest = scan.text[word.end : word.end + 20].lstrip()
    if not rest.strip(" .!"):
        return at >= 3
    described = rest[1:].lstrip()[:1].isdigit() or scan.key(at + 1) in known.RELATIONS
    return rest[0] == "," and described


def _is_town_hall(scan: Scan, at: int) -> bool:
    """« Marie de Lille » : la mairie."""
    if scan.key(at) != "marie" or scan.key(at + 1) not in {"de", "d", "du"}:
        return False
    return is_place(scan.key(at + 2)) or not scan.words[at].opens


def _family_before(scan: Scan, at: int) -> int:
    """« DUPONT Sandrine », « dupont sandrine »."""
    if not scan.near(at):
        return at
    before = scan.words[at - 1]
    if before.key in known.ordinary() or len(before.text) < SHORTEST_UNKNOWN:
        return at
    return at - 1 if before.acronym or before.key in known.families() else at


def _family_last(scan: Scan, at: int) -> tuple[int, int] | None:
    """« Bakary Traoré »: an unknown capital before a frequent family name."""
    word = scan.words[at]
    if not (word.capital and scan.near(at + 1)) or word.acronym or len(word.text) < 3:
        return None
    after = scan.words[at + 1]
    if not after.capital or after.key not in known.only_families():
        return None
    if word.key in known.ordinary() or is_place(word.key):
        return None
    return at, run(scan, at + 1)
