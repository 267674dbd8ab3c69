"""From the credentials of a request to the client they prove. What fails says one thing outside, and why in the trail."""

import os

from carnet.channels.oauth2.client_assertion import AssertionRefused, verify_assertion
from carnet.channels.oauth2.credentials import Credentials
from carnet.channels.oauth2.refusals import Refusal
from carnet.channels.oauth2.services import OAuthServices
from carnet.domain.clients import store
from carnet.domain.clients.model import METHODS_BY_MODE, TLS_METHODS, AuthMethod, Client, secret_matches
from carnet.domain.clients.registration import CLIENT_ID
from carnet.domain.errors import Issue

_DECOY_DIGEST = os.urandom(32)  # the digest of no known secret


async def authenticate(credentials: Credentials, services: OAuthServices) -> tuple[Client, AuthMethod]:
    """
    The client, proved, and how.

    An unknown client, a disabled one, a method it was not given and a wrong proof do the same work and give the same answer.

    Raises
        Refusal: `oauth-method-not-accepted` (by this server, whoever asks) or `oauth-client-refused`.
    """
    if credentials.method not in METHODS_BY_MODE[services.mode]:
        raise Refusal(Issue("oauth-method-not-accepted"), cause="method-not-accepted", by_header=credentials.by_header)
    client = await _find(credentials.client_id, services)
    method = credentials.method
    if method is AuthMethod.TLS_CLIENT_AUTH and client is not None:
        method = next(iter(client.methods & TLS_METHODS), method)
    usable = client if client is not None and client.disabled_at is None and method in client.methods else None
    if method is AuthMethod.PRIVATE_KEY_JWT:
        cause = await _fault_of_assertion(credentials, usable, services)
    elif method in TLS_METHODS:
        cause = _fault_of_certificate(credentials, usable, method)
    else:
        digest = usable.secret_digest if usable is not None and usable.secret_digest is not None else _DECOY_DIGEST
        cause = None if secret_matches(credentials.proof, digest) else "secret-wrong"
    if usable is not None and cause is None:
        return usable, method
    raise Refusal(
        Issue("oauth-client-refused"),
        cause=_why_unusable(client, method) or cause,
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
            audiences=services.audiences,
            now=now,
        )
    except AssertionRefused as refused:
        return refused.cause
    async with services.database.connection() as connection:
        is_new = await store.claim_assertion(
            connection, claims.client_id, jti=claims.jti, expires_at=claims.dies_at, now=now
        )
    return None if is_new else "assertion-replayed"


def _fault_of_certificate(credentials: Credentials, client: Client | None, method: AuthMethod) -> str | None:
    """Whether the connection proved the certificate that the client registered; its dates were looked at on arrival."""
    expected = client.certificates if client is not None else ()
    whole = method is AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH
    shown = credentials.certificate
    return None if shown is not None and shown.is_one_of(expected, whole=whole) else "certificate-of-another"


def _why_unusable(client: Client | None, method: AuthMethod) -> str | None:
    if client is None:
        return "client-unknown"
    if client.disabled_at is not None:
        return "client-disabled"
    return None if method in client.methods else "method-not-given"
