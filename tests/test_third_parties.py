"""What points to somebody is shown masked, and leaves only if the person wants it."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path

import exports_cases as cases
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay import through_bytes
from walks import GUIDES, NOON, understood

from bot import engine
from bot.guide import Guide
from bot.guide_file import read_guide
from bot.model import Answer, Contribution, Conversation, Message, Part, Participation, Spot, State
from exports.confidentiality import Profile
from nlu import personal
from nlu.understand import Understanding
from storage.masking import replaced

PARC = GUIDES["parc"]
IDEE, TITRE = Spot("idee"), Spot("titre")
NAMED = "Ma collègue Fatoumata Diallo m'a aidée."
MASKED = "Ma collègue [une personne] m'a aidée."
YES = Answer(State.ANSWERED, NOON, ("yes",), ("Oui",))
PASSED = Answer(State.SKIPPED, NOON, ("skip",))
BEFORE = ("qui", "ville", "foyer", "age", "chien", "jeux", "theme")
AGREED = {**{Spot(step): PASSED for step in BEFORE}, Spot("accord"): YES}
PEOPLE = [NAMED, "mon numéro c'est 06 12 34 56 78", "moi c'est karim, du foyer",
          "écrivez à jeanne.martin@exemple.fr", "elle habite 12 rue des Lilas à Lille",
          "Mme Lefebvre ne répond jamais", "Plus d'arbres.", "Des bancs à l'ombre."]  # fmt: skip
DOINGS = ["j'ai fini", "oui", "non", "passer", "retour", "pause", "terminer", "corriger 3",
          "je change mon texte", "garder ma réponse", "ajouter à mon texte"]  # fmt: skip
SCRIPTS = st.lists(st.sampled_from([*PEOPLE, *DOINGS, *DOINGS]), min_size=2, max_size=14)


def begun(guide: Guide = PARC) -> Conversation:
    return Conversation("id", "K7QF-3M2P", guide.guide, guide.version, "web", NOON,
                        at=IDEE, answers=AGREED)  # fmt: skip


def talked(*texts: str) -> Conversation:
    """The conversation after these messages, stored and loaded between each."""
    talk = begun()
    for number, text in enumerate(texts):
        heard = understood(Message("web", "someone", f"m{number}", text))
        talk = through_bytes(engine.advance(PARC, talk, heard, NOON).conversation)
    return talk


def test_what_points_to_somebody_is_found_when_it_is_heard() -> None:
    heard = asyncio.run(Understanding(None).understand(Message("web", "s", "m", NAMED)))
    assert (heard.text, heard.masked) == (NAMED, MASKED)
    plain = asyncio.run(Understanding(None).understand(Message("web", "s", "m", "Plus d'arbres.")))
    assert plain.masked is None


def test_both_versions_are_stored_apart() -> None:
    answer = talked(NAMED, "j'ai fini", "non").answers[IDEE]
    assert answer.parts == (Part("m0", NAMED, "fr", masked=MASKED),)
    assert (answer.text, answer.masking, answer.kept) == (NAMED, "refused", NAMED)


@pytest.mark.parametrize(
    ("said", "masking"),
    [(("oui",), "accepted"), (("passer",), "later"), (("terminer", "oui"), None), ((), None)],
)
def test_the_masked_version_is_kept_unless_it_is_refused(said, masking) -> None:
    answer = talked(NAMED, "j'ai fini", *said).answers[IDEE]
    assert (answer.masking, answer.kept, answer.text) == (masking, MASKED, NAMED)


def test_a_step_may_keep_names() -> None:
    written = (Path(__file__).parent / "guides" / "parc.yml").read_text("utf-8")
    guide = read_guide(written.replace("at_most: 300", "mask: false"), "parc.yml")
    heard = understood(Message("web", "s", "m1", NAMED))
    turn = engine.advance(guide, begun(guide), heard, NOON)
    assert turn.conversation.answers[IDEE].parts[0].masked is None


def test_words_replaced_leave_the_thread_in_both_versions() -> None:
    before = {IDEE: Answer(State.ANSWERED, NOON, parts=(Part("m1", NAMED, masked=MASKED),))}
    after = {IDEE: Answer(State.ANSWERED, NOON, parts=(Part("m2", "Des bancs."),))}
    assert set(replaced(before, after)) == {NAMED, MASKED}


def exported(talk: Conversation, profile: Profile, out: Path) -> list[dict[str, object]]:
    made = (Contribution("P-000001", "proposal", 0, date(2022, 3, 14)),)
    person = Participation(talk, made, "open", date(2022, 3, 14), alarms=2)
    key = (PARC.guide, PARC.version)
    manifest = cases.export(
        "jsonl", out, lambda: iter((person,)), profile=profile, guides={key: PARC}
    )
    assert manifest.said()["dangers_signales"] == (2 if profile is Profile.INTERNAL else None)
    files = sorted(out.glob("jsonl/[ac]*s.jsonl"))
    return [json.loads(one) for file in files for one in file.read_text("utf-8").splitlines()]


@settings(max_examples=40, deadline=None)
@given(script=SCRIPTS)
def test_no_text_that_leaves_the_team_points_to_anybody(script, tmp_path_factory) -> None:
    talk = talked(*script)
    for line in exported(talk, Profile.PARTNER, tmp_path_factory.mktemp("out")):
        assert not any(key.endswith("_as_typed") for key in line)
        for key in ("text", "title"):
            assert not any(personal.find(one) for one in str(line[key] or "").split("\n"))


@pytest.mark.parametrize("profile", [Profile.INTERNAL, Profile.PARTNER])
def test_only_the_internal_profile_holds_the_exact_words(profile: Profile, tmp_path: Path) -> None:
    lines = exported(talked(NAMED, "j'ai fini", "oui", "Titre"), profile, tmp_path)
    assert ("Fatoumata" in str(lines)) is (profile is Profile.INTERNAL)
    assert "[une personne]" in str(lines)


def test_the_exact_words_leave_when_the_person_wants_it(tmp_path: Path) -> None:
    lines = exported(talked(NAMED, "j'ai fini", "non"), Profile.INTERNAL, tmp_path)
    kept = [line for line in lines if NAMED in (line.get("words"), line.get("text"))]
    assert {line["masking"] for line in kept} == {"refused"}
