"""What people say of themselves in one go: « jsuis éduc spé en MECS ds le 59 depuis 3 ans ».

Only the person's own present situation counts: the educator who follows them, the work they left
and the one they dream of are somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from bot.model import Entity
from nlu import service
from nlu.components.normaliser import Word, normalised
from nlu.gazetteers import located, names, places
from nlu.gazetteers.by_ear import Spelling, respelled
from nlu.gazetteers.names import Named
from nlu.lexicons import lexicon
from nlu.phrases import Phrases, phrases
from nlu.words import listed, unaccented

LEXICON = Path(__file__).parent / "publics.yml"
FREQUENT = Path(__file__).parent / "languages" / "fr.txt"
MOST_WORDS = 60  # a longer text is a story
PLACE_WORDS = 8  # of a text that may be about a place only
PUBLICS = {
    "professionnel": "Professionnel ou professionnelle",
    "accompagne": "Personne accompagnée",
    "etudiant": "Étudiant ou étudiante du social",
    "formateur": "Formateur ou formatrice",
    "proche": "Proche aidant",
    "autre": "Autre",
}
NOT_MINE = listed(
    "mon ma mes notre nos votre vos ton ta tes son sa ses leur leurs les des ces cette cet avec "
    "par chaque plusieurs quelle quel aucune aucun autre nouvel nouvelle bonne bon vieille meme "
    "contre quatre cinq comment pourquoi sans"
)
SOMEBODY = listed("un une le la de du au aux pour chez")
I_AM = listed(
    "suis sui comme poste qualite en sommes tant devenue devenu exerce bosse cdi cdd travaille"
)
TRADE = listed("metier emploi travail fonction titre profession job boulot")
SOMEONE_IS = listed("est sont es etes serait sera")
GONE = listed(
    "ancien ancienne anciens ex futur future etais etait ete anciennement retraite retraitee avant "
    "devenir voudrais veux aimerais souhaite jadis reve demissionne quitte"
)
INSIDE = listed("en dans chez a")
NEAR = 3
PLURAL = 5  # letters: « éducateurs » are others, « assfam » and « aes » may be me

WORDS_OF_RULES = re.compile(r"[a-z]{2,}(?!\w*[*>])\??")
OF_A_HOUSE = re.compile(r"\b(?:maisons?|residences?) de $")  # « maison de retraite »
NEGATED = re.compile(r"\b(?:pas|jamais|ni) (?:un |une |de |d )?$")


@cache
def _written() -> dict[str, Any]:
    written: dict[str, Any] = lexicon(LEXICON)
    return written


@cache
def _says() -> dict[str, Phrases]:
    """The turns of phrase of the lexicon, by what they say."""
    groups = _written()["groups"]
    return {
        name: phrases(groups, [{"rules": rules, "unless": []}])
        for name, rules in _written().items()
        if name not in ("groups", "ordinary")
    }


@cache
def spelling() -> Spelling:
    """The words of the lexicon and of the names; ordinary French words are left as they are."""
    written = " ".join(
        [*_written()["groups"].values()]
        + [rule for name, rules in _written().items() if name not in ("groups", "ordinary")
           for rule in rules]
    )  # fmt: skip
    lexicon = {word.rstrip("?") for word in WORDS_OF_RULES.findall(written)}
    named = [known() for known in (names.jobs, names.structures, names.diplomas)]
    return Spelling(
        lexicon.union(*(one.words for one in named)),
        listed(unaccented(FREQUENT.read_text("utf-8")))
        | listed(unaccented(_written()["ordinary"])),
    )


class Texts(NamedTuple):
    """A text with its plain words."""

    text: str
    words: list[Word]
    said: str


def read(text: str, year: int | None = None) -> tuple[Entity, ...]:
    """The public, job, structure, diploma, department and length of service that a text states.

    `year` is the present one: with it « depuis 2015 » is a number of years, without it a "since".
    """
    typed = list(normalised(text[: MOST_WORDS * 20]))
    if not typed or len(typed) > MOST_WORDS:
        return ()
    words = list(respelled(text, typed, spelling()))
    heard = Texts(text, words, f" {' '.join(word.text for word in words)} ")
    diplomas = list(names.diplomas().find(text, words))
    jobs = [job for job in names.jobs().find(text, words) if not _over(job, diplomas)]
    mine = [job for job in jobs if _is_mine(heard, job)]
    structures = _once(s for s in names.structures().find(text, words) if not _over(s, diplomas))
    studying = _studies(heard)
    public = _public(heard, mine, structures, studying=studying)
    if studying:
        prepared = [job for job in jobs if job.code in names.jobs().diplomas]
        diplomas += [_diploma(job) for job in prepared if not diplomas]
        mine = []
    found = [_entity("job", heard, job) for job in _once(mine)[:2]]
    found += [_entity("structure", heard, one) for one in structures[:2]]
    found += [_entity("diploma", heard, one) for one in _once(diplomas)[:2]]
    if public:
        code, first, last = public
        found.append(_entity("public", heard, Named(code, PUBLICS[code], first, last)))
    if public is None or public[0] in ("professionnel", "formateur"):
        working = bool(mine) or bool(public)
        if lasting := service.find(heard.said.strip(), words, text, year, working=working):
            found.append(lasting)
    spans = [(e.start, e.end) for e in found if e.kind != "public"]
    short = len(words) <= PLACE_WORDS
    located_at = places.find(text) if short and not spans else ()
    if not located_at and (short or found):  # in a longer text about something else, a town
        located_at = located.find(text, partial(_overlap, spans), work=bool(spans))  # says nothing
    found += located_at
    return tuple(sorted(found, key=lambda e: (e.start, e.kind)))


def _overlap(spans: list[tuple[int, int]], first: int, last: int) -> bool:
    return any(first < end and start < last for start, end in spans)


def _is_mine(heard: Texts, job: Named) -> bool:
    """Whether the job named is the person's own, and present."""
    before = [word.text for word in heard.words[max(0, job.first - NEAR) : job.first]]
    if set(before) & GONE:
        return False
    last, earlier = (["", "", *before])[-1], (["", "", *before])[-2]
    after = " ".join(w.text for w in heard.words[job.last + 1 : job.last + 3])
    if heard.words[job.first].text.startswith("famil") and last in INSIDE:
        return False  # « placé en famille d'accueil »
    if last in NOT_MINE or after.startswith(("qui me", "me ", "nous aide")):
        return False
    if last in SOMEBODY and earlier not in I_AM and not (earlier in TRADE and "mon" in before):
        return False
    if last in SOMEONE_IS and earlier not in TRADE | {"ce"}:
        return False
    typed = heard.words[job.first].text
    if typed.endswith("s") and len(typed) > PLURAL and "sommes" not in before:
        return False
    return not NEGATED.search(" ".join(before) + " ")


