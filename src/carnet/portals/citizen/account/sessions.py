"""From where one's record is open: each connection with its device and its dates; closing one, or all; staying a while longer."""

from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.accounts import sessions
from carnet.domain.accounts.means.parts import held_record, trace
from carnet.domain.audit.model import EventType
from carnet.domain.errors import NotFound
from carnet.portals.citizen.account.overview import ACCOUNT, HERE
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.proofs import NEVER_KEPT
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done, was_done

CONNECTIONS = f"{ACCOUNT}/connexions"
STAY = f"{ACCOUNT}/rester"


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Sessions(portal)
    return [
        portal.route(CONNECTIONS, get=views.page),
        portal.route(f"{CONNECTIONS}/fermer", post=views.close_one),
        portal.route(f"{CONNECTIONS}/fermer-les-autres", post=views.close_others),
        portal.route(f"{CONNECTIONS}/tout-fermer", post=views.close_all),
        portal.route(STAY, post=views.stay),
    ]


class _Sessions:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    async def page(self, request: Request, visit: Visit) -> Response:
        portal = self._portal
        opened = await sessions.open_sessions(portal.database, visit.patient_id, at=visit.now, terms=portal.terms)
        return portal.page(
            request, "account/sessions.html", here=HERE, sessions=opened, own=visit.session.session_id, done=was_done(request),
            idle=int(portal.terms.idle.total_seconds()) // 60, ends_at=visit.session.ends_at,
        )  # fmt: skip

    async def close_one(self, _: Request, visit: Visit, typed: FormData) -> Response:
        try:
            session_id = UUID(Form(typed).typed("connexion"))
        except ValueError as error:
            raise NotFound("address-unknown") from error
        await self._end(visit, session_id=session_id)
        return done(CONNECTIONS, "fermee")

    async def close_others(self, _: Request, visit: Visit, __: FormData) -> Response:
        await self._end(visit, but=visit.session.session_id)
        return done(CONNECTIONS, "autres-fermees")

    async def close_all(self, _: Request, visit: Visit, __: FormData) -> Response:
        await self._end(visit)
        return self._portal.let_out(RedirectResponse("/deconnexion", 303, NEVER_KEPT))

    async def stay(self, request: Request, visit: Visit, _: FormData) -> Response:
        """The session lasts again as long as at its beginning. A script asks for no page, and is told how long in seconds."""
        portal = self._portal
        await sessions.extend(
            portal.database, visit.patient_id, visit.session.session_id, at=visit.now, terms=portal.terms
        )
        if request.headers.get("accept") == "text/plain":
            seconds = int(portal.terms.idle.total_seconds())
            return Response(str(seconds), headers=NEVER_KEPT, media_type="text/plain")
        return done(CONNECTIONS, "prolongee")

    async def _end(self, visit: Visit, *, session_id: UUID | None = None, but: UUID | None = None) -> None:
        """One, or all but one, with the trace of it; of what was not open there is none."""
        async with self._portal.database.transaction() as tx:
            held = await held_record(tx, visit.patient_id, visit.now)
            if await sessions.end_with(tx, visit.patient_id, at=visit.now, session_id=session_id, but=but):
                await trace(
                    tx, held, EventType.SESSIONS_ENDED, actor=visit.actor, accounts=self._portal.accounts, tell=False
                )
