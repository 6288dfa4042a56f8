"""People on Telegram: a real server, the Bot API emulated over HTTP, every button really pressed.

A person receives one message a second at most, so all of them talk at the same time.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from storage.database import migrate
from tests.postgres import Cluster, programs
from tests.serving import Served, parole, serving
from tests.telegram_server import TOKEN, Fault, Sent, TelegramServer

SECRET = "secret-canari-0123456789"
CANARIES = ("canari", TOKEN, TOKEN.partition(":")[2], "97000")
LONG = ("canari début. " + "Les nuits sont longues. " * 420)[:9990] + " fin canari"


class Chat:
    """One person's chat with the bot."""

    def __init__(self, telegram: TelegramServer, person: int) -> None:
        self.telegram, self.person, self.read = telegram, person, 0

    def received(self) -> list[Sent]:
        return [one for one in list(self.telegram.sent) if one.chat == self.person]

    def waits(self, find: Callable[[Sent], object], what: str, within: float = 30) -> Sent:
        """The first message since our last word for which `find` is true."""
        until = time.monotonic() + within
        while True:
            new = self.received()[self.read :]
            if found := next((one for one in new if find(one)), None):
                return found
            assert time.monotonic() < until, f"{what} never came, only {new}"
            time.sleep(0.02)

    def hears(self, words: str, within: float = 30) -> Sent:
        return self.waits(lambda one: words in one.text, words, within)

    def says(self, text: str) -> int:
        self.read = len(self.received())
        return self.telegram.says(self.person, text)

    def presses(self, value: str) -> None:
        """The button that sends `value`, once it is shown."""
        self.waits(lambda one: value in buttons(one), value)
        self.insists(value)

    def insists(self, value: str) -> None:
        """A button, wherever it was shown."""
        self.read = len(self.received())
        self.telegram.presses(self.person, value)

    def begins(self, origin: str) -> None:
        """Up to the first question after the agreement."""
        self.says(f"/start {origin}")
        for value in ("qui_repond:seul", "age:yes", "accord:yes"):
            self.presses(value)

    def reaches_the_subject(self) -> int:
        """Up to the choice of a subject; the number of the message that gave the department."""
        self.presses("public:autre")
        self.presses("a_quel_titre:citoyen")
        self.hears("département")
        return self.says("59")


def buttons(sent: Sent) -> list[str]:
    return [button["callback_data"] for row in sent.keyboard or () for button in row]


# --- what people do ---


def whole(chat: Chat) -> None:
    chat.begins("affiche-lyon")
    chat.reaches_the_subject()
    chat.presses("sujet:formation")
    chat.hears("Que s'est-il passé")
    for text in (f"Récit canari {chat.person}", "avec « guillemets »\net deux lignes 👩🏽‍⚕️"):
        chat.says(text)
        chat.waits(lambda one: "recit:!done" in buttons(one), "the button")
    chat.presses("recit:!done")
    assert f"canari {chat.person}" in chat.hears("Récit").text
    chat.presses("relecture_recit:yes")
    chat.hears("proposez")
    chat.says(f"Proposition canari {chat.person} : du temps pour chacun")
    chat.presses("proposition:!done")
    chat.presses("pour_qui:tous")
    chat.hears("titre")
    chat.says("Titre canari")
    for value in ("relecture:yes", "encore:no", "citation:no", "contact:yes"):
        chat.presses(value)
    chat.hears("éférence est ")


def edits(chat: Chat) -> None:
    chat.begins("edits")
    number = chat.reaches_the_subject()
    chat.waits(lambda one: "sujet:formation" in buttons(one), "the subject")
    chat.read = len(chat.received())
    chat.telegram.edits(chat.person, number, "Isère")
    chat.hears("corrigé votre réponse")


def stale(chat: Chat) -> None:
    chat.begins("stale")
    chat.waits(lambda one: "public:autre" in buttons(one), "the question")
    chat.insists("qui_repond:avec_aide")
    chat.hears("déjà répondu")
    chat.insists("jamais:vu")
    chat.hears("Je n'ai rien changé")
    chat.presses("public:autre")


