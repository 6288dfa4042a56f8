"""Erasing said without a wish to, a choice asked about without choosing it, agreeing by half."""

from __future__ import annotations

import pytest
from walks import GUIDES, NOON

from bot import engine
from bot.agreeing import agreed, half
from bot.model import Answer, Conversation, Heard, Part, Spot, State, Turn
from bot.refraining import later, refrains

CESE, WORKSHOP = GUIDES["cese-2022"], GUIDES["assises"]
GIVEN = {"qui_repond": "seul", "age": "yes", "accord": "yes", "public": "accompagne"}


def at(step: str | None, **more: object) -> Conversation:
    order = list(CESE.steps)
    answers = {
        Spot(one): Answer(State.ANSWERED, NOON, (code,), (code,))
        for one, code in GIVEN.items()
        if step is None or order.index(one) < order.index(step)
    }
    return Conversation("id", "K7QF-3M2P", CESE.guide, CESE.version, "web", NOON,
                        at=Spot(step) if step else None, finished=step is None,
                        answers=answers, **more)  # type: ignore[arg-type]  # fmt: skip


def said(
    step: str | None, text: str, intent: str | None = None, sure: float = 0.0, **more: object
) -> Turn:
    heard = Heard("m1", text, intent=intent, confidence=sure)
    return engine.advance(CESE, at(step, **more), heard, NOON)


def keys(turn: Turn) -> list[str]:
    return [reply.key for reply in turn.replies]


@pytest.mark.parametrize("step", ["public", "sujet", "recit", "encore", None])
@pytest.mark.parametrize(
    "text",
    [
        "n'effacez surtout pas mes réponses",
        "supprimez rien svp j'ai peur de m'être trompée",
        "je veux pas que vous effaciez… enfin effacez pas",
        "il faut pas tout supprimer merci",
    ],
)
def test_a_denied_erasure_erases_nothing_and_says_so(step: str | None, text: str) -> None:
    turn = said(step, text, "delete_my_data", 0.95)
    assert keys(turn)[0] == "not_erased"
    assert turn.conversation.pending is None
    assert not turn.erase
    assert turn.conversation.answers == at(step).answers


def test_before_the_agreement_nothing_is_said_to_be_kept() -> None:
    assert keys(said("age", "n'effacez pas"))[0] == "not_erased.nothing"


def test_a_denied_stop_goes_on() -> None:
    assert keys(said("public", "non je veux pas arrêter", "stop", 0.9))[0] == "not_stopped"


def test_a_denied_erasure_declines_our_question() -> None:
    turn = said("public", "non n'effacez pas", pending="erase")
    assert keys(turn)[0] == "nothing_changed"
    assert turn.conversation.pending is None


@pytest.mark.parametrize(
    "text",
    [
        "je n'arrive pas à supprimer mes réponses", "effacez tout", "supprimez mes réponses",
        "pourquoi vous n'effacez pas ?", "je veux arrêter", "arrêtez tout, j'ai pas le temps",
    ],
)  # fmt: skip
def test_a_wish_to_erase_or_to_stop_is_still_one(text: str) -> None:
    assert refrains(Heard("m", text)) is None


def test_in_a_story_what_must_not_be_done_elsewhere_is_told() -> None:
    turn = said("recit", "il ne faut pas supprimer les postes dans les foyers")
    assert turn.conversation.answers[Spot("recit")].text


@pytest.mark.parametrize(
    "text", ["et si je veux tout effacer un jour ?", "je pourrai supprimer plus tard ?"]
)
def test_a_question_about_erasing_later_is_answered(text: str) -> None:
    assert later(Heard("m", text))
    turn = said("public", text, "delete_my_data", 0.8)
    assert keys(turn)[0] == "ask_privacy"
    assert turn.conversation.pending is None


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ça veut dire quoi la relation", "means"),
        ("c koi donner envie de ces metiers", "means"),
        ("la relation", "understood"),
    ],
)
def test_asking_what_a_choice_means_chooses_nothing(text: str, first: str) -> None:
    turn = said("sujet", text, "make_proposal", 0.8)
    assert keys(turn)[0] == first or first == "understood"
    assert (Spot("sujet") in turn.conversation.answers) is (first == "understood")


def test_a_choice_without_other_words_says_so() -> None:
    assert keys(said("soutien", "c'est quoi la tutelle"))[0] == "means.none"


