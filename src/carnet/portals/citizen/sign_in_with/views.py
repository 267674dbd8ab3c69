"""
Away to an identity provider and back: whoever it vouches for is recognised, or led another way. Nothing is created here.

Source: identity-and-messaging.md §3.1, §3.2; docs/decisions/0040-signing-people-in.md.
"""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.domain.accounts.activation import store as activation_store
from carnet.domain.accounts.activation.recognising import names_of, recognised_otherwise
from carnet.domain.accounts.means.choosing import begin_account
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import DomainError, Unavailable
from carnet.domain.people.model import KnownPatient
from carnet.domain.record.identities.recognising import recognise, recognise_by_ins
from carnet.formats.franceconnect.pivot import read_pivot
from carnet.partners.oidc.model import Arrival
from carnet.portals.citizen.portal import CitizenPortal, Visit, holder_actor
from carnet.portals.citizen.proofs import ACTIVATION, ACTIVATION_STEP, keep_step
from carnet.vocabulary.frozen import frozen
from carnet.web.bearer import REQUEST_ID
from carnet.web.portal.departures import NEVER_LEFT, Departures, at_public_address
from carnet.web.portal.farewells import Farewells
from carnet.web.wording import issue_text

if TYPE_CHECKING:
    from carnet.partners.oidc.relying_party import RelyingParty

_NEVER_KEPT = {"Cache-Control": "no-store"}


@frozen
class Provider:
    """
    A way in. name: of the provider, also the end of its address. label: as people know it. tells_ins: whether it vouches for an INS.
    """

    name: str
    label: str
    tells_ins: bool = False


PROVIDERS = (Provider("franceconnect", "FranceConnect"), Provider("apcv", "l’application carte Vitale", tells_ins=True))


def routes(portal: CitizenPortal) -> list[Route]:
    """The addresses of the providers that are there."""
    services = portal.services
    departures = Departures(portal.database, services.keys, services.clock, portal.secure)
    farewells = Farewells(services.keys, services.clock, portal.secure)
    found = []
    for provider in PROVIDERS:
        party = portal.providers.get(provider.name)
        if party is not None:
            views = _SignInWith(portal, provider, party, departures, farewells)
            found += [
                portal.open_route(f"/connexion/{provider.name}", get=views.leave),
                portal.open_route(f"/connexion/{provider.name}/retour", get=views.back),
            ]
    return found


class _SignInWith:
    """One provider's two addresses."""

    def __init__(
        self, portal: CitizenPortal, provider: Provider, party: "RelyingParty", departures: Departures, farewells: Farewells
    ) -> None:  # fmt: skip
        self._portal = portal
        self._provider = provider
        self._party = party
        self._departures = departures
        self._farewells = farewells

    async def leave(self, request: Request, visit: Visit | None) -> Response:
        """To the provider; whoever is signed in is already where they wanted to go."""
        if visit is not None:
            return RedirectResponse("/", 303, _NEVER_KEPT)
        elsewhere = at_public_address(request, self._portal.services.public_url) if self._portal.services.demo else None
        if elsewhere is not None:
            return elsewhere
        try:
            departure = await self._party.depart()
        except DomainError as error:
            return await self._failed(request, error)
        return self._departures.leave(self._provider.name, departure)

    async def back(self, request: Request, visit: Visit | None) -> Response:
        """From the provider: to their record, or to a page that says why not and what else there is."""
        try:
            departure = await self._departures.back(request, self._provider.name)
            arrival = await self._party.arrive(request.query_params, departure)
            known = await self._recognise(arrival)
            first = await self._first_connection(request, known)
            if first is not None:
                return self._departures.forget(first, request)
            token = await self._portal.begin_session(
                request, known.patient_id, known.identity, means=self._provider.name
            )
        except DomainError as error:
            if visit is not None and error.code == "sign-in-state-unknown":
                return RedirectResponse("/", 303, _NEVER_KEPT)  # the way back of a browser that had arrived already
            return self._departures.forget(await self._failed(request, error), request)
        response = RedirectResponse(self._portal.way_back(request), 303, _NEVER_KEPT)
        self._farewells.remember(response, self._provider.name, arrival.tokens)
        return self._departures.forget(self._portal.let_in(response, token), request)

    async def _recognise(self, arrival: Arrival) -> KnownPatient:
        pivot = read_pivot(arrival.claims)
        if self._provider.tells_ins and pivot.ins is not None:
            return await recognise_by_ins(self._portal.database, pivot.ins, pivot.traits)
        return await recognise(self._portal.database, pivot.traits)

    async def _first_connection(self, request: Request, known: KnownPatient) -> Response | None:
        """
        Someone whose record is not open yet decides of it first, as with a provisional code. A record that opened by itself has an account from
        now on.
        """
        accounts = self._portal.accounts
        async with accounts.database.transaction() as tx:
            standing = await activation_store.standing(tx, known.patient_id)
            if standing is not None and standing[0] == RecordStatus.OPEN and not standing[1]:
                actor = holder_actor(request, known.identity, self._provider.name)
                await begin_account(
                    tx, known.patient_id, names=names_of(known.identity), actor=actor, accounts=accounts, at=accounts.clock()
                )  # fmt: skip
        if standing is None or standing[0] not in {RecordStatus.ANNOUNCED, RecordStatus.OPPOSED}:
            return None
        token = await recognised_otherwise(known.patient_id, means=self._provider.name, accounts=accounts)
        response = RedirectResponse(f"{ACTIVATION}/ouvrir/confirmer", 303, _NEVER_KEPT)
        return keep_step(response, token, self._portal, ACTIVATION_STEP)

    async def _failed(self, request: Request, error: DomainError) -> Response:
        """The trail says why; the page says what to do."""
        issue = error.issues[0]
        cause = issue.facts.get("cause")
        stranger = Actor(
            ActorKind.ANONYMOUS, self._provider.label, authentication=Authentication(self._provider.name),
            correlation_id=request.scope.get(REQUEST_ID),
        )  # fmt: skip
        why = issue.code if cause is None else f"{issue.code}:{cause}"
        services = self._portal.services
        refused = did(
            stranger, EventType.SIGN_IN_REFUSED, at=services.clock(), outcome=Outcome.REFUSED, means=self._provider.name, cause=why
        )  # fmt: skip
        if cause != NEVER_LEFT and not isinstance(error, Unavailable):
            await services.trace(refused)
        others = [each for each in PROVIDERS if each.name in self._portal.providers and each != self._provider]
        return self._portal.page(
            request, "sign_in_with/failed.html", status=503 if isinstance(error, Unavailable) else 403,
            headers={"Retry-After": "60"} if isinstance(error, Unavailable) else None, code=issue.code,
            text=issue_text(issue)[1], provider=self._provider, others=others,
        )  # fmt: skip
