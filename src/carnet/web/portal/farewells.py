"""
Signing out at the provider too: what it needs for that stays sealed in the browser, and goes to it in a form, never in an address.

Source: OpenID Connect RP-Initiated Logout 1.0 §2; docs/decisions/0040-signing-people-in.md.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING

import orjson
from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.errors import Unavailable
from carnet.partners.oidc.model import Farewell, Tokens
from carnet.storage.keys import KeyRing
from carnet.storage.sealing import SealBroken
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen
from carnet.web.middleware import OWN_POLICY, allowing_forms_to
from carnet.web.portal import guard

if TYPE_CHECKING:
    from carnet.partners.oidc.relying_party import RelyingParty

_PURPOSE = "sign-in farewells"
_COOKIE = "carnet_provider"
_MAX_CHARACTERS = 3_800  # what a browser keeps of one cookie, with its name


@frozen
class Farewells:
    """secure: whether the public address is https."""

    keys: KeyRing
    clock: Clock
    secure: bool

    def remember(self, response: Response, provider: str, tokens: Tokens) -> None:
        """Keep what ends the provider's session, as long as the browser is open; of an id_token too long for a cookie, whose it is."""
        value = self._sealed(provider, tokens.id_token)
        if len(value) > _MAX_CHARACTERS:
            value = self._sealed(provider, None)  # the provider then asks the person itself
        guard.set_cookie(response, _COOKIE, value, secure=self.secure)

    async def offer(
        self, request: Request, parties: "Mapping[str, RelyingParty]", *, back_to: str
    ) -> tuple[str, Farewell] | None:
        """
        The provider whose session may still be open, and the form that ends it; the page may then send it there.

        Takes
            back_to: our address after it, registered there.
        Gives
            None when there is nothing to end, or when the provider does not answer.
        """
        provider, id_token = self._kept(request) or ("", None)
        party = parties.get(provider)
        if party is None or "state" in request.query_params:  # the provider adds it to our address: it is done
            return None
        try:
            farewell = await party.farewell(Tokens("", self.clock(), id_token), back_to=back_to)
        except Unavailable:
            return None
        if farewell is None:
            return None
        request.scope[OWN_POLICY] = allowing_forms_to(farewell.url)
        return provider, farewell

    def forget(self, response: Response, request: Request) -> Response:
        """Once the provider has sent the person back."""
        if "state" in request.query_params:
            guard.drop_cookie(response, _COOKIE, secure=self.secure)
        return response

    def _sealed(self, provider: str, id_token: str | None) -> str:
        sealed = self.keys.server_sealing_key(_PURPOSE).seal(orjson.dumps([provider, id_token]), b"farewell")
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def _kept(self, request: Request) -> tuple[str, str | None] | None:
        value = guard.cookie(request, _COOKIE, secure=self.secure)
        if not value or len(value) > _MAX_CHARACTERS:
            return None
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            provider, id_token = orjson.loads(self.keys.server_sealing_key(_PURPOSE).open(sealed, b"farewell"))
        except (SealBroken, ValueError, binascii.Error):
            return None
        return str(provider), id_token
