"""Which department a text means, and when it means none."""

import asyncio
import csv
from pathlib import Path
from time import perf_counter

import pytest

from bot.model import Entity, Message
from nlu.gazetteers import places, towns
from nlu.understand import Understanding


def codes(text):
    return [entity.value for entity in places.find(text)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("59", ["59"]), ("2a", ["2A"]), ("dans le 974", ["974"]), ("9-3", ["93"]),
        ("dans le 9 3", ["93"]), ("dans le 3", ["03"]), ("département 1", ["01"]),
        ("neuf-trois", ["93"]), ("59100", ["59"]), ("59 100", ["59"]), ("20200", ["2B"]),
        ("20000", ["2A"]), ("97400", ["974"]), ("20", ["2A", "2B"]), ("44 Nantes", ["44"]),
        ("infirmière dans le 59", ["59"]),
        ("Nord", ["59"]), ("dans le nord", ["59"]), ("SEINE SAINT DENIS", ["93"]),
        ("Seine-St-Denis", ["93"]), ("cotes d’armor", ["22"]), ("la réunion", ["974"]),
        ("en Isère", ["38"]), ("je travaille dans la Somme", ["80"]), ("Corse", ["2A", "2B"]),
        ("finnistère", ["29"]), ("loire atlantik", ["44"]), ("bouche du rhone", ["13"]),
        ("Roubaix", ["59"]), ("j'habite à côté de Lille", ["59"]), ("je suis de Marseille", ["13"]),
        ("Le Mans", ["72"]), ("Paris 11e", ["75"]), ("aide soignante à Lille", ["59"]),
        ("Saint-Denis 93", ["93"]), ("Bretagne", ["35", "22", "29", "56"]),
    ],
)  # fmt: skip
def test_found(said, expected):
    assert codes(said) == expected


def test_a_town_of_several_departments_offers_them_the_chief_town_first():
    assert codes("St Denis")[0] == "974"
    assert set(codes("Saint-Denis")) == {"974", "11", "30", "93"}


def test_the_beginning_of_a_name_offers_at_most_six_exact_ones_first():
    assert codes("Saint-Den")[:4] == ["974", "11", "30", "93"]
    assert len(codes("Saint-Den")) == 6
    assert codes("Marn")[0] == "51"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("toulouz", "31"), ("a roubé", "59"), ("marseye", "13"), ("grenobl", "38"),
        ("montpelier", "34"), ("perpinian", "66"), ("st etiene", "42"), ("jabite a nante", "44"),
        ("je vi a stain", "93"),
    ],
)  # fmt: skip
def test_a_larger_town_is_known_by_ear(said, expected):
    assert codes(said) == [expected]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("92 et 93", ["92", "93"]), ("dans le 92 et le 93", ["92", "93"]),
        ("je bouge entre la marne et les ardennes", ["51", "08"]),
        ("le nord et le pas de calais", ["59", "62"]), ("Lille ou Paris", ["59", "75"]),
        ("Lille et Roubaix", ["59"]), ("loir et cher", ["41"]), ("Indre-et-Loire", ["37"]),
    ],
)  # fmt: skip
def test_two_places_are_both_named(said, expected):
    assert codes(said) == expected


@pytest.mark.parametrize(
    "text", ["92 et 93", "je bouge entre la marne et les ardennes", "éduc dans le 92 et le 93"]
)
def test_two_places_are_two_candidates(text: str) -> None:
    assert len({entity.value for entity in departments(text)}) == 2


@pytest.mark.parametrize(
    "said", ["la marche", "marche", "la table", "la ferme", "la crèche", "en creche", "en foyé",
             "les forges", "la source", "la place", "bois", "je vi en foyé", "en mas", "en mars"],
)  # fmt: skip
def test_a_word_that_is_also_a_small_commune_needs_a_hint(said):
    assert codes(said) == []


def test_a_small_commune_with_a_hint_or_by_its_own_name():
    assert codes("à la marche") == codes("j'habite La Marche") == ["58"]
    assert codes("Coulanges-lès-Nevers") == ["58"]


def test_the_larger_towns_are_those_of_their_departments():
    atlas = places.load()
    assert all(code in atlas.town(name) for name, code in towns.large().items())


@pytest.mark.parametrize(
    "said",
    [
        "", "😀", "bonjour", "je ne sais pas", "j'ai 45 ans", "45 ans", "3", "j'ai 3 enfants",
        "Tou",
        "99999", "98000", "rue du 20 juin", "à domicile", "de nuit", "à la campagne", "aller",
        "quelque part", "j'ai envie de savoir", "Île-de-France", "Occitanie", "12 personnes",
        "le 115", "maison de retraite", "je suis éducatrice spécialisée",
        "on a beaucoup de travail et pas assez de temps avec les gens de Lille",
    ],
)  # fmt: skip
def test_rather_nothing_than_a_guess(said):
    assert codes(said) == []


def test_label_and_place_in_the_text():
    [entity] = places.find("  J'habite à ROUBAIX !")
    assert (entity.kind, entity.label) == ("department", "Nord (59)")
    assert "  J'habite à ROUBAIX !"[entity.start : entity.end] == entity.text == "ROUBAIX"


def test_every_department_is_found_by_its_number_and_by_its_name():
    with Path("nlu/gazetteers/departements.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["DEP"] in codes(row["LIBELLE"])
            assert codes(f"dans le {row['DEP']}") == [row["DEP"]]


def test_fast_enough_for_every_message():
    places.load()
    began = perf_counter()
    for _ in range(200):
        places.find("je ne sais pas trop quoi vous dire")
    assert (perf_counter() - began) / 200 < 0.005


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dans le 59", "59"), ("59000", "59"), ("éduc spé en mecs 59", "59"),
        ("aes en mas (38)", "38"), ("département 13", "13"), ("Isère", "38"), ("dans l'Ain", "01"),
        ("en Haute-Savoie", "74"), ("lille", "59"), ("à marseille", "13"), ("à Roubaix", "59"),
        ("tisf à roubaix", "59"), ("dans le nord", "59"), ("amp en mas à Nice", "06"),
        ("de Saint-Étienne", "42"), ("éduc à Tours", "37"),
    ],
)  # fmt: skip
def test_a_place_that_is_told_without_being_asked(text: str, code: str) -> None:
    assert [(e.value, e.sure) for e in departments(text)] == [(code, True)]


@pytest.mark.parametrize(
    "text",
    ["12", "59", "3", "le 12", "je marche", "mairie", "aller", "à table", "à titre d'exemple",
     "en réunion", "je suis du côté nord", "pas dans le 59", "plus à Lille", "amp en mas",
     "c'est cher", "en somme", "trois tours", "à l'hôpital", "il fait nice", "le bus 42"],
)  # fmt: skip
def test_a_place_that_may_be_something_else_waits_to_be_asked(text: str) -> None:
    assert not any(entity.sure for entity in departments(text))


def departments(text: str) -> list[Entity]:
    heard = asyncio.run(Understanding(None).understand(Message("web", "someone", "m", text)))
    return [entity for entity in heard.entities if entity.kind == "department"]
