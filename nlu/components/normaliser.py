"""Written French as it is typed, brought back to words a model has seen. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from nlu.words import unaccented

WORD = re.compile(r"[^\W_]+")
STRETCHED = re.compile(r"([a-z])\1{2,}")
ELISIONS = {
    "j": "je", "d": "de", "n": "ne", "m": "me", "t": "te", "s": "se", "l": "le", "c": "ce",
    "qu": "que", "jusqu": "jusque", "lorsqu": "lorsque", "puisqu": "puisque", "y": "il y",
}  # fmt: skip
TYPED = {
    "1": "un", "2main": "demain", "2m1": "demain", "dem1": "demain", "2": "deux", "3": "trois",
    "ac": "avec", "aprem": "apres midi", "auj": "aujourd hui", "bcp": "beaucoup",
    "bjr": "bonjour", "bsr": "bonsoir", "bn": "bonne", "c": "ce est", "cad": "c est a dire",
    "cb": "combien", "chai": "je sais", "chais": "je sais", "che": "je sais",
    "chepa": "je sais pas", "chui": "je suis", "chuis": "je suis", "cmt": "comment",
    "coment": "comment", "comen": "comment", "ct": "ce etait", "dac": "d accord",
    "daccord": "d accord", "dak": "d accord", "dr": "de rien", "ds": "dans", "dsl": "desole",
    "fo": "il faut", "fodrait": "il faudrait", "fau": "il faut",
    "faut": "il faut", "faudrait": "il faudrait", "g": "je ai", "ge": "je ai", "ya": "il y a",
    "gt": "je etais", "j": "je", "jai": "je ai", "jariv": "je arrive", "jarrete": "je arrete",
    "jarive": "je arrive", "jcomprend": "je comprends", "jcomprends": "je comprends",
    "jcontinue": "je continue", "jdois": "je dois", "jen": "je en", "jme": "je me",
    "jpasse": "je passe", "jpe": "je peux", "jpeux": "je peux", "jpp": "je en peux plus",
    "jrevien": "je reviens", "jreviens": "je reviens", "jsais": "je sais", "jsui": "je suis",
    "jsuis": "je suis", "jsp": "je sais pas", "jss": "je sais", "jve": "je veux",
    "jveu": "je veux", "jveux": "je veux", "jvoudrais": "je voudrais", "jbosse": "je bosse",
    "ke": "que", "kel": "quel", "kelkun": "quelque un", "kes": "que est ce", "kestion": "question",
    "keski": "que est ce qui", "keske": "que est ce que", "ki": "qui", "koi": "quoi",
    "kwa": "quoi", "kan": "quand", "kon": "que on", "lgtps": "longtemps", "mci": "merci",
    "mrc": "merci", "mn": "mon", "moa": "moi", "mtn": "maintenant", "mnt": "maintenant",
    "nn": "non", "nan": "non", "nsp": "ne sais pas", "ns": "nous", "np": "pas de probleme",
    "okay": "ok", "oki": "ok", "okk": "ok", "ouai": "oui", "ouais": "oui",
    "ouep": "oui", "pa": "pas", "pb": "probleme", "pbm": "probleme", "pck": "parce que",
    "pcq": "parce que", "pcke": "parce que", "pdt": "pendant", "pk": "pourquoi",
    "pkoi": "pourquoi", "pourkoi": "pourquoi", "pq": "pourquoi", "pr": "pour", "ps": "pas",
    "ptet": "peut etre", "qd": "quand", "qlq": "quelque", "qqn": "quelque un",
    "qq1": "quelque un", "qqun": "quelque un", "qqch": "quelque chose", "quelqu": "quelque",
    "rdv": "rendez vous", "rep": "reponse", "slt": "salut", "stp": "svp",
    "sui": "suis", "tel": "telephone", "tjr": "toujours", "tjs": "toujours",
    "tkt": "pas de souci", "toussa": "tout ca", "tps": "temps", "tt": "tout", "ttes": "toutes",
    "ts": "tous", "tro": "trop", "ui": "oui", "wi": "oui", "vs": "vous", "vou": "vous",
    "vx": "veux", "veu": "veux", "vrm": "vraiment", "zappe": "passe",
}  # fmt: skip


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
        for piece in TYPED.get(typed, typed).split():
            yield Word(piece, start, end)
