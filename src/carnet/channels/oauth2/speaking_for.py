"""
A token that speaks for a professional, given to the software of their structure: in one situation, bound to its certificate.

Source: CI-SIS, sécurisation de la couche transport API REST 1.2.0 (identity-and-messaging.md §2.5); RFC 8693 §4.1 (`act`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from carnet.channels.oauth2.proving import Proving
from carnet.channels.oauth2.purposes import LIFETIME, said_of_access
from carnet.channels.oauth2.refusals import Refusal, refusal
from carnet.channels.oauth2.services import OAuthServices
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import EventType
from carnet.domain.clients.model import AuthMethod, Client, GrantType
from carnet.domain.errors import Issue
from carnet.formats.psc.userinfo import Situation, UserInfo
from carnet.web.arrivals import certificate_of

SCOPE = "carnet"  # one scope: what its bearer may do follows from who they are


class SpeakingFor:
    """What every way of speaking for a professional shares."""

    def __init__(self, services: OAuthServices, proving: Proving) -> None:
        self._services = services
        self._proving = proving

    async def prove(
        self, request: Request, form: Mapping[str, str], grant: GrantType
    ) -> tuple[Client, Actor, AuthMethod, str]:
        """
        The software, given this right, on a connection whose certificate is one of those of its structure; and its thumbprint.

        Raises
            Refusal: `oauth-certificate-required`, `oauth-grant-not-allowed`, `oauth-certificate-of-another`, and those of `Proving`.
        """
        certificate = certificate_of(request.scope)
        if certificate is None:
            raise refusal("oauth-certificate-required")
        client, software, method = await self._proving.prove(request, form)
        if grant not in client.grants:
            await self.trace_refusal(software, "grant-not-given")
            raise refusal("oauth-grant-not-allowed")
        if not any(certificate.is_one_of(client.certificates, whole=whole) for whole in (False, True)):
            await self.trace_refusal(software, "certificate-of-another")
            raise refusal("oauth-certificate-of-another")
        return client, software, method, certificate.thumbprint

    async def answer(
        self, person: UserInfo, form: Mapping[str, str], *, client: Client, software: Actor, method: AuthMethod
    ) -> Mapping[str, Any]:
        """
        The members of the answer: a token for the professional, in the situation that the form says.

        Raises
            Refusal: `psc-situation-…`, with the situations among which to choose; those of `said_of_access`.
        """
        situation = chosen(person.situations, form.get("situation"))
        actor = _professional(person, situation, software)
        lifetime = self._services.token_lifetime
        exceptional = said_of_access(form, actor, purposes=self._services.purposes)
        if exceptional is not None:
            actor, lifetime = exceptional, min(lifetime, LIFETIME)
        issued = self._services.issuer.issue(actor, lifetime=lifetime, act={"sub": client.client_id})
        await self._proving.trace(actor, EventType.SIGNED_IN, {"method": method.value, "means": "psc"})
        return {
            "access_token": issued,
            "token_type": "Bearer",
            "expires_in": int(lifetime.total_seconds()),
            "scope": SCOPE,
        }

    async def trace_refusal(self, software: Actor, cause: str) -> None:
        """Trace that this software was refused to speak for someone."""
        await self._proving.trace(software, EventType.SIGN_IN_REFUSED, {"means": "psc", "cause": cause})


def chosen(situations: Sequence[Situation], asked: str | None) -> Situation:
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
