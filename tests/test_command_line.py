"""Every command, run as it is installed; every help page teaches with an example that works."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import structlog

from bot import checking, understood
from bot.__main__ import app, main
from bot.app.memory import open_memory
from bot.checking import KEYS
from bot.guide import KINDS
from bot.guide_file import read_guide
from bot.settings import load
from bot.wording import SENTENCES, Wording, read_sentences
from tests.nlu_model import trained
from tests.replay import replay
from tests.serving import PAROLE, ROOT, environment, parole, serving
from tests.telegram_server import TOKEN, TelegramServer

COMMANDS = [
    command.name or str(command.callback.__name__)
    for command in app.registered_commands
    if command.callback
]
ASSISES = ROOT / "bot" / "guides" / "assises.yml"
ENGLISH = re.compile(r"\b(Usage|Options:|Commands|Arguments:|Error|Show this|required|default:)")
TALK = """[Oui, gardez-les]
59
pourquoi
"""


@lru_cache
def page_of(command: str) -> CompletedProcess[str]:
    return parole(command, "--help")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_with_an_example(command: str) -> None:
    shown = page_of(command)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"Emploi : parole {command}" in shown.stdout.replace("python -m bot", "parole")
    assert re.search(rf"Exemple : .*parole {command}\b", shown.stdout)
    assert not ENGLISH.search(shown.stdout)


# test_start.py, test_exports_round_trip.py, test_privacy_commands.py, and below
ELSEWHERE = {"serve", "import", "erase", "backup", "restore"}


def examples() -> dict[str, tuple[str, dict[str, str], list[str]]]:
    """Of each help page: what is typed, the settings, the arguments."""
    found = {}
    for name in COMMANDS:
        page = " ".join(page_of(name).stdout.split())
        line = re.split(r" Options :| Arguments :", page.partition("Exemple : ")[2])[0]
        at = line.rindex(f"parole {name}")
        before, after = line[:at], line[at:].removeprefix("parole ")
        echoed = re.search(r'echo "(.*)" \|', before)
        settings = dict(word.split("=", 1) for word in before.split() if word.startswith("PAROLE_"))
        found[name] = echoed[1] if echoed else "", settings, shlex.split(after)
    return found


def test_every_example_works_as_it_is_written(tmp_path: Path) -> None:
    """Only the folder is another one, and the file of the guide."""
    parole("migrate", data_dir=tmp_path)
    ran = set()
    for name, (typed, settings, arguments) in examples().items():
        assert arguments[0] == name
        arguments = [str(tmp_path / one) if "/" in one else one for one in arguments]
        arguments = [str(ASSISES) if one.endswith(".yml") else one for one in arguments]
        assert set(settings) <= {"PAROLE_DATABASE_URL"}  # another database than PostgreSQL's
        if name in ELSEWHERE:
            continue
        ended = parole(*arguments, typed=typed, data_dir=tmp_path)
        assert ended.returncode == 0, (name, ended.stderr)
        ran.add(name)
    assert ran == {*COMMANDS} - ELSEWHERE


def test_erase_obeys_a_written_request_once_its_reference_is_typed_twice(tmp_path: Path) -> None:
    said = parole("talk", "--guide", "assises", typed=TALK, data_dir=tmp_path).stdout
    parole("talk", "--guide", "assises", "--as", "autre", typed=TALK, data_dir=tmp_path)
    memory = open_memory(load(data_dir=tmp_path), create=False)
    reference, other = sorted(talk.reference for talk in memory.store.conversations())
    typed = reference.lower().replace("-", " ")
    slip = parole("erase", typed, typed=f"{other}\n", data_dir=tmp_path)
    assert (slip.returncode, "Rien n’est effacé" in slip.stderr) == (2, True)
    assert len(list(memory.store.conversations())) == 2
    done = parole("erase", typed, typed=f"{reference}\n", data_dir=tmp_path)
    assert (done.returncode, "about='request'" in done.stderr) == (0, True)
    assert [talk.reference for talk in memory.store.conversations()] == [other]
    again = parole("erase", reference, "--yes", data_dir=tmp_path)
    assert (again.returncode, "Aucune participation" in again.stderr) == (2, True)
    assert reference not in done.stderr + said
    memory.close()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("parler", "La commande « parler » n'existe pas. Voyez : "),
        ("serve --prt 1", "L'option --prt n'existe pas, mais --port existe. Voyez : "),
        ("serve --port", "L'option --port attend une valeur. Voyez : "),
        ("serve --port huit", "--port : cette valeur ne convient pas. Voyez : "),
        ("export", "Il manque FORMAT. Voyez : "),
        ("export csv", "Il manque --out. Voyez : "),
        ("migrate tout", "Il y a des mots de trop : tout. Voyez : "),
        ("link --origin É", "--origin : il faut 1 à 40 minuscules"),
        ("export csv --out x", "Lancez : parole migrate\n"),
        ("export csv --out x --data rien", "Lancez : parole migrate --data rien\n"),
        ("export csv --out x --data=a/b", "Lancez : parole migrate --data a/b\n"),
        ("understand --asked avis", "Choisissez parmi : open, yes_no, consent, choice, choices, "),
        ("link --origin -abc", "--origin : il faut 1 à 40 minuscules"),
        ("link --origin lyon --guide rien", "rien : ce guide n'existe pas. Voyez : parole check"),
    ],
)
def test_a_line_that_cannot_be_read(
    line: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment({"data_dir": tmp_path}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["parole", *line.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    err = capsys.readouterr().err
    structlog.reset_defaults()  # a command writes its journal where the terminal was
    assert told in err
    assert not ENGLISH.search(err)


def test_without_a_command_it_shows_the_list() -> None:
    shown = parole()
    assert shown.returncode == 2
    assert all(f"\n  {command} " in shown.stderr for command in COMMANDS)


def test_talk_resumes_under_the_same_name_and_replays(tmp_path: Path) -> None:
    typed = ("talk", "--guide", "assises", "--data", tmp_path)
    first = parole(*typed, "--as", "zoé", typed=TALK)
    assert first.returncode == 0, first.stderr
    again = replay(first.stdout, read_guide(ASSISES.read_text("utf-8"), "assises.yml"))
    lines = again.splitlines()
    texts = {"invalid", "organis", "Vos droits"}  # what the settings say
    told = [line for line in first.stdout.splitlines() if not any(one in line for one in texts)]
    assert told == [line for line in lines if not any(one in line for one in texts)]

    resumed = parole(*typed, "--as", "zoé")
    assert "On reprend là où vous étiez" in resumed.stdout
    asked = [run.stdout.split("\n\n")[-1].partition("  * ")[0] for run in (first, resumed)]
    assert asked[0] == asked[1]
    other = parole(*typed, "--as", "max")
    assert "Bienvenue aux Assises" in other.stdout


def test_check_good_and_broken_files(tmp_path: Path) -> None:
    every = parole("check")
    assert every.returncode == 0
    assert [line.split()[1] for line in every.stdout.splitlines()] == [
        *("assises.yml", "cese-2022.yml"),
    ]
    broken = tmp_path / "casse.yml"
    broken.write_text(ASSISES.read_text("utf-8").replace("kind: place", "kind: lieu"), "utf-8")
    line = 1 + broken.read_text("utf-8").partition("kind: lieu")[0].count("\n")
    both = parole("check", ASSISES, broken, tmp_path / "absent.yml")
    assert both.returncode == 1
    good, bad, absent = both.stdout.splitlines()
    assert good.startswith("✓ assises.yml : assises version 2")
    found = re.match(r"✗ casse\.yml, ligne (\d+) : .* Choisissez « kind » parmi", bad)
    assert found
    assert abs(int(found[1]) - line) <= 2
    assert absent.startswith("✗ ")
    assert "ne se lit pas" in absent
    schema = parole("check", "--schema").stdout
    assert json.loads(schema)["properties"]["sections"]
    assert schema == (ROOT / "bot" / "guides" / "guide.schema.json").read_text("utf-8")


def test_check_warns_of_words_kept_without_an_agreement(tmp_path: Path) -> None:
    bold = tmp_path / "sans-accord.yml"
    bold.write_text(
        'guide: essai\nversion: "1"\ntitle: Essai\nsections:\n  - id: a\n    title: A\n'
        "    steps:\n      - {id: t, kind: open, question: Quoi}\n",
        "utf-8",
    )
    shown = parole("check", bold)
    assert shown.returncode == 0
    read, warned = shown.stdout.splitlines()
    assert read.startswith("✓ sans-accord.yml")
    assert warned.startswith("! sans-accord.yml, ligne 8 : « t » garde des mots")


def test_check_finds_a_sentence_that_is_missing() -> None:
    sentences = read_sentences()
    listed = set((SENTENCES / KEYS).read_text("utf-8").split())
    assert listed == set(sentences), f"the keys of fr.yml and those of {KEYS} differ"
    facts = dict.fromkeys(
        ("organiser", "contact", "human", "privacy_url", "emergency", "reminder_when"), ""
    )
    without = {key: text for key, text in sentences.items() if key != "receipt"}
    assert [*checking.sentences(Wording(without, facts))] == [
        ("✗", "fr.yml : la phrase « receipt » manque. Ajoutez-la.")
    ]
    assert not [*checking.sentences(Wording(sentences, facts))]


def test_understand_one_object_a_line(tmp_path: Path) -> None:
    typed = "passer\nje vis à Roubaix\n\ncorriger 3\n"
    heard = parole("understand", "--data", tmp_path, typed=typed)
    assert heard.returncode == 0, heard.stderr
    found = [json.loads(line) for line in heard.stdout.splitlines()]
    assert [one["text"] for one in found] == typed.splitlines()
    assert (found[0]["intent"], found[0]["exact"]) == ("skip", True)
    assert found[1]["entities"][0]["value"] == "59"
    assert found[1]["text"][found[1]["entities"][0]["start"] :].startswith("Roubaix")
    assert found[3]["intent"] == "correct"


def test_understand_says_who_is_named_who_is_in_danger_and_what_is_meant(tmp_path: Path) -> None:
    typed = "appelez Nadia Benali au 06 12 34 56 78\nje veux mourir\noui\n\noui non\naide\n"
    heard = parole("understand", "--asked", "yes_no", "--data", tmp_path, typed=typed)
    assert heard.returncode == 0, heard.stderr
    assert "les règles comprennent seules" in heard.stderr
    named, danger, yes, empty, torn, helped = map(json.loads, heard.stdout.splitlines())
    traces = {one["kind"]: one["text"] for one in named["personal_data"]}
    assert traces == {"name": "Nadia Benali", "phone": "06 12 34 56 78"}
    for one in named["personal_data"]:
        assert named["text"][one["start"] : one["end"]] == one["text"]
    assert [one["distress"] for one in (danger, yes)] == ["self", None]
    assert yes["meaning"] == {"kind": "answer", "values": ["yes"]}
    assert empty["meaning"] == torn["meaning"] == {"kind": "unclear"}
    assert helped["meaning"] == {"kind": "move", "move": "help"}


def test_understand_takes_whatever_comes(tmp_path: Path) -> None:
    lines = [b"\xef\xbb\xbfpasser", b"\xff\xfe caf\xe9", b"a\0b", b"\r", b"a" * 1_000_000, b"stop"]
    ended = subprocess.run(
        [*PAROLE, "understand", "--asked", "open", "--data", tmp_path],
        cwd=ROOT, env=environment({}) | {"PYTHONIOENCODING": "ascii"}, input=b"\n".join(lines),
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0
    assert b"Traceback" not in ended.stderr
    found = [json.loads(line) for line in ended.stdout.decode("utf-8").splitlines()]
    texts = ["passer", "\ufffd\ufffd caf\ufffd", "a\0b", "", "a" * 1_000_000, "stop"]
    assert [one["text"] for one in found] == texts
    assert [one["intent"] for one in found][::5] == ["skip", "stop"]


def test_understand_stops_when_nobody_reads(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PAROLE, "understand", "--data", tmp_path], cwd=ROOT, env=environment({}),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as reading:  # fmt: skip
        assert reading.stdin
        assert reading.stdout
        assert reading.stderr
        reading.stdin.write(b"oui\n")
        reading.stdin.flush()
        assert json.loads(reading.stdout.readline())["intent"] == "affirm"
        reading.stdout.close()
        reading.stdin.write(b"non\n")
        reading.stdin.close()
        assert reading.wait(20) == 0
        assert b"Traceback" not in reading.stderr.read()


def test_understand_leaves_on_the_first_ctrl_c(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PAROLE, "understand", "--data", tmp_path], cwd=ROOT, env=environment({}),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as reading:  # fmt: skip
        assert reading.stdin
        assert reading.stdout
        assert reading.stderr
        reading.stdin.write(b"oui\n")
        reading.stdin.flush()
        assert reading.stdout.readline()
        reading.send_signal(signal.SIGINT)
        assert reading.wait(20) == 130
        assert b"Traceback" not in reading.stderr.read()


def test_understand_starts_the_model_and_stops_it(tmp_path: Path) -> None:
    shutil.copytree(trained(), tmp_path / "model")
    typed = "on peut revenir sur la question d'avant siouplait\n"
    heard = parole("understand", "--data", tmp_path, typed=typed, rasa_url="")
    assert heard.returncode == 0, heard.stderr
    assert "La compréhension du français est prête." in heard.stderr
    [one] = map(json.loads, heard.stdout.splitlines())
    assert (one["intent"], one["exact"]) == ("go_back", False)
    assert not [*tmp_path.glob("*.sock")]
    away = parole("understand", "--data", tmp_path, typed="oui\n", rasa_url=f"unix:{tmp_path}/no")
    assert "le modèle ne répond pas" in away.stderr
    assert json.loads(away.stdout)["intent"] == "affirm"


def test_every_kind_of_question_may_be_given_to_understand() -> None:
    assert {*understood.PLAIN} == {*KINDS} - {"information"}
    assert {kind: step.kind for kind, step in understood.PLAIN.items()} == {
        kind: kind for kind in understood.PLAIN
    }
    help_page = " ".join(page_of("understand").stdout.split())
    assert all(re.search(rf"\b{kind}\b", help_page) for kind in understood.PLAIN)


def test_export_and_its_snapshots(tmp_path: Path) -> None:
    parole("talk", "--guide", "assises", "--data", tmp_path / "d", typed=TALK)
    out, data = tmp_path / "out", ("--data", tmp_path / "d")
    ended = parole("export", "csv-excel", "--out", out, *data)
    assert ended.returncode == 0, ended.stderr
    files = [Path(line.split(maxsplit=1)[1]) for line in ended.stdout.splitlines()]
    assert {file.name for file in files} == {
        "Participations.csv", "Reponses.csv", "Contributions.csv", "Dictionnaire.csv",
    }  # fmt: skip
    assert {file.parent for file in files} == {out / "csv-excel"}
    assert all(file.stat().st_size for file in files)

    [line] = parole("snapshots", *data).stdout.splitlines()
    snapshot = line.split()[0]
    assert f"Instantané {snapshot} : 1 participations." in ended.stderr
    made = ("csv", "jsonl", "--profile", "partenaire", "--zip", "--snapshot", snapshot)
    once = parole("export", *made, "--out", tmp_path / "a.zip", *data)
    assert once.returncode == 0, once.stderr
    assert once.stdout.splitlines()[0].split() == ["0", "csv/contributions.csv"]
    again = parole("export", *made, "--out", tmp_path / "b.zip", *data)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert once.stdout.splitlines()[-1].split()[-1] == again.stdout.splitlines()[-1].split()[-1]

    hidden = parole("export", *made[:4], "--origin", "x", "--out", tmp_path / "o", *data)
    assert hidden.returncode == 2
    assert "« partenaire » ne permet pas le filtre « origine »" in hidden.stderr
    told = parole("export", "csv", "--profile", "secret", "--out", tmp_path / "o", *data)
    assert "Possibles : interne, partenaire, public." in told.stderr
    assert "csv-excel" in parole("export", "--list").stdout
    assert parole("snapshots", "--delete", snapshot, *data).stdout == ""
    gone = parole("export", *made, "--out", tmp_path / "a.zip", *data)
    assert "parole snapshots" in gone.stderr


def test_an_export_that_cannot_be(tmp_path: Path) -> None:
    parole("talk", "--guide", "assises", "--data", tmp_path / "d", typed=TALK)
    unknown = parole("export", "xls", "--out", tmp_path / "o", "--data", tmp_path / "d")
    assert unknown.returncode == 2
    assert "csv-excel" in unknown.stderr
    nowhere = parole("talk", "--guide", "rien", "--data", tmp_path / "d")
    assert nowhere.returncode == 2
    assert "rien : ce guide n'existe pas. Voyez : parole check" in nowhere.stderr
    absent = parole("export", "csv", "--out", tmp_path / "o", "--data", tmp_path / "absent")
    assert absent.returncode == 2
    assert "Il n'y a pas de base de données" in absent.stderr
    assert not (tmp_path / "absent").exists()


def test_link_to_the_page_and_to_telegram() -> None:
    here = parole("link", "--origin", "maison-de-quartier")
    assert here.stdout == "http://127.0.0.1:8000/o/maison-de-quartier\n"
    with TelegramServer() as telegram:
        settings = {"telegram_token": TOKEN, "telegram_api": telegram.url}
        url = "https://parole.exemple.fr/"
        both = parole("link", "--origin", "lyon", "--guide", "assises", public_url=url, **settings)
        assert both.stdout.splitlines() == [
            "https://parole.exemple.fr/g/assises/o/lyon",
            "https://t.me/parole_bot?start=assises__lyon",
        ]
        alone = parole("link", "--origin", "lyon", **settings)
        assert alone.stdout.splitlines()[1] == "https://t.me/parole_bot?start=lyon"
        telegram.token = "1:another"
        wrong = parole("link", "--origin", "lyon", **settings)
    assert wrong.returncode == 2
    assert "PAROLE_TELEGRAM_TOKEN : " in wrong.stderr
    assert TOKEN not in wrong.stderr


def test_a_link_is_one_that_the_server_opens(tmp_path: Path) -> None:
    with serving(tmp_path / "d") as served:
        path = parole("link", "--origin", "lyon", "--guide", "assises").stdout.strip()
        page = served.answers(path.partition("8000")[2])
        assert page.status_code == 302
        page = served.answers(page.headers["location"])
        assert page.status_code == 200
        assert 'name="origin" value="lyon"' in page.text
        assert "Assises" in page.text


def test_migrate_makes_the_database_and_is_safe_to_repeat(tmp_path: Path) -> None:
    for _ in range(2):
        ended = parole("migrate", "--data", tmp_path)
        assert (ended.returncode, ended.stdout) == (0, "La base de données est à jour.\n")
    assert (tmp_path / "parole.db").exists()
