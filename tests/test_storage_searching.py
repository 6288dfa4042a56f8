"""Looking for contributions: French words, filters, look-alikes, and what changes meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from talks import HARD_TEXTS, conversation, turn, words

from bot.curated import Coding, Curated, Decision, Relit
from bot.finding import CHOICES, SORTS, Entry, Wanted
from bot.model import Event, Spot
from storage.conversations import SqlStore
from storage.erasure.purging import purge
from storage.moderation.codebook import Codebook
from storage.moderation.codings import Codings
from storage.moderation.curations import Curations
from storage.moderation.present import Present
from storage.sealing.keys import Keys
from storage.search.indexing import Indexing
from storage.search.searching import Searching
from storage.search.stems import stems

TEXTS = (
    "Les éducatrices manquent de temps, surtout la nuit.",
    "Un éducateur formé change tout. Nous demandons une formation payée.",
    "Les salaires sont trop bas : les salariés s'en vont.",
    "Une aide sociale plus proche des familles, à la campagne.",
    "L'aide est là, mais la vie sociale manque.",
    "Les éducatrices manquent de temps, surtout la nuit !",
)


def entry(number: int, text: str, **changes: object) -> Entry:
    plain = Entry(
        number, f"P-{number:06d}", f"c{number}", f"REF-{number}", "cese-2022", "proposal",
        date(2026, 3, number % 28 + 1), text=text,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture
def search() -> Iterator[Searching]:
    made = Searching()
    made.put((), [entry(n, text) for n, text in enumerate(TEXTS, 1)])
    yield made
    made.close()


def numbers(search: Searching, asked: str = "", **more: object) -> list[int]:
    found = search.find(Wanted(asked, sort="oldest", **more))  # type: ignore[arg-type]
    assert found.count == len(found.entries)
    return [one.number for one in found.entries]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("éducatrices", [1, 2, 6]),
        ("EDUCATEURS", [1, 2, 6]),
        ("educatrice nuit", [1, 6]),
        ("formations", [2]),
        ("former", [2]),
        ("salarie", [3]),
        ("salaire", [3]),
        ("aide sociale", [4, 5]),
        ('"aide sociale"', [4]),
        ("« AIDE SOCIALE »", [4]),
        ("educ*", [1, 2, 6]),
        ("campa*", [4]),
        ("camp", []),
        ("l'aide", [4, 5]),
        ("l’aide", [4, 5]),
        ("l'aid*", [4, 5]),
        ("la formation des éducateurs", [2]),
        ("une aide sociale", [4, 5]),
        ('"une aide sociale"', [4]),
        ("la", [4, 5, 1, 6]),
        ("zzz", []),
        ("*", []),
        ("?!", []),
        ("", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_french_words_are_found_whatever_their_endings_and_accents(search, asked, found) -> None:
    assert numbers(search, asked) == sorted(found)


WAYS = (
    "L'accompagnement n'est pas payé. Aujourd’hui, l’hôpital ferme.",
    "Il ne faut pas fermer l'EHPAD de Saint-Étienne, rendez-vous manqué, burn-out.",
    "Un accompagnement, un rendezvous, un burnout ; l'hopital, l'A.S.E.",
    "Notre directrice et les aides-soignantes ; une actrice, l'ASE.",
)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("l'accompagnement", [1, 3]),
        ("d’accompagnements", [1, 3]),
        ("hôpitaux", [1, 3]),
        ("aujourdhui", [1]),
        ("aujourd'hui", [1]),
        ("ne pas", [1, 2]),
        ("n'est pas", [1, 2]),
        ("ne pas fermer", [1, 2]),
        ('"pas fermer"', [2]),
        ("« n'est pas »", [1]),
        ("l'A.S.E.", [3, 4]),
        ("fermer", [1, 2]),
        ("saint etienne", [2]),
        ("SAINT-ETIENNE", [2]),
        ("rendez-vous", [2, 3]),
        ("rendezvous", [2, 3]),
        ("rendez vous", [2]),
        ("burn-out", [2, 3]),
        ("burnout", [2, 3]),
        ("ase", [3, 4]),
        ("A.S.E.", [3, 4]),
        ("directeurs", [4]),
        ("acteur", [4]),
        ("aide-soignant", [4]),
        ("aides soignants", [4]),
        ("-", []),
        ("'", []),
        ("l'", [1, 2, 3, 4]),
    ],
)
def test_apostrophes_hyphens_feminines_and_small_words(asked: str, found: list[int]) -> None:
    search = Searching()
    search.put((), [entry(n, text) for n, text in enumerate(WAYS, 1)])
    assert numbers(search, asked) == found
    search.put([f"c{n}" for n in range(1, 5)], [])
    assert search._base.execute("SELECT count(*) FROM known").fetchone() == (0,)
    search.close()


@pytest.mark.parametrize("piece", ["a", "a-", "a.", "l'", "é’", "-a", "a_", "'"])
def test_an_endless_word_is_read_once(piece: str) -> None:
    def seconds(times: int) -> float:
        begun = time.process_time()
        stems(piece * times)
        return time.process_time() - begun

    stems("chauffer")  # the stemmer is read
    short = max(min(seconds(4_000) for _ in range(3)), 0.001)
    assert seconds(64_000) < 100 * short, "sixteen times as long"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_whatever_is_typed_is_only_words(typed: str) -> None:
    search = Searching()
    search.put((), [entry(1, typed), entry(2, TEXTS[0])])
    search.find(Wanted(typed))
    search.find(Wanted(f'"{typed}'))
    search.put(["c1"], [])
    assert numbers(search, "temps") == [2]
    assert search.kept() == 1
    search.close()


@pytest.mark.parametrize("text", [*HARD_TEXTS, "stems : (", "words OR NOT NEAR(", "a\"b'c;--"])
def test_hard_texts_are_kept_and_taken_away(text: str) -> None:
    search = Searching()
    search.put((), [entry(1, text)])
    [one] = search.find(Wanted(like="", words="")).entries
    assert one.text == text.encode("utf-8", "replace").decode()
    search.find(Wanted(text))
    search.put(["c1"], [entry(1, "autre")])
    assert numbers(search, "autres") == [1]
    search.drop(["REF-1"])
    assert search.kept() == 0
    assert search._base.execute("SELECT count(*) FROM known").fetchone() == (0,)
    search.close()


def test_filters_and_what_may_be_chosen() -> None:
    search = Searching()
    rich = {
        "guide": "assises", "kind": "experience", "topic": ("pay", "time"),
        "decision": Decision.HIDDEN, "public": ("pro",), "department": ("69",),
        "origin": "lyon", "channel": "telegram", "language": "ar", "helped": "with_help",
    }  # fmt: skip
    assert tuple(rich) == CHOICES
    search.put((), [entry(1, "a"), entry(2, "b", **rich, personal=True, coded=True)])
    for name, value in rich.items():
        code = value[0] if isinstance(value, tuple) else str(value)
        assert numbers(search, chosen={name: code}) == [2], name
        assert (code, 1) in search.possible()[name]
        assert numbers(search, chosen={name: f"{code}' OR '1'='1"}) == []
    assert numbers(search, chosen={"topic": "tim"}) == []
    assert numbers(search, chosen={"text; DROP": "x", "kind": ""}) == [1, 2]
    assert numbers(search, personal=True) == [2]
    assert numbers(search, uncoded=True) == [1]
    search.code([1])
    assert numbers(search, uncoded=True) == [2]
    search.close()


def test_pages_and_orders() -> None:
    search = Searching()
    search.put((), [entry(n, "mot " * n) for n in range(1, 61)])
    pages = [search.find(Wanted("mots", sort="longest", page=n)) for n in (1, 2, 3, 99, -4)]
    assert [(one.page, len(one.entries)) for one in pages] == [
        (1, 25), (2, 25), (3, 10), (3, 10), (1, 25),
    ]  # fmt: skip
    assert {one.count for one in pages} == {60}
    assert [one.number for one in pages[0].entries[:2]] == [60, 59]
    for sort in (*SORTS, "number; DROP TABLE entries"):
        assert len(search.find(Wanted("mots", sort=sort)).entries) == 25
        assert len(search.find(Wanted(sort=sort)).entries) == 25
    search.close()


def test_look_alikes_with_their_score(search: Searching) -> None:
    [near] = search.near("P-000001")
    assert (near.entry.number, near.score) == (6, 97)
    assert search.near("P-000003") == search.near("P-999999") == []
    found = search.find(Wanted(like="P-000001"))
    assert (found.count, found.scores) == (1, {"P-000006": 97})


def test_what_waits_comes_in_order_and_round_again(search: Searching) -> None:
    search.put((), [entry(2, "b", decision=Decision.BINNED), entry(4, "d", complete=False)])
    search.put(["c5"], [entry(5, "e", merged_into="P-000001")])
    assert search.waiting(0, 9) == (["P-000001", "P-000003", "P-000006"], 3)
    assert search.waiting(3, 2) == (["P-000006", "P-000001"], 3)


# --- kept up to date ---


def contribute(store: SqlStore, n: int, text: str) -> None:
    talk = conversation(f"c{n}", answers={Spot("idea"): words(text)}, reference=f"REF-{n}")
    with store.hold("web", f"person {n}") as held:
        made = Event("contribution", Spot("idea"), "proposal")
        held.save("m1", turn(talk, events=(made,)), push=False)


def entries(people: Iterable[Curated]) -> Iterator[Entry]:
    for one in people:
        for its in one.participation.contributions:
            curation, talk = one.of(its.reference), one.participation.conversation
            yield Entry(
                int(its.reference[2:]), its.reference, talk.id, talk.reference, talk.guide,
                its.kind, its.made_on, text=curation.text or talk.answers[Spot("idea")].kept,
                decision=curation.decision, coded=bool(curation.codings),
            )  # fmt: skip


@pytest.fixture
def indexing(engine: Engine, keys: Keys) -> Iterator[Indexing]:
    made = Indexing(engine, Present(engine, keys), Searching(), entries)
    yield made
    made.close()
    made.search.close()


def test_filled_in_the_background_then_kept_up_to_date(store, engine, keys, indexing) -> None:
    for n in range(1, 6):
        contribute(store, n, f"Des éducatrices {n}")
    first = min(int(made.reference[2:]) for p in store.participations() for made in p.contributions)

    def found(asked: str = "", **more: object) -> list[int]:
        return [number - first + 1 for number in numbers(indexing.search, asked, **more)]

    def name(n: int) -> str:
        return f"P-{first + n - 1:06d}"

    assert indexing.search.kept() == 0, "nothing before somebody looks"
    assert indexing.wait(30)
    assert found("éducateur") == [1, 2, 3, 4, 5]
    assert (indexing.progress.done, indexing.progress.total) == (5, 5)

    contribute(store, 6, "Un métier de cœur")
    with store.hold("web", "person 1") as held:
        talk = held.conversation
        assert talk is not None
        said = replace(talk, answers={Spot("idea"): words("Autrement", "m2")})
        corrected = (Event("corrected", Spot("idea")),)
        held.save("m2", turn(said, events=corrected), push=False)
    store.forget("web", "person 2")
    work = Curations(engine, keys, lambda *_, **__: ())
    work.decide(name(3), Decision.HIDDEN, "private", "claire", 0)
    work.confirm(name(4), Relit("Des [une personne]"), "claire", 0)
    code = Codebook(engine).add("Temps")
    passage = Coding(code.id, 0, 3, "claire", date(2026, 3, 4), words="Des")
    Codings(engine, keys).add(name(5), [passage])
    indexing.refresh(now=True)

    assert found("educatrices") == [3, 5]
    assert found("coeur") == [6]
    assert found("autrement") == [1]
    assert found("personne") == [4]
    assert found(chosen={"decision": "hidden"}) == [3]
    assert found(uncoded=True) == [1, 3, 4, 6]
    [(id, _)] = Codings(engine, keys).of(name(5))
    Codings(engine, keys).remove(name(5), id)
    indexing.refresh(now=True)
    assert 5 in found(uncoded=True)


def test_what_was_purged_is_found_no_more(store, engine, keys, indexing) -> None:
    """P6: the journal says how many left, not who."""
    contribute(store, 1, "canaribleu")
    assert indexing.wait(30)
    assert len(numbers(indexing.search, "canaribleu")) == 1
    today = datetime.now(UTC)
    assert purge(engine, keys, today.date() + timedelta(days=1), today) == 1
    indexing.refresh(now=True)
    assert numbers(indexing.search, "canaribleu") == []
    assert indexing.search.kept() == 0


def test_nothing_of_it_is_on_the_disk(store, indexing, tmp_path) -> None:
    contribute(store, 1, "canaribleu")
    assert indexing.wait(30)
    assert len(numbers(indexing.search, "canaribleu")) == 1
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"canaribleu" not in file.read_bytes()
