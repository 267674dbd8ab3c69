"""Passkeys of the account: adding one, by a script of ours; removing one, without."""

from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.accounts.means.passkeys import LONGEST_NAME, add_passkey, begin_passkey, remove_passkey
from carnet.domain.errors import DomainError, NotFound
from carnet.portals.citizen.account.fresh import an_account, fresh_form, fresh_view
from carnet.portals.citizen.account.overview import ACCOUNT, HERE
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.proofs import drop_step, keep_step, status_of, step_of, told
from carnet.portals.citizen.sign_in.passkey import elsewhere
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done

KEYS = f"{ACCOUNT}/cles"
_STEP = "_new_key"


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Passkeys(portal)
    return [
        portal.route(KEYS, get=fresh_view(views.ask), post=fresh_form(views.add)),
        portal.route(f"{KEYS}/retirer", post=fresh_form(views.remove)),
    ]


class _Passkeys:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    async def ask(self, request: Request, visit: Visit) -> Response:
        return await self._page(request, visit, Form())

    async def add(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        name = form.text("nom", longest=LONGEST_NAME) or visit.session.device
        if form.is_sound:
            try:
                await add_passkey(
                    visit.patient_id, step_of(request, self._portal, _STEP), form.typed("reponse"), name=name, actor=visit.actor,
                    accounts=self._portal.accounts,
                )  # fmt: skip
            except DomainError as error:
                form.mend("", told(error))
                return await self._page(request, visit, form, status=status_of(error))
            return drop_step(done(ACCOUNT, "cle"), self._portal, _STEP)
        return await self._page(request, visit, form, status=422)

    async def remove(self, _: Request, visit: Visit, typed: FormData) -> Response:
        try:
            passkey_id = UUID(Form(typed).typed("cle"))
        except ValueError as error:
            raise NotFound("address-unknown") from error
        if not await remove_passkey(visit.patient_id, passkey_id, actor=visit.actor, accounts=self._portal.accounts):
            raise NotFound("address-unknown")
        return done(ACCOUNT, "cle-retiree")

    async def _page(self, request: Request, visit: Visit, form: Form, *, status: int = 200) -> Response:
        account = await an_account(self._portal, visit)
        token, options = await begin_passkey(
            visit.patient_id, shown_name=account.identifier, accounts=self._portal.accounts
        )
        response = self._portal.page(
            request, "account/passkey.html", status=status, here=HERE, form=form, options=options,
            elsewhere=elsewhere(request, self._portal),
        )  # fmt: skip
        return keep_step(response, token, self._portal, _STEP)
