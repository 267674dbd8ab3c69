"""Password, codes by application, sheet of recovery codes: choosing, changing, removing."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.accounts import sessions
from carnet.domain.accounts.means import choosing
from carnet.domain.accounts.means.passwords import SHORTEST
from carnet.domain.errors import DomainError, Invalid
from carnet.portals.citizen.account.fresh import an_account, fresh_form, fresh_view, personal_names
from carnet.portals.citizen.account.overview import ACCOUNT, HERE
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.proofs import NEVER_KEPT, drop_step, keep_step, step_of, told
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done
from carnet.web.square import square_of

PASSWORD, APPLICATION, SHEET = f"{ACCOUNT}/mot-de-passe", f"{ACCOUNT}/application", f"{ACCOUNT}/secours"
_STEP = "_totp"


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Means(portal)
    return [
        portal.route(PASSWORD, get=fresh_view(views.ask_password), post=fresh_form(views.set_password)),
        portal.route(APPLICATION, get=fresh_view(views.show_secret), post=fresh_form(views.confirm_secret)),
        portal.route(f"{APPLICATION}/retirer", post=fresh_form(views.remove_application)),
        portal.route(SHEET, get=views.about_sheet, post=fresh_form(views.make_sheet)),
    ]


class _Means:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    async def ask_password(self, request: Request, visit: Visit) -> Response:
        return await self._password(request, visit, Form())

    async def set_password(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        password = form.typed("mot_de_passe")
        if not password:
            form.mend("mot_de_passe", "Choisissez un mot de passe.")
        elif password != form.typed("encore"):
            form.mend("encore", "Les deux mots de passe ne sont pas les mêmes. Écrivez-le deux fois.")
        account = await an_account(self._portal, visit)
        if form.is_sound:
            try:
                await choosing.set_password(
                    visit.patient_id, password, personal=personal_names(visit, account), actor=visit.actor,
                    accounts=self._portal.accounts,
                )  # fmt: skip
            except Invalid as error:
                form.mend("mot_de_passe", told(error))
        if not form.is_sound:
            return await self._password(request, visit, form, status=422)
        # Whoever had found the former one is put out.
        await sessions.end_all(self._portal.database, visit.patient_id, at=visit.now, but=visit.session.session_id)
        account = await an_account(self._portal, visit)
        if not account.opens_alone:  # a password is worth nothing without its second proof
            return done(f"{ACCOUNT}/second", "mot-de-passe")
        return done(ACCOUNT if account.recovery_codes else SHEET, "mot-de-passe")

    async def show_secret(self, request: Request, visit: Visit) -> Response:
        await an_account(self._portal, visit)
        token, secret = await choosing.begin_totp(visit.patient_id, accounts=self._portal.accounts)
        return keep_step(await self._secret(request, visit, Form(), secret), token, self._portal, _STEP)

    async def confirm_secret(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form, accounts = Form(typed), self._portal.accounts
        token = step_of(request, self._portal, _STEP)
        code = form.text("code", required="Recopiez le code de votre application.", longest=20)
        if form.is_sound:
            try:
                await choosing.confirm_totp(visit.patient_id, token, code, actor=visit.actor, accounts=accounts)
            except DomainError as error:
                form.mend("code", told(error))
        if form.is_sound:
            account = await an_account(self._portal, visit)
            return drop_step(done(ACCOUNT if account.recovery_codes else SHEET, "application"), self._portal, _STEP)
        secret = await choosing.secret_of(visit.patient_id, token, accounts=accounts)
        if secret is None:
            return RedirectResponse(APPLICATION, 303, NEVER_KEPT)
        return await self._secret(request, visit, form, secret, status=422)

    async def remove_application(self, _: Request, visit: Visit, __: FormData) -> Response:
        await choosing.remove_totp(visit.patient_id, actor=visit.actor, accounts=self._portal.accounts)
        return done(ACCOUNT, "application-retiree")

    async def about_sheet(self, request: Request, visit: Visit) -> Response:
        account = await an_account(self._portal, visit)
        return self._portal.page(
            request, "account/sheet.html", here=HERE, account=account, done=request.query_params.get("fait", "")
        )

    async def make_sheet(self, request: Request, visit: Visit, _: FormData) -> Response:
        """The codes are on this page alone: what is kept cannot be read again."""
        account = await an_account(self._portal, visit)
        codes = await choosing.make_recovery_codes(visit.patient_id, actor=visit.actor, accounts=self._portal.accounts)
        return self._portal.page(
            request,
            "account/sheet_made.html",
            here=HERE,
            account=account,
            codes=codes,
            site=self._portal.services.public_url,
        )

    async def _password(self, request: Request, visit: Visit, form: Form, *, status: int = 200) -> Response:
        account = await an_account(self._portal, visit)
        return self._portal.page(
            request, "account/password.html", status=status, here=HERE, form=form, account=account, shortest=SHORTEST
        )

    async def _secret(self, request: Request, visit: Visit, form: Form, secret: str, *, status: int = 200) -> Response:
        import pyotp

        account = await an_account(self._portal, visit)
        address = pyotp.TOTP(secret).provisioning_uri(name=account.identifier, issuer_name="carnet")
        return self._portal.page(
            request, "account/application.html", status=status, here=HERE, form=form, address=address,
            square=square_of(address), groups=[secret[i : i + 4] for i in range(0, len(secret), 4)],
        )  # fmt: skip