def media(chat: Chat) -> None:
    chat.begins("media")
    chat.waits(lambda one: "public:autre" in buttons(one), "the question")
    told = {
        "message vocal": {"voice": {"file_id": "f", "duration": 3}},
        "une photo": {"photo": [{"file_id": "f", "width": 9, "height": 9}]},
        "une image": {"sticker": {"file_id": "f", "emoji": "👍"}},
        "un lieu": {"location": {"latitude": 45.0, "longitude": 4.0}},
    }
    for words, content in told.items():
        chat.read = len(chat.received())
        chat.telegram.sends(chat.person, **content)
        chat.hears(words)
    chat.presses("public:autre")


def in_arabic(chat: Chat) -> None:
    """Told once in Arabic, with two ways out that work."""
    chat.begins("in-arabic")
    chat.reaches_the_subject()
    chat.presses("sujet:formation")
    chat.hears("Que s'est-il passé")
    chat.says("كان العمل صعبا جدا في هذه السنة canari")
    told = chat.hears("بأي لغة")
    assert buttons(told) == [":!stop", ":!delete_my_data"]
    chat.presses(":!stop")
    chat.presses(":!resume")
    chat.hears("كان العمل")
    chat.presses("recit:!done")
    chat.presses("relecture_recit:yes")
    chat.hears("proposez")


def pasted(chat: Chat) -> None:
    """10 000 characters pasted: Telegram cuts them in messages of 4 096."""
    chat.begins("pasted")
    chat.reaches_the_subject()
    chat.presses("sujet:relation")
    chat.hears("Que s'est-il passé")
    for start in range(0, len(LONG), 4096):
        chat.telegram.says(chat.person, LONG[start : start + 4096])
    chat.hears("C'est noté aussi")
    chat.presses("recit:!done")
    chat.presses("relecture_recit:yes")
    chat.hears("proposez")


def twice(chat: Chat) -> None:
    """Every message delivered twice, and a pair in the wrong order."""
    chat.begins("twice")
    chat.reaches_the_subject()
    chat.presses("sujet:participation")
    chat.hears("Que s'est-il passé")
    again: list[dict[str, Any]] = []
    for number, text in (
        (9_000_002, "canari deux, après une longue attente"),
        (9_000_001, "canari un"),
    ):
        message = chat.telegram._said(chat.person, number, text=text)
        again.append({"message": message})
    for update in (*again, *again):
        chat.telegram.push(update)
    chat.hears("C'est noté aussi")
    chat.presses("recit:!done")
    chat.presses("relecture_recit:yes")
    chat.hears("proposez")
    assert len([one for one in chat.received() if "C'est noté" in one.text]) == 1  # in a row


def in_order(chat: Chat) -> None:
    chat.begins("in-order")
    chat.waits(lambda one: "public:autre" in buttons(one), "the question")
    chat.says("pourquoi")
    for text in ("qui êtes-vous", "parler à une personne", "merci"):
        chat.telegram.says(chat.person, text)
    expected = ("CESE veut entendre chacun", "assistant automatique", "une personne", "Merci à")
    chat.hears(expected[-1])
    heard = "\n".join(one.text for one in chat.received()[chat.read :])
    assert sorted(expected, key=heard.index) == list(expected)


def told_to_wait(chat: Chat) -> None:
    """429 with `retry_after`, then the reply comes, once."""
    began = time.monotonic()
    chat.says("/start told-to-wait")
    chat.waits(lambda one: "qui_repond:seul" in buttons(one), "the question")
    tries = [at for who, at, _ in list(chat.telegram.attempts) if who == chat.person]
    assert tries[1] - tries[0] >= 3
    assert time.monotonic() - began < 20
    texts = [one.text for one in chat.received()]
    assert len(texts) == len(set(texts))


