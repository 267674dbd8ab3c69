"""The letters of the people of the demonstration, what their card says, and the telephone that gives codes. Not there in production."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.demo import letters_sql, store
from carnet.domain.errors import NotFound
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.demo_people import CARD, PASSWORD, TELEPHONES, address_of, secret_of

__all__ = ["routes"]

LETTERS = "/demo/courrier"


def routes(portal: CitizenPortal) -> list[Route]:
    if not portal.services.demo:
        return []
    views = _Letterbox(portal)
    return [portal.open_route(LETTERS, get=views.everyone), portal.open_route(f"{LETTERS}/{{name}}", get=views.someone)]


class _Letterbox:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    async def everyone(self, request: Request, _: Visit | None) -> Response:
        async with self._portal.database.connection() as connection:
            letters = await letters_sql.last_letters(connection)
            people = [each for each in await store.everyone(connection) if each.ins is not None]
        return self._portal.page(request, "letterbox/everyone.html", letters=letters, people=people)

    async def someone(self, request: Request, _: Visit | None) -> Response:
        name = request.path_params["name"]
        async with self._portal.database.connection() as connection:
            person = await store.find(connection, name)
            letters = await letters_sql.letters_to(connection, address_of(name))
        if person is None or person.ins is None:
            raise NotFound("demo-person-unknown", name=name)
        return self._portal.page(
            request, "letterbox/someone.html", person=person, letters=letters, card=CARD, address=address_of(name),
            password=PASSWORD, code=self._code(name),
        )  # fmt: skip

    def _code(self, name: str) -> str | None:
        """What their telephone shows now."""
        if name not in TELEPHONES:
            return None
        import pyotp

        return pyotp.TOTP(secret_of(name)).at(self._portal.accounts.clock())
