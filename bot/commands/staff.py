"""The accounts of the staff desk: made, changed and closed here, on the machine."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import usage
from bot.commands.line import Data, say
from bot.errors import StaffError
from bot.staff import GUARDED, PAROLE, Act, Role

if TYPE_CHECKING:
    from storage.desk.accounts import Accounts
    from storage.desk.journal import Journal

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
staff = typer.Typer(
    name="staff",
    cls=usage.Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Gère les comptes de l'équipe, qui se connecte à /equipe.\n\n"
    "Exemple : parole staff add claire --role lecture --role moderation",
)
Login = Annotated[str, typer.Argument(metavar="NOM", help="Le nom du compte.")]
Roles = Annotated[
    list[Role],
    typer.Option("--role", help="Ce que le compte peut faire. À répéter pour plusieurs rôles."),
]
Typed = Annotated[
    bool, typer.Option("--typed", help="Demande le mot de passe au lieu d'en fabriquer un.")
]


@contextmanager
def _office(data: Path | None, *, listing: bool = False) -> Iterator[tuple[Accounts, Journal]]:
    """`listing`: what is closed goes at once in the list that a restore reads."""
    from bot import logs
    from bot.app.memory import open_memory
    from bot.settings import load
    from storage.desk.accounts import Accounts
    from storage.desk.journal import Journal

    logs.set_up("ERROR")
    memory = open_memory(load(data_dir=data), say)
    try:
        yield Accounts(memory.engine, memory.keys), Journal(memory.engine)
        if listing:
            memory.tombstones.sync(memory.engine)
    finally:
        memory.close()


@staff.command(cls=usage.Command)
def add(login: Login, role: Roles, typed: Typed = False, data: Data = None) -> None:
    """Crée un compte et affiche son mot de passe, une seule fois.

    Les rôles : lecture, moderation, export, administration. Les deux derniers demandent aussi un
    code de sécurité : parole staff second-factor.

    Exemple : parole staff add claire --role lecture --role moderation
    """
    if not LOGIN.fullmatch(login) or login == PAROLE:
        raise StaffError(
            f"« {login} » ne convient pas : il faut 2 à 40 minuscules sans accent, chiffres, "
            "points ou tirets. Par exemple : claire.martin"
        )
    password = _password(login, typed=typed)
    with _office(data) as (accounts, journal):
        accounts.add(login, role, _hashed(password), datetime.now(UTC).date())
        journal.write(PAROLE, Act.ACCOUNT_ADDED, {"account": login, "roles": _told(role)})
    say(f"Le compte « {login} » est prêt, avec : {_told(role)}.")
    _shown(password, typed=typed)
    if GUARDED & set(role):
        say(f"Il faut encore son code de sécurité : parole staff second-factor {login}")


@staff.command("list", cls=usage.Command)
def listed(data: Data = None) -> None:
    """Liste les comptes, leurs rôles, et s'ils ont un code de sécurité.

    Exemple : parole staff list
    """
    with _office(data) as (accounts, _):
        every = accounts.all()
    for one in every:
        code = "avec code" if one.second_factor else "sans code"
        state = (code if one.password else "à rouvrir") if one.active else "fermé"
        typer.echo(f"{one.login}\t{_told(one.roles)}\t{state}\t{one.created_on.isoformat()}")
    if not every:
        say("Il n'y a pas encore de compte. Pour en créer un : parole staff add")


@staff.command(cls=usage.Command)
def password(login: Login, typed: Typed = False, data: Data = None) -> None:
    """Donne un autre mot de passe à un compte, affiché une seule fois. Ses sessions se ferment.

    Exemple : parole staff password claire
    """
    new = _password(login, typed=typed)
    with _office(data) as (accounts, journal):
        accounts.change_password(login, _hashed(new))
        journal.write(PAROLE, Act.PASSWORD_CHANGED, {"account": login})
    say(f"Le mot de passe de « {login} » est changé.")
    _shown(new, typed=typed)


@staff.command("second-factor", cls=usage.Command)
def second_factor(
    login: Login,
    svg: Annotated[
        Path | None, typer.Option("--svg", help="Écrit aussi l'image dans un fichier .svg.")
    ] = None,
    data: Data = None,
) -> None:
    """Règle le code de sécurité d'un compte : une image à photographier, montrée une seule fois.

    Elle s'ouvre avec une application de codes, sur le téléphone. L'ancien code ne marche plus.

    Exemple : parole staff second-factor claire
    """
    from desk.signing import second_factor as codes

    secret = codes.new_secret()
    uri = codes.uri(secret, login)
    if svg is not None and (svg.exists() or not svg.parent.is_dir()):
        raise StaffError(f"{svg} : ce fichier existe déjà, ou son dossier n'existe pas.")
    with _office(data) as (accounts, journal):
        accounts.set_secret(login, secret)
        journal.write(PAROLE, Act.SECOND_FACTOR_SET, {"account": login})
    if svg is not None:
        svg.touch(0o600)
        svg.write_bytes(codes.as_svg(uri))
        say(f"L'image est dans {svg}. Effacez-la une fois photographiée.")
    typer.echo(codes.as_text(uri))
    typer.echo(uri)
    say("Photographiez cette image avec l'application de codes. Elle ne sera plus montrée.")


@staff.command("roles", cls=usage.Command)
def change_roles(login: Login, role: Roles, data: Data = None) -> None:
    """Change les rôles d'un compte : il aura ceux-ci, et aucun autre. Ses sessions se ferment.

    Exemple : parole staff roles claire --role lecture
    """
    with _office(data) as (accounts, journal):
        accounts.change_roles(login, role)
        journal.write(PAROLE, Act.ROLES_CHANGED, {"account": login, "roles": _told(role)})
    say(f"« {login} » a maintenant : {_told(role)}.")


@staff.command(cls=usage.Command)
def remove(login: Login, data: Data = None) -> None:
    """Ferme un compte et ses sessions. Son nom reste dans le journal, et ne resservira pas.

    Exemple : parole staff remove claire
    """
    with _office(data, listing=True) as (accounts, journal):
        accounts.close(login)
        journal.write(PAROLE, Act.ACCOUNT_CLOSED, {"account": login})
        say(f"Le compte « {login} » est fermé.")


def _password(login: str, *, typed: bool) -> str:
    from desk.signing import passwords

    if not typed:
        return passwords.made()
    new = _typed("Mot de passe : ")
    passwords.check(new, login)
    if _typed("Le même encore : ") != new:
        raise StaffError("Les deux mots de passe sont différents. Recommencez.")
    return new


def _typed(asked: str) -> str:
    """A line that the terminal does not show."""
    if sys.stdin.isatty():
        return getpass.getpass(asked)
    return sys.stdin.readline().rstrip("\r\n")


def _hashed(password: str) -> str:
    from desk.signing.passwords import Passwords

    return Passwords().hashed(password)


def _shown(password: str, *, typed: bool) -> None:
    if not typed:
        typer.echo(password)
        say("C'est son mot de passe. Notez-le : il ne sera plus montré.")


def _told(roles: frozenset[Role] | list[Role]) -> str:
    return ", ".join(role.value for role in Role if role in roles) or "aucun rôle"
