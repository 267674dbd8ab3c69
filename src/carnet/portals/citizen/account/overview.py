"""The first page of the account, and what is chosen at the first connection."""

from collections.abc import Sequence
from datetime import date

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.accounts import sessions
from carnet.domain.consent.model import RecordStatus
from carnet.portals.citizen.account.fresh import CONFIRM, an_account, own_account
from carnet.portals.citizen.home.to_do import Task
from carnet.portals.citizen.portal import SIGN_IN, CitizenPortal, Visit
from carnet.portals.citizen.proofs import NEVER_KEPT
from carnet.web.portal.portal import was_done
from carnet.web.wording.dates import plain_date

ACCOUNT = "/compte"
HERE = "compte"


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Overview(portal)
    return [
        portal.route(ACCOUNT, get=views.page),
        portal.route(f"{ACCOUNT}/premiere-fois", get=views.first_time),
        portal.route(f"{ACCOUNT}/second", get=views.second_proof),
        portal.route(CONFIRM, get=views.ask_again, post=views.sign_in_again),
    ]


class _Overview:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    async def page(self, request: Request, visit: Visit) -> Response:
        portal = self._portal
        account = await own_account(portal, visit.patient_id)
        opened = await sessions.open_sessions(portal.database, visit.patient_id, at=visit.now, terms=portal.terms)
        return portal.page(
            request, "account/account.html", here=HERE, account=account, sessions=opened, done=was_done(request),
            is_closed=visit.signed_in.record_status is RecordStatus.CLOSED, born=_written(visit.identity.traits.birth_date),
        )  # fmt: skip

    async def first_time(self, request: Request, visit: Visit) -> Response:
        account = await an_account(self._portal, visit)
        portal = self._portal
        return portal.page(
            request, "account/first_time.html", here=HERE, account=account, mail=portal.accounts.terms.sends_mail,
            leads_to=portal.leads_to,
        )  # fmt: skip

    async def second_proof(self, request: Request, _: Visit) -> Response:
        return self._portal.page(
            request,
            "account/second.html",
            here=HERE,
            mail=self._portal.accounts.terms.sends_mail,
            done=was_done(request),
        )

    async def ask_again(self, request: Request, _: Visit) -> Response:
        return self._portal.page(request, "account/confirm.html", here=HERE)

    async def sign_in_again(self, _: Request, visit: Visit, __: FormData) -> Response:
        """End the session, and begin another by the front door."""
        portal = self._portal
        await sessions.end(portal.database, visit.patient_id, visit.session.session_id, at=visit.now)
        response = portal.let_out(RedirectResponse(SIGN_IN, 303, NEVER_KEPT))
        return portal.remember_way(response, ACCOUNT)


async def tasks(portal: CitizenPortal, visit: Visit) -> Sequence[Task]:
    """What is to be done to find one's way back: a means of one's own, or the sheet that replaces what is lost."""
    account = await own_account(portal, visit.patient_id)
    if account is None or (not account.opens_alone and visit.session.means != "provisional-code"):
        return ()
    if not account.opens_alone:
        text = "Sans cela, il faudra un nouveau code provisoire pour revenir."
        return (Task("Choisir comment ouvrir votre carnet", f"{ACCOUNT}/premiere-fois", text, "key", is_pressing=True),)
    if account.password_set_at is not None and not account.recovery_codes:
        text = "Elle vous ouvre la porte le jour où il vous manque votre téléphone ou votre mot de passe."
        return (Task("Faire votre feuille de secours", f"{ACCOUNT}/secours", text, "printer"),)
    return ()


def _written(birth_date: str) -> str:
    """A birth date in full; as it is when it is none of the calendar."""
    try:
        return plain_date(date.fromisoformat(birth_date))
    except ValueError:
        return birth_date
