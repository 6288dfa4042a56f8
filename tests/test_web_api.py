"""The JSON API: what it promises, and what it says to everything else."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.as_typed import as_typed
from bot.channels.web_copy import LEFT_OUT
from bot.channels.web_problems import PROBLEM_JSON
from bot.channels.web_reading import LARGEST_BODY
from bot.errors import DatabaseBusy, DatabaseUnfit
from storage.copying import OF_CONTRIBUTION, OF_CONVERSATION
from storage.tables import conversations
from tests.web_service import AGREEING, HOST, Person, Service

pytestmark = pytest.mark.anyio
CANARY = "canari-mauve-7391"


@pytest.fixture
async def client(web: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with web.client() as client:
        yield client


@pytest.fixture
async def person(client: httpx.AsyncClient) -> Person:
    return await Person.begins(client)


async def test_a_conversation_opens_with_the_first_question(client: httpx.AsyncClient) -> None:
    opened = await client.post("/api/conversations")
    assert opened.status_code == 201
    assert len(opened.json()["token"]) == 43
    *_, last = opened.json()["replies"]
    assert [reply["id"] for reply in opened.json()["replies"]] == ["1.1", "1.2", "1.3"]
    assert {"label": "Je réponds pour moi", "value": "qui_repond:seul"} in last["choices"]


async def test_guide_and_origin_are_taken(web: Service, client: httpx.AsyncClient) -> None:
    person = await Person.begins(client, guide="assises", origin="maison-de-quartier")
    talk, _ = await web.threads.run(web.store.thread, "web", person.token)
    assert (talk.guide, talk.origin) == ("assises", "maison-de-quartier")


async def test_the_same_id_gives_the_same_replies(web: Service, person: Person) -> None:
    sent = {"id": "unique", "choice": person.value("Je réponds pour moi")}
    first = await person.sends(**sent)
    await person.says(choice="age:yes")
    again = await person.sends(**sent)
    assert first.json() == again.json()
    _, exchanges = await web.threads.run(web.store.thread, "web", person.token)
    assert len(exchanges) == 3


async def test_the_thread_is_what_was_given(client: httpx.AsyncClient, person: Person) -> None:
    given = list(person.replies)
    labels = []
    for choice in (*AGREEING, "public:!skip"):
        labels += [c["label"] for r in person.replies for c in r["choices"] if c["value"] == choice]
        await person.says(choice=choice)
        given += person.replies
    await person.says("aide")
    given += person.replies
    thread = (await client.get("/api/messages", headers=person.bearer)).json()
    by_assistant = [m for m in thread["messages"] if m["from"] == "assistant"]
    assert [{k: m[k] for k in ("id", "text", "choices")} for m in by_assistant] == given
    by_person = [m["text"] for m in thread["messages"] if m["from"] == "person"]
    assert by_person == [*labels, "aide"]
    assert thread["finished"] is False


HARD = (
    "deux\nlignes\r\nou trois\n",
    "👩🏽‍⚕️ cafe\u0301 et café",
    "\u202egauche\u202c \u200b",
    '<img src=x onerror="alert(1)">',
    "=1+1",
)


@pytest.mark.parametrize("words", HARD)
async def test_words_are_kept_as_they_came(
    client: httpx.AsyncClient, person: Person, words: str
) -> None:
    await person.agrees()
    await person.says(words)
    thread = (await client.get("/api/messages", headers=person.bearer)).json()["messages"]
    assert words in [m["text"] for m in thread]


async def test_normalisation_is_nul_and_lone_surrogates_only(
    client: httpx.AsyncClient, person: Person
) -> None:
    await person.agrees()
    raw = b'{"id": "x", "text": "moiti\\ud83d\\u0000 \\ud83d\\ude00"}'
    answer = await client.post("/api/messages", content=raw, headers=person.bearer)
    assert answer.status_code == 200
    thread = (await client.get("/api/messages", headers=person.bearer)).json()["messages"]
    assert "moiti\ufffd 😀" in [m["text"] for m in thread]


@pytest.mark.parametrize("text", HARD)
def test_what_needs_no_change_gets_none(text: str) -> None:
    assert as_typed(text) == text


MESSAGES: list[tuple[str, bytes, int, str]] = [
    ("not JSON", b"{canari-mauve-7391", 400, "JSON valable"),
    ("empty", b"", 400, "JSON valable"),
    ("NaN", b'{"id": NaN, "text": "canari-mauve-7391"}', 400, "JSON valable"),
    ("latin-1", '{"id": "1", "text": "été canari-mauve-7391"}'.encode("latin-1"), 400, "UTF-8"),
    ("raw surrogate", b'{"id": "1", "text": "\xed\xa0\xbd canari-mauve-7391"}', 400, "UTF-8"),
    ("very deep", b'{"id":"1","text":"a","x":' + b"[" * 1000 + b"]" * 1000 + b"}", 400, ""),
    ("deep", b'{"x":' + b"[" * 40 + b'"canari-mauve-7391"' + b"]" * 40 + b"}", 400, "niveaux"),
    ("huge number", b'{"id": "1", "text": ' + b"9" * 5000 + b"}", 400, "JSON valable"),
    ("a list", b'["canari-mauve-7391"]', 422, "objet JSON"),
    ("a word", b'"canari-mauve-7391"', 422, "objet JSON"),
    ("no id", b'{"text": "canari-mauve-7391"}', 422, "« id » manque"),
    ("id a number", b'{"id": 7391, "text": "a"}', 422, "« id » doit"),
    ("id too long", b'{"id": "' + b"x" * 101 + b'", "text": "a"}', 422, "« id » s’écrit"),
    ("id with space", b'{"id": "canari-mauve-7391 a", "text": "a"}', 422, "« id » s’écrit"),
    ("id reserved", b'{"id": "start", "text": "a"}', 422, "Choisissez-en un autre"),
    ("nothing said", b'{"id": "1"}', 422, "l’un des deux"),
    ("both", b'{"id": "1", "text": "canari-mauve-7391", "choice": "b"}', 422, "l’un des deux"),
    ("text a list", b'{"id": "1", "text": ["canari-mauve-7391"]}', 422, "« text » doit"),
    ("choice a number", b'{"id": "1", "choice": 7391}', 422, "« choice » doit"),
    ("choice empty", b'{"id": "1", "choice": ""}', 422, "« choice » est"),
    ("choice long", b'{"id": "1", "choice": "' + b"x" * 201 + b'"}', 422, "« choice » est"),
    ("text too long", json.dumps({"id": "1", "text": CANARY * 1000}).encode(), 422,
     "17 000 caractères, la limite est 10 000".replace(" 000", "\u202f000")),
    ("too big", b" " * (LARGEST_BODY + 1), 413, "256 Ko"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "detail"), [m[1:] for m in MESSAGES],
                         ids=[m[0] for m in MESSAGES])  # fmt: skip
async def test_a_message_that_cannot_be_read(
    client: httpx.AsyncClient, person: Person, body: bytes, status: int, detail: str
) -> None:
    answer = await client.post("/api/messages", content=body, headers=person.bearer)
    is_problem(answer, status, detail)
    thread = (await client.get("/api/messages", headers=person.bearer)).json()
    assert len(thread["messages"]) == 3  # nothing has moved


@pytest.mark.parametrize(
    ("fields", "status", "detail"),
    [
        ({"guide": "canari-mauve-7391"}, 404, "n’existe pas"),
        ({"guide": 7391}, 422, "« guide » doit"),
        ({"guide": "../canari-mauve-7391"}, 422, "« guide » s’écrit"),
        ({"origin": "Canari-Mauve-7391"}, 422, "« origin » s’écrit"),
        ({"origin": ["canari-mauve-7391"]}, 422, "« origin » doit"),
        (["canari-mauve-7391"], 422, "objet JSON"),
    ],
)
async def test_an_opening_that_cannot_be_read(
    client: httpx.AsyncClient, fields: Any, status: int, detail: str
) -> None:
    is_problem(await client.post("/api/conversations", json=fields), status, detail)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/canari-mauve-7391", 404),
        ("GET", "/canari-mauve-7391", 404),
        ("PUT", "/api/messages", 405),
        ("GET", "/api/conversations", 405),
        ("GET", "/static/canari-mauve-7391.js", 404),
        ("GET", "/g/canari-mauve-7391", 404),
    ],
)
async def test_addresses_that_do_not_exist(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    is_problem(answer, status, "")
    if status == 405:
        assert answer.headers["allow"]


TOKENS = ("", "Bearer", "Bearer " + "x" * 43, "Bearer canari-mauve-7391", "Basic abc", "é")


@pytest.mark.parametrize("shown", TOKENS)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "messages"), ("GET", "messages"), ("GET", "copy"), ("DELETE", "conversation")],
)
async def test_an_unknown_token(
    client: httpx.AsyncClient, shown: str, method: str, path: str
) -> None:
    body = b'{"id": "1", "text": "canari-mauve-7391"}' if method == "POST" else None
    headers = {"Authorization": shown.encode()} if shown else {}
    answer = await client.request(method, f"/api/{path}", headers=headers, content=body)
    is_problem(answer, 401, "nouvelle")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_erased_then_nothing_answers(client: httpx.AsyncClient, person: Person) -> None:
    await person.agrees()
    assert (await client.delete("/api/conversation", headers=person.bearer)).status_code == 204
    is_problem(await person.sends(id="late", text=CANARY), 410, "effacée")
    is_problem(await client.get("/api/messages", headers=person.bearer), 410, "effacée")
    is_problem(await client.get("/api/copy", headers=person.bearer), 410, "effacée")
    assert (await client.delete("/api/conversation", headers=person.bearer)).status_code == 204


async def test_erasing_by_talking_says_so_the_same_way_twice(person: Person) -> None:
    await person.agrees()
    await person.says("tout effacer")
    yes = {"id": "sure", "choice": person.value("Oui, tout effacer")}
    first, again = await person.sends(**yes), await person.sends(**yes)
    assert first.json() == again.json()
    assert first.json()["erased"] is True
    assert "effacé" in first.json()["replies"][0]["text"]
    is_problem(await person.sends(id="after", text=CANARY), 410, "effacée")


async def test_a_finished_conversation_still_answers(person: Person) -> None:
    await person.agrees()
    await person.says("terminer")
    await person.touches("Oui, terminer")
    assert person.finished
    await person.says("merci beaucoup")
    assert person.finished
    assert person.replies


async def test_the_copy_holds_the_words_and_not_the_token(
    client: httpx.AsyncClient, person: Person
) -> None:
    await person.agrees()
    await person.says(CANARY)
    copy = await client.get("/api/copy", headers=person.bearer)
    assert CANARY in copy.text
    assert person.token not in copy.text
    assert copy.headers["content-disposition"].startswith("attachment")


async def test_the_copy_is_read_by_a_person(client: httpx.AsyncClient) -> None:
    person = await Person.begins(client, origin="maison-de-quartier")
    await person.agrees()
    for choice in ("public:autre", "a_quel_titre:citoyen"):
        await person.says(choice=choice)
    await person.says("Lille")
    await person.says("passer")
    copy = await client.get("/api/copy", headers=person.bearer)
    [talk] = copy.json()["conversations"]
    assert (talk["channel"], talk["origin"]) == ("page web", "maison-de-quartier")
    assert talk["consultation"] == "Les métiers de la cohésion sociale"
    [agreed] = talk["consents"]
    assert agreed["name"] == "Garder mes réponses"
    assert agreed["text_version"] == "2022-03-01"
    lives = next(one for one in talk["answers"] if one["codes"] == ["59"])
    assert lives["question"].endswith("?")
    assert (lives["state"], lives["answer"], lives["words"]) == (
        "réponse donnée", ["Nord (59)"], ["Lille"],
    )  # fmt: skip
    assert "question passée" in [one["state"] for one in talk["answers"]]
    assert [one["you"] for one in talk["thread"]][-2:] == ["Lille", "passer"]
    assert all(said["text"] for one in talk["thread"] for said in one["assistant"])
    assert {one["name"] for one in talk["journal"]} >= {"answered"}
    assert not re.search(r"[0-9a-f]{32}|@[a-z]|\\u", copy.text)  # no hash, no key of ours


async def test_the_copy_after_starting_again(client: httpx.AsyncClient, person: Person) -> None:
    """What was said before is gone; the copy and the thread hold what came since."""
    await person.agrees()
    await person.says(CANARY)
    await person.says("recommencer")
    await person.touches("Oui, recommencer")
    copy = await client.get("/api/copy", headers=person.bearer)
    assert copy.status_code == 200
    [talk] = copy.json()["conversations"]
    assert (talk["answers"], len(talk["thread"])) == ([], 1)
    thread = await client.get("/api/messages", headers=person.bearer)
    assert thread.status_code == 200
    assert CANARY not in copy.text + thread.text


class Watched(dict):  # type: ignore[type-arg]
    """A row that remembers what was read of it."""

    def __init__(self, row: dict[str, Any], read: set[str]) -> None:
        super().__init__(row)
        self.read = read

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)


async def test_the_copy_leaves_nothing_out_unless_it_says_so(
    web: Service, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every column of every table that follows a conversation is read, or listed in LEFT_OUT."""
    await person.agrees()
    await person.says(CANARY)
    await person.says("code de retour")
    followed = (*OF_CONVERSATION, *OF_CONTRIBUTION, conversations)
    tables = {table.name: table for table in followed}
    read: dict[str, set[str]] = {name: set() for name in tables}
    kept = web.store.copy("web", person.token)
    [talk] = kept["conversations"]
    talk["contributions"] = [{"number": 7, "kind": "proposal", "round": 0, "made_on": "2022-03-01"}]
    voice = dict.fromkeys(tables["voices"].c.keys(), 1)
    talk["voices"] = [voice | {"step": "recit", "kind": "audio/ogg", "audio": "c29u"}]
    letter = {"at": "recit", "payload": {"text": "mots", "sound": [1, "audio/ogg", "c29u"]}}
    talk["letters"] = [dict.fromkeys(tables["letters"].c.keys(), 1) | letter]
    talk["outbox"] = [dict.fromkeys(tables["outbox"].c.keys(), 1) | {"payload": None}]
    for name in ("curations", "decisions", "codings", "readings", "pairs", "snapshot_rows",
                 "apart"):  # fmt: skip
        talk[name] = [dict.fromkeys(tables[name].c.keys(), 7)]
    for name in set(tables) - {"conversations"}:
        talk[name] = [Watched(row, read[name]) for row in talk[name]]
    kept["conversations"] = [Watched(talk, read["conversations"])]
    monkeypatch.setattr(web.store, "copy", lambda *_: kept)
    async with web.client() as client:
        assert (await client.get("/api/copy", headers=person.bearer)).status_code == 200
    for name, table in tables.items():
        columns = set(table.c.keys())
        left_out = LEFT_OUT[name]
        if name == "outbox":
            read[name].add("payload")
        assert left_out <= columns, name
        assert (read[name] & columns) | left_out == columns, name


