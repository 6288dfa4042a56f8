"""The conversation, wired to its memory and to its understanding: all that a door needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from actions import journal
from bot import logs, our_words
from bot.app.memory import Memory
from bot.app.texts import Say, introduced, make_wording, open_shelf
from bot.app.understanding import model_of
from bot.ceiling import Ceiling
from bot.dead_letters import DeadLetters
from bot.model import Parcel, Said
from bot.ports import Action
from bot.reception import Reception
from bot.settings import Settings
from bot.shelf import Shelf
from bot.wording import Wording
from nlu.rasa import Rasa
from nlu.runner import Runner
from nlu.understand import Understanding
from storage.threads import Threads

PUSHED = frozenset({"telegram"})  # channels on which we can write first


@dataclass(frozen=True, slots=True)
class Parts:
    """All that a door needs."""

    memory: Memory
    threads: Threads
    shelf: Shelf
    wording: Wording
    reception: Reception
    rasa: Rasa | None
    runner: Runner | None
    settings: Settings  # with what the guide says of its organiser

    def render(self, parcel: Parcel) -> Said:
        guide = self.shelf.of(parcel.guide, parcel.version)
        return self.wording.say(parcel.reply, guide)


def make_parts(
    settings: Settings,
    memory: Memory,
    say: Say = lambda _: None,
    *,
    also: tuple[Action, ...] = (),
) -> Parts:
    """Wire the conversation to its memory and to its understanding. Nothing is started.

    `also`: what follows from every event, besides the journal.
    """
    threads, shelf = Threads.serving(memory.engine), open_shelf(settings, memory, say)
    settings = introduced(settings, shelf.current())
    rasa, runner = model_of(settings, say)
    wording = make_wording(settings)
    logs.knows(**our_words.named(map(shelf.current, shelf.sources), wording.sentences))
    reception = Reception(
        memory.store,
        threads,
        Understanding(rasa),
        shelf,
        {"*": (journal.write, *also)},
        pushed=PUSHED,
        ceiling=Ceiling(settings.max_turns_per_minute),
        quiet=timedelta(minutes=settings.code_after_minutes),
        recall_after=timedelta(hours=settings.reminder_hours),
        openings=settings.max_openings_per_hour,
    )
    reception.short = memory.room.short
    return Parts(memory, threads, shelf, wording, reception, rasa, runner, settings)


def dead_letters(parts: Parts) -> DeadLetters:
    """Where messages that break the program are set aside, and taken again."""
    memory, quiet = parts.memory, parts.reception.quiet
    return DeadLetters(memory.letters, memory.store, parts.threads, parts.shelf, quiet=quiet)
