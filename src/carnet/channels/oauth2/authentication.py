"""From the credentials of a request to the client they prove. What fails says one thing outside, and why in the trail."""

import os

from carnet.channels.oauth2.client_assertion import AssertionRefused, verify_assertion
from carnet.channels.oauth2.credentials import Credentials
from carnet.channels.oauth2.refusals import Refusal
from carnet.channels.oauth2.services import OAuthServices
from carnet.domain.clients import store
from carnet.domain.clients.model import METHODS_BY_MODE, AuthMethod, Client, secret_matches
from carnet.domain.clients.registration import CLIENT_ID
from carnet.domain.errors import Issue

_DECOY_DIGEST = os.urandom(32)  # the digest of no known secret


async def authenticate(credentials: Credentials, services: OAuthServices) -> Client:
    """
    The client, proved.

    An unknown client, a disabled one, a method it was not given and a wrong proof do the same work and give the same answer.

    Raises
        Refusal: `oauth-method-not-accepted` (by this server, whoever asks) or `oauth-client-refused`.
    """
    if credentials.method not in METHODS_BY_MODE[services.mode]:
        raise Refusal(Issue("oauth-method-not-accepted"), cause="method-not-accepted", by_header=credentials.by_header)
    client = await _find(credentials.client_id, services)
    usable = (
        client if client is not None and client.disabled_at is None and credentials.method in client.methods else None
    )
    if credentials.method is AuthMethod.PRIVATE_KEY_JWT:
        cause = await _fault_of_assertion(credentials, usable, services)
    else:
        digest = usable.secret_digest if usable is not None and usable.secret_digest is not None else _DECOY_DIGEST
        cause = None if secret_matches(credentials.proof, digest) else "secret-wrong"
    if usable is not None and cause is None:
        return usable
    raise Refusal(
        Issue("oauth-client-refused"),
        cause=_why_unusable(client, credentials.method) or cause,
        by_header=credentials.by_header,
    )


async def _find(client_id: str, services: OAuthServices) -> Client | None:
    if CLIENT_ID.fullmatch(client_id) is None:
        return None
    async with services.database.connection() as connection:
        return await store.find(connection, client_id)


async def _fault_of_assertion(credentials: Credentials, client: Client | None, services: OAuthServices) -> str | None:
    now = services.clock()
    try:
        claims = verify_assertion(
            credentials.proof,
            credentials.client_id,
            jwks=client.jwks if client is not None else (),
            audiences=frozenset({services.token_url, services.public_url}),
            now=now,
        )
    except AssertionRefused as refused:
        return refused.cause
    async with services.database.connection() as connection:
        is_new = await store.claim_assertion(
            connection, claims.client_id, jti=claims.jti, expires_at=claims.dies_at, now=now
        )
    return None if is_new else "assertion-replayed"


def _why_unusable(client: Client | None, method: AuthMethod) -> str | None:
    if client is None:
        return "client-unknown"
    if client.disabled_at is not None:
        return "client-disabled"
    return None if method in client.methods else "method-not-given"
