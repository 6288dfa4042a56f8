"""The texts that `parole check --plain` reads besides guides and sentences, from where they are."""

from __future__ import annotations

from collections.abc import Iterator

from bot import poster
from bot.channels.telegram_api import COMMANDS
from bot.channels.web_static import WEB
from bot.plain_pages import of_notices, of_templates
from bot.plain_texts import Text

POSTER = ("SENTENCE", "PROMISE", "AIM", "AIM_TWO")


def texts() -> Iterator[Text]:
    """The pages, the poster, the menu of Telegram."""
    yield from of_templates((WEB / "templates").glob("*.html"))
    yield from of_notices("affiche", {name: getattr(poster, name) for name in POSTER})
    menu = {f"/{word}": what for word, what in COMMANDS}
    yield from of_notices("menu Telegram", menu, label=True)
