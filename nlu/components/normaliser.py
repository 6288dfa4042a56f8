"""Written French as it is typed, brought back to words a model has seen. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from nlu.words import listed, unaccented

WORD = re.compile(r"[^\W_]+")
STRETCHED = re.compile(r"([a-z])\1{2,}")
ELISIONS = {
    "j": "je", "d": "de", "n": "ne", "m": "me", "t": "te", "s": "se", "l": "le", "c": "ce",
    "qu": "que", "jusqu": "jusque", "lorsqu": "lorsque", "puisqu": "puisque", "y": "il y",
}  # fmt: skip
TYPED = {
    "1": "un", "2": "deux", "2m1": "demain", "2main": "demain", "3": "trois", "a2m1": "a demain",
    "ac": "avec", "ajd": "aujourd hui", "aplus": "a plus", "aprem": "apres midi", "arete": "arrete",
    "areter": "arreter", "aretez": "arretez", "arette": "arrete", "ariete": "arrete",
    "ato": "a toute", "atte": "a toute", "auj": "aujourd hui", "aujourdhui": "aujourd hui",
    "ausi": "aussi", "avc": "avec", "avk": "avec", "bcoup": "beaucoup", "bcp": "beaucoup",
    "bj": "bonjour", "bjr": "bonjour", "bn": "bonne", "bocou": "beaucoup", "bojour": "bonjour",
    "bokou": "beaucoup", "boku": "beaucoup", "bone": "bonne", "bonjours": "bonjour",
    "bonsoire": "bonsoir", "boulo": "boulot", "bsr": "bonsoir", "bsx": "bisous", "c": "ce est",
    "cad": "c est a dire", "cb": "combien", "cbien": "ce est bien", "cbon": "ce est bon",
    "cest": "ce est", "cetait": "ce etait", "cete": "ce etait", "cetkoi": "ce est quoi",
    "chai": "je sais", "chais": "je sais", "chaispas": "je sais pas", "che": "je sais",
    "chepa": "je sais pas", "chepas": "je sais pas", "chepo": "je sais pas", "chpa": "je sais pas",
    "chpas": "je sais pas", "chsai": "je sais", "chsais": "je sais", "chsui": "je suis",
    "chsuis": "je suis", "chui": "je suis", "chuis": "je suis", "chuit": "je suis",
    "cki": "ce est qui", "ckoi": "ce est quoi", "cm": "comme", "cmnt": "comment",
    "cmoi": "ce est moi", "cmt": "comment", "comen": "comment", "coment": "comment",
    "compren": "comprends", "conpran": "comprends", "conprend": "comprends", "cpa": "ce est pas",
    "cpas": "ce est pas", "cqui": "ce est qui", "ct": "ce etait", "ctait": "ce etait",
    "ctout": "ce est tout", "ctt": "ce est tout", "cv": "ca va", "dac": "d accord",
    "daccor": "d accord", "daccord": "d accord", "dacor": "d accord", "dacord": "d accord",
    "dak": "d accord", "dakor": "d accord", "dakord": "d accord", "dc": "donc", "dem1": "demain",
    "dezole": "desole", "dnc": "donc", "dou": "d ou", "dr": "de rien", "ds": "dans",
    "dsl": "desole", "dzl": "desole", "ede": "aide", "eder": "aider", "edez": "aidez",
    "efacer": "effacer", "efase": "effacer", "elp": "aide", "esk": "est ce que",
    "eske": "est ce que", "eskil": "est ce que il", "eskon": "est ce que on", "esque": "est ce que",
    "estceque": "est ce que", "fau": "il faut", "faudrait": "il faudrait", "faut": "il faut",
    "fo": "il faut", "fodra": "il faudra", "fodrai": "il faudrait", "fodrait": "il faudrait",
    "fodre": "il faudrait", "g": "je ai", "ge": "je ai", "gt": "je etais", "ilya": "il y a",
    "j": "je", "jabandonne": "je abandonne", "jaccepte": "je accepte", "jai": "je ai",
    "jaime": "je aime", "jaimerai": "je aimerais", "jaimerais": "je aimerais", "jariv": "je arrive",
    "jarive": "je arrive", "jarrete": "je arrete", "jarrive": "je arrive", "jattend": "je attends",
    "jattends": "je attends", "jaurai": "je aurais", "jaurais": "je aurais", "javai": "je avais",
    "javais": "je avais", "jbos": "je bosse", "jbosse": "je bosse", "jc": "je sais",
    "jchui": "je suis", "jcomprend": "je comprends", "jcomprends": "je comprends",
    "jcomprenpa": "je comprends pas", "jcontinue": "je continue", "jcroi": "je crois",
    "jcrois": "je crois", "jdirais": "je dirais", "jdois": "je dois", "jefface": "je efface",
    "jen": "je en", "jenesaispas": "je ne sais pas", "jespere": "je espere", "jetais": "je etais",
    "jfai": "je fais", "jfais": "je fais", "jhabite": "je habite", "jlai": "je le ai",
    "jle": "je le", "jm": "je me", "jme": "je me", "jmen": "je me en", "jpas": "je passe",
    "jpasse": "je passe", "jpe": "je peux", "jpense": "je pense", "jpeux": "je peux",
    "jpp": "je en peux plus", "jrevien": "je reviens", "jreviens": "je reviens", "jsai": "je sais",
    "jsaipa": "je sais pas", "jsais": "je sais", "jsaispas": "je sais pas", "jse": "je sais",
    "jsepa": "je sais pas", "jsp": "je sais pas", "jspas": "je sais pas", "jss": "je sais",
    "jsui": "je suis", "jsuis": "je suis", "jte": "je te", "jtravail": "je travaille",
    "jtravaille": "je travaille", "jv": "je vais", "jvai": "je vais", "jvais": "je vais",
    "jve": "je veux", "jveu": "je veux", "jveux": "je veux", "jvien": "je viens",
    "jviens": "je viens", "jvoudrais": "je voudrais", "jvous": "je vous", "kan": "quand",
    "ke": "que", "kel": "quel", "kelke": "quelque", "kelkun": "quelque un", "kelle": "que elle",
    "kes": "que est ce", "kesako": "que est ce que", "kesk": "que est ce que",
    "keske": "que est ce que", "keski": "que est ce qui", "keskon": "que est ce que on",
    "kestion": "question", "kestions": "questions", "keya": "que il y a", "ki": "qui",
    "kikou": "coucou", "kil": "que il", "kils": "que ils", "kmt": "comment", "koi": "quoi",
    "kom": "comme", "koman": "comment", "kome": "comme", "komen": "comment", "kon": "que on",
    "kwa": "quoi", "lgtps": "longtemps", "mci": "merci", "mem": "meme", "mercii": "merci",
    "mersi": "merci", "mess": "message", "mm": "meme", "mn": "mon", "mnt": "maintenant",
    "moa": "moi", "mouai": "mouais", "mrc": "merci", "mrci": "merci", "msg": "message",
    "mtn": "maintenant", "nah": "non", "nan": "non", "nn": "non", "nonmerci": "non merci",
    "nonn": "non", "nons": "non",
    "nope": "non", "np": "pas de probleme", "ns": "nous", "nsp": "ne sais pas", "nya": "il y a",
    "oci": "aussi", "oe": "oui", "ojd": "aujourd hui", "ojourdui": "aujourd hui", "okay": "ok",
    "oke": "ok", "okey": "ok", "oki": "ok", "okk": "ok", "okok": "ok", "osi": "aussi",
    "ossi": "aussi", "ouaaais": "oui", "ouai": "oui", "ouaip": "oui", "ouais": "oui", "oue": "oui",
    "ouep": "oui", "ouii": "oui", "ouiii": "oui", "pa": "pas", "parske": "parce que",
    "paske": "parce que", "pasque": "parce que", "pb": "probleme", "pbm": "probleme",
    "pck": "parce que", "pcke": "parce que", "pcq": "parce que", "pcqe": "parce que",
    "pdt": "pendant", "pk": "pourquoi", "pkoi": "pourquoi", "pouquoi": "pourquoi",
    "pourcoi": "pourquoi", "pourkoi": "pourquoi", "pourkwa": "pourquoi", "pourqoi": "pourquoi",
    "pouv": "pouvez", "pq": "pourquoi", "pr": "pour", "prcoi": "pourquoi", "prcq": "parce que",
    "prkoi": "pourquoi", "prq": "pourquoi", "ps": "pas", "psk": "parce que", "pskeu": "parce que",
    "psq": "parce que", "ptet": "peut etre", "ptin": "putain", "ptn": "putain", "pv": "pouvez",
    "pvez": "pouvez", "qd": "quand", "qe": "que", "qi": "qui", "qlq": "quelque",
    "qlqch": "quelque chose", "qlqn": "quelque un", "qlqun": "quelque un", "qq": "quelque",
    "qq1": "quelque un", "qqch": "quelque chose", "qqchose": "quelque chose", "qqn": "quelque un",
    "qqs": "quelques", "qqun": "quelque un", "qst": "question", "qstion": "question",
    "quelqu": "quelque", "rdv": "rendez vous", "rep": "reponse", "reponce": "reponse",
    "reps": "reponses", "saispas": "sais pas", "salu": "salut", "seki": "ce est qui",
    "sekoi": "ce est quoi", "silteplait": "svp", "silvouplait": "svp", "siouplait": "svp",
    "siteplait": "svp", "sivouplai": "svp", "slt": "salut", "slu": "salut", "srx": "serieux",
    "steplait": "svp", "stp": "svp", "stplait": "svp", "sui": "suis", "suprime": "supprimer",
    "suprimer": "supprimer", "suprimez": "supprimez", "taf": "travail", "taff": "travail",
    "tel": "telephone", "tg": "ta gueule", "thks": "merci", "thx": "merci", "tjour": "toujours",
    "tjr": "toujours", "tjrs": "toujours", "tjs": "toujours", "tkl": "tranquille",
    "tkt": "pas de souci", "tlesjours": "tous les jours", "tlj": "tous les jours",
    "tlm": "tout le monde", "tlmd": "tout le monde", "toujour": "toujours",
    "toulmonde": "tout le monde", "toussa": "tout ca", "tps": "temps", "tro": "trop", "ts": "tous",
    "tt": "tout", "tte": "toute", "ttes": "toutes", "ui": "oui", "veu": "veux", "vi": "oui",
    "vlez": "voulez", "vmt": "vraiment", "vou": "vous", "vrm": "vraiment", "vrmt": "vraiment",
    "vrt": "vraiment", "vs": "vous", "vtf": "va te faire foutre", "vx": "veux", "we": "oui",
    "wi": "oui", "ya": "il y a", "yapa": "il y a pas", "yapas": "il y a pas", "yep": "oui",
    "yes": "oui", "yess": "oui", "zappe": "passe",
}  # fmt: skip


LEXICON = Path(__file__).parent.parent / "languages" / "fr.txt"
RUN_TOGETHER = re.compile(
    r"(je|jai|jsuis|jveux|jpeux|jsais|cest|cetait|ilya|ilfaut|ilfaudrait|vous|nous|merci|bonjour|"
    r"oui|comment|pourquoi|esque|estceque|quelle|onest|onva)(?=[a-z]{3})"
)
SHORTEST, LONGEST = 6, 40  # letters; a longer run is no sentence typed in a hurry
WHOLE = 3
SMALL = listed(
    "a ai ce de du en et il je la le les ma me mes moi ne on ou pas plus que qui sa un une y"
)


class Word(NamedTuple):
    """A word made plain, and where the text it comes from lies in the original."""

    text: str
    start: int
    end: int


def normalised(text: str) -> Iterator[Word]:
    """The words of a text; one typed word may give several (« jsuis » gives "je", "suis")."""
    for found in WORD.finditer(text):
        start, end = found.span()
        typed = STRETCHED.sub(r"\1", unaccented(found.group()))
        if text[end : end + 1] in ("'", "’", "ʼ", "`"):
            typed = ELISIONS.get(typed, typed)
        for piece in TYPED[typed].split() if typed in TYPED else apart(typed):
            yield Word(piece, start, end)


def apart(typed: str) -> list[str]:
    """« jeveuxarreter » is "je veux arreter": known words after a beginning that nobody omits."""
    known = _known()
    begun = (
        RUN_TOGETHER.match(typed)
        if SHORTEST <= len(typed) <= LONGEST and typed not in known
        else None
    )
    if begun is None:
        return [typed]
    rest = _pieces(typed[begun.end() :], known)
    if rest is None:
        return [typed]
    return [piece for one in (begun[0], *rest) for piece in TYPED.get(one, one).split()]


def _pieces(letters: str, known: frozenset[str]) -> list[str] | None:
    """The fewest, longest known words that make these letters; None when none do."""
    best: list[list[str] | None] = [None] * len(letters) + [[]]
    for at in range(len(letters) - 1, -1, -1):
        for end in range(len(letters), at, -1):
            after = best[end]
            if after is None or letters[at:end] not in known:
                continue
            tried = [letters[at:end], *after]
            if best[at] is None or len(tried) < len(best[at] or ()):
                best[at] = tried
    return best[0]


@cache
def _known() -> frozenset[str]:
    """Words of three letters or more that French people use here, and the small ones."""
    words = listed(LEXICON.read_text(encoding="utf-8"))
    return SMALL | {word for word in words if len(word) >= WHOLE}
