"""A professional asked on their own device in the name of software: who may ask, what they see, how often, and what comes of it."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from tests.builders.certificates import self_signed
from tests.channels.oauth2.door import HOSPITAL, KEY, Door

from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.clients.certificates import CertificateTrait, ExpectedCertificate
from carnet.domain.clients.model import AuthMethod, GrantType
from carnet.domain.clients.registration import register
from carnet.domain.errors import Unavailable
from carnet.partners.psc.opening import PscTerms, open_psc
from carnet.partners.psc.simulator import Place, claims_of
from carnet.storage.sealing import SealingKey
from carnet.web.arrivals import CLIENT_CERTIFICATE
from carnet.web.tokens import json_part

MACHINES = "https://machines.example"
CIBA = GrantType.CIBA.value
PERSON = "899700000001"
DOCTOR = claims_of(
    PERSON, "Claire", "Aubrespin", profession="10", specialty="SM26", sector="SA07", organization="1990000001",
    organization_name="Cabinet inventé",
)  # fmt: skip
TWO_PLACES = claims_of(
    PERSON, "Claire", "Aubrespin", profession="10", specialty="SM26", sector="SA07", organization="1990000001",
    organization_name="Cabinet inventé", others=[Place("1990000002", "Hôpital inventé", "SA01")],
)  # fmt: skip


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paires")
    return {name: self_signed(folder, f"{name}.example").read for name in ("structure", "autre")}


@pytest.fixture(scope="module")
async def clients(database, keys, pairs):
    expected = (ExpectedCertificate(CertificateTrait.THUMBPRINT, pairs["structure"].thumbprint),)
    proxy = replace(
        HOSPITAL, client_id="lourd", methods=frozenset({AuthMethod.TLS_CLIENT_AUTH}), certificates=expected, grants=frozenset(GrantType)
    )  # fmt: skip
    twin = replace(proxy, client_id="jumeau")
    both = (*expected, ExpectedCertificate(CertificateTrait.THUMBPRINT, pairs["autre"].thumbprint))
    two = replace(proxy, client_id="deux-certificats", certificates=both)
    without = replace(proxy, client_id="sans-ciba", grants=frozenset({GrantType.TOKEN_EXCHANGE}))
    by_key = replace(
        proxy, client_id="par-cle", methods=frozenset({AuthMethod.PRIVATE_KEY_JWT}), jwks=(KEY.as_dict(private=False),)
    )
    async with database.connection() as connection:
        for client in (proxy, twin, two, without, by_key):
            await register(connection, client, mode="production")


class Ground(Door):
    """The door on the port of machines, with a simulated Pro Santé Connect."""

    def __init__(self, database, keys, pairs, **options):
        self.psc = open_psc(PscTerms(None, None, None, None, "eidas1"), demo=True, clock=lambda: self.now)
        super().__init__(
            database, keys, "production", **{
                "psc": self.psc.subjects, "backchannel": self.psc.backchannel, "seal": SealingKey(b"k" * 32), "machines_url": MACHINES,
            } | options,
        )  # fmt: skip
        self.simulator = self.psc.simulator
        self.pairs = pairs

    async def send(self, path, form, *, certificate="structure"):
        async def app(scope, receive, send):
            scope[CLIENT_CERTIFICATE] = self.pairs.get(certificate)
            await self.application(scope, receive, send)

        form = {name: value for name, value in form.items() if value is not None}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=MACHINES) as http:
            return await http.post(path, data=form)

    async def ask(self, *, certificate="structure", **changes):
        form = {"client_id": "lourd", "scope": "carnet", "login_hint": PERSON, "binding_message": "42 A"} | changes
        return await self.send("/oauth2/bc-authorize", form, certificate=certificate)

    async def poll(self, request_id, *, certificate="structure", wait=5, **changes):
        self.now += timedelta(seconds=wait)
        form = {"grant_type": CIBA, "client_id": "lourd", "auth_req_id": request_id} | changes
        return await self.send("/oauth2/token", form, certificate=certificate)

    def there(self):
        """The one request that waits at Pro Santé Connect."""
        ((name, asked),) = self.simulator.waiting_there().items()
        return name, asked


@pytest.fixture
async def ground(database, keys, clients, pairs):
    made = Ground(database, keys, pairs)
    yield made
    await made.psc.close()


def code(answer):
    body = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, body["error"]


async def test_a_professional_says_yes_on_their_device(ground, pairs):
    answer = await ground.ask()
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["expires_in"], told["interval"]) == (120, 5)
    name, asked = ground.there()
    assert (asked.person, asked.message) == (PERSON, "42 A")
    assert name not in told["auth_req_id"]  # ours is not Pro Santé Connect's
    assert code(await ground.poll(told["auth_req_id"])) == (400, "authorization_pending")
    assert ground.simulator.answer_there(name, DOCTOR)
    answer = await ground.poll(told["auth_req_id"])
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["token_type"], body["scope"]) == ("Bearer", "carnet")
    actor = ground.verifier.verify(body["access_token"])
    assert (actor.person, actor.situation, actor.software) == (PERSON, "10.SM26.1990000001", "lourd")
    assert (actor.authentication.means, actor.authentication.level) == ("psc", "PSC")
    claims = json_part(body["access_token"].split(".")[1])
    assert (claims["cnf"], claims["act"]) == ({"x5t#S256": pairs["structure"].thumbprint}, {"sub": "lourd"})
    assert (ground.events[-1].type, ground.events[-1].actor.person) == (EventType.SIGNED_IN, PERSON)
    assert code(await ground.poll(told["auth_req_id"])) == (400, "invalid_grant")  # it serves once


async def test_a_professional_says_no(ground):
    request_id = (await ground.ask()).json()["auth_req_id"]
    name, _ = ground.there()
    ground.simulator.answer_there(name, None)
    assert code(await ground.poll(request_id)) == (400, "access_denied")
    event = ground.events[-1]
    assert (event.outcome, event.details["cause"]) == (Outcome.REFUSED, "ciba-denied")
    assert code(await ground.poll(request_id)) == (400, "invalid_grant")


async def test_nobody_answers(ground):
    request_id = (await ground.ask()).json()["auth_req_id"]
    assert code(await ground.poll(request_id, wait=121)) == (400, "expired_token")
    assert ground.events[-1].details["cause"] == "ciba-expired"
    other = (await ground.ask()).json()["auth_req_id"]
    name, _ = ground.there()
    ground.simulator.asked_there[name].until = ground.now  # it is over there before it is here
    assert code(await ground.poll(other)) == (400, "expired_token")


async def test_whoever_asks_too_often_waits_longer(ground):
    request_id = (await ground.ask()).json()["auth_req_id"]
    assert code(await ground.poll(request_id, wait=1)) == (400, "slow_down")
    assert code(await ground.poll(request_id, wait=5)) == (400, "slow_down")
    assert code(await ground.poll(request_id, wait=60)) == (400, "authorization_pending")


async def test_several_situations_are_chosen_among_without_asking_twice(ground):
    request_id = (await ground.ask()).json()["auth_req_id"]
    name, _ = ground.there()
    ground.simulator.answer_there(name, TWO_PLACES)
    answer = await ground.poll(request_id)
    assert code(answer) == (400, "invalid_request")
    assert [each["organization"] for each in answer.json()["situations"]] == ["1990000001", "1990000002"]
    assert code(await ground.poll(request_id, wait=0, situation="autre")) == (400, "invalid_request")
    answer = await ground.poll(request_id, wait=0, situation="10.SM26.1990000002")
    assert ground.verifier.verify(answer.json()["access_token"]).organization == "1990000002"


async def test_someone_else_answers(ground):
    request_id = (await ground.ask(login_hint="899700000002")).json()["auth_req_id"]
    name, _ = ground.there()
    ground.simulator.answer_there(name, DOCTOR)
    assert code(await ground.poll(request_id)) == (400, "invalid_grant")
    assert ground.events[-1].details["cause"] == "psc-token-refused"


@pytest.mark.parametrize(("level", "cause"), [("eidas0", "psc-level-insufficient")])
async def test_a_level_that_is_not_enough(ground, level, cause):
    request_id = (await ground.ask()).json()["auth_req_id"]
    name, _ = ground.there()
    ground.simulator.answer_there(name, DOCTOR, level=level)
    assert code(await ground.poll(request_id)) == (400, "invalid_grant")
    assert ground.events[-1].details["cause"] == cause


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"login_hint": None}, (400, "invalid_request")),
        ({"login_hint": "x y"}, (400, "unknown_user_id")),
        ({"binding_message": None}, (400, "invalid_request")),
        ({"binding_message": "un message beaucoup trop long"}, (400, "invalid_binding_message")),
        ({"binding_message": "é"}, (400, "invalid_binding_message")),
        ({"scope": None}, (400, "invalid_request")),
        ({"scope": "openid"}, (400, "invalid_scope")),
        ({"channel": "PIGEON"}, (400, "invalid_request")),
        ({"requested_expiry": "600"}, (400, "invalid_request")),
        ({"client_notification_token": "x"}, (400, "invalid_request")),
        ({"client_id": "sans-ciba"}, (400, "unauthorized_client")),
        ({"client_id": "inconnu"}, (401, "invalid_client")),
        ({"certificate": None}, (400, "invalid_request")),
        ({"certificate": "autre"}, (401, "invalid_client")),
    ],
)
async def test_what_is_not_asked_for_well(ground, changes, expected):
    assert code(await ground.ask(**changes)) == expected
    assert ground.simulator.waiting_there() == {}


async def test_the_channel_may_be_said(ground):
    assert (await ground.ask(channel="MOBILE", scope="openid carnet")).status_code == 200


@pytest.mark.parametrize(("client_id", "certificate"), [("jumeau", "structure"), ("deux-certificats", "autre")])
async def test_a_request_is_its_softwares_and_its_certificates(ground, client_id, certificate):
    request_id = (await ground.ask()).json()["auth_req_id"]
    ground.simulator.answer_there(ground.there()[0], DOCTOR)
    answer = await ground.poll(request_id, client_id=client_id, certificate=certificate)
    assert code(answer) == (400, "invalid_grant")
    assert ground.events[-1].details["cause"] == "ciba-request-unknown"
    assert (await ground.poll(request_id)).status_code == 200


@pytest.mark.parametrize("request_id", [None, "x"])
async def test_a_question_about_nothing(ground, request_id):
    assert code(await ground.poll(request_id)) == (400, "invalid_request" if request_id is None else "invalid_grant")


async def test_a_key_may_prove_the_software(ground):
    answer = await ground.ask(client_id=None, certificate="structure", **_proof(ground))
    assert answer.status_code == 200, answer.text


def _proof(ground):
    form = ground.assertion(iss="par-cle", sub="par-cle")
    del form["grant_type"]
    return form


async def test_pro_sante_connect_does_not_answer(ground, monkeypatch):
    request_id = (await ground.ask()).json()["auth_req_id"]

    async def down(*_, **__):
        raise Unavailable("sign-in-provider-unreachable")

    monkeypatch.setattr(ground.psc.party, "ask", down)
    for answer in (await ground.ask(), await ground.poll(request_id)):
        assert code(answer) == (503, "temporarily_unavailable")
        assert answer.headers["retry-after"] == "2"
    monkeypatch.undo()
    ground.simulator.answer_there(ground.there()[0], DOCTOR)
    assert (await ground.poll(request_id)).status_code == 200


@pytest.mark.parametrize(
    ("said", "expected"),
    [("unknown_user_id", "unknown_user_id"), ("invalid_binding_message", "invalid_binding_message")],
)
async def test_what_pro_sante_connect_refuses(ground, monkeypatch, said, expected):
    from carnet.partners.oidc.calls import Answer

    async def no(*_, **__):
        return Answer(400, "application/json", b'{"error": "%s"}' % said.encode())

    monkeypatch.setattr(ground.psc.party, "ask", no)
    assert code(await ground.ask()) == (400, expected)


@pytest.mark.parametrize("body", [b"{}", b'{"auth_req_id": 3}', b"[]", b"x"])
async def test_what_pro_sante_connect_says_badly(ground, monkeypatch, body):
    from carnet.partners.oidc.calls import Answer

    async def odd(*_, **__):
        return Answer(200, "application/json", body)

    monkeypatch.setattr(ground.psc.party, "ask", odd)
    assert code(await ground.ask()) == (503, "temporarily_unavailable")


async def test_what_is_kept_is_sealed(ground):
    request_id = (await ground.ask()).json()["auth_req_id"]
    async with ground.services.database.connection() as connection:
        rows = await (await connection.execute("SELECT r::text FROM backchannel_request r")).fetchall()
    text = " ".join(row[0] for row in rows)
    assert PERSON not in text
    assert request_id not in text
    assert ground.there()[0] not in text


async def test_metadata_say_so_only_where_it_is_true(ground, database, keys, pairs):
    told = (await ground.get("/.well-known/oauth-authorization-server")).json()
    assert told["backchannel_authentication_endpoint"] == f"{MACHINES}/oauth2/bc-authorize"
    assert told["backchannel_token_delivery_modes_supported"] == ["poll"]
    assert CIBA in told["grant_types_supported"]
    for missing in ("backchannel", "machines_url"):
        without = Ground(database, keys, pairs, **{missing: None})
        told = (await without.get("/.well-known/oauth-authorization-server")).json()
        assert "backchannel_authentication_endpoint" not in told
        assert CIBA not in told["grant_types_supported"]
        assert code(await without.ask()) == (400, "unsupported_grant_type")
        assert code(await without.poll("x")) == (400, "unsupported_grant_type")
        await without.psc.close()


async def test_two_at_once_are_given_one_token(ground):
    import asyncio

    request_id = (await ground.ask()).json()["auth_req_id"]
    ground.simulator.answer_there(ground.there()[0], TWO_PLACES)
    await ground.poll(request_id)
    answers = await asyncio.gather(*(ground.poll(request_id, wait=0, situation="10.SM26.1990000002") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400]
