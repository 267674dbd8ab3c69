"""
What a machine may learn before it signs in: metadata and public keys.

Source: RFC 8414 §2, RFC 8705 §3.3 and §5, SMART App Launch 2.2 (conformance).
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from carnet.channels.oauth2.client_assertion import ALGORITHMS
from carnet.channels.oauth2.services import BACKCHANNEL_PATH, INTROSPECT_PATH, REVOKE_PATH, TOKEN_PATH, OAuthServices
from carnet.domain.clients.model import METHODS_BY_MODE, TLS_METHODS, AuthMethod

_CACHED = {"Cache-Control": "public, max-age=300"}  # shorter than the notice given before a new key signs


class Discovery:
    """Documents that say what is true of this server, and nothing that it does not do."""

    def __init__(self, services: OAuthServices) -> None:
        self._services = services
        methods = METHODS_BY_MODE[services.mode]
        if services.machines_url is None:
            methods -= TLS_METHODS
        self._shared: dict[str, Any] = {
            "issuer": services.public_url,
            "token_endpoint": services.token_url,
            "jwks_uri": services.jwks_url,
            "grant_types_supported": [grant.value for grant in services.grants],
            "token_endpoint_auth_methods_supported": [method.value for method in AuthMethod if method in methods],
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "revocation_endpoint": services.public_url + REVOKE_PATH,
            "introspection_endpoint": services.public_url + INTROSPECT_PATH,
            "tls_client_certificate_bound_access_tokens": services.machines_url is not None,
        }
        if services.asks_people:
            self._shared["backchannel_token_delivery_modes_supported"] = ["poll"]
            self._shared["backchannel_authentication_endpoint"] = f"{services.machines_url}{BACKCHANNEL_PATH}"
        if services.machines_url is not None:
            self._shared["mtls_endpoint_aliases"] = {
                "token_endpoint": services.machines_url + TOKEN_PATH,
                "revocation_endpoint": services.machines_url + REVOKE_PATH,
                "introspection_endpoint": services.machines_url + INTROSPECT_PATH,
            }

    async def authorization_server(self, _request: Request) -> JSONResponse:
        # `response_types_supported` is required; nobody is redirected here, so the list is empty.
        return JSONResponse(
            {**self._shared, "response_types_supported": [], "ui_locales_supported": ["fr"]},
            headers=_CACHED,
        )

    async def smart_configuration(self, _request: Request) -> JSONResponse:
        capabilities = ["client-confidential-asymmetric"]
        if self._services.mode == "demo":
            capabilities.append("client-confidential-symmetric")
        return JSONResponse({**self._shared, "capabilities": capabilities}, headers=_CACHED)

    async def jwks(self, _request: Request) -> JSONResponse:
        return JSONResponse(self._services.keys.public_jwks(), headers=_CACHED, media_type="application/jwk-set+json")
