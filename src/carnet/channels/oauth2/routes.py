"""Addresses of the OAuth2 door."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.channels.oauth2.backchannel import Backchannel
from carnet.channels.oauth2.discovery import Discovery
from carnet.channels.oauth2.living_tokens import LivingTokens
from carnet.channels.oauth2.proving import Proving, answering
from carnet.channels.oauth2.refusals import refusal
from carnet.channels.oauth2.services import (
    BACKCHANNEL_PATH,
    INTROSPECT_PATH,
    JWKS_PATH,
    REVOKE_PATH,
    TOKEN_PATH,
    OAuthServices,
)
from carnet.channels.oauth2.token_endpoint import TokenEndpoint


def routes(services: OAuthServices) -> list[Route]:
    """The routes of the door; placed before the FHIR ones, since one of the metadata documents lives under `/fhir`."""
    discovery, proving = Discovery(services), Proving(services)
    living = LivingTokens(services, proving)
    backchannel = None
    if services.asks_people and services.backchannel is not None and services.seal is not None:
        backchannel = Backchannel(services, proving, services.backchannel, services.seal)
    posted: dict[str, Callable[[Request], Awaitable[Response]]] = {
        TOKEN_PATH: TokenEndpoint(services, proving, backchannel).answer,
        REVOKE_PATH: living.revoke,
        INTROSPECT_PATH: living.introspect,
    }
    posted[BACKCHANNEL_PATH] = _not_here if backchannel is None else backchannel.ask
    return [
        *(Route(path, answering(services, endpoint), methods=["POST"]) for path, endpoint in posted.items()),
        Route(JWKS_PATH, discovery.jwks, methods=["GET"]),
        Route("/.well-known/oauth-authorization-server", discovery.authorization_server, methods=["GET"]),
        Route("/.well-known/smart-configuration", discovery.smart_configuration, methods=["GET"]),
        # A SMART client looks beside the FHIR base it was given.
        Route("/fhir/.well-known/smart-configuration", discovery.smart_configuration, methods=["GET"]),
    ]


async def _not_here(_: Request) -> Response:
    """Without Pro Santé Connect, or without a port of machines, nobody can be asked."""
    raise refusal("oauth-grant-unsupported")
