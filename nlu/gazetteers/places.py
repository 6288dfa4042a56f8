"""Which department is meant: a number, a name, a town, the beginning of one, a postcode."""

from __future__ import annotations

import csv
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bot.model import Entity
from nlu.gazetteers import towns as known_towns
from nlu.gazetteers.place_words import SHORT as SHORT
from nlu.gazetteers.place_words import Word, said, words_in
from nlu.words import listed, unaccented

FOLDER = Path(__file__).parent
MOST_WORDS, MOST_FOUND = 12, 6
SHORTEST_PREFIX, SHORTEST_SLIP, ALIKE = 4, 8, 0.86
SPLIT_CODE = re.compile(r"\d \d|2 [ab]|\d\d \d{3}")  # « 9-3 », « 59 100 »
APART = str.maketrans("-'’.", "    ")
ARTICLES = {"le", "la", "les", "l"}
ALIASES = {
    "20": ("2A", "2B"),
    "paca": ("13", "06", "83", "84", "04", "05"),
    "neuf trois": ("93",),
    "neuf cube": ("93",),
}
LEAD_IN = listed(
    "a alentours au autour aux banlieue bonjour bosse bout c campagne centre ce chez commune coin "
    "cote d dans de departement dept depuis des dpt du en entre est et euh habitais habitant "
    "habite habitons i ici il in j je l la le les loin metropole moi mon nous numero on "
    "originaire oui par pres quartier region reside residons s secteur suis sur toujours "
    "travaille travaillons un une vers viens vient ville vis vivons voila abite jabite jhabite vi "
    "jvi jvis jsuis jsui chui chuis sui ds dan jbosse jtravaille"
)  # words that may stand before a place
WHERE = listed("a au aux dans en vers habite reside vis bosse travaille dept departement dpt")
LED_TO = listed("a habite vis reside commune ville")  # before an ordinary word that is a commune
AND = listed("et ou")
NUMBERED_BY = listed("departement dept dpt numero")
COUNTED = listed("an ans annee annees mois euros heures km personnes enfants")
NOT_PLACES = listed(
    "aide aller arts bien bonne cadre contre dieu ecole enfants eux femme fille formation "
    "fils foyer gens grand homme jeune jour jours lit maison mal mer mere moi nuit parent parents "
    "passer place plus pont port pour rien rue service social sens stage stop temps tout vie voir "
    "vrai y"
)


class Town(NamedTuple):
    name: str
    department: str
    chief: bool  # chief town of its department


@dataclass(frozen=True)
class Atlas:
    """The reference files, made ready to be searched."""

    labels: dict[str, str]  # code -> "Nord (59)"
    names: dict[str, tuple[str, ...]]  # plain name -> codes
    towns: list[Town]  # sorted by plain name
    keys: list[str]

    def town(self, name: str) -> tuple[str, ...]:
        """The departments with a town of this plain name, chief towns first."""
        at = bisect_left(self.keys, name)
        same = []
        while at < len(self.keys) and self.keys[at] == name:
            same.append(self.towns[at])
            at += 1
        same.sort(key=lambda town: (not town.chief, town.department))
        return _once(town.department for town in same)

    def beginning(self, part: str) -> tuple[str, ...]:
        """The departments with a name or a town that begins so, the likeliest first."""
        at = bisect_left(self.keys, part)
        end = bisect_left(self.keys, part + "~")
        towns = sorted(self.towns[at:end], key=lambda t: (not t.chief, len(t.name), t.department))
        named = (codes for name, codes in self.names.items() if name.startswith(part))
        return _once(
            [*(code for codes in named for code in codes), *(town.department for town in towns)]
        )


Found = tuple[tuple[str, ...], Word, Word]
Search = Callable[[Atlas, list[Word]], Found | None]


