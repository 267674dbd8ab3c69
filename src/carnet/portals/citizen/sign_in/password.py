"""
A password and a code: what is typed on the first page is judged on the second, with the code. docs/decisions/0039-accounts.md.
"""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.accounts.means.signing_in import FirstProof, begin_sign_in, finish_sign_in, send_again
from carnet.domain.demo import store as demo_store
from carnet.domain.errors import Refused
from carnet.portals.citizen.portal import SIGN_IN, CitizenPortal, Visit
from carnet.portals.citizen.proofs import NEVER_KEPT, drop_step, keep_step, let_in, origin_of, status_of, step_of, told
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done, was_done

CODE, LOST, LOST_PASSWORD = f"{SIGN_IN}/code", f"{SIGN_IN}/secours", f"{SIGN_IN}/secours/mot-de-passe"
_RENEW = "/compte/mot-de-passe"
_LONGEST = 300


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Password(portal)
    return [
        portal.open_route(SIGN_IN, get=views.ways, post=views.begin),
        portal.open_route(CODE, get=views.ask_code, post=views.finish),
        portal.open_route(f"{CODE}/encore", post=views.again),
        portal.open_route(LOST, get=views.lost),
        portal.open_route(LOST_PASSWORD, get=views.ask_recovery, post=views.begin_recovery),
    ]


class _Password:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    async def ways(self, request: Request, visit: Visit | None) -> Response:
        if visit is not None:
            return RedirectResponse("/", 303, NEVER_KEPT)
        return await self._ways(request, Form())

    async def begin(self, request: Request, visit: Visit | None, typed: FormData) -> Response:
        if visit is not None:
            return RedirectResponse("/", 303, NEVER_KEPT)
        form = Form(typed)
        login = form.text(
            "identifiant", required="Écrivez votre adresse électronique ou votre identifiant.", longest=_LONGEST
        )
        password = form.typed("mot_de_passe")
        if not password:
            form.mend("mot_de_passe", "Écrivez votre mot de passe.")
        if not form.is_sound:
            return await self._ways(request, form, status=422)
        try:
            token = await begin_sign_in(
                FirstProof(login, password[:_LONGEST]),
                origin=origin_of(request, self._portal),
                accounts=self._portal.accounts,
            )
        except Refused as error:
            form.mend("", told(error))
            return await self._ways(request, form, status=status_of(error))
        return keep_step(RedirectResponse(CODE, 303, NEVER_KEPT), token, self._portal)

    async def ask_code(self, request: Request, visit: Visit | None) -> Response:
        if visit is not None:
            return RedirectResponse("/", 303, NEVER_KEPT)
        if not step_of(request, self._portal):
            return RedirectResponse(SIGN_IN, 303, NEVER_KEPT)
        return self._code_page(request, Form(), again=was_done(request) == "encore")

    async def finish(self, request: Request, visit: Visit | None, typed: FormData) -> Response:
        if visit is not None:
            return RedirectResponse("/", 303, NEVER_KEPT)
        form = Form(typed)
        code = form.text("code", required="Écrivez le code.", longest=40)
        if not form.is_sound:
            return self._code_page(request, form, status=422)
        try:
            proved = await finish_sign_in(step_of(request, self._portal), code, accounts=self._portal.accounts)
        except Refused as error:
            if error.code == "sign-in-over":
                form.mend("", told(error))
                return drop_step(await self._ways(request, form, status=422), self._portal)
            form.mend("code", told(error))
            return self._code_page(request, form, status=422)
        return await let_in(request, self._portal, proved, to=_RENEW if proved.renews else None)

    async def again(self, request: Request, visit: Visit | None, _: FormData) -> Response:
        if visit is not None:
            return RedirectResponse("/", 303, NEVER_KEPT)
        form = Form()
        origin = origin_of(request, self._portal)
        try:
            if await send_again(step_of(request, self._portal), origin=origin, accounts=self._portal.accounts):
                return done(CODE, "encore")
        except Refused as error:
            form.mend("", told(error))
            return self._code_page(request, form, status=status_of(error))
        return RedirectResponse(SIGN_IN, 303, NEVER_KEPT)

    async def lost(self, request: Request, _: Visit | None) -> Response:
        return self._portal.page(request, "sign_in/lost.html")

    async def ask_recovery(self, request: Request, visit: Visit | None) -> Response:
        if visit is not None:
            return RedirectResponse(_RENEW, 303, NEVER_KEPT)
        return self._portal.page(request, "sign_in/recovery.html", form=Form())

    async def begin_recovery(self, request: Request, visit: Visit | None, typed: FormData) -> Response:
        """A line of the sheet in the place of the password; the code comes after, as always."""
        if visit is not None:
            return RedirectResponse(_RENEW, 303, NEVER_KEPT)
        form = Form(typed)
        login = form.text(
            "identifiant", required="Écrivez votre adresse électronique ou votre identifiant.", longest=_LONGEST
        )
        code = form.text("code_de_secours", required="Recopiez un code de votre feuille.", longest=40)
        if form.is_sound:
            proof = FirstProof(login, code, is_recovery=True)
            try:
                token = await begin_sign_in(
                    proof, origin=origin_of(request, self._portal), accounts=self._portal.accounts
                )
                return keep_step(RedirectResponse(CODE, 303, NEVER_KEPT), token, self._portal)
            except Refused as error:
                form.mend("", told(error))
                return self._portal.page(request, "sign_in/recovery.html", status=status_of(error), form=form)
        return self._portal.page(request, "sign_in/recovery.html", status=422, form=form)

    async def _ways(self, request: Request, form: Form, *, status: int = 200) -> Response:
        people: list[demo_store.DemoPerson] = []
        if self._portal.services.demo:
            async with self._portal.database.connection() as connection:
                people = [each for each in await demo_store.everyone(connection) if each.ins is not None]
        return self._portal.page(
            request, "sign_in/sign_in.html", status=status, form=form, people=people, leads_to=self._portal.leads_to
        )

    def _code_page(self, request: Request, form: Form, *, status: int = 200, again: bool = False) -> Response:
        return self._portal.page(
            request,
            "sign_in/code.html",
            status=status,
            form=form,
            again=again,
            mail=self._portal.accounts.terms.sends_mail,
        )
