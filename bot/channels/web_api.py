"""The JSON API: open a conversation, send a message, read again, copy, erase."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.channels import web_openapi as docs
from bot.channels.web_door import Door
from bot.channels.web_reading import body, json_object, message, opening, opening_id
from bot.channels.web_talk import Talk, Thread

THREAD_EXAMPLE = {
    "messages": [
        {"id": "1.1", "from": "assistant", "text": "Bonjour.", "choices": [],
         "at": "2022-03-01T12:30:15+00:00"},
        {"id": "2", "from": "person", "text": "Oui", "choices": [],
         "at": "2022-03-01T12:31:02+00:00"},
    ],
    "finished": False,
}  # fmt: skip
COPY_EXAMPLE = {
    "about": "Voici tout ce que nous gardons sur vous.",
    "copied_at": "2022-03-01T12:40:00+00:00",
    "conversations": [
        {
            "reference": "K7QF-3M2P",
            "channel": "page web",
            "answers": [
                {"question": "Dans quel département vivez-vous ?", "state": "réponse donnée",
                 "answer": ["Nord (59)"], "codes": ["59"], "words": ["Lille"]},
            ],
        }
    ],
    "erased_before": False,
}  # fmt: skip


def routes(talk: Talk, door: Door, max_text: int) -> APIRouter:
    """Every route reads its own JSON, once, and builds its own answer: the bench looks at this."""
    router = APIRouter(prefix="/api", tags=[docs.TAG])

    @router.post(
        "/conversations",
        status_code=201,
        response_model=None,
        summary="Commencer une conversation",
        responses=docs.responses(
            {201: {"model": docs.Opened, "description": "La conversation est ouverte."}},
            *docs.OPENING_PROBLEMS,
        ),
        openapi_extra=docs.OPENING,
    )
    async def open_conversation(request: Request) -> Response:
        """Rend la clé de la conversation et les premières choses dites.

        Le même « opening » rend la même conversation, tant que rien n'y est répondu.
        """
        raw = await body(request)
        fields = json_object(raw) if raw.strip() else {}
        token, given = await talk.open(*opening(fields), opening_id(fields), door.address(request))
        return as_json({"token": token, "replies": talk.given(given)}, 201)

    @router.post(
        "/messages",
        response_model=None,
        summary="Envoyer un message",
        responses=docs.responses(
            {200: {"model": docs.Answered, "description": "Ce que l'assistant répond."}},
            *docs.MESSAGE_PROBLEMS,
        ),
        openapi_extra=docs.MESSAGE,
    )
    async def send_message(request: Request) -> Response:
        """Le même `id` redonne les mêmes réponses, et n'est compté qu'une fois."""
        token = door.token(request)
        id, text, choice = message(json_object(await body(request)), max_text)
        given = await talk.tell(token, id, text, choice, door.address(request))
        answer: dict[str, Any] = {"replies": talk.given(given), "finished": given.finished}
        if talk.reread(given):
            answer["reread"] = True
        if not given.erased:
            return as_json(answer)
        response = as_json(answer | {"erased": True})
        door.forget(response, request.query_params.get("guide"))
        return response

    @router.get(
        "/messages",
        response_model=None,
        summary="Relire toute la conversation",
        responses=docs.responses(
            {
                200: {
                    "model": docs.ThreadShown,
                    "description": "Tout ce qui a été dit.",
                    "content": {"application/json": {"example": THREAD_EXAMPLE}},
                }
            },
            *docs.ABOUT_TOKEN,
            docs.OFTEN,
            docs.UNKNOWN_TOKENS,
        ),
        openapi_extra=docs.BY_TOKEN,
    )
    async def read_messages(request: Request) -> Response:
        """Pour reprendre là où l'on était. Les mots écrits avant l'accord n'y sont pas."""
        return as_json(as_messages(await talk.thread(door.token(request), door.address(request))))

    @router.get(
        "/copy",
        response_model=None,
        summary="Une copie de ce qui est gardé",
        responses=docs.responses(
            {
                200: {
                    "description": "Tout ce qui est gardé sur cette personne.",
                    "content": {"application/json": {"example": COPY_EXAMPLE}},
                }
            },
            *docs.COPY_PROBLEMS,
        ),
        openapi_extra=docs.BY_TOKEN,
    )
    async def copy(request: Request) -> Response:
        """Un fichier JSON complet, à enregistrer."""
        copied = await talk.copy(door.token(request), door.address(request))
        response = as_json(copied, indent=2)
        response.headers["Content-Disposition"] = 'attachment; filename="mes-reponses.json"'
        return response

    @router.delete(
        "/conversation",
        status_code=204,
        response_model=None,
        summary="Tout effacer",
        responses=docs.responses(
            {204: {"description": "Tout est effacé, ou l'était déjà."}},
            *docs.ABOUT_TOKEN[:2],
            docs.OFTEN,
            docs.UNKNOWN_TOKENS,
        ),
        openapi_extra=docs.BY_TOKEN,
    )
    async def erase(request: Request) -> Response:
        """Efface tout de suite, sans demander confirmation. On ne peut pas revenir en arrière."""
        await talk.erase(door.token(request), door.address(request))
        response = Response(status_code=204)
        door.forget(response, request.query_params.get("guide"))
        return response

    return router


def as_json(content: Mapping[str, Any], status: int = 200, indent: int | None = None) -> Response:
    separators = None if indent else (",", ":")
    written = json.dumps(content, ensure_ascii=False, indent=indent, separators=separators)
    return Response(written.encode(), status, media_type="application/json")


def as_messages(thread: Thread) -> dict[str, Any]:
    """The thread as one list, oldest first."""
    messages: list[dict[str, Any]] = []
    for one in thread.exchanges:
        if one.said:
            messages.append(
                {"id": str(one.turn), "from": "person", "text": one.said, "choices": [],
                 "at": one.at}
            )  # fmt: skip
        for reply in one.replies:
            messages.append({"id": reply["id"], "from": "assistant", **reply, "at": one.at})
    return {"messages": messages, "finished": thread.finished}
