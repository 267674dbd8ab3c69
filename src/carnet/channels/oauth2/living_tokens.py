"""
What becomes of a token once issued: given back before its time (RFC 7009), or asked about by a server that receives it (RFC 7662).
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carnet.channels.oauth2.form import read_form
from carnet.channels.oauth2.proving import Proving
from carnet.channels.oauth2.refusals import NO_STORE, refusal
from carnet.channels.oauth2.services import OAuthServices
from carnet.domain.audit.model import EventType
from carnet.domain.clients import store
from carnet.web.tokens import ACTOR_CLAIM, SoundToken, TokenRefused, facts_of


class LivingTokens:
    """Both addresses, for clients that have proved themselves."""

    def __init__(self, services: OAuthServices, proving: Proving) -> None:
        self._services = services
        self._proving = proving

    async def revoke(self, request: Request) -> Response:
        """
        200 once the token opens nothing, here at once and in other processes within a second; 200 too when it opened nothing already.

        Source: RFC 7009 §2.1 and §2.2. `token_type_hint` is ignored: there is one kind of token.
        """
        form = await read_form(request)
        client, actor, _ = await self._proving.prove(request, form)
        sound = self._sound(form.get("token"))
        if sound is None:
            return Response(status_code=200, headers=NO_STORE)
        if sound.actor.software != client.client_id:
            raise refusal("oauth-token-of-another")
        async with self._services.database.connection() as connection:
            await store.revoke(connection, sound.jti, client_id=client.client_id, expires_at=sound.expires_at)
            await self._services.keys.refusals.refresh(connection)
        await self._proving.trace(actor, EventType.TOKEN_REVOKED, {"jti": sound.jti})
        return Response(status_code=200, headers=NO_STORE)

    async def introspect(self, request: Request) -> Response:
        """
        What a token is worth now, to a server registered for asking, or to the software that received it; else it is not active.

        Source: RFC 7662 §2.1 and §2.2; RFC 8705 §3.2 (`cnf`).
        """
        form = await read_form(request)
        client, _, _ = await self._proving.prove(request, form)
        sound = self._sound(form.get("token"))
        if sound is None or not (client.is_resource_server or sound.actor.software == client.client_id):
            return JSONResponse({"active": False}, headers=NO_STORE)
        return JSONResponse(self._described(sound), headers=NO_STORE)

    def _sound(self, token: str | None) -> SoundToken | None:
        if token is None:
            raise refusal("oauth-parameter-missing", parameter="token")
        try:
            return self._services.verifier.read(token)
        except TokenRefused:
            return None

    def _described(self, sound: SoundToken) -> dict[str, Any]:
        actor = sound.actor
        described: dict[str, Any] = {
            "active": True,
            "token_type": "Bearer",
            "iss": self._services.public_url,
            "sub": sound.subject,
            "client_id": actor.software,
            "jti": sound.jti,
            "iat": int(sound.issued_at.timestamp()),
            "exp": int(sound.expires_at.timestamp()),
            ACTOR_CLAIM: facts_of(actor),
        }
        if actor.software is None:  # one that carnet gave by itself, as `carnet token` does
            del described["client_id"]
        if actor.authentication.certificate is not None:
            described["cnf"] = {"x5t#S256": actor.authentication.certificate}
        if sound.act is not None:
            described["act"] = sound.act
        return described
