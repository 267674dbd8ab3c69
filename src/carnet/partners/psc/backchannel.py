"""
Pro Santé Connect asking a professional on their own device, in the name of software that has no browser: CIBA, poll mode.

Source: identity-and-messaging.md §2.2; OpenID Connect CIBA Core 1.0 §7, §10, §11.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from carnet.domain.errors import Invalid, Refused, Unavailable
from carnet.formats.psc.userinfo import UserInfo, read_userinfo
from carnet.vocabulary.frozen import frozen

if TYPE_CHECKING:
    from carnet.partners.oidc.relying_party import RelyingParty

GRANT = "urn:openid:params:grant-type:ciba"
_PATH = "/protocol/openid-connect/ext/ciba/auth"  # below the issuer, where its discovery does not say
_LONGEST = timedelta(minutes=10)
_INTERVAL = timedelta(seconds=5)  # CIBA §7.3: when it does not say


@frozen
class AskedThere:
    """request_id: `auth_req_id` of PSC. lasts: how long it waits for the person. interval: between two questions about it."""

    request_id: str
    lasts: timedelta
    interval: timedelta


class PscBackchannel:
    """Ourselves at PSC, for software that asks through us."""

    def __init__(self, party: "RelyingParty") -> None:
        self._party = party

    async def ask(self, person: str, *, message: str, channel: str | None) -> AskedThere:
        """
        Ask someone.

        Takes
            person: their national identifier. message: shown on both sides, so that they see it is this request. channel: `CARD`, `MOBILE`.
        Raises
            Refused: `ciba-person-unknown`. Invalid: `ciba-message-refused`. Unavailable: `psc-unreachable`.
        """
        metadata = await self._metadata()
        form = {"scope": self._party.terms.scope, "login_hint": person, "binding_message": message}
        if self._party.terms.acr_values is not None:
            form["acr_values"] = self._party.terms.acr_values
        if channel is not None:
            form["channel"] = channel
        status, told = await self._said(metadata.backchannel_endpoint or metadata.issuer + _PATH, form)
        error = told.get("error")
        if error == "unknown_user_id":
            raise Refused("ciba-person-unknown")
        if error == "invalid_binding_message":
            raise Invalid("ciba-message-refused")
        request_id = told.get("auth_req_id")
        if status != 200 or not isinstance(request_id, str) or not request_id:
            raise Unavailable("psc-unreachable")
        lasts, interval = told.get("expires_in"), told.get("interval")
        return AskedThere(
            request_id,
            min(_LONGEST, timedelta(seconds=lasts)) if isinstance(lasts, int) and lasts > 0 else _LONGEST,
            timedelta(seconds=min(interval, 60)) if isinstance(interval, int) and interval > 0 else _INTERVAL,
        )

    async def answer(self, request_id: str, *, person: str) -> UserInfo:
        """
        What they said.

        Takes
            person: whom we asked about: nobody else's answer is taken.
        Raises
            Refused: `ciba-pending`, `ciba-slow`, `ciba-expired`, `ciba-denied`, `psc-token-refused` (someone else's, or not sound),
                `psc-level-insufficient`. Invalid: `psc-userinfo-unreadable`. Unavailable: `psc-unreachable`.
        """
        from carnet.partners.oidc.relying_party import read_tokens

        metadata = await self._metadata()
        status, told = await self._said(metadata.token_endpoint, {"grant_type": GRANT, "auth_req_id": request_id})
        if status != 200:
            raise _refusal_of(told.get("error"))
        try:
            arrival = await self._party.identify(read_tokens(told, now=self._party.now()), told, nonce=None)
        except Refused as refused:
            is_low = refused.code == "sign-in-level-insufficient"
            raise Refused("psc-level-insufficient" if is_low else "psc-token-refused") from refused
        except Unavailable as down:
            raise Unavailable("psc-unreachable") from down
        found = read_userinfo(arrival.claims)
        if found.identifier != person:
            raise Refused("psc-token-refused")
        return found

    async def _metadata(self) -> Any:
        try:
            return await self._party.metadata()
        except Unavailable as down:
            raise Unavailable("psc-unreachable") from down

    async def _said(self, endpoint: str, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        try:
            answer = await self._party.ask(endpoint, form)
            return answer.status, answer.object()
        except Unavailable as down:
            raise Unavailable("psc-unreachable") from down


def _refusal_of(error: object) -> Refused | Unavailable:
    match error:
        case "authorization_pending":
            return Refused("ciba-pending")
        case "slow_down":
            return Refused("ciba-slow")
        case "access_denied":
            return Refused("ciba-denied")
        case "expired_token" | "invalid_grant":
            return Refused("ciba-expired")
    return Unavailable("psc-unreachable")
