"""What the OpenAPI page says of the JSON API: shapes, examples, problems. Nothing runs by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from bot.channels import web_problems as problems
from bot.channels.web_problems import KINDS, PROBLEM_JSON, Problem
from bot.channels.web_reading import LARGEST_BODY, OPENING_ID
from bot.origins import PATTERN

TAG = "conversation"
TOKEN = "mZ0V1nq4mCk1l7r2d0v3bq9Tt5w8x6yA-JcE_fHgKLM"  # noqa: S105 (an example)
REPLY: dict[str, Any] = {
    "id": "2.1",
    "text": "Avez-vous 15 ans ou plus ?",
    "choices": [{"label": "Oui", "value": "age:yes"}, {"label": "Non", "value": "age:no"}],
}


class ReplyChoice(BaseModel):
    """Un bouton."""

    label: str = Field(description="Ce que le bouton affiche.")
    value: str = Field(description="Ce qu'il faut renvoyer dans « choice », tel quel.")


LANGUAGE: Any = Field(
    None, description="Présent quand ce texte n'est pas en français : sa langue (ISO 639-1)."
)
DIRECTION: Any = Field(
    None, description="Présent avec « language » : « rtl » pour un texte de droite à gauche."
)


class ReplyShown(BaseModel):
    """Une chose dite par l'assistant."""

    id: str = Field(description="Toujours le même pour la même réponse.")
    text: str = Field(description="Du texte simple, avec des retours à la ligne.")
    choices: list[ReplyChoice] = Field(description="Les boutons, ou une liste vide.")
    language: str | None = LANGUAGE
    direction: str | None = DIRECTION


class Opened(BaseModel):
    """Une conversation qui commence."""

    model_config = ConfigDict(json_schema_extra={"example": {"token": TOKEN, "replies": [REPLY]}})

    token: str = Field(description="La clé de la conversation. À garder secrète.")
    replies: list[ReplyShown]


class Answered(BaseModel):
    """La réponse à un message."""

    model_config = ConfigDict(json_schema_extra={"example": {"replies": [REPLY],
                                                             "finished": False}})  # fmt: skip

    replies: list[ReplyShown]
    finished: bool = Field(description="Toutes les questions ont reçu leur réponse.")
    erased: bool = Field(
        default=False, description="Présent et vrai quand ce message a fait tout effacer."
    )
    reread: bool = Field(
        default=False,
        description="Présent et vrai quand le fil n'est plus le même : une autre personne "
        "commence, ou le bon code a été donné. Ne montrez plus l'ancien, et relisez le fil.",
    )


