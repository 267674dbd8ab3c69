"""
In by Pro Santé Connect, into one situation d'exercice that the directory confirms, and out, both ways.

Source: identity-and-messaging.md §2.2, §2.3, §2.6; docs/decisions/0040-signing-people-in.md.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.directory.practising import Claimed, check_practice, check_staff
from carnet.domain.errors import DomainError, Refused, Unavailable
from carnet.domain.professionals import sessions
from carnet.domain.professionals.model import KnownProfessional, Practice
from carnet.formats.psc.userinfo import read_userinfo
from carnet.portals.professional.portal import (
    HOME,
    LEVEL,
    SIGN_IN,
    SITUATION,
    ProfessionalPortal,
    ProfessionalVisit,
    tokens_of,
)
from carnet.portals.professional.situations import place_of, trade_of
from carnet.web.bearer import REQUEST_ID
from carnet.web.portal.departures import NEVER_LEFT, Departures, at_public_address
from carnet.web.portal.farewells import Farewells
from carnet.web.portal.forms import Form
from carnet.web.wording import issue_text
from carnet.web.wording.candidates import written_name

if TYPE_CHECKING:
    from carnet.partners.oidc.model import Arrival
    from carnet.partners.oidc.relying_party import RelyingParty

PSC = "psc"
LEAVE = "/pro/deconnexion"
_NEVER_KEPT = {"Cache-Control": "no-store"}
_CHOOSE = "Choisissez la situation dans laquelle vous travaillez maintenant."


def routes(portal: ProfessionalPortal) -> list[Route]:
    assert portal.psc is not None
    views = _SignIn(portal, portal.psc)
    return [
        portal.open_route(SIGN_IN, get=views.page),
        portal.open_route(f"{SIGN_IN}/psc", get=views.leave),
        portal.open_route(f"{SIGN_IN}/retour", get=views.back),
        portal.open_route(SITUATION, get=views.situations, post=views.choose),
        portal.open_route(LEAVE, get=views.gone, post=views.sign_out),
        Route(f"{LEAVE}/psc", views.signed_out_there, methods=["GET", "POST"]),
    ]


class _SignIn:
    def __init__(self, portal: ProfessionalPortal, psc: "RelyingParty") -> None:
        self._portal = portal
        self._psc = psc
        services = portal.services
        self._departures = Departures(portal.database, services.keys, services.clock, portal.secure)
        self._farewells = Farewells(services.keys, services.clock, portal.secure)

    # In

    async def page(self, request: Request, visit: ProfessionalVisit | None) -> Response:
        if visit is not None:
            return RedirectResponse(HOME, 303, _NEVER_KEPT)
        return self._portal.page(request, "sign_in/sign_in.html")

    async def leave(self, request: Request, visit: ProfessionalVisit | None) -> Response:
        """To Pro Santé Connect."""
        if visit is not None:
            return RedirectResponse(HOME, 303, _NEVER_KEPT)
        elsewhere = at_public_address(request, self._portal.services.public_url) if self._portal.services.demo else None
        if elsewhere is not None:
            return elsewhere
        try:
            departure = await self._psc.depart()
        except DomainError as error:
            return await self._failed(request, error)
        return self._departures.leave(PSC, departure)

    async def back(self, request: Request, visit: ProfessionalVisit | None) -> Response:
        """From Pro Santé Connect: to work, to the choice of a situation, or to a page that says why not."""
        known: KnownProfessional | None = None
        try:
            departure = await self._departures.back(request, PSC)
            arrival = await self._psc.arrive(request.query_params, departure)
            known = _known(arrival, with_staff=self._portal.delegations.admits_staff)
            practice = await self._only_practice(known)
            token = await self._portal.begin_session(
                request, known, practice=practice, means=PSC, tokens=arrival.tokens
            )
        except DomainError as error:
            if visit is not None and error.code == "sign-in-state-unknown":
                return RedirectResponse(HOME, 303, _NEVER_KEPT)  # the way back of a browser that had arrived already
            return self._departures.forget(await self._failed(request, error, known), request)
        to = self._portal.way_back(request, otherwise=HOME)
        response = RedirectResponse(to if practice is not None else SITUATION, 303, _NEVER_KEPT)
        self._portal.let_in(response, token, keep_way=practice is None)
        return self._departures.forget(response, request)

    async def _only_practice(self, known: KnownProfessional) -> Practice | None:
        """The situation of who has one, confirmed; None when there is one to choose. Raises Refused."""
        if not known.practices:
            raise Refused("psc-situation-missing")
        first = known.practices[0]
        if len(known.practices) == 1:
            await self._check(known, first)
            return first
        await self._check(known, first, tolerant=True)  # whoever has ceased has nothing to choose
        return None

    async def _check(self, known: KnownProfessional, practice: Practice, *, tolerant: bool = False) -> None:
        tolerant = tolerant or self._portal.tolerant
        if practice.profession is None:
            await check_staff(self._portal.database, known.person, practice.organization, tolerant=tolerant)
            return
        claimed = Claimed(known.person, practice.profession, practice.specialty, practice.sector, practice.organization)
        await check_practice(self._portal.database, claimed, tolerant=tolerant)

    # Situation

    async def situations(self, request: Request, _: ProfessionalVisit | None) -> Response:
        """Those among which to choose; also later, to go from one to another."""
        return await self._situations(request, Form())

    async def choose(self, request: Request, _: ProfessionalVisit | None, typed: FormData) -> Response:
        """Practise in this one from now on, once the directory confirms it."""
        found = await self._portal.signed_in(request)
        if found is None:
            return RedirectResponse(SIGN_IN, 303, _NEVER_KEPT)
        form = Form(typed)
        ident = form.choice("situation", {each.ident for each in found.known.practices}, required=_CHOOSE)
        practice = found.known.practice(ident)
        if practice is None:
            return await self._situations(request, form, status=422)
        try:
            await self._check(found.known, practice)
        except Refused as error:
            await self._trace_refusal(request, error, found.known)
            form.mend("situation", issue_text(error.issues[0])[1])
            return await self._situations(request, form, status=422)
        actor = self._portal.actor_of(request, found, practice)
        at = self._portal.services.clock()
        async with self._portal.database.transaction() as tx:
            await sessions.choose_practice(
                tx, found.session.session_id, practice, actor=actor, seals=self._portal.seals, at=at
            )
        response = RedirectResponse(self._portal.way_back(request, otherwise=HOME), 303, _NEVER_KEPT)
        self._portal.forget_way(response)
        return response

    async def _situations(self, request: Request, form: Form, *, status: int = 200) -> Response:
        found = await self._portal.signed_in(request)
        if found is None:
            return RedirectResponse(SIGN_IN, 303, _NEVER_KEPT)
        options = [(each.ident, trade_of(each).capitalize(), place_of(each)) for each in found.known.practices]
        chosen = [] if found.practice is None else [found.practice.ident]
        return self._portal.page(
            request, "sign_in/situation.html", status=status, form=form, options=options, chosen=chosen, name=found.known.name
        )  # fmt: skip

    # Out

    async def sign_out(self, request: Request, _: ProfessionalVisit | None, __: FormData) -> Response:
        """End the session here; the page that follows offers to end that of Pro Santé Connect."""
        response = RedirectResponse(LEAVE, 303, _NEVER_KEPT)
        found = await self._portal.signed_in(request)
        if found is not None:
            actor = self._portal.actor_of(request, found, found.practice)
            await self._portal.end_session(found.session.session_id, actor, cause="signed-out")
            if found.tokens is not None:
                self._farewells.remember(response, PSC, tokens_of(found.tokens))
        return self._portal.let_out(response)

    async def gone(self, request: Request, visit: ProfessionalVisit | None) -> Response:
        if visit is not None:
            return RedirectResponse(HOME, 303, _NEVER_KEPT)
        back_to = f"{self._portal.services.public_url}{LEAVE}"
        farewell = await self._farewells.offer(request, {PSC: self._psc}, back_to=back_to)
        return self._farewells.forget(self._portal.page(request, "sign_in/gone.html", farewell=farewell), request)

    async def signed_out_there(self, request: Request) -> Response:
        """
        Pro Santé Connect ended a session: ours that began in it end too.

        GET is its front channel (`iss`, `sid`: a page loaded in passing), POST its back channel (`logout_token`). The answer is the
        same whether there was one or not.
        """
        sid: str | None = None
        try:
            if request.method == "POST":
                form = await request.form(max_files=0, max_fields=5, max_part_size=16 * 1024)
                _, sid = await self._psc.ended_there(str(form.get("logout_token", "")))
            elif request.query_params.get("iss") == (await self._psc.metadata()).issuer:
                sid = request.query_params.get("sid")
        except DomainError as error:
            status = 503 if isinstance(error, Unavailable) else 400
            return Response(status_code=status, headers=_NEVER_KEPT)
        if sid:
            await self._portal.end_by_provider(sid)
        return Response(status_code=200, headers=_NEVER_KEPT)

    # Refusals

    async def _failed(self, request: Request, error: DomainError, known: KnownProfessional | None = None) -> Response:
        issue = error.issues[0]
        if issue.facts.get("cause") != NEVER_LEFT and not isinstance(error, Unavailable):
            await self._trace_refusal(request, error, known)
        is_down = isinstance(error, Unavailable)
        return self._portal.page(
            request, "sign_in/failed.html", status=503 if is_down else 403, headers={"Retry-After": "60"} if is_down else None,
            text=issue_text(issue)[1], code=issue.code,
        )  # fmt: skip

    async def _trace_refusal(self, request: Request, error: DomainError, known: KnownProfessional | None) -> None:
        """The trail says why, and who when Pro Santé Connect has said it."""
        issue = error.issues[0]
        cause = issue.facts.get("cause")
        stranger = Actor(
            _kind_of(known), known.name if known is not None else "Pro Santé Connect",
            person=None if known is None else known.person, authentication=Authentication(PSC, LEVEL if known is not None else None),
            correlation_id=request.scope.get(REQUEST_ID),
        )  # fmt: skip
        why = issue.code if cause is None else f"{issue.code}:{cause}"
        services = self._portal.services
        await services.trace(
            did(stranger, EventType.SIGN_IN_REFUSED, at=services.clock(), outcome=Outcome.REFUSED, means=PSC, cause=why)
        )


def _kind_of(known: KnownProfessional | None) -> ActorKind:
    return ActorKind.ANONYMOUS if known is None else known.acting(None, means=PSC, level=LEVEL).kind


def _known(arrival: "Arrival", *, with_staff: bool) -> KnownProfessional:
    """Raises Invalid: `psc-userinfo-unreadable`."""
    told = read_userinfo(arrival.claims, with_staff=with_staff)
    name = " ".join(written_name(word) for word in told.name.split())  # registers write in capitals
    return KnownProfessional(told.identifier, name, tuple(Practice(**asdict(each)) for each in told.situations))
