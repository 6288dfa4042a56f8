"""Turns of phrase written in plain words, searched in plain words.

    a|b  either word       <group>  any word of the group     word*  a word that begins so
    [word]  may be missing  a_b  two words   word?  its last letter may be missing
    END  the words end here
    ..  up to 3 words      ...  up to 7 words, none of which is « je » or « moi »
    ....  up to 8 words, whatever they are

Words are searched with a space on both sides of each: " je veux dormir ".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

STEM = 4
END = "END"
IN_GAP = r"(?:(?!je |moi )\w+ )"
GAPS = {"..": IN_GAP + "{0,3}", "...": IN_GAP + "{0,7}", "....": r"(?:\w+ ){0,8}"}


class Rule(NamedTuple):
    """A turn of phrase, what may take it back, and words one of which it cannot do without."""

    pattern: re.Pattern[str]
    unless: tuple[str, ...]
    needs: frozenset[str] = frozenset()


class Phrases(NamedTuple):
    """Rules that can be found by one of their words, so that ordinary texts cost nothing."""

    by_word: dict[str, list[Rule]]
    by_stem: dict[str, list[Rule]]

    def hold(self, words: str) -> bool:
        """Whether one of the rules fits these words."""
        return self.first(words) is not None

    def first(self, words: str) -> re.Match[str] | None:
        """Where a rule fits first, or None."""
        found = (rule.pattern.search(words) for rule in self.near(words.split()))
        return min(filter(None, found), key=lambda match: match.start(), default=None)

    def near(self, words: Iterable[str]) -> Iterator[Rule]:
        """The rules that these words may fit, each once."""
        said = dict.fromkeys(words)
        there = said.keys() | {f"{word[:STEM]}*" for word in said}
        seen: set[int] = set()
        for word in said:
            for rules in (self.by_word.get(word, ()), self.by_stem.get(word[:STEM], ())):
                for rule in rules:
                    if id(rule) not in seen:
                        seen.add(id(rule))
                        if not rule.needs or not rule.needs.isdisjoint(there):
                            yield rule


def phrases(groups: dict[str, str], sections: list[dict[str, list[str]]]) -> Phrases:
    """Sections of rules, made ready to be searched."""
    made = Phrases({}, {})
    for section in sections:
        for written in section["rules"]:
            tokens = [_alternatives(groups, token) for token in written.split()]
            rarest, *others = _rarest_first(tokens)
            rule = Rule(
                re.compile(r"(?<![^ ])" + "".join(map(_pattern, tokens))),
                tuple(section["unless"]),
                frozenset(f"{word[:STEM]}*" if "*" in word else word for word in others[0])
                if others
                else frozenset(),
            )
            for word in rarest:
                stem = word.endswith("*")
                key, index = (word[:STEM], made.by_stem) if stem else (word, made.by_word)
                index.setdefault(key, []).append(rule)
    return made


def _alternatives(groups: dict[str, str], token: str) -> tuple[str, list[str]]:
    """A token of a rule: its mark ("", "[", a gap) and the words that it stands for."""
    if token in GAPS:
        return token, []
    words: list[str] = []
    for part in token.strip("[]").split("|"):
        group = groups[part[1:-1]].split("|") if part.startswith("<") else [part]
        words += [word.replace("_", " ") for word in group]
    return "[" if token.startswith("[") else "", words


def _pattern(token: tuple[str, list[str]]) -> str:
    mark, words = token
    if mark in GAPS:
        return GAPS[mark]
    ends = [
        re.escape(w).replace(r"\*", r"\w*").replace(r"\?", "?") + " " for w in words if w != END
    ]
    written = "|".join([*ends, "$"] if END in words else ends)
    return f"(?:{written}){'?' if mark else ''}"


def _rarest_first(tokens: list[tuple[str, list[str]]]) -> list[set[str]]:
    """For each token that must be there the words that tell it, those of longest words first."""
    keys = [
        {key for word in words for key in _keys(max(word.split(), key=len))}
        for mark, words in tokens
        if words and not mark and END not in words
    ]
    return sorted(keys, key=lambda some: -min(len(word.rstrip("*")) for word in some))


def _keys(word: str) -> set[str]:
    return {word[:-1], word[:-2]} if word.endswith("?") else {word}
