"""The client against a real local server with faults, and its breaker."""

import asyncio
import json
from contextlib import asynccontextmanager
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UnderstandingError
from nlu.breaker import Breaker
from nlu.rasa import NOTHING, Rasa

GOOD = {"intent": {"name": "skip", "confidence": 0.9}, "entities": []}


class Faulty:
    """An HTTP server that answers what it is told to, and remembers what it was asked."""

    def __init__(self):
        self.body, self.status, self.delay, self.raw = json.dumps(GOOD), 200, 0.0, None
        self.asked, self.together, self.most = [], 0, 0

    async def answer(self, reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                [length] = [
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                ]
                self.asked.append(json.loads(await reader.readexactly(length))["text"])
                self.together += 1
                self.most = max(self.most, self.together)
                await asyncio.sleep(self.delay)
                self.together -= 1
                body = self.body.encode()
                writer.write(
                    self.raw
                    or b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s"
                    % (self.status, len(body), body)
                )
                await writer.drain()
                if self.raw is not None:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def served(**options):
    faulty = Faulty()
    server = await asyncio.start_server(faulty.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    rasa = Rasa(url=f"http://127.0.0.1:{port}", **options)
    try:
        yield faulty, rasa
    finally:
        await rasa.close()
        server.close()


def run(scene):
    return asyncio.run(scene())


def test_an_answer_is_read_and_places_are_those_of_the_original_text():
    async def scene():
        async with served() as (faulty, rasa):
            found = {"entity": "number", "value": "3", "start": 3, "end": 4}
            faulty.body = json.dumps(GOOD | {"entities": [found]})
            text = " //la 3\x00"
            parsed = await rasa.parse(text)
            assert faulty.asked == ["la 3"]
            assert (parsed.intent, parsed.confidence) == ("skip", 0.9)
            [entity] = parsed.entities
            assert text[entity.start : entity.end] == entity.text == "3"

    run(scene)


def test_what_rasa_never_sees():
    async def scene():
        async with served() as (faulty, rasa):
            for text in ("", "😀", "a", "/ ?", "\x00\x01"):
                assert await rasa.parse(text) == NOTHING
            assert faulty.asked == []
            await rasa.parse("x" * 5_000)
            await rasa.parse("/greet{}")
            await rasa.parse("ab\ud800cd\u200b")
            assert [len(faulty.asked[0]), *faulty.asked[1:]] == [1_000, "greet{}", "ab cd"]

    run(scene)


@pytest.mark.parametrize(
    "body",
    [
        "<html>", "", "null", "[]", "{}", '{"intent": null}', '{"intent": {"name": 3}}',
        '{"intent": {"name": "skip", "confidence": NaN}}',
        '{"intent": {"name": "skip", "confidence": true}}',
        '{"intent": {"name": "skip", "confidence": 7}}',
        '{"intent": {"name": "Skip me", "confidence": 0.5}}',
        '{"intent": {"name": "skip", "confidence": 0.5}, "entities": {}}',
        '{"intent": {"name": "skip", "confidence": 0.5}, "entities": [1]}',
        '{"intent": {"name": "skip", "confidence": 0.5}, "entities": '
        '[{"entity": "job", "value": "x", "start": 0, "end": 99}]}',
    ],
)  # fmt: skip
def test_nonsense_is_an_understanding_error(body):
    async def scene():
        async with served() as (faulty, rasa):
            faulty.body = body
            with pytest.raises(UnderstandingError):
                await rasa.parse("bonjour canari")

    run(scene)


@pytest.mark.parametrize("status", [302, 404, 422, 500, 503])
def test_a_refusal_is_an_understanding_error_without_the_text(status):
    async def scene():
        async with served() as (faulty, rasa):
            faulty.status = status
            with pytest.raises(UnderstandingError) as caught:
                await rasa.parse("bonjour canari")
            assert "canari" not in str(caught.value)
            assert caught.value.__cause__ is None

    run(scene)


def test_bytes_that_are_not_http():
    async def scene():
        async with served() as (faulty, rasa):
            faulty.raw = b"\x00\xff garbage\r\n\r\n"
            with pytest.raises(UnderstandingError):
                await rasa.parse("bonjour")

    run(scene)


def test_down():
    async def scene():
        rasa = Rasa(url="http://127.0.0.1:9")
        with pytest.raises(UnderstandingError):
            await rasa.parse("bonjour")
        await rasa.close()

    run(scene)


def test_slow_is_given_up_in_time_waiting_included_and_two_at_a_time():
    async def scene():
        async with served(timeout=0.3) as (faulty, rasa):
            faulty.delay = 0.2
            began = perf_counter()
            outcomes = await asyncio.gather(
                *(rasa.parse(f"texte {i}") for i in range(6)), return_exceptions=True
            )
            assert perf_counter() - began < 1
            assert faulty.most == 2
            assert sum(isinstance(o, UnderstandingError) for o in outcomes) >= 2
            assert all(o.intent == "skip" for o in outcomes if not isinstance(o, Exception))

    run(scene)


def test_five_failures_open_the_breaker_and_one_success_closes_it():
    now = [0.0]

    async def scene():
        async with served(breaker=Breaker(clock=lambda: now[0])) as (faulty, rasa):
            faulty.status = 500
            for _ in range(5):
                with pytest.raises(UnderstandingError):
                    await rasa.parse("bonjour")
            assert (rasa.breaker.state, len(faulty.asked)) == ("open", 5)
            with pytest.raises(UnderstandingError):
                await rasa.parse("bonjour")
            assert len(faulty.asked) == 5
            now[0] = 31
            with pytest.raises(UnderstandingError):
                await rasa.parse("bonjour")
            assert (rasa.breaker.state, len(faulty.asked)) == ("open", 6)
            now[0], faulty.status = 62, 200
            assert rasa.breaker.state == "trying"
            await rasa.parse("bonjour")
            assert rasa.breaker.state == "closed"

    run(scene)


def test_nothing_is_asked_or_learnt_while_the_server_is_prepared():
    async def scene():
        async with served(running=lambda: False) as (faulty, rasa):
            for _ in range(9):
                with pytest.raises(UnderstandingError):
                    await rasa.parse("bonjour")
            assert (faulty.asked, rasa.breaker.state) == ([], "closed")

    run(scene)


def test_someone_who_leaves_while_trying_does_not_block_the_next():
    breaker = Breaker(failures=1, rest=0)
    breaker.failed()
    assert breaker.lets_pass()
    assert not breaker.lets_pass()
    breaker.gave_up()
    assert breaker.lets_pass()


@given(st.text(max_size=1_200))
def test_whatever_is_typed_what_rasa_sees_is_short_printable_and_no_command(text):
    from nlu.rasa import _clean

    asked, removed = _clean(text)
    assert len(asked) <= 1_000
    assert not asked.startswith("/")
    asked.encode()
    assert text[removed : removed + 1].strip() == asked[:1].strip() or not asked
