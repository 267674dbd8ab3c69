"""
`POST /oauth2/token`: a registered client proves itself and receives an access token.

Source: RFC 6749 §4.4 (client credentials), §5 (answers); RFC 7523 §2.2; RFC 9068.
"""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carnet.channels.oauth2.authentication import authenticate
from carnet.channels.oauth2.credentials import Credentials, read_credentials
from carnet.channels.oauth2.failures import FailureLimit
from carnet.channels.oauth2.form import read_form
from carnet.channels.oauth2.refusals import NO_STORE, Refusal, refusal
from carnet.channels.oauth2.services import OAuthServices
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import AuditEvent, EventType, Outcome
from carnet.domain.clients.model import Client, GrantType
from carnet.domain.clients.registration import CLIENT_ID
from carnet.domain.errors import Issue
from carnet.storage.database import DatabaseBusy
from carnet.vocabulary.uuid7 import uuid7


class TokenEndpoint:
    """The endpoint, with its count of failures."""

    def __init__(self, services: OAuthServices) -> None:
        self._services = services
        self._failures = FailureLimit()

    async def answer(self, request: Request) -> Response:
        """A token, or one of the refusals of RFC 6749 §5.2."""
        try:
            return await self._answer(request)
        except Refusal as refused:
            return refused.response(self._services.describe)
        except DatabaseBusy:
            return Refusal(Issue("oauth-unavailable"), retry_after_seconds=2).response(self._services.describe)

    async def _answer(self, request: Request) -> Response:
        form = await read_form(request)
        grant = _grant(form)
        if "scope" in form:
            # What a client may do follows from who it is. To grant a scope that limits nothing would be a false promise.
            raise refusal("oauth-scope-unknown")
        credentials = read_credentials(request, form)
        client = await self._prove(credentials, address=request.client.host if request.client else None)
        actor = client.signed_in_by(credentials.method)
        if grant not in client.grants:
            await self._trace(
                actor, EventType.SIGN_IN_REFUSED, {"method": credentials.method.value, "cause": "grant-not-given"}
            )
            raise refusal("oauth-grant-not-allowed")
        token = self._services.issuer.issue(actor, lifetime=self._services.token_lifetime)
        await self._trace(actor, EventType.SIGNED_IN, {"method": credentials.method.value})
        seconds = int(self._services.token_lifetime.total_seconds())
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": seconds}, headers=NO_STORE)

    async def _prove(self, credentials: Credentials, *, address: str | None) -> Client:
        """Authenticate within the limit of failures; a failure is traced, and takes the same time whatever its cause."""
        now = self._services.clock()
        blocked = self._failures.blocked(address, credentials.client_id, now=now)
        if blocked is not None:
            if blocked.is_first:
                await self._trace_refusal(credentials, "too-many-failures", address=address)
            raise Refusal(Issue("oauth-too-many-failures"), retry_after_seconds=blocked.retry_after_seconds)
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._services.failure_delay.total_seconds()
        try:
            client = await authenticate(credentials, self._services)
        except Refusal as refused:
            self._failures.failed(address, credentials.client_id, now=now)
            await self._trace_refusal(credentials, refused.cause or refused.issue.code, address=address)
            await asyncio.sleep(max(0.0, ends_at - loop.time()))
            raise
        self._failures.succeeded(address, credentials.client_id)
        return client

    async def _trace_refusal(self, credentials: Credentials, cause: str, *, address: str | None) -> None:
        # Nothing is proved: the actor is nobody, and the claimed name is kept only when it could be one.
        claimed = credentials.client_id if CLIENT_ID.fullmatch(credentials.client_id) else "?"
        actor = Actor(ActorKind.ANONYMOUS, "", authentication=Authentication("none"))
        details = {"method": credentials.method.value, "client": claimed, "cause": cause, "address": address or "?"}
        await self._trace(actor, EventType.SIGN_IN_REFUSED, details)

    async def _trace(self, actor: Actor, kind: EventType, details: Mapping[str, str]) -> None:
        outcome = Outcome.SUCCESS if kind is EventType.SIGNED_IN else Outcome.REFUSED
        await self._services.trace(AuditEvent(uuid7(), kind, outcome, self._services.clock(), actor, details=details))


def _grant(form: Mapping[str, str]) -> GrantType:
    asked = form.get("grant_type")
    if asked is None:
        raise refusal("oauth-parameter-missing", parameter="grant_type")
    try:
        return GrantType(asked)
    except ValueError as error:
        raise refusal("oauth-grant-unsupported") from error