def _studies(heard: Texts) -> bool:
    says = _says()
    if says["i_study"].hold(heard.said):
        return True
    return says["studying"].hold(heard.said) and not says["not_studying"].hold(heard.said)


def _public(
    heard: Texts, mine: list[Named], structures: list[Named], *, studying: bool
) -> tuple[str, int, int] | None:
    """Which public the person is, and the words that say it."""
    says = _says()
    if studying and (found := says["studying"].first(heard.said)):
        return _words("etudiant", heard, found)
    for job in mine:
        code = "formateur" if job.code == "formateur" else "professionnel"
        return code, job.first, job.last
    for code in ("formateur", "proche", "accompagne", "autre"):
        found = says[code].first(heard.said)
        if found and not _denied(heard, found):
            return _words(code, heard, found)
    found = says["professionnel"].first(heard.said)
    if found and not _denied(heard, found):
        if any(one.code == "esat" for one in structures):  # said by those an ESAT employs
            return _words("accompagne", heard, found)
        schools = [s for s in structures if s.code in ("irts", "ecole_travail_social")]
        return _words("formateur" if schools else "professionnel", heard, found)
    return None


def _denied(heard: Texts, found: re.Match[str]) -> bool:
    before = heard.said[: found.start()]
    return (NEGATED.search(before) or OF_A_HOUSE.search(before)) is not None


def _words(code: str, heard: Texts, found: re.Match[str]) -> tuple[str, int, int]:
    first = heard.said.count(" ", 0, found.start()) - 1
    return code, first, first + found[0].count(" ") - 1


def _diploma(job: Named) -> Named:
    code = names.jobs().diplomas[job.code]
    return Named(code, names.diplomas().labels[code], job.first, job.last)


def _over(one: Named, others: list[Named]) -> bool:
    return any(one.first <= other.last and other.first <= one.last for other in others)


def _once(found: Iterable[Named]) -> list[Named]:
    once: dict[str, Named] = {}
    for one in found:
        once.setdefault(one.code, one)
    return list(once.values())


def _entity(kind: str, heard: Texts, named: Named) -> Entity:
    start, end = heard.words[named.first].start, heard.words[named.last].end
    return Entity(kind, named.code, named.label, heard.text[start:end], start, end)
