"""The token endpoint over HTTP: who receives a token, who does not, and what the trail keeps of both."""

import asyncio
import base64
import time
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from tests.channels.oauth2.door import (
    GRANT,
    HOSPITAL,
    OTHER_KEY,
    SECRET,
    START,
    TOKEN_URL,
    URL,
    Door,
    by_secret,
    said,
)

from carnet.channels.oauth2 import routes
from carnet.channels.oauth2.client_assertion import ASSERTION_TYPE
from carnet.channels.oauth2.credentials import Credentials
from carnet.channels.oauth2.refusals import _ANSWERS
from carnet.domain.actor import ActorKind, Authentication
from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.clients.model import AuthMethod
from carnet.storage.database import DatabaseBusy

# Who receives a token


async def test_a_signed_assertion_gives_a_token_that_speaks_for_the_client(production):
    answer = await production.post(production.assertion())
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    actor = production.verifier.verify(body["access_token"])
    assert actor == HOSPITAL.signed_in_by(AuthMethod.PRIVATE_KEY_JWT)
    (event,) = production.events
    assert (event.type, event.outcome, event.actor) == (EventType.SIGNED_IN, Outcome.SUCCESS, actor)
    assert event.details == {"method": "private_key_jwt"}


async def test_a_secret_in_the_header_or_the_form(door):
    for answer in (
        await door.post(GRANT, auth=httpx.BasicAuth("hopital", "secret-invent%C3%A9-pour-les-essais")),
        await door.post(by_secret()),
        await door.post({**GRANT, "client_id": "hopital"}, auth=httpx.BasicAuth("hopital", SECRET)),
    ):
        actor = door.verifier.verify(answer.json()["access_token"])
        assert actor.authentication == Authentication("client-secret", "INDIRECTE")
        assert actor.software == "hopital"


async def test_parameters_without_a_value_or_a_meaning_are_ignored(door):
    answer = await door.post({**by_secret(), "scope": "", "inconnu": "x"})
    assert answer.status_code == 200


async def test_the_content_type_may_name_its_character_set(door):
    body = httpx.Request("POST", URL, data=by_secret()).content
    headers = {"Content-Type": "Application/X-WWW-form-urlencoded; charset=UTF-8"}
    assert (await door.post(content=body, headers=headers)).status_code == 200


# Who does not


@pytest.mark.parametrize("mode", ["demo", "production"])
async def test_one_answer_whatever_fails(database, keys, mode):
    door = Door(database, keys, mode)
    stranger = ECKey.generate_key("P-256", parameters={"kid": "un"})
    used = door.assertion()
    assert (await door.post(used)).status_code == 200
    attempts = {
        "client-unknown": door.assertion(iss="inconnu", sub="inconnu"),
        "client-disabled": door.assertion(iss="ferme", sub="ferme"),
        "assertion-signature": door.assertion(key=stranger),
        "assertion-key-unknown": door.assertion(key=OTHER_KEY),
        "assertion-of-another-client": door.assertion(iss="laboratoire"),
        "assertion-expired": door.assertion(exp=int(START.timestamp()) - 60),
        "assertion-too-long-lived": door.assertion(exp=int(START.timestamp()) + 3600),
        "assertion-not-yet-valid": door.assertion(nbf=int(START.timestamp()) + 100),
        "assertion-audience": door.assertion(aud="https://autre.example"),
        "assertion-claims": door.assertion(jti=None),
        "assertion-replayed": used,
    }
    answers = []
    for cause, form in attempts.items():
        door.events.clear()
        answer = await door.post(form, address=f"192.0.2.{len(answers) + 10}")
        answers.append((answer.status_code, answer.content, "www-authenticate" in answer.headers))
        (event,) = door.events
        assert (event.type, event.outcome) == (EventType.SIGN_IN_REFUSED, Outcome.REFUSED)
        assert event.details["cause"] == cause
        assert event.actor.kind is ActorKind.ANONYMOUS
    assert len(set(answers)) == 1
    assert answers[0][0] == 401


@pytest.mark.parametrize(
    ("client_id", "cause"),
    [
        ("hopital", "secret-wrong"),
        ("inconnu", "client-unknown"),
        ("ferme", "client-disabled"),
        ("laboratoire", "method-not-given"),
        ("pas un identifiant\x00", "client-unknown"),
    ],
)
async def test_a_wrong_secret_tells_nothing_about_the_client(door, client_id, cause):
    answer = await door.post(by_secret(client_id, "faux"))
    assert said(answer) == (401, "invalid_client", "oauth-client-refused")
    assert "www-authenticate" not in answer.headers
    assert door.events[0].details["cause"] == cause
    assert door.events[0].details["client"] == ("?" if " " in client_id else client_id)
    assert door.events[0].details["address"] == "192.0.2.1"


async def test_a_good_secret_does_not_open_what_is_closed(door):
    assert said(await door.post(by_secret("ferme")))[2] == "oauth-client-refused"
    assert said(await door.post(by_secret("laboratoire")))[2] == "oauth-client-refused"


