from collections.abc import Sequence
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from carnet.web.routing import Addresses, AnswersFaults, Application


class Door:
    """Says its own name, and what its address told it."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        told = f"{self._name} {scope.get('path_params')}"
        await send({"type": "http.response.body", "body": told.encode()})


class SureDoor(Door, AnswersFaults):
    """One that answers its faults."""


def routes() -> list[BaseRoute]:
    return [
        Route("/fhir", SureDoor("root"), methods=["POST"]),
        Route("/fhir/Binary/{id}", SureDoor("binary"), methods=["GET"]),
        Route("/fhir/{type}/_search", Door("search"), methods=["POST"]),
        Route("/fhir/Binary", Door("binaries"), methods=["GET"]),
        Route("/fhir/{type}/{id}", Door("any"), methods=["GET", "DELETE"]),
        Mount("/static", Door("files")),
        Route("/", Door("home"), methods=["GET"]),
        Route("/demo/enter/{name}", Door("enter"), methods=["GET"]),
        Route("/{rest:path}", Door("nowhere"), methods=["GET"]),
    ]


async def answered(router: ASGIApp, method: str, path: str) -> tuple[int, bytes]:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": [], "query_string": b""}
    await router(scope | {"server": ("carnet.test", 80), "scheme": "http"}, receive, send)
    return sent[0]["status"], sent[-1].get("body", b"")


@pytest.mark.parametrize("served", [routes(), routes()[:-1]])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/", "/fhir", "/fhir/", "/fhir/Binary", "/fhir/Binary/", "/fhir/Binary/1", "/fhir/Binary/_search", "/fhir/List/1", "/fhir/List/1/2",
        "/static/a.css", "/static", "/demo/enter/anne", "/demo/enter", "/demo", "", "//", "/fhir//1", "/autre/chose/encore",
    ],
)  # fmt: skip
async def test_answers_as_the_router_that_tries_every_route(
    served: Sequence[BaseRoute], method: str, path: str
) -> None:
    assert await answered(Addresses(served), method, path) == await answered(Router(served), method, path)
    application, starlette = Application(Addresses(served), exception_handlers={}), Starlette(routes=list(served))
    for _ in range(2):  # what was found once is found again by itself
        assert await answered(application, method, path) == await answered(starlette, method, path)


async def test_tries_only_the_routes_of_its_neighbourhood(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    matches = Route.matches

    def noting(route: Route, scope: Scope) -> Any:
        tried.append(route.path)
        return matches(route, scope)

    monkeypatch.setattr(Route, "matches", noting)
    pages = [Route(f"/page/{number}", Door("page")) for number in range(200)]
    assert (await answered(Addresses([*pages, *routes()]), "POST", "/fhir"))[0] == 200
    assert tried == ["/fhir"]


async def test_only_what_answers_its_faults_is_reached_without_the_layer_that_words_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worded: list[str] = []
    through = ExceptionMiddleware.__call__

    async def noting(layer: ExceptionMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
        worded.append(scope["path"])
        await through(layer, scope, receive, send)

    monkeypatch.setattr(ExceptionMiddleware, "__call__", noting)
    application = Application(Addresses(routes()), exception_handlers={})
    for method, path in (
        ("POST", "/fhir"),
        ("GET", "/fhir/Binary/1"),
        ("DELETE", "/fhir/Binary/1"),
        ("GET", "/fhir/Binary"),
    ):
        assert (await answered(application, method, path))[0] == 200
    assert worded == ["/fhir/Binary/1", "/fhir/Binary"]
