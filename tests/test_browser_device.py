"""A shared phone: leaving fast, hiding the thread; and the device's voice and dictation."""

# ruff: noqa: F811

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.test_browser_network import stored
from tests.web_browser import DESKTOP, PHONE, Watched, address, browser, phone  # noqa: F401

AWAY = "https://www.meteofrance.com/"


def elsewhere(page: Page) -> None:
    """The neutral site, without leaving this machine."""

    def weather(route: Route) -> None:
        route.fulfill(body="<title>Météo</title>Il fait beau", content_type="text/html")

    page.context.route(f"{AWAY}**", weather)


def left(page: Page) -> None:
    """On the other site, and back shows nothing of the talk."""
    page.wait_for_url(AWAY)
    assert page.context.cookies() == []
    page.go_back()
    if page.url.startswith("http://127"):
        expect(page.get_by_role("button", name="Commencer")).to_be_visible()
        assert stored(page) == []
        assert page.evaluate("caches.keys()") == []
    assert "mes mots" not in page.content()


def test_leaving_fast_leaves_nothing(phone: Watched) -> None:
    page = phone.agrees()
    elsewhere(page)
    phone.says("mes mots")
    page.get_by_label("Votre réponse").fill("mes mots encore")
    page.get_by_role("link", name="Quitter vite").click()
    page.wait_for_url(AWAY)
    assert page.evaluate("history.length") <= 2  # a blank tab, then the weather
    left(page)
    page.goto(phone.address)
    assert stored(page) == []
    phone.complaints.clear()


def test_escape_twice_leaves_from_any_page(browser: Browser, address: str) -> None:
    context = browser.new_context(**DESKTOP)
    watched = Watched(context, address)
    page = watched.agrees()
    elsewhere(page)
    page.keyboard.press("Escape")
    page.wait_for_timeout(1200)  # too far apart to be meant
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert page.url.startswith(address)
    page.wait_for_timeout(1000)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    left(page)
    page.goto(address + "/vos-donnees")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url(AWAY)
    context.close()


def test_leaving_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(**PHONE, java_script_enabled=False)
    page = context.new_page()
    elsewhere(page)
    page.goto(address)
    page.get_by_role("button", name="Commencer").click()
    assert context.cookies()
    page.get_by_role("link", name="Quitter vite").click()
    page.wait_for_url(AWAY)
    assert context.cookies() == []
    page.goto(address)
    expect(page.get_by_role("button", name="Commencer")).to_be_visible()
    context.close()


def test_leaving_without_network_forgets_the_talk_at_the_next_visit(phone: Watched) -> None:
    page = phone.agrees()
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    elsewhere(page)
    page.context.set_offline(True)
    page.get_by_label("Votre réponse").fill("mes mots")
    page.get_by_role("link", name="Quitter vite").click()
    page.wait_for_timeout(500)
    page.context.set_offline(False)
    page.goto(phone.address)
    expect(page.get_by_role("button", name="Commencer")).to_be_visible()
    assert page.context.cookies() == []
    assert stored(page) == []
    phone.complaints.clear()


@pytest.mark.parametrize("scripted", [True, False])
def test_hidden_messages_are_not_in_the_page(
    browser: Browser, address: str, scripted: bool
) -> None:
    context = browser.new_context(**PHONE, java_script_enabled=scripted)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Commencer").click()
    for value in ("qui_repond:seul", "age:yes"):
        page.locator(f'.choice[value="{value}"]').click()
    page.locator('.choice[value="accord:yes"]').wait_for()
    page.locator("summary").click()
    page.get_by_role("button", name="Masquer les messages").click()
    expect(page.locator(".turn.person")).to_have_count(0)
    expect(page.get_by_text("Les messages sont masqués.")).to_be_visible()
    expect(page.locator('.choice[value="accord:yes"]')).to_be_visible()
    page.locator('.choice[value="accord:yes"]').click()
    page.locator('.choice[value^="public:"]').first.wait_for()
    expect(page.locator(".turn.person")).to_have_count(0)
    page.goto(address)  # and still, when the page is opened again
    expect(page.locator(".turn.person")).to_have_count(0)
    assert "15 ans" not in page.content()
    page.get_by_role("button", name="Les montrer").click()
    expect(page.locator(".turn.person")).to_have_count(3)
    context.close()