ACCEPT = CESE.steps["citation"].options
KEEP = WORKSHOP.steps["recueil"].options


@pytest.mark.parametrize(
    ("options", "text", "answer"),
    [
        (KEEP, "ouais gardez", "yes"),
        (KEEP, "oui gardez les", "yes"),
        (KEEP, "non ne gardez rien", "no"),
        (KEEP, "gardez", None),
        (ACCEPT, "non pas mon prénom, j'ai peur de mon chef", "no"),
        (ACCEPT, "moi je veux que rien ne sorte, pas citer", "no"),
        (ACCEPT, "du coup personne voit rien ? j'accepte", "yes"),
        (ACCEPT, "non, attendez", None),
        (ACCEPT, "si personne ne voit rien, j'accepte", None),
        (ACCEPT, "oui chef", None),
        (ACCEPT, "vous allez me citer ?", None),
    ],
)
def test_an_agreement_in_words_that_are_nearly_the_button_s(options, text, answer) -> None:
    assert agreed(options, Heard("m", text)) == answer


@pytest.mark.parametrize(
    "text",
    ["oui chef", "je veux bien, mais je veux pouvoir revenir", "bon, oui, si vous y tenez"],
)
def test_a_yes_by_half_is_asked_again_whatever_a_model_says(text: str) -> None:
    assert half(Heard("m", text))
    turn = said("accord", text, "go_back", 0.85)
    assert keys(turn)[0] == "refusal.consent.half"


@pytest.mark.parametrize("text", ["si je comprends bien vous gardez tout", "pas d'accord du tout"])
def test_what_is_no_yes_is_none_by_half(text: str) -> None:
    assert not half(Heard("m", text))


@pytest.mark.parametrize(
    ("step", "intent", "sure"),
    [("age", "my_answers", 0.29), ("encore", "ask_privacy", 0.65), ("public", "go_back", 0.4)],
)
def test_a_doubtful_wish_is_a_button_and_no_question_of_yes_or_no(step, intent, sure) -> None:
    turn = said(step, "voyez voir un peu ça", intent, sure)
    assert turn.conversation.pending is None
    assert keys(turn)[0].startswith("refusal.")
    assert turn.replies[-1].choices[-1].value == f":!{intent}"


def test_nothing_is_resumed_when_nothing_is_paused() -> None:
    turn = said("public", "allez on y retourne", "resume", 0.7)
    assert keys(turn) == ["refusal.choice"]


@pytest.mark.parametrize(
    ("text", "intent", "asked"),
    [
        ("vous êtes curieux dites donc", "prefer_not", True),
        ("je préfère garder ça", "prefer_not", False),
        ("j'en ai aucune idée du tout", "dont_know", False),
        ("on verra bien", "skip", True),
    ],
)
def test_a_model_alone_leaves_no_question(text: str, intent: str, asked: bool) -> None:
    turn = said("public", text, intent, 0.9)
    assert (turn.conversation.pending == f"meant:{intent}") is asked
    assert (Spot("public") in turn.conversation.answers) is not asked


def test_a_figure_that_cannot_be_read_never_restarts() -> None:
    turn = said("depuis", "4 5 6", "restart", 0.95)
    assert turn.conversation.pending is None


def test_a_person_keeps_their_words_when_a_denied_erasure_is_said_in_a_story() -> None:
    begun = Answer(State.ANSWERED, NOON, parts=(Part("m0", "Mon histoire"),), draft=True)
    talk = at("recit")
    talk = Conversation("id", "K7QF-3M2P", CESE.guide, CESE.version, "web", NOON, at=Spot("recit"),
                        answers={**talk.answers, Spot("recit"): begun})  # fmt: skip
    turn = engine.advance(CESE, talk, Heard("m1", "n'effacez pas svp"), NOON)
    assert turn.conversation.answers[Spot("recit")] == begun


def test_a_question_beside_an_agreement_is_answered_first() -> None:
    turn = said("accord", "mon chef verra rien ? j'accepte", "ask_privacy", 0.9)
    assert turn.conversation.answers[Spot("accord")].values == ("yes",)
    assert keys(turn)[0] == "ask_privacy.readers"


@pytest.mark.parametrize("text", ["oui mais mon patron il voit pas", "ma référente va lire ça ?"])
def test_who_reads_is_said_before_the_agreement_is_asked_again(text: str) -> None:
    assert keys(said("accord", text))[0] == "ask_privacy.readers"
