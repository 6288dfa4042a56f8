"""Words said to the assistant in the middle of a text are asked about; a testimony is not."""

from __future__ import annotations

import asyncio

import pytest

from bot.meaning import addressed
from bot.model import Heard, Message
from nlu.understand import Understanding


def heard(text: str) -> Heard:
    return asyncio.run(Understanding(None).understand(Message("web", "someone", "m", text)))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("combien de questions encore ? j'ai cours dans 5 min", "how_long"),
        ("je dois aller chercher les petits je reviens dans 2 jours", "pause"),
        ("Je n'ai pas d'histoire à raconter là-dessus, passons.", "skip"),
        ("Comment ça, pas répondu ? J'avais écrit dix lignes !", "my_answers"),
        ("Si, j'ai répondu : le texte sur le conseil. Il est où ?", "my_answers"),
        ("euh non ca c etait pas ma proposition", "remove_piece"),
        ("est-ce que mon ex peut voir ce que j'écris", "ask_privacy"),
        ("qui lit ce que j'écris, exactement ?", "ask_privacy"),
    ],
)
def test_what_is_said_to_us_is_asked_about(text: str, wish: str) -> None:
    assert addressed(heard(text)) == wish


@pytest.mark.parametrize(
    "text",
    [
        "Je reviens de loin, et personne ne m'a aidée.",
        "Combien de temps faut-il attendre une place ?",
        "Mon mari lit mon téléphone tous les soirs",
        "On passe notre temps à remplir des papiers.",
        "Qui s'occupe de nous quand l'éducatrice part ?",
        "Vous ne répondez jamais aux familles.",
        "Les familles ne peuvent pas lire les comptes rendus",
    ],
)
def test_a_testimony_is_not(text: str) -> None:
    assert addressed(heard(text)) is None
