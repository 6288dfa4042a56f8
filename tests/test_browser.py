"""The page in a real Chromium: a phone, a keyboard, a network that fails, no script at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web_browser import CHROMIUM, PHONE, Watched, chromium, served

DESKTOP = {"viewport": {"width": 1280, "height": 800}, "locale": "fr-FR"}

if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
    print("skipped: Chromium is not installed (Debian: apt install chromium)")
    pytestmark = pytest.mark.skip("Chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(sqlite_template, tmp_path_factory.mktemp("web")) as (address, _):
        yield address


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Watched]:
    context = browser.new_context(**PHONE)
    watched = Watched(context, address)
    yield watched
    context.close()
    assert watched.complaints == []


def test_from_consent_to_receipt_on_a_phone(phone: Watched) -> None:
    page = phone.agrees()
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    phone.touches("public:accompagne")
    page.reload()  # in the middle
    expect(page.get_by_text("Je suis une personne accompagnée")).to_be_visible()
    expect(page.locator(".turn.person")).to_have_count(4)
    for step in ("soutien", "depuis"):
        page.locator(f'.choice[value^="{step}:"]').first.wait_for()
        phone.touches(page.locator(f'.choice[value^="{step}:"]').first.get_attribute("value") or "")
    phone.says("Lille")
    expect(page.locator(".turn.assistant").last).to_contain_text("De quoi voulez-vous parler")
    phone.says("retour")  # back, and correct
    phone.says("Grenoble")
    expect(page.get_by_text("Isère").last).to_be_visible()
    phone.touches(page.locator('.choice[value^="sujet:"]').first.get_attribute("value") or "")
    phone.says("On m’a aidé 😀 mais\nil a fallu attendre.")
    phone.says("C’est trop long.")
    phone.shot("recit")
    phone.touches("recit:!done")
    expect(page.locator(".turn.assistant").last).to_contain_text("il a fallu attendre.")
    phone.touches("relecture_recit:yes")
    phone.says("Un accueil sans rendez-vous")
    phone.touches("proposition:!done")
    phone.touches(page.locator('.choice[value^="pour_qui:"]').first.get_attribute("value") or "")
    phone.says("Un accueil ouvert")
    phone.touches("relecture:yes")
    phone.touches("encore:no")
    phone.touches("citation:no")
    phone.touches("contact:no")
    expect(
        page.get_by_text(re.compile("référence est [A-Z0-9]{4}-[A-Z0-9]{4}")).last
    ).to_be_visible()
    phone.shot("recu")
    page.locator("summary").click()
    phone.shot("menu")
    with page.expect_download() as copied:
        page.get_by_text("Copie de mes réponses").click()
    assert "Un accueil ouvert" in Path(copied.value.path()).read_text("utf-8")
    page.get_by_role("button", name="Tout effacer").first.click()
    phone.shot("effacer")
    page.get_by_role("button", name="Oui, tout effacer").click()
    expect(page.get_by_role("heading", name="Tout est effacé")).to_be_visible()
    phone.shot("efface")
    assert page.context.cookies() == []
    page.get_by_role("button", name="Recommencer").click()
    expect(page.locator(".turn.person")).to_have_count(0)
    expect(page.locator(".choice").first).to_be_visible()


def test_a_failing_network_keeps_the_words_and_retrying_does_not_double(phone: Watched) -> None:
    page = phone.agrees()
    phone.touches("public:!skip")
    answered: list[int] = []

    def lost_on_the_way_back(route: Route) -> None:
        answered.append(route.fetch().status)  # it arrives, and the answer does not
        route.abort()

    page.route("**/api/messages", lost_on_the_way_back, times=1)
    box = page.get_by_label("Votre réponse")
    box.fill("Rue de la Paix, à Lille")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("alert")).to_contain_text("n’est pas parti")
    expect(box).to_have_value("Rue de la Paix, à Lille")
    expect(page.locator(".turn.person").last).not_to_contain_text("Lille")
    phone.shot("reseau")
    page.get_by_role("button", name="Réessayer").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(box).to_have_value("")
    expect(page.locator(".turn.person").last).to_contain_text("Rue de la Paix")
    assert answered == [200]
    page.reload()
    expect(page.get_by_text("Rue de la Paix, à Lille", exact=True)).to_have_count(1)
    assert [c for c in phone.complaints if "ERR_FAILED" not in c] == []
    phone.complaints.clear()


def lose_the_answer(page: Page) -> None:
    """The next message arrives, and the page does not know it."""

    done: list[int] = []

    def lost(route: Route) -> None:
        if done or route.request.method != "POST":
            return route.continue_()
        done.append(route.fetch().status)
        return route.abort()

    page.route("**/api/messages", lost)


def test_words_changed_after_a_loss_are_not_kept_twice(phone: Watched) -> None:
    page = phone.agrees()
    phone.touches("public:!skip")
    phone.says("Lille")
    phone.touches(page.locator('.choice[value^="sujet:"]').first.get_attribute("value") or "")
    lose_the_answer(page)
    box = page.get_by_label("Votre réponse")
    box.fill("On m’a aidé")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("alert")).to_contain_text("n’est pas parti")
    box.fill("On m’a aidé, et c’était long")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("alert")).to_contain_text("était bien arrivé")
    expect(page.locator(".turn.person").last).to_contain_text("On m’a aidé")
    expect(box).to_have_value("On m’a aidé, et c’était long")
    phone.shot("bien-arrive")
    phone.says("C’était long")
    phone.touches("recit:!done")
    expect(page.get_by_text("On m’a aidé", exact=True)).to_have_count(1)
    page.reload()
    expect(page.get_by_text("On m’a aidé", exact=True)).to_have_count(1)
    phone.complaints.clear()


def test_words_changed_after_a_message_that_never_left(phone: Watched) -> None:
    page = phone.agrees()
    phone.touches("public:!skip")
    page.route("**/api/messages", lambda route: route.abort(), times=1)
    box = page.get_by_label("Votre réponse")
    box.fill("Lile")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("alert")).to_be_visible()
    box.fill("Lille")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator(".turn.assistant").last).to_contain_text("De quoi voulez-vous parler")
    expect(page.get_by_role("alert")).to_be_hidden()
    phone.complaints.clear()


def test_a_button_lost_on_the_way_back_and_another_touched(phone: Watched) -> None:
    page = phone.begins()
    lose_the_answer(page)
    page.locator('.choice[value="qui_repond:seul"]').click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator('.choice[value="qui_repond:avec_aide"]').click()
    expect(page.get_by_role("alert")).to_contain_text("était bien arrivé")
    expect(page.locator('.choice[value="age:yes"]')).to_be_visible()
    expect(page.locator('.choice[value="qui_repond:seul"]')).to_have_count(0)
    phone.touches("age:yes")
    phone.complaints.clear()


NEW_BUTTONS = """() => new MutationObserver(() => {
  const button = document.querySelector('.choice[value^="age:"]');
  if (button && !window.seen) window.seen = getComputedStyle(button).pointerEvents;
}).observe(document.getElementById("fil"), { childList: true })"""


def test_a_double_tap_does_not_answer_the_next_question(phone: Watched) -> None:
    page = phone.begins()
    page.evaluate(NEW_BUTTONS)
    phone.touches("qui_repond:seul")
    assert page.evaluate("window.seen") == "none"  # deaf when it appears, then it listens
    phone.touches("age:yes")
    expect(page.locator(".turn.person")).to_have_count(2)


def test_a_button_that_could_not_leave_is_offered_again(phone: Watched) -> None:
    page = phone.begins()
    page.route("**/api/messages", lambda route: route.abort(), times=1)
    page.locator('.choice[value="qui_repond:seul"]').click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator('.choice[value="qui_repond:seul"]')).to_be_visible()
    page.get_by_role("button", name="Réessayer").click()
    expect(page.locator('.choice[value="qui_repond:seul"]')).to_have_count(0)
    expect(page.locator(".turn.person")).to_have_count(1)
    phone.complaints.clear()


def test_a_text_too_long_stays_in_the_box(phone: Watched) -> None:
    page = phone.agrees()
    box = page.get_by_label("Votre réponse")
    box.fill("é" * 10_002)
    expect(page.locator("#compte")).to_contain_text("2 caractères de trop")
    page.get_by_role("button", name="Envoyer").click()
    expect(box).to_have_value("é" * 10_002)
    phone.shot("trop-long")


def test_an_empty_message_is_not_met_with_silence(phone: Watched) -> None:
    page = phone.begins()
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("alert")).to_contain_text("Écrivez quelques mots")


def test_words_in_the_page_are_never_run(phone: Watched) -> None:
    page = phone.agrees()
    words = "<img src=x onerror=\"document.title='pris'\"> <script>alert(1)</script>"
    phone.says(words)
    expect(page.locator(".turn.person").last).to_contain_text(words)
    page.reload()
    expect(page.get_by_text(words).first).to_be_visible()
    assert page.title() != "pris"
    assert page.locator("main img, main script").count() == 0


def test_a_conversation_erased_elsewhere(phone: Watched) -> None:
    page = phone.agrees()
    page.evaluate("fetch('/api/conversation', {method: 'DELETE'})")
    page.wait_for_timeout(100)
    page.locator(".choice").first.click()
    # the cookie is gone with the conversation: unknown here, and nothing is lost silently
    expect(page.get_by_role("alert")).to_contain_text("nouvelle")
    page.get_by_role("link", name="Commencer").click()
    expect(page.get_by_role("button", name="Commencer")).to_be_visible()
    phone.complaints.clear()


def test_keyboard_only(browser: Browser, address: str) -> None:
    context = browser.new_context(**DESKTOP)
    watched = Watched(context, address)
    page = watched.page
    page.goto(address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Commencer")).to_be_focused()
    watched.shot("accueil-clavier")
    page.keyboard.press("Enter")
    page.locator("html[data-script=ready]").wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "qui_repond:seul":
            break
    watched.shot("clavier")
    page.keyboard.press("Enter")
    page.locator('.choice[value="age:yes"], .turn.person').first.wait_for()
    expect(page.get_by_label("Votre réponse")).to_be_focused()
    page.keyboard.type("une ligne")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("deux")
    expect(page.get_by_label("Votre réponse")).to_have_value("une ligne\ndeux")
    before = page.locator(".turn.assistant").count()
    page.keyboard.press("Enter")
    watched.answered(before)
    expect(page.get_by_label("Votre réponse")).to_be_focused()
    expect(page.get_by_label("Votre réponse")).to_have_value("")
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Retour")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("summary")).to_be_focused()
    context.close()
    assert watched.complaints == []


def test_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(**PHONE, java_script_enabled=False)
    watched = Watched(context, address)
    page = watched.page
    page.goto(address)
    page.get_by_role("button", name="Commencer").click()
    for value in ("qui_repond:seul", "age:yes", "accord:yes", "public:!skip"):
        page.locator(f'.choice[value="{value}"]').click()
    page.get_by_label("Votre réponse").fill("Lille")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator(".turn.person").last).to_have_text("Vous : Lille")
    expect(page.locator(".choice").last).to_be_in_viewport(ratio=0.1)
    watched.shot("sans-script")
    page.locator("summary").click()
    page.get_by_role("button", name="Tout effacer").first.click()
    page.get_by_role("button", name="Oui, tout effacer").click()
    expect(page.get_by_role("heading", name="Tout est effacé")).to_be_visible()
    context.close()
    assert watched.complaints == []


SCREENS = [
    (width, height, scheme)
    for width, height in ((320, 640), (360, 740), (1280, 800))
    for scheme in ("light", "dark")
]


@pytest.mark.parametrize(("width", "height", "scheme"), SCREENS)
def test_nothing_overflows_at_any_width(
    browser: Browser, address: str, width: int, height: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    watched = Watched(context, address)
    page = watched.page
    name = f"{width}-{scheme}"

    def fits() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    for path, title in (("/", "accueil"), ("/vos-donnees", "donnees"), ("/rien", "inconnu")):
        page.goto(address + path)
        fits()
        watched.shot(f"{title}-{name}", whole=True)
    watched.complaints.clear()  # the 404 that was asked for
    watched.begins()
    for value in ("qui_repond:seul", "age:yes"):
        watched.touches(value)
    fits()
    watched.shot(f"accord-{name}")
    watched.touches("accord:yes")
    watched.says("aide " + "anticonstitutionnellement" * 8)
    fits()
    for button in page.locator("button:visible").all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= 44, button.text_content()
    watched.shot(f"fil-{name}")
    page.locator("summary").click()
    watched.shot(f"menu-{name}")
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    fits()
    page.evaluate("scrollTo(0, 0)")
    watched.shot(f"grand-{name}")
    context.close()
    assert watched.complaints == []


def test_the_first_load_is_small(browser: Browser, address: str) -> None:
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
    page.wait_for_load_state("networkidle")
    print(f"first load: {first:.0f} bytes; with the conversation: {sum(received):.0f} bytes")
    assert sum(received) < 60_000
    context.close()
