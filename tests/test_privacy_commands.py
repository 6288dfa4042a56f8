"""The commands of the operator, as they are typed: keep, put back, change the key, purge."""

from __future__ import annotations

import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from bot.app.memory import open_memory
from bot.settings import load
from bot.staff import Act
from storage.desk.journal import Journal
from tests.serving import parole

TALK = "[Oui, gardez-les]\n59\n"


def references(folder: Path) -> list[str]:
    memory = open_memory(load(data_dir=folder), create=False)
    try:
        return sorted(one.reference for one in memory.store.conversations())
    finally:
        memory.close()


def acts(folder: Path) -> set[str]:
    memory = open_memory(load(data_dir=folder), create=False)
    try:
        return {line.what for line in Journal(memory.engine).lines()}
    finally:
        memory.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two persons who agreed."""
    data = tmp_path / "data"
    for name in ("une", "autre"):
        parole("talk", "--guide", "assises", "--as", name, typed=TALK, data_dir=data)
    return data


def test_a_backup_a_new_key_and_a_restore(folder: Path, tmp_path: Path) -> None:
    """P9, F26, F27: as docs/backup.md says."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed (Debian: apt install gnupg)")
    secret, kept, again = tmp_path / "secret", tmp_path / "kept", tmp_path / "again"
    secret.write_text("dW4gc2VjcmV0IGQnZXNzYWksIGphbWFpcyBwdWJsacOp\n")
    secret.chmod(0o600)
    said = parole("backup", "--to", str(kept), data_dir=folder)
    assert (said.returncode, "age-keygen" in said.stderr) == (2, True)
    made = parole("backup", "--to", str(kept), "--key", str(secret), data_dir=folder)
    assert (made.returncode, made.stdout.count("parole-")) == (0, 1), made.stderr
    [file] = kept.glob("parole-*.db.gpg")
    first, second = references(folder)
    assert parole("erase", first, "--yes", data_dir=folder).returncode == 0
    (folder / "exports").mkdir()
    (folder / "exports" / "parole-interne.zip").write_bytes(b"closed with the key of before")
    assert parole("key", "rotate", data_dir=folder).returncode == 0
    assert not (folder / "exports").exists()
    assert references(folder) == [second]
    twice = parole("key", "rotate", data_dir=folder)
    assert (twice.returncode, "parole key destroy" in twice.stderr) == (2, True)
    again.mkdir()
    back = ("restore", str(file), "--key", str(secret))
    nothing = parole(*back, data_dir=again)
    assert (nothing.returncode, "n'est pas là" in nothing.stderr) == (2, True)
    for name in ("parole.key", "parole.key.old"):
        shutil.copy(folder / name, again)
    (kept / "effacements.txt").unlink()
    unlisted = parole(*back, data_dir=again)
    assert (unlisted.returncode, "--without-erasures" in unlisted.stderr) == (2, True)
    listed = ("--erasures", str(folder / "effacements.txt"))
    done = parole(*back, *listed, data_dir=again)
    assert (done.returncode, "1  effacées à nouveau" in done.stdout) == (0, True), done.stderr
    assert "ancienne clé" in done.stderr
    assert references(again) == [second]
    over = parole(*back, *listed, data_dir=again)
    assert (over.returncode, "déjà une base" in over.stderr) == (2, True)
    assert parole("key", "destroy", "--yes", data_dir=folder).returncode == 0
    assert not (folder / "parole.key.old").exists()
    assert references(folder) == [second]
    assert {Act.BACKED_UP, Act.KEY_ROTATED, Act.OLD_KEY_DESTROYED} <= acts(folder)
    assert Act.RESTORED in acts(again)


def test_purge_says_then_does(folder: Path) -> None:
    """P6: dry by default; nothing before the time, nothing without a date."""
    undated = parole("purge", "--go", data_dir=folder)
    assert (undated.returncode, "PAROLE_CLOSING_DATE" in undated.stderr) == (0, True)
    recent = parole("purge", "--go", data_dir=folder, closing_date="2020-01-31")
    assert (recent.returncode, "2  conversations gardées" in recent.stdout) == (0, True)
    assert len(references(folder)) == 2
    later = parole("purge", "--go", data_dir=folder, closing_date="2999-01-31")
    assert "Tout est gardé" in later.stderr
    wrong = parole("purge", data_dir=folder, closing_date="31/01/2020")
    assert (wrong.returncode, "PAROLE_CLOSING_DATE=2026-06-30" in wrong.stderr) == (2, True)


def test_no_answer_is_not_yes(folder: Path) -> None:
    """Ctrl-D where a question is asked: a sentence, and the old key is still there."""
    assert parole("key", "rotate", data_dir=folder).returncode == 0
    ended = parole("key", "destroy", typed="", data_dir=folder)
    assert ended.returncode == 1
    assert "La commande est arrêtée." in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (folder / "parole.key.old").exists()


def test_what_a_restore_says_of_the_list(folder: Path, tmp_path: Path) -> None:
    """P9: the other disk brings everyone's erasure back; the folder of backups alone says it."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed (Debian: apt install gnupg)")
    secret, kept, elsewhere = tmp_path / "secret", tmp_path / "kept", tmp_path / "elsewhere"
    secret.write_text("dW4gc2VjcmV0IGQnZXNzYWksIGphbWFpcyBwdWJsacOp\n")
    secret.chmod(0o600)
    elsewhere.mkdir()
    options = {"backup_key": secret, "erasures_dir": elsewhere}
    made = parole("backup", "--to", kept, data_dir=folder, **options)
    assert made.returncode == 0, made.stderr
    [file] = kept.glob("parole-*.db.gpg")
    first, second = references(folder)
    assert parole("erase", first, "--yes", data_dir=folder, **options).returncode == 0

    def restored(name: str, *more: str, **settings: object) -> CompletedProcess[str]:
        again = tmp_path / name
        again.mkdir(exist_ok=True)
        shutil.copy(folder / "parole.key", again)
        return parole("restore", file, *more, data_dir=again, backup_key=secret, **settings)

    whole = restored("whole", erasures_dir=elsewhere)
    assert (whole.returncode, "ATTENTION" in whole.stderr) == (0, False), whole.stderr
    assert references(tmp_path / "whole") == [second]
    bare = restored("bare")
    assert (bare.returncode, "rien de plus que la sauvegarde" in bare.stderr) == (0, True)
    assert references(tmp_path / "bare") == sorted([first, second])
    (kept / "effacements.txt").write_text("")
    empty = restored("empty")
    assert (empty.returncode, "elle est vide" in empty.stderr) == (2, True)
    forced = restored("empty", "--without-erasures")
    assert (forced.returncode, "aucune liste" in forced.stderr) == (0, True)
    here = parole("talk", data_dir=folder, erasures_dir=folder)
    assert (here.returncode, "PAROLE_ERASURES_DIR" in here.stderr) == (2, True)
