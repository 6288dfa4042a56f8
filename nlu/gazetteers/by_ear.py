"""Words as they are heard: « acompagné » is "accompagnée", « jaide » is "je aide". Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from nlu.components.normaliser import Word
from nlu.gazetteers.names import near_enough
from nlu.words import listed, unaccented

SHORTEST_KNOWN, SHORTEST_TYPED = 5, 4  # letters: « foyé » is "foyer"
LONGEST = 30
ONE_SLIP = 7  # letters of a word in which one wrong letter is forgiven
SOUNDS = (
    (re.compile(r"(?<=[aeu])il(?:l(?=[aeiou])|(?=s?$))"), "y"),  # « travailleur », « travayeur »
    (re.compile(r"(.)\1"), r"\1"),
    (re.compile(r"^ps[iy](?:ch|c|k)"), "sik"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"qu|q"), "k"),
    (re.compile(r"t(?=i(?:on|en))"), "s"),
    (re.compile(r"sh|ch"), "S"),
    (re.compile(r"h"), ""),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"c"), "k"),
    (re.compile(r"gn"), "ni"),
    (re.compile(r"g(?=[eiy])"), "j"),
    (re.compile(r"gu(?=[eiy])"), "g"),
    (re.compile(r"x$"), ""),
    (re.compile(r"(?<=[a-z]{3})(?:er|ez|et|ai|ait|ais)$"), "e"),
    (re.compile(r"eau|au"), "o"),
    (re.compile(r"ou"), "U"),
    (re.compile(r"oy(?=[aeiou])"), "wai"),
    (re.compile(r"oi|oy"), "wa"),
    (re.compile(r"ain|ein|in(?![aeiouy])|im(?=[bp])|yn(?![aeiouy])"), "I"),
    (re.compile(r"(?:an|en|am(?=[bp])|em(?=[bp]))(?![aeiouy])"), "A"),
    (re.compile(r"ai|ei"), "e"),
    (re.compile(r"y"), "i"),
    (re.compile(r"(.)\1"), r"\1"),
    (re.compile(r"(?<=..)(?:e+s?|[td]?[sx]?)$"), ""),
    (re.compile(r"z"), "s"),
)
VERBS = listed(
    "aide aident accompagne habite etudie apprends enseigne encadre exerce interviens dors loge "
    "touche percois prepare garde dirige coordonne gere forme passe occupe heberge travaille "
    "bosse soutiens vis reside"
)
TURNED = {  # two or more words in one
    "dun": "de un", "dune": "de une", "dasile": "de asile", "dazile": "de asile",
    "dazil": "de asile",
    "lecole": "le ecole", "lase": "le ase", "laah": "le aah", "lapa": "le apa",
    "laide": "le aide", "lusager": "le usager",
    "chu": "je suis", "jsuit": "je suis", "jsui": "je suis", "shui": "je suis",
    "ossi": "aussi", "edu": "educ",
}  # fmt: skip
AFTER_I = {
    "vi": "vis", "vit": "vis", "vie": "vis", "suit": "suis", "su": "suis", "sus": "suis",
    "swi": "suis", "suie": "suis", "abit": "habite", "fai": "fais", "fe": "fais",
    "travail": "travaille", "dor": "dors", "bos": "bosse",
}  # fmt: skip
ELIDED = {"l": "le", "d": "de"}
VOWELS = frozenset("aeiouh")
BEING = listed("suis ete toujours bien aussi")
OPENING = listed("oui non la ok")  # after « oh »
ENDINGS = ("s", "x", "es", "ee", "ees", "er", "ez", "ait", "ais", "ons", "ent", "ant", "ants")
LETTER = re.compile(r"[a-z]+")


@lru_cache(maxsize=16_384)
def sound(word: str) -> str:
    """How a plain word is heard, its last mute letters left out."""
    for pattern, heard in SOUNDS:
        word = pattern.sub(heard, word)
    return word


class Spelling:
    """Known words, found by their sound or with one slip; ordinary words stay themselves."""

    def __init__(self, known: Iterable[str], ordinary: frozenset[str]) -> None:
        self.known = frozenset(known)
        self.ordinary = ordinary
        self._heard: dict[str, list[str]] = defaultdict(list)
        self._short: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self.known):
            if len(word) >= SHORTEST_KNOWN and LETTER.fullmatch(word):
                self._heard[sound(word)].append(word)
                if len(word) >= ONE_SLIP - 1:
                    for one in _without_a_letter(word):
                        self._short[one].append(word)
        self.right: Callable[[str], str] = lru_cache(maxsize=4_096)(self._right)

    def _right(self, typed: str) -> str:
        """The known word that this one is, or the word itself."""
        unfit = not SHORTEST_TYPED <= len(typed) <= LONGEST
        if unfit or typed in self.known or typed in self.ordinary:
            return typed
        if _inflected(typed, self.known):
            return typed
        most = min(3, len(typed) // 2)  # slips in one sound
        for heard in (sound(typed), sound(f"{typed}e")):
            same = [word for word in self._heard.get(heard, ()) if near_enough(word, typed, most)]
            if same:
                return min(same, key=lambda word: (_unlike(word, typed), word))
        if len(typed) < ONE_SLIP:
            return typed
        near = {word for one in _without_a_letter(typed) for word in self._short.get(one, ())}
        near = {word for word in near if word[0] == typed[0] and near_enough(word, typed, 1)}
        meant = {sound(word) for word in near}
        return min(near) if len(meant) == 1 else typed


def respelled(text: str, words: Iterable[Word], spelling: Spelling) -> Iterator[Word]:
    """The words, those written by ear in ordinary spelling; one may give several."""
    before = ""
    some = list(words)
    for at, word in enumerate(some):
        typed = text[word.start : word.end].lower()
        after = some[at + 1].text if at + 1 < len(some) else ""
        for piece in _pieces(word.text, typed, before, after, spelling):
            yield Word(piece, word.start, word.end)
            before = piece


def _pieces(said: str, typed: str, before: str, after: str, spelling: Spelling) -> list[str]:
    if before == "je" and (heard := AFTER_I.get(unaccented(typed))):
        return [heard]
    if before in BEING and said.endswith(("er", "ez")):  # « je suis accompagner »
        said = f"{said[:-2]}e"
    if before == "personne" and typed.endswith(("é", "er", "ez")):
        feminine = spelling.right(f"{said.removesuffix('r').removesuffix('z')}")
        return [f"{feminine}e" if f"{feminine}e" in spelling.known else feminine]
    if typed in {"jé", "jè"}:
        return ["je", "ai"]
    if said == "fis" and before in {"mon", "mes", "de"}:
        return ["fils"]
    if said == "etudient" and before in {"", "suis", "un", "une", "comme"}:
        return ["etudiant"]
    if said in TURNED:
        return TURNED[said].split()
    if said == "o" and after and after not in OPENING:
        return ["au"]
    if said[0] in "jm" and said not in spelling.known and said not in spelling.ordinary:
        rest = said[1:]
        heard = _verbs().get(sound(rest)) if len(rest) in range(4, LONGEST) else None
        verb = rest if rest in VERBS else heard
        if verb:
            return ["je" if said[0] == "j" else "me", verb]
    right = spelling.right(said)
    if right == said and said not in spelling.known and said[0] in ELIDED:
        whole = spelling.right(said[1:])
        if said[1:2] in VOWELS and len(whole) >= SHORTEST_KNOWN and whole in spelling.known:
            return [ELIDED[said[0]], whole]  # « lintervention », « déducatrice »
    return [AFTER_I.get(right, right) if before == "je" else right]


@lru_cache(maxsize=1)
def _verbs() -> dict[str, str]:
    return {sound(verb): verb for verb in sorted(VERBS)}


def _without_a_letter(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _inflected(typed: str, known: frozenset[str]) -> bool:
    """Whether a word is another form, rightly written, of a known one: « touchez », « foyers »."""
    for ending in ENDINGS:
        if typed.endswith(ending):
            bare = typed.removesuffix(ending)
            if bare in known or f"{bare}e" in known or f"{bare}er" in known:
                return True
    return False


def _unlike(one: str, other: str) -> int:
    """How many slips part two words that sound the same."""
    return next(most for most in range(1, 9) if most == 8 or near_enough(one, other, most))
