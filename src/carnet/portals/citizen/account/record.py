"""Closing one's record, opening it again, having it erased: the effect first, then the act, then the way back while there is one."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.accounts import sessions
from carnet.domain.consent import record_life
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import Conflict
from carnet.portals.citizen.account.fresh import fresh_form, fresh_view
from carnet.portals.citizen.account.overview import ACCOUNT, HERE
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.proofs import NEVER_KEPT
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done

CLOSE, REOPEN, ERASE = f"{ACCOUNT}/fermer", f"{ACCOUNT}/rouvrir", f"{ACCOUNT}/effacer"
ERASED = "/carnet-efface"
_LONGEST_REASON = 1000


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Record(portal)
    return [
        portal.route(CLOSE, get=fresh_view(views.ask_close), post=fresh_form(views.close)),
        portal.route(REOPEN, get=views.ask_reopen, post=views.reopen),
        portal.route(ERASE, get=fresh_view(views.ask_erase), post=fresh_form(views.erase)),
        portal.open_route(ERASED, get=views.erased),
    ]


class _Record:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    async def ask_close(self, request: Request, visit: Visit) -> Response:
        if visit.signed_in.record_status is RecordStatus.CLOSED:
            return RedirectResponse(REOPEN, 303, NEVER_KEPT)
        return self._portal.page(request, "account/close.html", here=HERE, form=Form())

    async def close(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        reason = form.text("raison", longest=_LONGEST_REASON)
        if not form.is_sound:
            return self._portal.page(request, "account/close.html", status=422, here=HERE, form=form)
        try:
            async with self._portal.database.transaction() as tx:
                await record_life.close(
                    tx, visit.patient_id, actor=visit.actor, keys=self._portal.services.keys, at=visit.now, reason=reason or None
                )  # fmt: skip
        except Conflict:  # a second click, or another window: what was wanted is so
            return done(REOPEN, "ferme")
        return done(REOPEN, "ferme")

    async def ask_reopen(self, request: Request, visit: Visit) -> Response:
        if visit.signed_in.record_status is not RecordStatus.CLOSED:
            return RedirectResponse(ACCOUNT, 303, NEVER_KEPT)
        return self._portal.page(request, "account/closed.html", here=HERE, done=request.query_params.get("fait", ""))

    async def reopen(self, _: Request, visit: Visit, __: FormData) -> Response:
        try:
            async with self._portal.database.transaction() as tx:
                await record_life.reopen(
                    tx, visit.patient_id, actor=visit.actor, keys=self._portal.services.keys, at=visit.now
                )
        except Conflict:
            return done(ACCOUNT, "rouvert")
        return done(ACCOUNT, "rouvert")

    async def ask_erase(self, request: Request, visit: Visit) -> Response:
        if visit.signed_in.record_status is not RecordStatus.CLOSED:
            return RedirectResponse(CLOSE, 303, NEVER_KEPT)
        return self._portal.page(request, "account/erase.html", here=HERE, form=Form())

    async def erase(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        if not form.has("compris", "oui"):
            form.mend("compris", "Cochez la case pour dire que vous avez compris.")
            return self._portal.page(request, "account/erase.html", status=422, here=HERE, form=form)
        async with self._portal.database.transaction() as tx:
            await record_life.erase(
                tx, visit.patient_id, actor=visit.actor, keys=self._portal.services.keys, at=visit.now
            )
        await sessions.end_all(self._portal.database, visit.patient_id, at=visit.now)
        return self._portal.let_out(RedirectResponse(ERASED, 303, NEVER_KEPT))

    async def erased(self, request: Request, _: Visit | None) -> Response:
        return self._portal.page(request, "account/erased.html")
