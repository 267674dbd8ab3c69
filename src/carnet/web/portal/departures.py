"""
People sent to an identity provider, and back: what was asked of it stays sealed in the browser that left, for a while, and serves once.

Source: OpenID Connect Core 1.0 §15.5.2; docs/decisions/0040-signing-people-in.md.
"""

import base64
import binascii
import hashlib
from datetime import UTC, datetime, timedelta

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carnet.domain.errors import Refused
from carnet.domain.sign_in import use_state
from carnet.partners.oidc.model import Departure
from carnet.storage.database import Database
from carnet.storage.keys import KeyRing
from carnet.storage.sealing import SealBroken
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen
from carnet.web.portal import guard

NEVER_LEFT = "never-left"  # cause of a refusal of an answer to nothing: anyone may send one, and it is not worth a line in the trail
_PURPOSE = "sign-in departures"
_COOKIE = "carnet_depart_"
_LIFE = timedelta(minutes=10)
_MAX_CHARACTERS = 4_000
_NAMED_BY = 12  # hexadecimal digits that tell one departure of a browser from another


@frozen
class Departures:
    """secure: whether the public address is https."""

    database: Database
    keys: KeyRing
    clock: Clock
    secure: bool

    def leave(self, provider: str, departure: Departure) -> Response:
        """Send someone to a provider; their browser keeps what was asked."""
        kept = [provider, int(self.clock().timestamp()), departure.state, departure.nonce, departure.verifier]
        sealed = self.keys.server_sealing_key(_PURPOSE).seal(orjson.dumps(kept), b"departure")
        response = RedirectResponse(departure.url, 303, {"Cache-Control": "no-store"})
        value = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
        seconds = int(_LIFE.total_seconds())
        guard.set_cookie(response, _named(departure.state), value, secure=self.secure, seconds=seconds)
        return response

    async def back(self, request: Request, provider: str) -> Departure:
        """
        What had been asked of a provider whose answer this is, and serves now.

        Raises
            Refused: `sign-in-state-unknown`: asked by another browser or of another provider (NEVER_LEFT), too long ago, or answered already.
        """
        state = request.query_params.get("state", "")
        told, asked_at, *rest = self._kept(request, state) or ("", 0)
        if told != provider or len(rest) != 3 or rest[0] != state:
            raise Refused("sign-in-state-unknown", cause=NEVER_LEFT)
        expires_at = datetime.fromtimestamp(int(asked_at), UTC) + _LIFE
        await use_state(self.database, state, expires_at=expires_at, now=self.clock())
        return Departure("", *map(str, rest))

    def forget(self, response: Response, request: Request) -> Response:
        """Take back from the browser what it kept of this departure."""
        guard.drop_cookie(response, _named(request.query_params.get("state", "")), secure=self.secure)
        return response

    def _kept(self, request: Request, state: str) -> list[str | int] | None:
        value = guard.cookie(request, _named(state), secure=self.secure)
        if not value or len(value) > _MAX_CHARACTERS:
            return None
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            kept = self.keys.server_sealing_key(_PURPOSE).open(sealed, b"departure")
        except (SealBroken, ValueError, binascii.Error):
            return None
        found: list[str | int] = orjson.loads(kept)
        return found


def _named(state: str) -> str:
    """A name of its own for each departure: someone may begin twice, in two tabs."""
    return _COOKIE + hashlib.sha256(state.encode()).hexdigest()[:_NAMED_BY]


def at_public_address(request: Request, public_url: str) -> Response | None:
    """
    To the same page at the public address, for who came by another name of this machine: a provider sends back there, and the cookie of a
    departure would not follow. None for who is there. In the demonstration only: behind a proxy, the name of a request may be its own.
    """
    if request.url.netloc == public_url.partition("://")[2]:
        return None
    return RedirectResponse(public_url + request.url.path, 303, {"Cache-Control": "no-store"})
