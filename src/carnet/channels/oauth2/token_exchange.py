"""
A Pro Santé Connect token exchanged for one of ours: the professional, by the software of their structure.

The connection shows the certificate of the structure, registered for this software; PSC says that its token holds and for whom; ours is
bound to the certificate. Source: RFC 8693 §2; CI-SIS, sécurisation de la couche transport API REST 1.2.0 (identity-and-messaging.md
§2.5).
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carnet.channels.oauth2.proving import Proving
from carnet.channels.oauth2.refusals import NO_STORE, Refusal, refusal
from carnet.channels.oauth2.services import OAuthServices
from carnet.channels.oauth2.speaking_for import SCOPE, SpeakingFor
from carnet.domain.clients.model import GrantType
from carnet.domain.errors import DomainError, Unavailable
from carnet.partners.psc.subject import PscSubjects

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind of token
_SUBJECT_TYPES = frozenset({ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:jwt"})
_MAX_TOKEN_CHARACTERS = 16 * 1024
_RETRY_SECONDS = 2


class TokenExchange:
    """The exchange, asked for at the token endpoint."""

    def __init__(self, services: OAuthServices, proving: Proving, subjects: PscSubjects) -> None:
        self._services = services
        self._speaking = SpeakingFor(services, proving)
        self._subjects = subjects

    async def answer(self, request: Request, form: Mapping[str, str]) -> Response:
        """A token for the professional, or the precise reason why not. Raises Refusal."""
        token = self._asked(form)
        client, software, method, _ = await self._speaking.prove(request, form, GrantType.TOKEN_EXCHANGE)
        try:
            person = await self._subjects.of(token)
            told = await self._speaking.answer(person, form, client=client, software=software, method=method)
        except Unavailable as later:
            raise Refusal(later.issues[0], retry_after_seconds=_RETRY_SECONDS) from later
        except DomainError as refused:
            await self._speaking.trace_refusal(software, refused.code)
            raise Refusal(refused.issues[0]) from refused
        except Refusal as refused:
            await self._speaking.trace_refusal(software, refused.issue.code)
            raise
        return JSONResponse({**told, "issued_token_type": ACCESS_TOKEN}, headers=NO_STORE)

    def _asked(self, form: Mapping[str, str]) -> str:
        """The subject token of a request that asks for nothing we do not do. Raises Refusal."""
        for name in ("subject_token", "subject_token_type", "scope"):
            if name not in form:
                raise refusal("oauth-parameter-missing", parameter=name)
        for name in ("actor_token", "actor_token_type"):
            if name in form:
                raise refusal("oauth-parameter-not-supported", parameter=name)
        kinds = {
            "subject_token_type": _SUBJECT_TYPES,
            "requested_token_type": {ACCESS_TOKEN},
            "subject_issuer": {"psc"},
        }
        for name, known in kinds.items():
            if form.get(name, next(iter(known))) not in known:
                raise refusal("oauth-parameter-not-supported", parameter=name)
        ours = {self._services.public_url, f"{self._services.public_url}/fhir"}
        if self._services.machines_url is not None:
            ours |= {self._services.machines_url, f"{self._services.machines_url}/fhir"}
        if any(form.get(name, self._services.public_url).rstrip("/") not in ours for name in ("audience", "resource")):
            raise refusal("oauth-target-unknown")
        if form["scope"].split() != [SCOPE]:
            raise refusal("oauth-scope-other", scope=SCOPE)
        token = form["subject_token"]
        if len(token) > _MAX_TOKEN_CHARACTERS or not token.isascii() or not token.isprintable() or " " in token:
            raise refusal("psc-token-refused")
        return token
