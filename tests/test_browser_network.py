"""The page when the network is slow, cut or costly."""

# ruff: noqa: F811

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page, Route, expect

from tests.web_browser import PHONE, Watched, address, browser, phone  # noqa: F401

BUDGET = 60_000  # bytes transferred, in all


def lose_the_answer(page: Page, times: int = 1) -> list[int]:
    """The next message arrives, and the page does not know it."""
    answered: list[int] = []

    def lost(route: Route) -> None:
        answered.append(route.fetch().status)
        route.abort()

    page.route("**/api/messages", lost, times=times)
    return answered


def writes(page: Page, words: str) -> None:
    page.get_by_label("Votre réponse").fill(words)
    page.get_by_role("button", name="Envoyer").click()


def until(done: Callable[[], bool], within: float = 15) -> None:
    """Wait here: the page's policy forbids what Playwright would have it evaluate."""
    limit = time.monotonic() + within
    while not done():
        assert time.monotonic() < limit
        time.sleep(0.05)


def stored(page: Page) -> list[str]:
    """What the page keeps on the device."""
    kept: list[str] = page.evaluate(
        "[...Object.values(localStorage), ...Object.values(sessionStorage)]"
    )
    return kept


def at_the_story(phone: Watched) -> Page:
    """At an open question, where several messages make one answer."""
    page = phone.agrees()
    phone.touches("public:!skip")
    phone.says("Lille")
    phone.touches(page.locator('.choice[value^="sujet:"]').first.get_attribute("value") or "")
    page.locator('.choice[value^="recit:"]').first.wait_for()
    return page


def test_an_answer_lost_on_the_way_back_is_asked_again_and_counts_once(phone: Watched) -> None:
    page = phone.agrees()
    phone.touches("public:!skip")
    answered = lose_the_answer(page)
    writes(page, "Rue de la Paix, à Lille")
    expect(page.locator("#attente")).to_contain_text("1 message attend le réseau")
    assert "Rue de la Paix" in str(stored(page))
    phone.shot("reseau")
    expect(page.locator("#attente")).to_be_hidden(timeout=8000)
    expect(page.locator(".turn.person").last).to_contain_text("Rue de la Paix")
    assert answered == [200]
    assert stored(page) == []
    page.reload()
    expect(page.get_by_text("Rue de la Paix, à Lille", exact=True)).to_have_count(1)
    phone.complaints.clear()


def test_what_can_never_be_kept_is_told_and_not_sent_again(phone: Watched) -> None:
    """R9: a damaged conversation; the words go back where they can be copied."""
    page, sent = phone.agrees(), []

    def damaged(route: Route) -> None:
        sent.append(1)
        problem = {"type": "urn:parole:damaged", "detail": "Écrivez plutôt ici : x@exemple.fr."}
        route.fulfill(status=500, json=problem, content_type="application/problem+json")

    page.route("**/api/messages", damaged)
    writes(page, "Je raconte.")
    expect(page.get_by_role("alert")).to_contain_text("x@exemple.fr")
    expect(page.get_by_label("Votre réponse")).to_have_value("Je raconte.")
    expect(page.locator("#attente")).to_be_hidden()
    page.wait_for_timeout(2500)
    assert len(sent) == 1
    phone.complaints.clear()


def test_two_messages_wait_for_the_network_and_leave_in_order(phone: Watched) -> None:
    page = at_the_story(phone)
    page.context.set_offline(True)
    writes(page, "On m’a aidé.")
    writes(page, "Mais il a fallu attendre.")
    expect(page.locator("#attente")).to_contain_text("2 messages attendent le réseau")
    phone.shot("deux-attendent")
    page.context.set_offline(False)
    expect(page.locator("#attente")).to_be_hidden()
    phone.touches("recit:!done")
    expect(page.locator(".turn.assistant").last).to_contain_text("fallu attendre")
    assert stored(page) == []
    said = page.locator(".turn.person bdi").all_text_contents()
    assert said[-3:-1] == ["On m’a aidé.", "Mais il a fallu attendre."]
    phone.complaints.clear()


