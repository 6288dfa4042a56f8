"""A danger is never left without the numbers; then nothing is kept until the person chooses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from replay import through_bytes
from walks import GUIDES, NOON, understood

from bot import engine
from bot.emergencies import OTHERS, arranged, told_of
from bot.model import Answer, Conversation, Event, Heard, Message, Part, Spot, State, Turn
from bot.settings import Settings
from storage.conversations import SqlStore

CESE = GUIDES["cese-2022"]
AGREED = {
    Spot("qui_repond"): Answer(State.ANSWERED, NOON, ("seul",), ("Moi",)),
    Spot("age"): Answer(State.ANSWERED, NOON, ("yes",), ("Oui",)),
    Spot("accord"): Answer(State.ANSWERED, NOON, ("yes",), ("Oui",)),
    Spot("recit"): Answer(State.ANSWERED, NOON, parts=(Part("m1", "Avant"),)),
}
CRY = "je veux mourir"


def at(step: str) -> Conversation:
    return Conversation("id", "K7QF-3M2P", CESE.guide, CESE.version, "web", NOON,
                        at=Spot(step), answers=AGREED)  # fmt: skip


def heard(text: str, **more: object) -> Heard:
    return Heard("m2", text, intent="distress_self", confidence=1.0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("recit", heard(CRY)),
        ("titre", heard(CRY + " encore" * 200)),  # refused: too long for a title
        ("public", heard(CRY)),
        ("public", heard("Autre")),
        ("recit", heard(CRY, media="photo")),
        ("departement", heard(CRY, edits="m1")),
        ("departement", heard(CRY, edits="unknown")),
    ],
)
def test_the_numbers_are_shown_once(step: str, said: Heard) -> None:
    turn = engine.advance(CESE, at(step), said, NOON)
    assert [reply.key for reply in turn.replies].count("danger") == 1


def plain(text: str, id: str = "m3") -> Heard:
    return understood(Message("web", "someone", id, text))


def pressed(code: str) -> Heard:
    return understood(Message("web", "someone", "m9", choice=f"?danger:{code}"))


def after(*said: Heard, step: str = "recit") -> list[Turn]:
    """The turns, the conversation being stored and loaded between them."""
    talk, turns = at(step), list[Turn]()
    for one in said:
        turns.append(engine.advance(CESE, through_bytes(talk), one, NOON))
        talk = turns[-1].conversation
    return turns


def texts(turn: Turn) -> set[str]:
    answers = turn.conversation.answers.values()
    return {part.text for answer in answers for part in answer.parts}


def test_no_question_is_asked_and_the_words_are_in_no_answer() -> None:
    [turn] = after(heard(CRY))
    assert [reply.key for reply in turn.replies] == ["danger"]
    assert [choice.value for choice in turn.replies[0].choices] == [
        "?danger:yes", "?danger:no", "?danger:erase",
    ]  # fmt: skip
    assert turn.replies[0].choices[2].label == "@danger.quoted je veux mourir"
    assert turn.said == ""
    assert texts(turn) == {"Avant"}
    assert turn.events == (Event("danger", Spot("recit"), "distress_self"),)
    assert CRY not in repr(turn.events)


@pytest.mark.parametrize(
    "said",
    [
        plain("Personne ne m'écoute"), plain("j'ai fini"), plain("mes réponses"), heard(CRY),
        replace(plain("", "m4"), media="photo"), replace(plain("Autre chose"), edits="m1"),
        Heard("m4", choice="public:autre"), Heard("m4", choice=":!correct"),
    ],
)  # fmt: skip
def test_what_comes_in_the_silence_is_kept_nowhere(said: Heard) -> None:
    first, turn = after(heard(CRY), said)
    assert [reply.key for reply in turn.replies] == ["danger.waiting"]
    assert turn.conversation == first.conversation
    assert turn.events == ()
    assert turn.replies[0].values == {"danger": "life"}
    assert said.choice or turn.said == ""


def test_who_goes_on_keeps_their_words() -> None:
    *_, turn = after(heard(CRY), plain("je suis là"), pressed("yes"))
    assert texts(turn) == {CRY}  # the first text was complete: new words replace it
    assert turn.conversation.pending is None
    assert turn.conversation.withheld is None
    assert [reply.key for reply in turn.replies] == ["danger.over", "noted.first"]


@pytest.mark.parametrize("code", ["no", "erase"])
def test_who_stops_or_erases_leaves_none_of_them(code: str) -> None:
    *_, turn = after(heard(CRY), pressed(code))
    assert texts(turn) == {"Avant"}
    assert CRY not in repr(turn)
    *_, turn = after(heard(CRY), pressed(code), plain("continuer"))
    assert texts(turn) == {"Avant"}
    assert CRY not in repr(turn)


def test_words_taken_back_on_the_phone_are_forgotten() -> None:
    _, turn, resumed = after(heard(CRY), replace(plain("…"), edits="m2"), pressed("yes"))
    assert turn.conversation.withheld is None
    assert texts(resumed) == {"Avant"}


def test_a_closed_question_keeps_none_of_them() -> None:
    first, turn = after(heard("éduc spé, et je veux mourir"), pressed("yes"), step="public")
    assert first.conversation.withheld is None
    assert [reply.key for reply in turn.replies] == ["danger.over", "ask"]


def test_a_danger_told_aloud_is_answered_once_written_down() -> None:
    voice = Answer(State.ANSWERED, NOON, parts=(Part("m1", "", origin="voice"),), draft=True)
    talk = replace(at("recit"), answers={**AGREED, Spot("recit"): voice})
    turn = engine.advance(CESE, talk, heard(CRY, hears="m1"), NOON)
    assert [reply.key for reply in turn.replies] == ["danger"]
    assert turn.conversation.pending == "danger"


def test_staff_see_a_number(store: SqlStore) -> None:
    talk = at("recit")
    with store.hold("web", "someone") as held:
        held.save("m0", Turn(talk, (), ()), push=False)
    for number, said in enumerate([heard(CRY), pressed("yes"), heard(CRY, edits="m2")]):
        with store.hold("web", "someone") as held:
            assert held.conversation is not None
            turn = engine.advance(CESE, held.conversation, said, NOON)
            held.save(f"m{number + 1}", turn, push=False)
    [one] = store.participations()
    assert one.alarms == 2


def test_a_doubtful_alarm_says_nothing() -> None:
    doubt = Heard("m2", CRY, intent="distress_self", confidence=0.2)
    turn = engine.advance(CESE, at("recit"), doubt, NOON)
    assert "danger" not in [reply.key for reply in turn.replies]


def test_the_first_list_is_whole_then_only_what_fits_unless_it_is_graver_or_asked() -> None:
    beaten = replace(heard(CRY), text="mon mari me frappe")
    turns = after(beaten, pressed("yes"), beaten, pressed("yes"), heard(CRY), plain("aide"))
    shown = [(t.replies[0].key, t.replies[0].values.get("danger")) for t in turns]
    assert shown == [
        ("danger", "violence"), ("danger.over", None), ("danger.again", "violence"),
        ("danger.over", None), ("danger", "life"), ("danger", "life"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "intent", "first"),
    [
        ("il est devant ma porte il va me tuer", "distress_self", ["17", "3919", "114"]),
        ("des fois je me dis que ça servirait à rien de vivre", "distress_self", ["15", "3114"]),
        ("il me frappe et je veux mourir", "distress_self", ["17", "3114", "3919"]),
        ("mon conjoint est décédé, j'ai envie de mourir", "distress_self", ["3114", "15"]),
        ("un enfant est frappé par son père", "danger_other", ["17", "119"]),
        ("ma grand-mère est attachée à l'ehpad", "danger_other", ["17", "3977"]),
        ("je dors dehors ce soir", "distress_self", ["115"]),
    ],
)
def test_the_numbers_that_fit_come_first(text: str, intent: str, first: list[str]) -> None:
    numbers = Settings.model_fields["emergency_numbers"].default
    lines = "\n".join(f"{number} : {use}" for number, use in numbers.items())
    kind = told_of(Heard("m", text, intent=intent, confidence=1.0))
    whole = arranged(lines, kind)
    before, _, others = whole.partition(OTHERS)
    assert sorted(line.split()[0] for line in before.splitlines()) == sorted(first)
    assert sorted([*before.splitlines(), *others.splitlines()]) == sorted(lines.splitlines())
    assert arranged(lines, kind, short=True) == before


def test_an_organiser_s_own_numbers_are_all_kept() -> None:
    assert arranged("0 800 : chez nous", "violence") == "0 800 : chez nous"
    assert arranged("0 800 : chez nous", "violence", short=True) == "0 800 : chez nous"


def test_a_button_of_the_question_goes_on_and_answers() -> None:
    *_, turn = after(heard(CRY), Heard("m4", choice="public:autre"), step="public")
    assert turn.conversation.answers[Spot("public")].values == ("autre",)
    assert turn.conversation.pending is None
    *_, turn = after(heard(CRY), Heard("m4", choice="recit:!done"))
    assert texts(turn) == {CRY}


def test_a_refusal_in_the_words_of_an_alarm_is_heard() -> None:
    said = heard("je préfère pas dire où j'habite il me cherche")
    first, turn = after(said, pressed("yes"), step="departement")
    assert [reply.key for reply in first.replies] == ["danger"]
    assert turn.conversation.answers[Spot("departement")].state is State.REFUSED
    assert turn.conversation.at not in (None, Spot("departement"))


def test_the_words_quoted_by_the_button_leave_the_thread_with_them(store: SqlStore) -> None:
    with store.hold("web", "someone") as held:
        held.save("m0", Turn(at("recit"), (), ()), push=False)
    for number, said in enumerate((heard(CRY), pressed("erase"))):
        with store.hold("web", "someone") as held:
            assert held.conversation is not None
            turn = engine.advance(CESE, held.conversation, said, NOON)
            held.save(f"m{number + 1}", turn, push=False)
    _, thread = store.thread("web", "someone")
    assert CRY not in repr(thread)
    assert "@danger.quoted" in repr(thread)
    assert thread[-1].said == "@danger.erase"


@pytest.mark.parametrize(
    ("step", "text", "kept"),
    [
        ("qui_repond", "pour moi, je suis venue toute seule avec mes sacs", ("seul",)),
        ("accord", "J'accepte.", ("yes",)),
        ("recit", "je porte tout ça depuis des mois", ()),
    ],
)
def test_a_danger_that_only_the_model_hears_is_asked_about_in_one_line(step, text, kept) -> None:
    before = replace(at(step), answers={s: a for s, a in AGREED.items() if s.step != step})
    heard = Heard("m2", text, intent="distress_self", confidence=1.0, alone=True)
    turn = engine.advance(CESE, before, heard, NOON)
    assert turn.conversation.pending is None
    assert turn.conversation.answers[Spot(step)].values == kept
    keys = [reply.key for reply in turn.replies]
    assert keys.count("danger.perhaps") == 1
    assert "danger" not in keys
    assert Event("danger_perhaps", turn.conversation.at, "distress_self") in turn.events


def test_the_line_leads_to_the_numbers() -> None:
    alone = Heard("m2", "je porte tout ça", intent="distress_self", confidence=1.0, alone=True)
    asked, shown = after(alone, Heard("m3", choice=":!distress_self"))
    [choice] = next(reply for reply in asked.replies if reply.key == "danger.perhaps").choices
    assert choice.value == ":!distress_self"
    assert [reply.key for reply in shown.replies] == ["danger"]
    assert "je porte tout ça" in texts(asked)


def test_an_unclear_answer_with_a_danger_of_the_model_alone_is_not_an_alarm() -> None:
    alone = Heard("m2", "tout seul ici", intent="distress_self", confidence=1.0, alone=True)
    turn = engine.advance(CESE, at("public"), alone, NOON)
    assert [r.key for r in turn.replies] == ["danger.perhaps", "refusal.choice"]


def test_the_words_of_the_line_s_button_are_no_story() -> None:
    asked, shown = after(
        Heard("m2", "je porte tout ça", intent="distress_self", confidence=1.0, alone=True),
        plain("voir les numéros"),
    )
    assert [reply.key for reply in shown.replies] == ["danger"]
    assert texts(shown) == texts(asked)
