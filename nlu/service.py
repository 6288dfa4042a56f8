"""For how long somebody has been in the trade: « depuis 3 ans », « 20 ans de métier »."""

from __future__ import annotations

import re

from bot.model import Entity
from nlu.components.normaliser import Word
from nlu.words import listed

UNITS = (
    "zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize",
)  # fmt: skip
TENS = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50}
NUMBERS = {word: n for n, word in enumerate(UNITS)} | TENS | {"une": 1}
ROUGHLY = {"dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30}
ORDINALS = {
    "premiere": 1, "deuxieme": 2, "seconde": 2, "troisieme": 3, "quatrieme": 4, "cinquieme": 5,
    "sixieme": 6, "septieme": 7, "huitieme": 8, "neuvieme": 9, "dixieme": 10,
}  # fmt: skip
SMALL = "|".join((*UNITS, "une"))
SPELLED = rf"(?:{'|'.join(TENS)})(?:(?: et)? (?:{SMALL}))?|dix (?:sept|huit|neuf)|{SMALL}"
COUNT = (
    rf"(?P<n>\d{{1,2}}(?: et demie?)?|(?:{SPELLED})(?: et demie?)?|"
    rf"(?:une? )?(?:(?:bonne|petite|grosse) )?(?:{'|'.join(ROUGHLY)})(?: de)?)"
)
UNIT = (
    r"(?P<unit>ans?|annees?|piges?|balais|mois|semaines?)"
    r"(?P<half> et demie?\b| (?:un|1) (?:deux|2)\b(?! (?:ans?|annees?|mois)))?"
)
MONTH = (
    "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|sept|oct"
)
TRADE = (
    r"(?: de | dans | a | en | ds | au )(?:le |la |les |mon |ma |ce |cette |un |une )?"
    r"(?:metier|experience|expe|xp|carriere|anciennete|boite|terrain|pratique|service|social|boulot|"
    r"maison|job|profession|secteur|protection|poste|taf|bouteille|domicile|ehpad|mecs|handicap|"
    r"medico|ime|esat|foyer|ase|creche|ccas|exercice|travail|savs|chrs|hopital|polyvalence|"
    r"compteur)"
)
WELL = (
    r"(?!(?:en arret|arretee?|malade|fatiguee?|epuisee?|au chomage|mal|perdue?|seule?|triste|"
    r"pas|plus|trop|tres|a bout|la)\b)"
)  # « que je suis malade » says nothing of the trade
LASTING = re.compile(
    r"(?:depuis|(?:ca|cela) (?:fait|va faire|fera)|voila|(?P<ago>il y a))"
    r"(?: deja| bientot| presque| environ| plus de| plus d| au moins| moins de(?! une? an)| bien"
    r"| les| que| pas loin de| a peu pres| quasi| quasiment| pres de| maintenant| la)*"
    rf" {COUNT} ?{UNIT}\b"
)
TRADED = re.compile(rf"\b{COUNT} ?{UNIT}{TRADE}\b")
AS = re.compile(rf"\b{COUNT} ?{UNIT} (?:comme|en tant que|que je suis {WELL}\w+)\b")
DOING = re.compile(rf"\b{COUNT} ?{UNIT} que je (?:fais ce|bosse|travaille|exerce)\b")
SAID_SO = re.compile(
    rf"\b(?:anciennete|experience)(?: de| est de| ce est| est| professionnelle)* {COUNT} ?{UNIT}\b"
)
SPELT = re.compile(rf"\b{COUNT} ?{UNIT}\b")
BEGAN = (
    r"commencee?|debutee?|embauchee?|recrutee?|arrivee?|entree?|installee?|rejoint|"
    r"diplomee?|titularisee?"
)
SINCE = re.compile(
    rf"\b(?:depuis|en poste en|(?:{BEGAN})(?: \w+){{0,3}} en)"
    r"(?: \w+){0,3} (?P<year>(?:19|20)\d\d)\b"
)
LAST_CENTURY = re.compile(
    rf"\b(?:depuis|(?:{BEGAN}) en) (?P<year>[6-9]\d)\b(?! ?(?:ans?|ann|mois|sem|jour))"
)
LAST_YEAR = re.compile(r"\bdepuis (?:le |la )?(?:an|annee) (?:dernier|derniere|passee?)\b")
STARTING = re.compile(
    r"\b(?:debutante?|je debute|je commence (?:tout juste|juste|a peine)|"
    r"je viens de (?:commencer|debuter|demarrer|arriver|etre embauchee?|etre diplomee?)|"
    r"(?:jeune|fraichement|tout juste|nouvellement|nouvelle|nouveau) diplomee?|"
    r"premiere annee (?:de exercice|de metier|de travail|en poste|comme)|"
    rf"depuis (?:tres )?(?:peu|pas longtemps|quelques (?:mois|semaines)|cette annee|la rentree|"
    rf"(?:le mois de )?(?:{MONTH})(?! (?:19|20)?\d\d))|moins de une? (?:an|annee))\b"
)
NTH = re.compile(
    rf"\bma (?:(?P<nth>\d{{1,2}})(?:e|eme|ieme|ere|er)|(?P<word>{'|'.join(ORDINALS)})) annee\b"
)
LIVED = re.compile(
    r"\b(?:habite|vis|vivons|suivie?|(?<!je )accompagnee?|hebergee?|aidee|(?:suis|est|etre) aide"
    r"(?! (?:a |soignant|menager|medico))|soignee?|residente?|loge|"
    r"mariee?|placee?|curatelle|tutelle|chomage|retraitee?|aidante?|benevole|etudiante?|rsa|aah|"
    r"france)\b(?: \w+){0,3} ?$"
)
AGED = re.compile(
    r"\b(?:ai|jai|age de|agee de|a|(?<!plus )(?<!moins )(?<!pres )de|eu|avoir|mes|ses|dans|encore|"
    r"plus que|tous les|quand)(?: deja| bientot| presque)? $"
)
AGE = re.compile(r"\b(?:ai|a|avons|ont|avait|avais|aura|jai)(?: deja| bientot| presque)? $")
OF_WORK = re.compile(
    r"(?: de | de la )(?:metier|experience|expe|xp|carriere|anciennete|boite|terrain|pratique|"
    r"service|maison|job|boulot|profession|secteur|poste|taf|travail|bouteille|exercice|compteur)"
)  # « j'ai 15 ans de métier », and not « j'ai 15 ans, au foyer »
ACT = (
    r"bosse|bosses?|bossons|travaille|travaillons|exerce|exercons|taffe|interviens|occupe|encadre|"
    r"dirige|accompagne|gere|forme|enseigne|pratique"
)
WORKED = re.compile(
    rf"\b(?:{ACT}|metier|boulot|travail|job|poste|taf|emploi|boite|profession|carriere|terrain|"
    r"secteur|social|service|equipe|experience|anciennete|embauchee?|commencee?|debutee?|diplomee?|"
    r"arrivee?|titulaire|contrat|cdi|cdd|fonction)\b"
)
DONE = re.compile(
    r"^ que (?:je|j|on|nous)(?: ne)? (?:le |la |y |en |me )?"
    rf"(?:(?:{ACT}|fais (?:ca|cela|ce))\b|suis {WELL})"
)
MOST_BESIDE = 5  # words beside a duration that may be the whole answer
ELSEWHERE = listed(
    "mon ma mes ton ta tes son sa il elle ils elles on nous me qui ne plus pas rien jamais malade "
    "seul seule triste mal arret attente attends attend envie peur dure douleur dors mange bouge"
)  # « depuis un an rien ne bouge »
MORE = re.compile(r"\+ ?(?:de |d['’])?$")  # « + de 20 ans »
OTHERWISE = re.compile(rf"(?:\d|\b(?:{SMALL}))(?: (?:a|ou|et))? $")  # « 3 ou 4 ans »: which?
THEN = re.compile(r"^(?: et demie?)? (?:de la |avant la |de ma )retraite")
BEGUN = re.compile(rf"\b(?:{BEGAN})\b")


def find(
    said: str, words: list[Word], text: str, year: int | None, *, working: bool
) -> Entity | None:
    """The years of service in these plain words; `working`: the person's own work is named."""
    for pattern in (TRADED, SAID_SO, DOING, LASTING, *((AS,) if working else ())):
        for found in pattern.finditer(said):
            before = said[: found.start()]
            lived = pattern is LASTING and LIVED.search(before)
            ago = "ago" in found.groupdict() and found["ago"] and not BEGUN.search(before)
            worked = pattern is not LASTING or _worked(found, said, working=working)
            trade = working and " de " in found[0]
            aged = AGE.search(before) and not trade and not OF_WORK.search(found[0])
            aged = pattern is TRADED and aged
            if worked and not (lived or ago or aged or _doubtful(found, said)):
                return _entity(found, said, words, text, years(found))
    if since := SINCE.search(said) or (LAST_CENTURY.search(said) if working else None):
        if LIVED.search(said[: since.start()]):
            return None
        began = since["year"] if len(since["year"]) == 4 else f"19{since['year']}"
        if year is None:
            return _entity(since, said, words, text, began, "since")
        return _entity(since, said, words, text, str(max(0, year - int(began))))
    if working and (nth := NTH.search(said)):
        count = int(nth["nth"]) if nth["nth"] else ORDINALS[nth["word"]]
        return _entity(nth, said, words, text, str(max(0, count - 1)))
    for pattern, value in ((LAST_YEAR, "1"), (STARTING, "0")):
        started = pattern.search(said)
        if started and not LIVED.search(said[: started.start()]):
            return _entity(started, said, words, text, value)
    if working:
        for found in SPELT.finditer(said):
            before = said[: found.start()]
            typed = text[: words[said.count(" ", 0, found.start())].start]
            aged = AGED.search(before) and not MORE.search(typed)
            lived = LIVED.search(before)
            worked = _worked(found, said, working=True)
            if worked and not aged and not lived and not _doubtful(found, said):
                return _entity(found, said, words, text, years(found))
    return None


def _worked(found: re.Match[str], said: str, *, working: bool) -> bool:
    """Whether a duration is that of the person's work, or all that is said."""
    after = said[found.end() :]
    if after.startswith(" que "):
        return bool(DONE.search(after))
    if working:
        return True
    beside = f"{said[: found.start()]} {after}".split()
    if WORKED.search(" ".join(beside)):
        return True
    return len(beside) <= MOST_BESIDE and ELSEWHERE.isdisjoint(beside)


def _doubtful(found: re.Match[str], said: str) -> bool:
    """One of two numbers, or the years that are left."""
    at = found.start("n")
    return bool(OTHERWISE.search(said[:at]) or THEN.search(said[found.end() :]))


def years(found: re.Match[str]) -> str:
    """The number of years, with two decimals at most: months are a fraction."""
    said, unit = found["n"], found["unit"]
    count = float(sum(_number(word) for word in said.split()))
    if any(word in ROUGHLY for word in said.split()):
        count = float(next(ROUGHLY[word] for word in said.split() if word in ROUGHLY))
    if found["half"] or "demi" in said:
        count += 0.5
    if unit.startswith("mois"):
        count = round(count / 12, 2)
    elif unit.startswith("semaine"):
        count = round(count / 52, 2)
    return f"{count:g}"


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS.get(word, 0)


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
