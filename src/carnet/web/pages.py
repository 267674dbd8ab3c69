"""Templates, and what the pages fetch from us: style sheets, scripts, pictures; nothing comes from anywhere else."""

import hashlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from jinja2 import Environment

_MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "woff2": "font/woff2"}
_A_YEAR = "public, max-age=31536000, immutable"
_AN_HOUR = "public, max-age=3600"


class Parts(NamedTuple):
    """What the macros of a page being made need of it. icon: notes and gives an icon. csrf: the hidden field of its forms."""

    icon: Callable[[str], Markup]
    csrf: Markup


making: ContextVar[Parts] = ContextVar("making")
"""The page being made."""


class _Csrf:
    def __html__(self) -> str:
        return making.get().csrf


def _icon(name: str) -> Markup:
    return making.get().icon(name)


@cache
def environment(package: str) -> "Environment":
    """The templates beside a portal's views, over those that portals share."""
    # Imported at the first page: a server of machines starts without it.
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("carnet.web")]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    # Macros are read once, not at each page: what they need of the page they find here.
    made.globals.update(static=static_address, icon=_icon, csrf=_Csrf())
    return made


@cache
def _contents() -> Mapping[str, tuple[bytes, str]]:
    """What is served under /static, with the mark of its content."""
    found = {}
    for each in (files("carnet.web") / "static").iterdir():
        if each.name.rpartition(".")[2] in _MEDIA_TYPES:
            content = each.read_bytes()
            found[each.name] = content, hashlib.sha256(content).hexdigest()[:10]
    return found


def static_address(name: str) -> str:
    """The address of a file of `web/static/`; it changes with the content, so that a browser may keep it."""
    return f"/static/{name}?v={_contents()[name][1]}"


def static_routes() -> list[Route]:
    """The files of `web/static/`, served from memory."""

    async def serve(request: Request) -> Response:
        name = request.path_params["name"]
        found = _contents().get(name)
        if found is None:
            return Response(status_code=404)
        content, mark = found
        kept = _A_YEAR if request.query_params.get("v") == mark else _AN_HOUR
        return Response(content, headers={"Cache-Control": kept}, media_type=_MEDIA_TYPES[name.rpartition(".")[2]])

    return [Route("/static/{name}", serve)]


def wrong_method(request: Request, error: Exception) -> Response:
    """The answer of an address that has no such method, where nothing more is known of it than that (405)."""
    del request
    headers = error.headers if isinstance(error, HTTPException) else None
    return PlainTextResponse("Cette adresse n’accepte pas cette méthode.", 405, headers)
