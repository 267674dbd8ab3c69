"""A Pro Santé Connect token exchanged for one of ours: who may, in which situation, and what the token then says."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from joserfc import jwt
from tests.builders.certificates import self_signed
from tests.channels.oauth2.door import HOSPITAL, KEY, START, URL, Door

from carnet.channels.oauth2.client_assertion import ASSERTION_TYPE
from carnet.channels.oauth2.token_exchange import ACCESS_TOKEN
from carnet.domain.actor import ActorKind
from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.clients.certificates import CertificateTrait, ExpectedCertificate
from carnet.domain.clients.model import AuthMethod, GrantType
from carnet.domain.clients.registration import register
from carnet.domain.errors import Unavailable
from carnet.partners.psc.opening import PscTerms, open_psc
from carnet.partners.psc.simulator import claims_of
from carnet.web.arrivals import CLIENT_CERTIFICATE
from carnet.web.tokens import header_of, json_part

MACHINES = "https://machines.example"
EXCHANGE = GrantType.TOKEN_EXCHANGE.value
DOCTOR = claims_of(
    "899700000001", "Claire", "Aubrespin", profession="10", specialty="SM26", sector="SA07", organization="1990000001",
    organization_name="Cabinet inventé",
)  # fmt: skip


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paires")
    return {name: self_signed(folder, f"{name}.example").read for name in ("structure", "autre")}


@pytest.fixture(scope="module")
async def clients(database, keys, pairs):
    expected = (ExpectedCertificate(CertificateTrait.THUMBPRINT, pairs["structure"].thumbprint),)
    both = frozenset(GrantType)
    proxy = replace(
        HOSPITAL, client_id="proxy", methods=frozenset({AuthMethod.TLS_CLIENT_AUTH}), certificates=expected, grants=both
    )
    by_key = replace(proxy, client_id="proxy-cle", methods=frozenset({AuthMethod.PRIVATE_KEY_JWT}))
    without = replace(proxy, client_id="sans-echange", grants=frozenset({GrantType.CLIENT_CREDENTIALS}))
    async with database.connection() as connection:
        for client in (proxy, by_key, without):
            await register(connection, client, mode="production")


class Ground(Door):
    """The door on the port of machines, with a simulated Pro Santé Connect."""

    def __init__(self, database, keys, pairs):
        self.psc = open_psc(PscTerms(None, None, None, None, "eidas1"), demo=True, clock=lambda: self.now)
        super().__init__(database, keys, "production", psc=self.psc.subjects, machines_url=MACHINES)
        self.simulator = self.psc.simulator
        self.pairs = pairs

    async def exchange(self, token, *, certificate="structure", client_id="proxy", **changes):
        form = {
            "grant_type": EXCHANGE, "client_id": client_id, "subject_token": token, "subject_token_type": ACCESS_TOKEN, "scope": "carnet",
            "subject_issuer": "psc",
        }  # fmt: skip
        form = {name: value for name, value in (form | changes).items() if value is not None}

        async def app(scope, receive, send):
            scope[CLIENT_CERTIFICATE] = self.pairs.get(certificate)
            await self.application(scope, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=MACHINES) as http:
            return await http.post("/oauth2/token", data=form)


@pytest.fixture
async def ground(database, keys, clients, pairs):
    made = Ground(database, keys, pairs)
    yield made
    await made.psc.subjects.close()


async def code(answer):
    body = answer.json()
    return answer.status_code, body["error"], body["error_description"].split("'")[1].strip()


def claims(token):
    assert header_of(token)["typ"] == "at+jwt"
    return json_part(token.split(".")[1])


async def test_the_professional_by_the_software_of_their_structure(ground, pairs):
    answer = await ground.exchange(ground.simulator.sign_in(DOCTOR))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert (body["issued_token_type"], body["token_type"], body["scope"]) == (ACCESS_TOKEN, "Bearer", "carnet")
    actor = ground.verifier.verify(body["access_token"])
    assert (actor.kind, actor.person, actor.profession, actor.specialty) == (
        ActorKind.PROFESSIONAL,
        "899700000001",
        "10",
        "SM26",
    )
    assert (actor.sector, actor.organization, actor.organization_name) == ("SA07", "1990000001", "Cabinet inventé")
    assert (actor.name, actor.software, actor.situation) == ("Claire Aubrespin", "proxy", "10.SM26.1990000001")
    assert (actor.authentication.means, actor.authentication.level) == ("psc", "PSC")
    told = claims(body["access_token"])
    assert told["act"] == {"sub": "proxy"}
    assert told["cnf"] == {"x5t#S256": pairs["structure"].thumbprint}
    assert (told["sub"], told["client_id"]) == ("899700000001", "proxy")
    event = ground.events[-1]
    assert (event.type, event.outcome, event.actor.person) == (EventType.SIGNED_IN, Outcome.SUCCESS, "899700000001")


async def test_a_key_proves_the_software_and_the_certificate_its_structure(ground):
    at = int(START.timestamp())
    assertion = jwt.encode(
        {"alg": "ES256", "kid": KEY.kid},
        {
            "iss": "proxy-cle",
            "sub": "proxy-cle",
            "aud": f"{MACHINES}/oauth2/token",
            "exp": at + 60,
            "jti": str(uuid.uuid4()),
        },
        KEY,
    )
    proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    token = ground.simulator.sign_in(DOCTOR)
    answer = await ground.exchange(token, client_id=None, **proof)
    assert answer.status_code == 200, answer.text
    at_once = await ground.exchange(token, client_id=None, **proof)
    assert at_once.status_code == 401  # an assertion serves once


async def test_without_the_certificate_of_the_structure(ground):
    token = ground.simulator.sign_in(DOCTOR)
    assert await code(await ground.exchange(token, certificate=None)) == (
        400,
        "invalid_request",
        "oauth-certificate-required",
    )
    assert (await ground.exchange(token, certificate="autre")).status_code == 401
    at = int(START.timestamp())
    assertion = jwt.encode(
        {"alg": "ES256", "kid": KEY.kid},
        {"iss": "proxy-cle", "sub": "proxy-cle", "aud": URL, "exp": at + 60, "jti": str(uuid.uuid4())},
        KEY,
    )
    answer = await ground.exchange(
        token, certificate="autre", client_id=None, client_assertion_type=ASSERTION_TYPE, client_assertion=assertion
    )
    assert await code(answer) == (400, "unauthorized_client", "oauth-certificate-of-another")
    assert ground.events[-1].details == {"means": "psc", "cause": "certificate-of-another"}


async def test_a_software_without_that_right(ground):
    answer = await ground.exchange(ground.simulator.sign_in(DOCTOR), client_id="sans-echange")
    assert await code(answer) == (400, "unauthorized_client", "oauth-grant-not-allowed")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"subject_issuer": "franceconnect"}, "invalid_request"),
        ({"scope": None}, "invalid_request"),
        ({"scope": "carnet admin"}, "invalid_scope"),
        ({"audience": "https://autre.example"}, "invalid_target"),
        ({"resource": "https://autre.example"}, "invalid_target"),
        ({"subject_token": "x" * 20_000}, "invalid_grant"),
        ({"subject_token": "é"}, "invalid_grant"),
        ({"subject_token": "a b"}, "invalid_grant"),
    ],
)
async def test_what_is_asked_otherwise_is_told(ground, changes, expected):
    answer = await ground.exchange(ground.simulator.sign_in(DOCTOR), **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, expected)


async def test_our_own_names_may_be_given(ground):
    answer = await ground.exchange(
        ground.simulator.sign_in(DOCTOR),
        audience=f"{URL}/fhir",
        resource=f"{MACHINES}/fhir/",
        requested_token_type=ACCESS_TOKEN,
    )
    assert answer.status_code == 200


async def test_a_token_that_does_not_hold_any_more(ground):
    assert await code(await ground.exchange("unknown")) == (400, "invalid_grant", "psc-token-refused")
    token = ground.simulator.sign_in(DOCTOR)
    ground.now += timedelta(minutes=3)
    assert await code(await ground.exchange(token)) == (400, "invalid_grant", "psc-token-refused")
    weak = ground.simulator.sign_in(DOCTOR, level="eidas0")
    assert await code(await ground.exchange(weak)) == (400, "invalid_grant", "psc-level-insufficient")
    event = ground.events[-1]
    assert (event.type, event.details["cause"]) == (EventType.SIGN_IN_REFUSED, "psc-level-insufficient")


async def test_several_situations_are_listed_and_one_is_chosen(ground, samples):
    two = json.loads((samples / "psc" / "userinfo-deux-exercices-synthetic.json").read_text("utf-8"))
    token = ground.simulator.sign_in(two)
    answer = await ground.exchange(token)
    assert await code(answer) == (400, "invalid_request", "psc-situation-several")
    offered = {each["situation"]: each["profession"] for each in answer.json()["situations"]}
    assert offered == {"10.SM26.R99900001": "10", "21.C99999999900011": "21"}
    for situation, profession in offered.items():
        chosen = await ground.exchange(token, situation=situation)
        assert ground.verifier.verify(chosen.json()["access_token"]).profession == profession
    unknown = await ground.exchange(token, situation="60.X")
    assert await code(unknown) == (400, "invalid_request", "psc-situation-unknown")
    assert len(unknown.json()["situations"]) == 2


async def test_without_any_situation(ground):
    nobody = {**DOCTOR, "SubjectRefPro": {}, "SubjectRole": []}
    assert await code(await ground.exchange(ground.simulator.sign_in(nobody))) == (
        400,
        "invalid_grant",
        "psc-situation-missing",
    )


async def test_psc_does_not_answer(ground, monkeypatch):
    async def away(_):
        raise Unavailable("psc-unreachable")

    monkeypatch.setattr(ground.psc.subjects, "of", away)
    answer = await ground.exchange("x")
    assert await code(answer) == (503, "temporarily_unavailable", "psc-unreachable")
    assert answer.headers["retry-after"] == "2"


async def test_where_there_is_no_psc_nothing_is_exchanged(database, keys, clients, pairs, ground):
    alone = Door(database, keys, "production", machines_url=MACHINES)
    assert EXCHANGE not in (await alone.get("/.well-known/oauth-authorization-server")).json()["grant_types_supported"]
    assert EXCHANGE in (await ground.get("/.well-known/oauth-authorization-server")).json()["grant_types_supported"]
    answer = await alone.post({"grant_type": EXCHANGE, "client_id": "proxy"})
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
