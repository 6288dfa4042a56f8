"""One sentence fills several answers; never one already given, never by a guess."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from replay import NOON, through_bytes
from test_laws import FEW, each_guide
from test_transcripts import GUIDES
from walks import GUIDES as WALKED
from walks import SCRIPTS, understood, walk

from bot import answers, engine
from bot.filling import dated, fill, takes
from bot.flow import consented
from bot.guide import Consent, Guide, Open, ReadBack, Stated, YesNo
from bot.guide_file import read_guide
from bot.model import Answer, Conversation, Entity, Heard, Message, Part, Spot, State
from nlu.gazetteers import names

CESE, PARC = GUIDES["cese-2022"], GUIDES["parc"]
AT = Spot("public")


def chosen(value: str) -> Answer:
    return Answer(State.ANSWERED, NOON, (value,), (value,))


def talk(**answers: str) -> Conversation:
    given = {"age": "yes", "accord": "yes", **answers}
    held = {Spot(step): chosen(value) for step, value in given.items()}
    return Conversation("id", "K7QF-3M2P", "cese-2022", "1", "web", NOON, answers=held)


def said(text: str) -> Heard:
    return dated(understood(Message("web", "someone", "m9", text)), NOON.year)


def filled(text: str, at: str = "public", guide: Guide = CESE, **answers: str) -> dict[str, str]:
    found = fill(guide, talk(**answers), Spot(at), said(text), NOON)
    return {str(spot): ",".join(answer.values) for spot, answer in found.items()}


PRO = {"public": "professionnel"}
WHOLE = "jsuis éduc spé en MECS ds le 59 depuis 3 ans"
FIVE = {"metier": "education", "secteur": "enfance", "anciennete": "de_3_a_9", "departement": "59"}


def test_a_sentence_fills_the_path_that_it_opens():
    assert filled(WHOLE) == {**PRO, **FIVE}
    assert list(filled(WHOLE)) == ["public", *FIVE]
    assert filled(WHOLE, **PRO) == FIVE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tisf, 14 ans de métier", {"metier": "famille_budget", "anciennete": "de_10_a_19"}),
        ("aes en mas depuis 2021", {"metier": "vie_quotidienne", "secteur": "handicap",
                                    "anciennete": "moins_de_3"}),
        ("aide à domicile", {"metier": "domicile"}),
        ("éducateur de rue", {"metier": "education"}),
        ("ES et chef de service", {}),
        ("éduc spé en mecs et en pouponnière", {"metier": "education", "secteur": "enfance"}),
        ("éduc spé en mecs et en ehpad", {"metier": "education"}),
        ("éduc spé en Corse", {"metier": "education"}),
        ("je marche", {}),
        ("mairie", {}),
        ("12", {}),
        ("59", {}),
        ("lille", {"departement": "59"}),
        ("je passe à table", {}),
        ("amp en mas à Nice", {"metier": "vie_quotidienne", "secteur": "handicap",
                               "departement": "06"}),
        ("tisf lille", {"metier": "famille_budget", "departement": "59"}),
        ("", {}),
    ],
)  # fmt: skip
def test_what_is_said_and_no_more(text, expected):
    found = filled(text, **PRO)
    assert {step: value for step, value in found.items() if step != "public"} == expected


def test_nothing_given_or_passed_is_changed():
    before = talk(**PRO, metier="service_social")
    passed = replace(chosen("skip"), state=State.SKIPPED)
    before = replace(before, answers={**before.answers, Spot("secteur"): passed})
    found = fill(CESE, before, Spot("anciennete"), said(WHOLE), NOON)
    assert set(found) == {Spot("anciennete"), Spot("departement")}


@pytest.mark.parametrize("name", GUIDES)
def test_only_closed_questions_about_the_person_take_and_give(name):
    guide = GUIDES[name]
    for step in guide.steps.values():
        if isinstance(step, Consent | Open | YesNo):
            assert not takes(guide, Spot(step.id))
            assert not isinstance(step, Stated)
    assert not any(takes(PARC, Spot(step)) for step in PARC.steps)
    assert not filled(WHOLE, at="sujet")
    assert not filled(WHOLE, at="qui_repond")
    assert not filled(WHOLE, at="recit")


def test_a_button_gives_nothing_else():
    pressed = replace(said(WHOLE), choice="public:professionnel")
    assert fill(CESE, talk(), AT, pressed, NOON) == {}


def test_a_filled_answer_keeps_its_own_words_and_stays_itself_outside():
    found = fill(CESE, talk(), AT, said(WHOLE), NOON)
    words = {spot.step: answer.text for spot, answer in found.items()}
    assert words == {
        "public": "éduc spé", "metier": "éduc spé", "secteur": "MECS",
        "anciennete": "depuis 3 ans", "departement": "59",
    }  # fmt: skip
    assert all(answer.filled and answer.parts[0].message == "m9" for answer in found.values())
    after = replace(talk(), answers={**talk().answers, **found})
    assert through_bytes(after) == after
    own = Answer(State.ANSWERED, NOON, ("38",), ("Isère (38)",), (Part("m3", "38"),))
    assert not own.filled
    assert not chosen("38").filled


def test_several_choices_take_all_that_is_said():
    guide = read_guide(
        """
