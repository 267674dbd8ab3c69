"""
What a client shows of itself, read from the header, the form and the connection. Source: RFC 6749 §2.3, RFC 7521 §4.2, RFC 8705 §2.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from starlette.requests import Request

from carnet.channels.oauth2.client_assertion import ASSERTION_TYPE, claimed_client
from carnet.channels.oauth2.refusals import Refusal, refusal
from carnet.domain.clients.certificates import ClientCertificate
from carnet.domain.clients.model import AuthMethod
from carnet.domain.errors import Issue
from carnet.web.arrivals import certificate_of


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """
    client_id: as claimed, not yet proved. proof: the secret, or the assertion; empty when the certificate is the proof. Never printed.

    method: `tls_client_auth` for both ways of RFC 8705, which look the same on the wire. certificate: of the connection, or None.
    """

    client_id: str
    method: AuthMethod
    proof: str
    certificate: ClientCertificate | None = None

    @property
    def by_header(self) -> bool:
        return self.method is AuthMethod.CLIENT_SECRET_BASIC


def read_credentials(request: Request, form: Mapping[str, str]) -> Credentials:
    """
    The one set of credentials of a request.

    Raises
        Refusal: `oauth-credentials-missing`, `oauth-credentials-several` (RFC 6749 §2.3 allows one method per request),
            `oauth-credentials-unreadable`.
    """
    headers = request.headers.getlist("authorization")
    shown = [bool(headers), "client_secret" in form, "client_assertion" in form or "client_assertion_type" in form]
    if sum(shown) > 1 or len(headers) > 1:
        raise refusal("oauth-credentials-several")
    if headers:
        credentials = _from_header(headers[0])
    elif shown[2]:
        credentials = _from_assertion(form)
    elif "client_secret" in form and "client_id" in form:
        credentials = Credentials(form["client_id"], AuthMethod.CLIENT_SECRET_POST, form["client_secret"])
    elif "client_id" in form and (certificate := certificate_of(request.scope)) is not None:
        # RFC 8705 §2: the name alone, on a connection whose certificate vouches for it.
        credentials = Credentials(form["client_id"], AuthMethod.TLS_CLIENT_AUTH, "", certificate)
    else:
        raise refusal("oauth-credentials-missing")
    if form.get("client_id", credentials.client_id) != credentials.client_id:
        raise refusal("oauth-credentials-several")
    return credentials


def _from_header(header: str) -> Credentials:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise Refusal(Issue("oauth-credentials-missing"), by_header=True)
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
        # Both halves are form-encoded before they are joined (RFC 6749 §2.3.1 and appendix B).
        client_id, colon, secret = (unquote_plus(part, errors="strict") for part in text.partition(":"))
    except (binascii.Error, ValueError) as error:
        raise refusal("oauth-credentials-unreadable") from error
    if not (client_id and colon and secret):
        raise refusal("oauth-credentials-unreadable")
    return Credentials(client_id, AuthMethod.CLIENT_SECRET_BASIC, secret)


def _from_assertion(form: Mapping[str, str]) -> Credentials:
    assertion = form.get("client_assertion", "")
    client_id = claimed_client(assertion)
    if form.get("client_assertion_type") != ASSERTION_TYPE or client_id is None:
        raise refusal("oauth-credentials-unreadable")
    return Credentials(client_id, AuthMethod.PRIVATE_KEY_JWT, assertion)
