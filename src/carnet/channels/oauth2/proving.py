"""Proof of the client, the same at every address of this door: one count of failures, one duration, one trace."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from carnet.channels.oauth2.authentication import authenticate
from carnet.channels.oauth2.credentials import Credentials, read_credentials
from carnet.channels.oauth2.failures import FailureLimit
from carnet.channels.oauth2.refusals import Refusal
from carnet.channels.oauth2.services import OAuthServices
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import AuditEvent, EventType, Outcome
from carnet.domain.clients.model import AuthMethod, Client
from carnet.domain.clients.registration import CLIENT_ID
from carnet.domain.errors import Issue
from carnet.storage.database import DatabaseBusy
from carnet.vocabulary.uuid7 import uuid7
from carnet.web.arrivals import certificate_of
from carnet.web.shares import Throttled

_REFUSALS = frozenset({EventType.SIGN_IN_REFUSED})


class Proving:
    """Shared by the addresses of the door, so that failing at one counts at the others."""

    def __init__(self, services: OAuthServices) -> None:
        self._services = services
        self._failures = FailureLimit()

    async def prove(self, request: Request, form: Mapping[str, str]) -> tuple[Client, Actor, AuthMethod]:
        """
        The client of a request, the actor it is, and how it proved it.

        Authenticates within the limit of failures; a failure is traced, and takes the same time whatever its cause.

        Raises
            Refusal.
        """
        credentials = read_credentials(request, form)
        now = self._services.clock()
        address = request.client.host if request.client else None
        blocked = self._failures.blocked(address, credentials.client_id, now=now)
        if blocked is not None:
            if blocked.is_first:
                await self._trace_failure(credentials, "too-many-failures", address=address)
            raise Refusal(Issue("oauth-too-many-failures"), retry_after_seconds=blocked.retry_after_seconds)
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._services.failure_delay.total_seconds()
        try:
            client, method = await authenticate(credentials, self._services)
        except Refusal as refused:
            self._failures.failed(address, credentials.client_id, now=now)
            await self._trace_failure(credentials, refused.cause or refused.issue.code, address=address)
            await asyncio.sleep(max(0.0, ends_at - loop.time()))
            raise
        self._failures.succeeded(address, credentials.client_id)
        self._services.count(client.client_id)
        certificate = certificate_of(request.scope)
        actor = client.signed_in_by(method, certificate=None if certificate is None else certificate.thumbprint)
        return client, actor, method

    async def trace(self, actor: Actor, kind: EventType, details: Mapping[str, str]) -> None:
        outcome = Outcome.REFUSED if kind in _REFUSALS else Outcome.SUCCESS
        await self._services.trace(AuditEvent(uuid7(), kind, outcome, self._services.clock(), actor, details=details))

    async def _trace_failure(self, credentials: Credentials, cause: str, *, address: str | None) -> None:
        # Nothing is proved: the actor is nobody, and the claimed name is kept only when it could be one.
        claimed = credentials.client_id if CLIENT_ID.fullmatch(credentials.client_id) else "?"
        actor = Actor(ActorKind.ANONYMOUS, "", authentication=Authentication("none"))
        details = {"method": credentials.method.value, "client": claimed, "cause": cause, "address": address or "?"}
        await self.trace(actor, EventType.SIGN_IN_REFUSED, details)


def answering(
    services: OAuthServices, endpoint: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint whose refusals become the answers of RFC 6749 §5.2."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as refused:
            return refused.response(services.describe)
        except DatabaseBusy:
            return Refusal(Issue("oauth-unavailable"), retry_after_seconds=2).response(services.describe)
        except Throttled as later:
            retry = later.retry_after_seconds
            return Refusal(later.issues[0], retry_after_seconds=retry).response(services.describe)

    return answer