def find(text: str) -> tuple[Entity, ...]:
    """The departments that this text may mean, the likeliest first; () rather than a guess."""
    words = list(islice(words_in(text), MOST_WORDS + 1))
    if not words or len(words) > MOST_WORDS:
        return ()
    atlas = load()
    found = _first(atlas, words, (*CERTAIN, _by_beginning))
    return tuple(
        Entity("department", code, atlas.labels[code], text[a.start : b.end], a.start, b.end)
        for codes, a, b in _each(atlas, words, found)
        for code in codes[:MOST_FOUND]
    )


def _first(atlas: Atlas, words: list[Word], searches: Iterable[Search]) -> Found | None:
    return next(filter(None, (search(atlas, words) for search in searches)), None)


def _each(atlas: Atlas, words: list[Word], found: Found | None) -> list[Found]:
    """What was found, or the two places of « entre la Marne et les Ardennes »."""
    at = next((i for i, word in enumerate(words) if word.text in AND), None)
    if at and not (found and found[1].start <= words[at].start <= found[2].end):
        two = [_first(atlas, part, CERTAIN) for part in (words[:at], words[at + 1 :]) if part]
        each = [one for one in two if one]
        if len(each) == 2:
            return each if each[0][0] != each[1][0] else each[:1]
    return [found] if found else []


@cache
def load() -> Atlas:
    """Read the reference files, once."""
    known_towns.read()
    labels: dict[str, str] = {}
    names: dict[str, list[str]] = {}
    chiefs = set()
    for row in _rows("departements.csv"):
        code, name = row[0], row[6]
        labels[code] = f"{name} ({code})"
        chiefs.add(row[2])
        plain = _plain(name)
        for known in {plain, _without_article(plain)}:
            names.setdefault(known, []).append(code)
    _add_regions(names)
    for alias, codes in ALIASES.items():
        names.setdefault(alias, []).extend(codes)
    towns = []
    for commune, department, name in _rows("communes.csv"):
        plain = _plain(name)
        towns.append(Town(plain, department, commune in chiefs))
        if (bare := _without_article(plain)) != plain:
            towns.append(Town(bare, department, commune in chiefs))
    towns = sorted(town for town in towns if town.department in labels)
    known_names = {name: tuple(codes) for name, codes in names.items()}
    return Atlas(labels, known_names, towns, [town.name for town in towns])


def _add_regions(names: dict[str, list[str]]) -> None:
    """A region small enough for its departments to be offered, chief town's first."""
    for region, chief, *_, name in _rows("regions.csv"):
        inside = [row[0] for row in _rows("departements.csv") if row[1] == region]
        inside.sort(key=lambda code: not chief.startswith(code))
        if 1 < len(inside) <= MOST_FOUND:
            names.setdefault(_plain(name), []).extend(inside)


def _by_number(atlas: Atlas, words: list[Word]) -> Found | None:
    rest = _after_lead_in(words)
    digits = "".join(word.text for word in rest)
    spelled = len(rest) == 2 and SPLIT_CODE.fullmatch(said(rest))
    if spelled and (code := coded(atlas, digits.upper())):
        return (code,), rest[0], rest[-1]
    for i, word in enumerate(words):
        code = coded(atlas, word.text.upper().rjust(2, "0"))
        if code and _is_department_number(atlas, words, i):
            return (code,), word, word
    return None


def _is_department_number(atlas: Atlas, words: list[Word], i: int) -> bool:
    """Whether this number is a department's, and not an age, a count or an answer."""
    number, before, after = words[i].text, words[:i], words[i + 1 :]
    if after and after[0].text in COUNTED:
        return False
    if len(number) >= 5 or number in {"2a", "2b"}:
        return True
    if before and (before[-1].text in NUMBERED_BY or said(before[-2:]) == "dans le"):
        return True
    others = _after_lead_in(before) + after
    return len(number) > 1 and (not others or _is_named(atlas, others))


