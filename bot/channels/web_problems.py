"""What the web door says when it cannot answer: RFC 9457 problems, in French, quoting nobody."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from bot.errors import DatabaseBusy, DatabaseDamaged, DatabaseFull, NoRoom, StorageError

PROBLEM_JSON = "application/problem+json"


@dataclass(eq=False)
class Problem(Exception):
    """A request that cannot be answered as asked. `detail` never holds what was sent."""

    kind: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return KINDS[self.kind][0]

    @property
    def title(self) -> str:
        return KINDS[self.kind][1]

    def shown(self) -> dict[str, str | int]:
        """The body of the answer."""
        return {
            "type": f"urn:parole:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }

    def response(self) -> Response:
        body = json.dumps(self.shown(), ensure_ascii=False).encode()
        return Response(body, self.status, dict(self.headers), PROBLEM_JSON)


KINDS: Mapping[str, tuple[int, str]] = {
    "unreadable": (400, "Message illisible"),
    "unknown-token": (401, "Conversation inconnue"),
    "moved": (401, "Conversation continuée ailleurs"),
    "elsewhere": (403, "Demande venue d’un autre site"),
    "not-found": (404, "Adresse inconnue"),
    "unknown-guide": (404, "Consultation inconnue"),
    "method": (405, "Méthode impossible ici"),
    "opened-before": (409, "Ouverture déjà servie"),
    "erased": (410, "Conversation effacée"),
    "locked": (423, "Conversation fermée par un code"),
    "too-big": (413, "Envoi trop gros"),
    "bad-field": (422, "Champ à corriger"),
    "too-long": (422, "Texte trop long"),
    "too-fast": (429, "Trop de messages"),
    "too-often": (429, "Trop de demandes"),
    "unknown-tokens": (429, "Trop de conversations inconnues"),
    "too-many": (429, "Trop de conversations"),
    "refused": (400, "Demande refusée"),
    "failed": (500, "Panne de notre côté"),
    "damaged": (500, "Conversation abîmée"),
    "no-room": (503, "Pas de nouvelle conversation pour le moment"),
    "busy": (503, "Service occupé"),
    "unfit": (503, "Service en panne"),
}


def unreadable() -> Problem:
    return Problem("unreadable", "Ce n’est pas du JSON valable. Envoyez un objet JSON en UTF-8.")


def too_deep(deepest: int) -> Problem:
    return Problem("unreadable", f"Le JSON a plus de {deepest} niveaux. Envoyez un objet simple.")


def unknown_token() -> Problem:
    detail = "Nous ne retrouvons pas cette conversation. Commencez-en une nouvelle."
    return Problem("unknown-token", detail, {"WWW-Authenticate": "Bearer"})


def moved() -> Problem:
    detail = "Votre conversation continue ailleurs, avec votre code de retour."
    return Problem("moved", detail, {"WWW-Authenticate": "Bearer"})


def elsewhere() -> Problem:
    return Problem("elsewhere", "Ouvrez la page de la consultation, puis recommencez depuis elle.")


def not_found() -> Problem:
    return Problem("not-found", "Il n’y a rien à cette adresse. Vérifiez le lien.")


def unknown_guide() -> Problem:
    return Problem("unknown-guide", "Cette consultation n’existe pas ici. Vérifiez le lien.")


def method(allowed: str) -> Problem:
    return Problem("method", "Cette adresse ne répond pas à cette méthode.", {"Allow": allowed})


def opened_before() -> Problem:
    detail = "Cette ouverture a déjà servi. Tirez un autre « opening » au hasard, puis recommencez."
    return Problem("opened-before", detail)


def erased() -> Problem:
    detail = "Cette conversation a été effacée. Il n’en reste rien. Vous pouvez recommencer."
    return Problem("erased", detail)


def locked() -> Problem:
    detail = "Un code ferme cette conversation. Donnez d’abord le code dans la conversation."
    return Problem("locked", detail)


def too_big(limit: int) -> Problem:
    detail = f"L’envoi dépasse {limit // 1024} Ko. Envoyez votre texte en plusieurs fois."
    return Problem("too-big", detail, {"Connection": "close"})


def bad_field(detail: str) -> Problem:
    return Problem("bad-field", detail)


def too_long(length: int, limit: int) -> Problem:
    detail = (
        f"Votre texte fait {in_french(length)} caractères, la limite est {in_french(limit)}. "
        "Raccourcissez-le, ou envoyez-le en plusieurs fois."
    )
    return Problem("too-long", detail)


def too_fast(after: float) -> Problem:
    seconds, wait = _wait(after, 1, "seconde")
    detail = (
        f"Vous écrivez vite, et nous voulons tout lire. Renvoyez le dernier message dans {wait}."
    )
    return Problem("too-fast", detail, {"Retry-After": str(seconds)})


def too_often(after: float) -> Problem:
    """Reading, copying or erasing again and again."""
    seconds, wait = _wait(after, 1, "seconde")
    detail = f"Vous demandez cela très souvent. Recommencez dans {wait}."
    return Problem("too-often", detail, {"Retry-After": str(seconds)})


def unknown_tokens(after: float) -> Problem:
    """Conversations that nobody began, asked for from one connection."""
    seconds, wait = _wait(after, 60, "minute")
    detail = (
        "Beaucoup de demandes pour des conversations inconnues viennent de votre connexion à "
        f"Internet. Revenez dans {wait}."
    )
    return Problem("unknown-tokens", detail, {"Retry-After": str(seconds)})


def too_many(after: float) -> Problem:
    seconds, wait = _wait(after, 60, "minute")
    detail = (
        "Beaucoup de conversations viennent de commencer avec votre connexion à Internet. "
        f"Revenez dans {wait}."
    )
    return Problem("too-many", detail, {"Retry-After": str(seconds)})


def busy() -> Problem:
    detail = "Beaucoup de personnes répondent en ce moment. Renvoyez le même message dans 5 s."
    return Problem("busy", detail, {"Retry-After": "5"})


def full() -> Problem:
    detail = (
        "Nous ne pouvons rien garder pour le moment. Renvoyez le même message dans 5 s. "
        "En cas de danger, appelez le 112."
    )
    return Problem("busy", detail, {"Retry-After": "5"})


def no_room() -> Problem:
    detail = (
        "Nous ne pouvons pas commencer de nouvelle conversation pour le moment : revenez dans "
        "10 minutes. Si vous avez déjà commencé, vous pouvez continuer. "
        "En cas de danger, appelez le 112."
    )
    return Problem("no-room", detail, {"Retry-After": "600"})


def unfit() -> Problem:
    detail = (
        "Rien n’est perdu de vos réponses d’avant. Revenez un peu plus tard. "
        "En cas de danger, appelez le 112."
    )
    return Problem("unfit", detail, {"Retry-After": "60"})


def failed() -> Problem:
    detail = (
        "Ce n’est pas votre faute. Renvoyez le même message dans un moment. "
        "En cas de danger, appelez le 112."
    )
    return Problem("failed", detail)


def damaged(contact: str) -> Problem:
    """Sending again changes nothing: parole.js does not, for this kind only."""
    detail = (
        "À cause d’une panne, nous ne pouvons plus garder vos messages. Copiez votre texte, et "
        f"écrivez plutôt ici : {contact}. En cas de danger, appelez le 112."
    )
    return Problem("damaged", detail)


def of_storage(error: StorageError, contact: str) -> Problem:
    if isinstance(error, NoRoom):
        return no_room()
    if isinstance(error, DatabaseFull):
        return full()
    if isinstance(error, DatabaseDamaged):
        return damaged(contact)
    return busy() if isinstance(error, DatabaseBusy) else unfit()


def of_status(status: int, allowed: str = "") -> Problem:
    """The problem for an error of the framework."""
    if status == 404:
        return not_found()
    if status == 405:
        return method(allowed)
    return Problem("refused", "Cette demande ne peut pas être comprise. Vérifiez-la.")


def _wait(after: float, unit: int, name: str) -> tuple[int, str]:
    """Whole seconds, for a header, and the words for them: « une minute », « 3 minutes »."""
    many = max(1, math.ceil(after / unit))
    return max(1, math.ceil(after)), f"{many} {name}s" if many > 1 else f"une {name}"


def in_french(number: int) -> str:
    """A number as French writes it: 10 000, with a narrow space that does not break."""
    return f"{number:,}".replace(",", "\u202f")
