"""A profile typed in one go is read whole; what is said of somebody else is left alone."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import choosing, guide_file
from bot.guide import OneChoice
from bot.model import Heard
from nlu import profile
from nlu.components.normaliser import normalised
from nlu.gazetteers import names
from nlu.gazetteers.by_ear import respelled

GUIDES = Path(__file__).parent.parent / "bot" / "guides"
PRO = {"public": "professionnel"}
CASES: list[tuple[str, dict[str, str]]] = [
    ("jsuis éduc spé en MECS ds le 59 depuis 3 ans",
     {**PRO, "job": "educateur_specialise", "structure": "mecs", "department": "59",
      "length_of_service": "3"}),
    ("es en mecs ds le 62",
     {**PRO, "job": "educateur_specialise", "structure": "mecs", "department": "62"}),
    ("JE SUIS ME EN IME DANS LE 76",
     {**PRO, "job": "moniteur_educateur", "structure": "ime", "department": "76"}),
    ("moniteur educatuer en itep", {**PRO, "job": "moniteur_educateur", "structure": "itep"}),
    ("infirmere en ssiad a rennes",
     {**PRO, "job": "infirmier", "structure": "ssiad", "department": "35"}),
    ("TISF, 14 ans de métier", {**PRO, "job": "tisf", "length_of_service": "14"}),
    ("amp en mas depuis 2009", {**PRO, "job": "aes", "structure": "mas", "since": "2009"}),
    ("aes depuis 6 mois", {**PRO, "job": "aes", "length_of_service": "0.5"}),
    ("animatrice ds un centre social a Roubaix, 2 ans et demi",
     {**PRO, "job": "animateur", "structure": "centre_social", "department": "59",
      "length_of_service": "2.5"}),
    ("cela fait vingt-cinq ans que je suis éduc spé",
     {**PRO, "job": "educateur_specialise", "length_of_service": "25"}),
    ("assistante sociale débutante", {**PRO, "job": "assistant_social", "length_of_service": "0"}),
    ("j'ai 45 ans, tisf depuis 20 ans", {**PRO, "job": "tisf", "length_of_service": "20"}),
    ("tisf 12ans d'ancienneté", {**PRO, "job": "tisf", "length_of_service": "12"}),
    ("étudiante ass, première année", {"public": "etudiant", "diploma": "deass"}),
    ("en formation deaes", {"public": "etudiant", "diploma": "deaes"}),
    ("formateur en IRTS", {"public": "formateur", "job": "formateur", "structure": "irts"}),
    ("je suis suivie par une assistante sociale à Lille",
     {"public": "accompagne", "department": "59"}),
    ("je vis au CADA de Nantes", {"public": "accompagne", "structure": "cada", "department": "44"}),
    ("papa d'un ado en itep dans l'Ain",
     {"public": "proche", "structure": "itep", "department": "01"}),
    ("bénévole aux restos", {"public": "autre"}),
    ("directrice d'ehpad en Corse",
     {**PRO, "job": "directeur", "structure": "ehpad", "department": "2A 2B"}),
    ("j'ai 45 ans", {}),
    ("je suis fatiguée", {}),
    ("il me faut du temps", {}),
    ("les éducateurs sont fatigués", {}),
    ("l'assistante sociale m'a bien aidée", {}),
    ("je ne suis pas éducatrice", {}),
    ("je voudrais devenir éducatrice", {}),
    ("j'ai été éduc pendant 10 ans", {}),
    ("on veut revenir en arrière sur les salaires", {}),
    ("", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_profile(text: str, expected: dict[str, str]) -> None:
    said: dict[str, str] = {}
    for entity in profile.read(text):
        said[entity.kind] = f"{said.get(entity.kind, '')} {entity.value}".strip()
    assert said == expected


LASTING = [
    ("aes depuis 3 ans et demi", "3.5"),
    ("éduc depuis 2 ans 1/2", "2.5"),
    ("tisf, une dizaine d'années de métier", "10"),
    ("éduc depuis une bonne quinzaine d'années", "15"),
    ("éduc spé, trente ans de boite", "30"),
    ("éduc spé trente-deux ans de métier", "32"),
    ("assistante sociale, dix-huit ans", "18"),
    ("j'attaque ma 4e année en mecs, éduc spé", "3"),
    ("tisf, ma troisième année", "2"),
    ("éduc spé, ça va faire 10 ans", "10"),
    ("vingt ans que je fais ce métier", "20"),
    ("plus de 15 ans comme éduc", "15"),
    ("aide soignante +20 ans", "20"),
    ("+ de 20 ans, ass", "20"),
    ("Éduc. Ancienneté : 7 ans", "7"),
    ("aes depuis 18 mois", "1.5"),
    ("éduc, moins de 6 mois", "0.5"),
    ("éduc depuis moins d'un an", "0"),
    ("éduc depuis l'an dernier", "1"),
    ("ass depuis janvier", "0"),
    ("tisf depuis peu", "0"),
    ("jeune diplômée, éduc", "0"),
    ("éduc, première année d'exercice", "0"),
    ("ass depuis sept. 2019", "since 2019"),
    ("ass depuis le 1er septembre 2019", "since 2019"),
    ("je suis éduc, embauchée en 2017", "since 2017"),
    ("éduc diplômée en 2016", "since 2016"),
    ("éduc depuis 98", "since 1998"),
    ("éduc depuis que j'ai 20 ans", None),
    ("éduc depuis mes 20 ans", None),
    ("j'ai 35 ans je suis aes", None),
    ("éduc depuis 3 ou 4 ans", None),
    ("éduc depuis trois/quatre ans", None),
    ("éduc avec des jeunes de 16 à 18 ans", None),
    ("éduc auprès d'enfants de 3 ans", None),
    ("aes en cdd de 6 mois", None),
    ("éduc à 3 ans de la retraite", None),
    ("éduc, je pars en retraite dans 2 ans", None),
    ("éduc, il y a 3 ans j'ai changé de poste", None),
    ("ass depuis des années", None),
    ("je suis suivie par une éducatrice depuis 3 ans", None),
    ("j'ai 15 ans, au foyer on me tape", None),
    ("j'ai 15 ans au foyer", None),
    ("j'ai 16 ans, à l'ase rien ne va", None),
    ("ça fait un mois que j'ai plus envie de vivre", None),
    ("depuis un mois j'ai plus envie de vivre", None),
    ("je suis éduc et ça fait un mois que je dors plus", None),
    ("je suis éduc, ça fait 3 mois que je suis en arrêt", None),
    ("ça fait trois ans que j'attends", None),
    ("j'ai 15 ans de métier", "15"),
    ("j'ai 20 ans d'expérience en mecs", "20"),
    ("éduc, j'ai 10 ans de mecs", "10"),
    ("depuis 3 ans", "3"),
    ("ça fait 10 ans", "10"),
    ("ça fait 10 ans que je suis éduc", "10"),
    ("ça fait 2 ans que je travaille ici", "2"),
    ("ça fait dix ans que je fais ça", "10"),
]


@pytest.mark.parametrize(("text", "expected"), LASTING)
def test_for_how_long(text: str, expected: str | None) -> None:
    said = [e for e in profile.read(text) if e.kind in ("length_of_service", "since")]
    found = [f"since {e.value}" if e.kind == "since" else e.value for e in said]
    assert found == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("je suis formateur en école de travail social", "formateur"),
        ("j'accompagne des jeunes en mission locale", "professionnel"),
        ("je suis accompagné par le savs", "accompagne"),
        ("j'encadre une équipe d'aides à domicile", "professionnel"),
        ("j'ai commencé la formation aes", "etudiant"),
        ("en 2e année d'éduc spé", "etudiant"),
        ("éduc, première année d'exercice", "professionnel"),
        ("je suis délégué syndical", "autre"),
        ("je ne suis pas professionnel", None),
        ("éducatrice spécialisée et maman d'un enfant autiste", "professionnel"),
        ("je m'occupe de ma mère", "proche"),
        ("je suis placé en famille d'accueil", "accompagne"),
        ("je suis une famille d'accueil", "professionnel"),
        ("je travaille en maison de retraite", "professionnel"),
    ],
)
def test_the_public_of_a_sentence(text: str, public: str | None) -> None:
    found = [e.value for e in profile.read(text) if e.kind == "public"]
    assert found == ([public] if public else [])


def test_a_year_becomes_a_number_of_years() -> None:
    [years] = [e for e in profile.read("aes depuis 2015", 2026) if e.kind == "length_of_service"]
    assert (years.value, years.label, years.text) == ("11", "11 ans", "depuis 2015")


def test_a_story_is_not_a_profile() -> None:
    assert profile.read("je suis éducatrice en MECS " + "et nous travaillons beaucoup " * 20) == ()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_offsets_are_those_of_the_text(text: str) -> None:
    for entity in profile.read(text):
        assert entity.text == text[entity.start : entity.end]
        assert entity.text


@pytest.mark.parametrize("kind", ["jobs", "structures", "diplomas"])
def test_every_row_is_found_by_its_own_label(kind: str) -> None:
    known = getattr(names, kind)()
    assert set(known.diplomas.values()) <= set(names.diplomas().labels)
    assert len(known.labels) == len(set(known.labels.values()))


@pytest.mark.parametrize(
    ("text", "step", "option"),
    [
        ("je suis moniteur educatuer", "metier", "education"),
        ("je suis infirmere", "metier", "soin"),
        ("je suis ASS", "metier", "service_social"),
        ("je suis chef de service", "metier", "encadrement"),
        ("je travaille en maison de retraitte", "secteur", "grand_age"),
        ("je bosse en mecs", "secteur", "enfance"),
    ],
)
def test_a_label_leads_to_an_option_of_the_guide(text: str, step: str, option: str) -> None:
    guide = guide_file.read_guide((GUIDES / "cese-2022.yml").read_text("utf-8"), "cese-2022.yml")
    asked = next(s for section in guide.sections for s in section.steps if s.id == step)
    assert isinstance(asked, OneChoice)
    told = tuple(e for e in profile.read(text) if e.kind in ("job", "structure"))
    found = choosing.recognised(asked.choices, Heard(text, entities=told), None)
    assert [o.value for o in found] == [option]


BY_EAR = {
    "accompagne": """
        je sui une persone acompagné
        je suis une personne acompagnée
        je suis une persone acompagne
        chui acompagné
        je sui o rsa
        je vi dans un foyé
        je suis accompagner par une educ
        jabite en foyé
        jsui ébergé en chrs
        je suis andicapé
        jsui sou tutel
        sous curatel renforcé
        je touch le rsa
        jai une educatrisse
        jé une assistente social
        je sui suivi par le savs
        je suis plaçé en famille dacueil
        jai été plasé à lase
        je sui rezident
        ussagé d'un csapa
        benefisiaire du rsa
        je sui réfugier
        demandeur dazil
        je sui mineur izolé
        je vie en maison de retrete
        je sui malad
        je sui otiste
        on ma placé en foiyer
        je sui à lehpad
        jabite a lotel sosial
        je sui suivi par lase
        je sui ussagère du savs
    """,
    "proche": """
        jaide ma mere
        je mocupe de ma mere
        jaccompagne mon fis
        maman dun enfan andicapé
        je sui aidan
        proche aidan
        papa dune fille otiste
        ma mere a alzaimer
        je soutien mon frere andicapé
    """,
    "etudiant": """
        je sui en formassion
        étudient éduc spé
        je sui etudiente
        en aprentissage
        aprenti moniteur éduc
        jsui stagière
        lycéene
        je prepar le dees
        en alternanse
        je sui en formasion pour etre aes
        en premiere anné ass
        en deuxieme anné deducatrice
        jetudie pour etre educ
    """,
    "formateur": """
        formatrisse
        je sui formateure
        ensegnante
        prof a lirts
        jenseigne en école
        jforme les educ
        professeure en irts
    """,
    "autre": """
        bénévol
        je sui retrété
        à la retrète
        sitoyen
        je sui o chomage
        militan
        voizine
        jurnaliste
        journalliste
        delegué sindical
    """,
    "professionnel": """
        profesionel
        proffessionnelle
        je travail en ehpad
        je travaye en ime
        je bosse en meson de retraite
        salariée dune asso
    """,
}
JOBS_BY_EAR = """
    travayeur social|intervenant_social
    educatrice spesialisé|educateur_specialise
    axiliaire de vie|aide_domicile
    éducatrice de jeune enfan|educateur_jeunes_enfants
    technicienne de lintervention sociale et familialle|tisf
    je suis aide a domissile|aide_domicile
    auxilière de vie|aide_domicile
    assistante familliale|assistant_familial
    edukatrice spésialisée|educateur_specialise
    asistante sosiale|assistant_social
    assistente sossial|assistant_social
    aide soignente|aide_soignant
    ede soignante|aide_soignant
    infirmiaire|infirmier
    moniteur edukateur|moniteur_educateur
    sicologue|psychologue
    psicologue|psychologue
    méditrice|mediateur
    maitresse de meson|maitre_maison
    animatrisse|animateur
    cuisiniaire|cuisinier
    cordinatrice|coordinateur
    ergoterapeute|ergotherapeute
    puéricultrisse|puericultrice
    veyeur de nuit|veilleur
    direktrice d'ehpad|directeur
    secretère|secretaire
    mandatère judiciaire|mandataire
