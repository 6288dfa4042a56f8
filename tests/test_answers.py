"""What each kind of step reads in what people type, and what it refuses kindly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from walks import GUIDES, NOON, start, understood

from bot import engine
from bot.answers import READERS, Asked, Read, read
from bot.choosing import exact_option
from bot.guide import KINDS, OneChoice, Option
from bot.keeping import PARTS
from bot.model import Answer, Conversation, Entity, Heard, Message, Part, Refusal, Spot, State
from bot.plain import fold, numbers_in

PARC, CESE, ASSISES = GUIDES["parc"], GUIDES["cese-2022"], GUIDES["assises"]
ALL = {**PARC.steps, **CESE.steps, **ASSISES.steps}


def asked(step: str, so_far: Answer | None = None) -> Asked[Any]:
    return Asked(ALL[step], ALL[step].options, so_far)


def said(text: str, **more: object) -> Heard:
    return replace(understood(Message("web", "someone", "m1", text)), **more)  # type: ignore[arg-type]


def values(step: str, text: str, **more: object) -> tuple[str, ...] | str:
    """The codes read, or the key of the refusal."""
    found = read(asked(step), said(text, **more))
    return found.values if isinstance(found, Read) else found.key


def test_every_kind_that_asks_has_a_reader():
    assert set(READERS) == set(KINDS) - {"information"}


YES, NO = ("yes",), ("no",)


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        ("accord", "oui", YES),
        ("accord", "OUI !!", YES),
        ("accord", "d'accord", YES),
        ("accord", "je refuse", NO),
        ("accord", "oui et non", "refusal.consent"),
        ("accord", "pourquoi pas", "refusal.consent"),
        ("recueil", "Oui, gardez-les.", YES),
        ("chien", "ouais", YES),
        ("chien", "nan", NO),
        ("chien", "un peu", "refusal.yes_no"),
        ("qui", "j’habite ici", ("habitant",)),
        ("qui", "HABITANTE", ("habitant",)),
        ("qui", "2", ("visiteur",)),
        ("qui", "3", "refusal.choice"),
        ("qui", "un visiteur de passage", ("visiteur",)),
        ("qui", "habitant et visiteur", "refusal.which_choice"),
        ("qui", "", "refusal.choice"),
        ("public", "je suis éducateur", ("professionnel",)),
        ("metier", "ASS", ("service_social",)),
        ("jeux", "des arbres, des bancs", ("arbres", "bancs")),
        ("jeux", "1 et 3", ("arbres", "jeux")),
        ("jeux", "des bancs et des jeux", ("bancs", "jeux")),
        ("jeux", "arbres bancs jeux", "refusal.too_many_choices"),
        ("jeux", "la piscine", "refusal.choices"),
        ("themes", "formation initiale et usagers", ("initiale", "usagers")),
        ("foyer", "4", ("4",)),
        ("foyer", "nous sommes quatre", ("4",)),
        ("foyer", "une", ("1",)),
        ("foyer", "une personne", ("1",)),
        ("foyer", "je vis seule", "refusal.number"),
        ("foyer", "un peu", "refusal.number"),
        ("foyer", "0", "refusal.number_range"),
        ("foyer", "2 ou 3", "refusal.number"),
        ("foyer", "99999999999999999999", "refusal.number"),
        ("age", "18", YES),
        ("age", "12 ans", NO),
        ("age", "quatorze ans", NO),
        ("age", "oui", YES),
        ("age", "non", NO),
        ("age", "moins de 15 ans", NO),
        ("age", "1", "refusal.bracket_range"),
        ("age", "2", "refusal.bracket_range"),
        ("age", "5", NO),
        ("age", "120", YES),
        ("age", "121", "refusal.bracket_range"),
        ("anciennete", "61 ans", "refusal.bracket_range"),
        ("age", "oui non", "refusal.bracket"),
        ("anciennete", "12 ans", ("de_10_a_19",)),
        ("themes", "RPS, usagers", ("risques", "usagers")),
        ("jeux", "arbres bancs", ("arbres", "bancs")),
        ("ville", "59", ("59",)),
        ("ville", "Corse-du-Sud", ("2A",)),
        ("ville", "Lille", ("59",)),
        ("ville", "Corse", "refusal.which_place"),
        ("ville", "nulle part", "refusal.place"),
        ("idee", "non", ()),
        ("idee", "😀", "refusal.no_words"),
        ("idee", "x" * 300, ()),
        ("idee", "x" * 301, "refusal.too_long"),
        ("titre", "x" * 151, "refusal.too_long.one"),
        ("relire", "oui", YES),
        ("relire", "Oui, c'est bon", YES),
        ("relire", "non", "refusal.read_back"),
        ("relire", "bof", "refusal.read_back"),
        ("relire", "c'est bon", YES),
        ("relire", "C’est ça !", YES),
        ("relire", "je valide", YES),
        ("relire", "Valider", YES),
        ("relire", "rien à changer", YES),
        ("relire", "j'ai fini", YES),
        ("relire", "terminer", YES),
        ("relire", "terminer maintenant", "refusal.read_back"),
        ("relire", "/terminer", "refusal.read_back"),
        ("relire", "c'est bon, sauf le titre", "refusal.read_back"),
        ("chien", "j'ai fini", "refusal.yes_no"),
    ],
)
def test_reading(step, text, expected):
    assert values(step, text) == expected


def test_the_last_bracket_may_have_no_end():
    step = ALL["age"].model_validate({
        "kind": "number", "id": "surface", "question": "Quelle surface ?", "brackets": [
            {"value": "petit", "label": "Petit", "at_most": 99},
            {"value": "grand", "label": "Grand", "at_least": 100},
        ],
    })  # fmt: skip
    found = read(Asked(step, step.options), said("5000"))
    assert isinstance(found, Read)
    assert found.values == ("grand",)


@pytest.mark.parametrize(
    "text", ["j'ai fini", "c'est tout", "terminer", "c'est fini", "rien d'autre"]
)
def test_nothing_more_to_say_is_no_to_another_round(text):
    step = ALL["encore"]
    found = read(Asked(step, step.options, again=True), said(text))
    assert isinstance(found, Read)
    assert found.values == NO


@pytest.mark.parametrize("text", ["je veux mourir", "un enfant est en danger"])
def test_a_danger_in_the_first_words_is_answered_first(text):
    new = start(PARC).conversation
    first = engine.start(PARC, replace(new, at=None), NOON, said(text))
    assert [reply.key for reply in first.replies] == ["danger"]
    assert first.said == ""
    after = engine.advance(PARC, first.conversation, said("continuer"), NOON)
    assert [reply.key for reply in after.replies] == ["danger.over", "say", "ask"]
    assert not first.conversation.answers
    plain = engine.start(PARC, replace(new, at=None), NOON, said("bonjour"))
    assert [reply.key for reply in plain.replies] == ["say", "ask"]


def test_a_model_s_word_is_enough_for_a_yes_but_not_for_an_agreement():
    sure = {"intent": "affirm", "confidence": 0.95}
    assert values("chien", "carrément que oui", **sure) == YES
    assert values("chien", "carrément que oui", intent="affirm", confidence=0.1) == (
        "refusal.yes_no"
    )
    assert values("accord", "carrément que oui", **sure) == "refusal.consent"
    assert values("age", "j'ai 12 ans", **sure) == NO


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("trois", "", [3]),
        ("vingt et un", "", [21]),
        ("une vingtaine", "", [20]),
        ("une bonne trentaine de personnes", "personnes", [30]),
        ("vingt-et-un ans", "ans", [21]),
        ("cinquante-deux", "", [52]),
        ("soixante-dix", "", [70]),
        ("un an", "ans", [1]),
        ("un chat", "", []),
        ("j'ai un chat et 3 chiens", "", [3]),
        ("une ou deux", "", [2]),
        ("deux ou trois", "", [2, 3]),
        ("", "", []),
    ],
)
def test_numbers_in_figures_and_in_words(text, unit, expected):
    assert numbers_in(text, unit) == expected


def test_the_label_of_a_number_agrees():
    for text, label in (("1", "1 personne"), ("2", "2 personnes")):
        found = read(asked("foyer"), said(text))
        assert isinstance(found, Read)
        assert found.labels == (label,)


def test_pressing_adds_then_takes_away():
    draft = Answer(State.ANSWERED, NOON, ("arbres",), ("Des arbres",), draft=True)
    again = Heard("m", choice="jeux:arbres")
    assert read(asked("jeux", draft), again) == Read((), (), more=True)
    more = Heard("m", choice="jeux:bancs")
    found = read(asked("jeux", draft), more)
    assert isinstance(found, Read)
    assert found.values == ("arbres", "bancs")
    assert isinstance(read(asked("jeux"), Heard("m", choice="jeux:!done")), Refusal)


def test_a_pressed_department_is_understood_without_words():
    heard = understood(Message("web", "someone", "m1", choice="ville:2A"))
    assert [entity.label for entity in heard.entities] == ["Corse-du-Sud (2A)"]
    assert read(asked("ville"), heard) == Read(("2A",), ("Corse-du-Sud (2A)",))
    for odd in ("ville:96", "ville:", "", "qui:habitant"):
        assert not understood(Message("web", "someone", "m1", choice=odd)).entities


def test_several_places_are_offered_as_buttons():
    found = read(asked("ville"), said("Corse"))
    assert isinstance(found, Refusal)
    assert [choice.value for choice in found.choices] == ["2A", "2B"]


def test_folding_compares_and_no_more():
    assert fold("  Élève, d’ŒUVRE !\n") == "eleve d oeuvre"
    assert fold("…😀") == ""
    assert exact_option(ALL["qui"].options, "…") is None


def at(step: str, **answers: Answer) -> Conversation:
    """Someone who agreed and stands at this step of the park's guide."""
    agreed = {
        Spot("qui"): Answer(State.ANSWERED, NOON, ("habitant",), ("J'habite ici",)),
        Spot("accord"): Answer(State.ANSWERED, NOON, YES, ("Oui, je suis d'accord",)),
    }
    held = {Spot(name): answer for name, answer in answers.items()}
    return replace(start(PARC).conversation, at=Spot(step), answers=agreed | held)


