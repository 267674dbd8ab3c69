"""The first page, and in demo mode a page per person with what they can try."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.actor import ActorKind
from carnet.domain.demo import store
from carnet.domain.errors import NotFound
from carnet.web.demo_people import actor_named
from carnet.web.pages import page, static_routes
from carnet.web.services import Services

_TOKEN_LIFETIME = timedelta(hours=12)


def routes(services: Services) -> list[Route]:
    portal = Home(services)
    found = [Route("/", portal.home), *static_routes()]
    if services.demo:
        found.append(Route("/demo/enter/{name}", portal.enter))
    return found


class Home:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def home(self, _: Request) -> Response:
        """What is served here, and who can be tried."""
        people: list[store.DemoPerson] = []
        if self._services.demo:
            async with self._services.store.database.connection() as connection:
                people = await store.everyone(connection)
        return page(
            __package__ or "", "home.html", demo=self._services.demo, base=self._services.fhir_base,
            machines=[p for p in people if p.ins is None], citizens=[p for p in people if p.ins is not None],
        )  # fmt: skip

    async def enter(self, request: Request) -> Response:
        """Who this person is in the demonstration, and a command that reads as them."""
        name = request.path_params["name"]
        try:
            actor = await actor_named(self._services.store.database, name)
        except NotFound:
            return page(__package__ or "", "unknown.html", status=404, demo=True)
        token = self._services.issuer.issue(actor, lifetime=_TOKEN_LIFETIME)
        query = f"patient.identifier=urn:oid:{actor.ins.oid}|{actor.ins.matricule}" if actor.ins else None
        return page(
            __package__ or "", "enter.html", demo=True, name=name, actor=actor, token=token, query=query,
            base=self._services.fhir_base, reads=actor.kind in {ActorKind.CITIZEN, ActorKind.GUARDIAN, ActorKind.PROFESSIONAL},
        )  # fmt: skip
