"""Plain French: each rule on sentences made for it, then every text that comes with Parole."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.channels.web_static import WEB
from bot.checking import plain
from bot.commands.said_elsewhere import texts
from bot.errors import GuideError
from bot.frequent import WORDS, is_frequent
from bot.guide_file import bundled, read_guide
from bot.plain_check import RULES, Exceptions, checked, read_exceptions
from bot.plain_pages import of_template
from bot.plain_texts import Text, of_a_guide, of_sentences
from bot.plain_turns import of_a_walk
from bot.plainness import Asked, breaches, counted, explained, negations, sentences
from bot.readability import kandel_moles, syllables
from bot.wording import SENTENCES, Wording, read_sentences
from tests.replay import FACTS
from tests.serving import parole

PAGE = Path(__file__).parents[1] / "docs" / "write-a-guide.md"
LONG = "Vous pouvez nous dire ce que vous voulez changer dans votre vie de tous les jours ici."
GUIDE = """guide: essai
version: "1"
title: Essai
sections:
  - id: a
    title: A
    steps:
      - id: bonjour
        kind: information
        question: {question}
        simpler: {simpler}
"""


def rules(text: str, asked: Asked | None = None) -> set[str]:
    return {breach.rule for breach in breaches(text, asked or Asked())}


# Each rule


KEPT_AND_BROKEN = {
    "at_once": ("Un. " * 7, "Un. " * 8, Asked(turn=True)),
    "questions_at_once": ("Ici ?", "Ici ?\nOu là ?", Asked(turn=True)),
    # rule: (what keeps it, what breaks it, what is asked)
    "long": ("Vous pouvez nous dire ce que vous voulez.", LONG, Asked()),
    "parenthesis": ("Dites-le si possible.", "Dites-le (si possible).", Asked()),
    "abridged": ("Un étudiant ou une étudiante.", "Vous êtes étudiant·e.", Asked()),
    "acronym": (
        "Vous êtes en CHRS, Centre d'hébergement et de réinsertion sociale.",
        "Vous êtes en CHRS.",
        Asked(),
    ),
    "double_negation": ("Vous pouvez dire non.", "Ne partez pas sans écrire.", Asked()),
    "rare_words": (
        "Vous pouvez changer la date.",
        "Nonobstant la concertation préalable, écrivez.",
        Asked(),
    ),
    "familiar": ("Que voulez-vous ?", "Que veux-tu ?", Asked()),
    "passive": ("La mairie lit vos idées.", "Vos idées sont lues par la mairie.", Asked()),
    "number": ("Il y a 3 questions.", "Il y a trois questions.", Asked()),
    "too_many": ("Un jour. Un mois. Un an. Oui ?", "Un jour. Un mois. Un an. Un été.", Asked()),
    "questions": ("Qui êtes-vous ?", "Qui ? Quoi ?", Asked()),
    "question_last": ("Dites-le. Qui êtes-vous ?", "Qui êtes-vous ? Dites-le.", Asked()),
    "negative": ("Je ne lis pas. Je garde.", "Je ne lis pas. Je ne garde pas.", Asked()),
    "by_line": ("Bonjour.\nMerci.", "Bonjour. Merci.", Asked(by_line=True)),
    "readability": (
        "Vous dites ce que vous vivez. Nous le lisons. Cela nous aide à voir clair.",
        "Cette organisation départementale administrative accompagne une participation "
        "institutionnelle représentative particulièrement significative, généralement utile.",
        Asked(),
    ),
}


def test_every_rule_is_tried():
    assert set(KEPT_AND_BROKEN) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_sees_what_it_looks_for_and_nothing_else(rule):
    kept, broken, asked = KEPT_AND_BROKEN[rule]
    assert rule not in rules(kept, asked)
    assert rule in rules(broken, asked)


@pytest.mark.parametrize("rule", RULES)
def test_a_breach_says_where_why_and_what_to_do(rule):
    _, broken, asked = KEPT_AND_BROKEN[rule]
    for breach in breaches(broken, asked):
        assert breach.sentence
        assert breach.problem
        assert breach.hint.endswith((".", "»."))


def test_an_easier_text_is_shorter_still():
    thirteen = "Vous pouvez nous dire ce que vous voulez changer dans votre vie ici."
    assert len(counted(thirteen)) == 13
    assert "long" not in rules(thirteen)
    assert "long" in rules(thirteen, Asked(simpler=True))


def test_a_button_is_held_to_the_rules_of_a_sentence_only():
    assert rules("Un. Deux ? Trois.", Asked(label=True)) == {"number"}


@pytest.mark.parametrize("word", ["étudiant.e", "professionnel-le-s", "étudiant-e", "acteur/rice"])
def test_other_ways_to_abridge(word):
    assert "abridged" in rules(f"Vous êtes {word} ici.")


# What the rules stand on


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("C'est noté. Vous pouvez écrire la suite.\nTouchez « J'ai fini ».", 3),
        ("Par exemple : « On m'a écouté. »\nQue faut-il changer ?", 2),
        ("Écrivez à contact@exemple.org : merci", 1),
        ("Vos réponses :\n{list}\nEt voilà…", 2),
        ("Vos droits sont ici : https://exemple.org/droits.\nÊtes-vous d'accord ?", 2),
        ("{list}", 0),
    ],
)
def test_sentences_end_where_a_reader_stops(text, count):
    assert len(sentences(text)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Je ne sais pas.", 1),
        ("Pas de souci.", 1),
        ("Rien ne change.", 1),
        ("Touchez « Je ne sais pas ».", 0),
        ("Nous gardons tout, sans votre nom.", 1),
        ("Il n'y a rien sans effort.", 2),
        ("Votre avis compte.", 0),
    ],
)
def test_negations_are_counted_outside_quotes(text, count):
    assert negations(text) == count


def test_an_acronym_is_explained_by_the_first_letters_of_its_words():
    assert explained("Le CESE est le Conseil économique, social et environnemental.") == {"CESE"}
    assert explained("L'ASE, l'aide sociale à l'enfance") == {"ASE"}
    assert explained("Le CESE conseille.") == set()


@pytest.mark.parametrize(
    "word", ["vous", "Écrivez", "touchez", "réponses", "question", "donnerez", "heureuse"]
)
def test_frequent_words_and_their_forms(word):
    assert is_frequent(word)


@pytest.mark.parametrize("word", ["nonobstant", "concertation", "préalable", "bientraitance"])
def test_rare_words(word):
    assert not is_frequent(word)


def test_the_list_says_where_it_comes_from():
    lines = (WORDS / "frequent.txt").read_text("utf-8").splitlines()
    assert len(lines) == 5001
    assert len(set(lines)) == len(lines)
    assert "CC BY-SA 4.0" in lines[0]
    assert "CC BY-SA 4.0" in (WORDS / "SOURCES.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("une", 1), ("table", 1), ("touchent", 1), ("document", 3), ("souvent", 2), ("idée", 2),
        ("question", 2), ("yeux", 1), ("pays", 2), ("oui", 1), ("aujourd'hui", 3), ("eau", 1),
        ("gouvernement", 4), ("expérience", 3), ("Noël", 2), ("accompagnement", 5), ("l", 1),
    ],
)  # fmt: skip
def test_syllables(word, count):
    assert syllables(word) == count


def test_the_index_of_kandel_and_moles():
    assert kandel_moles([["le", "chat", "dort"]]) == pytest.approx(207 - 1.015 * 3 - 73.6)
    with pytest.raises(ValueError, match="no word"):
        kandel_moles([])


# What comes with Parole


def ours() -> list[Text]:
    guides = [t for f in bundled() for t in of_a_guide(f.read_text("utf-8"), f.name)]
    return [*of_sentences(SENTENCES / "fr.yml"), *guides, *texts()]


def test_every_text_that_comes_with_parole_is_plain_french():
    outcome = checked(ours(), read_exceptions())
    assert not outcome.breaches
    assert not outcome.unused, "an exception nobody needs"
    assert outcome.sentences > 700


def test_every_text_is_read_where_it_is():
    files = {file.name: file for file in bundled()}
    for text in ours():
        if text.file not in files:
            continue
        path = files[text.file]
        line = path.read_text("utf-8").splitlines()[text.line - 1]
        assert text.where.rpartition(".")[2] in line


def test_all_of_cese_2022_has_easier_words():
    texts = [text for text in ours() if text.file == "cese-2022.yml"]
    steps = {text.where.removesuffix(".question") for text in texts if ".question" in text.where}
    easier = {text.where.removesuffix(".simpler") for text in texts if ".simpler" in text.where}
    assert steps <= easier
    assert len(steps) > 30


# A new breach


PAGE_OF_OURS = """{% extends "layout.html" %}
{% block content %}
<h1>Bonjour</h1>
<p>Écrivez à <a href="/">{{ contact }}</a>, ou <strong>venez</strong>.</p>
<ul><li>Un point.</li></ul>
<p>{{ human }}</p>
<textarea placeholder="Votre réponse" aria-label="Répondre"></textarea>
<button name="choice"><svg aria-hidden="true"></svg><span>Envoyer</span></button>
{% endblock %}
"""


def test_the_words_of_a_page_are_read_where_they_are(tmp_path):
    file = tmp_path / "page.html"
    file.write_text(PAGE_OF_OURS, "utf-8")
    assert [(t.line, t.where, t.words, t.asked.label) for t in of_template(file)] == [
        (3, "h1 1", "Bonjour", True),
        (4, "p 1", "Écrivez à {value}, ou venez.", False),
        (5, "li 1", "Un point.", False),
        (7, "placeholder 1", "Votre réponse", True),
        (7, "aria-label 1", "Répondre", True),
        (8, "button 1", "Envoyer", True),
    ]


def test_pages_poster_and_menu_are_read_with_the_rest():
    files = {text.file for text in texts()}
    pages = {path.name for path in (WEB / "templates").glob("*.html")} - {"layout.html"}
    assert files >= {*pages, "affiche", "menu Telegram"}
    words = {text.words for text in texts()}
    promise = "Gratuit. Sans compte.\nVous pouvez effacer vos réponses."
    menu = {"Tout effacer", "Vos données", "Faire une pause"}
    assert {"Commencer", "Votre réponse", promise, *menu} <= words


@pytest.mark.parametrize("file", bundled(), ids=lambda file: file.stem)
def test_what_is_said_at_once_is_read_joined(file):
    guide = read_guide(file.read_text("utf-8"), file.name)
    met = [*of_a_walk(guide, Wording(read_sentences(), FACTS), file.name)]
    begins = met[0].words
    assert begins.count("?") == 1
    assert begins.startswith(next(iter(guide.steps.values())).question[:20])
    asked = {text.where.split(", ")[1] for text in met}
    assert len(asked) > 0.6 * len(guide.steps)
    assert not checked(met, Exceptions()).breaches
    tight = [replace(text, words=f"{text.words}\nQui ?\nQuoi ?") for text in met]
    assert {breach.rule for _, breach in checked(tight, Exceptions()).breaches} == {
        "questions_at_once"
    }


def guide(tmp_path: Path, question: str, simpler: str = "Bonjour.") -> Path:
    path = tmp_path / "essai.yml"
    path.write_text(GUIDE.format(question=question, simpler=simpler), "utf-8")
    return path


def test_a_breach_in_a_text_of_ours_is_an_error():
    text = Text("fr.yml", 12, "help", LONG, Asked(simpler=True))
    outcome = checked([text], Exceptions())
    assert [breach.rule for _, breach in outcome.breaches] == ["long"]
    kept = checked([text], Exceptions(texts={("fr.yml help", "long"): "une raison"}))
    assert not kept.breaches
    assert not kept.unused


def test_an_exception_that_serves_no_more_is_told():
    outcome = checked([], Exceptions({"tutelle": "r"}, {("fr.yml help", "long"): "r"}))
    assert outcome.unused == ("« tutelle »", "fr.yml help, long")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("words: {tutelle: }", "« tutelle » n'a pas de raison"),
        ("texts: [{text: fr.yml help, rule: long}]", "n'a pas de raison"),
        ("texts: [{text: fr.yml help, rule: longue, why: parce que}]", "n'est pas une règle"),
    ],
)
def test_an_exception_has_a_rule_and_a_reason(tmp_path, written, told):
    file = tmp_path / "exceptions.yml"
    file.write_text(written, "utf-8")
    with pytest.raises(GuideError, match=re.escape(told)):
        read_exceptions(file)


def test_a_guide_of_one_s_own_is_warned_and_refused_when_strict(tmp_path):
    path = guide(tmp_path, LONG)
    for strict, sign in ((False, "!"), (True, "✗")):
        found = [*plain([path], strict=strict)]
        assert [one for one, _ in found] == [sign, sign]
        assert "essai.yml, ligne 10, bonjour.question : 17 mots, 15 au plus (long)" in found[0][1]


def test_a_guide_that_cannot_be_read_is_left_to_the_other_check(tmp_path):
    path = tmp_path / "essai.yml"
    path.write_text("guide: [", "utf-8")
    assert len([*plain([path])]) == 1


def test_the_organiser_s_own_sentences_are_warned_of():
    facts = {**FACTS, "human": "Écrivez-nous (si vous voulez)."}
    sign, said = next(plain([], Wording(read_sentences(), facts)))
    assert sign == "!"
    assert said.startswith("réglages, PAROLE_ORGANISER_HUMAN : une parenthèse (parenthesis)")


def test_the_command_says_the_sentence_the_rule_and_a_hint(tmp_path):
    path = guide(tmp_path, LONG, "Bonjour. Merci.")
    ended = parole("check", "--plain", str(path), data_dir=tmp_path)
    assert ended.returncode == 0
    assert "ligne 10, bonjour.question : 17 mots, 15 au plus (long)\n" in ended.stdout
    assert f"    « {LONG} »\n    → Coupez-la : une idée par phrase.\n" in ended.stdout
    assert "ligne 11, bonjour.simpler : 2 phrases sur une ligne (by_line)" in ended.stdout
    assert "\n! Français simple : 5 phrases de 4 textes, 2 points à reprendre" in ended.stdout
    assert parole("check", "--strict", str(path), data_dir=tmp_path).returncode == 1


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_explained(rule):
    assert f"| `{rule}` |" in PAGE.read_text("utf-8")
