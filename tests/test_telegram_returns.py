"""From Telegram to the page and back: a real server, the Bot API emulated, logs at DEBUG."""

from __future__ import annotations

import html
import re
from pathlib import Path

import httpx

from bot.four_words import words_in
from tests.serving import serving
from tests.telegram_server import TOKEN, TelegramServer
from tests.test_telegram_talk import Chat
from tests.web_service import field

WRONG = "abeille abri abricot acteur"


def told_code(text: str) -> str:
    [words] = [line for line in html.unescape(text).splitlines() if words_in(line)]
    return words.strip()


def test_a_conversation_goes_from_telegram_to_the_page_and_back(tmp_path: Path) -> None:
    with TelegramServer() as telegram:
        more = {"telegram_token": TOKEN, "telegram_api": telegram.url, "log_level": "DEBUG"}
        with serving(tmp_path / "d", **more) as served:
            chat = Chat(telegram, 970000301)
            chat.begins("affiche-lyon")
            chat.reaches_the_subject()
            chat.presses("sujet:formation")
            chat.hears("Que s'est-il passé")
            chat.says("Récit canari des nuits")
            chat.waits(lambda one: "C'est noté" in one.text, "the note")
            chat.says("continuer sur mon ordinateur")
            words = told_code(chat.hears("Voici votre code de retour").text)

            ours = {"Origin": served.url}
            with httpx.Client(
                base_url=served.url, headers=ours, follow_redirects=True, trust_env=False
            ) as page:
                form = page.get("/retour").text
                wrong = page.post("/retour", data={"id": field(form, "id"), "words": WRONG})
                assert "Je ne trouve pas ce code." in wrong.text
                sent = {"id": field(wrong.text, "id"), "words": words.upper()}
                thread = html.unescape(page.post("/retour", data=sent).text)
                assert "Votre conversation continue ici." in thread
                assert "Récit canari des nuits" in thread
                assert "Un code de retour vous a été donné." in thread
                [copy] = page.get("/api/copy").json()["conversations"]
                given = {one["step"]: one["codes"] or one["words"] for one in copy["answers"]}
                assert given["departement"] == ["59"]
                assert given["sujet"] == ["formation"]
                assert given["recit"] == ["Récit canari des nuits"]
                assert (copy["channel"], copy["origin"]) == ("page web", "affiche-lyon")
                assert words not in str(copy)

                chat.says("encore un mot canari")
                chat.hears("Votre conversation continue ailleurs")
                assert "encore un mot" not in html.unescape(page.get("/").text)

                here = page.get("/").text
                sent = {"id": field(here, "id"), "text": "code de retour"}
                shown = page.post("/discussion/message", data=sent).text
                [back] = re.findall(r'class="words">([^<]+)<', html.unescape(shown))
            other = Chat(telegram, 970000302)
            other.says(f"/start {back}")
            other.hears("Votre conversation continue ici.")
            other.says("mes réponses")
            other.hears("Récit canari des nuits")
        assert "event=" in served.said, "DEBUG says nothing"
        kept = served.said + "".join(
            file.read_bytes().decode("utf-8", "replace") for file in (tmp_path / "d").glob("*.db*")
        )
        for code in (words, back, WRONG):
            for written in (code, words_in(code), code.upper()):
                assert written is None or written not in kept
        for line in served.said.splitlines():
            assert sum(word in line for word in (*words.split(), *back.split())) < 2
            assert "canari" not in line
