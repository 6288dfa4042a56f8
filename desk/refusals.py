"""Why a page of the desk is not shown. Each becomes a page in French, or a way to sign in."""

from __future__ import annotations

from dataclasses import dataclass


class SignInFirst(Exception):
    """Nobody is signed in. `expired`: somebody was."""

    def __init__(self, *, expired: bool, code: bool = False) -> None:
        self.expired, self.code = expired, code


@dataclass(eq=False)
class Refused(Exception):
    """A request that cannot be answered as asked. Nothing here quotes what was sent."""

    status: int
    title: str
    detail: str
    remedy: str = ""
    after: int | None = None  # seconds to wait
    home: bool = True  # whether the first page may be opened


def not_found() -> Refused:
    return Refused(
        404, "Il n’y a rien à cette adresse", "Le lien est ancien, ou il manque une lettre.",
        "Revenez à l’accueil, puis suivez le menu.",
    )  # fmt: skip


def not_allowed(role: str) -> Refused:
    return Refused(
        403, "Cette page n’est pas pour votre compte", f"Il faut le rôle « {role} ».",
        "La personne qui gère les comptes peut vous le donner.",
    )  # fmt: skip


def needs_second_factor(role: str) -> Refused:
    return Refused(
        403, "Il manque votre code de sécurité",
        f"Vous avez le rôle « {role} », mais il ne sert qu’avec un code à 6 chiffres.",
        "Demandez à la personne qui gère les comptes de lancer « parole staff second-factor », "
        "puis connectez-vous à nouveau.",
    )  # fmt: skip


def elsewhere() -> Refused:
    return Refused(
        403, "Cette demande vient d’ailleurs", "Rien n’a été changé.",
        "Ouvrez la page de l’équipe, puis recommencez depuis elle.",
    )  # fmt: skip


def stale_form() -> Refused:
    return Refused(
        403, "Cette page était trop ancienne", "Rien n’a été changé.",
        "Rechargez la page, puis recommencez.",
    )  # fmt: skip


def needs_https(public: str | None) -> Refused:
    there = (
        f"Ouvrez {public}/equipe. Vous y êtes déjà ? " if (public or "").startswith("https") else ""
    )
    return Refused(
        403, "Cette page demande une adresse en https",
        "Sans elle, votre mot de passe se lirait sur le réseau. Rien n’est ouvert.",
        f"{there}La personne qui exploite le service règle PAROLE_PUBLIC_URL et PAROLE_PROXIES "
        "(docs/operate.md). Sur la machine même, l’adresse http://127.0.0.1 suffit.", home=False,
    )  # fmt: skip


def too_big() -> Refused:
    return Refused(413, "L’envoi est trop gros", "Rien n’a été changé.")


def bad_field(detail: str) -> Refused:
    return Refused(422, "Un champ est à corriger", detail, "Revenez en arrière et corrigez-le.")


def busy() -> Refused:
    return Refused(
        503, "La base de données est occupée", "Rien n’a été changé.",
        "Recommencez dans quelques secondes.", after=5,
    )  # fmt: skip


def failed() -> Refused:
    return Refused(
        500, "Panne de notre côté", "Ce n’est pas votre faute, et l’erreur est notée.",
        "Recommencez dans un moment.",
    )  # fmt: skip
