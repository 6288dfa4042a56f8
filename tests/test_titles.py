"""A title is made of the person's own words, whole, and of nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from walks import GUIDES, NOON, understood

from bot import engine
from bot.model import Answer, Conversation, Message, Spot, State, Turn
from bot.titles import LONGEST, extract
from storage.conversations import SqlStore
from storage.masking import MASK

CESE = GUIDES["cese-2022"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Une fontaine près des bancs.", "Une fontaine près des bancs"),
        ("Oui. Il faut payer les stages. Sinon on part.", "Il faut payer les stages"),
        ("Des bancs !\nDes arbres aussi, partout.", "Des arbres aussi, partout"),
        ("Payer", "Payer"),
        ("Pourquoi ne pas payer les stages ?", "Pourquoi ne pas payer les stages ?"),
        ("  Plus\n\n de   temps pour écouter  ", "de temps pour écouter"),
        (
            "Il faut embaucher plus de monde la nuit, parce que les équipes sont trop petites "
            "et que personne ne dort.",
            "Il faut embaucher plus de monde la nuit",
        ),
        (
            "Garder une heure par jour pour parler avec chaque personne accueillie dans la "
            "maison de retraite du quartier",
            "Garder une heure par jour pour parler avec chaque personne accueillie",
        ),
        (
            "Il faudrait que tout le monde puisse parler librement de son travail à [une personne]",
            "Il faudrait que tout le monde puisse parler librement de son travail",
        ),
    ],
)
def test_the_first_sentence_that_says_something(text: str, title: str) -> None:
    assert extract(text) == title


@pytest.mark.parametrize("text", ["", "   \n ", "…", "👍👍"])
def test_no_words_make_no_title(text: str) -> None:
    assert extract(text) is None


@given(st.text(max_size=400), st.integers(10, LONGEST))
def test_a_title_is_short_and_taken_from_the_text(text: str, at_most: int) -> None:
    title = extract(text, at_most)
    if title is None:
        assert not any(c.isalnum() for c in text)
        return
    assert 0 < len(title) <= at_most
    assert title in " ".join(text.split())
    assert title.count("[") <= title.count("]") or "[" in text.replace("]", "")


WORDS = """
il faut payer les stages, et la nuit ; [une personne] vient. Oui ! pour que (tous)
"""
SENTENCES = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=60)


@given(SENTENCES)
def test_words_are_never_cut(words: list[str]) -> None:
    title = extract(" ".join(words))
    if title is None:
        return
    whole = [word.strip(".,;:!()[]") for word in words]
    assert all(word.strip(".,;:!()[]") in whole for word in title.split())


def test_an_offered_title_leaves_the_thread_with_the_words_it_came_from(store: SqlStore) -> None:
    said = ["Payer tous les stages sans attendre.", "j'ai fini", "passer", "=titre:!title",
            "=relecture:!change_proposition", "Des maisons ouvertes du soir au matin.", "j'ai fini",
            "=relecture:!change_titre", "Ouvrir le soir"]  # fmt: skip
    agreed = Answer(State.ANSWERED, NOON, ("yes",), ("Oui",))
    passed = Answer(State.SKIPPED, NOON, ("skip",))
    before = ("qui_repond", "public", "departement", "sujet", "recit")
    answers = {**{Spot(step): passed for step in before}, Spot("age"): agreed}
    answers |= {Spot("accord"): agreed}
    talk = Conversation("id", "K7QF-3M2P", CESE.guide, CESE.version, "web", NOON,
                        at=Spot("proposition"), answers=answers)  # fmt: skip
    with store.hold("web", "someone") as held:
        held.save("start", Turn(talk, (), ()), push=False)
    for number, text in enumerate(said):
        choice, typed = (text[1:], "") if text.startswith("=") else (None, text)
        heard = understood(Message("web", "someone", f"m{number}", typed, choice))
        with store.hold("web", "someone") as held:
            assert held.conversation is not None
            held.save(
                f"m{number}", engine.advance(CESE, held.conversation, heard, NOON), push=False
            )
    talk, thread = store.thread("web", "someone")
    assert talk.answers[Spot("titre")].text == "Ouvrir le soir"
    assert "Payer tous" not in repr(thread)
    assert f"« {MASK} »" in [one.said for one in thread]
