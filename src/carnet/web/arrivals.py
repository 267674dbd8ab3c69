"""
By which way a request arrived: the certificate that its connection proved, and the address by which its sender reaches us.

The certificate comes from the connection itself (port of machines), or from a proxy of ours that checked it and says so in
`Client-Cert`. From anyone else the header is taken away before a door can see it. Source: RFC 8705 §6.5, RFC 9440.
"""

import base64
import binascii
import ipaddress
from collections.abc import Sequence
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from carnet.domain.clients.certificates import ClientCertificate
from carnet.storage.contents import UnusableSetting
from carnet.vocabulary.clock import Clock

# In the scope: the ClientCertificate of the connection, put there by the server of the machines' port, or by this layer.
CLIENT_CERTIFICATE = "carnet.client_certificate"

_HEADER = b"client-cert"
_HEADERS = frozenset({_HEADER, b"client-cert-chain"})
_MAX_HEADER_BYTES = 16 * 1024

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

arrived_at: ContextVar[str | None] = ContextVar("arrived_at", default=None)
"""Base of the addresses to be written in an answer, when it is not the public one: a token bound to a certificate opens nothing there."""


def certificate_of(scope: Any) -> ClientCertificate | None:
    """The certificate proved on the connection of a request, or None."""
    found = scope.get(CLIENT_CERTIFICATE)
    return found if isinstance(found, ClientCertificate) else None


def trusted_networks(text: str | None) -> tuple[Network, ...]:
    """Addresses and networks of CARNET_TRUSTED_PROXIES, separated by commas. Raises UnusableSetting."""
    found: list[Network] = []
    for part in (text or "").split(","):
        try:
            found += [ipaddress.ip_network(part.strip())] if part.strip() else []
        except ValueError as error:
            raise UnusableSetting(f"CARNET_TRUSTED_PROXIES: {error}") from error
    return tuple(found)


class Arrivals:
    """
    Pure ASGI, outermost.

    Takes
        proxies: whose word is taken for a certificate and for the address of a client (`X-Forwarded-For`, `X-Forwarded-Proto`).
        machines_url: base of the addresses of the port with certificates, or None when there is none.
    """

    def __init__(self, app: ASGIApp, *, proxies: Sequence[Network], machines_url: str | None, clock: Clock) -> None:
        self._app = app
        self._proxies = tuple(proxies)
        self._machines_url = machines_url
        self._clock = clock
        # Only for requests of a proxy that is trusted: it then takes the last address that is not one of ours.
        ours = [str(network) for network in proxies]
        self._behind_proxy = ProxyHeadersMiddleware(app, ours)  # type: ignore[arg-type]  # uvicorn's own names for the same ASGI types

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        shown = [value for name, value in scope["headers"] if name == _HEADER]
        from_proxy = bool(self._proxies) and self._is_proxy(scope)
        if CLIENT_CERTIFICATE not in scope and from_proxy and len(shown) == 1:
            scope[CLIENT_CERTIFICATE] = _read_header(shown[0])
        if shown or any(name in _HEADERS for name, _ in scope["headers"]):
            scope["headers"] = [header for header in scope["headers"] if header[0] not in _HEADERS]
        certificate = certificate_of(scope)
        if certificate is not None:
            # A connection may outlive the certificate that opened it.
            if certificate.fault(self._clock()) is not None:
                scope[CLIENT_CERTIFICATE] = None
            arrived_at.set(self._machines_url)
        else:
            arrived_at.set(None)
        await (self._behind_proxy if from_proxy else self._app)(scope, receive, send)  # type: ignore[arg-type]  # as above

    def _is_proxy(self, scope: Scope) -> bool:
        peer = scope.get("client")
        if not peer:
            return False
        try:
            address = ipaddress.ip_address(peer[0])
        except ValueError:
            return False
        return any(address in network for network in self._proxies)


@lru_cache(maxsize=1024)
def _read_header(value: bytes) -> ClientCertificate | None:
    """A byte sequence (RFC 8941 §3.3.5): `:base64 of the DER:`. Anything else is no certificate."""
    value = value.strip()
    if len(value) > _MAX_HEADER_BYTES or not (value.startswith(b":") and value.endswith(b":")):
        return None
    try:
        return ClientCertificate.read(base64.b64decode(value[1:-1], validate=True))
    except (binascii.Error, ValueError):
        return None
