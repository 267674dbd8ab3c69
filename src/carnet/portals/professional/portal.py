"""The portal of professionals, at `/pro`: who is signed in, in which situation, and what its areas are given."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.actor import SYSTEM, Actor
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import SYSTEM_TRAIL
from carnet.domain.delegations.model import DelegationTerms
from carnet.domain.delegations.naming import DELEGATIONS_KEY
from carnet.domain.delegations.naming import Seals as DelegationSeals
from carnet.domain.errors import Refused, Unavailable
from carnet.domain.professionals import sessions
from carnet.domain.professionals.model import (
    HeldTokens,
    KnownProfessional,
    Practice,
    ProfessionalSession,
    SessionTerms,
    SignedInProfessional,
)
from carnet.domain.professionals.sessions import SESSIONS_KEY, Seals
from carnet.domain.record.desk.model import ModeTerms
from carnet.partners.oidc.model import Tokens
from carnet.portals.professional.situations import said_of
from carnet.storage.database import Database
from carnet.web.bearer import REQUEST_ID
from carnet.web.bodies import BodyBudget
from carnet.web.portal import guard
from carnet.web.portal.devices import device_of
from carnet.web.portal.frame import Contact, Frame, Place
from carnet.web.portal.interruptions import KEPT_FORMS_KEY, Former, Interruptions
from carnet.web.portal.portal import FilesView, FormView, Portal, View
from carnet.web.services import Services

if TYPE_CHECKING:
    from carnet.partners.oidc.relying_party import RelyingParty

SESSION_COOKIE = "carnet_pro"
HOME = "/pro"
SIGN_IN = "/pro/connexion"
KEPT = "/pro/reprise"  # what was being sent when a session ended
SITUATION = "/pro/situation"
RECORD = "/pro/patients/{patient_id}"  # of the page of a record
LEVEL = "PSC"  # of the authentication, as the rules and the trail say it
_AFTER_THE_PAGE = timedelta(minutes=5)  # tokens that died later than this are renewed while the page goes out
_WAITED = 20  # times a tenth of a second, for another request that is renewing


@dataclass(frozen=True)
class ProfessionalVisit:
    """
    A professional at work.

    signed_in: as the session says; practice: the situation d'exercice in which they act. actor: as the rules judge them.
    """

    signed_in: SignedInProfessional
    practice: Practice
    actor: Actor
    zone: ZoneInfo
    now: datetime

    @property
    def name(self) -> str:
        return self.signed_in.known.name

    @property
    def person(self) -> str:
        """PS_IdNat."""
        return self.signed_in.known.person

    @property
    def session(self) -> ProfessionalSession:
        return self.signed_in.session

    @property
    def situation(self) -> str:
        """The situation in words."""
        return said_of(self.practice)

    @property
    def may_change_situation(self) -> bool:
        return len(self.signed_in.known.practices) > 1

    @property
    def is_staff(self) -> bool:
        """Without a health profession: they feed for who names them, and see nothing of a record."""
        return self.practice.is_staff

    @property
    def form_key(self) -> bytes:
        return self.signed_in.session.session_id.bytes

    @property
    def theme(self) -> str | None:
        return None


class ProfessionalPortal(Portal[ProfessionalVisit]):
    """
    The portal at `/pro`.

    psc: Pro Santé Connect, or None where nobody signs in. tolerant: see `check_practice`. mode_terms: how long exceptional ways to read last. zone: where hours are read. delegations: who may feed in whose name, for how long.
    """

    def __init__(
        self, services: Services, database: Database, *, contact: Contact, zone: ZoneInfo, psc: "RelyingParty | None",
        tolerant: bool = False, terms: SessionTerms | None = None, mode_terms: ModeTerms | None = None,
        delegations: DelegationTerms | None = None,
    ) -> None:  # fmt: skip
        self.services = services
        self.database = database
        self.psc = psc
        self.tolerant = tolerant
        self.zone = zone
        self.terms = terms or SessionTerms()
        self.mode_terms = mode_terms or ModeTerms()
        self.delegations = delegations or DelegationTerms()
        keys = services.keys
        self.seals = Seals(keys.server_sealing_key(SESSIONS_KEY), keys.server_sealing_key(SYSTEM_TRAIL))
        self.delegation_seals = DelegationSeals(keys.server_sealing_key(DELEGATIONS_KEY), self.seals.trail)
        self._staff_places: tuple[Place, ...] = ()
        self._renewals: set[asyncio.Task[bool]] = set()
        frame = Frame(__package__ or "", "layout.html", contact, services.demo, services.clock, zone)
        secure = services.public_url.startswith("https:")
        interruptions = Interruptions(
            database, keys.server_sealing_key(KEPT_FORMS_KEY), services.clock, secure, KEPT, HOME, self._former,
            lambda visit: str(visit.person),
        )  # fmt: skip
        super().__init__(frame, keys, resume=self._at_work, sign_in=SIGN_IN, secure=secure, interruptions=interruptions)

    def offer(self, places: tuple[Place, ...], staff: tuple[Place, ...]) -> None:
        """The navigation, once the areas are known. staff: of people without a health profession."""
        self.frame = replace(self.frame, places=places)
        self._staff_places = staff

    def route(
        self, path: str, *, get: "View[ProfessionalVisit] | None" = None, post: "FormView[ProfessionalVisit] | None" = None,
        for_staff: bool = False,
    ) -> Route:  # fmt: skip
        """As any portal's. for_staff: people without a health profession come in too; elsewhere they are turned away before anything is read."""
        if for_staff or path == KEPT:
            return super().route(path, get=get, post=post)
        return super().route(
            path, get=None if get is None else self._for_professionals(get), post=None if post is None else self._for_professionals(post)
        )  # fmt: skip

    def files_route(
        self, path: str, *, get: "View[ProfessionalVisit]", post: "FilesView[ProfessionalVisit]", bodies: BodyBudget,
        too_large: Callable[[Request], Response], for_staff: bool = False,
    ) -> Route:  # fmt: skip
        """As `route`, of a form that carries files."""
        if not for_staff:
            get, post = self._for_professionals(get), self._for_professionals(post)
        return super().files_route(path, get=get, post=post, bodies=bodies, too_large=too_large)

    def _for_professionals(self, view: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
        async def seen(request: Request, visit: ProfessionalVisit, *typed: Any) -> Response:
            if not visit.is_staff:
                return await view(request, visit, *typed)
            await self.trace_refused_delegation(visit, "delegate-feeds-only")
            raise Refused("delegate-feeds-only")

        return seen

    async def trace_refused_delegation(self, visit: ProfessionalVisit, code: str, delegation: str = "") -> None:
        """What someone tried beyond what they were named for, in the system's trail."""
        at = self.services.clock()
        await self.services.trace(
            did(visit.actor, EventType.DELEGATION_REFUSED, at=at, outcome=Outcome.REFUSED, issues=code, delegation=delegation)
        )  # fmt: skip

    def page(
        self, request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, here: str | None = None,
        **values: Any,
    ) -> Response:  # fmt: skip
        visit: ProfessionalVisit | None = getattr(request.state, "visit", None)
        if visit is not None and visit.is_staff:
            values.setdefault("places", self._staff_places)
        return super().page(request, template, status=status, headers=headers, here=here, **values)

    async def signed_in(self, request: Request) -> SignedInProfessional | None:
        """Who is signed in, even before a situation is chosen; read once per request."""
        if not hasattr(request.state, "signed_in"):
            request.state.signed_in = await self._resume_session(request)
        found: SignedInProfessional | None = request.state.signed_in
        return found

    async def begin_session(
        self, request: Request, known: KnownProfessional, *, practice: Practice | None, means: str, tokens: Tokens | None = None,
        ends_at: datetime | None = None, software: str | None = None,
    ) -> str:  # fmt: skip
        """
        Sign a professional in; gives the token for `let_in`.

        Takes
            practice: None when they have one to choose. ends_at: before the terms say, if it must be.
        """
        at = self.services.clock()
        actor = replace(
            known.acting(practice, means=means, level=LEVEL, software=software),
            correlation_id=request.scope.get(REQUEST_ID),
        )
        async with self.database.transaction() as tx:
            _, token = await sessions.begin(
                tx, known, actor=actor, practice=practice, device=device_of(request), seals=self.seals, at=at, terms=self.terms,
                tokens=None if tokens is None else held_of(tokens), ends_at=ends_at,
                provider_session=None if tokens is None else tokens.session,
            )  # fmt: skip
        return token

    def let_in(self, response: Response, token: str, *, keep_way: bool = False) -> Response:
        """Give the browser its session; what bound its forms before is dropped. keep_way: a situation is to be chosen first."""
        guard.set_cookie(response, SESSION_COOKIE, token, secure=self.secure)
        guard.drop_cookie(response, guard.FORM_COOKIE, secure=self.secure)
        if not keep_way:
            self.forget_way(response)
        return response

    def let_out(self, response: Response) -> Response:
        """Take the session back from the browser, and what it may have kept of our pages."""
        guard.drop_cookie(response, SESSION_COOKIE, secure=self.secure)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    def actor_of(self, request: Request, found: SignedInProfessional, practice: Practice | None) -> Actor:
        """The professional as the rules judge them, in this situation."""
        acting = found.known.acting(practice, means=found.session.means, level=LEVEL)
        return replace(acting, correlation_id=request.scope.get(REQUEST_ID))

    def forget_visit(self, request: Request) -> None:
        super().forget_visit(request)
        del request.state.signed_in

    def to_sign_in(self, request: Request) -> Response:
        """To the sign-in; whoever has only a situation to choose, to that."""
        response = super().to_sign_in(request)
        if getattr(request.state, "signed_in", None) is not None:
            response.headers["location"] = SITUATION
        return response

    async def close(self) -> None:
        """Wait for the renewals under way."""
        await asyncio.gather(*self._renewals, return_exceptions=True)

    async def _former(self, request: Request) -> Former | None:
        found = await sessions.former(self.database, guard.cookie(request, SESSION_COOKIE, secure=self.secure))
        return None if found is None else Former(found[1], found[0].bytes)

    async def _at_work(self, request: Request) -> ProfessionalVisit | None:
        found = await self.signed_in(request)
        if found is None or found.practice is None:
            return None
        actor = self.actor_of(request, found, found.practice)
        return ProfessionalVisit(found, found.practice, actor, self.zone, self.services.clock())

    async def _resume_session(self, request: Request) -> SignedInProfessional | None:
        token = guard.cookie(request, SESSION_COOKIE, secure=self.secure)
        found = await self._look_up(token) if token else None
        if found is None or found.tokens is None:
            return found
        dead_for = self.services.clock() - found.tokens.fresh_until
        if dead_for < timedelta(0):
            return found
        if dead_for < _AFTER_THE_PAGE:
            renewal = asyncio.create_task(self._renew(found, found.tokens))
            self._renewals.add(renewal)
            renewal.add_done_callback(self._renewals.discard)
            return found
        if not await self._renew(found, found.tokens):
            await self._while_another_renews(token, found.tokens.fresh_until)
        return await self._look_up(token)

    async def _look_up(self, token: str) -> SignedInProfessional | None:
        at = self.services.clock()
        return await sessions.resume(self.database, token, seals=self.seals, at=at, terms=self.terms)

    async def _renew(self, found: SignedInProfessional, held: HeldTokens) -> bool:
        """
        Ask Pro Santé Connect for new tokens; when it refuses, the session ends. When it does not answer, nothing changes.

        Gives
            False when another request is at it.
        """
        session_id, at = found.session.session_id, self.services.clock()
        if self.psc is None or not await sessions.claim_renewal(self.database, session_id, held, at=at):
            return self.psc is None
        try:
            renewed = await self.psc.refresh(tokens_of(held))
        except Refused:
            await self.end_session(
                session_id, found.known.acting(found.practice, means="psc", level=LEVEL), cause="refresh-refused"
            )
        except Unavailable:
            pass
        else:
            await sessions.renew(self.database, session_id, held_of(renewed), seals=self.seals)
        return True

    async def end_session(self, session_id: UUID, actor: Actor, *, cause: str) -> None:
        """End a session, with its trace."""
        at = self.services.clock()
        async with self.database.transaction() as tx:
            await sessions.end(tx, session_id, actor=actor, cause=cause, seals=self.seals, at=at)

    async def end_by_provider(self, provider_session: str) -> None:
        """End what began in a session that Pro Santé Connect has ended."""
        at = self.services.clock()
        async with self.database.transaction() as tx:
            await sessions.end_by_provider(tx, provider_session, actor=SYSTEM, seals=self.seals, at=at)

    async def _while_another_renews(self, token: str, fresh_until: datetime) -> None:
        for _ in range(_WAITED):
            await asyncio.sleep(0.1)
            found = await self._look_up(token)
            if found is None or found.tokens is None or found.tokens.fresh_until != fresh_until:
                return


def held_of(tokens: Tokens) -> HeldTokens:
    """Tokens, as a session keeps them."""
    values: dict[str, Any] = {
        "access_token": tokens.access_token, "id_token": tokens.id_token, "refresh_token": tokens.refresh_token,
        "session": tokens.session,
    }  # fmt: skip
    return HeldTokens(values, tokens.access_until)


def tokens_of(held: HeldTokens) -> Tokens:
    """The inverse of `held_of`."""
    return Tokens(
        held.values["access_token"], held.fresh_until, held.values["id_token"], held.values["refresh_token"],
        session=held.values["session"],
    )  # fmt: skip
