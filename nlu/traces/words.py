"""The words that surround a person's name, and those that are no name at all."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from nlu.words import listed, unaccented

FOLDER = Path(__file__).parent / "lists"

TITLES = listed("mr mme mlle mde monsieur madame mademoiselle docteur dr pr professeur maitre")
RELATIONS = listed(
    "famille ami amie amies amis amant apprenti apprentie as assistante assistant assmat avs aesh "
    "aes beau-frere beau-pere bebe belle-fille belle-mere belle-soeur benevole cadette cadre chef "
    "cheffe collegue collegues colegue compagne compagnon conjoint conjointe copain copine "
    "coordinatrice coordinateur coloc cousin cousine curateur curatrice dame directeur directrice "
    "educ educateur educatrice eleve enfant epouse epoux ex femme fille filleul filleule fils "
    "frangin frangine frere garcon gamin gamine grand-mere grand-pere infirmier infirmiere "
    "interne jeune juge maman mamie mari medecin mere mec monitrice moniteur neveu niece nounou "
    "oncle papa papi papy mamy patient patiente patron patronne pere petit petite pote prof psy "
    "psychologue referent referente resident residente responsable soeur stagiaire surveillant "
    "tante tata tonton tuteur tutrice usager usagere veuf veuve voisin voisine auxiliaire "
    "animateur animatrice conseiller conseillere secretaire formatrice formateur aide-soignante "
    "gardien gardienne veilleur veilleuse accompagnant accompagnante cuisinier cuisiniere adjoint "
    "adjointe concierge marraine parrain maitresse instit ambulancier ambulanciere kine educs "
    "binome camarade fiance fiancee bru gendre jumeau jumelle beau-fils filles fils enfants "
    "parents freres soeurs epoux couple affaire fratrie consorts delegue deleguee interprete "
    "avocat avocate orthophoniste ergotherapeute psychiatre psychomotricien psychomotricienne "
    "proprietaire bailleur aidant aidante soignant soignante collegue-amie nourrice logeuse "
    "remplacant remplacante apprentis eleves collaborateur collaboratrice surveillante principale"
)
PLURALS = listed("filles enfants parents freres soeurs collegues amis amies eleves educs apprentis")
OWNERS = listed("mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs une un cette cet")
NAMING = listed(
    "appelle appele appelee apelle apele appel appell appelait appelles mappelle sappelle "
    "jmappelle mapel sapel sapelle mapelle nomme nommee nommait prenomme prenommee denomme "
    "denommee surnomme surnommee"
)
REFLEXIVE = listed("s m t se me te j jme jm")
THINGS = listed(
    "ca cela ce sa projet dispositif association asso structure foyer service formation metier "
    "logiciel poste ecole ville village residence ehpad maladie chien chat journal groupe atelier "
    "qu qui on chose truc"
)
LEADING = listed("c est cest donc alors etait")  # « mon prénom c'est … »
ARTICLES = listed("la le les l une un des ce cette ces aux au du quelle quel ma sa ta de d en")
PARTICLES = listed(
    "de du des la le el al ben bent van von der den da dos di del d l n o abou ould ait bint"
)
TOWARDS = listed("a de d sur vers pres habite en entre ville depuis chu chru")
SAINTS = listed("saint sainte st ste saints saintes")
INSTITUTIONS = listed(
    "rue avenue av ave boulevard bd bld blvd place impasse allee allees chemin route quai cours "
    "square passage pont parc jardin gare metro station arret stade gymnase piscine salle hopital "
    "clinique chu ch centre college lycee ecole maternelle primaire elementaire creche institut "
    "fondation association asso residence ehpad foyer mecs ime itep esat chrs cite quartier "
    "maison mediatheque bibliotheque theatre cinema musee fac universite campus amphi espace "
    "groupe polyvalent social scolaire hospitalier privee prive publique loi plan prix rapport "
    "methode syndrome maladie echelle test college-lycee dispensaire tour batiment pavillon unite "
    "village boulangerie pharmacie magasin enseigne marque eglise chapelle paroisse abbe rond- "
    "point zac"
)
WITH = listed("avec chez sans chere cher et que quand pour")
MOSTLY_NAMES = listed(
    "claire pierre marie rose martin jean marine charlotte florence clement clemence pascal "
    "pascale romain valentin valentine florent marc maxime robin sam noe tom jade julienne line "
    "lise rosa axel leon anais luc ange elise victor gilles regis denis sacha lou ines sarah eve "
    "jojo lulu momo mimi gigi zizou titi kiki fifi riri nono coco chris jim jess tom tony samia "
    "mina mona lola lila olivier manuel guillaume marianne marina virginie clementine marguerite "
    "jasmine victoire soline ella nino oscar sam jack bob jo suzette tania tara tina loulou juju "
    "bouba capucine celeste auguste augustin hortense cesaire irma olga roma carla zac yann yan "
    "will toni sami samira"
)  # words too, but persons after « avec », « chez »
SPEAKING = listed("m ma nous me travaille travaillait dit disait gere s elle il qui")
NEVER = listed(
    "aime alexa ali-baba avril ben come dan desire domaine el france grace ile john joy lise mars "
    "max moise noel pal paris perle peter pie reine said siri tea line mine juin mai joe coco ion "
    "duc iman math mat bienvenue lois val"
)  # no person unless a title, a naming verb or a family name says so
DOING = listed(
    "est a ma m nous me qui travaille travaillait dit disait etait avait fait faisait part parle "
    "vient va sait veut aide ecoute gere habite vit pleure prend reste arrive et elle il s ne n "
    "adore comprend passe dort mange crie t avec"
)  # what follows a person at the head of a sentence
DOUBLED = listed("marie anne jean")
SHORTENED = listed(
    "jo so lo ma mi phi cri noe pi lou line paule claude ange ba do lu fran pat france louise "
    "noelle therese odile christine helene francoise marc luc michel paul baptiste yves francois "
    "marie pascal charles philippe laure sophie cecile lise catherine pierre jacques louis claire "
    "rose"
)  # « marie jo », « jean marc »
SAYING = listed(
    "m ma me nous dit disait travaille travaillait gere pleure pleurait crie habite vit dort mange "
    "parle elle il qui aide ecoute hurle explique pense attend cherche s veut raconte repond"
)  # what a person alone does
LEADING_NOUNS = (
    RELATIONS
    - PLURALS
    - listed(
        "petit petite jeune interne as ex dame aide-soignante cadre affaire couple principale "
        "consorts fratrie"
    )
)
GREETING = listed(
    "merci bonjour bonsoir salut coucou slt bjr cc cher chere bises bisous bisou allo hello adieu "
    "pauvre allez courage"
)
SIGNING = listed(
    "cordialement merci amicalement bises bisous respectueusement signe salutations sincerement "
    "journee soiree cdt cdlt bav bonsoir avance vous courage amities biz bye bientot"
)
LED_BY = listed(
    "avec chez pour sans selon que quand et ou ici moi suis vu laisse aide demande signe"
)
FOREIGN_PARTICLES = listed("ben van von da dos el al ait abou ould di del den")
UNLIKE_FAMILIES = tuple(  # how verbs, adverbs and adjectives end
    listed(
        "e es er ez ent ait ais ant ante ants ment tion tions ique iques eur eurs euse aux ee ees "
        "ir oir oit ons if ive ifs end ends rai ra ras ront"
    )
)


@cache
def first_names() -> frozenset[str]:
    lines = (FOLDER / "first_names.csv").read_text("utf-8").split()[1:]
    return frozenset(unaccented(line) for line in lines) | _words("more_first_names")


@cache
def also_words() -> frozenset[str]:
    """First names that mean something else too."""
    return (_words("also_words") | ordinary()) & first_names()


@cache
def families() -> frozenset[str]:
    return _words("families")


@cache
def only_families() -> frozenset[str]:
    """Family names that are no word."""
    return families() - ordinary()


@cache
def ordinary() -> frozenset[str]:
    around = RELATIONS | INSTITUTIONS | TITLES | DOING | ARTICLES | NAMING
    return _words("ordinary") | around


@lru_cache(4096)
def unknown(key: str) -> bool:
    """Neither a word of ours nor shaped like one."""
    return not (key in ordinary() or key.rstrip("s") in ordinary() or key.endswith(UNLIKE_FAMILIES))


@cache
def figures() -> frozenset[str]:
    """Persons and brands that everyone knows: « first last », in lower case without accents."""
    return frozenset((FOLDER / "figures.txt").read_text("utf-8").splitlines())


def _words(name: str) -> frozenset[str]:
    return listed((FOLDER / f"{name}.txt").read_text("utf-8"))