def erases(chat: Chat) -> None:
    chat.begins("erases-canari")
    chat.reaches_the_subject()
    chat.waits(lambda one: "sujet:formation" in buttons(one), "the subject")
    chat.says("effacer")
    chat.presses("?erase:yes")
    chat.hears("Tout est effacé")


STORIES: dict[str, tuple[Callable[[Chat], None], ...]] = {
    "polling": (
        *(whole, whole, edits, stale, media, pasted, twice, in_order, told_to_wait, erases),
    ),
    "webhook": (whole, edits, twice, in_arabic),
    "postgres": (whole, erases),
}
CASES = [(door, n) for door, stories in STORIES.items() for n in range(len(stories))]


class Place:
    """A server, its Telegram, and its people all talking."""

    def __init__(self, served: Served, telegram: TelegramServer, people: int) -> None:
        self.served, self.telegram = served, telegram
        self.pool = ThreadPoolExecutor(people)
        self.talks: list[Future[None]] = []

    def begin(self, stories: tuple[Callable[[Chat], None], ...], first: int) -> None:
        for number, story in enumerate(stories):
            chat = Chat(self.telegram, first + number)
            self.talks.append(self.pool.submit(story, chat))

    def exported(self, folder: Path, **settings: object) -> dict[str, list[dict[str, Any]]]:
        data = self.served.process.args[-1]  # type: ignore[index]
        ended = parole("export", "jsonl", "--out", folder, "--data", str(data), **settings)
        assert ended.returncode == 0, ended.stderr
        return {
            name: [
                *map(
                    json.loads,
                    (folder / "jsonl" / f"{name}.jsonl").read_text("utf-8").split("\n")[:-1],
                )
            ]
            for name in ("participations", "answers", "contributions")
        }


@contextmanager
def webhook(served: Served, telegram: TelegramServer) -> Iterator[None]:
    """Telegram bringing every update twice to the server, as soon as there is one."""
    served.says("Telegram : https://t.me/parole_bot")
    assert telegram.webhook["secret_token"] == SECRET
    telegram.webhook["url"] = f"{served.url}/telegram/webhook"
    stop = threading.Event()

    async def deliver() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            while not stop.is_set():
                await telegram.deliver(client, repeat=2)
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(deliver()))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture(scope="module")
def places(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, tuple[Place, dict[str, object]]]]:
    """The three servers; everybody has begun to talk."""
    folder = tmp_path_factory.mktemp("telegram")
    found: dict[str, tuple[Place, dict[str, object]]] = {}
    with ExitStack() as running:
        for number, (door, stories) in enumerate(STORIES.items()):
            settings: dict[str, object] = {}
            if door == "postgres":
                if programs() is None:
                    continue
                cluster: Cluster = request.getfixturevalue("postgres")
                settings["database_url"] = cluster.url()
                migrate(str(settings["database_url"]))
            telegram = running.enter_context(TelegramServer())
            first = 970000001 + 1000 * number
            waiting = first + stories.index(told_to_wait) if told_to_wait in stories else 0
            plan = iter([Fault("429", 3)])
            telegram.faults = lambda _, chat, text, waiting=waiting, plan=plan: (  # noqa: ARG005
                next(plan, None) if chat == waiting else None
            )
            more = {"telegram_token": TOKEN, "telegram_api": telegram.url, "log_level": "DEBUG"}
            if door == "webhook":
                more |= {"telegram_mode": "webhook", "telegram_secret": SECRET}
                more |= {"public_url": "https://parole.exemple.fr"}
            served = running.enter_context(serving(folder / door, **settings, **more))
            if door == "webhook":
                running.enter_context(webhook(served, telegram))
            place = Place(served, telegram, len(stories))
            running.callback(place.pool.shutdown)
            place.begin(stories, first)
            found[door] = place, settings
        yield found


@pytest.fixture
def place(
    places: dict[str, tuple[Place, dict[str, object]]], request: pytest.FixtureRequest
) -> tuple[Place, dict[str, object]]:
    door = request.node.callspec.params["door"]
    if door not in places:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    return places[door]


