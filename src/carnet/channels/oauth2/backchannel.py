"""
`POST /oauth2/bc-authorize`: software without a browser has a professional asked on their own device, then asks what they said.

Pro Santé Connect asks them, in our name; the software polls us, and we poll it no more often than it wants. Source: OpenID Connect CIBA
Core 1.0 §7, §10.1, §11, §13 (poll mode); identity-and-messaging.md §2.2.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carnet.channels.oauth2.form import read_form
from carnet.channels.oauth2.proving import Proving
from carnet.channels.oauth2.refusals import NO_STORE, Refusal, refusal
from carnet.channels.oauth2.services import OAuthServices
from carnet.channels.oauth2.speaking_for import SCOPE, SpeakingFor
from carnet.domain.actor import Actor
from carnet.domain.clients import backchannel_sql
from carnet.domain.clients.backchannel_sql import WaitingRequest
from carnet.domain.clients.model import GrantType
from carnet.domain.errors import DomainError, Unavailable
from carnet.formats.psc.userinfo import Situation, UserInfo
from carnet.partners.psc.backchannel import PscBackchannel
from carnet.storage.sealing import SealingKey

_PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._-]{2,39}")  # a national identifier, as Pro Santé Connect gives it
_MESSAGE = re.compile(r"[A-Za-z0-9 ]{1,20}")  # read aloud or compared at a glance
_CHANNELS = frozenset({"CARD", "MOBILE"})
_ASKED = frozenset({
    "client_id", "client_secret", "client_assertion", "client_assertion_type", "scope", "login_hint", "binding_message", "channel",
})  # fmt: skip
_FAR_FROM_OVER = frozenset({"ciba-pending", "ciba-slow"})
_RETRY_SECONDS = 2


class Backchannel:
    """Both ends: the request, and the question of what was said."""

    def __init__(self, services: OAuthServices, proving: Proving, psc: PscBackchannel, seal: SealingKey) -> None:
        self._services = services
        self._speaking = SpeakingFor(services, proving)
        self._psc = psc
        self._seal = seal

    async def ask(self, request: Request) -> Response:
        """
        Have someone asked; gives `auth_req_id`, `expires_in`, `interval`.

        Raises
            Refusal: a parameter; the software, its certificate; `ciba-person-unknown`, `ciba-message-refused`; Pro Santé Connect is down.
        """
        form = await read_form(request)
        person, message, channel = _said(form)
        client, software, _, certificate = await self._speaking.prove(request, form, GrantType.CIBA)
        try:
            asked = await self._psc.ask(person, message=message, channel=channel)
        except Unavailable as later:
            raise Refusal(later.issues[0], retry_after_seconds=_RETRY_SECONDS) from later
        except DomainError as refused:
            await self._speaking.trace_refusal(software, refused.code)
            raise Refusal(refused.issues[0]) from refused
        now = self._services.clock()
        request_id = secrets.token_urlsafe(32)
        digest = _digest_of(request_id)
        waiting = WaitingRequest(
            client.client_id, certificate, self._sealed({"request": asked.request_id, "person": person}, digest),
            int(asked.interval.total_seconds()), now + asked.interval, now + asked.lasts,
        )  # fmt: skip
        await backchannel_sql.add(self._services.database, digest, waiting, now=now)
        answer = {
            "auth_req_id": request_id,
            "expires_in": int(asked.lasts.total_seconds()),
            "interval": waiting.interval_seconds,
        }
        return JSONResponse(answer, headers=NO_STORE)

    async def answer(self, request: Request, form: Mapping[str, str]) -> Response:
        """A token for the professional once they have said yes. Raises Refusal: `ciba-…` while they have not, or when they say no."""
        request_id = form.get("auth_req_id")
        if request_id is None:
            raise refusal("oauth-parameter-missing", parameter="auth_req_id")
        client, software, method, certificate = await self._speaking.prove(request, form, GrantType.CIBA)
        digest, now = _digest_of(request_id), self._services.clock()
        waiting = await backchannel_sql.find(self._services.database, digest)
        if waiting is None or (waiting.client_id, waiting.certificate) != (client.client_id, certificate):
            await self._speaking.trace_refusal(software, "ciba-request-unknown")
            raise refusal("ciba-request-unknown")
        person = await self._person(waiting, digest, software=software, now=now)
        try:
            told = await self._speaking.answer(person, form, client=client, software=software, method=method)
        except Refusal as refused:
            await self._speaking.trace_refusal(software, refused.issue.code)
            raise
        if not await backchannel_sql.drop(self._services.database, digest):
            raise refusal("ciba-request-unknown")  # it was answered meanwhile: it serves once
        return JSONResponse(dict(told), headers=NO_STORE)

    async def _person(self, waiting: WaitingRequest, digest: bytes, *, software: Actor, now: datetime) -> UserInfo:
        """Who said yes. Raises Refusal."""
        asked = orjson.loads(self._seal.open(waiting.asked, digest))
        if "answer" in asked:
            return _read(asked["answer"])
        if now >= waiting.expires_at:
            await self._over(digest, software, "ciba-expired")
            raise refusal("ciba-expired")
        if not await backchannel_sql.take_turn(self._services.database, digest, now=now):
            raise refusal("ciba-slow")
        try:
            person = await self._psc.answer(asked["request"], person=asked["person"])
        except Unavailable as later:
            raise Refusal(later.issues[0], retry_after_seconds=_RETRY_SECONDS) from later
        except DomainError as refused:
            if refused.code not in _FAR_FROM_OVER:
                await self._over(digest, software, refused.code)
            raise Refusal(refused.issues[0]) from refused
        # Pro Santé Connect says it once, and a situation may still have to be chosen.
        kept = self._sealed({**asked, "answer": asdict(person)}, digest)
        await backchannel_sql.keep_answer(self._services.database, digest, kept)
        return person

    async def _over(self, digest: bytes, software: Actor, cause: str) -> None:
        await backchannel_sql.drop(self._services.database, digest)
        await self._speaking.trace_refusal(software, cause)

    def _sealed(self, asked: Mapping[str, Any], digest: bytes) -> bytes:
        return self._seal.seal(orjson.dumps(dict(asked)), digest)


def _said(form: Mapping[str, str]) -> tuple[str, str, str | None]:
    """Whom to ask, the message shown on both sides, and by which means. Raises Refusal."""
    for name in ("scope", "login_hint", "binding_message"):
        if name not in form:
            raise refusal("oauth-parameter-missing", parameter=name)
    for name in sorted(set(form) - _ASKED):
        raise refusal("oauth-parameter-not-supported", parameter=name)
    if form["scope"].split() not in ([SCOPE], ["openid", SCOPE]):
        raise refusal("oauth-scope-other", scope=SCOPE)
    if form.get("channel", "CARD") not in _CHANNELS:
        raise refusal("oauth-parameter-not-supported", parameter="channel")
    if _PERSON.fullmatch(form["login_hint"]) is None:
        raise refusal("ciba-person-unknown")
    if _MESSAGE.fullmatch(form["binding_message"]) is None:
        raise refusal("ciba-message-refused")
    return form["login_hint"], form["binding_message"], form.get("channel")


def _read(told: Mapping[str, Any]) -> UserInfo:
    return UserInfo(told["identifier"], told["name"], tuple(Situation(**each) for each in told["situations"]))


def _digest_of(request_id: str) -> bytes:
    return hashlib.sha256(request_id.encode()).digest()