guide: lieux
version: "1"
title: Les lieux
sections:
  - id: vous
    title: Vous
    steps:
      - id: lieux
        kind: choices
        entity: structure
        question: Où travaillez-vous ?
        choices:
          - {value: mecs, label: MECS}
          - {value: ehpad, label: EHPAD}
          - {value: ime, label: IME}
      - {id: ville, kind: place, entity: department, question: "Dans quel département ?"}
""",
        "lieux.yml",
    )
    both = fill(guide, Conversation("id", "r", "lieux", "1", "web", NOON), Spot("ville"),
                said("éduc spé en EHPAD et en MECS"), NOON)  # fmt: skip
    assert both[Spot("lieux")].values == ("mecs", "ehpad")
    assert both[Spot("lieux")].text == "EHPAD\nMECS"


def test_years_since_a_year_need_the_present_one():
    entity = Entity("since", "2015", "depuis 2015", "depuis 2015", 0, 11)
    assert dated(Heard("m", entities=(entity,)), 2022).entities[0].value == "7"
    assert dated(Heard("m", entities=(entity,)), 2010).entities[0].value == "0"


def options():
    for step in CESE.steps.values():
        if step.id in ("metier", "secteur", "anciennete", "formation", "lieu_enseignement"):
            yield from ((step, name) for option in step.options
                        for name in (option.label, *option.also))  # fmt: skip


def asked(step):
    return {"metier": "professionnel", "secteur": "professionnel", "anciennete": "professionnel",
            "formation": "etudiant", "lieu_enseignement": "formateur"}[step]  # fmt: skip


@pytest.mark.parametrize(("step", "name"), list(options()), ids=lambda x: getattr(x, "id", x))
def test_the_name_of_a_choice_says_nothing_of_the_place_or_the_years(step, name):
    found = filled(name, step.id, public=asked(step.id))
    assert not {"departement", "anciennete", "annees_enseignement"} & (set(found) - {step.id})


FOUND = {
    "metier": {
        "education": "educateur_specialise educateur_technique moniteur_atelier moniteur_educateur",
        "service_social": "assistant_social",
        "vie_quotidienne": "aes aesh maitre_maison veilleur",
        "domicile": "aide_domicile",
        "famille_budget": "cesf tisf",
        "petite_enfance": "assistant_maternel auxiliaire_puericulture educateur_jeunes_enfants "
        "puericultrice",
        "accueil_familial": "assistant_familial",
        "protection": "mandataire",
        "insertion": "animateur conseiller_insertion conseiller_probation intervenant_social "
        "mediateur",
        "soin": "aide_soignant ergotherapeute infirmier psychologue",
        "encadrement": "cadre coordinateur directeur",
        "autre": "cuisinier educateur_sportif formateur secretaire",
    },
    "secteur": {
        "enfance": "aemo ase foyer_enfance mecs pjj pouponniere",
        "handicap": "camsp esat fam foyer_de_vie iem ime itep mas samsah savs sessad",
        "grand_age": "ehpad residence_autonomie",
        "domicile": "saad ssiad",
        "hebergement": "accueil_de_jour cada chrs epicerie_solidaire huda pension_de_famille "
        "residence_sociale samu_social siao",
        "service_public": "caf ccas departement mdph polyvalence",
        "emploi": "mission_locale",
        "petite_enfance": "creche pmi",
        "sante": "caarud cmp csapa hopital lhss",
        "justice": "prison spip udaf",
        "quartier": "centre_social prevention_specialisee",
        "autre": "college ecole ecole_travail_social irts lycee",
    },
    "formation": {
        "education": "dees",
        "service_social": "deass",
        "jeunes_enfants": "deeje",
        "moniteur": "deme",
        "accompagnant": "deaes",
        "famille_budget": "bts_esf decesf detisf",
        "encadrement": "cafdes caferuis deis master",
        "universite": "bts_sp3s but_carrieres_sociales licence",
        "autre": "bac_pro_assp cap_petite_enfance de_infirmier deas",
    },
    # Whoever trains social workers elsewhere is asked where.
    "lieu_enseignement": {"ecole": "ecole ecole_travail_social irts", "lycee": "lycee"},
}


@pytest.mark.parametrize("step", FOUND)
def test_every_code_that_is_recognised_finds_its_choice(step):
    asked_of = {"job": names.jobs, "structure": names.structures, "diploma": names.diplomas}
    one = CESE.steps[step]
    found: dict[str, list[str]] = {}
    for code, label in asked_of[one.entity]().labels.items():
        entity = Entity(one.entity, code, label, "…", 0, 1)
        reading = answers.read(answers.Asked(one, one.options), Heard("m", entities=(entity,)))
        values = reading.values if isinstance(reading, answers.Read) else ("?",)
        found.setdefault(values[0], []).append(code)
    elsewhere = found.pop("?", [])
    assert not elsewhere or step == "lieu_enseignement"
    assert {option: sorted(codes) for option, codes in found.items()} == {
        option: sorted(codes.split()) for option, codes in FOUND[step].items()
    }


def test_the_words_of_the_guide_are_surer_than_what_they_mean():
    assert filled("médiatrice familiale", **PRO)["metier"] == "famille_budget"
    assert filled("médiatrice", **PRO)["metier"] == "insertion"


def test_no_turn_before_the_agreement_fills_anything():
    turn = engine.start(CESE, replace(talk(), answers={}), NOON)
    for text in (WHOLE, "pour moi", WHOLE, "j'ai 40 ans, éduc spé en MECS", "18 ans", WHOLE):
        turn = engine.advance(CESE, turn.conversation, said(text), NOON)
        assert not any(answer.filled for answer in turn.conversation.answers.values())


@each_guide
@FEW
@given(script=SCRIPTS)
def test_what_fills_is_new_told_and_only_typed(name, script):
    guide = WALKED[name]
    for went in walk(guide, script):
        before, after = went.before.answers, went.turn.conversation.answers
        new = {spot for spot, one in after.items() if one.filled and before.get(spot) != one}
        if not new:
            continue
        heard = went.heard
        assert heard.choice is None
        assert consented(guide, went.before)
        assert any(reply.key == "filled" for reply in went.turn.replies)
        for spot in new:
            assert isinstance(guide.step(spot), Stated)
            assert all(part.text in heard.text for part in after[spot].parts)
            assert spot not in before or (heard.edits and before[spot].filled)


@each_guide
@FEW
@given(script=SCRIPTS)
def test_an_answer_is_changed_by_its_own_question_or_by_its_own_message(name, script):
    guide = WALKED[name]
    for went in walk(guide, script):
        before, after = went.before, went.turn.conversation.answers
        if went.heard.choice is not None or went.heard.edits or before.pending:
            continue
        for spot, answer in before.answers.items():
            kept = after.get(spot) == answer or spot == before.at or went.turn.afresh
            assert kept or spot not in after or isinstance(guide.step(spot), ReadBack)
