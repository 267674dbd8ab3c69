"""A simulated provider and ourselves in front of it, with a hand that may spoil what passes between them."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import orjson
from joserfc import jwt

from carnet.partners.oidc.model import ProviderTerms
from carnet.partners.oidc.proving import Credentials
from carnet.partners.oidc.relying_party import RelyingParty
from carnet.partners.oidc.simulated import SimulatedProvider

BASE = "https://identite.example/realms/essai"
WALLET = "https://portefeuille.example/auth"
BACK = "https://carnet.example/connexion/essai/retour"
DISCOVERY = "/.well-known/wallet-openid-configuration"
CLAIMS = {"sub": "s-1", "given_name": "Ondine", "family_name": "ESSAI"}


class Scene:
    def __init__(self, *, client_id="carnet", credentials=None, **changes):
        self.now = datetime(2026, 6, 1, 12, tzinfo=UTC)
        self.simulator = SimulatedProvider(
            base_url=BASE, authorization_url=WALLET, client_id="carnet", secret="secret-partagé-inventé", clock=lambda: self.now,
            title="Essai", redirect_uris=(BACK,), logout_uris=("https://carnet.example/sortie",), discovery_path=DISCOVERY,
            **{"refresh_life": timedelta(minutes=30), **changes},
        )  # fmt: skip
        self.spoil = {}  # path below the issuer: a function from the honest answer to another, or None for a provider that is down
        self.asked = []
        terms = ProviderTerms(
            "essai", BASE + DISCOVERY, client_id, BACK, "openid scope_all", acr_values="eidas1", levels=frozenset({"eidas1", "eidas2"})
        )  # fmt: skip
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._between))
        self.party = RelyingParty(
            http, terms, credentials or Credentials(client_id, secret="secret-partagé-inventé"), clock=lambda: self.now
        )

    async def _between(self, request):
        self.asked.append(request)
        path = str(request.url).removeprefix(BASE).partition("?")[0]
        if path in self.spoil and self.spoil[path] is None:
            raise httpx.ConnectTimeout("down", request=request)
        honest = await httpx.ASGITransport(self.simulator).handle_async_request(request)
        answer = httpx.Response(honest.status_code, headers=honest.headers, content=await honest.aread())
        return self.spoil[path](answer) if path in self.spoil else answer

    async def leave(self):
        """The departure, and the request as the provider sees it."""
        departure = await self.party.depart()
        return departure, dict(parse_qsl(urlsplit(departure.url).query))

    def approve(self, query, *, level="eidas1", claims=CLAIMS):
        """What the person's browser brings back."""
        asked = self.simulator.asked(query)
        assert not isinstance(asked, str), asked
        return dict(parse_qsl(urlsplit(self.simulator.approve(asked.request_id, claims, level=level)).query))

    async def sign_in(self, **changes):
        departure, query = await self.leave()
        return await self.party.arrive(self.approve(query, **changes), departure)

    def id_token(self, change, *, key=None, header=None):
        """Spoil the id_token: `change` alters its claims in place."""

        def spoilt(answer):
            told = answer.json()
            claims = jwt.decode(told["id_token"], self.simulator.signing_key()).claims
            change(claims)
            signer = key or self.simulator.signing_key()
            told["id_token"] = jwt.encode(
                header or {"alg": "RS256", "kid": "simulated"}, claims, signer, algorithms=["RS256", "HS256", "ES256"]
            )
            return httpx.Response(200, json=told)

        self.spoil["/token"] = spoilt


def as_json(**changes):
    """An answer that says these things instead."""
    return lambda answer: httpx.Response(answer.status_code, content=orjson.dumps(answer.json() | changes))
