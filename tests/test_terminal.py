"""A session of `parole talk`, pasted, is a transcript that replays to itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from replay import FACTS, replay
from test_transcripts import GUIDES, guide_of

from tests.serving import parole

SETTINGS = {
    "organiser_name": FACTS["organiser"],
    "organiser_contact": FACTS["contact"],
    "organiser_human": FACTS["human"],
    "organiser_privacy_url": FACTS["privacy_url"],
}
ASSISES = """bonjour
[Oui, gardez-les]
Lille
qui êtes-vous
25
[Je ne sais pas]
la formation initiale et les usagers
Un numéro unique. @skip
<voice>
~8 Un seul numéro.
J'ai fini
ajouter à mon texte
Et un accueil le soir.
retour
j'ai fini
effacer
non, garder mes réponses
c'est bon
oui
corriger 3
40
[Mes réponses]
=:!delete_my_data
oui, tout effacer
"""
REFUSED = """seul
1
[Non, moins de 15 ans]
recommencer
"""


@pytest.mark.parametrize(("guide", "typed"), [("assises", ASSISES), ("cese-2022", REFUSED)])
def test_a_pasted_session_replays_to_itself(guide, typed, tmp_path: Path):
    run = parole("talk", "--guide", guide, "--data", tmp_path, typed=typed, **SETTINGS)
    assert run.returncode == 0, run.stderr
    pasted = run.stdout
    assert guide_of(pasted) == guide
    assert pasted.count("\n> ") == typed.count("\n")
    assert "\n  * started\n" in pasted
    assert replay(pasted, GUIDES[guide]) == pasted
