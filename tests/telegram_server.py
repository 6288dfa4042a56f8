"""Telegram's Bot API emulated over HTTP, with a plan of faults. Not a mock: real sockets.

Follows the official server: `getUpdates` deletes below its offset, a second reader ends the
first one's question with 409, a webhook gets one update at a time for each chat, again and again
until a 2xx; presses travel beside messages.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.sent import everything_in, from_chat

TOKEN = "4242:canary-token-Zx81"
# Of everybody here: in no log of the whole suite.
FIRST_NAME, LAST_NAME, USERNAME = "Prunelle-Canari", "Quincampoix-Canari", "pseudo_canari_7qx"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one sendMessage."""

    kind: str  # "429", "500", "403", "400", "late" (delivered, answered too late)
    after: int = 1


@dataclass
class Sent:
    """One message the bot managed to send, and when."""

    chat: int
    text: str
    keyboard: list[list[dict[str, str]]] | None
    at: float
    about: int | None = None  # the message it replies to


@dataclass
class TelegramServer:
    """`with TelegramServer() as telegram:` then `telegram.url`."""

    token: str = TOKEN
    late: float = 2.0  # seconds before a "late" answer
    faults: Callable[[int, int, str], Fault | None] | None = None  # (nth send, chat, text)
    updates: list[dict[str, Any]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    attempts: list[tuple[int, float, str]] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    commands: list[dict[str, str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)  # file_id: content
    file_faults: Callable[[int, str], int | None] | None = None  # (nth call, what): a status
    file_calls: list[str] = field(default_factory=list)
    webhook: dict[str, Any] = field(default_factory=dict)
    polls: list[int | None] = field(default_factory=list)
    conflicts: int = 0
    down: bool = False
    _update: int = 700_000_000
    _message: int = 100
    _poll: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # --- what people do ---

    def push(self, update: dict[str, Any]) -> int:
        """Queue any update; its number."""
        with self._lock:
            self._update += 1
            everything_in(update)
            self.updates.append({"update_id": self._update, **update})
            return self._update

    def says(self, person: int, text: str, **more: Any) -> int:
        """A person writes; the message's number."""
        with self._lock:
            self._message += 1
            number = self._message
        self.push({"message": self._said(person, number, text=text, **more)})
        return number

    def sends(self, person: int, **content: Any) -> None:
        """A person sends something else than words."""
        with self._lock:
            self._message += 1
            number = self._message
        self.push({"message": self._said(person, number, **content)})

    def speaks(
        self, person: int, octets: bytes, seconds: int = 4, *, kind: str = "voice", **more: Any
    ) -> int:
        """A person sends a voice message; the message's number."""
        with self._lock:
            self._message += 1
            number = self._message
        file = f"voice-{number}"
        self.files[file] = octets
        sound = {"file_id": file, "file_unique_id": f"u{number}", "duration": seconds}
        sound |= {"mime_type": "audio/ogg", "file_size": len(octets)}
        self.push({"message": self._said(person, number, **{kind: sound}, **more)})
        return number

    def edits(self, person: int, message: int, text: str) -> None:
        now = int(time.time())
        self.push({"edited_message": self._said(person, message, text=text, edit_date=now)})

    def presses(self, person: int, value: str) -> str:
        """A person presses a button; the press's id."""
        from_chat(person)
        with self._lock:
            self._message += 1
            identity = f"{person}{self._message}"
        under = self._said(person, self._message, text="?")
        query = {"id": identity, "from": self._who(person), "chat_instance": "1", "data": value}
        self.push({"callback_query": {**query, "message": under}})
        return identity

    def blocks(self, person: int) -> None:
        kicked = {"user": {"id": 4242, "is_bot": True}, "status": "kicked", "until_date": 0}
        chat = {"id": person, "type": "private", "first_name": "P"}
        self.push({"my_chat_member": {"chat": chat, "new_chat_member": kicked}})

    def texts(self, person: int) -> list[str]:
        """What this person received, in order."""
        with self._lock:
            return [message.text for message in self.sent if message.chat == person]

    @staticmethod
    def _who(person: int) -> dict[str, Any]:
        from_chat(person)
        who = {"id": person, "is_bot": False, "language_code": "fr"}
        return {**who, "first_name": FIRST_NAME, "last_name": LAST_NAME, "username": USERNAME}

    def _said(self, person: int, number: int, **more: Any) -> dict[str, Any]:
        chat = {"id": person, "type": "private", "first_name": "P"}
        date = int(time.time())
        return {"message_id": number, "from": self._who(person), "chat": chat, "date": date, **more}

    # --- the webhook's side ---

    async def deliver(
        self,
        client: httpx.AsyncClient,
        *,
        hurry: float = 100,
        times: int = 30,
        repeat: int = 1,
    ) -> dict[int, list[int]]:
        """Post what is queued until each update got a 2xx; the statuses of each update.

        `hurry` divides the pauses; `repeat`: how many times each update is delivered in all.
        """
        with self._lock:
            queued, self.updates = self.updates, []
        queues: dict[str, list[dict[str, Any]]] = {}
        for update in queued:
            queues.setdefault(_queue(update), []).append(update)
        statuses: dict[int, list[int]] = {}

        async def post(update: dict[str, Any]) -> httpx.Response:
            secret = self.webhook.get("secret_token", "")
            header = {"X-Telegram-Bot-Api-Secret-Token": secret}
            answer = await client.post(self.webhook["url"], json=update, headers=header)
            statuses.setdefault(update["update_id"], []).append(answer.status_code)
            return answer

        async def one_by_one(mine: list[dict[str, Any]]) -> None:
            for update in mine:
                pause = 1.0
                for _ in range(times):
                    answer = await post(update)
                    if answer.is_success:
                        break
                    pause = min(60, pause * 2)
                    await asyncio.sleep(float(answer.headers.get("retry-after", pause)) / hurry)
                for _ in range(repeat - 1):
                    await post(update)

        await asyncio.gather(*(one_by_one(mine) for mine in queues.values()))
        return statuses

    # --- the API's side ---

    async def _call(self, request: Request) -> JSONResponse:
        fields = dict(request.query_params)
        try:
            body = await request.body()
        except ClientDisconnect:  # the bot was killed while it spoke
            return _refuse(400, "Bad Request")
        fields |= dict(parse_qsl(body.decode(), keep_blank_values=True))
        if self.down:
            return _refuse(502, "Bad Gateway")
        if request.path_params["token"] != self.token:
            return _refuse(401, "Unauthorized")
        method = getattr(self, f"_{request.path_params['method']}", None)
        if method is None:
            return _refuse(404, "Not Found")
        answer: Callable[[dict[str, str]], Awaitable[JSONResponse]] = method
        return await answer(fields)

    async def _getMe(self, _: dict[str, str]) -> JSONResponse:
        me = {"id": 4242, "is_bot": True, "first_name": "Parole", "username": "parole_bot"}
        return _grant(me)

    async def _getUpdates(self, fields: dict[str, str]) -> JSONResponse:
        if self.webhook:
            return _refuse(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(fields["offset"]) if "offset" in fields else None
        with self._lock:
            self.polls.append(offset)
            self._poll += 1
            mine = self._poll
            if offset is not None:
                self.updates = [u for u in self.updates if u["update_id"] >= offset]
        until = time.monotonic() + float(fields.get("timeout", 0))
        while True:
            if mine != self._poll:
                self.conflicts += 1
                return _refuse(409, "Conflict: terminated by other getUpdates request")
            with self._lock:
                if self.updates:
                    return _grant(self.updates[: int(fields.get("limit", 100))])
            if time.monotonic() >= until:
                return _grant([])
            await asyncio.sleep(0.01)

    async def _sendMessage(self, fields: dict[str, str]) -> JSONResponse:
        chat, text = int(fields["chat_id"]), fields["text"]
        with self._lock:
            self.attempts.append((chat, time.monotonic(), text))
            fault = self.faults(len(self.attempts), chat, text) if self.faults else None
        if fault and fault.kind == "429":
            said = f"Too Many Requests: retry after {fault.after}"
            return _refuse(429, said, retry_after=fault.after)
        if fault and fault.kind in {"400", "403", "500"}:
            return _refuse(int(fault.kind), _REASONS[fault.kind])
        if not text.strip():
            return _refuse(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return _refuse(400, "Bad Request: message is too long")
        keyboard = json.loads(fields.get("reply_markup", "{}")).get("inline_keyboard")
        for button in (button for row in keyboard or () for button in row):
            if not 0 < len(button["callback_data"].encode()) <= 64:
                return _refuse(400, "Bad Request: BUTTON_DATA_INVALID")
        with self._lock:
            self._message += 1
            number = self._message
            about = json.loads(fields.get("reply_parameters", "{}")).get("message_id")
            self.sent.append(Sent(chat, text, keyboard, time.monotonic(), about))
        if fault and fault.kind == "late":
            await asyncio.sleep(self.late)
        told = {"message_id": number, "date": int(time.time()), "text": text}
        return _grant({**told, "chat": {"id": chat, "type": "private", "first_name": "P"}})

    def _file_fault(self, what: str) -> JSONResponse | None:
        with self._lock:
            self.file_calls.append(what)
            status = self.file_faults(len(self.file_calls), what) if self.file_faults else None
        if status == 429:
            return _refuse(429, "Too Many Requests: retry after 1", retry_after=1)
        return _refuse(status, "Bad Request: file is temporarily unavailable") if status else None

    async def _getFile(self, fields: dict[str, str]) -> JSONResponse:
        file = fields["file_id"]
        if fault := self._file_fault("getFile"):
            return fault
        if file not in self.files:
            return _refuse(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(self.files[file]) > 20_000_000:
            return _refuse(400, "Bad Request: file is too big")
        size = len(self.files[file])
        told = {"file_id": file, "file_unique_id": f"u{file}", "file_size": size}
        return _grant({**told, "file_path": f"voice/{file}.oga"})

    async def _file(self, request: Request) -> Response:
        """The content of a file, as the official server gives it: by its path, with the token."""
        if request.path_params["token"] != self.token or self.down:
            return _refuse(404, "Not Found")
        if fault := self._file_fault("file"):
            return fault
        name = request.path_params["path"].removeprefix("voice/").removesuffix(".oga")
        if name not in self.files:
            return _refuse(404, "Not Found")
        return Response(self.files[name], media_type="application/octet-stream")

    async def _answerCallbackQuery(self, fields: dict[str, str]) -> JSONResponse:
        self.answered.append(fields["callback_query_id"])
        return _grant(True)

    async def _setMyCommands(self, fields: dict[str, str]) -> JSONResponse:
        self.commands = json.loads(fields["commands"])
        return _grant(True)

    async def _setWebhook(self, fields: dict[str, str]) -> JSONResponse:
        if not fields["url"].startswith("https://"):
            return _refuse(400, "Bad Request: bad webhook: An HTTPS URL must be provided")
        self.webhook = dict(fields)
        return _grant(True)

    async def _deleteWebhook(self, _: dict[str, str]) -> JSONResponse:
        self.webhook = {}
        return _grant(True)

    def __enter__(self) -> TelegramServer:
        path = "/bot{token}/{method}"
        file = Route("/file/bot{token}/{path:path}", self._file)
        app = Starlette(routes=[file, Route(path, self._call, methods=["GET", "POST"])])
        config = uvicorn.Config(
            app, port=0, log_config=None, access_log=False, lifespan="off", ws="none"
        )
        config.timeout_graceful_shutdown = 1
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._poll += 1  # whoever waits for updates is sent home
        self._server.should_exit = True
        self._thread.join(5)


_REASONS = {
    "400": "Bad Request: wrong parameter",
    "403": "Forbidden: bot was blocked by the user",
    "500": "Internal Server Error",
}


def _queue(update: dict[str, Any]) -> str:
    if query := update.get("callback_query"):
        return f"press {query['from']['id']}"
    for kind in ("message", "edited_message", "my_chat_member"):
        if kind in update:
            return f"chat {update[kind].get('chat', {}).get('id')}"
    return f"update {update['update_id']}"


def _grant(result: object) -> JSONResponse:
    return JSONResponse({"ok": True, "result": result})


def _refuse(code: int, description: str, **parameters: int) -> JSONResponse:
    refusal: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        refusal["parameters"] = parameters
    return JSONResponse(refusal, code)
