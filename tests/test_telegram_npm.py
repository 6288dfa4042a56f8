"""The doors against somebody else's idea of Telegram: the npm package telegram-test-api."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.telegram_api import Api, TelegramSpeaker
from bot.channels.telegram_doors import Door, Polling
from bot.model import Choice, Message
from bot.patience import Patience
from tests.telegram_server import TOKEN

HERE = Path(__file__).parent


@pytest.fixture
def url() -> Iterator[str]:
    """The address of a running telegram-test-api."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "telegram-test-api").is_dir():
        why = "telegram-test-api is not installed (needs node, then: npm ci --prefix tests)"
        print(f"skipped: {why}")
        pytest.skip(why)
    command = [node, "telegram_test_api.js"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=HERE, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        assert server.stdin is not None
        server.stdin.close()


def test_a_message_and_a_press_come_in_and_replies_go_out(url: str) -> None:
    received: list[Message] = []

    async def keep(message: Message) -> None:
        received.append(message)

    async def nothing(*_: object) -> None: ...

    def said(**more: Any) -> dict[str, Any]:
        who = {"id": 501, "first_name": "A", "username": "a", "is_bot": False}
        chat = {"id": 501, "type": "private", "first_name": "A"}
        return {"botToken": TOKEN, "date": 1_753_700_000, "from": who, "chat": chat, **more}

    async def run() -> list[dict[str, Any]]:
        api = Api(TOKEN, server=url, proxies=False)
        door = Door(keep, gone=nothing, aside=nothing, answer=api.answer, tell=nothing,
                    patience=Patience(nothing))  # fmt: skip
        polling = Polling(api, door, hold=1)
        running = asyncio.create_task(polling.run())
        async with httpx.AsyncClient(base_url=url, trust_env=False) as person:
            await person.post("/sendMessage", json=said(text="Bonjour 👩🏽‍⚕️"))
            press = {"data": "themes=emploi", "message": said(message_id=1)}
            await person.post("/sendCallback", json=said(**press))
            async with asyncio.timeout(10):
                while len(received) < 2:
                    await asyncio.sleep(0.01)
            choice = Choice("Oui", "themes=emploi")
            await TelegramSpeaker(api).say("501", "Mot. " * 1000, [choice])
            answer = await person.post("/getUpdates", json={"token": TOKEN, "chatId": "501"})
        polling.stop()
        await running
        await api.close()
        return list(answer.json()["result"])

    told = asyncio.run(run())
    assert [message.text for message in received] == ["Bonjour 👩🏽‍⚕️", ""]
    assert received[1].choice == "themes=emploi"
    assert "".join(each["message"]["text"] for each in told) == "Mot. " * 1000
    [[button]] = told[-1]["message"]["reply_markup"]["inline_keyboard"]
    assert button == {"text": "Oui", "callback_data": "themes=emploi"}
    assert "reply_markup" not in told[0]["message"]
