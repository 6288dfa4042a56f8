"""The page in a real Chromium: a phone, a keyboard, every width, no script at all."""

# ruff: noqa: F811

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web_browser import DESKTOP, PHONE, Watched, address, browser, phone  # noqa: F401


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
    phone.says("Un accueil sans rendez-vous, ouvert le soir et le samedi, dans chaque quartier.")
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
    expect(page.get_by_role("link", name="Quitter vite")).to_be_focused()
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


PAGES = (
    ("/", "accueil"), ("/vos-donnees", "donnees"), ("/accessibilite", "accessibilite"),
    ("/hors-ligne", "hors-ligne"), ("/rien", "inconnu"),
)  # fmt: skip


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

    for path, title in PAGES:
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
