"""The journal: who did what and when, with filters, and the check of its chain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.set_aside import WHY
from bot.staff import PAROLE, Act, Line
from desk.moments import PARIS
from desk.refusals import bad_field
from desk.shell import Desk

A_PAGE = 50

ACTS: Mapping[Act, str] = {
    Act.SIGN_IN: "connexion",
    Act.SIGN_IN_REFUSED: "connexion refusée",
    Act.SIGN_OUT: "déconnexion",
    Act.SIGN_OUT_EVERYWHERE: "déconnexion de tous les appareils",
    Act.SESSION_CLOSED: "une session fermée",
    Act.ACCOUNT_ADDED: "compte créé",
    Act.ACCOUNT_CLOSED: "compte fermé",
    Act.ROLES_CHANGED: "rôles changés",
    Act.PASSWORD_CHANGED: "mot de passe changé",
    Act.SECOND_FACTOR_SET: "code de sécurité réglé",
    Act.CONTRIBUTION_READ: "contribution lue",
    Act.TRANSCRIPT_READ: "conversation lue",
    Act.DECIDED: "décision prise",
    Act.MERGED: "contributions réunies",
    Act.KEPT_APART: "contributions gardées séparées",
    Act.TEXT_CONFIRMED: "texte confirmé",
    Act.CODEBOOK_CHANGED: "grille de codes changée",
    Act.CODED: "passage codé",
    Act.TARGETS_CHANGED: "objectifs changés",
    Act.SNAPSHOT_TAKEN: "instantané pris",
    Act.SNAPSHOT_DELETED: "instantané supprimé",
    Act.EXPORT_ASKED: "export demandé",
    Act.EXPORT_MADE: "export terminé",
    Act.EXPORT_TAKEN: "export téléchargé",
    Act.IMPORTED: "fichier importé",
    Act.MAPPING_CHANGED: "feuille de colonnes changée",
    Act.COMPARED: "comparaison avec l’autre plateforme",
    Act.MATCHED: "ressemblance décidée",
    Act.ERASURE: "effacement",
    Act.PURGED: "effacement à la fin de la durée de conservation",
    Act.BACKED_UP: "sauvegarde faite",
    Act.RESTORED: "sauvegarde remise en place",
    Act.KEY_ROTATED: "clé maîtresse changée",
    Act.OLD_KEY_DESTROYED: "ancienne clé détruite",
    Act.LETTER_REPLAYED: "message mis de côté repris",
    Act.LETTER_DISCARDED: "message mis de côté écarté",
}
DETAILS: Mapping[str, str] = {
    "account": "compte",
    "reference": "référence",
    "roles": "rôles",
    "sessions": "appareils",
    "sha256": "SHA-256",
    "format": "format",
    "formats": "formats",
    "profile": "profil",
    "decision": "décision",
    "reason": "raison",
    "into": "réunie à",
    "snapshot": "instantané",
    "package": "export",
    "exports": "exports",
    "participations": "participations",
    "contributions": "contributions",
    "references": "références",
    "near": "semblables montrées",
    "code": "code",
    "guide": "guide",
    "step": "question",
    "file": "fichier",
    "source": "plateforme",
    "voices": "messages vocaux",
    "new": "nouvelles",
    "changed": "modifiées",
    "same": "pareilles",
    "sheet": "feuille",
    "said": "dit",
    "removed": "retirées",
    "words": "mots relus",
    "conversations": "conversations",
    "others": "autres valeurs",
    "erased": "effacées",
    "erased_again": "effacées à nouveau",
    "until": "restées sans changement jusqu’au",
    "backup": "sauvegarde du",
    "taken_back": "accords retirés à nouveau",
    "list_behind": "liste des effacements en retard",
    "list_until": "liste des effacements jusqu’au",
    "without_list": "sans liste des effacements",
    "letter": "message",
    "outcome": "résultat",
}
WORDS = {"text": "texte", "title": "titre", "topic": "sujet", "public": "pour qui"}


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()

    async def shown(request: Request, **more: Any) -> Response:
        asked = request.query_params
        filters = {name: asked.get(name, "") for name in ("qui", "quoi", "sur", "du", "au")}
        lines = await desk.run(
            desk.memory.journal.lines,
            who=filters["qui"][:40],
            what=filters["quoi"][:40],
            reference=filters["sur"].strip().upper()[:20],
            since=_day(filters["du"]),
            until=_day(filters["au"]),
            older_than=_number(asked.get("avant", "")),
            limit=A_PAGE + 1,
        )
        people = await desk.run(desk.memory.journal.people)
        return desk.page(
            request,
            "journal.html",
            lines=[_told(line) for line in lines[:A_PAGE]],
            older=lines[A_PAGE - 1].id if len(lines) > A_PAGE else None,
            filters=filters,
            filtered=any(filters.values()),
            people=people,
            acts=sorted(((act.value, label) for act, label in ACTS.items()), key=lambda a: a[1]),
            **more,
        )

    @router.get("/journal", name="journal")
    async def journal(request: Request) -> Response:
        return await shown(request, chain=None)

    @router.get("/journal/verification", name="journal.check")
    async def journal_check(request: Request) -> Response:
        return await shown(request, chain=await desk.aside(desk.memory.journal.check))

    return router


def _told(line: Line) -> dict[str, str]:
    about = ", ".join(_detail(name, value) for name, value in sorted(line.about.items()))
    act = ACTS.get(Act(line.what), line.what) if line.what in set(Act) else line.what
    return {"at": _local(line), "who": line.who, "what": act, "about": about}


def _detail(name: str, value: str | int) -> str:
    if name == "second_factor":
        return "avec le code" if value else "sans code"
    if name == "words":
        value = ", ".join(WORDS.get(role, role) for role in str(value).split())
    if name == "outcome":
        value = WHY.get(str(value), value)
    return f"{DETAILS.get(name, name)}\u00a0: {value}"


def _local(line: Line) -> str:
    at = datetime.strptime(line.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if line.who == PAROLE and line.what == Act.ERASURE:  # only its day is kept
        return at.strftime("%d/%m/%Y")
    return at.astimezone(PARIS).strftime("%d/%m/%Y %H:%M:%S")


def _day(written: str) -> date | None:
    """Raises Refused for what is not a day."""
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise bad_field("Cette date ne se lit pas. Écrivez-la comme 2026-04-30.") from None


def _number(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None
