"""Addresses of a FHIR door: from a table of what answers, to routes that also say 405 for any other method."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.web.fhir.answers import Endpoint, MethodNotAllowed, answering

EVERY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE")


def fhir_routes(table: Sequence[tuple[str, Endpoint, Sequence[str]]]) -> list[Route]:
    """
    Routes of a door.

    Takes
        table: path, endpoint, methods; a path may stand on several lines. GET also answers HEAD.
    """
    found = [Route(path, answering(endpoint), methods=list(methods)) for path, endpoint, methods in table]
    paths = dict.fromkeys(path for path, _, _ in table)
    return [*found, *(Route(path, answering(_other_method), methods=list(EVERY_METHOD)) for path in paths)]


async def _other_method(_: Request) -> Response:
    raise MethodNotAllowed("method-not-allowed")
