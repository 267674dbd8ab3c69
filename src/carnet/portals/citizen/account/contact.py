"""How one is reached, and what one prefers: mail, telephone, hours of one's place, theme."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.accounts import store as preferences_store
from carnet.domain.accounts.means import choosing
from carnet.domain.accounts.model import Preferences, Theme
from carnet.domain.errors import DomainError
from carnet.portals.citizen.account.fresh import an_account, fresh_form, fresh_view
from carnet.portals.citizen.account.overview import ACCOUNT, HERE
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.portals.citizen.proofs import NEVER_KEPT, drop_step, keep_step, origin_of, status_of, step_of, told
from carnet.web.portal.forms import Form
from carnet.web.portal.portal import done

MAIL, PHONE, PREFERENCES = f"{ACCOUNT}/courriel", f"{ACCOUNT}/telephone", f"{ACCOUNT}/preferences"
_STEP = "_mail"
# Where French people live, by the clock. Source: IANA tz database, décret 78-855 and its updates.
ZONES = {
    "Europe/Paris": "France hexagonale et Corse",
    "Indian/Reunion": "La Réunion",
    "America/Guadeloupe": "Guadeloupe, Saint-Martin, Saint-Barthélemy",
    "America/Martinique": "Martinique",
    "America/Cayenne": "Guyane",
    "Indian/Mayotte": "Mayotte",
    "America/Miquelon": "Saint-Pierre-et-Miquelon",
    "Pacific/Noumea": "Nouvelle-Calédonie",
    "Pacific/Wallis": "Wallis-et-Futuna",
    "Pacific/Tahiti": "Polynésie française : Tahiti",
    "Pacific/Marquesas": "Polynésie française : Marquises",
    "Pacific/Gambier": "Polynésie française : Gambier",
}
_DEVICE = "appareil"


def routes(portal: CitizenPortal) -> list[Route]:
    views = _Contact(portal)
    return [
        portal.route(MAIL, get=fresh_view(views.ask_mail), post=fresh_form(views.begin_mail)),
        portal.route(f"{MAIL}/code", get=fresh_view(views.ask_code), post=fresh_form(views.confirm)),
        portal.route(f"{MAIL}/retirer", post=fresh_form(views.forget)),
        portal.route(PHONE, get=views.ask_phone, post=views.change_phone),
        portal.route(PREFERENCES, get=views.ask_preferences, post=views.prefer),
    ]


class _Contact:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    async def ask_mail(self, request: Request, visit: Visit) -> Response:
        return await self._mail(request, visit, Form())

    async def begin_mail(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        address = form.text("courriel", required="Écrivez votre adresse électronique.", longest=choosing.LONGEST_MAIL)
        if not form.is_sound or not self._portal.accounts.terms.sends_mail:
            return await self._mail(request, visit, form, status=422)
        await an_account(self._portal, visit)
        origin = origin_of(request, self._portal)
        try:
            token = await choosing.begin_mail(visit.patient_id, address, origin=origin, accounts=self._portal.accounts)
        except DomainError as error:
            form.mend("courriel", told(error))
            return await self._mail(request, visit, form, status=status_of(error))
        return keep_step(RedirectResponse(f"{MAIL}/code", 303, NEVER_KEPT), token, self._portal, _STEP)

    async def ask_code(self, request: Request, _: Visit) -> Response:
        if not step_of(request, self._portal, _STEP):
            return RedirectResponse(MAIL, 303, NEVER_KEPT)
        return self._portal.page(request, "account/mail_code.html", here=HERE, form=Form())

    async def confirm(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        code = form.text("code", required="Recopiez le code du courriel.", longest=20)
        token = step_of(request, self._portal, _STEP)
        opens = False
        if form.is_sound:
            try:
                opens = await choosing.confirm_mail(
                    visit.patient_id, token, code, actor=visit.actor, accounts=self._portal.accounts
                )
            except DomainError as error:
                form.mend("code", told(error))
        if not form.is_sound:
            return self._portal.page(request, "account/mail_code.html", status=422, here=HERE, form=form)
        account = await an_account(self._portal, visit)
        if account.password_set_at is not None and not account.recovery_codes:
            return drop_step(done(f"{ACCOUNT}/secours", "courriel"), self._portal, _STEP)
        return drop_step(done(ACCOUNT, "courriel" if opens else "courriel-partage"), self._portal, _STEP)

    async def forget(self, _: Request, visit: Visit, __: FormData) -> Response:
        await choosing.forget_mail(visit.patient_id, actor=visit.actor, accounts=self._portal.accounts)
        return done(ACCOUNT, "courriel-retire")

    async def ask_phone(self, request: Request, visit: Visit) -> Response:
        return await self._phone(request, visit, Form())

    async def change_phone(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        phone = form.text("telephone", longest=40)
        await an_account(self._portal, visit)
        if form.is_sound:
            try:
                await choosing.change_phone(visit.patient_id, phone, actor=visit.actor, accounts=self._portal.accounts)
            except DomainError as error:
                form.mend("telephone", told(error))
        if not form.is_sound:
            return await self._phone(request, visit, form, status=422)
        return done(ACCOUNT, "telephone")

    async def ask_preferences(self, request: Request, visit: Visit) -> Response:
        return self._preferences(request, visit, Form())

    async def prefer(self, request: Request, visit: Visit, typed: FormData) -> Response:
        form = Form(typed)
        zone = form.choice("zone", ZONES.keys(), required="Choisissez où vous vivez.")
        theme = form.choice("theme", (*Theme, _DEVICE), required="Choisissez les couleurs.")
        letters = form.choice("lettres", ("usuelles", "grandes"), required="Choisissez la taille des lettres.")
        if not form.is_sound:
            return self._preferences(request, visit, form, status=422)
        chosen = Preferences(zone, None if theme in {None, _DEVICE} else Theme(str(theme)), letters == "grandes")
        async with self._portal.database.transaction() as tx:
            await preferences_store.prefer(tx, visit.patient_id, chosen)
        return done(ACCOUNT, "preferences")

    async def _mail(self, request: Request, visit: Visit, form: Form, *, status: int = 200) -> Response:
        account = await an_account(self._portal, visit)
        return self._portal.page(
            request, "account/mail.html", status=status, here=HERE, form=form, account=account,
            offered=self._portal.accounts.terms.sends_mail,
        )  # fmt: skip

    async def _phone(self, request: Request, visit: Visit, form: Form, *, status: int = 200) -> Response:
        account = await an_account(self._portal, visit)
        return self._portal.page(request, "account/phone.html", status=status, here=HERE, form=form, account=account)

    def _preferences(self, request: Request, visit: Visit, form: Form, *, status: int = 200) -> Response:
        chosen = visit.signed_in.preferences
        zone = chosen.time_zone or str(self._portal.zone)
        return self._portal.page(
            request, "account/preferences.html", status=status, here=HERE, form=form, zones=ZONES, chosen_zone=zone,
            chosen_theme=chosen.theme or _DEVICE, chosen_letters="grandes" if chosen.large_text else "usuelles",
        )  # fmt: skip