@pytest.mark.parametrize(
    ("door", "number"), CASES, ids=[f"{d}-{n}-{STORIES[d][n].__name__}" for d, n in CASES]
)
def test_a_person_talks(place: tuple[Place, dict[str, object]], door: str, number: int) -> None:
    assert place[0].talks[number].result() is None, door


@pytest.mark.parametrize("door", STORIES)
def test_what_they_said_is_there_and_only_there(
    place: tuple[Place, dict[str, object]], door: str, tmp_path: Path
) -> None:
    here, settings = place
    stories = STORIES[door]
    for talk in here.talks:
        talk.exception()
    exported = here.exported(tmp_path / "out", **settings)
    people = exported["participations"]
    silent = (erases in stories) + (told_to_wait in stories)  # this one never came to agree
    assert len(people) == len(stories) - silent
    assert {one["channel"] for one in people} == {"telegram"}
    assert "erases-canari" not in (tmp_path / "out" / "jsonl" / "participations.jsonl").read_text(
        "utf-8"
    )

    def of(origin: str) -> list[dict[str, dict[str, Any]]]:
        references = [one["participation"] for one in people if one["origin"] == origin]
        given = exported["answers"]
        return [{a["step"]: a for a in given if a["participation"] == r} for r in references]

    done = of("affiche-lyon")
    assert len(done) == stories.count(whole)
    said = sorted(one["recit"]["words"] for one in done)
    persons = [970000001 + 1000 * list(STORIES).index(door) + n for n in range(len(done))]
    more = "\navec « guillemets »\net deux lignes 👩🏽‍⚕️"
    assert said == [f"Récit canari {person}{more}" for person in persons]
    for one in done:
        who = one["recit"]["words"].split()[2]
        assert one["proposition"]["words"] == f"Proposition canari {who} : du temps pour chacun"
        assert one["departement"]["codes"] == ["59"]
        assert (one["citation"]["codes"], one["contact"]["codes"]) == (["no"], ["yes"])
    if edits in stories:
        assert [one["departement"]["codes"] for one in of("edits")] == [["38"]]
    if stale in stories:
        assert [one["qui_repond"]["codes"] for one in of("stale")] == [["seul"]]
    if pasted in stories:
        pieces = [LONG[start : start + 4096] for start in range(0, len(LONG), 4096)]
        assert [one["recit"]["words"] for one in of("pasted")] == ["\n".join(pieces)]
        assert len(LONG) == 10_001 or len(pieces) == 3
    if in_arabic in stories:
        assert [one["recit"]["language"] for one in of("in-arabic")] == ["ar"]
        assert "ar" in [one["language"] for one in exported["contributions"]]
    if twice in stories:
        assert [one["recit"]["words"] for one in of("twice")] == [
            "canari deux, après une longue attente\ncanari un"
        ]


@pytest.mark.parametrize("door", STORIES)
def test_nothing_about_them_is_in_what_the_server_says(
    place: tuple[Place, dict[str, object]], door: str
) -> None:
    for talk in place[0].talks:
        talk.exception()
    said = place[0].served.said
    assert "event=" in said, "DEBUG says nothing"
    for canary in (*CANARIES, SECRET):
        assert canary not in said, f"{door}: {canary}"


# --- people who leave, servers that die ---


def test_a_person_who_blocks_us_is_waited_for(tmp_path: Path) -> None:
    """One says so (my_chat_member), the other is refused (403); both come back."""
    with TelegramServer() as telegram:
        refusing: set[int] = set()
        telegram.faults = lambda _, chat, text: Fault("403") if chat in refusing and text else None
        more = {"telegram_token": TOKEN, "telegram_api": telegram.url}
        with serving(tmp_path / "d", **more) as served:
            told, refused = Chat(telegram, 970000101), Chat(telegram, 970000102)
            for chat in (told, refused):
                chat.says("/start")
            for chat in (told, refused):
                chat.waits(lambda one: "qui_repond:seul" in buttons(one), "the question")
            refusing.add(refused.person)
            telegram.blocks(told.person)
            refused.insists("qui_repond:seul")
            until(lambda: statuses(tmp_path / "d") == ["paused", "paused"])
            assert waiting(tmp_path / "d") == 0
            refusing.clear()
            told.says("Bonjour")
            told.waits(lambda one: "qui_repond:seul" in buttons(one), "the same question")
            refused.says("Bonjour")
            refused.waits(lambda one: "age:yes" in buttons(one), "the next question")
            until(lambda: statuses(tmp_path / "d") == ["open", "open"])
            assert "canari" not in served.said


