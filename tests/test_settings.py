"""Settings: read, checked, documented."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.errors import SettingsError
from bot.secret_strength import guessable, guessable_key, poor_password
from bot.settings import Settings, load, variable
from bot.settings_page import example, table

ROOT = Path(__file__).parent.parent
KEY = base64.b64encode(hashlib.sha256(b"a key for these tests").digest()).decode()
SECRET = "9f2c41d7e8b05a63"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("PAROLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_defaults_need_nothing() -> None:
    settings = load()
    assert settings.database_url == "sqlite:///data/parole.db"
    assert (settings.host, settings.port, settings.guide) == ("127.0.0.1", 8000, "cese-2022")
    assert settings.emergency_numbers["3114"].startswith("prévention du suicide")


def test_an_override_wins_over_the_environment_and_the_environment_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PAROLE_PORT=1\nPAROLE_MAX_TEXT=500\nPAROLE_GUIDE=assises\n")
    monkeypatch.setenv("PAROLE_PORT", "2")
    monkeypatch.setenv("PAROLE_MAX_TEXT", "600")
    settings = load(port=3, host=None)
    assert (settings.port, settings.max_text, settings.guide) == (3, 600, "assises")


def test_another_file_may_hold_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PAROLE_PORT=1\n")
    (tmp_path / "essai.env").write_text("PAROLE_PORT=2\n")
    monkeypatch.setenv("PAROLE_ENV_FILE", "essai.env")
    assert load().port == 2
    (tmp_path / "essai.env").unlink()
    with pytest.raises(SettingsError, match=r"il n’y a pas de fichier essai\.env"):
        load()  # a service that lost its file must not start without a key nor a date


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("sqlite:////var/lib/parole.db", "sqlite:////var/lib/parole.db"),
        (f"postgres://a:{SECRET}@h/d", f"postgresql+psycopg://a:{SECRET}@h/d"),
        ("postgres://a:b@/d?host=/run", "postgresql+psycopg://a:b@/d?host=/run"),
        ("postgresql://a@/d?host=/run", "postgresql+psycopg://a@/d?host=/run"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_database_addresses(written: str, understood: str) -> None:
    assert load(database_url=written).database_url == understood


def test_the_database_follows_its_folder(tmp_path: Path) -> None:
    assert load(data_dir=tmp_path).database_url == f"sqlite:///{tmp_path}/parole.db"


def test_a_key_is_32_octets_in_either_base64() -> None:
    for written in (
        KEY,
        KEY.rstrip("="),
        base64.urlsafe_b64encode(bytes(range(255, 159, -3))).decode(),
    ):
        key = load(master_key=written).master_key
        assert key is not None
        assert len(base64.b64decode(key.get_secret_value())) == 32


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("port", "huit mille", "nombre entier"),
        ("port", "70000", "au plus 65535"),
        ("port", "-1", "au moins 0"),
        ("max_text", "9", "au moins 100"),
        ("max_turns_per_minute", "0", "au moins 1"),
        ("log_level", "bavard", "pas une valeur possible"),
        ("telegram_mode", "pigeon", "pas une valeur possible"),
        ("database_url", "mysql://h/d", "postgresql://"),
        ("database_url", "sqlite://", "sqlite:///"),
        ("database_url", "sqlite:///:memory:", "sqlite:///"),
        ("master_key", "bW90ZGVwYXNzZQ==", "openssl rand -base64 32"),
        ("master_key", "é" * 44, "openssl rand -base64 32"),
        ("telegram_token", "motdepasse", "@BotFather"),
        ("telegram_secret", "motdepasse", "openssl rand -hex 32"),
        ("telegram_secret", "motdepasse avec espaces", "16 à 256"),
        ("telegram_secret", "motdepasse" * 26, "16 à 256"),
        ("telegram_secret", "motdepasse-secret", "mots connus"),
        ("telegram_secret", "aaaaaaaaaaaaaaaaaaaaaaaa", "openssl rand -hex 32"),
        ("telegram_secret", "0123456789abcdef", "openssl rand -hex 32"),
        ("telegram_secret", "changeme-changeme", "openssl rand -hex 32"),
        ("metrics_token", "motdepasse", "openssl rand -hex 32"),
        ("metrics_token", "changeme-changeme", "openssl rand -hex 32"),
        ("telegram_token", "123456:ABC-def", "@BotFather"),
        ("master_key", base64.b64encode(bytes(32)).decode(), "openssl rand -base64 32"),
        ("master_key", base64.b64encode(bytes(range(32))).decode(), "openssl rand -base64 32"),
        ("master_key", base64.b64encode(b"motdepasse-motdepasse-motdepasse").decode(), "openssl"),
        ("master_key", "0123456789abcdef" * 4, "openssl rand -base64 32"),
        ("database_url", "postgresql://parole:MOT_DE_PASSE@127.0.0.1/parole", "connu de tous"),
        ("database_url", "postgresql://parole:parole@h/d", "openssl rand -hex 32"),
        ("database_url", "postgresql://u:" + "motdepasse1@h/d", "openssl rand -hex 32"),
        ("database_url", "postgresql://u:123456@h/d", "16 signes"),
        ("database_url", "postgresql://u:a@h/d", "openssl rand -hex 32"),
        ("database_url", "postgresql://u:iloveyou@127.0.0.1/d", "trop court"),
        ("database_url", "postgresql://u:parole-postgres@h/d", "trop court"),
        ("database_url", "postgresql://u:azertyuiopqsdfghjklm@h/d", "clavier"),
        ("database_url", "postgresql://u@h/d?password=postgres", "connu de tous"),
        ("database_url", "postgresql://u@/d?host=h&password=1234", "trop court"),
        ("telegram_secret", "azertyuiopqsdfghjklm1234", "clavier"),
        ("telegram_secret", "Azertyuiop-Qsdfghjklm-1", "clavier"),
        ("telegram_secret", "motdepassedubotdemaville", "mots connus"),
        ("telegram_secret", "Nousavonstoutessayehier22", "mots connus"),
        ("public_url", "parole.exemple.fr", "https://"),
        ("telegram_api", "ftp://motdepasse", "http://"),
        ("rasa_url", "localhost", "off"),
        ("guide", "../motdepasse", "minuscules"),
        ("guides_dir", "/n/existe/pas", "n’existe pas"),
        ("emergency_numbers", "15", "PAROLE_EMERGENCY_NUMBERS="),
        ("emergency_numbers", "{15", "illisible"),
    ],
)
def test_a_wrong_value_names_its_setting_and_a_remedy(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, part: str
) -> None:
    monkeypatch.setenv(variable(name), value)
    with pytest.raises(SettingsError) as caught:
        load()
    sentence = str(caught.value)
    assert sentence.startswith(f"{variable(name)} : ")
    assert part in sentence
    assert "motdepasse" not in sentence
    assert caught.value.__cause__ is None


def test_secrets_made_as_the_remedies_say_are_taken() -> None:
    """S8: no secret made at random is ever refused, whatever chance gives (5 000 of each)."""
    for _ in range(5000):
        assert guessable(secrets.token_hex(32)) is None
        assert guessable(secrets.token_urlsafe(16)) is None
        assert guessable_key(secrets.token_bytes(32)) is None
        assert poor_password(f"postgresql://parole:{secrets.token_hex(32)}@h/parole") is None
        assert poor_password(f"postgresql://parole:{secrets.token_urlsafe(16)}@h/p") is None
    assert poor_password("postgresql://parole@/parole?host=/run") is None


def test_the_folder_may_not_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "pris").touch()
    with pytest.raises(SettingsError, match="PAROLE_DATA_DIR : c’est un fichier"):
        load(data_dir="pris")


def test_a_webhook_needs_an_address_and_a_secret() -> None:
    webhook: dict[str, object] = {"telegram_token": "1:a", "telegram_mode": "webhook"}
    with pytest.raises(SettingsError, match="PAROLE_PUBLIC_URL"):
        load(**webhook)
    with pytest.raises(SettingsError, match="PAROLE_TELEGRAM_SECRET"):
        load(**webhook, public_url="https://parole.exemple.fr/")
    settings = load(**webhook, public_url="https://parole.exemple.fr/", telegram_secret=SECRET)
    assert settings.public_url == "https://parole.exemple.fr"


def test_an_unknown_name_in_the_file_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PAROLE_TELEGRAM_TOKN=motdepasse\n")
    with pytest.raises(SettingsError, match="Vouliez-vous PAROLE_TELEGRAM_TOKEN") as caught:
        load()
    assert "motdepasse" not in str(caught.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PAROLE_GUIDE=\xff\n")
    with pytest.raises(SettingsError, match="illisible"):
        load()


def test_secrets_do_not_show() -> None:
    secret = "secret-de-seize-signes"
    shown = repr(load(telegram_token=f"1:{secret}", telegram_secret=secret, master_key=KEY)) + repr(
        load(database_url=f"postgresql://a:{secret}@h/d")
    )
    assert secret not in shown
    assert KEY not in shown


def test_what_is_left_to_change_is_listed() -> None:
    assert len(load().to_change) == 5
    assert "PAROLE_ORGANISER_NAME" not in load(organiser_name="La mairie").to_change


def test_a_consultation_without_an_end_is_said_to_lack_one() -> None:
    """P6: without it nothing is ever erased by the night."""
    assert "PAROLE_CLOSING_DATE" in load().to_change
    assert "PAROLE_CLOSING_DATE" not in load(closing_date="2026-06-30").to_change


def test_every_setting_has_a_description_and_an_example_or_a_recipe() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.examples or variable(name) in example()


def test_env_example_is_up_to_date_and_its_examples_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert written == example(), "run: .venv/bin/python -m bot.settings_page > .env.example"
    lines = [line.removeprefix("# ") for line in written.splitlines() if "# PAROLE_" in line]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    assert set(dotenv_values(tmp_path / ".env")) == {variable(n) for n in Settings.model_fields}
    (tmp_path / "guides").mkdir()
    monkeypatch.setenv("PAROLE_GUIDES_DIR", str(tmp_path / "guides"))
    monkeypatch.setenv("PAROLE_TELEGRAM_SECRET", SECRET)
    assert load().port == 8080


def test_operate_md_holds_the_table() -> None:
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    assert table() in page, "copy into docs/operate.md: .venv/bin/python -m bot.settings_page table"