async def test_a_failure_takes_the_same_time_for_an_unknown_client_and_a_wrong_proof(database, keys):
    door = Door(database, keys, "demo", failure_delay=timedelta(milliseconds=80))

    async def duration(form):
        started = time.perf_counter()
        assert (await door.post(form)).status_code == 401
        return time.perf_counter() - started

    forms = [by_secret("hopital", "faux"), by_secret("inconnu", "faux"), door.assertion(key=OTHER_KEY)]
    assert all([await duration(form) >= 0.08 for form in forms])


async def test_production_takes_no_secret_even_a_good_one(production):
    for answer in (
        await production.post(by_secret()),
        await production.post(GRANT, auth=httpx.BasicAuth("hopital", SECRET)),
    ):
        assert said(answer) == (401, "invalid_client", "oauth-method-not-accepted")


async def test_a_challenge_answers_a_header(door):
    answer = await door.post(GRANT, auth=httpx.BasicAuth("hopital", "faux"))
    assert said(answer) == (401, "invalid_client", "oauth-client-refused")
    assert answer.headers["www-authenticate"].startswith('Basic realm="carnet"')


async def test_alg_none_and_hs256_with_the_public_key(production):
    good = production.assertion()["client_assertion"].split(".")
    for header in (b'{"alg":"none"}', b'{"alg":"HS256","kid":"un"}'):
        forged = f"{base64.urlsafe_b64encode(header).rstrip(b'=').decode()}.{good[1]}."
        answer = await production.post({**GRANT, "client_assertion_type": ASSERTION_TYPE, "client_assertion": forged})
        assert said(answer)[2] == "oauth-client-refused"
        assert production.events[-1].details["cause"] == "assertion-algorithm"


async def test_of_simultaneous_uses_of_one_assertion_one_wins(production):
    form = production.assertion()
    answers = await asyncio.gather(*(production.post(form) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]


async def test_two_clients_may_choose_the_same_jti(production):
    assert (await production.post(production.assertion(jti="le-même"))).status_code == 200
    other = production.assertion(jti="le-même", iss="laboratoire", sub="laboratoire", key=OTHER_KEY)
    assert (await production.post(other)).status_code == 200


# Requests that are wrong in themselves


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"client_id": "hopital", "client_secret": SECRET}, (400, "invalid_request", "oauth-parameter-missing")),
        ({**by_secret(), "grant_type": ""}, (400, "invalid_request", "oauth-parameter-missing")),
        ({**by_secret(), "grant_type": "password"}, (400, "unsupported_grant_type", "oauth-grant-unsupported")),
        ({**by_secret(), "scope": "system/*.*"}, (400, "invalid_scope", "oauth-scope-unknown")),
        (by_secret("sans-droit"), (400, "unauthorized_client", "oauth-grant-not-allowed")),
        (GRANT, (401, "invalid_client", "oauth-credentials-missing")),
        ({**GRANT, "client_id": "hopital"}, (401, "invalid_client", "oauth-credentials-missing")),
        ({**GRANT, "client_secret": SECRET}, (401, "invalid_client", "oauth-credentials-missing")),
        ({**GRANT, "client_assertion": "a.b.c"}, (400, "invalid_request", "oauth-credentials-unreadable")),
        ({**GRANT, "client_assertion_type": ASSERTION_TYPE}, (400, "invalid_request", "oauth-credentials-unreadable")),
        ({**by_secret(), "client_assertion": "a.b.c"}, (400, "invalid_request", "oauth-credentials-several")),
    ],
)
async def test_a_wrong_form(door, form, expected):
    assert said(await door.post(form)) == expected
    assert not [event for event in door.events if event.type is EventType.SIGNED_IN]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Basic !!!", (400, "invalid_request", "oauth-credentials-unreadable")),
        ("Basic " + base64.b64encode(b"hopital").decode(), (400, "invalid_request", "oauth-credentials-unreadable")),
        ("Basic " + base64.b64encode(b"\xff:\xff").decode(), (400, "invalid_request", "oauth-credentials-unreadable")),
        (
            "Basic " + base64.b64encode(b"hopital:%ff").decode(),
            (400, "invalid_request", "oauth-credentials-unreadable"),
        ),
        ("Bearer abc", (401, "invalid_client", "oauth-credentials-missing")),
    ],
)
async def test_a_wrong_header(door, header, expected):
    assert said(await door.post(GRANT, headers={"Authorization": header})) == expected


async def test_several_authentications_or_names(door):
    auth = httpx.BasicAuth("hopital", SECRET)
    expected = (400, "invalid_request", "oauth-credentials-several")
    assert said(await door.post(by_secret(), auth=auth)) == expected
    assert said(await door.post({**GRANT, "client_id": "laboratoire"}, auth=auth)) == expected
    assert said(await door.post({**door.assertion(), "client_id": "laboratoire"})) == expected
    twice = [("Authorization", "Basic aTpz"), ("Authorization", "Basic aTpz")]
    assert said(await door.post(GRANT, headers=twice)) == expected


async def test_a_client_without_the_right_to_ask_is_traced_under_its_name(door):
    await door.post(by_secret("sans-droit"))
    (event,) = door.events
    assert (event.type, event.actor.software) == (EventType.SIGN_IN_REFUSED, "sans-droit")
    assert event.details["cause"] == "grant-not-given"