"""
STRUCTURES_BY_EAR = """
    pouponiere|pouponniere
    meson de retraite|ehpad
    mission localle|mission_locale
    centre sossial|centre_social
    je bosse en preventtion spécialisé|prevention_specialisee
    hopital sikiatrik|hopital
    foyé de vie|foyer_de_vie
"""
ORDINARY = """
    je paye mon loyer tous les mois
    le loyer est trop cher
    on manque de salles
    il faut des artistes partout
    les sources sont fiables
    j'ai fait des courses ce matin
    la course est finie
    mon handicap n'est pas reconnu
    le handicap coûte cher
    les salaires sont trop bas
    il faudrait plus de place
    on attend une place depuis longtemps
    je ne suis pas d'accord
    je suis fatigué de répéter
    je suis perdu
    je suis contente
    je suis en retard
    je suis en colère
    je suis à bout
    je suis pour cette idée
    je suis tout à fait d'accord
    je fais des fautes
    j'ai un rendez-vous demain
    j'ai une question
    j'ai une idée
    j'ai peur du noir
    j'ai rien compris
    je passe à la suite
    je passe mon tour
    je vis bien
    je vis un cauchemar
    je dors mal
    je touche du bois
    je prépare le repas
    je garde espoir
    je garde le moral
    le président a parlé
    le directeur est absent
    les résultats sont là
    on manque de temps
    l'hébergement coûte cher
    il faut mieux accompagner les gens
    accompagner c'est un art
    c'est une question de confiance
    le formulaire est trop long
    la formation devrait être gratuite
    les formateurs sont absents
    les étudiants sont pauvres
    les professionnels sont épuisés
    les résidents ont froid
    les patients attendent
    mettez plus de moyens
    recrutez du monde
    c'est dur pour tout le monde
    ça fait mal
    j'ai 15 ans
    elle a 82 ans
    ça fait un mois que j'ai plus envie de vivre
    depuis un an rien ne bouge
    deux ans d'attente pour une réponse
    trois mois sans nouvelles
    la mairie ne répond pas
    mon voisinage est bruyant
    la marche est belle
    la plage est loin
    je joue aux cartes
    je jette tout
    jamais de la vie
    oh non
    o secours
    l'étude est longue
    l'entretien a duré une heure
    ma journée est finie
    un mal de tête
    la prudence est de mise
    la maladie gagne du terrain
    il y a des malaises
    l'infirmerie est fermée
    un animal de compagnie
    les vacances sont finies
    les avocats coûtent cher
    la protection doit être renforcée
    c'est très spécial
    j'adapte mes horaires
    je veux juste parler un peu
    il faut que ça change vite
    les délais sont trop longs
    personne ne m'écoute
    personne n'accompagne vraiment les familles
    on nous demande trop de papiers
    je trouve que c'est injuste
    l'argent ne suffit pas
    il manque des lits
    le temps passe vite
    on passe son temps à remplir des dossiers
    je voudrais plus de respect
    on devrait écouter davantage
    ma voiture est en panne
    les transports sont chers
    le froid arrive
    je suis déçue par tout ça
    je suis très inquiète
    je suis née en mars
    je suis venu hier
    je suis passé vous voir
    je suis allé au guichet
    je suis seul
    je suis content de participer
    je suis motivée
    je suis en vacances
    je suis en train de réfléchir
    j'ai accompagné un ami à la gare
    j'ai touché le fond
    j'ai gardé les reçus
    j'ai passé un bon moment
    j'ai une voiture
    j'ai mon permis
    j'ai deux enfants
    je mange des pates
    je prends le bus
    la cour est pleine
    le cours était bien
    c'est de la faute de personne
    on ferme trop tôt
    elle est partie en claquant la porte
    nos voisins sont gentils
    les malades attendent des heures
    un centre de vacances
    les maires devraient agir
    la présidente a promis
    les usagers doivent être écoutés
    les bénévoles font tout
    l'école est loin
    mon assiette est vide
    la sentence est tombée
    l'essence est chère
    le renfort arrive
    c'est une vraie corvée
    les parents sont dépassés
