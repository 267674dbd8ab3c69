"""The first page of whoever is not signed in, and the ways in and out that stand on nothing else."""

from datetime import timedelta
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.accounts import sessions
from carnet.domain.actor import ActorKind
from carnet.domain.demo import store
from carnet.domain.errors import NotFound
from carnet.domain.people.store import current_identity, holder_of
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.demo_people import actor_named, secretaries
from carnet.web.portal.farewells import Farewells
from carnet.web.portal.portal import View

_TOKEN_LIFETIME = timedelta(hours=12)
_AT_WORK = frozenset({ActorKind.PROFESSIONAL, ActorKind.SECRETARY})
_NEVER_KEPT = {"Cache-Control": "no-store"}


def routes(portal: CitizenPortal, *, home: View[Visit]) -> list[Route]:
    """Takes home: the page of who is signed in, at the same address."""
    views = _Welcome(portal, home)
    found = [
        portal.open_route("/", get=views.first_page),
        portal.open_route("/deconnexion", get=views.gone, post=views.leave),
    ]
    if portal.services.demo:
        found.append(portal.open_route("/demo/enter/{name}", get=views.enter))
    return found


class _Welcome:
    def __init__(self, portal: CitizenPortal, home: View[Visit]) -> None:
        self._portal = portal
        self._services = portal.services
        self._home = home
        self._farewells = Farewells(portal.services.keys, portal.services.clock, portal.secure)

    async def first_page(self, request: Request, visit: Visit | None) -> Response:
        if visit is not None:
            return await self._home(request, visit)
        return self._portal.page(request, "welcome/welcome.html", base=self._services.fhir_base, **await self._people())

    async def leave(self, _: Request, visit: Visit | None, __: FormData) -> Response:
        """End the session; what the browser kept of our pages goes too."""
        if visit is not None:
            await sessions.end(
                self._portal.database, visit.patient_id, visit.session.session_id, at=self._services.clock()
            )
        return self._portal.let_out(RedirectResponse("/deconnexion", 303, _NEVER_KEPT))

    async def gone(self, request: Request, visit: Visit | None) -> Response:
        """The session has ended; that of the provider may be ended too."""
        if visit is not None:
            return RedirectResponse("/", 303, _NEVER_KEPT)
        back_to = f"{self._services.public_url}/deconnexion"
        farewell = await self._farewells.offer(request, self._portal.providers, back_to=back_to)
        return self._farewells.forget(self._portal.page(request, "welcome/gone.html", farewell=farewell), request)

    async def enter(self, request: Request, _: Visit | None) -> Response:
        """Demonstration: a person is signed in; software is given a token and a command."""
        name = request.path_params["name"]
        try:
            actor = await actor_named(self._services.store.database, name)
        except NotFound:
            return self._portal.page(request, "welcome/unknown.html", status=404)
        if actor.kind is ActorKind.CITIZEN and actor.ins is not None:
            async with self._portal.database.connection() as connection:
                patient_id = await holder_of(connection, actor.ins)
                identity = None if patient_id is None else await current_identity(connection, patient_id)
            if patient_id is not None and identity is not None:
                token = await self._portal.begin_session(request, patient_id, identity, means="demo-link")
                return self._portal.let_in(RedirectResponse(self._portal.way_back(request), 303, _NEVER_KEPT), token)
        token = self._services.issuer.issue(actor, lifetime=_TOKEN_LIFETIME)
        return self._portal.page(
            request, "welcome/enter.html", name=name, actor=actor, token=token, base=self._services.fhir_base,
            reads=actor.kind in {ActorKind.CITIZEN, ActorKind.GUARDIAN, ActorKind.PROFESSIONAL}, query=None,
            portal="/pro/connexion/psc" if actor.kind in _AT_WORK and self._portal.leads_to("/pro") else None,
        )  # fmt: skip

    async def _people(self) -> dict[str, Any]:
        people: list[store.DemoPerson] = []
        staff: list[store.DemoPerson] = []
        if self._services.demo:
            async with self._services.store.database.connection() as connection:
                people = await store.everyone(connection)
            staff = await secretaries(self._services.store.database)
        return {
            "machines": [*(each for each in people if each.ins is None), *staff],
            "citizens": [each for each in people if each.ins is not None],
        }
