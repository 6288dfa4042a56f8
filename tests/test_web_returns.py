"""Coming back with four words by the web: the JSON API, and the page by plain forms."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.model import Message
from tests.web_service import AGREEING, HOST, Person, Service, field, service

pytestmark = pytest.mark.anyio
WRONG = "abeille abri abricot acteur"
FORM = {"Sec-Fetch-Site": "same-origin", "Referer": f"{HOST}/"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def web(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Service]:
    async with service(sqlite_template, tmp_path) as made:
        yield made


@pytest.fixture
async def client(web: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with web.client() as client:
        yield client


@pytest.fixture
async def browser(web: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with web.client(follow_redirects=True, headers=FORM) as client:
        yield client


@pytest.fixture
async def first(web: Service) -> AsyncIterator[Person]:
    """A person who answered on another device."""
    async with web.client() as client:
        person = await Person.begins(client)
        await person.agrees()
        await person.touches("Je suis formateur ou formatrice")
        yield person


async def code(person: Person) -> str:
    await person.says("code de retour")
    found = re.search(r"\n\n(\S+ \S+ \S+ \S+)\n\n", person.replies[0]["text"])
    assert found
    return found[1]


async def said(person: Person) -> list[str]:
    answer = await person.client.get("/api/messages", headers=person.bearer)
    assert answer.status_code == 200, answer.text
    return [one["text"] for one in answer.json()["messages"]]


async def count(web: Service) -> int:
    return len(await web.threads.run(lambda: list(web.store.conversations())))


async def test_from_one_device_to_another_by_the_api(
    client: httpx.AsyncClient, first: Person
) -> None:
    words = await code(first)
    before = await said(first)
    assert words not in str(before)
    other = await Person.begins(client)
    answer = await other.sends(id="here", text=words.upper().replace(" ", " - "))
    assert answer.json()["reread"] is True
    assert answer.json()["replies"][0]["text"].startswith("Votre conversation continue ici.")
    assert (await other.sends(id="here", text=words.upper().replace(" ", " - "))).json() == (
        answer.json()
    )
    after = await said(other)
    assert after[: len(before)] == before
    assert "Mon code de retour" in after
    assert words not in str(after).lower()
    old = await first.sends(id="late", text="bonjour")
    assert (old.status_code, old.json()["type"]) == (401, "urn:parole:moved")
    assert (
        old.json()["detail"] == "Votre conversation continue ailleurs, avec votre code de retour."
    )
    read = await first.client.get("/api/messages", headers=first.bearer)
    copied = await first.client.get("/api/copy", headers=first.bearer)
    erased = await first.client.delete("/api/conversation", headers=first.bearer)
    assert {read.status_code, copied.status_code, erased.status_code} == {401}
    assert "formatrice" in str(await said(other)), "whoever left cannot erase it"


async def test_a_message_sent_again_does_not_say_the_words_again(first: Person) -> None:
    one = (await first.sends(id="ask", choice=":!return_code")).json()
    two = (await first.sends(id="ask", choice=":!return_code")).json()
    assert one["replies"][0]["text"].startswith("Voici votre code de retour")
    assert two["replies"][0]["text"].startswith("Un code de retour vous a été donné.")
    assert [reply["id"] for reply in one["replies"]] == [reply["id"] for reply in two["replies"]]
    [copy] = (await first.client.get("/api/copy", headers=first.bearer)).json()["conversations"]
    assert len(copy["return_code_given_on"]) == 1
    assert copy["settings"]["return_code"] is True


async def test_the_page_brings_a_conversation_back_without_script(
    web: Service, browser: httpx.AsyncClient, first: Person
) -> None:
    words = await code(first)
    welcome = (await browser.get("/")).text
    assert 'href="/retour"' in welcome
    form = (await browser.get("/retour")).text
    answer = await browser.post("/retour", data={"id": field(form, "id"), "words": words.title()})
    assert answer.url.path == "/"
    assert "Votre conversation continue ici." in html.unescape(answer.text)
    assert "Je suis formateur ou formatrice" in answer.text
    assert await count(web) == 1
    again = await browser.post("/retour", data={"id": field(form, "id"), "words": words.title()})
    assert "Votre conversation continue ici." in html.unescape(again.text)
    page = await browser.get("/")
    answer = await browser.post(
        "/discussion/message", data={"id": field(page.text, "id"), "choice": ":!my_answers"}
    )
    assert "Qui répond" in answer.text


async def test_an_answer_that_the_network_loses_is_not_a_lost_conversation(
    web: Service, first: Person
) -> None:
    words = await code(first)
    async with web.client(headers=FORM) as browser:
        form = (await browser.get("/retour")).text
        jar = dict(browser.cookies)
        lost = await browser.post("/retour", data={"id": field(form, "id"), "words": words})
        assert lost.status_code == 303
        browser.cookies.clear()
        browser.cookies.update(jar)
        assert "Votre conversation continue ici." in (await browser.get("/")).text


async def test_wrong_words_open_nothing_and_five_of_them_wait(
    web: Service, browser: httpx.AsyncClient
) -> None:
    told = []
    for words in ("bonjour", *[WRONG] * 6):
        form = (await browser.get("/retour")).text
        page = await browser.post("/retour", data={"id": field(form, "id"), "words": words})
        assert words not in page.text
        told.append("attendez" in page.text.lower())
        assert 'role="alert"' in page.text
    assert told == [False] * 6 + [True]
    assert await count(web) == 0
    assert "Commencer" in (await browser.get("/")).text


async def test_a_page_where_answers_are_kept_asks_first(
    web: Service, browser: httpx.AsyncClient, first: Person
) -> None:
    words = await code(first)
    page = (await browser.post("/discussion")).text
    for value in AGREEING:
        sent = {"id": field(page, "id"), "choice": value}
        page = (await browser.post("/discussion/message", data=sent)).text
    form = (await browser.get("/retour")).text
    page = (await browser.post("/retour", data={"id": field(form, "id"), "words": words})).text
    assert "Ce code mène à une autre conversation." in page
    sent = {"id": field(page, "id"), "choice": "?return:yes"}
    page = (await browser.post("/discussion/message", data=sent)).text
    assert "Votre conversation continue ici." in page
    assert await count(web) == 2


async def test_a_code_of_another_consultation_leads_to_its_own_page(
    browser: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    other = await Person.begins(client, guide="assises")
    form = (await browser.get("/retour")).text
    words = await code(other)
    answer = await browser.post("/retour", data={"id": field(form, "id"), "words": words})
    assert answer.url.path == "/g/assises"
    assert "Votre conversation continue ici." in answer.text
    assert "Commencer" in (await browser.get("/")).text


async def test_the_words_are_on_a_page_of_their_own_once_without_script(
    browser: httpx.AsyncClient,
) -> None:
    page = (await browser.post("/discussion")).text
    sent = {"id": field(page, "id"), "choice": ":!return_code"}
    answer = await browser.post("/discussion/message", data=sent)
    [words] = re.findall(r'<p class="words">([^<]+)</p>', html.unescape(answer.text))
    assert len(words.split()) == 4
    assert answer.headers["cache-control"] == "no-store"
    reloaded = await browser.post("/discussion/message", data=sent)
    shown = html.unescape(reloaded.text)
    assert "Un code de retour vous a été donné." in shown
    assert words not in shown
    assert words not in html.unescape((await browser.get("/")).text)


async def test_a_page_whose_conversation_left_says_so(
    browser: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    page = (await browser.post("/discussion")).text
    token = browser.cookies["parole"]
    first = Person(client, token, [])
    other = await Person.begins(client)
    await other.says(await code(first))
    answer = await browser.post(
        "/discussion/message", data={"id": field(page, "id"), "text": "mes mots"}
    )
    assert answer.status_code == 401
    assert "continue ailleurs" in answer.text
    assert "mes mots" in answer.text, "to copy them"
    welcome = await browser.get("/")
    assert "Votre conversation continue ailleurs" in welcome.text
    assert "Commencer" in welcome.text
    assert "continue ailleurs" not in (await browser.get("/")).text, "said once"


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://a.fr"}])
async def test_another_site_cannot_send_the_form(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.post("/retour", data={"words": WRONG}, headers=headers)
    assert answer.status_code == 403


async def test_from_telegram_to_the_page_with_the_whole_thread(
    web: Service, browser: httpx.AsyncClient
) -> None:
    desk = web.reception
    asked = ("/start", "seul", "oui", "oui", "formateur")
    for number, text in enumerate((*asked, "code de retour")):
        given = await desk.receive(Message("telegram", "97001", f"m{number}", text))
    words = given.replies[0].values["words"]
    form = (await browser.get("/retour")).text
    answer = await browser.post("/retour", data={"id": field(form, "id"), "words": words})
    assert "formateur" in answer.text
    assert "Un code de retour vous a été donné." in answer.text
    assert words not in html.unescape(answer.text)
    [talk] = await web.threads.run(lambda: list(web.store.conversations()))
    assert talk.channel == "web"
