"""
`POST /oauth2/token`: a registered client proves itself and receives an access token.

Source: RFC 6749 §4.4 (client credentials), §5 (answers); RFC 7523 §2.2; RFC 8705 §3; RFC 9068.
"""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carnet.channels.oauth2.backchannel import Backchannel
from carnet.channels.oauth2.form import read_form
from carnet.channels.oauth2.proving import Proving
from carnet.channels.oauth2.purposes import LIFETIME, said_of_access
from carnet.channels.oauth2.refusals import NO_STORE, refusal
from carnet.channels.oauth2.services import OAuthServices
from carnet.channels.oauth2.token_exchange import TokenExchange
from carnet.domain.audit.model import EventType
from carnet.domain.clients.model import GrantType


class TokenEndpoint:
    """A token, or one of the refusals of RFC 6749 §5.2."""

    def __init__(self, services: OAuthServices, proving: Proving, backchannel: Backchannel | None = None) -> None:
        self._services = services
        self._proving = proving
        self._backchannel = backchannel
        self._exchange = None if services.psc is None else TokenExchange(services, proving, services.psc)

    async def answer(self, request: Request) -> Response:
        form = await read_form(request)
        grant = _grant(form, among=self._services.grants)
        if grant is GrantType.TOKEN_EXCHANGE and self._exchange is not None:
            return await self._exchange.answer(request, form)
        if grant is GrantType.CIBA and self._backchannel is not None:
            return await self._backchannel.answer(request, form)
        if "scope" in form:
            # What a client may do follows from who it is. To grant a scope that limits nothing would be a false promise.
            raise refusal("oauth-scope-unknown")
        client, actor, method = await self._proving.prove(request, form)
        if grant not in client.grants:
            await self._proving.trace(
                actor, EventType.SIGN_IN_REFUSED, {"method": method.value, "cause": "grant-not-given"}
            )
            raise refusal("oauth-grant-not-allowed")
        lifetime = self._services.token_lifetime
        exceptional = said_of_access(form, actor, purposes=self._services.purposes)
        if exceptional is not None:
            actor, lifetime = exceptional, min(lifetime, LIFETIME)
        token = self._services.issuer.issue(actor, lifetime=lifetime)
        await self._proving.trace(actor, EventType.SIGNED_IN, {"method": method.value})
        seconds = int(lifetime.total_seconds())
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": seconds}, headers=NO_STORE)


def _grant(form: Mapping[str, str], *, among: Sequence[GrantType]) -> GrantType:
    asked = form.get("grant_type")
    if asked is None:
        raise refusal("oauth-parameter-missing", parameter="grant_type")
    for grant in among:
        if grant.value == asked:
            return grant
    raise refusal("oauth-grant-unsupported")