def test_what_waits_and_what_is_being_typed_survive_a_reload(phone: Watched) -> None:
    page = at_the_story(phone)
    page.evaluate("navigator.serviceWorker.ready")
    lose_the_answer(page)
    writes(page, "Je raconte.")
    expect(page.locator("#attente")).to_be_visible()
    page.get_by_label("Votre réponse").fill("Pas encore fini")
    page.reload()
    expect(page.get_by_label("Votre réponse")).to_have_value("Pas encore fini")
    expect(page.locator("#attente")).to_be_hidden()
    expect(page.get_by_text("Je raconte.", exact=True)).to_have_count(1)
    expect(page.locator('.choice[value="recit:!done"]')).to_be_visible()
    assert stored(page) == ["Pas encore fini"]
    phone.complaints.clear()


def test_words_typed_for_one_question_never_answer_another(phone: Watched) -> None:
    page = phone.agrees()
    phone.touches("public:!skip")
    page.context.set_offline(True)
    writes(page, "Lille")
    writes(page, "J’y vis depuis 3 ans")
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_contain_text("La question a changé")
    expect(page.get_by_label("Votre réponse")).to_have_value("J’y vis depuis 3 ans")
    expect(page.locator(".turn.person").last).to_contain_text("Lille")
    phone.complaints.clear()


def test_words_taken_back_after_they_arrived_are_not_kept_twice(phone: Watched) -> None:
    page = at_the_story(phone)
    lose_the_answer(page)
    writes(page, "On m’a aidé")
    page.get_by_role("button", name="Reprendre").click()
    box = page.get_by_label("Votre réponse")
    expect(box).to_have_value("On m’a aidé")
    writes(page, "On m’a aidé, et c’était long")
    expect(page.get_by_role("alert")).to_contain_text("était bien arrivé")
    expect(page.locator(".turn.person").last).to_contain_text("On m’a aidé")
    expect(box).to_have_value("On m’a aidé, et c’était long")
    phone.shot("bien-arrive")
    phone.says("C’était long")
    phone.touches("recit:!done")
    expect(page.get_by_text("On m’a aidé", exact=True)).to_have_count(1)
    phone.complaints.clear()


def test_a_button_waits_too_and_can_be_taken_back(phone: Watched) -> None:
    page = phone.begins()
    page.context.set_offline(True)
    page.locator('.choice[value="qui_repond:seul"]').click()
    expect(page.locator('.choice[value="qui_repond:seul"]')).to_be_hidden()
    page.get_by_role("button", name="Reprendre").click()
    expect(page.locator('.choice[value="qui_repond:seul"]')).to_be_visible()
    page.context.set_offline(False)
    phone.touches("qui_repond:seul")
    expect(page.locator(".turn.person")).to_have_count(1)
    phone.complaints.clear()


def test_another_person_s_waiting_words_are_never_sent_here(phone: Watched) -> None:
    page = phone.agrees()
    page.evaluate(
        "localStorage.setItem('parole.attente.x', JSON.stringify("
        "{ id: 'x', text: 'mots d’avant', at: 1, mark: 'autre' }))"
    )
    page.reload()
    page.locator("html[data-script=ready]").wait_for()
    assert stored(page) == []
    assert "mots d’avant" not in page.content()
    expect(page.get_by_role("alert")).to_contain_text("Un message d’une autre personne")
    expect(page.get_by_role("alert")).to_contain_text("effacé de cet appareil")


def test_words_waiting_for_another_guide_stay(phone: Watched) -> None:
    page = phone.agrees()
    page.evaluate(
        "localStorage.setItem('parole.attente.x', JSON.stringify("
        "{ id: 'x', text: 'mots', at: 1, mark: 'autre', guide: 'assises' }))"
    )
    page.reload()
    page.locator("html[data-script=ready]").wait_for()
    assert len(stored(page)) == 1
    expect(page.get_by_role("alert")).to_be_hidden()


