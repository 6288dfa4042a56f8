"""Phones and record numbers, in digits or partly in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from nlu.traces.said import spelt
from nlu.words import listed, unaccented

GAP = r"[\s.,:;·\-‐-—/_()|*'’~°=+…\ufe0f\u20e3]{0,5}"
ONE = r"(?:\d|[OolI](?![^\W\dOolI_]))"  # « l2 » for 12, « 1O » for 10
FRENCH = re.compile(
    rf"(?<![\d+])\(?(?!0[67]\s?(?:=|:)\s?0[1-9])(?:0|(?<!\w)[Oo])\)?{GAP}[1-9](?:{GAP}{ONE}){{8}}"
    r"(?!\d)"
)
ABROAD = re.compile(rf"(?<![\d+])\(?(?:\+{GAP}|00{GAP}|(?=33))[1-9](?:{GAP}[\dOo]){{7,14}}(?!\d)")
BARE = re.compile(  # « whatsapp 213555123456 »
    r"(?<![\d+,.€/-])(?:1|2[01]\d|22\d|23\d|24\d|26\d|3\d|4\d|5[0-9]|9\d|7)[ .-]?\d"
    r"(?:[ .-]?\d){7,10}(?![\d€%])"
)
PARTIAL = re.compile(rf"(?<![\d+])(?!0[67]\s?[=:])0[67](?:{GAP}\d\d){{2,3}}(?!\d|{GAP}\d)")
SEQUEL = re.compile(
    r"\b(?:la suite|la fin|le reste|et apr[eè]s|apr[eè]s c['’ ]?est)\s?:?\s?"
    r"(?:c['’ ]?est\s)?(?:le\s)?"
    r"(?P<end>\d\d(?:[ .-]\d\d){1,3})(?![\d€%]|\s?(?:ans?|euros?|h\b))",
    re.IGNORECASE,
)
NO_ZERO = re.compile(rf"(?<![\d+])[67](?:{GAP}\d){{8}}(?!\d)")
PARTED = re.compile(  # « mon 06 c'est 12 34 56 78 »
    rf"(?<![\d+])0[1-79](?:{GAP}[^\W\d_]{{1,10}}){{1,3}}(?:{GAP}\d\d){{4}}(?!\d)"
)
ANNOUNCED = r"(?!0[67]\s?(?:=|:)\s?0[1-9])"  # « mon 06 : 06 39… »
SLIPPED = re.compile(
    rf"(?<![\d+]){ANNOUNCED}0[1-79](?:{GAP}\d){{7,9}}(?!\d)"
)  # one digit too few or too many
COUNTING = re.compile(r"\s?[^\W\d_]")
WHOLE = re.compile(r"0\d(?:[ .-]?\d\d){4}\s")
PAIRS = re.compile(r"[67](?P<gap>[ .-])\d\d(?:(?P=gap)\d\d){3}")
AT_NUMBER = re.compile(r"(?:^|\b(?:est|cest|au|le)|:)\s?$", re.IGNORECASE)
WRITTEN = re.compile(
    r"dossier|allocat|caf|matricul|identif|s[ée]cu|iban|r[ée]f|siret", re.IGNORECASE
)
FRENCH_DIGITS = re.compile(r"0[1-9]\d{8}")
DATED = re.compile(r"\(?\d\d[/.-]\d\d[/.-](?:19|20)\d\d")
CALLING = re.compile(
    r"\b(?:t[ée]l(?:[ée]phone)?|num(?:[ée]ro)?|portable|port|mobile|appel\w{0,3}|joi(?:gn\w{1,4}|ndre)|"
    r"rappel\w{0,3}|contact\w{0,4}|sms|texto|"
    r"whats ?app|wapp|watsap\w{0,2}|fixe|phone|fone|telefone?|06|07|signal|viber|imo)\b",
    re.IGNORECASE,
)
DESKS = listed(
    "mairie caf ccas cpam mdph prefecture cese ministere hopital chu tribunal commissariat siege "
    "gendarmerie standard accueil samu pompiers police secretariat vert departement region"
)  # whose fixed lines are nobody's
OWN = listed("j je ma mon mes moi chez son sa leur elle il m")
GLANCE = 45

KEYS = (
    r"dossier|allocataire|alloc|matricule|s[ée]cu(?:rit[ée])?(?:\s?sociale?)?|ss|nir|rpps|adeli|agdref|"
    r"caf|mdph|cpam|ipp|ine|identifiant|affiliation|adh[ée]rente?|assur[ée]e?|patiente?|"
    r"b[ée]n[ée]ficiaire|france travail|p[ôo]le emploi|passeport|carte d['’ ]?identit[ée]|cni|"
    r"carte vitale|titre de s[ée]jour|carte de s[ée]jour|r[ée]c[ée]piss[ée]|[ée]tranger|iban|rib|"
    r"permis|ofpra|fiscal|r[ée]f[ée]rence|r[ée]f|demandeur d['’ ]emploi|usager|cnda|cmi|"
    r"carte mobilit[ée]|proc[ée]dure|jugement|parquet|agent|carte pro\w{0,10}|contrat|convocation|"
    r"suivi|demande|n\s?[°º]|num[ée]ro|num|nr|badge|immatriculation|inscription|licence|[ée]tudiante?|"
    r"c2s|cmu|rsa|aah|ameli"
)
LINKS = (
    r"n\s?[°ºo]|num[ée]ros?|num|est|c['’ ]?est|le|la|de|du|des|d|l|mon|ma|son|sa|mes|pour|caf|mdph|"
    r"cpam|allocataire|dossier|sociale|assur[ée]e?|ase|rsa|aah|apa|pch|social|m[ée]dical|patient|"
    r"sous|porte|r[ée]f[ée]rence|r[ée]f|nir|enregistr[ée]e?|inscrite?|unique|fiscal|vitale|"
    r"famille|emploi|inclusion|inscription|agent|salari[ée]e?|usager"
)
CODE = (
    r"(?:(?-i:[A-Z]{1,5}) |(?:[A-Z]{1,6}[-/.]?){1,2})?\d[\dA-Z]{0,20}"
    r"(?:(?:[-/._](?:[A-Z]{1,6}[-/._])?| )[\dA-Z]{0,12}\d[\dA-Z]{0,12}){0,8}"
    r"(?:\s(?-i:[A-Z])(?![\w'’]))?(?![\w€%])"
)
BETWEEN = r"[ \t:=#,'’.()-]{0,3}"
RECORD = re.compile(
    rf"\b(?:{KEYS})s?(?![^\W\d_])(?:{BETWEEN}(?:{LINKS})(?![^\W\d_])){{0,5}}{BETWEEN}(?P<code>{CODE})",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"n\s?[°º]|num[ée]ro|\bnum\b|matricule|rpps|adeli|nir\b|alloc|r[ée]f|identifiant|ipp",
    re.IGNORECASE,
)
GENERAL = re.compile(r"(?:n\s?°|num|suivi|demande|contrat|r[ée]f)", re.IGNORECASE)
COUNTED = re.compile(
    r"\s?(?:€|%|euros?|ans?|mois|jours?|heures?|h\b|semaines?|personnes?|enfants?|jeunes|fois|km|"
    r"pages?|places?|minutes?|min\b|familles|dossiers|usagers|patients|rue|avenue)",
    re.IGNORECASE,
)
SOCIAL_SECURITY = re.compile(
    r"(?<!\w)[1278][ .-]?\d\d[ .-]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .-]?(?:\d\d|2[AB])[ .-]?\d{3}"
    r"[ .-]?\d{3}(?:[ .\-/]{0,3}\d\d)?(?!\w)",
    re.IGNORECASE,
)
IBAN = re.compile(r"\bFR ?\d\d(?: ?[\dA-Z]{4}){5} ?[\dA-Z]{3}\b", re.IGNORECASE)
PLATE = re.compile(r"(?<![\w-])[A-Z]{2}-\d{3}-[A-Z]{2}(?![\w-])")
MOBILE = re.compile(r"0[1-79][\d .-]{2,13}")
CALLED = re.compile(
    r"num\w*\W*(?:c['’ ]?est|est|de|du|le|t[ée]l\w*|portable)?[\W]*(?:le)?\W*", re.IGNORECASE
)
PUBLIC = re.compile(r"3\d{3}|11[0-9]|1[578]|116\d{3}")  # helplines and services
YEAR = re.compile(r"(?:19|20)\d\d(?:[-/ ](?:19|20)?\d\d)?")
DATE = re.compile(r"\d{1,2}[/. -]\d{1,2}[/. -](?:19|20)?\d\d")
DIGIT = re.compile(r"\d")
FEWEST_DIGITS, NUMBERED_DIGITS, GENERAL_DIGITS, MOST_DIGITS = 5, 3, 6, 30

Span = tuple[int, int]


def records(text: str) -> Iterator[Span]:
    """Numbers that an administration knows a person by."""
    if not DIGIT.search(text):
        return
    for pattern in (SOCIAL_SECURITY, IBAN, PLATE):
        for found in pattern.finditer(text):
            yield found.span()
    for found in RECORD.finditer(text):
        start, end = found.span("code")
        if FRENCH.match(text, start) or ABROAD.match(text, start):
            continue
        lead = text[found.start() : start]
        if _is_record(found["code"], lead) and not COUNTED.match(text, end, end + 12):
            yield start, end


def _is_record(code: str, lead: str) -> bool:
    digits = _digits(code)
    fewest = NUMBERED_DIGITS if NUMBERED.search(lead) else FEWEST_DIGITS
    if GENERAL.match(lead) and len(lead.split()) == 1:
        fewest = GENERAL_DIGITS
    if not fewest <= len(digits) <= MOST_DIGITS:
        return False
    if MOBILE.fullmatch(code) and CALLED.fullmatch(lead):
        return False
    if any(shape.fullmatch(code) for shape in (YEAR, DATE, PUBLIC)) or PUBLIC.fullmatch(digits):
        return False
    return (
        not any(shape.fullmatch(code) for shape in (FRENCH, ABROAD, NO_ZERO))
        or not code[0].isdigit()
    )


def phones(text: str) -> Iterator[Span]:
    """Phones of a person; neither short numbers, nor special ones, nor a front desk's."""
    for pattern in (FRENCH, ABROAD, NO_ZERO, PARTED, SLIPPED, BARE, PARTIAL):
        for found in pattern.finditer(text):
            before = text[max(found.start() - GLANCE, 0) : found.start()]
            after = text[found.end() : found.end() + GLANCE]
            if _is_phone(pattern, found.group(), before, after):
                yield found.span()
    for found in SEQUEL.finditer(text):
        yield found.span("end")
    for start, end, certain in spelt(text):
        if certain or CALLING.search(text[max(start - GLANCE, 0) : start]):
            yield start, end


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_phone(pattern: re.Pattern[str], said: str, before: str, after: str) -> bool:
    digits = _digits(re.sub("[lI]", "1", re.sub("[Oo]", "0", said)))
    if DATED.match(said) or (said.startswith("0,") and not said.startswith("0, ")):
        return False
    if pattern is FRENCH:
        return digits[1] != "8" and not (digits[1] not in "67" and _is_desk(before))
    if pattern is ABROAD:
        return _is_possible(digits.removeprefix("00"))
    called = CALLING.search(before) is not None
    if pattern is BARE:
        return called and WRITTEN.search(before) is None and _is_valid(digits)
    if pattern is PARTIAL:
        return called or CALLING.search(after) is not None
    if pattern is PARTED:
        return True
    if pattern is NO_ZERO:
        alone = PAIRS.fullmatch(said) is not None and AT_NUMBER.search(before) is not None
        return called or alone or CALLING.search(after) is not None
    if WHOLE.match(said) and COUNTING.match(after):  # « 06 39 98 12 34 » and « 3 enfants »
        return False
    paired = said[1] in "67" and len(re.findall(r"\d\d[ .-]", said)) >= 3
    return called or paired


def _is_valid(digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse("+" + digits))
    except phonenumbers.NumberParseException:
        return False


def _is_possible(digits: str) -> bool:
    if digits.startswith("330"):
        digits = "33" + digits[3:]
    if digits.startswith("338"):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse("+" + digits))
    except phonenumbers.NumberParseException:
        return False


def _is_desk(before: str) -> bool:
    said = re.findall(r"[^\W\d_]+", re.split(r"[.!?\n]", unaccented(before))[-1])
    return not DESKS.isdisjoint(said) and OWN.isdisjoint(said)
