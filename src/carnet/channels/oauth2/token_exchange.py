"""
A Pro Santé Connect token exchanged for one of ours: the professional, by the software of their structure.

The connection shows the certificate of the structure, registered for this software; PSC says that its token holds and for whom; ours is
bound to the certificate. Source: RFC 8693 §2; CI-SIS, sécurisation de la couche transport API REST 1.2.0 (identity-and-messaging.md
§2.5).
"""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carnet.channels.oauth2.proving import Proving
from carnet.channels.oauth2.purposes import LIFETIME, said_of_access
from carnet.channels.oauth2.refusals import NO_STORE, Refusal, refusal
from carnet.channels.oauth2.services import OAuthServices
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import EventType
from carnet.domain.clients.model import Client, GrantType
from carnet.domain.errors import DomainError, Issue, Unavailable
from carnet.formats.psc.userinfo import Situation, UserInfo
from carnet.partners.psc.subject import PscSubjects
from carnet.web.arrivals import certificate_of

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind of token
_SUBJECT_TYPES = frozenset({ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:jwt"})
SCOPE = "carnet"  # one scope: what its bearer may do follows from who they are
_MAX_TOKEN_CHARACTERS = 16 * 1024
_RETRY_SECONDS = 2


class TokenExchange:
    """The exchange, asked for at the token endpoint."""

    def __init__(self, services: OAuthServices, proving: Proving, subjects: PscSubjects) -> None:
        self._services = services
        self._proving = proving
        self._subjects = subjects

    async def answer(self, request: Request, form: Mapping[str, str]) -> Response:
        """A token for the professional, or the precise reason why not. Raises Refusal."""
        token = self._asked(form)
        certificate = certificate_of(request.scope)
        if certificate is None:
            raise refusal("oauth-certificate-required")
        client, software, method = await self._proving.prove(request, form)
        await self._check(
            client, software, may=any(certificate.is_one_of(client.certificates, whole=w) for w in (False, True))
        )
        try:
            person = await self._subjects.of(token)
            situation = _chosen(person.situations, form.get("situation"))
        except Unavailable as later:
            raise Refusal(later.issues[0], retry_after_seconds=_RETRY_SECONDS) from later
        except DomainError as refused:
            await self._refuse(software, refused.code)
            raise Refusal(refused.issues[0]) from refused
        except Refusal as refused:
            await self._refuse(software, refused.issue.code)
            raise
        actor = _professional(person, situation, software)
        lifetime = self._services.token_lifetime
        exceptional = said_of_access(form, actor, purposes=self._services.purposes)
        if exceptional is not None:
            actor, lifetime = exceptional, min(lifetime, LIFETIME)
        act = {"sub": client.client_id}
        issued = self._services.issuer.issue(actor, lifetime=lifetime, act=act)
        await self._proving.trace(actor, EventType.SIGNED_IN, {"method": method.value, "means": "psc"})
        return JSONResponse(
            {
                "access_token": issued,
                "issued_token_type": ACCESS_TOKEN,
                "token_type": "Bearer",
                "expires_in": int(lifetime.total_seconds()),
                "scope": SCOPE,
            },
            headers=NO_STORE,
        )

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

    async def _check(self, client: Client, software: Actor, *, may: bool) -> None:
        """Whether this software, of the structure that this certificate names, was given the right to exchange."""
        if GrantType.TOKEN_EXCHANGE not in client.grants:
            await self._refuse(software, "grant-not-given")
            raise refusal("oauth-grant-not-allowed")
        if not may:
            await self._refuse(software, "certificate-of-another")
            raise refusal("oauth-certificate-of-another")

    async def _refuse(self, software: Actor, cause: str) -> None:
        await self._proving.trace(software, EventType.SIGN_IN_REFUSED, {"means": "psc", "cause": cause})


def _chosen(situations: Sequence[Situation], asked: str | None) -> Situation:
    """
    The situation d'exercice in which the professional acts: the only one, or the one asked for by its identifier.

    Raises
        Refusal: `psc-situation-missing`, `psc-situation-several`, `psc-situation-unknown`; the last two list them.
    """
    if not situations:
        raise refusal("psc-situation-missing")
    if asked is None and len(situations) == 1:
        return situations[0]
    for situation in situations:
        if situation.ident == asked:
            return situation
    code = "psc-situation-several" if asked is None else "psc-situation-unknown"
    raise Refusal(Issue(code), more={"situations": [_told(situation) for situation in situations]})


def _told(situation: Situation) -> dict[str, str]:
    facts = {
        "situation": situation.ident,
        "profession": situation.profession,
        "specialty": situation.specialty,
        "sector": situation.sector,
        "organization": situation.organization,
        "organization_name": situation.organization_name,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _professional(person: UserInfo, situation: Situation, software: Actor) -> Actor:
    """software: the client as it proved itself, with the certificate of the connection."""
    return Actor(
        ActorKind.PROFESSIONAL,
        person.name,
        person=person.identifier,
        organization=situation.organization,
        organization_name=situation.organization_name,
        software=software.software,
        profession=situation.profession,
        specialty=situation.specialty,
        sector=situation.sector,
        situation=situation.ident,
        authentication=Authentication("psc", "PSC", software.authentication.certificate),
    )
