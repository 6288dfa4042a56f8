"""The real Rasa server: what it understands, refuses, and never says."""

import asyncio
import contextlib
import resource
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml
from nlu_model import running, serve, trained

from bench.faults.starved import starve
from bot.model import Message
from nlu import memory
from nlu.rasa import Rasa
from nlu.seal import MODEL, SEAL
from nlu.understand import Understanding

CANARY = "zorglub quatorze mirabelles"


@pytest.fixture(scope="module")
def model():
    return trained()


@pytest.fixture(scope="module")
def served(model, tmp_path_factory):
    with running(model, tmp_path_factory.mktemp("nlu")) as found:
        yield found


@pytest.fixture
def post(served):
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(served[0]))) as client:
        yield lambda path="/model/parse", **what: client.post(f"http://rasa{path}", **what)


def test_accuracy_on_sentences_it_never_saw(served):
    said = yaml.safe_load(Path("tests/nlu_eval.yml").read_text("utf-8"))

    async def judge():
        rasa = Rasa(socket=served[0], timeout=30)
        found = [
            (intent, (await rasa.parse(text)).intent) for intent in said for text in said[intent]
        ]
        await rasa.close()
        return found

    found = asyncio.run(judge())
    right = sum(meant == heard for meant, heard in found) / len(found)
    print(f"intent accuracy: {right:.3f} on {len(found)} sentences")
    assert right >= 0.75


def test_it_answers_intent_ranking_and_names_without_the_text(post):
    answer = post(json={"text": "corrige la 3 stp, je suis éduc spé"}).json()
    assert set(answer) == {"intent", "intent_ranking", "entities"}
    assert len(answer["intent_ranking"]) == 5
    assert {(e["entity"], e["value"]) for e in answer["entities"]} == {
        ("number", "3"),
        ("job", "educateur_specialise"),
    }


@pytest.mark.parametrize("text", ["/greet{}", "😀", "", "   "])
def test_no_text_is_an_intent_by_its_form(served, text):
    async def understand():
        rasa = Rasa(socket=served[0])
        heard = await Understanding(rasa).understand(Message("web", "x", "1", text))
        await rasa.close()
        return heard

    heard = asyncio.run(understand())
    assert heard.intent is None or (heard.confidence < 0.3 and not heard.exact)


@pytest.mark.parametrize(
    "body", [b"", b"[[[", b"null", b"[]", b"{}", b'{"text": null}', b'{"text": 3}', b"\xff",
             b'{"text": "/greet"}', b'{"text": "?"}', b'{"text": "' + b"a" * 1001 + b'"}',
             b"[" * 15_000],
)  # fmt: skip
def test_anything_else_is_refused(post, body):
    assert post(content=body).status_code == 422


@pytest.mark.parametrize("path", ["/", "/webhooks/rest/webhook", "/model", "/model/train"])
def test_nothing_else_is_mounted(post, path):
    assert post(path, json={}).status_code in (404, 405)


def test_only_its_owner_may_speak_to_it(served):
    assert stat.S_IMODE(served[0].stat().st_mode) & 0o077 == 0


def test_it_says_nothing_of_what_it_reads(served, post):
    assert post(json={"text": f"je suis {CANARY} et je veux arrêter"}).status_code == 200
    assert post(content=f'{{"text": "{CANARY}"'.encode()).status_code == 422
    assert served[1].read_bytes() == b""


def test_what_is_trained_holds_nothing_that_can_run(model):
    import tarfile

    with tarfile.open(model / MODEL) as archive:
        names = [Path(name).name for name in archive.getnames()]
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib"))]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda folder: (folder / MODEL).unlink(), "absent"),
        (lambda folder: (folder / SEAL).unlink(), "ne peut pas être vérifié"),
        (lambda folder: (folder / MODEL).write_bytes(b"x"), "a été modifié"),
    ],
)
def test_an_altered_model_is_refused(model, tmp_path, spoil, sentence):
    folder = shutil.copytree(model, tmp_path / "model")
    spoil(folder)
    server = serve(folder, tmp_path / "s", tmp_path / "output.txt")
    assert server.wait(30) == 3
    said = (tmp_path / "output.txt").read_text("utf-8").splitlines()
    assert len(said) == 1
    assert sentence in said[0]
    assert "make train" in said[0]


def test_it_ends_when_no_memory_is_left(model, tmp_path):
    """A3: whoever keeps it running starts it again; it does not refuse every sentence for ever."""
    server = serve(model, tmp_path / "nlu.sock", tmp_path / "output.txt")
    try:
        asyncio.run(_ready(tmp_path / "nlu.sock"))
        assert resource.prlimit(server.pid, resource.RLIMIT_AS)[1] == memory.MOST
        assert starve(tmp_path / "nlu.sock", server.pid)
        assert server.wait(10) == memory.STARVED
        assert (tmp_path / "output.txt").read_bytes() == b""
    finally:
        server.kill()
        server.wait(10)


async def _ready(path):
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path))) as client:
        for _ in range(600):
            with contextlib.suppress(httpx.TransportError):
                if path.exists() and (await client.get("http://rasa/status")).is_success:
                    return
            await asyncio.sleep(0.1)
    raise AssertionError("never ready")


@pytest.mark.parametrize(("limit", "expected"), [(1 << 30, 1 << 30), (4 << 30, 2 << 30)])
def test_a_lower_limit_of_memory_stays(limit, expected):
    """A3."""
    program = (
        "import resource; from nlu import memory; kind = resource.RLIMIT_AS;"
        f"resource.setrlimit(kind, ({limit}, {limit}));"
        "memory.bound(); print(resource.getrlimit(kind)[1])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(said.stdout) == expected