def test_killed_between_the_commit_and_the_sending(tmp_path: Path) -> None:
    with TelegramServer() as telegram:
        telegram.faults = lambda *_: Fault("500")
        more = {"telegram_token": TOKEN, "telegram_api": telegram.url}
        chat = Chat(telegram, 970000201)
        with serving(tmp_path / "d", **more) as served:
            chat.says("/start")
            until(lambda: bool(telegram.attempts))
            until(lambda: waiting(tmp_path / "d") > 0)
            time.sleep(0.3)
            served.process.kill()
            served.process.wait()
        assert not telegram.sent
        telegram.faults = None
        with serving(tmp_path / "d", **more):
            chat.waits(lambda one: "qui_repond:seul" in buttons(one), "the first question")
            chat.presses("qui_repond:seul")
            chat.waits(lambda one: "age:yes" in buttons(one), "the second question")
        texts = [one.text for one in chat.received()]
        assert len(texts) == len(set(texts))


def until(true: Callable[[], bool], within: float = 15) -> None:
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def statuses(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "parole.db")) as connection:
        return [row[0] for row in connection.execute("SELECT status FROM conversations")]


def waiting(data: Path) -> int:
    with closing(sqlite3.connect(data / "parole.db")) as connection:
        found: int = connection.execute(
            "SELECT count(*) FROM outbox WHERE dropped IS NULL"
        ).fetchone()[0]
        return found


# --- somebody else's idea of Telegram: the npm package telegram-test-api ---


@pytest.fixture
def npm_telegram() -> Iterator[str]:
    """The address of a running telegram-test-api."""
    node, here = shutil.which("node"), Path(__file__).parent
    if node is None or not (here / "node_modules" / "telegram-test-api").is_dir():
        why = "telegram-test-api is not installed (needs node, then: npm ci --prefix tests)"
        print(f"skipped: {why}")
        pytest.skip(why)
    pipe = subprocess.PIPE
    command = [node, "telegram_test_api.js"]
    with subprocess.Popen(command, cwd=here, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        assert server.stdin is not None
        server.stdin.close()


def test_a_conversation_through_telegram_test_api(tmp_path: Path, npm_telegram: str) -> None:
    settings = {"telegram_token": TOKEN, "telegram_api": npm_telegram}
    person = {"id": 501, "first_name": "A", "username": "a", "is_bot": False}
    chat = {"id": 501, "type": "private", "first_name": "A"}
    more = {"botToken": TOKEN, "from": person, "chat": chat}

    with (
        serving(tmp_path / "d", **settings) as served,
        httpx.Client(base_url=npm_telegram, trust_env=False) as phone,
    ):

        def sees(words: str) -> None:
            asked, shown = {"token": TOKEN, "chatId": "501"}, ""
            end = time.monotonic() + 15
            while words not in shown:
                assert time.monotonic() < end, f"{words} never came, only {shown}\n{served.said}"
                shown += json.dumps(phone.post("/getUpdates", json=asked).json()["result"])
                time.sleep(0.1)

        phone.post("/sendMessage", json={**more, "date": int(time.time()), "text": "/start"})
        for value in ("qui_repond:seul", "age:yes", "accord:yes", "public:autre"):
            sees(value)
            under = {**more, "date": int(time.time()), "message_id": 1}
            phone.post("/sendCallback", json={**more, "data": value, "message": under})
        sees("a_quel_titre:citoyen")
