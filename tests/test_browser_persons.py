"""One phone, several persons, in a real Chromium: what the page still shows, and what it hides."""

# ruff: noqa: F811

from __future__ import annotations

from playwright.sync_api import expect

from tests.test_browser_network import stored, until, writes
from tests.web_browser import Watched, address, browser, phone  # noqa: F401


def test_the_next_person_finds_a_page_without_the_one_before(phone: Watched) -> None:
    page = phone.agrees()
    phone.says("je change de personne")
    page.get_by_label("Votre réponse").fill("des mots que je n'envoie pas")
    phone.shot("persons-asked")
    expect(page.locator(".turn.assistant").last).to_contain_text("La personne suivante")
    page.get_by_role("button", name="Oui, personne suivante").click()
    expect(page.locator(".turn.assistant").first).to_contain_text("Une nouvelle conversation")
    page.locator("html[data-script=ready]").wait_for()
    expect(page.locator(".turn.person")).to_have_count(0)
    expect(page.get_by_label("Votre réponse")).to_have_value("")
    phone.shot("persons-next")
    page.locator('.choice[value^="qui_repond:seul~"]').click()
    expect(page.locator(".turn.assistant").last).to_contain_text("Avez-vous 15 ans")
    page.reload()
    expect(page.get_by_text("Oui, je suis d'accord")).to_have_count(0)


def test_a_page_opened_again_asks_for_the_code_first(phone: Watched, address: str) -> None:
    page = phone.agrees()
    phone.says("code 4821")
    expect(page.locator(".turn.assistant").last).to_contain_text("Quelle phrase")
    page.get_by_label("Votre réponse").fill("des mots que je n'envoie pas")
    page.goto("about:blank")
    page.goto(address)
    page.locator("html[data-script=ready]").wait_for()
    expect(page.locator(".turn.assistant")).to_have_count(1)
    expect(page.locator(".turn.assistant")).to_contain_text("Un code ferme cette conversation")
    expect(page.get_by_label("Votre réponse")).to_have_value("")
    phone.shot("persons-code")
    phone.says("1234")
    expect(page.locator(".turn.assistant").last).to_contain_text("pas le bon code")
    page.get_by_label("Votre réponse").fill("4821")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_text("Avez-vous 15 ans")).to_be_visible()
    expect(page.get_by_text("4821")).to_have_count(0)
    phone.shot("persons-opened")


def test_the_phone_does_not_change_hands_while_words_wait(phone: Watched) -> None:
    page = phone.agrees()
    phone.touches("public:!skip")
    phone.says("je change de personne")
    page.context.set_offline(True)
    writes(page, "Des mots à moi")
    page.locator('.choice[value="?next_person:yes"]').evaluate(
        "one => { one.closest('form').hidden = false; }"
    )
    page.locator('.choice[value="?next_person:yes"]').click()
    expect(page.get_by_role("alert")).to_contain_text("Un message attend encore")
    expect(page.locator("#attente")).to_contain_text("1 message")
    phone.shot("persons-waiting")
    page.get_by_role("button", name="Reprendre").click()
    expect(page.get_by_label("Votre réponse")).to_have_value("Des mots à moi")
    phone.complaints.clear()


def test_nothing_more_is_written_once_the_phone_has_changed_hands(phone: Watched) -> None:
    page = phone.agrees()
    phone.says("je change de personne")
    page.context.set_offline(True)
    page.locator('.choice[value="?next_person:yes"]').click()
    expect(page.locator("#attente")).to_contain_text("1 message")
    writes(page, "Des mots")
    expect(page.get_by_role("alert")).to_contain_text("Attendez avant d’écrire")
    expect(page.get_by_label("Votre réponse")).to_have_value("Des mots")
    page.context.set_offline(False)
    expect(page.locator(".turn.assistant").first).to_contain_text("Une nouvelle conversation")
    page.locator("html[data-script=ready]").wait_for()
    expect(page.get_by_label("Votre réponse")).to_have_value("")
    until(lambda: stored(page) == [])
    phone.complaints.clear()


def test_another_tab_learns_that_the_phone_has_changed_hands(phone: Watched) -> None:
    page = phone.agrees()
    other = page.context.new_page()
    other.goto(phone.address)
    other.locator("html[data-script=ready]").wait_for()
    phone.says("je change de personne")
    phone.page.locator('.choice[value="?next_person:yes"]').click()
    expect(other.locator(".turn.person")).to_have_count(0)
    expect(other.locator(".turn.assistant").first).to_contain_text("Une nouvelle conversation")
    other.close()
