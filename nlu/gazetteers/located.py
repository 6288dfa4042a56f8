"""The department named somewhere in a longer text, where places.py reads an answer to "where?"."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.model import Entity
from nlu.gazetteers import places
from nlu.gazetteers.names import near_enough
from nlu.gazetteers.place_words import Word, words_in
from nlu.gazetteers.place_words import said as joined
from nlu.gazetteers.places import AND, COUNTED, NOT_PLACES, NUMBERED_BY, Atlas
from nlu.words import listed

LONGEST = 6
MOST_BETWEEN = 2  # words before the second of two places
INTO = listed("dans ds sur du en vers au habite bosse travaille pour departement dep")
OF = listed("le la les l de du des d en dans ds sur au aux vers a departement dep")
AT = listed("sur vers habite pres cote vis ville region autour")
DIRECTIONS = listed("nord centre manche lot cher ain somme landes ardennes aube indre loire savoie")
LIKE_WORDS = listed("tours digne gap tulle nice auch bourg valence mende die sens")
AGES = listed("depuis ai a de j avoir age vers")
ALIKE, SURELY = 7, 9  # letters from which a slip in a department's name is forgiven
Taken = Callable[[int, int], bool]


def find(text: str, taken: Taken, *, work: bool) -> tuple[Entity, ...]:
    """The departments that the first place named may mean; two when « et » joins them.

    `taken` says what is already read;
    `work`: a job or a place of work is named, so a last word that is a known town is one.
    """
    words = list(words_in(text))
    atlas = places.load()
    first = _next(atlas, text, words, 0, taken, work=work)
    if first is None:
        return ()
    codes, at, end = first
    found = _entities(atlas, text, codes, words[at], words[end])
    if end + 2 < len(words) and words[end + 1].text in AND:  # « le 92 et le 93 »
        second = _next(atlas, text, words, end + 2, taken, work=work)
        if second and second[1] <= end + 2 + MOST_BETWEEN:
            codes, at, end = second
            found += _entities(atlas, text, codes, words[at], words[end])
    return found


def _next(
    atlas: Atlas, text: str, words: list[Word], start: int, taken: Taken, *, work: bool
) -> tuple[tuple[str, ...], int, int] | None:
    """The first place named from there, and its first and last words."""
    for at, word in enumerate(words[start:], start):
        if taken(word.start, word.end):
            continue
        if code := _numbered(atlas, text, words, at):
            return (code,), at, at
        for size in range(min(LONGEST, len(words) - at), 0, -1):
            some = words[at : at + size]
            if taken(some[0].start, some[-1].end):
                continue
            after_name = at > 0 and taken(words[at - 1].start, words[at - 1].end)
            if codes := _named(atlas, text, words, at, size, after_name=after_name, work=work):
                return codes, at, at + size - 1
    return None


def _numbered(atlas: Atlas, text: str, words: list[Word], at: int) -> str | None:
    number = words[at].text
    code = places.coded(atlas, number.upper()) if number[0].isdigit() else None
    if not code:
        return None
    before = words[at - 1].text if at else ""
    earlier = words[at - 2].text if at > 1 else ""
    after = words[at + 1].text if at + 1 < len(words) else ""
    if after in COUNTED or after in ("e", "eme", "ieme", "h", "ans"):
        return None
    if (
        len(number) == 5
        or number in ("2a", "2b")
        or before in NUMBERED_BY
        or before in ("du", "dep")
    ):
        return code
    if before == "le" and (earlier in INTO or not after):
        return code
    if text[: words[at].start].endswith("("):
        return code
    return code if not after and at and before not in AGES | places.ARTICLES else None


def _named(
    atlas: Atlas, text: str, words: list[Word], at: int, size: int, *, after_name: bool, work: bool
) -> tuple[str, ...]:
    name = joined(words[at : at + size])
    if len(name) < 3 or name in NOT_PLACES or name[0].isdigit():
        return ()
    before = words[at - 1] if at else None
    begins = text[words[at].start].isupper() and at > 0
    apart = before is None or text[before.end : words[at].start].strip() in (
        ",",
        "/",
        ":",
        "(",
        ";",
        "|",
    )
    said = before.text if before else ""
    alone = at + size == len(words)
    if codes := atlas.names.get(name):
        wide = size > 1 or begins or after_name or (apart and alone)
        earlier = words[at - 2].text if at > 1 else ""
        if name in DIRECTIONS and not begins:
            led = said in ("le", "la", "l", "les") and earlier in (
                "dans",
                "ds",
                "de",
                "sur",
                "habite",
            )
            return codes if led or said == "du" or (apart and alone) or said == "en" else ()
        return codes if wide or said in OF else ()
    if said in OF and size == 1 and len(name) >= ALIKE and (codes := slipped(atlas, name)):
        return codes
    if name in LIKE_WORDS and not begins:
        return ()
    accented = before is not None and text[before.start : before.end] in ("à", "À")
    codes = atlas.town(name)
    if not codes:
        return ()
    if accented or said in AT or (begins and said in OF | {"a", "de"}) or (begins and apart):
        return codes
    if begins and _is_chief(atlas, name) and len(atlas.town(name)) <= 2:
        return codes
    if said == "a" and (size > 1 or len(name) >= 5) and _is_chief(atlas, name):
        return codes
    return (
        codes
        if (after_name or (apart and alone and at > 0) or (alone and work))
        and _is_chief(atlas, name)
        else ()
    )


def _is_chief(atlas: Atlas, name: str) -> bool:
    """A town that is known: chief town of its department, or alone with its name."""
    return len(atlas.town(name)) == 1 or any(
        town.chief for town in atlas.towns if town.name == name
    )


def slipped(atlas: Atlas, name: str) -> tuple[str, ...]:
    """The departments of the only name that this one is a slip of."""
    near = [
        codes
        for known, codes in atlas.names.items()
        if known[0] == name[0]
        and len(known) >= ALIKE
        and near_enough(known, name, 2 if len(known) >= SURELY else 1)
    ]
    return near[0] if len(near) == 1 else ()


def _entities(
    atlas: Atlas, text: str, codes: Iterable[str], first: Word, last: Word
) -> tuple[Entity, ...]:
    start, end = first.start, last.end
    return tuple(
        Entity("department", code, atlas.labels[code], text[start:end], start, end)
        for code in list(codes)[: places.MOST_FOUND]
    )
