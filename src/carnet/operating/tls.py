"""
The port of machines: TLS with a client certificate, over the same application in the same process.

uvicorn does not hand the certificate of a connection over to the application; a small protocol does. Asked for on the port of
citizens, browsers would show a certificate chooser: hence a port of its own. Source: RFC 8705 §2 and §6; design §5.
"""

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from carnet.domain.clients.certificates import ClientCertificate, der_of
from carnet.settings import Settings
from carnet.storage.contents import UnusableSetting
from carnet.web.arrivals import CLIENT_CERTIFICATE

# TLS 1.2 with ephemeral keys and authenticated encryption only (ANSSI, Recommandations de sécurité relatives à TLS, 1.2); TLS 1.3 has
# nothing else.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


class CertificateProtocol(HttpToolsProtocol):
    """HTTP over TLS whose requests bear the certificate that the connection proved."""

    _certificate: ClientCertificate | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        der = connection.getpeercert(binary_form=True) if connection is not None else None
        if der is not None:
            try:
                self._certificate = ClientCertificate.read(der)
            except ValueError:  # sound for OpenSSL, unreadable for us: it proves nothing here
                transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # ASGI leaves room for keys of our own
        scope[CLIENT_CERTIFICATE] = self._certificate


def certificate_context(settings: Settings, *, self_signed: Sequence[str] = ()) -> ssl.SSLContext:
    """
    The TLS of the port of machines; a client without a certificate that holds does not get past the handshake.

    Takes
        self_signed: certificates that clients registered as such, DER in base64; each is trusted for itself alone.

    Raises
        UnusableSetting: a file is not named, cannot be read, or is not what it should be.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    # OpenSSL then checks dates, signatures, and that the certificate is for clients (extended key usage).
    context.verify_mode = ssl.CERT_REQUIRED
    _take_in(context, settings, self_signed)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _take_in(context: ssl.SSLContext, settings: Settings, self_signed: Sequence[str]) -> None:
    """The server's certificate, the authorities, and certificates trusted for themselves. Raises UnusableSetting."""
    chain, key, authorities = (_named(settings, name) for name in ("tls_certificate", "tls_key", "tls_client_ca"))
    try:
        context.load_cert_chain(chain, key, password="")
    except (OSError, ValueError) as error:
        raise UnusableSetting(f"CARNET_TLS_CERTIFICATE {chain} and CARNET_TLS_KEY {key}: {error}") from error
    try:
        context.load_verify_locations(cafile=authorities)
    except OSError as error:
        raise UnusableSetting(f"CARNET_TLS_CLIENT_CA {authorities}: {error}") from error
    for value in self_signed:
        der = der_of(value)
        if der is not None:
            context.load_verify_locations(cadata=der)


def _named(settings: Settings, name: str) -> Path:
    path: Path | None = getattr(settings, name)
    if path is None:
        raise UnusableSetting(f"CARNET_TLS_PORT is set: CARNET_{name.upper()} must name a file")
    return path


class TwoPorts(uvicorn.Server):
    """The server of citizens and of machines: one set of connections, one orderly stop."""

    def __init__(self, config: uvicorn.Config, *, settings: Settings, context: ssl.SSLContext | None) -> None:
        super().__init__(config)
        self._settings = settings
        self._context = context
        self.reloading: asyncio.Future[None] | None = None  # kept, so that it is not collected on its way

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self._context is None:
            return
        self.started = False  # not before both answer
        loop = asyncio.get_running_loop()

        def protocol() -> CertificateProtocol:
            return CertificateProtocol(
                config=self.config, server_state=self.server_state, app_state=self.lifespan.state, _loop=loop
            )

        server = await loop.create_server(
            protocol, self._settings.host, self._settings.tls_port, ssl=self._context, backlog=self.config.backlog,
            ssl_handshake_timeout=10,
        )  # fmt: skip
        self.servers.append(server)
        self.started = True

    def reload(self, *, self_signed: Sequence[str] = ()) -> None:
        """
        Take in a renewed certificate, authorities added, and certificates that clients registered since; connections under way go on.

        What is trusted only grows until the next start: a certificate that nobody expects any more opens a connection and no door.

        Raises
            UnusableSetting: a file cannot be read, or is not what it should be; what served goes on serving.
        """
        if self._context is None:
            return
        certificate_context(self._settings, self_signed=self_signed)  # the new files, tried whole before any is taken
        _take_in(self._context, self._settings, self_signed)
