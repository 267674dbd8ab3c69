"""A passkey: the browser offers those that it holds, a gesture opens the record. Without script the page says what else there is."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.accounts.means.passkeys import begin_passkey_sign_in, finish_passkey_sign_in
from carnet.domain.errors import DomainError
from carnet.portals.citizen.portal import SIGN_IN, CitizenPortal, Visit
from carnet.portals.citizen.proofs import NEVER_KEPT, drop_step, keep_step, let_in, origin_of, status_of, step_of, told
from carnet.web.portal.forms import Form

PASSKEY = f"{SIGN_IN}/cle"
_STEP = "_key"


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Passkey(portal)
    return [portal.open_route(PASSKEY, get=views.ask, post=views.finish)]


class _Passkey:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    async def ask(self, request: Request, visit: Visit | None) -> Response:
        if visit is not None:
            return RedirectResponse("/", 303, NEVER_KEPT)
        return await self._page(request, Form())

    async def finish(self, request: Request, visit: Visit | None, typed: FormData) -> Response:
        if visit is not None:
            return RedirectResponse("/", 303, NEVER_KEPT)
        form = Form()
        answer = typed.get("reponse")
        try:
            proved = await finish_passkey_sign_in(
                step_of(request, self._portal, _STEP), answer if isinstance(answer, str) else "",
                origin=origin_of(request, self._portal), accounts=self._portal.accounts,
            )  # fmt: skip
        except DomainError as error:
            form.mend("", told(error))
            return await self._page(request, form, status=status_of(error))
        return drop_step(await let_in(request, self._portal, proved), self._portal, _STEP)

    async def _page(self, request: Request, form: Form, *, status: int = 200) -> Response:
        token, options = await begin_passkey_sign_in(accounts=self._portal.accounts)
        response = self._portal.page(
            request, "sign_in/passkey.html", status=status, form=form, options=options,
            elsewhere=elsewhere(request, self._portal),
        )  # fmt: skip
        return keep_step(response, token, self._portal, _STEP)


def elsewhere(request: Request, portal: CitizenPortal) -> str | None:
    """The address at which passkeys work, when it is not the one of now (a demonstration at a bare number)."""
    host = portal.accounts.terms.passkey_host
    return None if request.url.hostname == host else portal.accounts.terms.passkey_site
