"""
Who is at a machine door: the bearer token of a request, read into its actor.

Source: RFC 6750 §2.1 (the header is the only place), §3 (the challenge), RFC 8705 §3 (tokens bound to a certificate).
"""

from collections.abc import Mapping
from typing import Any

from carnet.domain.actor import Actor
from carnet.domain.errors import Issue
from carnet.vocabulary.uuid7 import uuid7
from carnet.web.arrivals import certificate_of
from carnet.web.tokens import TokenRefused, TokenVerifier

REALM = "carnet"
ACTOR = "carnet.actor"  # in the scope: the actor, once the doorkeeper has read the token
REQUEST_ID = "carnet.request_id"  # in the scope: the identifier that log, trail and answer share


class BearerRefused(Exception):
    """
    No valid token: the door answers `status` with `challenge` in `WWW-Authenticate`, and words `issue` in its own tongue.

    status: 401, or 400 when the request itself is wrong. challenge: ready-made header value.
    """

    def __init__(self, code: str, *, status: int = 401, error: str | None = "invalid_token") -> None:
        super().__init__(code)
        self.issue = Issue(code)
        self.status = status
        self.challenge = f'Bearer realm="{REALM}"' + (f', error="{error}"' if error else "")


def bearer_actor(scope: Mapping[str, Any], verifier: TokenVerifier) -> Actor:
    """
    The actor of a request, with a fresh correlation identifier.

    Takes
        scope: of an ASGI request (a Starlette request has it as `.scope`), with the certificate of its connection: a token bound to
            a certificate is refused on any other connection.

    Raises
        BearerRefused: `token-missing`, `token-ambiguous`, `token-in-query`, `token-unbound`, or the reason of the verifier.
    """
    known = scope.get(ACTOR)
    if isinstance(known, Actor):
        return known
    found = [value for name, value in scope["headers"] if name == b"authorization"]
    if b"&access_token=" in b"&" + scope.get("query_string", b""):
        # An address is kept by proxies, logs and histories: a token seen there is one to change.
        raise BearerRefused("token-in-query", status=400, error="invalid_request")
    if len(found) > 1:
        raise BearerRefused("token-ambiguous", status=400, error="invalid_request")
    if not found:
        # RFC 6750 §3.1: no error code for a request that did not know it had to sign in.
        raise BearerRefused("token-missing", error=None)
    kind, _, token = found[0].partition(b" ")
    if kind.lower() != b"bearer":
        raise BearerRefused("token-missing", error=None)
    try:
        actor = verifier.verify(token.strip().decode("latin-1"))
    except TokenRefused as refused:
        raise BearerRefused(refused.reason) from refused
    bound_to = actor.authentication.certificate
    if bound_to is not None:
        certificate = certificate_of(scope)
        if certificate is None or bound_to != certificate.thumbprint:
            raise BearerRefused("token-unbound")
    return actor.in_request(scope.get(REQUEST_ID) or uuid7())
