"""The corpus through every text entry of every door, on both databases (goal I2).

`make hostile` walks all of it; here a part, each text somewhere, and the round trip of all.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer
from hypothesis import given
from hypothesis import strategies as st

from bot.__main__ import app as commands
from bot.__main__ import main
from bot.app.memory import open_memory
from bot.as_typed import as_typed
from bot.settings import Settings
from tests import hostile_walks as walks
from tests.hostile import TEXTS
from tests.serving import PAROLE, ROOT, environment
from tests.whole_service import Whole, whole

pytestmark = pytest.mark.anyio
GUIDE = Path(__file__).with_name("hostile_guide.yml")
AGREED = ("privacy:yes", "quoted:yes", "uses:walk")
PARTS = 150  # messages in one answer, below what is its most


@pytest.fixture
def guides(tmp_path: Path) -> Path:
    folder = tmp_path / "guides"
    folder.mkdir()
    shutil.copy(GUIDE, folder / "hostile.yml")
    return folder


@pytest.fixture
async def service(database_url: str, tmp_path: Path, guides: Path) -> AsyncIterator[Whole]:
    with structlog.testing.capture_logs() as lines:
        async with whole(database_url, tmp_path, guides_dir=guides) as made:
            yield made
    told = [one for one in lines if one["log_level"] in ("error", "critical")]
    assert not told, told[:3]
    long = [text for text in TEXTS if len(text) > walks.SHORT]
    said = "\n".join(map(str, lines))
    assert not [text for text in long if text in said]


# --- nothing breaks, nothing is repeated ---


async def test_the_public_doors_stand(service: Whole) -> None:
    """I2, F14, F15."""
    token = await service.begins()
    for walk, one_in in ((walks.api, 8), (walks.pages, 16)):
        for text in TEXTS[one_in // 2 :: one_in]:
            await walk(service, text, token)
    for text in TEXTS[3::8]:
        await walks.telegram(service, text)
    for text in TEXTS[::80]:
        await walks.headers(service, text, token, b"equipe=x")
    print(service.told())


async def test_the_desk_stands(service: Whole) -> None:
    """I2, F14, F15: who is signed in with every role may type anything anywhere."""
    service.fills()
    cookie = await service.staff()
    for text in TEXTS[5::40]:
        await walks.desk_addresses(service, text, cookie, "P-000001")
    forms = await walks.desk_forms(service, cookie, ["P-000001", "plateforme:op1"])
    token = await walks.csrf_of(service, cookie)
    fields = [(form, name) for form in forms for name in form.names]
    assert len(forms) > 12
    for number, (form, name) in enumerate(fields):
        for text in TEXTS[number % 40 :: 40]:
            await walks.desk_form(service, form, name, text, cookie, token)
    assert (await service.ask("GET", "/equipe/", headers=[(b"cookie", cookie)])).status == 200
    print(service.told())


# --- what was said is given back ---


async def test_words_come_back_as_they_were_typed_on_the_page(service: Whole) -> None:
    """I2: stored, read again and copied are the words, normalised as docs/api.md says."""
    typed: list[str] = []
    kept: Counter[str] = Counter()
    for start in range(0, len(TEXTS), PARTS):
        opened = await service.json("POST", "/api/conversations", {"guide": "hostile"})
        token, number = opened.json()["token"], 0

        async def send(token: str = token, **said: str) -> list[dict[str, Any]]:
            nonlocal number
            number += 1
            answer = await service.json(
                "POST", "/api/messages", {"id": f"m{number}", **said}, token
            )
            assert answer.status == 200, (said, answer.text)
            replies: list[dict[str, Any]] = answer.json()["replies"]
            return replies

        for choice in AGREED:
            await send(choice=choice)
        for text in TEXTS[start : start + PARTS]:
            typed.append(as_typed(text))
            await settled(send, await send(text=text))
        copied = (await service.json("GET", "/api/copy", {}, token)).json()
        [talk] = copied["conversations"]
        kept.update(word for one in talk["answers"] for word in one.get("words", ()))
        thread = (await service.json("GET", "/api/messages", {}, token)).json()
        shown = {one["text"] for one in thread["messages"] if one["from"] == "person"}
        assert set(typed[start:]) <= shown
    assert not Counter(typed) - kept


async def settled(send: Any, replies: list[dict[str, Any]]) -> None:
    """« No » to what is asked about these words: they are the answer, and stay whole."""
    while asked := [c["value"] for c in replies[-1]["choices"] if c["value"].endswith(":no")]:
        replies = await send(choice=asked[0])


async def test_words_come_back_as_they_were_typed_on_telegram(service: Whole) -> None:
    """I2: the same normalisation, as texts, and as texts edited afterwards."""
    typed: list[str] = []
    kept: Counter[str] = Counter()
    for start in range(0, len(TEXTS), PARTS):
        chat = 700_000 + start
        await service.update(service.message(chat, text="/start hostile__affiche"))
        for choice in AGREED:
            await service.update(service.press(chat, choice))
        for text in TEXTS[start : start + PARTS]:
            said = service.message(chat, text=text)
            assert (await service.update(said)).status == 200
            if as_typed(text):
                typed.append(as_typed(text))
            await service.update(service.press(chat, "idea:!own"))
            for question in ("?meant:no", "?masked:no"):
                await service.update(service.press(chat, question))
        talk, _ = service.memory.store.thread("telegram", str(chat))
        kept.update(part.text for answer in talk.answers.values() for part in answer.parts)
    assert not Counter(typed) - kept


async def test_a_long_answer_is_kept_whole(service: Whole) -> None:
    """I5: a hundred messages of 4 096 signs on Telegram are one answer, with nothing missing."""
    await service.update(service.message(81, text="/start hostile__affiche"))
    for choice in AGREED:
        await service.update(service.press(81, choice))
    sent = [
        f"{n} " + ("é=🙂 " * 1100)[: 4096 - 200] + "x" * (198 - len(str(n))) for n in range(100)
    ]
    for text in sent:
        assert len(text) in (4095, 4096)
        assert (await service.update(service.message(81, text=text))).status == 200
    talk, _ = service.memory.store.thread("telegram", "81")
    [answer] = [a for spot, a in talk.answers.items() if spot.step == "idea"]
    assert answer.text == "\n".join(sent)


async def test_a_text_at_the_limit_is_kept_and_one_more_sign_is_not(service: Whole) -> None:
    """I5: 10 000 signs of any kind are taken; beyond, a sentence, and the draft stays."""
    token = await service.begins()
    whole = "🙂=é\n" * 2500
    for number, (text, status) in enumerate(((whole, 200), (whole + "x", 422))):
        content = {"id": f"l{number}", "text": text}
        answer = await service.json("POST", "/api/messages", content, token)
        assert answer.status == status
    assert "10\u202f001" in answer.json()["detail"]
    cookie = b"parole=" + token.encode()
    fields = {"id": "l3", "text": whole + "x"}
    page = await service.form("/discussion/message", fields, cookie)
    assert page.status == 422
    assert whole[:4000] in page.text
    thread = (await service.json("GET", "/api/messages", {}, token)).json()
    assert [m["text"] for m in thread["messages"] if m["text"] == whole] == [whole]


def test_the_terminal_takes_them_all(database_url: str, tmp_path: Path, guides: Path) -> None:
    """I2: one real session; a line that is not of its own syntax is kept as it was typed."""
    plain = [text for text in TEXTS if not set(text) & set("\r\n\0\\") and text.isprintable()]
    spoken = [text for text in plain if text == text.strip() and text[:1] not in "[=<%~>#{"]
    lines = [*AGREED_TYPED, *TEXTS, *AGAIN, *spoken[:PARTS]]
    typed = "\n".join(lines).encode("utf-8", "surrogatepass") + b"\n\xff\xfe\x80 octets\n"
    settings: dict[str, Any] = {
        "database_url": database_url, "data_dir": tmp_path, "guides_dir": guides,
        "max_turns_per_minute": 1_000_000, "max_openings_per_hour": 1_000_000, "rasa_url": "off",
    }  # fmt: skip
    done = subprocess.run(
        [*PAROLE, "talk", "--guide", "hostile"], cwd=ROOT, env=environment(settings), input=typed,
        capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
    assert b"Traceback" not in done.stderr
    memory = open_memory(Settings(_env_file=None, **settings))
    try:
        _, said = memory.store.thread("terminal", "moi")
    finally:
        memory.close()
    assert {as_typed(text) for text in spoken[:PARTS]} <= {one.said for one in said}


AGREED_TYPED = tuple(f"={choice}" for choice in AGREED)
AGAIN = ("recommencer", "oui", *AGREED_TYPED)


# --- the command line ---


VALID = {"role": "lecture", "formats": "csv-excel", "profile": "interne"}


def entries() -> Iterator[tuple[str, list[str]]]:
    """Every argument and option of every command that takes words: its name, and before it."""
    group = typer.main.get_command(commands)

    def walk(group: Any, before: list[str]) -> Iterator[tuple[str, list[str]]]:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from walk(command, [*before, name])
                continue
            needed = [p for p in command.params if p.required]
            for one in command.params:
                if one.bare_type() != "str" or name == "serve":
                    continue
                others: list[str] = []
                for other in needed:
                    if other is not one:
                        others += [*flag(other), VALID.get(other.name, "mot")]
                yield f"{name} {one.name}", [*before, name, *others, *(flag(one) or ["--"])]

    def flag(one: Any) -> list[str]:
        return [one.opts[0]] if one.param_type_name == "option" else []

    yield from walk(group, [])


@pytest.mark.parametrize(("entry", "before"), list(entries()), ids=[n for n, _ in entries()])
def test_no_word_on_the_command_line_breaks_it(
    entry: str, before: list[str], tmp_path: Path, sqlite_template: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """I2: a sentence and an exit code, never a traceback, whatever the octets."""
    shutil.copy(sqlite_template, tmp_path / "parole.db")
    for name, value in environment({"data_dir": tmp_path}).items():
        if name.startswith("PAROLE_"):
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    shown = io.TextIOWrapper(io.BytesIO(), "utf-8")  # as strict as a real one
    monkeypatch.setattr(sys, "stdout", shown)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    for number, text in enumerate(("\ud800", *TEXTS[len(entry) % 26 :: 26])):
        typed = os.fsdecode(text.replace("\0", "").encode("utf-8", "surrogatepass"))[:5000]
        monkeypatch.setattr(sys, "argv", ["parole", *before, typed])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in (0, 1, 2, None), (entry, number)


# --- the normalisation itself ---


@given(st.text(st.characters()))
def test_only_nul_and_half_characters_change(text: str) -> None:
    kept = as_typed(text)
    kept.encode()
    assert "\0" not in kept
    assert as_typed(kept) == kept
    if not {c for c in text if c == "\0" or "\ud800" <= c <= "\udfff"}:
        assert kept == text