class ThreadMessage(BaseModel):
    """Un message du fil."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(description="« 2 » pour la personne, « 2.1 » pour l'assistant.")
    sender: str = Field(alias="from", description="« person » ou « assistant ».")
    text: str
    choices: list[ReplyChoice] = Field(description="Toujours vide pour la personne.")
    language: str | None = LANGUAGE
    direction: str | None = DIRECTION
    at: str = Field(description="Date et heure, ISO 8601, temps universel.")


class ThreadShown(BaseModel):
    """Tout ce qui a été dit, du plus ancien au plus récent."""

    messages: list[ThreadMessage]
    finished: bool


class OpeningSent(BaseModel):
    """Pour commencer. Tous les champs sont facultatifs."""

    guide: str | None = Field(None, description="Le nom d'un guide. Sans lui : celui du service.")
    origin: str | None = Field(
        None, description="Le lien par où la personne est venue.", pattern=f"^{PATTERN}$"
    )
    opening: str | None = Field(
        None,
        description="Un secret tiré au hasard, de 128 bits au moins, nouveau pour chaque personne. "
        "Renvoyé dans les 15 minutes, il rend la même conversation, tant que rien n'y est répondu.",
        pattern=f"^{OPENING_ID.pattern}$",
    )


class MessageSent(BaseModel):
    """Un message : « text » ou « choice », jamais les deux."""

    id: str = Field(
        description="Unique pour cette conversation, fait par vous. Le même id redonne les mêmes "
        "réponses : en cas de doute, renvoyez le même message.",
        max_length=100,
    )
    text: str | None = Field(
        None,
        description="Les mots de la personne, gardés tels quels. Seuls changements : le "
        "caractère NUL est retiré, un demi-caractère Unicode devient U+FFFD.",
    )
    choice: str | None = Field(None, description="La « value » d'un bouton.", max_length=200)


class ProblemShown(BaseModel):
    """Une erreur (RFC 9457), en français. Elle ne répète jamais ce qui a été envoyé."""

    type: str
    title: str
    status: int
    detail: str = Field(description="Ce qui ne va pas, et que faire.")


ALWAYS = (problems.failed(), problems.busy())
ABOUT_TOKEN = (problems.unknown_token(), problems.elsewhere(), problems.erased())
OFTEN = problems.too_often(20)
UNKNOWN_TOKENS = problems.unknown_tokens(1200)
COPY_PROBLEMS = (*ABOUT_TOKEN, problems.locked(), OFTEN, UNKNOWN_TOKENS)
ABOUT_BODY = (problems.unreadable(), problems.too_big(LARGEST_BODY))
OPENING_PROBLEMS = (
    *ABOUT_BODY,
    problems.unknown_guide(),
    problems.opened_before(),
    problems.too_many(1200),
    problems.no_room(),
    problems.bad_field("« guide » doit être un texte."),
)
MESSAGE_PROBLEMS = (
    *ABOUT_BODY,
    *ABOUT_TOKEN,
    problems.bad_field("Envoyez « text » ou « choice », l’un des deux."),
    problems.too_long(12_000, 10_000),
    problems.too_fast(20),
    UNKNOWN_TOKENS,
)


def responses(success: dict[int | str, dict[str, Any]], *possible: Problem) -> dict[int | str, Any]:
    """The responses of one route."""
    documented: dict[int | str, Any] = {**success}
    for problem in (*possible, *ALWAYS):
        known = documented.setdefault(
            problem.status,
            {
                "description": problem.title,
                "content": {
                    PROBLEM_JSON: {"schema": ProblemShown.model_json_schema(), "examples": {}}
                },
            },
        )
        example = {"summary": KINDS[problem.kind][1], "value": problem.shown()}
        known["content"][PROBLEM_JSON]["examples"][problem.kind] = example
    return documented


def sent(model: type[BaseModel], examples: dict[str, Any], *, required: bool) -> dict[str, Any]:
    """The request body of one route."""
    content = {
        "schema": model.model_json_schema(),
        "examples": {name: {"value": value} for name, value in examples.items()},
    }
    return {"requestBody": {"required": required, "content": {"application/json": content}}}


OPENING = sent(
    OpeningSent,
    {"simple": {}, "avec un lien": {"guide": "cese-2022", "origin": "maison-de-quartier"}},
    required=False,
)
BY_TOKEN: dict[str, Any] = {"security": [{"bearer": []}, {"page": []}]}
MESSAGE = BY_TOKEN | sent(
    MessageSent,
    {"des mots": {"id": "a1", "text": "Bonjour"}, "un bouton": {"id": "a2", "choice": "age:yes"}},
    required=True,
)
SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "Le « token » reçu à l'ouverture de la conversation.",
    },
    "page": {
        "type": "apiKey",
        "in": "cookie",
        "name": "parole",
        "description": "Le cookie de la page, accepté depuis la page seulement. "
        "Sous https il se nomme `__Host-parole`.",
    },
}


def document(app: FastAPI) -> None:
    """Add the two ways of saying who one is to the application's OpenAPI description."""
    without: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        described = without()
        described.setdefault("components", {})["securitySchemes"] = SCHEMES
        return described

    app.openapi = openapi  # type: ignore[method-assign]
