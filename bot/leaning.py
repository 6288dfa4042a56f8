"""Yes or no, as people type it: listed words, how a sentence begins, then a model's opinion."""

from __future__ import annotations

import re

from bot.model import Heard
from bot.plain import fold

YES = frozenset({
    "oui", "ouais", "ouai", "oue", "we", "wi", "ui", "vi", "ouep", "ouaip", "yes", "yep", "si",
    "ok", "okay", "oki",
})  # fmt: skip
NO = frozenset({"non", "nan", "nn", "nope", "no", "nah", "nop", "naan"})
BOTH = ({"oui", "ouais", "ui", "yes"}, {"non", "nan", "nope", "no"})
BEFORE = frozenset({
    "euh", "heu", "ben", "bah", "beh", "bin", "bon", "alors", "ah", "oh", "eh", "he", "hein",
    "mais", "et", "en", "fait", "franchement", "honnetement", "bien", "sur", "evidemment", "ma",
    "foi", "je", "dirais", "crois", "pense", "que", "pour", "moi", "la", "a", "priori", "plutot",
    "ouf", "pff",
})  # may come before « oui » or « non » in a sentence that says it  # fmt: skip
WHOLLY = frozenset({
    "clairement", "carrement", "grave", "exact", "exactement", "effectivement", "absolument",
    "affirmatif", "evidemment", "forcement", "completement", "totalement", "tout a fait",
    "bien entendu", "assurement", "et comment", "un peu que oui", "mais si", "toujours", "souvent",
    "tout le temps", "tous les jours", "tres souvent", "plutot oui", "logique", "c est sur",
    "bien evidemment", "tellement", "de ouf", "a fond", "yes grave", "trop", "pas faux",
    "c est pas faux",
    "je crois bien", "je pense bien", "c est vrai", "tres juste",
})  # said whole  # fmt: skip
NOT_AT_ALL = frozenset({
    "jamais", "aucunement", "nullement", "negatif", "surtout pas", "pas vraiment", "pas trop",
    "pas tellement", "pas specialement", "pas encore", "pas du tout", "presque jamais", "rarement",
    "tres rarement", "pas souvent", "plutot non", "plutot pas", "pas pour moi", "pas moi",
    "que dalle", "jamais de la vie", "tjr pas", "toujours pas", "pas le moins du monde",
    "absolument pas", "clairement pas", "carrement pas", "franchement pas", "du tout", "aucun",
    "aucune",
})  # fmt: skip
BETWEEN = frozenset({
    "peut etre", "ptet", "ca depend", "sa depend", "bof", "mouais", "mouai", "moyen", "un peu",
    "plus ou moins", "couci couca", "a voir", "possible", "parfois", "des fois", "je sais pas trop",
    "je ne sais pas trop", "ni oui ni non", "entre les deux", "moitie moitie", "50 50",
    "oui et non", "pas sur", "pas sure", "ca se peut", "eventuellement", "de temps en temps",
    "quelquefois", "selon", "ca depend des jours",
})  # neither: asked again, with the buttons  # fmt: skip
FEW = 4
MORE = frozenset(
    [
        "mais",
        "sauf",
        "sans",
        "et",
        "aussi",
        "plus",
        "pas",
        "enlevez",
        "enleve",
        "changez",
        "ajoutez",
        "non",
    ]
)
FIRST = 4  # words in which a yes or a no opens the sentence
SAID, AGAINST = 0.2, 3.0  # of a model's opinion: at least this likely, and so many times the other
AGREES = frozenset({
    "oui", "oui oui", "oui oui oui", "oui merci", "oui d accord", "oui ok", "ok oui", "oui svp",
    "oui bien sur", "oui s il vous plait", "oui je veux bien", "oui j accepte", "oui je confirme",
    "oui je suis d accord", "oui c est d accord", "oui c est ok", "oui allez y", "oui tout effacer",
    "ouais", "ouai", "ouaip", "ouep", "ui", "wi", "yep", "ok", "okay", "oki", "okk", "ok d accord",
    "d accord", "daccord", "dac", "dacc", "dakor", "ok dac", "oui dac", "c est d accord",
    "je suis d accord", "j accepte",
    "je veux bien", "bien sur", "volontiers", "je consens", "je donne mon accord", "accepter",
    "accepte", "elle dit oui", "il dit oui", "elle est d accord", "il est d accord",
    "elle veut bien", "il veut bien", "yes", "yes i agree", "i agree", "si", "si acepto",
    "si estoy de acuerdo", "acepto",
    "sim", "sim concordo", "da", "da sunt de acord", "ja", "evet", "evet kabul ediyorum", "haa",
    "po", "نعم", "نعم اوافق", "نعم أوافق", "اوافق", "بله", "بله موافقم", "هو", "да", "да согласен",
    "да согласна", "так", "так згоден", "так згодна", "হ্যাঁ", "ஆம்", "是", "是的", "同意", "我同意",
    "ja ich bin einverstanden", "si sono d accordo", "sono d accordo",
})  # said whole: the only typed words that agree, or have all erased  # fmt: skip
REFUSES = frozenset({
    "لا", "لا شكرا", "нет", "ні", "nao", "nu", "nein", "hayir", "نه", "maya", "jo", "na", "না",
    "இல்லை", "不", "不是", "不同意", "no gracias", "no thanks", "no thank you", "nein danke",
})  # fmt: skip

