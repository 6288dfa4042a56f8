"""What staff decide reaches its author on Telegram: a real server, the Bot API emulated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app.memory import open_memory
from bot.curated import Decision
from bot.guide_file import bundled, read_guide
from bot.model import Conversation
from bot.moderating import told
from bot.settings import Settings
from bot.writing_first import may_write_first
from storage.moderation.curations import Curations
from storage.moderation.telling import GRACE
from tests.serving import serving
from tests.telegram_server import TOKEN, TelegramServer
from tests.test_telegram_talk import Chat, buttons, whole

PUSHED = frozenset({"telegram"})
[CESE] = [read_guide(f.read_text("utf-8"), f.name) for f in bundled() if f.stem == "cese-2022"]


def contactable(talk: Conversation) -> bool:
    return may_write_first(CESE, talk)


def a_while_ago() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=GRACE)


def test_the_author_gets_the_sentence_and_may_correct(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    with TelegramServer() as telegram:
        more = {"telegram_token": TOKEN, "telegram_api": telegram.url, "log_level": "DEBUG"}
        with serving(folder, **more) as served:
            chat = Chat(telegram, 970000401)
            whole(chat)
            settings = Settings(data_dir=folder, _env_file=None)  # type: ignore[call-arg]
            memory = open_memory(settings, create=False)
            try:
                [run] = memory.store.participations()
                story, proposal = run.contributions
                work = Curations(memory.engine, memory.keys, told, pushed=PUSHED,
                                 may=contactable, clock=a_while_ago)  # fmt: skip
                chat.read = len(chat.received())
                work.decide(story.reference, Decision.HIDDEN, "names_someone", "claire", 0)
                hidden = chat.hears("son texte n'est pas montré")
                assert story.reference in hidden.text
                assert buttons(hidden) == [":!correct", ":!delete_my_data", ":!human_contact"]
                chat.read = len(chat.received())
                work.decide(proposal.reference, Decision.PUBLISHED, "ready", "claire", 0)
                assert proposal.reference in chat.hears("c'est bon").text
            finally:
                memory.close()
            chat.presses(":!correct")
            chat.hears("la réponse à changer")
        assert "event=" in served.said
        assert "canari" not in served.said
