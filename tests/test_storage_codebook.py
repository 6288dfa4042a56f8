"""The codebook and the codings, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine
from talks import conversation, turn, words

from bot.curated import Code, Coding, Reading
from bot.errors import CodebookError
from bot.model import Event, Spot
from storage.conversations import SqlStore
from storage.moderation.codebook import LONGEST, Codebook
from storage.moderation.codings import Codings, Stored
from storage.moderation.judgements import Judgements
from storage.sealing.keys import Keys

DAY = date(2026, 3, 4)
TEXT = "👩🏽‍🏫 Plus de temps pour chacun"
CANARY = "canari-9b1c"


@pytest.fixture
def codebook(engine: Engine) -> Codebook:
    return Codebook(engine)


@pytest.fixture
def codings(engine: Engine, keys: Keys) -> Codings:
    return Codings(engine, keys)


def contribute(store: SqlStore, *, sender: str = "someone", id: str = "c1") -> None:
    """Somebody tells one experience."""
    talk = conversation(id, answers={Spot("story"): words(TEXT)})
    made = Event("contribution", Spot("story"), "experience")
    with store.hold("web", sender) as held:
        held.save(f"{id} first", turn(talk, events=(made,)), push=False)


def reference(store: SqlStore, id: str = "c1") -> str:
    [mine] = [one for one in store.participations() if one.conversation.id == id]
    return mine.contributions[0].reference


def passage(code: Code, start: int, end: int, coder: str = "camille") -> Coding:
    return Coding(code.id, start, end, coder, DAY, words=TEXT[start:end])


def names(codebook: Codebook) -> list[str]:
    return [code.name for code in codebook.codes()]


def test_themes_come_each_followed_by_its_sub_themes(codebook):
    pay = codebook.add("Salaires", "Ce qui est payé", "#123ABC")
    codebook.add("Formation")
    net = codebook.add("Primes", parent=pay.id)
    assert names(codebook) == ["Salaires", "Primes", "Formation"]
    assert pay == Code(pay.id, "Salaires", "Ce qui est payé", "#123abc", None)
    assert net.parent == pay.id
    assert len({code.colour for code in codebook.codes()}) == 3


@pytest.mark.parametrize(
    "same", ["Formation", "  FORMATION ", "formation", "For\u200bmation", "Ｆormation"]
)
def test_a_name_is_unique_over_the_whole_tree(codebook, same):
    pay = codebook.add("Salaires")
    codebook.add("Formation", parent=pay.id)
    with pytest.raises(CodebookError, match=r"s'appelle déjà ainsi.*Précisez"):
        codebook.add(same)
    with pytest.raises(CodebookError, match="s'appelle déjà ainsi"):
        codebook.change(pay.id, name=same, definition="", colour="#111111")
    assert names(codebook) == ["Salaires", "Formation"]


def test_a_name_in_another_composition_is_the_same(codebook):
    codebook.add("Équipe é")
    with pytest.raises(CodebookError, match="s'appelle déjà ainsi"):
        codebook.add("E\u0301quipe e\u0301")


def test_two_at_the_same_moment_never_make_the_same_name(codebook):
    outcomes: list[str] = []

    def add() -> None:
        try:
            codebook.add("Temps")
            outcomes.append("kept")
        except CodebookError:
            outcomes.append("refused")

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "refused", "refused", "refused"]


@pytest.mark.parametrize(
    ("name", "definition", "colour", "said"),
    [
        (" \n\0 ", "", "", "Donnez un nom"),
        ("a" * (LONGEST + 1), "", "", "Gardez-en 120"),
        ("Temps", "a" * 4001, "", "La définition est trop longue"),
        ("Temps", "", "rouge", "Une couleur s'écrit"),
    ],
)
def test_what_cannot_be_a_theme_is_refused_with_a_remedy(codebook, name, definition, colour, said):
    with pytest.raises(CodebookError, match=said):
        codebook.add(name, definition, colour)
    assert codebook.codes() == ()


def test_a_short_colour_and_odd_characters_are_kept_in_their_plain_form(codebook):
    code = codebook.add("Temps\0 libre", "un\r\ndeux", "#FA0")
    assert (code.name, code.definition, code.colour) == ("Temps libre", "un\ndeux", "#ffaa00")


def test_themes_are_renamed_shifted_and_placed(codebook):
    a, b, c = (codebook.add(name) for name in "ABC")
    codebook.shift(c.id, -1)
    assert names(codebook) == ["A", "C", "B"]
    codebook.shift(c.id, -9)
    assert names(codebook) == ["C", "A", "B"]
    codebook.place(c.id, b.id)
    codebook.place(a.id, b.id)
    assert names(codebook) == ["B", "C", "A"]
    with pytest.raises(CodebookError, match="sous un de ses propres sous-thèmes"):
        codebook.place(b.id, c.id)
    codebook.change(b.id, name="Beaucoup", definition="plus", colour="#000000")
    assert codebook.codes()[0] == Code(b.id, "Beaucoup", "plus", "#000000", None)


def test_what_is_no_longer_there_is_said(codebook):
    here = codebook.add("Temps").id
    for change in (
        lambda: codebook.remove("nothing"),
        lambda: codebook.shift("nothing", 1),
        lambda: codebook.place(here, "nothing"),
        lambda: codebook.merge(here, "nothing"),
        lambda: codebook.change("nothing", name="A", definition="", colour="#111111"),
        lambda: codebook.add("Relève", parent="nothing"),
    ):
        with pytest.raises(CodebookError, match="n'existe plus"):
            change()


def test_several_are_taken_together_or_not_at_all(codebook):
    codebook.take([Code("a" * 32, "Temps"), Code("b" * 32, "Relève", parent="a" * 32)])
    with pytest.raises(CodebookError):
        codebook.take([Code("c" * 32, "Salaires"), Code("d" * 32, "temps")])
    assert [code.id[0] for code in codebook.codes()] == ["a", "b"]


def test_passages_are_kept_in_code_points_with_their_words(store, codebook, codings):
    contribute(store)
    code = codebook.add("Temps")
    start = TEXT.index("temps")
    assert start == 13  # the family of code points of the emoji counts for four
    mine = passage(code, start, start + 5)
    assert codings.add(reference(store), [mine, mine]) == (1, 0)
    assert codings.add(reference(store), [mine]) == (0, 0)
    assert [one.coding for one in codings.of(reference(store))] == [mine]
    assert list(codings.every()) == [(reference(store), mine)]
    assert mine.words == "temps"
    assert "temps" not in repr(mine)


@pytest.mark.parametrize(("start", "end"), [(-1, 4), (5, 5), (6, 2)])
def test_a_passage_that_is_not_one_is_refused(store, codebook, codings, start, end):
    contribute(store)
    code = codebook.add("Temps")
    with pytest.raises(CodebookError, match="Sélectionnez-le à nouveau"):
        codings.add(reference(store), [Coding(code.id, start, end, "camille", DAY, words="aaaa")])


def test_a_code_a_contribution_or_a_coder_that_is_not_there_is_refused(store, codebook, codings):
    contribute(store)
    code = codebook.add("Temps")
    mine = passage(code, 0, 4)
    with pytest.raises(CodebookError, match="thème n'existe plus"):
        codings.add(reference(store), [passage(Code("f" * 32, "?"), 0, 4)])
    with pytest.raises(CodebookError, match="n'est plus là"):
        codings.add("E-999999", [mine])
    with pytest.raises(CodebookError, match="1 à 80"):
        codings.add(reference(store), [passage(code, 0, 4, coder="")])
    for wrong in ("", "E", "E-", "X-000001", "E-１２", "E-1; drop"):
        with pytest.raises(CodebookError, match="Cette référence"):
            codings.of(wrong)


def test_several_coders_and_who_may_take_a_code_off(store, engine, codebook, codings):
    contribute(store)
    code = codebook.add("Temps")
    codings.add(reference(store), [passage(code, 0, 4), passage(code, 0, 4, "dominique")])
    mine, theirs = codings.of(reference(store))
    assert {mine.coding.coder, theirs.coding.coder} == {"camille", "dominique"}
    assert codings.remove(reference(store), theirs.id, mine.coding.coder) is False
    assert codings.remove(reference(store), mine.id, mine.coding.coder) is True
    assert Judgements(engine).given() == {
        theirs.coding.coder: {reference(store): frozenset({code.id})}
    }


def test_used_themes_are_deleted_only_when_confirmed(store, codebook, codings):
    contribute(store)
    theme = codebook.add("Temps")
    under = codebook.add("Relève", parent=theme.id)
    codings.add(reference(store), [passage(under, 0, 4), passage(under, 5, 9)])
    assert codebook.used() == {under.id: (2, 1)}
    with pytest.raises(CodebookError, match="a des sous-thèmes"):
        codebook.remove(theme.id, confirmed=True)
    with pytest.raises(CodebookError, match="posé sur 2 passages"):
        codebook.remove(under.id)
    codebook.remove(under.id, confirmed=True)
    codebook.remove(theme.id)
    assert codings.of(reference(store)) == []
    assert codebook.codes() == ()


def test_themes_are_merged_with_their_passages_and_sub_themes(store, codebook, codings):
    contribute(store)
    old, new = codebook.add("Horaires"), codebook.add("Temps")
    under = codebook.add("Relève", parent=old.id)
    codings.add(
        reference(store),
        [passage(old, 0, 4), passage(new, 0, 4), passage(old, 5, 9), passage(under, 0, 2)],
    )
    with pytest.raises(CodebookError, match="est un sous-thème"):
        codebook.merge(old.id, under.id)
    assert codebook.merge(old.id, new.id) == 1
    assert names(codebook) == ["Temps", "Relève"]
    kept = sorted((one.coding.code, one.coding.start) for one in codings.of(reference(store)))
    assert kept == sorted([(new.id, 0), (new.id, 5), (under.id, 0)])


def test_settled_passages_move_and_those_that_went_keep_no_words(store, codebook, codings):
    contribute(store)
    code = codebook.add("Temps")
    codings.add(reference(store), [passage(code, 0, 4), passage(code, 5, 9), passage(code, 5, 7)])
    first, *others = codings.of(reference(store))
    moved = Coding(code.id, 2, 6, "camille", DAY, words=first.coding.words)
    gone = Coding(code.id, 0, 0, "camille", DAY, words="a word that went")
    codings.settle(
        reference(store), [Stored(first.id, moved), *(Stored(one.id, gone) for one in others)]
    )
    lost, kept = codings.of(reference(store))
    assert kept.coding == moved
    assert lost.coding.redo
    assert lost.coding.words == ""


def test_erasing_a_person_takes_their_codings(store, codebook, codings):
    contribute(store)
    contribute(store, sender="another", id="c2")
    code = codebook.add("Temps")
    for id in ("c1", "c2"):
        codings.add(reference(store, id), [passage(code, 0, 4)])
    store.forget("web", "someone")
    assert [ref for ref, _ in codings.every()] == [reference(store, "c2")]


def test_no_word_is_readable_without_the_key(store, engine, codebook, codings):
    contribute(store)
    code = codebook.add("Temps")
    words_of = Coding(code.id, 0, len(CANARY), "camille", DAY, words=CANARY)
    codings.add(reference(store), [words_of])
    with engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT * FROM codings").one()
    assert CANARY not in str(tuple(row))
    assert store.copy("web", "someone")["conversations"][0]["codings"][0]["words"] == CANARY


def test_a_note_beside_a_passage_is_sealed_changed_and_taken_away(store, engine, codebook, codings):
    contribute(store)
    code = codebook.add("Temps")
    mine = replace(passage(code, 0, 4), note=CANARY)
    assert codings.add(reference(store), [passage(code, 5, 9), mine]) == (2, 1)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM codings").all()
    assert CANARY not in str([tuple(row) for row in rows])
    [first, second] = codings.of(reference(store))
    assert (first.coding.note, second.coding.note) == (CANARY, "")
    copied = store.copy("web", "someone")["conversations"][0]["codings"]
    assert {one["note"] for one in copied} == {CANARY, None}
    later = [replace(mine, note="autre"), replace(passage(code, 5, 9), note="vu")]
    assert codings.add(reference(store), later) == (0, 1), "a note is never written over"
    assert codings.annotate(reference(store), first.id, "", mine.coder)
    assert not codings.annotate(reference(store), second.id, "x", "somebody else")
    assert [one.coding.note for one in codings.of(reference(store))] == ["", "vu"]
    with pytest.raises(CodebookError, match="trop longue"):
        codings.annotate(reference(store), first.id, "x" * 10_001, mine.coder)


def test_read_with_nothing_to_code_counts_as_a_judgement(store, engine, codebook, codings):
    contribute(store)
    contribute(store, sender="another", id="c2")
    code, judged = codebook.add("Temps"), Judgements(engine)
    one, two = reference(store), reference(store, "c2")
    mine = passage(code, 0, 4)
    codings.add(one, [mine])
    assert judged.read(two, Reading(mine.coder, DAY)) is True
    assert judged.read(two, Reading(mine.coder, DAY)) is False
    with pytest.raises(CodebookError, match="déjà donné un thème"):
        judged.read(one, Reading(mine.coder, DAY))
    with pytest.raises(CodebookError, match="n'est plus là"):
        judged.read("E-999999", Reading(mine.coder, DAY))
    assert judged.readers(two) == [mine.coder]
    assert judged.given() == {mine.coder: {one: frozenset({code.id}), two: frozenset()}}
    assert judged.progress() == {mine.coder: 2}
    assert (judged.judged(mine.coder), judged.judged("nobody")) == (2, 0)
    codings.add(two, [mine])
    assert judged.readers(two) == [], "a code takes the place of the reading"
    assert judged.unread(two, mine.coder) is False
    judged.read(two, Reading("dominique", DAY))
    assert judged.unread(two, "dominique") is True
    judged.read(two, Reading("dominique", DAY))
    store.forget("web", "another")
    assert judged.progress() == {mine.coder: 1}
