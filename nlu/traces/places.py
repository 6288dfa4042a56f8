"""Postal addresses where somebody lives; a street or a public building alone is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from nlu.gazetteers import places
from nlu.traces import words as known
from nlu.words import listed, unaccented

STREET = (
    r"rue|r\.|avenue|aven\.|av\.?|ave\.?|boulevard|boul\.|bd\.?|bld\.?|blvd\.?|impasse|imp\.?|"
    r"all[ée]es?|all\.|chemin|che?m?\.|route|rte\.?|quai|cours|square|sq\.?|passage|faubourg|fbg|"
    r"fg|sentier|lotissement|lot\.?|villa|hameau|esplanade|ruelle|clos|venelle|sente|traverse|"
    r"promenade|r[ée]sidence|r[ée]s\.?|place|pl\.?|voie|cit[ée]|mail|domaine|rond[- ]point|"
    r"lieu[- ]?dit|mont[ée]e|c[ôo]te|parvis|ronde|porte|levée|digue|tour|immeuble|b[âa]timent"
)
UNSURE = listed(
    "place pl cours route rte voie cite mail passage domaine square lot villa residence res allees "
    "cote montee porte tour immeuble batiment ronde quai hameau"
)  # these are other things too: something more must tell
HOUSE = r"(?<![\w.,/€-])\d{1,4}(?:\s?(?:bis|ter|quater|[a-d])(?!\w))?(?:\s?[-/à]\s?\d{1,4})?"
BEGUN = re.compile(
    rf"(?:{HOUSE}\s?,?\s{{1,2}}(?:(?:de\s)?(?:la\s|l['’]\s?))?|(?<!\w)(?={STREET}))"
    rf"(?P<street>{STREET})(?=\s)\s{{1,2}}",
    re.IGNORECASE,
)
DWELLING = re.compile(
    r"(?<!\w)(?:j['’ ]?h?abit\w{1,5}|habit\w{1,5}|loge(?:ons|ait|ais|nt)?|r[ée]side\w{0,3}|vi[st]|"
    r"vivons|vivait|vivais|demeur\w{1,4}|domicili\w{0,4}|adresse|chez (?:moi|nous|elle|lui|eux)|"
    r"je cr[èe]che|h[ée]berg\w{1,3}|mon appart\w{0,7}|ma maison|mon logement)(?!\w)",
    re.IGNORECASE,
)
PUBLIC = listed(
    "mairie caf ccas cpam mdph prefecture cese ministere hopital chu ch tribunal commissariat "
    "gendarmerie ecole college lycee universite fac ehpad mecs ime esat siege bureau bureaux "
    "locaux bibliotheque mediatheque gare centre association agence accueil permanence conseil "
    "departement region assemblee senat matignon elysee institut irts clinique foyer creche pmi "
    "police poste tresor manifestation rassemblement reunion rdv antenne maison musee theatre"
)
OWN = listed("j je ma mon mes nous chez moi son sa leur elle il m habite vit loge")
STOPS = listed(
    "on je j il elle c que qui mais ou donc car depuis avec pour mon ma mes ne n a chez dans pres "
    "entre tout cest jai y sans pas est sont ca nous vous ils elles quand si au appartement appt "
    "apt tel mail m svp merci bat batiment etage porte esc escalier cedex bp"
)
LINKS = listed("de du des la le les l d et aux saint sainte st ste general docteur dr marechal")
WORD = re.compile(r"[^\W_]+")
POSTCODE = re.compile(r"(?<!\w)(?:\d{5}|\d\d \d{3})(?!\w)")
LED = re.compile(r"\s?[,;–\-(\n]?\s{0,2}(?:(?:à|a|sur)\s)?")
SPACE = re.compile(r"\s?,?\s?")
DISTRICT = re.compile(
    r"\s(?:cedex(?:\s\d{1,2})?|\d{1,2}(?:er?|eme|ème|è))(?!\w)|\s\d{1,2}(?=\s*(?:$|[,.;)]))"
    r"|\s?\(\d{2,5}\)|\s?,?\s\d{5}(?!\w)",
    re.IGNORECASE,
)  # « Paris 10e », « Lille cedex », « Lille (59) », « Lille 59000 »
EXTRA = re.compile(
    r"(?:\s?[,\n-]\s?|\s)(?:appt?\.?|appartement|apt|b[âa]t(?:iment)?\.?|porte|esc(?:alier)?\.?|hall|"
    r"bp|bo[iî]te|logement|log|r[ée]sidence|n°)\s?(?:n°\s?)?(?:\d{1,4}\s?[A-Z]?|[A-Z]\d{0,3})(?!\w)"
    r"|\s?,?\s\d{1,2}(?:e|er|eme|ème|è) étage(?!\w)",
    re.IGNORECASE,
)
FLAT_BEFORE = re.compile(
    r"(?<!\w)(?:appt?\.?|appartement|apt|b[âa]t(?:iment)?\.?)\s?(?:n°\s?)?(?:\d{1,4}|[A-Z])\s?,?\s?$",
    re.IGNORECASE,
)
LONGEST_STREET, LONGEST_TOWN, FARTHEST_CODE, GLANCE = 7, 5, 120, 45


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where the addresses lie, in code points, with flat, postcode and town."""
    first = past = -1
    for found in BEGUN.finditer(text):
        if found.start() < past:
            continue
        start, end = _address(text, found, max(past, 0))
        if end and 0 < past >= start - 3 and not text[past:start].strip(" ,-\n"):
            past = end  # « 12 résidence les Lilas, rue Pasteur »
        elif end:
            if past > 0:
                yield first, past
            first, past = start, end
    if past > 0:
        yield first, past


