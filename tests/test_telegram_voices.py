"""Voice messages on Telegram: a real server, real files over HTTP, a stand-in for the model.

`tests/standins/faster_whisper` has the interface of the library and no model: what is tested is
our side of it. No real model was ever run by these tests.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram_api import Api
from bot.channels.telegram_voices import TRIES, Fetching
from bot.errors import DatabaseBusy, ErasedConversation, TranscriptionError, TryLater
from bot.listening import Listening
from bot.model import Message, Recording, Sound, Spot, Voice
from bot.settings import load
from bot.transcribing import FasterWhisper, chosen
from bot.wording import read_sentences
from tests.serving import Served, parole, serving
from tests.telegram_server import TOKEN, TelegramServer
from tests.test_telegram_talk import Chat, buttons

SENTENCES = read_sentences()
STANDINS = Path(__file__).parent / "standins"
TONE = Path(__file__).parent / "payloads" / "tone.ogg"  # half a second of 440 Hz, Ogg and Opus
NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"weights")
    return folder


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(STANDINS))
    monkeypatch.syspath_prepend(str(STANDINS))


def told(key: str) -> str:
    """How this sentence begins, whatever its words are today."""
    return SENTENCES[key].partition("{")[0].partition("\n")[0].strip()


def ours(telegram: TelegramServer, **more: object) -> dict[str, object]:
    return {"telegram_token": TOKEN, "telegram_api": telegram.url, "log_level": "DEBUG", **more}


class Speaker(Chat):
    """A person who sends voice messages."""

    def speaks(self, words: str | bytes, seconds: int = 4, **more: Any) -> int:
        self.read = len(self.received())
        octets = words if isinstance(words, bytes) else b"OggS" + words.encode()
        return self.telegram.speaks(self.person, octets, seconds, **more)

    def reaches_the_story(self) -> None:
        self.begins("voix")
        self.reaches_the_subject()
        self.presses("sujet:formation")
        self.hears("Que s'est-il passé")


def exported(served: Served, folder: Path, name: str = "answers") -> list[dict[str, Any]]:
    data = str(served.process.args[-1])  # type: ignore[index]
    ended = parole("export", "jsonl", "--out", folder, "--data", data)
    assert ended.returncode == 0, ended.stderr
    return [*map(json.loads, (folder / "jsonl" / f"{name}.jsonl").read_text("utf-8").splitlines())]


def story(served: Served, folder: Path) -> dict[str, Any]:
    return next(one for one in exported(served, folder) if one["step"] == "recit")


# --- without a program: a person will listen ---


def test_kept_for_a_person_and_written_down_by_one(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    chat = Speaker(telegram, 970000301)
    with serving(tmp_path / "d", **ours(telegram)) as served:
        chat.begins("voix")
        chat.waits(lambda one: "public:autre" in buttons(one), "the question")
        chat.speaks("trop tôt")
        chat.hears("message vocal")
        assert not telegram.file_calls, "fetched where nothing is kept"
        chat.reaches_the_subject()
        chat.presses("sujet:formation")
        chat.hears("Que s'est-il passé")
        chat.speaks("canari un")
        chat.hears(told("voice.kept.more"))
        chat.speaks(b"\xff\xfbcanari deux", mime_type="audio/mpeg", kind="audio")
        chat.hears(told("voice.kept.more"))
        chat.presses("recit:!done")
        assert "message vocal" in chat.hears("Est-ce bien").text
        chat.presses("relecture_recit:yes")
        chat.hears("proposez")
        before = story(served, tmp_path / "before")
        assert (before["state"], before["words"], before["provenance"]) == (
            "answered", None, "voice",
        )  # fmt: skip

        data = str(tmp_path / "d")
        ended = parole("voices", "--out", tmp_path / "voix", "--data", data)
        assert ended.returncode == 0, ended.stderr
        table = tmp_path / "voix" / "a-transcrire.csv"
        lines = [*csv.DictReader(table.read_text("utf-8-sig").splitlines(), delimiter=";")]
        assert [(one["question"], one["etat"], one["texte"]) for one in lines] == [
            ("recit", "Message vocal, sans texte", "")
        ] * 2
        files = [(tmp_path / "voix" / one["fichier"]) for one in lines]
        assert [file.read_bytes() for file in files] == [b"OggScanari un", TONELESS]
        assert all(one["fichier"].startswith(one["participation"]) for one in lines)

        lines[0]["texte"] = "Ce qu’une personne a entendu"
        with table.open("w", encoding="cp1252", newline="") as file:
            written = csv.DictWriter(file, lines[0], delimiter=";")
            written.writeheader()
            written.writerows(lines)
        ended = parole("transcribed", table, "--data", data)
        assert (ended.returncode, ended.stdout.split()[0]) == (0, "1"), ended.stderr
        after = story(served, tmp_path / "after")
        assert (after["words"], after["provenance"]) == ("Ce qu’une personne a entendu", "voice")
        again = parole("voices", "--out", tmp_path / "again", "--data", data)
        assert again.stdout.split()[0] == "1"
        every = parole("voices", "--all", "--out", tmp_path / "all", "--data", data)
        assert every.stdout.split()[0] == "2"
        assert parole("voices", "--out", tmp_path / "all", "--data", data).returncode == 2
        for canary in ("canari", TOKEN, "9700003"):
            assert canary not in served.said
            assert canary not in ended.stderr + every.stderr


TONELESS = b"\xff\xfbcanari deux"


def test_refused_in_plain_french(telegram: TelegramServer, tmp_path: Path) -> None:
    chat = Speaker(telegram, 970000302)
    limits = {"max_voice_seconds": 60, "max_voice_kb": 50}
    with serving(tmp_path / "d", **ours(telegram, **limits)) as served:
        chat.reaches_the_story()
        chat.speaks("long", 61)
        chat.hears("1 minute au plus")
        chat.speaks(b"OggS" + b"x" * 50_000)
        chat.hears(told("voice.too_big"))
        assert not telegram.file_calls
        chat.speaks(b"OggS" + b"x" * 50_000, file_size=1)
        chat.hears(told("voice.too_big"))
        chat.says("Alors j'écris canari")
        chat.waits(lambda one: "recit:!done" in buttons(one), "the button")
        assert story(served, tmp_path / "out")["provenance"] == "typed"


def test_a_file_that_comes_late_is_kept_once_and_in_order(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    """Telegram fails three times: the message comes again, and what follows waits for it."""
    chat = Speaker(telegram, 970000303)
    faults = {1: 500, 2: 429, 4: 400}
    telegram.file_faults = lambda nth, _: faults.get(nth)
    with serving(tmp_path / "d", **ours(telegram)) as served:
        chat.reaches_the_story()
        chat.speaks("canari")
        telegram.says(chat.person, "et ces mots après")
        chat.hears(told("noted.more"), within=40)
        one = story(served, tmp_path / "out")
        assert one["parts"] == ["", "et ces mots après"]
        assert telegram.file_calls[-2:] == ["getFile", "file"]
        assert len([s for s in chat.received() if told("voice.kept.more") in s.text]) == 1


def test_a_file_that_never_comes_is_said(telegram: TelegramServer, tmp_path: Path) -> None:
    chat = Speaker(telegram, 970000304)
    with serving(tmp_path / "d", **ours(telegram)):
        chat.reaches_the_story()
        telegram.file_faults = lambda *_: 500
        chat.speaks("canari")
        chat.hears(told("voice.lost"), within=60)
        assert telegram.file_calls == ["getFile"] * TRIES
        telegram.file_faults = None
        chat.speaks("canari encore")
        chat.hears(told("voice.kept.more"))


# --- with a program ---


@pytest.mark.usefixtures("standin")
def test_read_back_then_confirmed_or_corrected(
    telegram: TelegramServer, tmp_path: Path, model: Path
) -> None:
    chat = Speaker(telegram, 970000305)
    engine = {"transcriber": "faster-whisper", "transcriber_model": model}
    with serving(tmp_path / "d", **ours(telegram, **engine)) as served:
        chat.reaches_the_story()
        first = chat.speaks("Les nuits canari/sont longues.")
        chat.hears(told("voice.listening"))
        shown = chat.hears(told("voice.understood") + " Les nuits canari sont longues.")
        assert buttons(shown) == [f"?voice:m{first}:yes", f"?voice:m{first}:no"]
        chat.insists(f"?voice:m{first}:yes")
        chat.hears(told("voice.confirmed"))
        second = chat.speaks("on est deux pour quarantaine")
        chat.hears(told("voice.understood") + " on est deux pour quarantaine")
        chat.insists(f"?voice:m{second}:no")
        chat.hears(told("voice.correct"))
        chat.says("On est deux pour quarante.")
        chat.hears(told("voice.corrected.more"))
        chat.speaks(b"pas un son")
        chat.hears(told("voice.unheard"))
        chat.presses("recit:!done")
        read = chat.hears("Est-ce bien").text
        assert "quarante." in read
        assert "quarantaine" not in read
        chat.presses("relecture_recit:yes")
        chat.hears("proposez")
        one = story(served, tmp_path / "out")
        assert one["parts"] == ["Les nuits canari sont longues.", "On est deux pour quarante.", ""]
        assert one["provenance"] == "voice"
        every = parole("voices", "--all", "--out", tmp_path / "v", "--data", str(tmp_path / "d"))
        assert every.stdout.split()[0] == "3", "the sound stays, whatever became of its words"
        for canary in ("canari", "quarant", "9700003"):
            assert canary not in served.said


@pytest.mark.usefixtures("standin")
def test_others_do_not_wait_for_a_voice(
    telegram: TelegramServer, tmp_path: Path, model: Path
) -> None:
    slow, quick = Speaker(telegram, 970000306), Speaker(telegram, 970000307)
    engine = {"transcriber": "faster-whisper", "transcriber_model": model}
    with serving(tmp_path / "d", **ours(telegram, **engine)):
        slow.reaches_the_story()
        slow.speaks("sleep 6/enfin")
        slow.hears(told("voice.listening"))
        began = time.monotonic()
        quick.says("/start")
        quick.waits(lambda one: "qui_repond:seul" in buttons(one), "the question")
        assert time.monotonic() - began < 5
        slow.presses("recit:!done")
        slow.hears("Est-ce bien")
        late = slow.hears(told("voice.later"))
        assert "enfin" in late.text
        slow.insists(buttons(late)[0])
        slow.hears(told("voice.confirmed"))


def test_a_model_that_is_not_there_stops_nothing(telegram: TelegramServer, tmp_path: Path) -> None:
    chat = Speaker(telegram, 970000308)
    engine = {"transcriber": "faster-whisper", "transcriber_model": tmp_path / "none"}
    with serving(tmp_path / "d", **ours(telegram, **engine)) as served:
        served.says("une personne écoutera les messages vocaux")
        chat.reaches_the_story()
        chat.speaks("canari")
        chat.hears(told("voice.kept.more"))


@pytest.mark.usefixtures("standin")
def test_killed_while_listening_nothing_is_lost(
    telegram: TelegramServer, tmp_path: Path, model: Path
) -> None:
    """The message was kept before: a person can listen, whatever became of the program."""
    chat = Speaker(telegram, 970000309)
    engine = {"transcriber": "faster-whisper", "transcriber_model": model}
    with serving(tmp_path / "d", **ours(telegram, **engine)) as served:
        chat.reaches_the_story()
        chat.speaks("sleep 30/canari")
        chat.hears(told("voice.listening"))
        served.process.kill()
        served.process.wait()
    ended = parole("voices", "--out", tmp_path / "v", "--data", str(tmp_path / "d"))
    assert ended.stdout.split()[0] == "1"
    with serving(tmp_path / "d", **ours(telegram)):
        chat.says("et aussi ceci")
        chat.hears(told("noted.more"))


# --- the engine, alone ---


@pytest.mark.usefixtures("standin")
def test_the_engine_is_loaded_once_and_its_faults_are_ours(model: Path) -> None:
    engine = FasterWhisper(model)
    assert engine.transcribe(b"OggSdes mots/ et d'autres ") == "des mots et d'autres"
    assert engine.transcribe(b"OggS") == ""
    with pytest.raises(TranscriptionError) as raised:
        engine.transcribe(b"canari")
    assert "canari" not in str(raised.value)
    (model / "model.bin").write_bytes(b"")
    with pytest.raises(TranscriptionError, match="RuntimeError"):
        FasterWhisper(model).load()


def test_the_settings_choose_the_engine(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAROLE_ENV_FILE", os.devnull)
    assert chosen(load()) is None
    asked = load(transcriber="faster-whisper", transcriber_model=model)
    monkeypatch.setattr("bot.transcribing.find_spec", lambda _: None)
    with pytest.raises(Exception, match="make voice"):
        chosen(asked)
    monkeypatch.setattr("bot.transcribing.find_spec", lambda name: name)
    assert isinstance(chosen(asked), FasterWhisper)
    with pytest.raises(Exception, match="PAROLE_TRANSCRIBER_MODEL"):
        chosen(load(transcriber="faster-whisper"))


def test_the_library_itself_decodes_what_telegram_sends() -> None:
    """Only where faster-whisper is installed (make voice): Ogg and Opus, without ffmpeg."""
    audio = pytest.importorskip("faster_whisper.audio", reason="faster-whisper is not installed")
    from io import BytesIO

    assert 6000 < len(audio.decode_audio(BytesIO(TONE.read_bytes()))) < 12_000


# --- listening, alone ---


class Kept:
    """Voice messages that wait."""

    def __init__(self, *messages: str) -> None:
        self.waiting = [recording(one) for one in messages]
        self.finished: list[str] = []
        self.busy = 0

    def claim(self, now: datetime) -> Recording | None:  # noqa: ARG002
        if self.busy:
            self.busy -= 1
            raise DatabaseBusy
        return self.waiting.pop(0) if self.waiting else None

    def done(self, conversation: str, number: int) -> None:  # noqa: ARG002
        self.finished.append(conversation)


class Here:
    async def run(self, call: Callable[..., Any], /, *args: Any) -> Any:
        return call(*args)


class Ear:
    """An engine that does what the sound says."""

    def __init__(self) -> None:
        self.at_once = self.most = 0
        self.released = threading.Event()

    def load(self) -> None:
        pass

    def transcribe(self, octets: bytes) -> str:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            if octets == b"hangs":
                self.released.wait(10)
            if octets == b"breaks":
                raise RuntimeError("canari")
            return octets.decode()
        finally:
            self.at_once -= 1


def recording(words: str) -> Recording:
    voice = Voice(Spot("recit"), words, Sound(0, octets=words.encode(), listening=True))
    return Recording(f"c-{words}", "REF", 1, "telegram", "501", NOW.date(), voice)


def listen(
    kept: Kept, ear: Ear | None, said: list[Message], raises: dict[str, Exception], count: int
) -> Listening:
    async def receive(message: Message) -> None:
        said.append(message)
        if error := raises.get(message.hears or ""):
            raise error

    async def run() -> Listening:
        listening = Listening(kept, ear, Here(), patience=0.2)
        task = asyncio.create_task(listening.run(receive))
        async with asyncio.timeout(15):
            while len(said) < count:
                listening.wake()
                await asyncio.sleep(0.02)
        listening.stop()
        await task
        return listening

    return asyncio.run(run())


def test_one_at_a_time_in_time_and_faults_are_silences() -> None:
    kept, ear, said = Kept("un", "breaks", "hangs", "deux"), Ear(), list[Message]()
    kept.busy = 1
    try:
        listen(kept, ear, said, {}, 4)
    finally:
        ear.released.set()
    assert [(one.hears, one.text) for one in said[:3]] == [
        ("un", "un"),
        ("breaks", ""),
        ("hangs", ""),
    ]
    assert said[3].hears == "deux"
    assert ear.most == 1
    assert len({one.id for one in said}) == 4


def test_without_an_engine_those_who_waited_are_told() -> None:
    kept, said = Kept("un"), list[Message]()
    assert not listen(kept, None, said, {}, 1).active
    assert (said[0].hears, said[0].text) == ("un", "")


def test_an_erased_conversation_is_done_a_busy_one_comes_again() -> None:
    kept, said = Kept("erased", "busy", "un"), list[Message]()
    raises = {"erased": ErasedConversation(), "busy": DatabaseBusy()}
    listen(kept, Ear(), said, raises, 3)
    assert kept.finished == ["c-erased", "c-un"]


def test_an_engine_that_does_not_load_is_said_and_left_out() -> None:
    class Deaf(Ear):
        def load(self) -> None:
            raise TranscriptionError("Modèle abîmé.")

    said: list[Message] = []
    listening = listen(Kept("un"), Deaf(), said, {}, 1)
    assert not listening.active
    assert said[0].text == ""


# --- fetching, alone ---


def test_fetching_asks_again_then_gives_up(telegram: TelegramServer) -> None:
    note = {"file_id": "voice-1", "duration": 3, "file_size": 4, "mime_type": "text/html"}
    update = {"message": {"voice": note}}
    message = Message("telegram", "501", "m1", media="voice")

    async def wanted(one: Message) -> bool:
        return one.id != "m0"

    async def run() -> None:
        api = Api(TOKEN, server=telegram.url, proxies=False)
        fetching = Fetching(
            api.fetch, wanted, seconds=60, kilobytes=50, listening=lambda: True
        )  # fmt: skip
        elsewhere = Message("telegram", "501", "m0", media="voice")
        assert await fetching.sounded(elsewhere, update) == elsewhere
        for _ in range(TRIES - 1):
            with pytest.raises(TryLater):
                await fetching.sounded(message, update)
        lost = await fetching.sounded(message, update)
        assert lost.sound == Sound(3, refused="lost")
        telegram.files["voice-1"] = b"OggS"
        found = await fetching.sounded(message, update)
        assert found.sound == Sound(3, "audio/ogg", b"OggS", listening=True)
        telegram.files["voice-1"] = b""
        assert (await fetching.sounded(message, update)).sound == Sound(3, refused="lost")
        await api.close()

    asyncio.run(run())
