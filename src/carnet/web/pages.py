"""The frame of pages: templates, style sheets, and the headers that keep a health page out of caches."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from jinja2 import Environment

_STYLES = ("tokens.css", "components.css", "carnet.css")


@cache
def _environment(package: str) -> "Environment":
    # Imported at the first page: a server of machines starts without it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def page(package: str, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page from the templates beside a portal's views; never kept by a cache."""
    html = _environment(package).get_template(template).render(values)
    return Response(html, status, {"Cache-Control": "no-store"}, media_type="text/html")


def static_routes() -> list[Route]:
    """The style sheets, served from memory; they may be kept for an hour."""
    folder = files("carnet.web") / "static"
    contents: Mapping[str, bytes] = {name: folder.joinpath(name).read_bytes() for name in _STYLES}

    async def style(request: Request) -> Response:
        content = contents.get(request.path_params["name"])
        if content is None:
            return Response(status_code=404)
        return Response(content, headers={"Cache-Control": "public, max-age=3600"}, media_type="text/css")

    return [Route("/static/{name}", style)]