def _address(text: str, found: re.Match[str], past: int) -> tuple[int, int]:
    """Where the address that begins with this street lies; its end is 0 when it is none."""
    start = found.start()
    before = text[max(past, start - GLANCE) : start]
    dwelling = DWELLING.search(before) is not None
    flat = FLAT_BEFORE.search(before)
    sure = found.group()[0].isdigit() or dwelling or flat or 0 < past >= start - 3
    if not (sure or POSTCODE.search(text, start, start + FARTHEST_CODE)):
        return start, 0
    if not dwelling and _is_public(before):
        return start, 0
    street = _street_end(text, found.end())
    if street is None:
        return start, 0
    end = _with_town(text, street)
    if not (sure or POSTCODE.search(text, street, end)):
        return start, 0
    if not _is_address(found, text[found.end() : street], end > street, dwelling=dwelling):
        return start, 0
    return start - (len(before) - flat.start() if flat else 0), end


def _is_address(found: re.Match[str], name: str, town: bool, *, dwelling: bool) -> bool:
    """« 12 cours de français » is none: a capital, a town or « j'habite » tells."""
    if unaccented(found["street"]).rstrip(".") not in UNSURE:
        return True
    numbered = found.group()[0].isdigit()
    return (dwelling and numbered) or town or any(word[0].isupper() for word in WORD.findall(name))


def _is_public(before: str) -> bool:
    """« La mairie, 1 place… »: it is everybody's, unless somebody speaks of their own."""
    words = WORD.findall(re.split(r"[.!?\n]", unaccented(before))[-1])
    return not PUBLIC.isdisjoint(words) and OWN.isdisjoint(words)


def _street_end(text: str, at: int) -> int | None:
    """The end of the street's name: before a comma, a postcode or a word that goes on talking."""
    end, count, linked = at, 0, True
    for word in WORD.finditer(text, at, at + 90):
        between, key = text[end : word.start()], unaccented(word.group())
        if between.strip(" -'’.") or len(between) > 3 or count == LONGEST_STREET or key in STOPS:
            break
        if count and "." in between and len(key) > 1 and end - at > 4:
            break
        if POSTCODE.match(text, word.start()) or (key == "et" and not _capital_after(text, word)):
            break
        talking = word.group()[0].islower() and key in known.ordinary() and key not in LINKS
        if talking and not linked and "-" not in between:
            break
        end, count, linked = word.end(), count + 1, key in LINKS
    name = text[at:end].rstrip()
    name = re.sub(r"\s(?:à|a|sur|de|du|des|la|le|les)$", "", name)
    return at + len(name) if name and unaccented(name) not in LINKS else None


def _capital_after(text: str, word: re.Match[str]) -> bool:
    return text[word.end() + 1 : word.end() + 2].isupper()


def _with_town(text: str, end: int) -> int:
    """With flat, « , 59000 Lille », « à Lille » or « Lille »; the same end when there is none."""
    end = _with_extra(text, end)
    led = LED.match(text, end)
    at = led.end() if led else end
    if postcode := POSTCODE.match(text, at):
        space = SPACE.match(text, postcode.end())
        past = _town_end(text, space.end() if space else postcode.end(), sure=True)
        end = past or postcode.end()
    elif past := _town_end(text, at, sure="," in text[end:at] or at - end > 2):
        end = past
    if district := DISTRICT.match(text, end):
        end = district.end()
    return _with_extra(text, end)


def _town_end(text: str, at: int, *, sure: bool) -> int | None:
    """The end of the longest town's name that begins here."""
    words: list[re.Match[str]] = []
    for word in WORD.finditer(text, at, at + 60):
        between = text[words[-1].end() if words else at : word.start()]
        if between.strip(" -'’") or len(between) > 2 or len(words) == LONGEST_TOWN:
            break
        words.append(word)
    keys = [unaccented(word.group()) for word in words]
    keys = [places.SHORT.get(key, key) for key in keys]
    for count in range(len(words), 0, -1):
        name = " ".join(keys[:count])
        if name in places.NOT_PLACES or name not in _towns():
            continue
        if sure or words[0].group()[0].isupper() or name not in known.ordinary():
            return words[count - 1].end()
    return None


@cache
def _towns() -> frozenset[str]:
    return frozenset(places.load().keys) | places.load().names.keys()


def _with_extra(text: str, end: int) -> int:
    """With the flat, the floor, the building."""
    for _ in range(3):
        found = EXTRA.match(text, end)
        if found is None:
            break
        end = found.end()
    return end