COOKIE_CASES = [
    ({"Sec-Fetch-Site": "same-origin"}, 200, 200),
    ({"Origin": HOST}, 200, 200),
    ({"Sec-Fetch-Site": "none"}, 200, 403),
    ({}, 200, 403),
    ({"Sec-Fetch-Site": "cross-site", "Origin": HOST}, 403, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403, 403),
    ({"Origin": "https://ailleurs.example"}, 403, 403),
    ({"Origin": "null"}, 403, 403),
]


@pytest.mark.parametrize(("headers", "reading", "writing"), COOKIE_CASES)
async def test_the_cookie_is_taken_from_our_page_only(
    client: httpx.AsyncClient, person: Person, headers: dict[str, str], reading: int, writing: int
) -> None:
    client.cookies.set("parole", person.token)
    assert (await client.get("/api/messages", headers=headers)).status_code == reading
    sent = await client.post("/api/messages", headers=headers, json={"id": "1", "text": "oui"})
    assert sent.status_code == writing
    erased = await client.delete("/api/conversation", headers=headers)
    assert erased.status_code == (204 if writing == 200 else 403)


@pytest.mark.parametrize(
    ("error", "status", "wait"), [(DatabaseBusy("x"), 503, "5"), (DatabaseUnfit("x"), 503, "60")]
)
async def test_a_database_that_is_away(
    web: Service, person: Person, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int,
    wait: str,
) -> None:  # fmt: skip
    def away(*_: object) -> None:
        raise error

    monkeypatch.setattr(web.store, "hold", away)
    answer = await person.sends(id="1", text=CANARY)
    is_problem(answer, status, "")
    assert answer.headers["retry-after"] == wait
    monkeypatch.undo()
    assert (await person.sends(id="1", text="oui")).status_code == 200


async def test_a_fault_of_ours_tells_nothing(
    web: Service,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(web.store, "hold", breaks)
    answer = await person.sends(id="1", text=CANARY)
    is_problem(answer, 500, "Renvoyez le même message")
    logged = "".join(capsys.readouterr())
    assert "request_failed" in logged
    assert "RuntimeError" in logged
    assert CANARY not in logged
    assert person.token not in logged


def is_problem(answer: httpx.Response, status: int, detail: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM_JSON
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["status"] == status
    assert detail in problem["detail"]
    assert problem["detail"].endswith(".")
    assert "7391" not in answer.text.lower()
