"""Goal I3: atheris on what strangers send: Telegram's updates, the webhook, the JSON and the forms.

    make fuzz                              1 000 000 executions
    make fuzz ARGS="-max_total_time=3600"  an hour

Every argument is libFuzzer's. An exception that no reader declares stops it, with its input in
out/fuzz. Declared: ValueError and RecursionError for what is not JSON, Problem at the web door.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(
    include=["bot.channels", "bot.as_typed", "bot.origins", "bot.four_words"]
):
    from bot.as_typed import as_typed
    from bot.channels import telegram, web_reading
    from bot.channels.telegram_doors import Door, webhook
    from bot.channels.web_problems import Problem
    from bot.patience import Patience

import structlog
from fastapi import FastAPI

ROOT = Path(__file__).parent.parent
PAYLOADS = json.loads((ROOT / "tests/payloads/telegram.json").read_text("utf-8"))
SECRET = "x-of-the-fuzzer-only"
LONGEST = 10_000
ONE_IN = 16  # executions: the others read an update without the route around


def main() -> None:
    """Until `-runs` or `-max_total_time`, which libFuzzer reads."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    seeds, found = ROOT / "out/fuzz/seeds", ROOT / "out/fuzz/found"
    for folder in (seeds, found):
        folder.mkdir(parents=True, exist_ok=True)
    for number, case in enumerate(PAYLOADS):
        for mode in range(3):
            written = bytes([mode]) + json.dumps(case["payload"]).encode()
            (seeds / f"{number}-{mode}").write_bytes(written)
    given = sys.argv[1:] or ["-runs=1000000"]
    ours = [f"-artifact_prefix={found}/", "-max_len=4096", "-rss_limit_mb=1024", "-timeout=10"]
    atheris.Setup([sys.argv[0], *ours, *given, str(seeds)], one)
    atheris.Fuzz()


def one(octets: bytes) -> None:
    """The first octet says which reader these are for."""
    mode, rest = (octets[0] % ONE_IN if octets else 0), octets[1:]
    if mode == 0:
        web(rest)
    elif mode == 1:
        LOOP.run_until_complete(through_the_webhook(rest))
    elif mode % 2:
        try:
            update = json.loads(rest)
        except (ValueError, RecursionError):
            return
        read(update)
    else:
        read(damaged(atheris.FuzzedDataProvider(rest)))


def read(update: object) -> None:
    """All that the door reads of an update, and what it promises of it."""
    message = telegram.read(update)
    telegram.left(update)
    telegram.press(update)
    telegram.number(update)
    telegram.note(update)
    if message is not None:
        assert message.sender.lstrip("-").isdigit()
        message.text.encode()
        assert "\0" not in message.text + (message.choice or "")
        assert len((message.choice or "").encode()) <= 64


def damaged(given: atheris.FuzzedDataProvider) -> object:
    """A real update in which some values, anywhere, were replaced by anything."""
    update = json.loads(json.dumps(PAYLOADS[given.ConsumeIntInRange(0, len(PAYLOADS) - 1)]))
    for _ in range(given.ConsumeIntInRange(1, 4)):
        place: Any = update["payload"]
        while isinstance(place, dict) and place:
            key = sorted(place)[given.ConsumeIntInRange(0, len(place) - 1)]
            if not isinstance(place[key], dict) or given.ConsumeProbability() < 0.3:
                place[key] = anything(given, 3)
                break
            place = place[key]
    return update["payload"]


def anything(given: atheris.FuzzedDataProvider, deepest: int) -> object:
    match given.ConsumeIntInRange(0, 8 if deepest else 6):
        case 0:
            return None
        case 1:
            return given.ConsumeBool()
        case 2:
            return given.ConsumeInt(9)
        case 3:
            return given.ConsumeFloat()
        case 4:
            return given.ConsumeUnicode(200)  # lone surrogates too
        case 5:
            return "/start " + given.ConsumeUnicode(80)
        case 6:
            return int("9" * 30)
        case 7:
            return [anything(given, deepest - 1) for _ in range(given.ConsumeIntInRange(0, 3))]
    count = given.ConsumeIntInRange(0, 3)
    return {given.ConsumeUnicode(8): anything(given, deepest - 1) for _ in range(count)}


def web(octets: bytes) -> None:
    """Each reader of the web door: its value, or a Problem that quotes nothing."""
    try:
        fields = web_reading.form_fields(octets)
    except Problem as problem:
        problem.response()
        fields = {}
    for name, value in fields.items():
        web_reading.form_id(name, value)
        as_typed(value).encode()
    try:
        read = web_reading.json_object(octets)
    except Problem:
        return
    for reader in (web_reading.opening, web_reading.opening_id):
        try:
            reader(read)
        except Problem as problem:
            problem.response()
    try:
        _, text, choice = web_reading.message(read, LONGEST)
        (text + (choice or "")).encode()
    except Problem as problem:
        problem.response()


async def through_the_webhook(octets: bytes) -> None:
    """The route itself: 200 or 413, whatever Telegram, or who knows its secret, sends."""
    sent: list[Any] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": octets, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    secret = (b"x-telegram-bot-api-secret-token", SECRET.encode())
    scope = {
        "type": "http", "method": "POST", "path": "/telegram/webhook", "headers": [secret],
        "query_string": b"", "client": None, "http_version": "1.1", "scheme": "http",
        "server": None, "root_path": "", "raw_path": b"/telegram/webhook",
    }  # fmt: skip
    await APP(scope, receive, send)
    await DOOR.close()
    assert sent[0]["status"] == 200, sent[0]["status"]


async def _nothing(*_: object) -> None:
    return


async def _never(*_: object) -> None:
    raise AssertionError("set aside or told: an exception was hidden")


LOOP = asyncio.new_event_loop()
DOOR = Door(_nothing, gone=_nothing, aside=_never, answer=_nothing, tell=_never,
            patience=Patience(_nothing))  # fmt: skip
APP = FastAPI(openapi_url=None)
APP.include_router(webhook(DOOR, SECRET))

if __name__ == "__main__":
    main()