async def test_a_parameter_sent_twice(door):
    answer = await door.post({**by_secret(), "grant_type": ["client_credentials", "client_credentials"]})
    assert said(answer) == (400, "invalid_request", "oauth-parameter-repeated")


async def test_nothing_in_the_address(door):
    for query in ("?client_secret=x", "?access_token=x", "?grant_type=client_credentials"):
        answer = await door.post(by_secret(), path=f"/oauth2/token{query}")
        assert said(answer) == (400, "invalid_request", "oauth-parameter-in-address")


@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
async def test_a_form_is_a_form(door, media_type):
    answer = await door.post(content=b"grant_type=client_credentials", headers={"Content-Type": media_type})
    assert said(answer) == (400, "invalid_request", "oauth-form-expected")


async def test_a_huge_form_announced_or_not(door):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    read = 0

    async def endless():
        nonlocal read
        for _ in range(1000):
            read += 1
            yield b"a" * 4096

    expected = (413, "invalid_request", "oauth-form-too-large")
    assert said(await door.post({**by_secret(), "x": "y" * 40_000})) == expected
    assert said(await door.post(content=endless(), headers=headers)) == expected
    assert read < 20


async def test_only_post(door):
    assert (await door.get("/oauth2/token")).status_code == 405


# Limits


async def test_many_failures_close_the_door_for_a_minute_from_there_only(door):
    for _ in range(10):
        assert (await door.post(by_secret("hopital", "faux"), address="203.0.113.9")).status_code == 401
    door.events.clear()
    held = await door.post(by_secret(), address="203.0.113.9")
    assert said(held) == (429, "temporarily_unavailable", "oauth-too-many-failures")
    assert 0 < int(held.headers["retry-after"]) <= 61
    await door.post(by_secret(), address="203.0.113.9")
    assert [event.details["cause"] for event in door.events] == ["too-many-failures"]
    assert (await door.post(by_secret(), address="192.0.2.50")).status_code == 200
    door.now += timedelta(seconds=int(held.headers["retry-after"]))
    assert (await door.post(by_secret(), address="203.0.113.9")).status_code == 200


async def test_no_token_leaves_before_its_trace(database, keys):
    door = Door(database, keys, "demo")

    async def busy(event):
        raise DatabaseBusy

    door.services = replace(door.services, trace=busy)
    door.application = Starlette(routes=routes(door.services))
    answer = await door.post(by_secret())
    assert said(answer) == (503, "temporarily_unavailable", "oauth-unavailable")
    assert answer.headers["retry-after"] == "2"
    assert "access_token" not in answer.json()


async def test_secrets_are_never_printed(door):
    assert SECRET not in repr(Credentials("hopital", AuthMethod.CLIENT_SECRET_POST, SECRET))


def test_every_refusal_has_a_code_that_the_standard_knows():
    known = {
        "invalid_request",
        "invalid_client",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "invalid_grant",
    }
    ciba = {
        "authorization_pending",
        "slow_down",
        "expired_token",
        "access_denied",
        "unknown_user_id",
        "invalid_binding_message",
    }
    assert {error for _, error in _ANSWERS.values()} == known | ciba | {"invalid_target", "temporarily_unavailable"}


# Discovery


async def test_metadata_say_what_is_true(door, production):
    for path in (
        "/.well-known/oauth-authorization-server",
        "/.well-known/smart-configuration",
        "/fhir/.well-known/smart-configuration",
    ):
        demo, real = (await door.get(path)).json(), (await production.get(path)).json()
        assert demo["issuer"] == real["issuer"] == URL
        assert real["token_endpoint"] == TOKEN_URL
        assert real["grant_types_supported"] == ["client_credentials"]
        assert real["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
        assert real["revocation_endpoint"] == f"{URL}/oauth2/revoke"
        assert real["introspection_endpoint"] == f"{URL}/oauth2/introspect"
        assert (real["tls_client_certificate_bound_access_tokens"], "mtls_endpoint_aliases" in real) == (False, False)
        assert demo["token_endpoint_auth_methods_supported"] == [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
        ]
        assert real["token_endpoint_auth_signing_alg_values_supported"] == [
            "ES256",
            "RS256",
            "PS256",
            "EdDSA",
            "Ed25519",
        ]
    assert (await door.get("/.well-known/oauth-authorization-server")).json()["response_types_supported"] == []
    assert (await production.get("/.well-known/smart-configuration")).json()["capabilities"] == [
        "client-confidential-asymmetric"
    ]
    assert (
        "client-confidential-symmetric" in (await door.get("/.well-known/smart-configuration")).json()["capabilities"]
    )


async def test_anyone_can_check_a_token_with_the_published_keys(production):
    token = (await production.post(production.assertion())).json()["access_token"]
    published = await production.get("/oauth2/jwks")
    assert published.headers["content-type"] == "application/jwk-set+json"
    (jwk,) = published.json()["keys"]
    assert "d" not in jwk
    assert jwt.decode(token, ECKey.import_key(jwk), algorithms=["ES256"]).claims["client_id"] == "hopital"
