"""For how long somebody has been in the trade: « depuis 3 ans », « 20 ans de métier »."""

from __future__ import annotations

import re

from bot.model import Entity
from nlu.components.normaliser import Word

UNITS = (
    "zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize",
)  # fmt: skip
NUMBERS = {word: n for n, word in enumerate(UNITS)} | {
    "une": 1, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "demi": 0,
}  # fmt: skip
ROUGHLY = {"dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30}
WORDS = "|".join(NUMBERS)
COUNT = (
    rf"(?P<n>\d{{1,2}}(?: et demie?)?|(?:{WORDS})(?: et)?(?: (?:{WORDS}))?|"
    rf"une? (?:{'|'.join(ROUGHLY)})(?: de)?)"
)
UNIT = r"(?P<unit>ans?|annees?|an|piges?|balais|mois|semaines?)(?P<half> et demie?)?"
TRADE = (
    r"(?: de | dans | a | en | ds )(?:le |la |les |mon |ma |ce |cette |un |une )?"
    r"(?:metier|experience|expe|carriere|anciennete|boite|terrain|pratique|service|social|boulot|"
    r"maison|job|profession|secteur|protection|poste|taf|bouteille|domicile|ehpad|mecs|handicap|"
    r"medico|ime|esat|foyer|ase|creche|ccas|exercice|travail|savs|chrs|hopital|polyvalence)"
)
LASTING = re.compile(
    r"(?:depuis|ca fait|cela fait|voila|il y a)"
    r"(?: deja| bientot| presque| environ| plus de| plus d| au moins| moins de| bien| les| que"
    r"| pas loin de| a peu pres| quasi| quasiment| pres de| maintenant| la)*"
    rf" {COUNT} ?{UNIT}\b"
)
TRADED = re.compile(rf"\b{COUNT} ?{UNIT}{TRADE}\b")
SPELT = re.compile(rf"\b{COUNT} ?{UNIT}\b")
SINCE = re.compile(
    r"\b(?:depuis|en poste en|entree? en|commence (?:\w+ ){0,3}en|debute (?:\w+ ){0,3}en)"
    r"(?: \w+){0,2} (?P<year>(?:19|20)\d\d)\b"
)
STARTING = re.compile(
    r"\b(?:debutante?|je debute|je commence (?:tout juste|juste|a peine)|"
    r"je viens de (?:commencer|debuter))\b"
)
LIVED = re.compile(
    r"\b(?:habite|vis|vivons|suivie?|accompagnee?|hebergee?|aidee?|soignee?|residente?|loge|"
    r"mariee?|placee?|curatelle|tutelle|chomage|retraitee?|aidante?|benevole|etudiante?|rsa|aah|"
    r"france)\b(?: \w+){0,3} ?$"
)
AGED = re.compile(r"\b(?:ai|jai|age de|agee de|a|de|eu|avoir)(?: deja| bientot| presque)? $")


def find(
    said: str, words: list[Word], text: str, year: int | None, *, working: bool
) -> Entity | None:
    """The years of service in these plain words; `working`: the person's own work is named."""
    for pattern in (TRADED, LASTING):
        for found in pattern.finditer(said):
            if pattern is LASTING and LIVED.search(said[: found.start()]):
                continue
            return _entity(found, said, words, text, years(found))
    if since := SINCE.search(said):
        if LIVED.search(said[: since.start()]):
            return None
        if year is None:
            return _entity(since, said, words, text, since["year"], "since")
        return _entity(since, said, words, text, str(max(0, year - int(since["year"]))))
    if starting := STARTING.search(said):
        return _entity(starting, said, words, text, "0")
    if working:
        for found in SPELT.finditer(said):
            before = said[: found.start()]
            if not AGED.search(before) and not LIVED.search(before):
                return _entity(found, said, words, text, years(found))
    return None


def years(found: re.Match[str]) -> str:
    """The number of years, with two decimals at most: months are a fraction."""
    said, unit = found["n"], found["unit"]
    count = float(sum(_number(word) for word in said.split()))
    if found["half"] or "demi" in said:
        count += 0.5
    if unit.startswith("mois"):
        count = round(count / 12, 2)
    elif unit.startswith("semaine"):
        count = round(count / 52, 2)
    return f"{count:g}"


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    if word in ROUGHLY:
        return ROUGHLY[word] - 1  # « une dizaine »: the "une" counts one
    return NUMBERS.get(word, 0)


def _entity(
    found: re.Match[str],
    said: str,
    words: list[Word],
    text: str,
    value: str,
    kind: str = "length_of_service",
) -> Entity:
    first = said.count(" ", 0, found.start())
    last = said.count(" ", 0, found.end())
    start, end = words[first].start, words[last].end
    label = f"depuis {value}" if kind == "since" else f"{value.replace('.', ',')} ans"
    return Entity(kind, value, label, text[start:end], start, end)
