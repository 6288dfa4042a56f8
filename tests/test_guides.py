"""Guide files: those that come with Parole, those of the documentation, and those we refuse."""

from __future__ import annotations

import json
import re
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot.conditions import ConditionError, parse
from bot.contradictions import BUTTON_BYTES
from bot.errors import GuideError
from bot.guide import KINDS, Consent, Guide, Information, Number, Open, ReadBack, Step
from bot.guide_file import bundled, read_guide, schema, warned
from bot.model import Answer, Spot, State
from bot.plain import fold
from bot.plainness import STATEMENTS, counted, sentences

PAGE = Path(__file__).parents[1] / "docs" / "write-a-guide.md"
FILES = {path.stem: path for path in bundled()}
GUIDES = {name: read_guide(path.read_text("utf-8"), path.name) for name, path in FILES.items()}
HEAD = 'guide: essai\nversion: "1"\ntitle: Essai\n'
ONE_SECTION = HEAD + "sections:\n  - id: a\n    title: A\n    steps:\n"
ACCEPTED = {"qui_repond": "seul", "age": "yes", "accord": "yes"}


# What comes with Parole


def test_both_guides_come_with_parole():
    assert set(FILES) == {"assises", "cese-2022"}
    assert all(GUIDES[name].guide == name for name in FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_guide_agrees_with_the_schema_for_editors(name):
    written = yaml.safe_load(FILES[name].read_text("utf-8"))
    jsonschema.Draft202012Validator(json.loads(schema())).validate(written)


def test_the_schema_is_the_one_written():
    written = FILES["assises"].with_name("guide.schema.json").read_text("utf-8")
    assert written == schema(), "write it again: see docs/write-a-guide.md, « Dans votre éditeur »"


def test_the_schema_refuses_what_a_guide_may_not_say():
    broken = {"guide": "g", "version": "1", "title": "T", "sections": [{"id": "a", "title": "A"}]}
    with pytest.raises(jsonschema.ValidationError, match="steps"):
        jsonschema.validate(broken, json.loads(schema()))


def test_together_the_guides_use_every_kind():
    assert {step.kind for guide in GUIDES.values() for step in guide.steps.values()} == set(KINDS)


def test_the_two_guides_share_no_name():
    first, second = GUIDES.values()
    assert not set(first.steps) & set(second.steps)
    assert not {s.id for s in first.sections} & {s.id for s in second.sections}


STEPS = [
    pytest.param(guide, step, id=f"{guide.guide}-{step.id}")
    for guide in GUIDES.values()
    for step in guide.steps.values()
]

STEPS_ALONE = [pytest.param(param.values[1], id=param.id) for param in STEPS]


@pytest.mark.parametrize(("guide", "step"), STEPS)
def test_every_button_fits_in_telegram(guide, step):
    last = guide.section_of[step.id].repeat
    spot = Spot(step.id, last.at_most - 1 if last else 0)
    codes = [option.value for option in step.options] + ["!prefer_not", "!dont_know"]
    if isinstance(step, ReadBack):
        codes += [f"!change_{name}" for name in step.of]
    assert all(len(f"{spot}:{code}".encode()) <= BUTTON_BYTES for code in codes)


@pytest.mark.parametrize("step", STEPS_ALONE)
def test_every_step_says_all_it_can(step):
    assert step.simpler
    if isinstance(step, Information):
        return
    assert step.why
    assert step.name
    assert longest(step.simpler) <= longest(step.question), "not simpler"
    if isinstance(step, Open | Number) or step.kind in ("place", "choices"):
        assert step.example


@pytest.mark.parametrize("step", STEPS_ALONE)
def test_no_word_names_two_choices(step):
    names: dict[str, str] = {}
    for option in step.options:
        for name in (option.label, option.simpler, *option.also):
            if name:
                assert fold(name), f"« {name} » has no letter"
                assert names.setdefault(fold(name), option.value) == option.value, name


@pytest.mark.parametrize("step", STEPS_ALONE)
def test_an_example_answers_its_question(step):
    """An example shown for a choice is understood as exactly one of the choices."""
    if not step.example or step.kind not in ("choice", "number") or not step.options:
        return
    if isinstance(step, Number):
        assert re.search(r"\d", step.example)
        return
    said = f" {fold(step.example)} "
    meant = {
        option.value
        for option in step.options
        for name in (option.label, *option.also)
        if f" {fold(name)} " in said
    }
    assert len(meant) == 1, meant


# Where the answers lead


def path(guide: Guide, **answered: str) -> list[str]:
    """The spots these answers lead through; `encore__1` is `encore` in the second round."""
    noon = datetime(2022, 3, 1, 12, tzinfo=UTC)
    answers = {
        Spot.parse(name.replace("__", ".")): Answer(State.ANSWERED, noon, (value,) if value else ())
        for name, value in answered.items()
    }
    return [str(spot) for spot in guide.path(answers)]


def test_nobody_under_15_is_asked_anything_more():
    cese = GUIDES["cese-2022"]
    spots = path(cese, qui_repond="seul", age="no")
    assert spots == ["bonjour", "deroulement", "qui_repond", "age", "trop_jeune", "trop_jeune_aide"]
    # Someone who goes back and changes this answer is not asked anything more either.
    assert path(cese, qui_repond="seul", age="no", accord="yes") == spots


def test_a_refusal_leads_to_a_kind_word_and_the_end():
    spots = path(GUIDES["cese-2022"], qui_repond="seul", age="yes", accord="no")
    assert spots[-2:] == ["accord", "refus"]
    assert path(GUIDES["assises"], recueil="no")[-1] == "sans_accord"


@pytest.mark.parametrize("name", GUIDES)
def test_no_free_words_before_the_agreement(name):
    assert len(GUIDES[name].required_consents) == 1
    for spot in path(GUIDES[name]):
        assert not isinstance(GUIDES[name].steps[spot], Open)


@pytest.mark.parametrize(
    ("public", "asked"),
    {
        "professionnel": ["metier", "secteur", "anciennete"],
        "accompagne": ["soutien", "depuis"],
        "etudiant": ["formation", "annee"],
        "formateur": ["lieu_enseignement", "annees_enseignement"],
        "proche": ["proche_aide"],
        "autre": ["a_quel_titre"],
    }.items(),
)
def test_each_public_has_few_questions_of_its_own(public, asked):
    cese = GUIDES["cese-2022"]
    spots = path(cese, **ACCEPTED, public=public)
    start = spots.index("public")
    assert spots[start + 1 : spots.index("sujet")] == [*asked, "departement"]
    assert public in {option.value for option in cese.steps["public"].options}


def test_a_person_may_speak_of_up_to_four_subjects():
    cese = GUIDES["cese-2022"]
    rounds = {"encore": "yes", "encore__1": "yes", "encore__2": "yes", "encore__3": "yes"}
    spots = path(cese, **ACCEPTED, **rounds)
    assert [s for s in spots if s.startswith("sujet")] == ["sujet", "sujet.1", "sujet.2", "sujet.3"]
    assert "encore.3" not in spots
    assert "sujet.1" not in path(cese, **ACCEPTED, encore="no")


def test_only_a_proposal_is_given_a_title_and_read_back():
    cese = GUIDES["cese-2022"]
    without = path(cese, **ACCEPTED)
    assert not {"pour_qui", "titre", "relecture", "relecture_recit"} & set(without)
    assert {"pour_qui", "titre", "relecture"} <= set(path(cese, **ACCEPTED, proposition=""))


def test_being_quoted_and_being_contacted_are_two_agreements_of_their_own():
    consents = [s for s in GUIDES["cese-2022"].steps.values() if isinstance(s, Consent)]
    assert [(c.id, c.required) for c in consents] == [
        ("accord", True), ("citation", False), ("contact", False),
    ]  # fmt: skip
    assert all(consent.version for consent in consents)


# Plain French: the rules are in tests/test_plain.py


def longest(text: str) -> int:
    return max(len(counted(part)) for part in sentences(text))


@pytest.mark.parametrize("step", STEPS_ALONE)
def test_a_long_button_has_easier_words(step):
    for option in step.options:
        assert len(counted(option.simpler or option.label)) <= 7, option.label


@pytest.mark.parametrize("step", STEPS_ALONE)
def test_a_personal_question_and_its_reason_fit_in_one_message(step):
    """The reason is said with the question: together they stay within the rule."""
    if step.sensitive:
        together = sentences(f"{step.why} {step.question}")
        assert len(together) <= STATEMENTS + 1


# What is refused


def step_of(lines: str) -> str:
    """A guide whose only step says this."""
    return ONE_SECTION + textwrap.indent(textwrap.dedent(lines).strip("\n"), " " * 6) + "\n"


def steps_of(*steps: str, section: str = "") -> str:
    """A guide whose only section holds these steps, one line each in YAML's short form."""
    lines = "".join(f"      - {{{step}}}\n" for step in steps)
    return HEAD + f"sections:\n  - id: a\n    title: A\n{section}    steps:\n{lines}"


YES_NO = "id: q, kind: yes_no, question: Oui"
OPEN = "id: t, kind: open, question: Quoi"
CHOICE = "id: c, kind: choice, question: Q, choices: [{value: x, label: X}, {value: y, label: Y}]"
NUMBER = "id: n, kind: number, question: N"
BRACKETS = "brackets: [{value: x, label: X, at_most: 2}, {value: y, label: Y, at_least: 3}]"

REFUSED = {
    # what: (the guide, line or None, words of the problem, words of the remedy)
    "not YAML": ("guide: [", 1, "YAML lisible", "retraits"),
    "tab": (HEAD + "\tsections: []\n", 4, "YAML lisible", "retraits"),
    "forbidden sign": ("guide: \x07", None, "signe interdit", "Retirez"),
    "empty": ("", 1, "pas un guide", "Commencez par"),
    "list": ("- guide\n", 1, "pas un guide", "Commencez par"),
    "key twice": (HEAD + "title: Encore\n", 4, "« title » est écrit deux fois", "une seule"),
    "no version": ("guide: g\ntitle: T\nsections: []\n", 1, "« version » manque", "version: …"),
    "version not a text": (
        HEAD.replace('"1"', "1") + "sections: []\n", 2, "doit être un texte", "guillemets"),
    "version with a space": (
        HEAD.replace('"1"', "un deux"), 2, "« version » n'est pas un nom", "Lettres, chiffres"),
    "guide's name": (
        HEAD.replace("essai", "Essai n° 1"), 1, "« guide » n'est pas un nom", "« - »"),
    "no section": (HEAD + "sections: []\n", 4, "vide ou trop court", "au moins 1"),
    "section that is a text": (HEAD + "sections:\n  - bonjour\n", 5, "bonne forme", "docs/"),
    "sections not a list": (HEAD + "sections: bonjour\n", 4, "doit être une liste", "tiret"),
    "unknown key of the guide": (
        steps_of(OPEN) + "auteur: X\n", 9, "« auteur » n'existe pas ici", "nom"),
    "unknown key of a step": (steps_of(YES_NO + ", color: red"), 8, "« color »", "retirez"),
    "unknown kind": (steps_of("id: q, kind: oui_non, question: Q"), 8, "« kind » connu", "yes_no"),
    "no kind": (steps_of("id: q, question: Q"), 8, "« kind » connu", "choice"),
    "no question": (steps_of("id: q, kind: open"), 8, "« question » manque", "question: …"),
    "empty question": (steps_of('id: q, kind: open, question: " "'), 8, "vide", "au moins 1"),
    "id with an accent": (steps_of("id: âge, kind: open, question: Q"), 8, "nom permis", "accent"),
    "id too long": (steps_of(f"id: {'x' * 25}, kind: open, question: Q"), 8, "nom permis", "24"),
    "id that conditions use": (steps_of("id: not, kind: open, question: Q"), 8, "mot des", "Renom"),
    "code with a space": (
        step_of("""
            - id: q
              kind: choice
              question: Q
              choices:
                - {value: a, label: A}
                - {value: b c, label: B}
            """), 13, "« value » n'est pas un nom permis", "32 signes"),
    "label too long": (
        steps_of(CHOICE.replace("label: X", f"label: {'x' * 61}")), 8, "60 signes au plus",
        "Raccourcissez"),
    "one choice only": (
        steps_of("id: c, kind: choice, question: Q, choices: [{value: x, label: X}]"), 8,
        "« choices » est vide ou trop court", "au moins 2"),
    "thirteen choices": (
        step_of("- id: c\n  kind: choices\n  question: Q\n  choices:\n"
                + "".join(f"    - {{value: v{n}, label: L{n}}}\n" for n in range(13))),
        12, "trop de lignes : 12 au plus", "Retirez-en"),
    "choices as texts": (
        step_of("- id: c\n  kind: choice\n  question: Q\n  choices:\n    - rouge\n    - vert\n"),
        12, "bonne forme", "docs/"),
    "same code twice": (
        steps_of(CHOICE.replace("value: y", "value: x")), 8, "« x » est écrit deux fois", "Chang"),
    "same word for two choices": (
        steps_of(CHOICE.replace("label: Y", "label: Y, also: [x]")), 8, "à la fois", "un seul"),
    "same word but for its accents": (
        steps_of(CHOICE.replace("label: X", "label: Éducation")
                 .replace("label: Y", "label: education")), 8, "à la fois", "un seul"),
    "zero choices at most": (
        step_of("""
            - id: c
              kind: choices
              question: Q
              choices:
                - {value: a, label: A}
                - {value: b, label: B}
              at_most: 0
            """), 14, "« at_most » est trop petit", "Au moins 1"),
    "more choices than there are": (
        steps_of(CHOICE.replace("kind: choice", "kind: choices, at_most: 3")), 8,
        "dépasse le nombre de choix (2)", "Baissez"),
    "a number in words": (
        steps_of(NUMBER + ", at_most: beaucoup"), 8, "nombre entier", "en chiffres"),
    "ends the wrong way": (
        steps_of(NUMBER + ", at_least: 9, at_most: 2"), 8, "dépasse « at_most »", "Inversez"),
    "brackets that cross": (
        steps_of(NUMBER + ", " + BRACKETS.replace("3", "2")), 8, "se recouvrent", "une seule"),
    "bracket without ends": (
        steps_of(NUMBER + ", brackets: [{value: x, label: X}]"), 8, "tous les nombres", "at_least"),
    "brackets with a gap": (
        steps_of(NUMBER + ", " + BRACKETS.replace("3", "6")), 8,
        "aucune tranche ne prend de 3 à 5", "Changez un des bouts"),
    "brackets with a gap of one, the last first": (
        steps_of(NUMBER + ", brackets: [{value: y, label: Y, at_least: 4},"
                 " {value: x, label: X, at_most: 2}]"), 8, "aucune tranche ne prend 3,", "bouts"),
    "brackets that begin too late": (
        steps_of(NUMBER + ", brackets: [{value: x, label: X, at_least: 1}]"), 8,
        "aucune tranche ne prend 0,", "at_least"),
    "brackets that end too soon": (
        steps_of(NUMBER + ", brackets: [{value: x, label: X, at_most: 60}]"), 8,
        "aucune tranche ne prend de 61 à 120", "at_most"),
    "empty bracket": (
        steps_of(NUMBER + ", brackets: [{value: x, label: X, at_least: 5, at_most: 2}]"), 8,
        "est vide", "Inversez"),
    "text longer than a message may be": (
        steps_of(OPEN + ", at_most: 20000"), 8, "trop grand", "Au plus 10000"),
    "optional in words": (steps_of(OPEN + ", optional: non"), 8, "true", "Corrigez"),
    "consent without version": (
        steps_of("id: q, kind: consent, question: Q"), 8, "« version » manque", "version: …"),
    "consent that may be skipped": (
        steps_of('id: q, kind: consent, question: Q, version: "1", optional: true'), 8,
        "« optional » n'a pas une valeur permise", "false"),
    "words before the consent": (
        steps_of(OPEN, 'id: q, kind: consent, question: Q, version: "1", required: true'), 8,
        "avant l'accord", "après l'accord"),
    "personal without a reason": (
        steps_of(OPEN + ", sensitive: true"), 8, "sans « why »", "Ajoutez"),
    "unknown placeholder": (
        steps_of("id: t, kind: open, question: '{prenom}'"), 8, "{prenom}", "{reference}"),
    "open brace": (
        steps_of(OPEN + ", reminder: '{reference'"), 8, "« { »", "{contact}"),
    "placeholder in the status": (HEAD + "status: '{date}'\n" + ONE_SECTION[len(HEAD):]
        + f"      - {{{OPEN}}}\n", 4, "{date}", "{organiser}"),
    "two steps of one name": (steps_of(OPEN, OPEN), 9, "deux étapes", "Renommez"),
    "two sections of one name": (
        steps_of(OPEN) + steps_of(YES_NO)[len(HEAD) + len("sections:\n"):], 9, "deux parties",
        "Renommez"),
    "condition on what comes later": (
        steps_of(OPEN + ", if: q = yes", YES_NO), 8, "pas une étape d'avant", "déplacez"),
    "condition on itself": (steps_of(YES_NO + ", if: q = yes"), 8, "d'avant", "Corrigez"),
    "condition of a section": (
        steps_of(YES_NO, section="    if: q = yes\n"), 7, "la condition de « a »", "Corrigez"),
    "condition on no choice": (
        steps_of(CHOICE, OPEN + ", if: c = z"), 9, "« z » n'est pas une réponse possible", "x, y"),
    "condition that stops": (
        steps_of(CHOICE, OPEN + ", if: c ="), 9, "une valeur est attendu, et on trouve la fin",
        "public = aidant"),
    "condition with a strange sign": (
        steps_of(CHOICE, OPEN + ", if: 'c = x ; y'"), 9, "« ; » n'a pas de sens", "Par exemple"),
    "words compared with a code": (
        steps_of(OPEN, YES_NO + ", if: t = oui"), 9, "texte libre", "t answered"),
    "information is no answer": (
        steps_of("id: i, kind: information, question: Q", OPEN + ", if: i answered"), 9,
        "n'attend pas de réponse", "autre étape"),
    "less than a choice": (
        steps_of(CHOICE, OPEN + ", if: c < 3"), 9, "pas un nombre", "« = »"),
    "less than a bracket": (
        steps_of(NUMBER + ", " + BRACKETS, OPEN + ", if: n < 3"), 9, "garde une tranche", "x, y"),
    "number equal to a word": (
        steps_of(NUMBER, OPEN + ", if: n = trois"), 9, "n'est pas un nombre", "n = 3"),
    "place equal to a name": (
        steps_of("id: p, kind: place, question: Q", OPEN + ", if: p = isere"), 9,
        "n'est pas un département", "38"),
    "entity of another kind of step": (
        steps_of(CHOICE + ", entity: department"), 8, "« entity » n'a pas une valeur permise",
        "public, job, structure ou diploma"),
    "entity of a place": (
        steps_of("id: p, kind: place, question: Q, entity: job"), 8, "permise", "department"),
    "entity of words": (
        steps_of(OPEN + ", entity: job"), 8, "« entity » n'existe pas ici", "retirez la ligne"),
    "entity of months": (
        steps_of(NUMBER + ", unit: mois, entity: length_of_service"), 8, "compte en années",
        "unit: ans"),
    "repeat without its question": (
        steps_of(OPEN, section="    repeat: {again: t}\n"), 7, "pas une étape oui/non", "yes_no"),
    "repeat once": (
        steps_of(YES_NO, section="    repeat: {again: q, at_most: 1}\n"), 7, "trop petit", "2"),
    "distinct alone": (
        steps_of(CHOICE + ", distinct: true"), 8, "sans « repeat »", "Retirez"),
    "more rounds than choices": (
        steps_of(CHOICE + ", distinct: true", YES_NO,
                 section="    repeat: {again: q, at_most: 3}\n"), 9, "plus de tours", "at_most: 2"),
    "read back of nothing": (
        steps_of(OPEN, "id: r, kind: read_back, question: Q, of: [zz]"), 9, "relit « zz »", "nom"),
    "read back of what comes later": (
        steps_of("id: r, kind: read_back, question: Q, of: [t]", OPEN), 8, "d'avant", "Corrigez"),
    "contribution of a choice": (
        steps_of(CHOICE, section="    contributions: [{kind: proposal, text: c}]\n"), 7,
        "pas une étape « open »", "Corrigez"),
    "contribution of another kind": (
        steps_of(OPEN, section="    contributions: [{kind: idea, text: t}]\n"), 7,
        "valeur permise", "experience ou proposal"),
    "contribution with a strange topic": (
        steps_of(OPEN, section="    contributions: [{kind: proposal, text: t, topic: zz}]\n"), 7,
        "« zz » n'est pas une étape", "Corrigez"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_broken_guide_is_refused_with_its_line_and_a_remedy(what):
    source, line, problem, remedy = REFUSED[what]
    with pytest.raises(GuideError) as refused:
        read_guide(source, "essai.yml")
    error = refused.value
    assert error.where == (f"essai.yml, ligne {line}" if line else "essai.yml")
    assert problem in error.problem
    assert remedy in error.remedy
    assert str(error) == f"{error.where} : {error.problem}. {error.remedy}"


def test_words_kept_without_an_agreement_are_warned_of():
    source = steps_of(YES_NO, OPEN)
    [said] = warned(source, read_guide(source, "essai.yml"), "essai.yml")
    assert said.startswith("essai.yml, ligne 9 : « t » garde des mots")
    assert "« required: true »" in said
    for name, guide in GUIDES.items():
        assert warned(FILES[name].read_text("utf-8"), guide, name) == []


def test_too_many_levels_are_refused_too():
    with pytest.raises(GuideError):
        read_guide("guide: " + "[" * 5000, "essai.yml")


def test_yes_no_and_dates_are_words():
    guide = read_guide(
        HEAD.replace('"1"', "2022-03-01")
        + steps_of(YES_NO + ", yes: Bien sûr, no: Pas du tout")[len(HEAD) :],
        "essai.yml",
    )
    assert [o.label for o in guide.steps["q"].options] == ["Bien sûr", "Pas du tout"]
    assert guide.version == "2022-03-01"


# Conditions


KNOWN = {"public": ("aidant",), "themes": ("a", "b"), "age": ("17",), "recit": (), "ville": ("2A",)}
CONDITIONS = [
    ("public = aidant", True),
    ("public = pro", False),
    ("public != pro", True),
    ("inconnu = x", False),
    ("inconnu != x", True),
    ("themes = b", True),
    ("themes != b", False),
    ("themes in [c, a]", True),
    ("themes in [c]", False),
    ("inconnu in [c]", False),
    ("recit answered", True),
    ("inconnu answered", False),
    ("not inconnu answered", True),
    ("age < 18", True),
    ("age <= 17", True),
    ("age > 17", False),
    ("age >= 17", True),
    ("age > -3", True),
    ("inconnu < 3", False),
    ("public < 3", False),
    ("ville = 2A", True),
    ("public = pro or age < 18 and themes = a", True),
    ("(public = pro or age < 18) and themes = c", False),
    ("not (public = pro or themes = c)", True),
    ("not not public = aidant", True),
    ("  public=aidant  ", True),
]


@pytest.mark.parametrize(("written", "holds"), CONDITIONS)
def test_a_condition_holds_or_not(written, holds):
    assert parse(written).holds(KNOWN.get) is holds


@pytest.mark.parametrize(
    "written",
    ["", "public", "public =", "= x", "public = x or", "public in x", "public in [x", "(public = x",
     "public = x y", "age < dix", "age < ²", "public == x", "public = 'x'", "a = b)", "not"],
)  # fmt: skip
def test_a_condition_that_cannot_be_read_is_refused(written):
    with pytest.raises(ConditionError):
        parse(written)


def test_a_condition_names_what_it_looks_at():
    read = parse("not (a = x and b in [y, z]) or c answered or d >= 3")
    assert read.names == (("a", "x"), ("b", "y"), ("b", "z"), ("c", None), ("d", None))
    assert read.numbers == ("d",)


# The documentation


def page_sections() -> dict[str, str]:
    """Each heading of the page, with what stands under it."""
    parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def examples() -> list[tuple[str, str]]:
    fence = re.compile(r"^```yaml\n(.*?)^```", re.M | re.S)
    return [
        (title, code) for title, text in page_sections().items() for code in fence.findall(text)
    ]


def whole(example: str) -> str:
    """A guide around an example that shows only sections, or only steps."""
    written = yaml.safe_load(example)
    if isinstance(written, dict):
        return example
    if "steps" in written[0]:
        return HEAD + "sections:\n" + textwrap.indent(example, "  ")
    return ONE_SECTION + textwrap.indent(example, "      ")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_section_and_its_example(kind):
    text = page_sections()[f"`{kind}`"]
    assert f"kind: {kind}" in text
    members = {model.model_fields["kind"].annotation.__args__[0]: model for model in Step.__args__}
    shared = set(Information.model_fields)
    for name in set(members[kind].model_fields) - shared:
        assert f"`{name}`" in text, f"« {name} » is not explained"


def test_what_every_step_may_say_is_explained():
    text = PAGE.read_text("utf-8")
    for name, field in Information.model_fields.items():
        assert f"`{field.alias or name}`" in text, name


@pytest.mark.parametrize(("title", "code"), examples())
def test_every_example_of_the_page_is_a_guide(title, code):
    read_guide(whole(code), f"write-a-guide.md, « {title} »")
