"""A real server in a thread and a real Chromium, for the tests of the page.

Run as `python -m tests.web_browser`, it makes the picture of the README.
"""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from storage.database import migrate
from tests.web_service import Service, service

CHROMIUM = "/usr/bin/chromium"
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "fr-FR"}
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "conversation.png"
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "fr-FR",
}
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class WithApp(Protocol):
    app: FastAPI


T = TypeVar("T", bound=WithApp)


def served(template: Path, folder: Path) -> AbstractContextManager[tuple[str, Service]]:
    """The address of a running service, and the service."""
    return running(service(template, folder))


@contextmanager
def running(opened: AbstractAsyncContextManager[T], within: int = 20) -> Iterator[tuple[str, T]]:
    """Serve what is opened, in a thread of its own: its address, and itself."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    started, made = threading.Event(), {}
    server: list[uvicorn.Server] = []

    async def run() -> None:
        async with opened as web:
            config = uvicorn.Config(web.app, log_level="critical", ws="none", lifespan="off")
            server.append(uvicorn.Server(config))
            made["web"] = web
            started.set()
            await server[0].serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert started.wait(within)
    try:
        yield address, made["web"]
    finally:
        server[0].should_exit = True
        thread.join(10)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


class Watched:
    """A page whose every complaint is remembered: console, policy, exceptions."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address, self.complaints, self.bytes = address, [], 0
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def begins(self, path: str = "/") -> Page:
        self.page.goto(self.address + path)
        self.page.get_by_role("button", name="Commencer").click()
        self.page.locator("html[data-script=ready]").wait_for()  # before, a form is a plain form
        return self.page

    def touches(self, value: str) -> None:
        """Touch the button with this value, and wait for what is said next."""
        before = self.page.locator(".turn.assistant:not([aria-hidden])").count()
        self.page.locator(f'.choice[value="{value}"]').click()
        self.answered(before)

    def says(self, text: str) -> None:
        before = self.page.locator(".turn.assistant:not([aria-hidden])").count()
        self.page.get_by_label("Votre réponse").fill(text)
        self.page.get_by_role("button", name="Envoyer").click()
        self.answered(before)

    def answered(self, before: int) -> None:
        wanted = "n => document.querySelectorAll('.turn.assistant:not([aria-hidden])').length > n"
        self.page.wait_for_function(wanted, arg=before)

    def agrees(self) -> Page:
        page = self.begins()
        for value in ("qui_repond:seul", "age:yes", "accord:yes"):
            self.touches(value)
        return page

    def shot(self, name: str, *, whole: bool = False) -> None:
        if folder := os.environ.get("PAROLE_SCREENSHOTS"):
            self.page.wait_for_timeout(400)  # what moves has come to rest
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        print("skipped: Chromium is not installed (Debian: apt install chromium)")
        pytest.skip("Chromium is not installed")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(sqlite_template, tmp_path_factory.mktemp("web")) as (address, _):
        yield address


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Watched]:
    """A small phone; whatever the page complains of fails the test."""
    context = browser.new_context(**PHONE)
    watched = Watched(context, address)
    yield watched
    context.close()
    assert watched.complaints == []


def picture(file: Path = PICTURE) -> None:
    """A conversation just after the profile, on a phone."""
    with tempfile.TemporaryDirectory() as made:
        template = Path(made) / "template.db"
        migrate(f"sqlite:///{template}")
        with served(template, Path(made)) as (address, _), chromium() as browser:
            context = browser.new_context(**PHONE, reduced_motion="reduce")
            phone = Watched(context, address)
            page = phone.agrees()
            phone.touches("public:proche")
            phone.touches(page.locator(".choice").first.get_attribute("value") or "")
            phone.says("J’habite à Grenoble")
            page.evaluate("document.activeElement.blur()")
            page.wait_for_timeout(400)
            file.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=file)
            context.close()


if __name__ == "__main__":
    picture()
