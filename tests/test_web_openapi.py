"""The description of the API is complete, and says what the routes do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator

from bot.channels.web_problems import PROBLEM_JSON
from tests.web_service import Person, service

pytestmark = pytest.mark.anyio
ROUTES = {
    ("post", "/api/conversations"): {
        "201",
        "400",
        "404",
        "409",
        "413",
        "422",
        "429",
        "500",
        "503",
    },
    ("post", "/api/messages"): {
        "200",
        "400",
        "401",
        "403",
        "410",
        "413",
        "422",
        "429",
        "500",
        "503",
    },
    ("get", "/api/messages"): {"200", "401", "403", "410", "429", "500", "503"},
    ("get", "/api/copy"): {"200", "401", "403", "410", "423", "429", "500", "503"},
    ("delete", "/api/conversation"): {"204", "401", "403", "429", "500", "503"},
}


def operations(schema: dict[str, Any]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield (method, path), operation


async def test_every_route_is_described(sqlite_template: Path, tmp_path: Path) -> None:
    async with service(sqlite_template, tmp_path) as web:
        schema = web.app.openapi()
        served = {
            (method.lower(), route.path)
            for route in web.app.routes
            if isinstance(route, APIRoute) and route.path.startswith("/api/")
            for method in route.methods
        }
    described = dict(operations(schema))
    assert set(described) == set(ROUTES)
    assert served <= set(ROUTES)
    for name, operation in described.items():
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["responses"]) == ROUTES[name], name
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            [(kind, content)] = response["content"].items()
            assert kind == PROBLEM_JSON
            for example in content["examples"].values():
                Draft202012Validator(content["schema"]).validate(example["value"])
                assert example["value"]["status"] == int(status)
        if name[0] == "post":
            assert operation["requestBody"]["content"]["application/json"]["examples"]
        if name != ("post", "/api/conversations"):
            assert operation["security"] == [{"bearer": []}, {"page": []}]


async def test_answers_have_the_described_shape(sqlite_template: Path, tmp_path: Path) -> None:
    async with service(sqlite_template, tmp_path) as web, web.client() as client:
        schema = (await client.get("/openapi.json")).json()

        def check(method: str, path: str, status: str, body: object) -> None:
            content = schema["paths"][path][method]["responses"][status]["content"]
            shape = content["application/json"]["schema"] | {"components": schema["components"]}
            Draft202012Validator(shape).validate(body)

        opened = (await client.post("/api/conversations", json={})).json()
        check("post", "/api/conversations", "201", opened)
        person = Person(client, **opened)
        answered = await person.sends(id="1", choice="qui_repond:seul")
        check("post", "/api/messages", "200", answered.json())
        thread = (await client.get("/api/messages", headers=person.bearer)).json()
        check("get", "/api/messages", "200", thread)
