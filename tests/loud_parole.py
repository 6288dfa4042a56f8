"""`parole`, where every library talks at DEBUG, and where some words break everything."""

from __future__ import annotations

import logging
import threading
import warnings
from typing import Any

from bot import logs
from bot.__main__ import main
from bot.channels import telegram_api
from bot.model import Heard, Message
from bot.reception import Reception

LOUD = ("", "asyncio", "httpx", "httpcore", "telegram", "uvicorn", "uvicorn.error",
        "uvicorn.access", "sqlalchemy", "sqlalchemy.engine", "sqlalchemy.pool", "alembic",
        "multipart", "python_multipart")  # fmt: skip

set_up, quiet, answered = logs.set_up, telegram_api.quiet, Reception._answer


def loudly(*given: Any) -> None:
    set_up(*given)
    louder()


def louder() -> None:
    quiet()
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.DEBUG)


def breaking(self: Reception, message: Message, heard: Heard, may_open: bool) -> Any:
    if "panne" not in message.text:
        return answered(self, message, heard, may_open)
    logging.getLogger("asyncio").error("quoted: %s", message.text)
    logging.getLogger("httpx").debug("badly %s %s", message.text)  # what logging would explain
    warnings.warn(message.text, stacklevel=1)
    threading.Thread(target=fall, args=(message.text,)).start()
    raise RuntimeError(message.text, message.sender)


def fall(text: str) -> None:
    raise ValueError(text)


if __name__ == "__main__":
    logs.set_up, telegram_api.quiet = loudly, louder
    Reception._answer = breaking  # type: ignore[method-assign]
    main()
