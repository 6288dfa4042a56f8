"""Every setting: its name, what it is for, its default, and a value that works. Read once."""

from __future__ import annotations

import base64
import binascii
import difflib
import os
import re
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableValue

from bot.errors import SettingsError
from bot.secret_strength import guessable, guessable_key, poor_password

PREFIX = "PAROLE_"
THE_TEAM = "l’équipe qui organise cette consultation"  # said until the organiser is known
NOT_SETTINGS = (f"{PREFIX}ENV_FILE", f"{PREFIX}UV")

# Secrets have no example that works: one that is published would be used.
REMEDIES = {
    "master_key": "Pour en fabriquer une : openssl rand -base64 32",
    "telegram_token": "Recopiez celui que @BotFather vous a donné, par exemple 123456:ABC-def",
    "telegram_mode": "Sinon gardez PAROLE_TELEGRAM_MODE=polling",
    "metrics_token": "Pour en fabriquer un : openssl rand -hex 32",
    "telegram_secret": "Pour en fabriquer un : openssl rand -hex 32",
    "database_url": "Pour faire un mot de passe : openssl rand -hex 32. Sinon, par exemple : "
    "PAROLE_DATABASE_URL=postgresql://parole@/parole?host=/var/run/postgresql",
}
PROBLEMS = {
    "int_parsing": "ce n’est pas un nombre entier",
    "greater_than_equal": "ce nombre est trop petit, il faut au moins {ge}",
    "less_than_equal": "ce nombre est trop grand, il faut au plus {le}",
    "literal_error": "ce n’est pas une valeur possible",
    "string_too_short": "il manque une valeur",
    "date_from_datetime_parsing": "ce n’est pas une date",
}


