"""Speaking and setting up, over HTTP, against the emulated Bot API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator

import pytest

from bot.channels.telegram_api import COMMANDS, Api, TelegramSpeaker, keyboard, set_up
from bot.errors import Blocked, SendingError, SettingsError, TryLater
from bot.model import Choice
from tests.telegram_server import TOKEN, Fault, TelegramServer

SECRET = "secret-of-sixteen-signs"


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer(late=1.0) as server:
        yield server


def talking(
    server: TelegramServer, act: Callable[[Api], Awaitable[object]], token: str = TOKEN
) -> object:
    """Run `act` with an Api opened on the emulated server."""

    async def run() -> object:
        api = Api(token, server=server.url, patience=0.4, proxies=False)
        try:
            return await act(api)
        finally:
            await api.close()

    return asyncio.run(run())


def say(server: TelegramServer, text: str, *choices: Choice) -> None:
    talking(server, lambda api: TelegramSpeaker(api).say("501", text, choices))


def test_a_reply_arrives_with_its_buttons(telegram: TelegramServer) -> None:
    short, long = Choice("Oui", "a=o"), Choice("Une étiquette de plus de vingt signes", "a=x")
    say(telegram, "Bonjour 👩🏽‍⚕️", short, Choice("Non", "a=n"), long, Choice("Passer", "!skip"))
    [message] = telegram.sent
    assert (message.chat, message.text) == (501, "Bonjour 👩🏽‍⚕️")
    assert message.keyboard is not None
    assert [[b["text"] for b in row] for row in message.keyboard] == [
        ["Oui", "Non"],
        ["Une étiquette de plus de vingt signes"],
        ["Passer"],
    ]
    assert message.keyboard[0][0]["callback_data"] == "a=o"


def test_a_long_reply_comes_in_parts_with_buttons_under_the_last(telegram: TelegramServer) -> None:
    text = "Une phrase assez longue pour compter. " * 240
    say(telegram, text, Choice("Oui", "a=o"))
    assert "".join(telegram.texts(501)) == text
    assert [bool(message.keyboard) for message in telegram.sent] == [False, False, True]


def test_a_button_beyond_64_bytes_is_ours_to_refuse() -> None:
    with pytest.raises(SendingError):
        keyboard([Choice("Trop", "é" * 33)])
    assert keyboard([]) is None


@pytest.mark.parametrize(
    ("fault", "error", "after", "maybe_sent"),
    [
        (Fault("429", 17), TryLater, 17, False),
        (Fault("500"), TryLater, 3, False),
        (Fault("late"), TryLater, 30, True),
        (Fault("403"), Blocked, None, None),
        (Fault("400"), SendingError, None, None),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_what_telegram_refuses(
    telegram: TelegramServer,
    fault: Fault,
    error: type[SendingError],
    after: float | None,
    maybe_sent: bool | None,
) -> None:
    telegram.faults = lambda *_: fault
    with pytest.raises(error) as caught:
        say(telegram, "Bonjour")
    assert type(caught.value) is error
    assert getattr(caught.value, "after", None) == after
    assert getattr(caught.value, "maybe_sent", None) == maybe_sent


def test_nobody_at_the_address_means_not_sent(telegram: TelegramServer) -> None:
    telegram.url = "http://127.0.0.1:9"
    with pytest.raises(TryLater) as caught:
        say(telegram, "Bonjour")
    assert not caught.value.maybe_sent


def test_set_up_for_polling(telegram: TelegramServer) -> None:
    telegram.webhook = {"url": "https://ancien.example"}
    assert talking(telegram, set_up) == "parole_bot"
    assert [command["command"] for command in telegram.commands] == [word for word, _ in COMMANDS]
    assert telegram.webhook == {}


def test_set_up_for_the_webhook(telegram: TelegramServer) -> None:
    talking(telegram, lambda api: set_up(api, public_url="https://parole.example/", secret=SECRET))
    assert telegram.webhook["url"] == "https://parole.example/telegram/webhook"
    assert telegram.webhook["secret_token"] == SECRET


@pytest.mark.parametrize(
    ("act", "token", "setting"),
    [
        (set_up, "4242:not-the-one", "PAROLE_TELEGRAM_TOKEN"),
        (set_up, "", "PAROLE_TELEGRAM_TOKEN"),
        (set_up, "bonjour", "PAROLE_TELEGRAM_TOKEN"),
        (
            lambda api: set_up(api, public_url="http://x.example", secret=SECRET),
            TOKEN,
            "PAROLE_PUBLIC_URL",
        ),
        (
            lambda api: set_up(api, public_url="https://x.example", secret="court"),
            TOKEN,
            "PAROLE_TELEGRAM_SECRET",
        ),
    ],
    ids=["unknown token", "no token", "odd token", "address", "secret"],
)
def test_a_wrong_setting_says_what_to_do(
    telegram: TelegramServer, act: Callable[[Api], Awaitable[object]], token: str, setting: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        talking(telegram, act, token)
    said = str(caught.value)
    assert said.startswith(setting)
    assert not token or token not in said


def test_telegram_away_at_start_is_not_a_wrong_setting(telegram: TelegramServer) -> None:
    telegram.down = True
    with pytest.raises(TryLater):
        talking(telegram, set_up)


def test_no_log_at_any_level_holds_a_token_a_chat_or_a_word(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    chat, words, value = "50177777", "mots-canari", "canari=1"  # tracebacks quote the source
    faults = iter([None, Fault("429"), Fault("500"), Fault("late"), Fault("403"), Fault("400")])
    telegram.faults = lambda *_: next(faults)

    async def everything(api: Api) -> None:
        await set_up(api)
        for _ in range(6):
            try:
                await TelegramSpeaker(api).say(chat, words, [Choice("c", value)])
            except SendingError as error:
                logging.getLogger("parole").warning("failed", exc_info=error)
        telegram.says(int(chat), words)
        assert len(await api.updates(None, 0)) == 1

    logging.getLogger("parole").debug("the capture is listening")
    talking(telegram, everything)
    out, err = capfd.readouterr()
    ours = (r for r in caplog.records if not r.name.startswith("uvicorn"))  # the emulator's
    logged = "\n".join(map(caplog.handler.format, ours)) + out + err
    assert "the capture is listening" in logged
    assert "failed" in logged
    for canary in (TOKEN, TOKEN.partition(":")[2], chat, words, value):
        assert canary not in logged