def test_what_arrived_without_its_answer_is_shown_once(phone: Watched) -> None:
    page = at_the_story(phone)
    lose_the_answer(page)
    writes(page, "Je raconte.")
    expect(page.locator("#attente")).to_be_visible()
    page.route("**/api/messages", lambda _: None)  # no answer comes, for as long as we look
    page.reload()
    page.locator("html[data-script=ready]").wait_for()
    expect(page.get_by_text("Je raconte.", exact=True)).to_have_count(1)
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    until(lambda: stored(page) == [])
    expect(page.get_by_text("Je raconte.", exact=True)).to_have_count(1)
    phone.complaints.clear()


def test_an_opening_lost_on_the_way_back_opens_one_conversation(phone: Watched) -> None:
    page, lost = phone.page, []

    def opened(route: Route) -> None:
        lost.append(route.fetch(max_redirects=0).headers["set-cookie"])
        page.context.clear_cookies()
        route.abort()

    page.goto(phone.address)
    page.route("**/discussion", opened, times=2)
    page.get_by_role("button", name="Commencer").click()
    page.get_by_role("button", name="Réessayer").click()
    expect(page.get_by_role("button", name="Réessayer")).to_be_enabled()
    until(lambda: len(lost) == 2)
    page.reload()
    page.get_by_role("button", name="Commencer").click()
    page.locator("html[data-script=ready]").wait_for()
    [cookie] = page.context.cookies()
    assert all(f"{cookie['name']}={cookie['value']};" in one for one in lost)
    assert stored(page) == []
    phone.complaints.clear()


def test_without_network_the_page_says_so_and_comes_back(phone: Watched) -> None:
    page = at_the_story(phone)
    page.evaluate("navigator.serviceWorker.ready")
    until(lambda: page.evaluate("caches.match('/hors-ligne').then(Boolean)"))
    page.context.set_offline(True)
    writes(page, "Je raconte.")
    expect(page.locator("#attente")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Pas de réseau")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("1 message attend le réseau")
    phone.shot("hors-ligne")
    kept = page.evaluate(
        "(async () => { const all = []; for (const name of await caches.keys()) "
        "for (const one of await (await caches.open(name)).keys()) all.push(one.url); "
        "return all; })()"
    )
    assert all("/static/" in url or url.endswith("/hors-ligne") for url in kept), kept
    page.context.set_offline(False)
    expect(page.get_by_text("Je raconte.", exact=True)).to_have_count(1, timeout=15_000)
    expect(page.locator("#attente")).to_be_hidden(timeout=15_000)
    until(lambda: stored(page) == [])
    expect(page.get_by_text("Je raconte.", exact=True)).to_have_count(1)
    phone.complaints.clear()


def test_erasing_leaves_nothing_on_the_device(phone: Watched) -> None:
    page = phone.agrees()
    page.get_by_label("Votre réponse").fill("un brouillon")
    assert stored(page) == ["un brouillon"]
    page.locator("summary").click()
    page.get_by_role("button", name="Tout effacer").first.click()
    page.get_by_role("button", name="Oui, tout effacer").click()
    expect(page.get_by_role("heading", name="Tout est effacé")).to_be_visible()
    assert stored(page) == []
    assert page.context.cookies() == []


def test_the_page_is_small(browser: Browser, address: str) -> None:
    context = browser.new_context(**PHONE)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    received: list[float] = []
    wire.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    first = sum(received)
    page.get_by_role("button", name="Commencer").click()
    page.locator("html[data-script=ready]").wait_for()
    page.wait_for_load_state("networkidle")
    opened = sum(received)
    for value in ("qui_repond:seul", "age:yes", "accord:yes", "public:!skip"):
        page.locator(f'.choice[value="{value}"]').click()
    page.wait_for_load_state("networkidle")
    shell = len(context.request.get(f"{address}/hors-ligne").body())  # by the worker, before gzip
    whole = sum(received) + shell
    context.close()
    print(
        f"first page: {first:.0f} bytes; with the conversation: {opened:.0f}; "
        f"four turns and the shell of the phone: {whole:.0f}"
    )
    assert whole < BUDGET