VOICES = """() => {
  window.spoken = [];
  const speech = { getVoices: () => window.voices, speak: (one) => window.spoken.push(one),
    cancel: () => { window.spoken.push("stop"); }, addEventListener: () => {} };
  Object.defineProperty(window, "speechSynthesis", { value: speech });
  window.SpeechSynthesisUtterance = function (text) { this.text = text; };
}"""
FRENCH = """window.voices = [
  { lang: "en-US", name: "Ann", localService: true },
  { lang: "fr-FR", name: "Far", localService: false },
  { lang: "fr-FR", name: "Léa", localService: true }];"""


def test_no_voice_no_button(browser: Browser, address: str) -> None:
    context = browser.new_context(**PHONE)
    context.add_init_script(
        f"({VOICES})(); window.voices = []; delete window.webkitSpeechRecognition;"
        "delete window.SpeechRecognition;"
    )
    page = Watched(context, address).begins()
    expect(page.locator("#ecouter")).to_be_hidden()
    expect(page.locator("#dicter")).to_be_hidden()
    expect(page.locator(".voice")).to_be_hidden()
    context.close()


def test_each_question_is_read_until_somebody_types(browser: Browser, address: str) -> None:
    """A stand-in for the voices: Chromium has none on a server."""
    context = browser.new_context(**PHONE)
    context.add_init_script(f"({VOICES})(); {FRENCH}")
    watched = Watched(context, address)
    page = watched.begins()
    page.get_by_role("button", name="Écouter").click()
    told = "spoken.filter((one) => one.text).map((one) => one.text).join(' ')"
    assert "qui répond" in page.evaluate(told)
    assert "Réponses possibles" in page.evaluate(told)
    assert page.evaluate("[...new Set(spoken.filter((one) => one.text).map((one) => one.voice.name))]") == ["Léa"]  # fmt: skip # noqa: E501
    page.evaluate("spoken.length = 0")
    watched.touches("qui_repond:seul")
    assert "15 ans" in page.evaluate(told)
    watched.shot("ecouter")
    page.get_by_label("Votre réponse").press_sequentially("o")
    assert page.evaluate("spoken.at(-1)") == "stop"
    expect(page.get_by_role("button", name="Écouter")).to_have_attribute("aria-pressed", "false")
    page.evaluate("spoken.length = 0")
    watched.touches("age:yes")
    assert page.evaluate(told) == ""
    context.close()
    assert watched.complaints == []


DICTATION = """window.webkitSpeechRecognition = window.SpeechRecognition = class {
  start() { window.heard = this; }
  stop() { this.onend(); }
  abort() { this.onend(); }
  hears(...words) { this.onresult({ results: words.map((word) => [{ transcript: word }]) }); }
};"""


def test_dictated_words_join_those_typed(browser: Browser, address: str) -> None:
    """A stand-in for the recognition, which Chromium makes elsewhere."""
    context = browser.new_context(**PHONE)
    context.add_init_script(DICTATION)
    watched = Watched(context, address)
    page = watched.agrees()
    box = page.get_by_label("Votre réponse")
    box.fill("Bonjour.")
    page.get_by_role("button", name="Dicter").click()
    expect(page.locator("#voix")).to_contain_text("envoyer votre voix à son fabricant")
    watched.shot("dicter")
    page.evaluate("heard.hears('je vis', 'à Lille')")
    expect(box).to_have_value("Bonjour. je vis à Lille")
    box.press_sequentially("!")
    expect(page.get_by_role("button", name="Dicter")).to_have_attribute("aria-pressed", "false")
    page.evaluate("heard.hears('autre chose')")
    expect(box).to_have_value("Bonjour. je vis à Lille!")
    page.get_by_role("button", name="Dicter").click()
    page.evaluate("heard.onerror({ error: 'not-allowed' })")
    expect(page.locator("#voix")).to_contain_text("Le micro n’est pas permis")
    context.close()
    assert watched.complaints == []
