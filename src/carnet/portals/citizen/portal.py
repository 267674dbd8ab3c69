"""The citizen's portal: who is signed in, and what its areas are given."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.accounts import sessions
from carnet.domain.accounts.means.parts import Accounts
from carnet.domain.accounts.model import CitizenSession, SessionTerms, SignedIn
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.clients.model import OWN_CLIENT_ID
from carnet.domain.people.model import Identity
from carnet.vocabulary.ins import Ins
from carnet.web.bearer import REQUEST_ID
from carnet.web.portal import guard
from carnet.web.portal.devices import device_of
from carnet.web.portal.frame import Contact, Frame, Legal, Place
from carnet.web.portal.interruptions import KEPT_FORMS_KEY, Former, Interruptions
from carnet.web.portal.portal import Portal
from carnet.web.services import Services

if TYPE_CHECKING:
    from carnet.partners.oidc.relying_party import RelyingParty

SESSION_COOKIE = "carnet_session"
SIGN_IN = "/connexion"


@dataclass(frozen=True)
class Visit:
    """
    The holder at their own record.

    signed_in: as the session says. actor: as the rules judge them. zone: where they read the hours. closes_at: when the session ends if
    nothing more is asked for.
    """

    signed_in: SignedIn
    actor: Actor
    zone: ZoneInfo
    now: datetime
    closes_at: datetime

    @property
    def patient_id(self) -> UUID:
        return self.signed_in.patient_id

    @property
    def identity(self) -> Identity:
        return self.signed_in.identity

    @property
    def ins(self) -> Ins:
        return self.signed_in.identity.ins

    @property
    def session(self) -> CitizenSession:
        return self.signed_in.session

    @cached_property
    def name(self) -> str:
        return shown_name(self.signed_in.identity)

    @property
    def former_visit_at(self) -> datetime | None:
        """What came since is new to them; None at their first visit."""
        return self.signed_in.former_visit_at

    @property
    def form_key(self) -> bytes:
        return self.signed_in.session.session_id.bytes

    @property
    def large_text(self) -> bool:
        return self.signed_in.preferences.large_text

    @property
    def theme(self) -> str | None:
        return self.signed_in.preferences.theme


class CitizenPortal(Portal[Visit]):
    """
    The portal at `/`.

    terms: of sessions. zone: of those who chose none. accounts: means of sign-in. legal: what the legal pages say of the operator.
    providers: of identities, by name (`franceconnect`, `apcv`): those that are there.
    """

    def __init__(
        self, services: Services, accounts: Accounts, *, contact: Contact, legal: Legal, terms: SessionTerms, zone: ZoneInfo,
        providers: "Mapping[str, RelyingParty] | None" = None,
    ) -> None:  # fmt: skip
        self.services = services
        self.accounts = accounts
        self.database = accounts.database
        self.legal = legal
        self.terms = terms
        self.zone = zone
        self.providers = providers or {}
        self._addresses: frozenset[str] = frozenset()
        frame = Frame(__package__ or "", "layout.html", contact, services.demo, services.clock, zone)
        secure = services.public_url.startswith("https:")
        interruptions = Interruptions(
            self.database, services.keys.server_sealing_key(KEPT_FORMS_KEY), services.clock, secure, "/reprise", "/", self._former,
            lambda visit: str(visit.patient_id),
        )  # fmt: skip
        super().__init__(
            frame, services.keys, resume=self._signed_in, sign_in=SIGN_IN, secure=secure, interruptions=interruptions
        )

    def offer(self, places: tuple[Place, ...], *, addresses: Collection[str] = ()) -> None:
        """The navigation, and every address there is, once the areas are known."""
        self.frame = replace(self.frame, places=places)
        self._addresses = frozenset(addresses)

    def leads_to(self, address: str) -> bool:
        """Whether a page of another area is there to be linked to."""
        return address in self._addresses

    async def begin_session(self, request: Request, patient_id: UUID, identity: Identity, *, means: str) -> str:
        """
        Sign the holder in; gives the token for `let_in`.

        Raises
            NotFound: `record-unknown`.
        """
        at = self.services.clock()
        async with self.database.transaction() as tx:
            _, token = await sessions.begin(
                tx, patient_id, actor=holder_actor(request, identity, means), device=device_of(request), keys=self.services.keys,
                at=at, terms=self.terms,
            )  # fmt: skip
        return token

    def let_in(self, response: Response, token: str) -> Response:
        """Give the browser its session; what bound its forms before is dropped."""
        guard.set_cookie(response, SESSION_COOKIE, token, secure=self.secure)
        guard.drop_cookie(response, guard.FORM_COOKIE, secure=self.secure)
        self.forget_way(response)
        return response

    def let_out(self, response: Response) -> Response:
        """Take the session back from the browser, and what it may have kept of our pages."""
        guard.drop_cookie(response, SESSION_COOKIE, secure=self.secure)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    async def _former(self, request: Request) -> Former | None:
        found = await sessions.former(self.database, guard.cookie(request, SESSION_COOKIE, secure=self.secure))
        return None if found is None else Former(str(found[1]), found[0].bytes)

    async def _signed_in(self, request: Request) -> Visit | None:
        token = guard.cookie(request, SESSION_COOKIE, secure=self.secure)
        if not token:
            return None
        now = self.services.clock()
        found = await sessions.resume(self.database, token, at=now, terms=self.terms)
        if found is None:
            return None
        zone = ZoneInfo(found.preferences.time_zone) if found.preferences.time_zone in available_zones() else self.zone
        return Visit(
            found,
            holder_actor(request, found.identity, found.session.means),
            zone,
            now,
            min(found.session.ends_at, now + self.terms.idle),
        )


@cache
def available_zones() -> frozenset[str]:
    """Names of time zones that this machine knows."""
    return frozenset(available_timezones())


def shown_name(identity: Identity) -> str:
    """`Odile Lambert`: the names they use, else those of birth."""
    given = identity.used_given_name or identity.traits.first_given_name
    family = identity.used_name or identity.traits.birth_name
    return f"{given} {family}".title()


def holder_actor(request: Request, identity: Identity, means: str) -> Actor:
    """The holder, by the means with which they prove who they are."""
    return Actor(
        ActorKind.CITIZEN, shown_name(identity), ins=identity.ins, software=OWN_CLIENT_ID, authentication=Authentication(means),
        correlation_id=request.scope.get(REQUEST_ID),
    )  # fmt: skip
