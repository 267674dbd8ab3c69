"""The door alone, with its trail, and clients at several addresses."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette

from carnet.channels.oauth2 import OAuthServices, routes
from carnet.channels.oauth2.client_assertion import ASSERTION_TYPE
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.clients.model import TLS_METHODS, AuthMethod, Client, digest_of_secret
from carnet.web.tokens import TokenIssuer, TokenVerifier

URL = "https://carnet.example"
TOKEN_URL = f"{URL}/oauth2/token"
KEY = ECKey.generate_key("P-256", parameters={"kid": "un"})
OTHER_KEY = ECKey.generate_key("P-256", parameters={"kid": "deux"})
SECRET = "secret-inventé-pour-les-essais"
GRANT = {"grant_type": "client_credentials"}
START = datetime(2026, 6, 1, 12, tzinfo=UTC)

HOSPITAL = Client(
    "hopital",
    Actor(
        ActorKind.ORGANIZATION,
        "Hôpital inventé",
        organization="1990000001",
        organization_name="Hôpital inventé",
        authentication=Authentication("none", "INDIRECTE"),
    ),
    methods=frozenset(AuthMethod) - TLS_METHODS,
    secret_digest=digest_of_secret(SECRET),
    jwks=(KEY.as_dict(private=False),),
)
LABORATORY = replace(
    HOSPITAL,
    client_id="laboratoire",
    template=replace(HOSPITAL.template, name="Laboratoire inventé", organization="1990000002"),
    methods=frozenset({AuthMethod.PRIVATE_KEY_JWT}),
    jwks=(OTHER_KEY.as_dict(private=False),),
)
DISABLED = replace(HOSPITAL, client_id="ferme")
NO_GRANT = replace(HOSPITAL, client_id="sans-droit", grants=frozenset())


class Door:
    """A small application with the door alone, its trail, and clients at several addresses."""

    def __init__(self, database, keys, mode, **options):
        self.now = START
        self.events = []
        self.services = OAuthServices(
            database=database,
            keys=keys,
            issuer=TokenIssuer(keys, issuer=URL, audience=f"{URL}/fhir", clock=lambda: self.now),
            verifier=TokenVerifier(keys, issuer=URL, audience=f"{URL}/fhir", clock=lambda: self.now),
            trace=self.trace,
            describe=lambda issue: f"Refusé : « {issue.code} » {' '.join(issue.facts.values())}".strip(),
            clock=lambda: self.now,
            mode=mode,
            public_url=URL,
            **{"failure_delay": timedelta(0), **options},
        )
        self.verifier = self.services.verifier
        self.application = Starlette(routes=routes(self.services))

    async def trace(self, event):
        self.events.append(event)

    async def post(self, form=None, *, address="192.0.2.1", path="/oauth2/token", **options):
        transport = httpx.ASGITransport(self.application, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
            return await client.post(path, data=form, **options)

    async def get(self, path):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.application), base_url=URL) as client:
            return await client.get(path)

    def assertion(self, *, key=KEY, header=None, **changes):
        at = int(self.now.timestamp())
        claims = {
            "iss": "hopital",
            "sub": "hopital",
            "aud": TOKEN_URL,
            "exp": at + 240,
            "jti": str(uuid.uuid4()),
            **changes,
        }
        signed = jwt.encode(header or {"alg": "ES256", "kid": key.kid}, claims, key)
        return {**GRANT, "client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


def by_secret(client_id="hopital", secret=SECRET):
    return {**GRANT, "client_id": client_id, "client_secret": secret}


def said(response):
    body = response.json()
    assert response.headers["cache-control"] == "no-store"
    assert body["error_description"].isascii()
    return response.status_code, body["error"], body["error_description"].split("'")[1].strip()
