"""The page by plain forms, as a browser without script sends them; headers, cookies, escaping."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.channels.web_static import linked
from bot.errors import DatabaseBusy
from tests.web_service import AGREEING, HOST, OURS, Person, Service, field, service

pytestmark = pytest.mark.anyio


@pytest.fixture
async def browser(web: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with web.client(follow_redirects=True, headers=OURS) as client:
        yield client


async def begins(browser: httpx.AsyncClient, **fields: str) -> str:
    answer = await browser.post("/discussion", data=fields)
    assert answer.status_code == 200
    return answer.text


async def sends(browser: httpx.AsyncClient, page: str, **fields: str) -> str:
    answer = await browser.post("/discussion/message", data={"id": field(page, "id"), **fields})
    assert answer.status_code == 200, answer.text
    return answer.text


async def agrees(browser: httpx.AsyncClient) -> str:
    page = await begins(browser)
    for value in AGREEING:
        page = await sends(browser, page, choice=value)
    return page


def conversations(web: Service) -> int:
    return len(list(web.store.conversations()))


async def test_nothing_is_kept_before_the_first_button(
    web: Service, browser: httpx.AsyncClient
) -> None:
    welcome = await browser.get("/?origine=maison-de-quartier")
    assert "Commencer" in welcome.text
    assert "set-cookie" not in welcome.headers
    assert await web.threads.run(conversations, web) == 0
    page = await begins(browser, origin=field(welcome.text, "origin"))
    assert "Pour commencer, qui répond" in page
    [talk] = await web.threads.run(lambda: list(web.store.conversations()))
    assert talk.origin == "maison-de-quartier"


@pytest.mark.parametrize("origin", ["<script>", "A", "x" * 41, "a b", "é"])
async def test_an_origin_that_is_none_is_left_out(browser: httpx.AsyncClient, origin: str) -> None:
    welcome = await browser.get("/", params={"origine": origin})
    assert 'name="origin"' not in welcome.text


async def test_a_whole_talk_by_plain_forms(web: Service, browser: httpx.AsyncClient) -> None:
    page = await agrees(browser)
    page = await sends(browser, page, text="je suis éduc spé")
    assert "je suis éduc spé" in page
    page = await sends(browser, page, choice=":!my_answers")
    assert "Mes réponses" in page
    page = await sends(browser, page, text="terminer")
    page = await sends(browser, page, choice="?finish:yes")
    assert "Votre référence est" in page
    assert (await browser.get("/")).text.count("<h1") == 1
    page = await sends(browser, page, choice=":!delete_my_data")
    page = await sends(browser, page, choice="?erase:yes")
    assert "<h1>Tout est effacé</h1>" in page
    assert "Recommencer" in page
    assert "parole" not in browser.cookies
    assert "Commencer" in (await browser.get("/")).text
    assert await web.threads.run(conversations, web) == 0


async def test_only_the_last_question_has_buttons(browser: httpx.AsyncClient) -> None:
    page = await agrees(browser)
    assert "public:professionnel" in page
    assert "qui_repond:seul" not in page


async def test_the_same_form_twice_counts_once_and_another_answer_is_heard(
    web: Service, browser: httpx.AsyncClient
) -> None:
    page = await agrees(browser)
    once = await sends(browser, page, choice="public:autre")
    await sends(browser, page, choice="public:autre")
    [talk] = await web.threads.run(lambda: list(web.store.conversations()))
    assert "titre" in str(talk.at) or talk.at is not None
    turns = (await browser.get("/api/messages")).json()["messages"]
    assert sum(m["text"] == "Autre" for m in turns) == 1
    await sends(browser, page, choice="public:proche")  # an old screen: heard, and not misread
    turns = (await browser.get("/api/messages")).json()["messages"]
    assert "J'aide un proche" in [m["text"] for m in turns]
    assert once


async def test_line_breaks_of_a_form_are_those_that_were_typed(browser: httpx.AsyncClient) -> None:
    page = await agrees(browser)
    await sends(browser, page, text="un\r\ndeux\r\n")
    turns = (await browser.get("/api/messages")).json()["messages"]
    assert "un\ndeux\n" in [m["text"] for m in turns]


XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><svg onload=alert(1)>",
    "javascript:alert(1)",
    "https://x.example/\"onmouseover='alert(1)",
    "{{ 7777*7777 }}{% raw %}",
)


@pytest.mark.parametrize("words", XSS)
async def test_words_are_shown_and_never_run(browser: httpx.AsyncClient, words: str) -> None:
    page = await agrees(browser)
    page = await sends(browser, page, text=words)
    page = await sends(browser, page, choice=":!my_answers")
    assert str(html.escape(words, quote=False)) in page.replace("&#34;", '"').replace("&#39;", "'")
    for tag in ("<script>alert", "<img", "<svg onload", "60481729"):
        assert tag not in page
    assert 'href="javascript' not in page


def test_a_question_mark_never_starts_a_line() -> None:
    assert linked("Vrai ? « Oui » : a !") == "Vrai\u00a0? «\u00a0Oui\u00a0»\u00a0: a\u00a0!"


def test_addresses_become_links_and_nothing_else() -> None:
    shown = linked('Voir https://a.example/b?c=1&d="x". <b>')
    assert str(shown).startswith('Voir <a href="https://a.example/b?c=1&amp;d="')
    assert "&lt;b&gt;" in shown
    assert linked("Rien ici.") == "Rien ici."


async def test_a_text_too_long_stays_in_the_page(browser: httpx.AsyncClient) -> None:
    page = await agrees(browser)
    draft = "é<" * 5001
    answer = await browser.post(
        "/discussion/message", data={"id": field(page, "id"), "text": draft}
    )
    assert answer.status_code == 422
    assert "10\u202f002 caractères" in answer.text
    assert html.escape(draft) in answer.text


async def test_a_busy_database_keeps_the_draft_and_retrying_counts_once(
    web: Service, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await agrees(browser)
    page = await sends(browser, page, choice="public:!skip")
    sent = {"id": field(page, "id"), "text": "mes mots"}

    def busy(*_: object) -> None:
        raise DatabaseBusy("x")

    with monkeypatch.context() as broken:
        broken.setattr(web.store, "hold", busy)
        answer = await browser.post("/discussion/message", data=sent)
    assert answer.status_code == 503
    assert "mes mots" in answer.text
    assert answer.headers["retry-after"] == "5"
    assert field(answer.text, "id") == sent["id"]
    for _ in range(2):
        await browser.post("/discussion/message", data=sent)
    turns = (await browser.get("/api/messages")).json()["messages"]
    assert sum(m["text"] == "mes mots" for m in turns) == 1


async def test_another_guide_has_its_own_thread(web: Service, browser: httpx.AsyncClient) -> None:
    await agrees(browser)
    welcome = await browser.get("/g/assises")
    assert "Assises" in welcome.text
    page = await begins(browser, guide=field(welcome.text, "guide"))
    assert "Assises" in page
    assert "cohésion sociale" in (await browser.get("/")).text
    thread = await browser.get("/api/messages?guide=assises")
    assert "Assises" in thread.json()["messages"][0]["text"]
    assert (await browser.get("/g/cese-2022?origine=a")).url == f"{HOST}/?origine=a"
    page = (await browser.get("/g/assises")).text
    page = await sends(browser, page, guide="assises", choice=":!delete_my_data")
    page = await sends(browser, page, guide="assises", choice="?erase:yes")
    assert "Tout est effacé" in page
    assert await web.threads.run(conversations, web) == 1


async def test_forms_from_elsewhere_change_nothing(
    web: Service, browser: httpx.AsyncClient
) -> None:
    page = await agrees(browser)
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://ailleurs.example"}
    for path in ("/discussion", "/discussion/message"):
        sent = {"id": field(page, "id"), "choice": "public:autre"}
        answer = await browser.post(path, data=sent, headers=foreign | {"Accept": "text/html"})
        assert answer.status_code == 403
        assert "<h1>Demande venue d’un autre site</h1>" in answer.text
    [talk] = await web.threads.run(lambda: list(web.store.conversations()))
    assert str(talk.at) == "public"


async def test_a_lost_cookie_says_so_and_keeps_the_words(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/discussion/message", data={"id": "1", "text": "mes mots"})
    assert answer.status_code == 401
    assert "mes mots" in answer.text


@pytest.mark.parametrize("path", ["/", "/g/assises", "/vos-donnees", "/efface", "/rien",
                                  "/api/messages", "/api/rien", "/openapi.json",
                                  "/static/a/rien", "/quitter", "/accessibilite",
                                  "/hors-ligne"])  # fmt: skip
async def test_the_headers_are_everywhere(browser: httpx.AsyncClient, path: str) -> None:
    headers = (await browser.get(path, follow_redirects=False)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers


async def test_static_files_are_kept_by_browsers_and_small(browser: httpx.AsyncClient) -> None:
    page = await agrees(browser)
    total = len(page.encode())
    for address in set(re.findall(r"/static/\w+/[\w.-]+", page)):
        file = await browser.get(address)
        assert "immutable" in file.headers["cache-control"]
        assert file.headers["x-content-type-options"] == "nosniff"
        total += int(file.headers["content-length"])
        older = f"/static/older/{address.rpartition('/')[2]}"
        assert (await browser.get(older)).headers["cache-control"] == "no-cache"
    assert total < 60_000


async def test_under_https_the_cookie_is_bound_to_the_host(
    sqlite_template: Path, tmp_path: Path
) -> None:
    public = "https://parole.exemple.fr"
    async with service(sqlite_template, tmp_path, public_url=public) as web, web.client() as client:
        opened = await client.post("/discussion", headers={"Origin": public})
        cookie = opened.headers["set-cookie"]
        assert cookie.startswith("__Host-parole=")
        for flag in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=5184000"):
            assert flag in cookie
        assert "Domain" not in cookie
        assert opened.headers["strict-transport-security"].startswith("max-age=")


async def test_the_token_is_never_in_the_page(web: Service) -> None:
    async with web.client(follow_redirects=True, headers=OURS) as client:
        person = await Person.begins(client)
        client.cookies.set("parole", person.token)
        assert person.token not in (await client.get("/")).text


async def test_what_a_respondent_reads_is_never_a_gap_to_fill(browser: httpx.AsyncClient) -> None:
    page = await begins(browser)
    for value in AGREEING[:2]:
        page = await sends(browser, page, choice=value)
    assert re.search(r'ici\s: <a href="http://[^"]*/vos-donnees"[^>]*>vos données</a>\.', page)
    for choice in (":!human_contact", ":!ask_privacy", ":!status_of_consultation", ":!ask_who"):
        page = await sends(browser, page, choice=choice)
    page += (await browser.get("/")).text + (await browser.get("/vos-donnees")).text
    assert "équipe qui organise cette consultation" in page
    for gap in ("changer]", "invalid", "exemple.", "{", "[à"):
        assert gap not in html.unescape(page).partition("<body")[2], gap


@pytest.mark.parametrize("choice", [":!go_back", ":!finish", ":!human_contact"])
async def test_what_the_menu_offers_is_understood(browser: httpx.AsyncClient, choice: str) -> None:
    page = await agrees(browser)
    assert f'value="{choice}"' in page
    said = html.unescape(await sends(browser, page, choice=choice))
    told = {"go": "revient en arrière", "fi": "vraiment arrêter ici", "hu": "une personne vous"}
    assert told[choice[2:4]] in said


async def test_too_many_messages_is_said_kindly_and_the_words_stay(
    sqlite_template: Path, tmp_path: Path
) -> None:
    async with (
        service(sqlite_template, tmp_path, max_turns_per_minute=3) as web,
        web.client(follow_redirects=True, headers=OURS) as client,
    ):
        page = await begins(client)
        for number in range(4):
            sent = {"id": field(page, "id"), "text": f"mes mots {number}"}
            answer = await client.post("/discussion/message", data=sent)
            page = answer.text
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert "Votre message n’est pas parti" in page
        assert "mes mots 3" in page
        assert re.search(r"message dans (une|\d+) seconde", page)


async def test_your_data_page_says_what_the_settings_say(
    sqlite_template: Path, tmp_path: Path
) -> None:
    texts = {
        "organiser_name": "le CESE",
        "organiser_contact": "donnees@exemple.fr",
        "organiser_privacy_url": "https://exemple.fr/rgpd",
    }
    async with service(sqlite_template, tmp_path, **texts) as web, web.client() as client:
        page = (await client.get("/vos-donnees")).text
        for words in (*texts.values(), "Tout effacer", 'lang="fr"'):
            assert words in page


@pytest.mark.parametrize(
    ("typed", "lands"),
    [
        ("/o/lyon", "/?origine=lyon"),
        ("/o/Lyon", "/?origine=lyon"),
        ("/o/-lyon", "/"),
        ("/o/%C3%A9t%C3%A9", "/"),
        ("/g/assises/o/lyon", "/g/assises?origine=lyon"),
        ("/g/assises/o/a_b", "/g/assises"),
    ],
)
async def test_a_short_address_carries_the_origin(
    browser: httpx.AsyncClient, typed: str, lands: str
) -> None:
    page = await browser.get(typed)
    assert page.url == f"{HOST}{lands}"
    assert page.status_code == 200
    if "origine" in lands:
        assert field(page.text, "origin") == "lyon"
    assert (await browser.get("/g/inconnu/o/lyon")).status_code == 404


async def test_a_short_address_never_leads_elsewhere(browser: httpx.AsyncClient) -> None:
    for odd in ("/o/%2F%2Fexemple.invalid", "/o//exemple.invalid", "/o/..%2F..", "/o/a%0d%0ab"):
        answer = await browser.get(odd)
        assert str(answer.url).startswith(HOST)