ERASING = re.compile(
    r"\b(?:supprim|effac|enlev)(?:e|ez|er|es)\b (?:moi )?(?:bien )?"
    r"(?:tout|(?:toutes )?(?:mes|les|ces|ma|la|cette) "
    r"(?:reponses?|donnees|messages|conversation))\b"
)
NEGATED = frozenset({"ne", "n", "pas", "rien", "jamais", "sans", "sauf", "mais"})
ERASING_WORDS = 8  # a longer text is something else


def leaning(heard: Heard) -> str | None:
    """ "yes", "no", "both" in one answer, or None: at a question where they are the answers."""
    said = fold(heard.text)
    words = said.split()
    if said in AGREES or fold(heard.spelled) in AGREES:
        return "yes"
    if said in REFUSES:
        return "no"
    if said in BETWEEN or all(set(words) & side for side in BOTH):
        return "both"
    if said in WHOLLY:
        return "yes"
    if said in NOT_AT_ALL:
        return "no"
    if heard.exact:
        return {"affirm": "yes", "deny": "no"}.get(heard.intent or "")
    return (
        _opens(words)
        or _opens(fold(heard.spelled).split())
        or _likely(heard.likely("affirm"), heard.likely("deny"))
    )


def agrees(heard: Heard) -> bool:
    """Whether the text, whole, is one of the listed ways to agree."""
    return fold(heard.text) in AGREES or fold(heard.spelled) in AGREES


def refuses(heard: Heard) -> bool:
    """Whether the text is one of the listed ways to say no."""
    return fold(heard.text) in REFUSES or (heard.exact and leaning(heard) == "no")


def erasing(heard: Heard) -> bool:
    """Whether a few words beside a yes or a no ask to erase: « non supprimez tout »."""
    said = fold(heard.text)
    words = said.split()
    few = 1 < len(words) <= ERASING_WORDS
    return few and ERASING.search(said) is not None and not NEGATED & {*words}


def simply(heard: Heard) -> bool:
    """Whether the text is a yes and nothing else: no « oui mais… », no « ok et aussi… »."""
    said = fold(heard.text)
    listed = agrees(heard) or said in WHOLLY or (heard.exact and heard.intent == "affirm")
    return listed or (
        leaning(heard) == "yes" and len(said.split()) <= FEW and not MORE & {*said.split()}
    )


def _opens(words: list[str]) -> str | None:
    """How the sentence begins: « bah non pas vraiment », « je dirais oui »."""
    for word in words[:FIRST]:
        if word in YES:
            return "yes"
        if word in NO:
            return "no"
        if word not in BEFORE:
            return None
    return None


def _likely(yes: float, no: float) -> str | None:
    """A yes/no question leaves little else to mean: the likelier of the two, when it stands out."""
    if max(yes, no) < SAID or max(yes, no) < AGAINST * min(yes, no):
        return None
    return "yes" if yes > no else "no"
