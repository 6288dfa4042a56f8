"""The staff desk, on its part of the memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version

from sqlalchemy import Engine

from bot.app.talk import PUSHED
from bot.app.texts import make_wording
from bot.errors import GuideError
from bot.model import Conversation
from bot.moderating import told
from bot.settings import Settings
from bot.shelf import Shelf
from bot.writing_first import may_write_first
from desk.exporting.workroom import Workroom
from desk.moderating.entries import Reading
from desk.ports import Memory as DeskMemory
from desk.shell import About, Desk
from desk.signing.passwords import Passwords
from nlu import personal
from storage.desk.accounts import Accounts
from storage.desk.journal import Journal
from storage.desk.mappings import Mappings
from storage.desk.overview import Overview
from storage.desk.packages import Packages
from storage.desk.sessions import Sessions
from storage.desk.tries import Tries
from storage.moderation.alike import Lookalikes
from storage.moderation.apart import Apart
from storage.moderation.codebook import Codebook
from storage.moderation.codings import Codings
from storage.moderation.curations import Curations
from storage.moderation.judgements import Judgements
from storage.moderation.present import Present
from storage.platform.arrivals import Arrivals
from storage.platform.outside import Outsides
from storage.platform.outside_search import OutsideSearch
from storage.platform.pairs import Pairs
from storage.sealing.closed_files import ClosedFiles
from storage.sealing.keys import Keys
from storage.search.indexing import Indexing
from storage.search.searching import Searching
from storage.snapshot.snapshots import Snapshots
from storage.threads import Threads


def make_desk(
    settings: Settings, engine: Engine, keys: Keys, threads: Threads, guides: Shelf
) -> Desk:
    """The staff desk on its part of the memory."""
    present, outsides = Present(engine, keys), Outsides(engine, keys)
    search, apart = Searching(), Apart(engine)
    desk_memory = DeskMemory(
        Accounts(engine, keys), Sessions(engine), Tries(engine, keys), Journal(engine),
        Codebook(engine), Codings(engine, keys), Judgements(engine), present,
        Curations(engine, keys, told, pushed=PUSHED, may=_may_write(guides)),
        Indexing(engine, present, search, Reading(guides.of)), Lookalikes(search, apart), apart,
        Overview(engine, keys), Snapshots(engine, keys), Packages(engine),
        OutsideSearch(outsides), Mappings(engine), outsides,
        Arrivals(settings.data_dir / "arrivals", keys), Pairs(engine),
    )  # fmt: skip
    about = About(settings.organiser_name, settings.to_change, settings.public_url)
    speech = make_wording(settings)
    workroom = Workroom(
        desk_memory, threads, guides.of, settings.data_dir / "exports",
        software=version("parole"), keep=timedelta(days=settings.export_days),
        closed=ClosedFiles(keys),
    )  # fmt: skip
    return Desk(desk_memory, threads, guides, about, Passwords(), personal, speech, workroom)


def _may_write(guides: Shelf) -> Callable[[Conversation], bool]:
    """Who may be told a decision before they write: nobody when their guide is lost."""

    def may(talk: Conversation) -> bool:
        try:
            return may_write_first(guides.of(talk.guide, talk.version), talk)
        except GuideError:
            return False

    return may