def test_a_caption_is_kept_and_its_photo_is_not():
    turn = engine.advance(PARC, at("idee"), Heard("m1", "Voici le lieu", media="photo"), NOON)
    assert [reply.key for reply in turn.replies] == ["media.with_words", "noted.first"]
    assert turn.conversation.answers[Spot("idee")].text == "Voici le lieu"


def test_an_answer_holds_two_hundred_messages():
    parts = tuple(Part(f"m{n}", "encore") for n in range(PARTS))
    full = Answer(State.ANSWERED, NOON, parts=parts, draft=True)
    turn = engine.advance(PARC, at("idee", idee=full), Heard("last", "un de plus"), NOON)
    assert [reply.key for reply in turn.replies] == ["refusal.answer_full"]
    assert turn.conversation.answers[Spot("idee")] == full


def test_pressing_shows_what_the_button_said():
    talk = at("relire")
    for value, label in (
        ("qui:habitant", "J'habite ici"),
        (":!pause", "@pause"),
        ("relire:!change_titre", "@change Titre"),
        ("relire:!add_idee", "@add Votre idée"),
        ("?erase:yes", "@erase.yes"),
        ("?erase:Zoé", ""),
        ("Zoé", ""),
        ("qui:Zoé", ""),
    ):
        assert engine.advance(PARC, talk, Heard("m", choice=value), NOON).said == label


def test_a_choice_is_recognised_by_what_it_means() -> None:
    """« AS en polyvalence » names no option; what is recognised in it names one."""
    step = OneChoice(
        id="public",
        question="Qui êtes-vous ?",
        kind="choice",
        choices=(
            Option(value="pro", label="Je travaille", also=("professionnel",)),
            Option(value="proche", label="J'aide un proche"),
        ),
    )
    text = "AS en polyvalence"
    known = Entity("public", "x", "Professionnel ou autre", text, 0, len(text))
    heard = Heard("1", text, entities=(known,))
    assert read(Asked(step, step.options), heard) == Read(("pro",), ("Je travaille",))
    both = replace(heard, entities=(known, replace(known, label="J'aide un proche")))
    assert read(Asked(step, step.options), both) == Refusal("refusal.which_choice")
    assert read(Asked(step, step.options), replace(heard, entities=())) == Refusal("refusal.choice")