"""


def lines(written: str) -> list[str]:
    return [line.strip() for line in written.splitlines() if line.strip()]


def values(text: str, kind: str) -> list[str]:
    return [entity.value for entity in profile.read(text) if entity.kind == kind]


@pytest.mark.parametrize(
    ("text", "public"), [(text, public) for public, some in BY_EAR.items() for text in lines(some)]
)
def test_a_public_written_by_ear(text: str, public: str) -> None:
    assert values(text, "public") == [public]


@pytest.mark.parametrize("line", lines(JOBS_BY_EAR))
def test_a_job_written_by_ear(line: str) -> None:
    text, job = line.split("|")
    assert values(text, "job") == [job]
    assert values(text, "public") == ["professionnel"]


@pytest.mark.parametrize("line", lines(STRUCTURES_BY_EAR))
def test_a_structure_written_by_ear(line: str) -> None:
    text, structure = line.split("|")
    assert values(text, "structure") == [structure]


@pytest.mark.parametrize("text", lines(ORDINARY))
def test_an_ordinary_sentence_says_nothing_of_a_person(text: str) -> None:
    assert profile.read(text) == ()


@pytest.mark.parametrize("typed", ["foyers", "accompagnait", "loyer", "salaires", "handicap"])
def test_another_word_or_form_is_left_as_it_is(typed: str) -> None:
    words = list(normalised(typed))
    assert list(respelled(typed, words, profile.spelling())) == words


def test_a_long_text_of_unknown_words_is_read_fast() -> None:
    profile.read("je suis éducatrice à Lille")
    text = " ".join(f"mot{chr(97 + n % 26)}{chr(97 + n % 7)}{n}erie" for n in range(2_000))
    began = perf_counter()
    profile.read(text)
    assert perf_counter() - began < 0.03
