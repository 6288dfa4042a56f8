"""Several persons on one phone, by the web: the JSON API, and the page by plain forms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from bot.model import Turn
from tests.web_service import AGREEING, HOST, OURS, Person, Service, field

pytestmark = pytest.mark.anyio
FIRST = ("J'écris pour une autre personne", "Une animatrice ou un animateur")
EACH = ("Oui, 15 ans ou plus", "Oui, je suis d'accord", "Je suis une personne accompagnée")
TYPED = (  # the address is typed, or kept: by the browser itself, or by our service worker
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin"},
)
GOING_ON = {"Sec-Fetch-Site": "same-origin", "Referer": f"{HOST}/"}


@pytest.fixture
async def client(web: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with web.client(follow_redirects=True) as client:
        yield client


async def thread(person: Person) -> list[str]:
    answer = await person.client.get("/api/messages", headers=person.bearer)
    return [one["text"] for one in answer.json()["messages"]]


async def copied(person: Person) -> httpx.Response:
    return await person.client.get("/api/copy", headers=person.bearer)


async def test_a_helper_writes_for_five_persons_in_a_row(
    web: Service, client: httpx.AsyncClient
) -> None:
    helper = await Person.begins(client)
    for label in FIRST:
        await helper.touches(label)
    references, turns = [], []
    for number in range(5):
        words = f"Pour le logement, personne {number}"
        for label in EACH:
            await helper.touches(label)
        await helper.says("passer")
        await helper.says(words)
        await helper.says("terminer")
        await helper.touches("Oui, terminer")
        receipt = helper.replies[0]["text"]
        assert receipt.startswith("Lisez à la personne : ")
        said = await thread(helper)
        assert [f"personne {n}" in " ".join(said) for n in range(5)].count(True) <= 1
        [copy] = (await copied(helper)).json()["conversations"]
        assert copy["reference"] in receipt
        assert copy["helped"] == "écrit par une personne qui aide"
        references.append(copy["reference"])
        turns.append(copy["messages"])
        if number < 4:
            await helper.touches("Personne suivante")
            first = [reply["text"] for reply in helper.replies]
            assert len(first) == 2, "one short sentence, then the first question"
            assert all(one not in " ".join(first) for one in references)
    assert len(set(references)) == 5
    assert turns[1:] == [turns[1]] * 4
    assert turns[1] == turns[0] - 2, "who helps is not asked again"
    kept = await web.threads.run(lambda: list(web.store.conversations()))
    assert len({one.helper for one in kept}) == 1
    assert sorted(one.reference for one in kept) == sorted(references)


async def test_the_answer_says_that_the_thread_is_another(client: httpx.AsyncClient) -> None:
    person = await Person.begins(client)
    for value in AGREEING:
        await person.says(choice=value)
    old = [choice["value"] for reply in person.replies for choice in reply["choices"]]
    await person.says("je change de personne")
    yes = person.value("Oui, personne suivante")
    answer = await person.sends(id="next", choice=yes)
    again = await person.sends(id="next", choice=yes)
    assert answer.json() == again.json()
    assert answer.json()["reread"] is True
    late = await person.sends(id="late", choice=old[0])
    assert "reread" not in late.json()
    assert late.json()["replies"][0]["text"].startswith("Ce bouton vient d'une autre conversation.")
    resent = await person.sends(id="m1", choice="qui_repond:seul")
    [told] = resent.json()["replies"]
    assert (told["id"], told["text"][:41]) == ("0.1", "Ce message vient d'une autre conversation")


async def test_erasing_leaves_the_person_before(web: Service, client: httpx.AsyncClient) -> None:
    person = await Person.begins(client)
    await person.agrees()
    await person.says("je change de personne")
    await person.touches("Oui, personne suivante")
    assert (await client.delete("/api/conversation", headers=person.bearer)).status_code == 204
    assert (await client.get("/api/messages", headers=person.bearer)).status_code == 410
    kept = await web.threads.run(lambda: list(web.store.conversations()))
    assert [one.paused for one in kept] == [True]


async def sends(browser: httpx.AsyncClient, page: str, **fields: str) -> str:
    answer = await browser.post(
        "/discussion/message", data={"id": field(page, "id"), **fields}, headers=OURS
    )
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("typed", TYPED)
async def test_a_page_opened_again_asks_for_the_code_and_shows_nothing(
    client: httpx.AsyncClient, typed: dict[str, str]
) -> None:
    page = (await client.post("/discussion", data={}, headers=OURS)).text
    for value in AGREEING:
        page = await sends(client, page, choice=value)
    page = await sends(client, page, text="code 4821")
    assert "Votre code est noté" in page
    assert "4821" not in page
    for going_on in ({}, GOING_ON):
        assert "Avez-vous 15 ans" in (await client.get("/", headers=going_on)).text
    page = (await client.get("/", headers=typed)).text
    assert "Un code ferme cette conversation" in page
    assert "Avez-vous 15 ans" not in page
    assert "Votre code est noté" not in page
    page = (await client.get("/")).text
    assert "Avez-vous 15 ans" not in page
    page = await sends(client, page, text="1111")
    assert "Avez-vous 15 ans" not in page
    page = await sends(client, page, text="4821")
    assert "Avez-vous 15 ans" in page
    assert "C&#39;est le bon code" in page


async def test_the_api_shows_nothing_either_before_the_code(
    web: Service, client: httpx.AsyncClient
) -> None:
    person = await Person.begins(client)
    await person.agrees()
    await person.says("code 4821")
    await web.threads.run(close, web, person.token)
    [asked] = await thread(person)
    assert asked.startswith("Un code ferme cette conversation.")
    refused = await copied(person)
    assert (refused.status_code, refused.json()["type"]) == (423, "urn:parole:locked")
    resent = await person.sends(id="m3", choice="accord:yes")
    assert [one["text"] for one in resent.json()["replies"]] == [asked]
    opened = await person.sends(id="code", text="4821")
    assert opened.json()["reread"] is True
    assert (await copied(person)).json()["conversations"][0]["settings"]["closed_by_a_code"]
    assert len(await thread(person)) > 6


def close(web: Service, token: str) -> None:
    """As the page does when it is opened again."""
    with web.store.hold("web", token) as held:
        assert held.conversation
        assert held.conversation.lock
        shut = replace(held.conversation, lock=replace(held.conversation.lock, seen=None))
        held.save("closed", Turn(shut, ()), push=False)
