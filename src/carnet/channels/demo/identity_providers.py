"""
The simulated identity providers, served beside the real doors: their pages, where someone invented says yes or no, and their addresses.

In demo mode only. Each page says what it is. Source: docs/transactions/demo.md.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.partners.oidc.simulated import SimulatedProvider
from carnet.vocabulary.frozen import frozen
from carnet.web.pages import environment

_NEVER_KEPT = {"Cache-Control": "no-store"}
_MAX_BODY = 64 * 1024


@frozen
class Someone:
    """
    Who may be chosen. name: in the form. title, detail: as shown. claims: what the provider then says of them. level: None: the provider's own.
    is_special: a case to try rather than someone.
    """

    name: str
    title: str
    detail: str
    claims: Mapping[str, Any]
    level: str | None = None
    is_special: bool = False


People = Callable[[], Awaitable[Sequence[Someone]]]


@frozen
class Wording:
    """What one provider's page says. imitates: the true one. question: its heading."""

    imitates: str
    question: str
    refusal: str = "Je refuse"


class SimulatedDoor:
    """One simulated provider at its addresses."""

    def __init__(self, provider: SimulatedProvider, people: People, wording: Wording) -> None:
        self._provider = provider
        self._people = people
        self._wording = wording
        self._page = _path_of(provider.authorization_url)

    def route(self, prefix: str) -> Route:
        """Every address of the provider, below this one."""
        return Route(prefix + "/{path:path}", self.answer, methods=["GET", "POST"])

    async def answer(self, request: Request) -> Response:
        if request.url.path != self._page:
            return cast("Response", self._provider)  # an ASGI application answers as a response does
        if request.method == "POST":
            return await self._said(request)
        asked = self._provider.asked(request.query_params)
        if isinstance(asked, str):
            return self._told(400, fault=asked)
        return self._told(200, asked=asked, people=await self._people())

    async def _said(self, request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10, max_part_size=_MAX_BODY)
        request_id, name = str(form.get("request", "")), str(form.get("person", ""))
        if not name:
            back = self._provider.decline(request_id)
        else:
            chosen = next((each for each in await self._people() if each.name == name), None)
            back = None if chosen is None else self._provider.approve(request_id, chosen.claims, level=chosen.level)
        if back is None:
            return self._told(
                400, fault="Cette demande a déjà reçu sa réponse, ou elle a expiré. Revenez en arrière et recommencez."
            )
        return RedirectResponse(back, 303, _NEVER_KEPT)

    def _told(self, status: int, **values: Any) -> Response:
        html = environment(__package__ or "").get_template("provider.html")
        shown = {"fault": None, "asked": None, "people": (), **values}
        text = html.render(title=self._provider.title, wording=self._wording, action=self._page, **shown)
        return Response(text, status, _NEVER_KEPT, media_type="text/html")


def _path_of(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2]
