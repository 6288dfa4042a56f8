"""What is asked and said: the guides, the sentences, and the facts that sentences name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import GuideError
from bot.guide import Guide
from bot.guide_file import bundled
from bot.settings import Settings, variable
from bot.shelf import Shelf
from bot.wording import Wording, read_sentences

if TYPE_CHECKING:  # `parole check` starts without the database
    from bot.app.memory import Memory

Say = Callable[[str], None]


def guide_files(settings: Settings) -> tuple[Path, ...]:
    """The guides that come with Parole, then the organiser's own, which win."""
    own = sorted(settings.guides_dir.glob("*.yml")) if settings.guides_dir else ()
    return (*bundled(), *own)


def open_shelf(settings: Settings, memory: Memory, say: Say = lambda _: None) -> Shelf:
    """The guides, with the versions that conversations follow. Raises GuideError.

    An old version that is lost stops only the conversations that follow it: it is said.
    """
    shelf = Shelf(guide_files(settings), settings.guide, memory.guides.source)
    shelf.publish(memory.guides.publish)
    for followed in memory.guides.followed():
        try:
            shelf.of(*followed)
        except GuideError as error:
            say(str(error))
    return shelf


def introduced(settings: Settings, guide: Guide) -> Settings:
    """The settings, the texts still to be written replaced by what is already known."""
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    known = {
        "organiser_name": guide.organiser,
        "organiser_privacy_url": f"{base.rstrip('/')}/vos-donnees",
    }
    missing = {n: text for n, text in known.items() if text and variable(n) in settings.to_change}
    return settings.model_copy(update=missing)


def reminder_when(hours: int) -> str:
    return "demain" if hours == 24 else f"dans {hours} heures"


def make_wording(settings: Settings) -> Wording:
    numbers = "\n".join(f"{number} : {use}" for number, use in settings.emergency_numbers.items())
    facts = {
        "organiser": settings.organiser_name,
        "contact": settings.organiser_contact,
        "human": settings.organiser_human,
        "privacy_url": settings.organiser_privacy_url,
        "emergency": numbers,
        "reminder_when": reminder_when(settings.reminder_hours),
    }
    return Wording(read_sentences(), facts)
