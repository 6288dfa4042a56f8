"""A profile typed in one go is read whole; what is said of somebody else is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import choosing, guide_file
from bot.guide import OneChoice
from bot.model import Heard
from nlu import profile
from nlu.gazetteers import names

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