class Settings(BaseSettings):
    """The settings of one server, checked."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    data_dir: Path = Field(
        default=Path("data"),
        description="Dossier de tout ce que Parole garde : base, clé, modèle de langue.",
        examples=["/var/lib/parole"],
    )
    database_url: str = Field(
        default="",
        repr=False,
        description="Base de données, SQLite ou PostgreSQL. Vide : `parole.db` dans le dossier.",
        examples=["postgresql://parole@/parole?host=/var/run/postgresql"],
    )
    master_key: SecretStr | None = Field(
        default=None,
        description="Clé qui chiffre les réponses : 32 octets en base64. "
        "Vide : fichier `parole.key` du dossier, créé au premier démarrage.",
    )
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Adresse où le serveur écoute. 127.0.0.1 : cette machine seulement.",
        examples=["0.0.0.0"],  # noqa: S104 (an example, chosen knowingly by staff)
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port où le serveur écoute.", examples=["8080"]
    )
    public_url: str | None = Field(
        default=None,
        description="Adresse publique du service, celle que les personnes ouvrent.",
        examples=["https://parole.exemple.fr"],
    )
    proxies: str = Field(
        default="",
        description="Serveurs web placés devant Parole, qui portent le https : adresses ou "
        "réseaux, séparés par des virgules. Eux seuls disent d’où vient une personne. Vide : "
        "aucun.",
        examples=["127.0.0.1,10.0.0.0/24"],
    )
    guide: str = Field(
        default="cese-2022",
        description="Guide proposé quand le lien n’en demande pas un autre.",
        examples=["assises"],
    )
    guides_dir: Path | None = Field(
        default=None,
        description="Dossier de vos propres guides, en plus de ceux fournis.",
        examples=["/etc/parole/guides"],
    )
    rasa_url: str | None = Field(
        default=None,
        description="Compréhension du français. Vide : Parole démarre la sienne. "
        "`off` : règles seules. Sinon une adresse `http://…` ou `unix:/…`.",
        examples=["unix:/run/parole/rasa.sock"],
    )
    telegram_token: SecretStr | None = Field(
        default=None,
        description="Jeton du robot Telegram, donné par @BotFather. Vide : pas de Telegram.",
    )
    telegram_secret: SecretStr | None = Field(
        default=None,
        description="Secret que Telegram joint à chaque envoi. Exigé en mode `webhook`.",
    )
    telegram_mode: Literal["polling", "webhook"] = Field(
        default="polling",
        description="`polling` : Parole demande les messages à Telegram. "
        "`webhook` : Telegram les apporte à l’adresse publique.",
        examples=["webhook"],
    )
    telegram_api: str = Field(
        default="https://api.telegram.org",
        description="Adresse du service de Telegram. À changer pour un relais ou un essai.",
        examples=["http://127.0.0.1:8081"],
    )
    organiser_name: str = Field(
        default=THE_TEAM,
        min_length=1,
        description="Nom de l’organisateur, comme on le dit dans une phrase.",
        examples=["le Conseil économique, social et environnemental (CESE)"],
    )
    organiser_contact: str = Field(
        default=THE_TEAM,
        min_length=1,
        description="Où écrire pour une question sur ses réponses ou ses droits.",
        examples=["donnees@exemple.fr"],
    )
    organiser_privacy_url: str = Field(
        default="la page « Vos données »",
        min_length=1,
        description="Page qui explique ce que deviennent les réponses.",
        examples=["https://parole.exemple.fr/vos-donnees"],
    )
    organiser_human: str = Field(
        default=f"Écrivez à {THE_TEAM} : une personne vous répondra.",
        min_length=1,
        description="Phrase donnée à qui veut parler à une personne.",
        examples=["Appelez le 01 23 45 67 89, du lundi au vendredi, de 9 h à 17 h."],
    )
    quick_exit_url: str = Field(
        default="https://www.meteofrance.com",
        description="Site sans rapport où mène « Quitter vite » sur la page web.",
        examples=["https://www.wikipedia.org"],
    )
    emergency_numbers: dict[str, str] = Field(
        default={
            "17": "police, si on vous attaque",
            "15 ou 112": "urgence médicale",
            "3114": "prévention du suicide, jour et nuit, appel gratuit",
            "3919": "violences faites aux femmes",
            "119": "enfant en danger",
            "115": "pas d’abri pour cette nuit",
            "3977": "on fait du mal à une personne âgée ou handicapée",
            "114": "par SMS, si vous ne pouvez pas parler",
        },
        min_length=1,
        description="Numéros donnés à une personne en danger : un objet JSON, numéro puis usage. "
        "Ceux qui vont avec ce qui est dit passent devant. À confirmer par l’organisateur.",
        examples=['{"15 ou 112": "urgence médicale", "3114": "prévention du suicide"}'],
    )
    max_text: int = Field(
        default=10_000,
        ge=100,
        le=100_000,
        description="Longueur d’un message, en caractères. Au-delà il est refusé avec une phrase.",
        examples=["5000"],
    )
    max_turns_per_minute: int = Field(
        default=60,
        ge=1,
        le=1_000_000,
        description="Messages acceptés d’une même personne en une minute (sur Telegram, la minute "
        "de l’envoi). Au-delà, rien n’est gardé pendant une minute.",
        examples=["30"],
    )
    max_openings_per_hour: int = Field(
        default=20,
        ge=1,
        le=1_000_000,
        description="Conversations commencées sur la page en une heure depuis une même adresse. "
        "À augmenter pour un lieu où beaucoup de personnes partagent une connexion. "
        "Quand l’adresse n’est pas connue : 50 fois ce nombre, pour toutes ensemble.",
        examples=["500"],
    )
    reserve_mb: int = Field(
        default=64,
        ge=0,
        le=100_000,
        description="Place gardée à côté de la base SQLite, en Mo, pour effacer quand le disque "
        "est plein. 0 : aucune.",
        examples=["256"],
    )
    least_free_mb: int = Field(
        default=512,
        ge=0,
        le=1_000_000,
        description="Place libre, en Mo, sous laquelle aucune nouvelle conversation ne commence "
        "(SQLite). Sur un petit disque, 5 % suffisent. 0 : ne pas regarder.",
        examples=["2000"],
    )
    code_after_minutes: int = Field(
        default=15,
        ge=1,
        le=1440,
        description="Après ce temps de pause, le code d’une personne qui en a mis un est demandé.",
        examples=["5"],
    )
    reminder_hours: int = Field(
        default=24,
        ge=2,
        le=168,
        description="Heures avant le rappel d’une personne qui fait une pause et qui l’accepte. "
        "Un seul rappel, sur Telegram seulement.",
        examples=["48"],
    )
    max_voice_seconds: int = Field(
        default=300,
        ge=5,
        le=3600,
        description="Durée d’un message vocal, en secondes. Au-delà il est refusé avec une phrase.",
        examples=["120"],
    )
    max_voice_kb: int = Field(
        default=5000,
        ge=50,
        le=20_000,
        description="Taille d’un message vocal, en milliers d’octets.",
        examples=["2000"],
    )
    transcriber: Literal["off", "faster-whisper"] = Field(
        default="off",
        description="Qui écrit les messages vocaux. `off` : une personne les écoute. "
        "`faster-whisper` : un programme, sur cette machine (docs/channels.md).",
        examples=["faster-whisper"],
    )
    transcriber_model: Path | None = Field(
        default=None,
        description="Dossier du modèle de transcription, celui où se trouve `model.bin`.",
        examples=["/var/lib/parole/whisper-small"],
    )
    export_days: int = Field(
        default=14,
        ge=1,
        le=365,
        description="Jours pendant lesquels un export fait au bureau se télécharge. Il est "
        "ensuite effacé.",
        examples=["7"],
    )
    closing_date: date | None = Field(
        default=None,
        description="Dernier jour de la consultation, AAAA-MM-JJ. Les mois de conservation se "
        "comptent à partir de là. Vide : rien n’est jamais effacé par `parole purge`.",
        examples=["2026-06-30"],
    )
    keep_months: int = Field(
        default=6,
        ge=1,
        le=120,
        description="Mois pendant lesquels les réponses sont gardées, après la fin de la "
        "consultation et après la dernière activité de la personne. À décider par l’organisateur.",
        examples=["12"],
    )
    backup_key: Path | None = Field(
        default=None,
        description="Fichier qui ferme les sauvegardes : une clé publique de `age`, ou un secret "
        "pour `gpg` (docs/backup.md). Gardez-en une copie ailleurs que les sauvegardes.",
        examples=["/etc/parole/sauvegarde.pub"],
    )
    erasures_dir: Path | None = Field(
        default=None,
        description="Autre dossier, sur un autre disque ou un partage, où la liste des effacements "
        "s’écrit aussi, à chaque effacement (docs/backup.md). Parole ne le crée pas.",
        examples=["/mnt/sauvegardes/parole"],
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO",
        description="Détail du journal : DEBUG, INFO, WARNING ou ERROR. "
        "Aucun niveau n’écrit les paroles des personnes.",
        examples=["WARNING"],
    )

    metrics_token: SecretStr | None = Field(
        default=None,
        description="Secret que l’outil de surveillance montre pour lire `/metrics`. "
        "Vide : cette adresse n’existe pas.",
    )

    @field_validator("data_dir")
    @classmethod
    def _a_folder(cls, folder: Path) -> Path:
        if folder.exists() and not folder.is_dir():
            raise ValueError("c’est un fichier, il faut un dossier")
        return folder

    @field_validator("erasures_dir")
    @classmethod
    def _elsewhere(cls, folder: Path | None, others: ValidationInfo) -> Path | None:
        # Never asks the other disk: a share that hangs would keep the service from starting.
        own: Path | None = others.data.get("data_dir")  # absent: refused on its own
        if own and folder and folder.absolute() in (own.absolute(), own.resolve()):
            raise ValueError("c’est le dossier de Parole, il en faut un autre")
        return folder

    @field_validator("guides_dir")
    @classmethod
    def _a_folder_that_exists(cls, folder: Path | None) -> Path | None:
        if folder is not None and not folder.is_dir():
            raise ValueError("ce dossier n’existe pas")
        return folder

    @field_validator("database_url")
    @classmethod
    def _a_database(cls, url: str, others: ValidationInfo) -> str:
        if not url:
            return f"sqlite:///{others.data.get('data_dir', Path('data')) / 'parole.db'}"
        kind, _, rest = url.partition("://")
        if kind == "sqlite" and len(rest) > 1 and rest.startswith("/") and rest != "/:memory:":
            return url
        if kind in {"postgres", "postgresql", "postgresql+psycopg"} and rest:
            if why := poor_password(url):
                raise ValueError(why)
            return f"postgresql+psycopg://{rest}"
        raise ValueError("il faut une adresse sqlite:///… ou postgresql://…")

    @field_validator("master_key")
    @classmethod
    def _a_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is None:
            return None
        written = key.get_secret_value().strip().replace("-", "+").replace("_", "/")
        try:
            octets = base64.b64decode(written + "=" * (-len(written) % 4), validate=True)
        except (binascii.Error, ValueError):
            octets = b""
        if len(octets) != 32:
            raise ValueError("cette clé n’est pas de 32 octets en base64")
        if why := guessable_key(octets):
            raise ValueError(why)
        return SecretStr(base64.b64encode(octets).decode())

    @field_validator("public_url", "telegram_api", "quick_exit_url")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        if url is not None and not _is_web(url):
            raise ValueError("il faut une adresse qui commence par http:// ou https://")
        return url.rstrip("/") if url else url

    @field_validator("proxies")
    @classmethod
    def _networks(cls, written: str) -> str:
        named = [one.strip() for one in written.split(",") if one.strip()]
        try:
            return ",".join(str(ip_network(one)) for one in named)
        except ValueError:
            raise ValueError("ce ne sont pas des adresses ou des réseaux") from None

    @field_validator("guide")
    @classmethod
    def _a_guide_name(cls, name: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise ValueError("un nom de guide s’écrit en minuscules, chiffres et tirets")
        return name

    @field_validator("rasa_url")
    @classmethod
    def _an_understanding(cls, url: str | None) -> str | None:
        if url is None or url == "off" or url.startswith("unix:/") or _is_web(url):
            return url.rstrip("/") if url else url
        raise ValueError("il faut « off », http://… ou unix:/…")

    @field_validator("telegram_token")
    @classmethod
    def _a_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token and not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token.get_secret_value()):
            raise ValueError("ce jeton n’a pas la forme d’un jeton de Telegram")
        if token and token.get_secret_value().startswith("123456:ABC"):
            raise ValueError("ce jeton est celui de l’exemple")
        return token

    @field_validator("telegram_secret", "metrics_token")
    @classmethod
    def _a_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret.get_secret_value()):
            raise ValueError("il faut 16 à 256 caractères parmi A-Z, a-z, 0-9, _ et -")
        if secret and (why := guessable(secret.get_secret_value())):
            raise ValueError(why)
        return secret

    @field_validator("telegram_mode")
    @classmethod
    def _all_a_webhook_needs(cls, mode: str, others: ValidationInfo) -> str:
        if mode == "webhook" and others.data.get("telegram_token"):
            for name in ("public_url", "telegram_secret"):
                if name in others.data and not others.data[name]:
                    raise ValueError(f"le mode webhook demande aussi {PREFIX}{name.upper()}")
        return mode

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @property
    def given_key(self) -> str | None:
        """The master key, when it is in the settings and not in a file."""
        return self.master_key.get_secret_value() if self.master_key else None

    @property
    def to_change(self) -> tuple[str, ...]:
        """What the organiser has to write before opening: texts that are ours, the last day."""
        fields = type(self).model_fields
        ours = (n for n in fields if is_to_write(n) and getattr(self, n) == fields[n].default)
        return tuple(variable(name) for name in ours)


def load(**overrides: object) -> Settings:
    """The settings: `overrides` that are not None, then the environment, then `.env`.

    PAROLE_ENV_FILE names another file than `.env`. Raises SettingsError.
    """
    file = Path(os.environ.get(f"{PREFIX}ENV_FILE", ".env"))
    _refuse_unknown(file)
    given: dict[str, Any] = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(_env_file=file, **given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "data_dir"
        raise SettingsError(variable(name), _problem(dict(first)), _remedy(name)) from None
    except UnreadableValue as error:
        name = next((name for name in Settings.model_fields if f'"{name}"' in str(error)), "")
        remedy = _remedy(name) if name else "Comparez avec .env.example"
        raise SettingsError(variable(name), "la valeur est illisible", remedy) from None


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def is_to_write(name: str) -> bool:
    """Whether the organiser has to write this setting before opening to the public."""
    return name.startswith("organiser_") or name == "closing_date"


def _is_web(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and " " not in url


def _problem(error: dict[str, Any]) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return PROBLEMS.get(error["type"], "cette valeur ne convient pas").format(
        **error.get("ctx", {})
    )


def _remedy(name: str) -> str:
    if name in REMEDIES:
        return REMEDIES[name]
    return f"Par exemple : {variable(name)}={(Settings.model_fields[name].examples or [''])[0]}"


def _refuse_unknown(file: Path) -> None:
    known = [variable(name) for name in Settings.model_fields]
    try:
        if f"{PREFIX}ENV_FILE" in os.environ and not file.exists():
            remedy = f"Faites ce fichier, ou enlevez {PREFIX}ENV_FILE"
            raise SettingsError(f"{PREFIX}ENV_FILE", f"il n’y a pas de fichier {file}", remedy)
        written = dotenv_values(file, encoding="utf-8") if file.is_file() else {}
    except (OSError, UnicodeDecodeError):
        remedy = "Vérifiez qu’il est en UTF-8 et que vous pouvez le lire"
        raise SettingsError(str(file), "ce fichier est illisible", remedy) from None
    for name in written:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            remedy = f"Vouliez-vous {near[0]} ?" if near else "Comparez avec .env.example"
            raise SettingsError(name, f"ce réglage du fichier {file} n’existe pas", remedy)
    for name in os.environ:  # only slips: a container's host may add names of its own
        slip = name.startswith(PREFIX) and name not in (*known, *NOT_SETTINGS)
        if slip and (near := difflib.get_close_matches(name, known, n=1, cutoff=0.85)):
            raise SettingsError(name, "ce réglage n’existe pas", f"Vouliez-vous {near[0]} ?")
