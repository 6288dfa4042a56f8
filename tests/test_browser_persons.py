"""One phone, several persons, in a real Chromium: what the page still shows, and what it hides."""

# ruff: noqa: F811

from __future__ import annotations

from playwright.sync_api import expect

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
