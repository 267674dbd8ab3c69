"""
A simulated Pro Santé Connect, for the demonstration and the tests: invented professionals, the claims and the addresses of the real one.

It says what it is, and is not made in production: see `opening.py`. Source: identity-and-messaging.md §2.1, §2.2, §2.4, §2.6.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from carnet.partners.oidc.simulated import Grant, Send, Session, SimulatedProvider, answer
from carnet.partners.psc.backchannel import GRANT as CIBA_GRANT
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7

DISCOVERY = "/.well-known/wallet-openid-configuration"
_OIDC = "/protocol/openid-connect"
_LIFE = timedelta(minutes=2)
_REFRESH_LIFE = timedelta(minutes=30)
_CIBA_LIFE = timedelta(minutes=2)
_INTERVAL_SECONDS = 5

__all__ = ["CIBA_GRANT", "DISCOVERY", "Place", "PscSimulator", "Session", "claims_of", "staff_claims_of"]


@dataclass(slots=True)
class Backchannel:
    """Someone asked on their own device. person: SubjectNameID. message: shown there. grant: once they said yes."""

    person: str
    message: str
    until: datetime
    is_refused: bool = False
    grant: Grant | None = None


class PscSimulator(SimulatedProvider):
    """base_url: its issuer. client_id, secret: whom it knows. signs: user-info as `application/jwt`, as PSC may."""

    def __init__(
        self, base_url: str, client_id: str, secret: str, clock: Clock, *, signs: bool = False, authorization_url: str | None = None,
        redirect_uris: tuple[str, ...] = (), logout_uris: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        super().__init__(
            base_url=base_url, authorization_url=authorization_url or f"{base_url}/wallet/auth", client_id=client_id, secret=secret,
            clock=clock, title="Pro Santé Connect simulé", redirect_uris=redirect_uris, logout_uris=logout_uris,
            discovery_path=DISCOVERY,
            paths={
                "token": f"{_OIDC}/token", "userinfo": f"{_OIDC}/userinfo", "certs": f"{_OIDC}/certs", "logout": f"{_OIDC}/logout",
                "introspect": f"{_OIDC}/token/introspect", "ciba": f"{_OIDC}/ext/ciba/auth",
            },
            signs=signs, access_life=_LIFE, refresh_life=_REFRESH_LIFE,
        )  # fmt: skip
        self.asked_there: dict[str, Backchannel] = {}

    def sign_in(self, claims: Mapping[str, Any], *, level: str = "eidas1", life: timedelta = _LIFE) -> str:
        """An access token for whom these claims tell."""
        return self.give(claims, level=level, life=life)

    async def serve(
        self, send: Send, asked: tuple[str, str], headers: Mapping[bytes, str], form: Mapping[str, str], query: Mapping[str, str]
    ) -> None:  # fmt: skip
        if asked == ("POST", self.paths["introspect"]):
            await self._introspect(send, headers, form)
        elif asked == ("POST", self.paths["ciba"]):
            await self._ask_there(send, headers, form)
        elif asked == ("POST", self.paths["token"]) and form.get("grant_type") == CIBA_GRANT:
            await self._poll(send, headers, form)
        else:
            await super().serve(send, asked, headers, form, query)

    def discovery(self) -> dict[str, Any]:
        return {
            **super().discovery(),
            "introspection_endpoint": self.base_url + self.paths["introspect"],
            "backchannel_authentication_endpoint": self.base_url + self.paths["ciba"],
            "backchannel_token_delivery_modes_supported": ["poll"],
            "frontchannel_logout_supported": True, "frontchannel_logout_session_supported": True,
        }  # fmt: skip

    def waiting_there(self) -> dict[str, Backchannel]:
        """Who is being asked on their device, by the identifier of the request."""
        now = self.clock()
        return {
            name: each for name, each in self.asked_there.items()
            if each.grant is None and not each.is_refused and now < each.until
        }  # fmt: skip

    def answer_there(self, request_id: str, claims: Mapping[str, Any] | None, *, level: str = "eidas1") -> bool:
        """What the person says on their device: claims for yes, None for no. False when nobody waits for it."""
        waiting = self.waiting_there().get(request_id)
        if waiting is None:
            return False
        if claims is None:
            waiting.is_refused = True
        else:
            waiting.grant = Grant(claims, level, None, secrets.token_urlsafe(16), waiting.until)
        return True

    async def _introspect(self, send: Send, headers: Mapping[bytes, str], form: Mapping[str, str]) -> None:
        if not self.knows(headers, form):
            await answer(send, 401, {"error": "invalid_client"})
            return
        session = self.living(form.get("token", ""))
        if session is None:
            await answer(send, 200, {"active": False})
            return
        claims = session.claims
        told = {
            "active": True, "iss": self.base_url, "sub": claims.get("sub"), "typ": "Bearer", "azp": "simulated-client", "acr": session.level,
            "client_id": "simulated-client", "scope": "openid scope_all", "exp": int(session.expires_at.timestamp()),
            "iat": int((session.expires_at - _LIFE).timestamp()), "jti": str(uuid7()), "SubjectNameID": claims.get("SubjectNameID"),
            "username": claims.get("preferred_username"), "preferred_username": claims.get("preferred_username"),
        }  # fmt: skip
        await answer(send, 200, told)

    async def _ask_there(self, send: Send, headers: Mapping[bytes, str], form: Mapping[str, str]) -> None:
        """CIBA, poll mode. Source: OpenID Connect CIBA Core 1.0 §7, §13."""
        if not self.knows(headers, form):
            await answer(send, 401, {"error": "invalid_client"})
        elif not form.get("login_hint"):
            await answer(send, 400, {"error": "unknown_user_id"})
        elif len(form.get("binding_message", "")) > 20:
            await answer(send, 400, {"error": "invalid_binding_message"})
        else:
            request_id = secrets.token_urlsafe(32)
            until = self.clock() + _CIBA_LIFE
            self.asked_there = {name: each for name, each in self.asked_there.items() if self.clock() < each.until}
            self.asked_there[request_id] = Backchannel(form["login_hint"], form.get("binding_message", ""), until)
            told = {
                "auth_req_id": request_id,
                "expires_in": int(_CIBA_LIFE.total_seconds()),
                "interval": _INTERVAL_SECONDS,
            }
            await answer(send, 200, told)

    async def _poll(self, send: Send, headers: Mapping[bytes, str], form: Mapping[str, str]) -> None:
        if not self.knows(headers, form):
            await answer(send, 401, {"error": "invalid_client"})
            return
        asked = self.asked_there.get(form.get("auth_req_id", ""))
        if asked is None:
            await answer(send, 400, {"error": "invalid_grant"})
        elif self.clock() >= asked.until:
            await answer(send, 400, {"error": "expired_token"})
        elif asked.is_refused:
            await answer(send, 400, {"error": "access_denied"})
        elif asked.grant is None:
            await answer(send, 400, {"error": "authorization_pending"})
        else:
            del self.asked_there[form["auth_req_id"]]
            await answer(send, 200, self.tokens(asked.grant))


@frozen
class Place:
    """Where someone practises. organization: Struct_IdNat. sector: SAxx."""

    organization: str | None
    name: str | None
    sector: str | None


def claims_of(
    identifier: str, given_name: str, family_name: str, *, profession: str, specialty: str | None, sector: str | None,
    organization: str | None, organization_name: str | None, others: Sequence[Place] = (),
) -> dict[str, Any]:  # fmt: skip
    """The claims of an invented professional. organization: Struct_IdNat of the main place; others: where else they practise."""
    practice = {
        "codeProfession": profession, "codeCategorieProfessionnelle": "C", "codeCiviliteDexercice": "",
        "codeTypeSavoirFaire": "S" if specialty else "", "codeSavoirFaire": specialty or "", "nomDexercice": family_name,
        "prenomDexercice": given_name,
        "activities": [_activity(place) for place in (Place(organization, organization_name, sector), *others)],
    }  # fmt: skip
    return {
        "sub": f"f:00000000-0000-4000-8000-000000000000:{identifier}", "SubjectNameID": identifier, "preferred_username": identifier,
        "given_name": given_name, "family_name": family_name, "email_verified": False,
        "SubjectRole": [f"{profession}^1.2.250.1.213.1.1.5.5"], "Secteur_Activite": f"{sector or ''}^1.2.250.1.71.4.2.4",
        "SubjectOrganization": organization_name or "", "SubjectOrganizationID": "", "Mode_Acces_Raison": "",
        "Acces_Regulation_Medicale": "FAUX", "UITVersion": "1.0", "Palier_Authentification": "APPPRIP3^1.2.250.1.213.1.5.1.1.1",
        "PSI_Locale": "1.2.250.1.213.1.3.1.1", "otherIds": [{"identifiant": identifier, "origine": "RPPS", "qualite": 1}],
        "SubjectRefPro": {"codeCivilite": "", "exercices": [practice]},
    }  # fmt: skip


def staff_claims_of(
    identifier: str, given_name: str, family_name: str, *, role: str, sector: str | None, organization: str, organization_name: str | None
) -> dict[str, Any]:  # fmt: skip
    """
    The claims of someone invented who works in a structure without a health profession. Their shape is a guess, the one that
    `formats.psc.userinfo` reads: an exercice with no profession, whose activity has a role. role: TRE_R291 (331: secrétaire médicale).
    """
    told = claims_of(
        identifier, given_name, family_name, profession="", specialty=None, sector=sector, organization=organization,
        organization_name=organization_name,
    )  # fmt: skip
    practice = told["SubjectRefPro"]["exercices"][0] | {"codeCategorieProfessionnelle": ""}
    practice["activities"] = [each | {"codeRole": role, "codeModeExercice": "S"} for each in practice["activities"]]
    return told | {
        "SubjectRole": [f"{role}^1.2.250.1.213.1.6.1.107"],
        "otherIds": [{"identifiant": identifier, "origine": "STRUCT", "qualite": 1}],
        "SubjectRefPro": {"codeCivilite": "", "exercices": [practice]},
    }


# Every claim of an activity; those that are not told are empty texts, as PSC writes them.
_OF_AN_ACTIVITY = (
    "codeModeExercice", "codeSecteurDactivite", "codeSectionPharmacien", "codeRole", "codeGenreActivite", "numeroSiretSite",
    "numeroSirenSite", "numeroFinessSite", "numeroFinessetablissementJuridique", "identifiantTechniqueDeLaStructure", "raisonSocialeSite",
    "enseigneCommercialeSite", "complementDestinataire", "complementPointGeographique", "numeroVoie", "indiceRepetitionVoie",
    "codeTypeDeVoie", "libelleVoie", "mentionDistribution", "bureauCedex", "codePostal", "codeCommune", "codePays", "telephone",
    "telephone2", "telecopie", "adresseEMail", "codeDepartement", "ancienIdentifiantDeLaStructure", "autoriteDenregistrement",
)  # fmt: skip


def _activity(place: Place) -> dict[str, str]:
    identifier = place.organization or ""
    number = identifier[1:]
    return dict.fromkeys(_OF_AN_ACTIVITY, "") | {
        "codeModeExercice": "L", "codeSecteurDactivite": place.sector or "", "codeGenreActivite": "GENR01",
        "raisonSocialeSite": place.name or "", "numeroFinessSite": number if identifier.startswith("1") else "",
        "numeroSiretSite": number if identifier.startswith("3") else "", "ancienIdentifiantDeLaStructure": identifier,
    }  # fmt: skip
