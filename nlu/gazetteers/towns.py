"""The larger towns, known by ear too, and the ordinary words that are also a small commune."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from nlu.gazetteers.by_ear import sound
from nlu.gazetteers.names import jobs, near_enough, structures
from nlu.gazetteers.place_words import said, words_in
from nlu.words import listed, unaccented

LARGE = Path(__file__).parent / "towns.csv"
FREQUENT = Path(__file__).parent.parent / "languages" / "fr.txt"
SHORTEST, LONGEST = 5, 40  # letters of a town told by its sound
ARTICLES = ("le ", "la ", "les ", "l ")
MORE_ORDINARY = listed(
    "bois bourg bras brebis but camp champ champs chapelle chateau ciel clef cle coin colline "
    "cote coupe couture couvent creche croix eglise espace etang fabrique fer ferme feuilles "
    "fin fleur fleurs foret forge forges fosse fourche four gare garde grange grille hauteur hiver "
    "ile jardin lac lande marche marches marre mare moulin mur noel noyer or orme ours paix palais "
    "parc pas passage patience peine pierre pierres pin place plage plaine poil pont porte portes "
    "poste pre pres prison puits puis retraite riviere roche roi rouge saint salle sel source "
    "table terre tour trou union vache val valle vallee vent verger vigne vignes village ville "
    "villes vrai foyer foyers aide ami amis amour appel arret aube bain bains bataille beau beaux "
    "belle blanc bonnes brise cage calme campagne cave chaise charge chasse chemin cheval chose "
    "comme coulisse courage course cours cuisine danse demain desert diable don droit eau ecoute "
    "ecole ecoles entre envers erreur faute folie fond force genet gens gite grave hier "
    "homme hommes huit jeu joie jour jours juste laide loge lutte malade manque medecin "
    "mesure misere monde mort moyen neuf nuit oncle ordre part paye pays peau pense petit plan "
    "plat plus plaisir police point pourri prix priere quart quatre question rien sage sainte "
    "sang secours septembre six soir soins sourd stage suite tas temps tete trois vers vie "
    "vieux vide vit vitre voie volonte voisin voisine mars avril mai juin juillet aout change "
    "changes mas seul seule seuls"
)


@cache
def large() -> dict[str, str]:
    """The department of each larger town, by its plain name, with and without its article."""
    found = {}
    with LARGE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name in row["towns"].split("|"):
                plain = said(list(words_in(name)))
                found[plain] = row["department"]
                if bare := _bare(plain):
                    found[bare] = row["department"]
    return found


@cache
def _by_sound() -> dict[str, list[str]]:
    heard: dict[str, list[str]] = defaultdict(list)
    for name in large():
        if len(name) >= SHORTEST:
            heard[_sound(name.split())].append(name)
    return heard


def read() -> None:
    """Make the lists ready now, so that nobody waits for them."""
    _by_sound()
    _ordinary_sounds()


def by_ear(words: Sequence[str]) -> tuple[str, ...]:
    """The department of the only larger town that is heard so: « toulouz », « roubé »."""
    name = " ".join(words)
    if not SHORTEST <= len(name) <= LONGEST or is_ordinary(name):
        return ()
    for heard in (_sound(words), _sound([*words[:-1], f"{words[-1]}e"])):
        near = [t for t in _by_sound().get(heard, ()) if near_enough(t, name, len(name) // 2 + 1)]
        codes = {large()[town] for town in near}
        if len(codes) == 1:
            return tuple(codes)
    return ()


def is_ordinary(name: str) -> bool:
    """Whether a name is first of all a word that people use, « la marche », and no larger town."""
    bare = _bare(name) or name
    return name not in large() and bare not in large() and bare in ordinary()


@cache
def ordinary() -> frozenset[str]:
    """The words that people use for something else."""
    work = structures().words | jobs().words
    return listed(unaccented(FREQUENT.read_text("utf-8"))) | MORE_ORDINARY | work


def sounds_ordinary(name: str) -> bool:
    """Whether a word is heard as one that people use: « foyé » begins no name of a town."""
    return len(name) <= LONGEST and name not in large() and sound(name) in _ordinary_sounds()


@cache
def _ordinary_sounds() -> frozenset[str]:
    return frozenset(sound(word) for word in ordinary() if len(word) >= SHORTEST)


def _sound(words: Sequence[str]) -> str:
    return "".join(map(sound, words))


def _bare(name: str) -> str:
    return next((name.removeprefix(one) for one in ARTICLES if name.startswith(one)), "")