def coded(atlas: Atlas, number: str) -> str | None:
    """The department of a code or of a postcode."""
    if len(number) == 5 and number.isdigit():
        if number.startswith("20"):
            number = "2A" if number < "20200" else "2B"
        else:
            number = number[:3] if number.startswith("97") else number[:2]
    if number == "20":
        return None
    return number if number in atlas.labels else None


def _by_name(atlas: Atlas, words: list[Word]) -> Found | None:
    """A whole name: all of what follows the lead-in, or what follows a word such as « à »."""
    for start in range(len(words)):
        led = all(word.text in LEAD_IN for word in words[:start])
        if not led and words[start - 1].text not in WHERE | ARTICLES:
            continue
        ends = [len(words)] if led else []
        if start and (words[start - 1].text in WHERE | ARTICLES):
            ends = list(range(len(words), start, -1))
        for end in ends:
            name = said(words[start:end])
            if name in NOT_PLACES or name in LEAD_IN:
                continue
            codes = atlas.names.get(name, ())
            hinted = start > 0 and words[start - 1].text in LED_TO
            doubtful = known_towns.is_ordinary(name) and not hinted
            if (
                not codes
                and not doubtful
                and (led or words[start - 1].text in WHERE)
                and len(name) > 2
            ):
                codes = atlas.town(name) or atlas.town(re.sub(r" \d+(?:e|er|eme)?$", "", name))
            if codes:
                return codes, words[start], words[end - 1]
    return None


def _by_slip(atlas: Atlas, words: list[Word]) -> Found | None:
    """A department's name with a typing slip, when it is nearly alone and unmistakable."""
    rest = _after_lead_in(words)
    typed = said(rest)
    if len(typed) < SHORTEST_SLIP or len(rest) > 5 or _is_prefix(atlas, typed):
        return None
    matcher = SequenceMatcher(b=typed, autojunk=False)
    close = []
    for name, codes in atlas.names.items():
        if len(name) >= SHORTEST_SLIP and abs(len(name) - len(typed)) <= 3:
            matcher.set_seq1(name)
            if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE:
                close.append((matcher.ratio(), codes))
    likely = [codes for ratio, codes in sorted(close, reverse=True) if ratio >= ALIKE]
    return (likely[0], rest[0], rest[-1]) if likely else None


def _by_ear(_: Atlas, words: list[Word]) -> Found | None:
    """A larger town as it is heard, alone after the lead-in."""
    rest = _after_lead_in(words)
    codes = known_towns.by_ear([word.text for word in rest]) if 0 < len(rest) <= 4 else ()
    return (codes, rest[0], rest[-1]) if codes else None


def _by_beginning(atlas: Atlas, words: list[Word]) -> Found | None:
    for rest in (_after_lead_in(words), words):
        part = said(rest)
        if len(part) < SHORTEST_PREFIX or len(rest) > 4 or part in NOT_PLACES:
            continue
        if known_towns.is_ordinary(part) or known_towns.sounds_ordinary(part):
            continue
        if codes := atlas.beginning(part):
            return codes, rest[0], rest[-1]
    return None


CERTAIN: tuple[Search, ...] = (_by_number, _by_name, _by_slip, _by_ear)


def _is_prefix(atlas: Atlas, part: str) -> bool:
    at = bisect_left(atlas.keys, part)
    return at < len(atlas.keys) and atlas.keys[at].startswith(part)


def _is_named(atlas: Atlas, words: list[Word]) -> bool:
    name = said(words)
    return name in atlas.names or bool(atlas.town(name))


def _after_lead_in(words: list[Word]) -> list[Word]:
    """What remains once the words that only lead to a place are dropped."""
    first = next((i for i, word in enumerate(words) if word.text not in LEAD_IN), len(words))
    return words[first:]


def _plain(name: str) -> str:
    return unaccented(name).translate(APART).strip()


def _without_article(name: str) -> str:
    first, _, rest = name.partition(" ")
    return rest if rest and first in ARTICLES else name


def _once(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))


def _rows(name: str) -> Iterator[list[str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows
