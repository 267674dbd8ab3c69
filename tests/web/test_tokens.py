"""Access tokens: every actor survives the trip, every forgery is refused with its reason, and what was checked is not checked twice."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey
from tests.builders.certificates import self_signed

from carnet.domain.actor import Actor, ActorKind, Authentication, Purpose
from carnet.domain.clients import store
from carnet.domain.clients.model import AuthMethod, Client
from carnet.domain.clients.registration import disable, enable, register
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of
from carnet.vocabulary.uuid7 import uuid7
from carnet.web.arrivals import CLIENT_CERTIFICATE
from carnet.web.bearer import BearerRefused, bearer_actor
from carnet.web.tokens import ACTOR_CLAIM, REFUSALS, SigningKeys, TokenIssuer, TokenRefused, TokenVerifier, header_of

ISSUER = "https://carnet.example"
AUDIENCE = "https://carnet.example/fhir"
HOUR = timedelta(hours=1)
SEALING = AESGCM(os.urandom(32))
START = datetime(2026, 6, 1, 12, tzinfo=UTC)

HOSPITAL = Actor(
    ActorKind.ORGANIZATION,
    "Hôpital inventé",
    organization="1990000001",
    organization_name="Hôpital inventé",
    software="hopital",
    authentication=Authentication("private-key-jwt", "INDIRECTE"),
)


def seal(plain):
    nonce = os.urandom(12)
    return nonce + SEALING.encrypt(nonce, plain, None)


def unseal(sealed):
    return SEALING.decrypt(sealed[:12], sealed[12:], None)


class Time:
    """A clock that the test moves."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
async def keys(database, clock):
    async with database.connection() as connection:
        await connection.execute("DELETE FROM token_key")
        await connection.execute("DELETE FROM client")
        made = SigningKeys(seal=seal, unseal=unseal, clock=clock)
        await made.start(connection)
    return made


@pytest.fixture
def issuer(keys, clock):
    return TokenIssuer(keys, issuer=ISSUER, audience=AUDIENCE, clock=clock)


@pytest.fixture
def verifier(keys, clock):
    return TokenVerifier(keys, issuer=ISSUER, audience=AUDIENCE, clock=clock, remembered=3)


def reason(verifier, token):
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(token)
    assert refused.value.reason in REFUSALS
    return refused.value.reason


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims_of(token):
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def signed_by(keys, claims, **header):
    key = keys.current()
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": key.kid, **header}, claims, key.key)


texts = st.none() | st.text(min_size=1, max_size=20)
numbers = st.from_regex(r"[12][0-9]{4}75[0-9]{6}", fullmatch=True).map(lambda n: Ins(f"{n}{key_of(n):02d}", NIR_TEST))
actors = st.builds(
    Actor,
    st.sampled_from(ActorKind),
    st.text(max_size=30),
    person=texts,
    organization=texts,
    organization_name=texts,
    software=st.none() | st.from_regex(r"[a-z]{1,8}", fullmatch=True).filter(lambda name: name != "carnet"),
    profession=texts,
    specialty=texts,
    sector=texts,
    situation=texts,
    ins=st.none() | numbers,
    on_behalf_of=texts,
    capacity=texts,
    purpose=st.sampled_from(Purpose),
    motive=texts,
    secret_connection=st.booleans(),
    authentication=st.builds(Authentication, st.text(max_size=10), level=texts, certificate=texts),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actors)
def test_every_actor_survives_the_trip(issuer, verifier, actor):
    assert verifier.verify(issuer.issue(replace(actor, correlation_id=uuid7()), lifetime=HOUR)) == actor


def test_a_token_reads_as_the_profile_says(keys, issuer):
    token = issuer.issue(HOSPITAL, lifetime=HOUR)
    claims = claims_of(token)
    assert header_of(token) == {"alg": "ES256", "typ": "at+jwt", "kid": keys.current().kid}
    assert claims["iss"] == ISSUER
    assert claims["aud"] == AUDIENCE
    assert claims["client_id"] == claims["sub"] == "hopital"
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["jti"] != claims_of(issuer.issue(HOSPITAL, lifetime=HOUR))["jti"]
    assert "cnf" not in claims


def test_the_subject_is_the_person_when_there_is_one(issuer):
    doctor = replace(HOSPITAL, kind=ActorKind.PROFESSIONAL, person="899900000001")
    assert claims_of(issuer.issue(doctor, lifetime=HOUR))["sub"] == "899900000001"


def test_expired(issuer, verifier, clock):
    token = issuer.issue(HOSPITAL, lifetime=HOUR)
    clock.now = START + HOUR - timedelta(seconds=1)
    verifier.verify(token)
    clock.now = START + HOUR
    assert reason(verifier, token) == "token-expired"
    assert reason(verifier, token) == "token-expired"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_not_yet_valid_beyond_the_skew_of_clocks(keys, issuer, verifier, claim):
    claims = claims_of(issuer.issue(HOSPITAL, lifetime=HOUR))
    at = int(START.timestamp())
    assert verifier.verify(signed_by(keys, {**claims, claim: at + 29})) == HOSPITAL
    assert reason(verifier, signed_by(keys, {**claims, claim: at + 31})) == "token-not-yet-valid"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://autre.example/fhir"},
        {"aud": ISSUER},
        {"aud": [AUDIENCE, "https://autre.example"]},
        {"aud": None},
        {"iss": "https://autre.example"},
        {"iss": None},
    ],
)
def test_wrong_audience_or_issuer(keys, issuer, verifier, changes):
    claims = claims_of(issuer.issue(HOSPITAL, lifetime=HOUR))
    assert reason(verifier, signed_by(keys, {**claims, **changes})) == "token-foreign"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_alg_none(keys, issuer, verifier, algorithm):
    claims = claims_of(issuer.issue(HOSPITAL, lifetime=HOUR))
    header = {"alg": algorithm, "typ": "at+jwt", "kid": keys.current().kid}
    assert reason(verifier, f"{part(header)}.{part(claims)}.") == "token-foreign"


@pytest.mark.parametrize("secret", ["pem", "jwk", "empty"])
def test_hs256_with_the_public_key_as_its_secret(keys, issuer, verifier, secret):
    key = keys.current()
    public = {
        "pem": key.key.as_pem(private=False),
        "jwk": json.dumps(key.key.as_dict(private=False)).encode(),
        "empty": b"",
    }[secret]
    claims = claims_of(issuer.issue(HOSPITAL, lifetime=HOUR))
    signing_input = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': key.kid})}.{part(claims)}"
    mac = hmac.new(public, signing_input.encode(), hashlib.sha256).digest()
    forged = f"{signing_input}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    assert reason(verifier, forged) == "token-foreign"


def test_another_key_even_under_our_kid_or_carried_by_the_token(keys, issuer, verifier):
    claims = claims_of(issuer.issue(HOSPITAL, lifetime=HOUR))
    stranger = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": "at+jwt", "kid": keys.current().kid}
    assert reason(verifier, jwt.encode(header, claims, stranger)) == "token-foreign"
    carried = {**header, "jwk": stranger.as_dict(private=False)}
    assert reason(verifier, jwt.encode(carried, claims, stranger)) == "token-foreign"
    assert reason(verifier, jwt.encode({**header, "kid": stranger.thumbprint()}, claims, stranger)) == "token-foreign"
    assert reason(verifier, jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims, stranger)) == "token-foreign"


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"crit": ["exp"], "exp": 1}, {"crit": ["b64"], "b64": False}])
def test_another_type_or_a_critical_header(keys, issuer, verifier, header):
    key = keys.current()
    claims = claims_of(issuer.issue(HOSPITAL, lifetime=HOUR))
    signing_input = f"{part({'alg': 'ES256', 'typ': 'at+jwt', 'kid': key.kid, **header})}.{part(claims)}"
    signature = issuer.issue(HOSPITAL, lifetime=HOUR).split(".")[2]
    assert reason(verifier, f"{signing_input}.{signature}") == "token-foreign"


@pytest.mark.parametrize("kind", ["JWT", "client-authentication+jwt", "AT+JWT", ""])
def test_a_jwt_of_ours_that_is_not_an_access_token(keys, issuer, verifier, kind):
    claims = claims_of(issuer.issue(HOSPITAL, lifetime=HOUR))
    assert reason(verifier, signed_by(keys, claims, typ=kind)) == "token-foreign"


def test_one_changed_character_anywhere(issuer, verifier):
    token = issuer.issue(HOSPITAL, lifetime=HOUR)
    for position in range(0, len(token), 7):
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        assert reason(verifier, changed) in {"token-malformed", "token-foreign"}
    assert verifier.verify(token) == HOSPITAL


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": "demain"},
        {"exp": 1e300},
        {"iat": "hier"},
        {"client_id": 3},
        {"client_id": None},
        {"cnf": {}},
        {"cnf": "x"},
        {ACTOR_CLAIM: None},
        {ACTOR_CLAIM: {}},
        {ACTOR_CLAIM: {"kind": "roi", "name": "x", "means": "x"}},
        {ACTOR_CLAIM: {"kind": "citizen", "name": 1, "means": "x"}},
        {ACTOR_CLAIM: {"kind": "citizen", "name": "x", "means": "x", "ins": {"matricule": "1", "oid": "2"}}},
        {ACTOR_CLAIM: {"kind": "citizen", "name": "x", "means": "x", "purpose": "plaisir"}},
        {ACTOR_CLAIM: {"kind": "citizen", "name": "x", "means": "x", "secret_connection": "non"}},
        {ACTOR_CLAIM: {"kind": "citizen", "name": "x", "means": "x", "profession": ["10"]}},
    ],
)
def test_signed_but_not_in_our_form(keys, issuer, verifier, changes):
    claims = claims_of(issuer.issue(HOSPITAL, lifetime=HOUR))
    assert reason(verifier, signed_by(keys, {**claims, **changes})) == "token-malformed"


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.binary().map(lambda noise: ".".join([base64.urlsafe_b64encode(noise).decode()] * 3)))
def test_noise_is_refused_and_never_raises_anything_else(verifier, noise):
    assert reason(verifier, noise) in {"token-malformed", "token-foreign"}


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "a.b.c.d", "é.é.é", "x" * 8193, f"{part([1])}.a.a", f"{part('alg')}.a.a", part(1) + ".."],
)
def test_what_is_no_token_at_all(verifier, token):
    assert reason(verifier, token) == "token-malformed"


def test_a_header_nested_deeper_than_the_reader(verifier):
    deep = base64.urlsafe_b64encode(b"[" * 5000).decode()
    assert reason(verifier, f"{deep}.a.a") == "token-malformed"


def test_what_was_checked_is_remembered_within_bounds(issuer, verifier):
    tokens = [issuer.issue(replace(HOSPITAL, software=f"c{n}"), lifetime=HOUR) for n in range(5)]
    first = verifier.verify(tokens[0])
    assert verifier.verify(tokens[0]) is first
    for token in tokens:
        verifier.verify(token)
    assert len(verifier._seen) == 3
    assert verifier.verify(tokens[0]) == first
    assert verifier.verify(tokens[0]) is not first


async def test_a_refresh_that_brings_nothing_new_forgets_nothing(database, keys, issuer, verifier):
    token = issuer.issue(HOSPITAL, lifetime=HOUR)
    known = verifier.verify(token)
    async with database.connection() as connection:
        await keys.refresh(connection)
    assert verifier.verify(token) is known


def test_tokens_are_remembered_by_digest_only(issuer, verifier):
    token = issuer.issue(HOSPITAL, lifetime=HOUR)
    verifier.verify(token)
    assert list(verifier._seen) == [hashlib.sha256(token.encode()).digest()]


# Keys


async def test_keys_are_sealed_shared_and_kept(database, keys, issuer, clock):
    token = issuer.issue(HOSPITAL, lifetime=HOUR)
    async with database.connection() as connection:
        (row,) = await store.signing_keys(connection, now=clock.now)
        private = keys.current().key.as_dict(private=True)["d"]
        assert private.encode() not in row.sealed
        again = SigningKeys(seal=seal, unseal=unseal, clock=clock)
        await again.start(connection)
    assert again.current().kid == keys.current().kid
    assert TokenVerifier(again, issuer=ISSUER, audience=AUDIENCE, clock=clock).verify(token) == HOSPITAL


async def test_processes_that_start_together_share_one_first_key(database, clock):
    async with database.connection() as connection:
        await connection.execute("DELETE FROM token_key")

    async def started():
        made = SigningKeys(seal=seal, unseal=unseal, clock=clock)
        async with database.connection() as connection:
            await made.start(connection)
        return made.current().kid

    assert len(set(await asyncio.gather(*(started() for _ in range(5))))) == 1


async def test_a_changed_byte_or_a_swapped_key_is_noticed(database, keys, clock):
    other = ECKey.generate_key("P-256")
    async with database.connection() as connection:
        await connection.execute("UPDATE token_key SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)")
        with pytest.raises(InvalidTag):
            await keys.refresh(connection)
        await connection.execute(
            "UPDATE token_key SET sealed = %s", (seal(json.dumps(other.as_dict(private=True)).encode()),)
        )
        with pytest.raises(ValueError, match="not the one that was sealed"):
            await keys.refresh(connection)


async def test_rotation_is_announced_then_signs_then_forgets(database, keys, issuer, verifier, clock):
    old = keys.current().kid
    async with database.connection() as connection:
        new = await keys.rotate(connection, notice=timedelta(minutes=10), longest_token=HOUR)
    assert keys.current().kid == old
    assert {key["kid"] for key in keys.public_jwks()["keys"]} == {old, new}
    assert all("d" not in key and key["use"] == "sig" for key in keys.public_jwks()["keys"])

    clock.now += timedelta(minutes=9)
    last = issuer.issue(HOSPITAL, lifetime=HOUR)
    assert (header_of(last) or {})["kid"] == old
    clock.now += timedelta(minutes=1)
    assert (header_of(issuer.issue(HOSPITAL, lifetime=HOUR)) or {})["kid"] == new
    clock.now += timedelta(minutes=58)
    assert verifier.verify(last) == HOSPITAL
    clock.now += timedelta(minutes=3)
    assert {key["kid"] for key in keys.public_jwks()["keys"]} == {new}
    assert reason(verifier, last) == "token-foreign"


async def test_no_key_before_the_start(clock):
    with pytest.raises(LookupError):
        SigningKeys(seal=seal, unseal=unseal, clock=clock).current()


async def test_a_disabled_client_loses_its_living_tokens_and_a_refresh_is_enough(
    database, keys, issuer, verifier, clock
):
    token = issuer.issue(HOSPITAL, lifetime=HOUR)
    other = issuer.issue(replace(HOSPITAL, software="laboratoire"), lifetime=HOUR)
    client = Client("hopital", HOSPITAL, jwks=(ECKey.generate_key("P-256").as_dict(private=False),))
    assert client.methods == {AuthMethod.PRIVATE_KEY_JWT}
    async with database.connection() as connection:
        await register(connection, client, mode="production")
        assert verifier.verify(token) == HOSPITAL
        await disable(connection, "hopital", at=clock.now)
        await keys.refresh(connection)
        assert reason(verifier, token) == "token-revoked"
        assert verifier.verify(other).software == "laboratoire"
        await enable(connection, "hopital")
        await keys.refresh(connection)
        assert verifier.verify(token) == HOSPITAL


# At the door


def scope(*authorization, query=b"", certificate=None):
    return {
        "type": "http",
        CLIENT_CERTIFICATE: certificate,
        "headers": [(b"host", b"x"), *((b"authorization", a) for a in authorization)],
        "query_string": query,
    }


def refused(verifier, scope):
    with pytest.raises(BearerRefused) as found:
        bearer_actor(scope, verifier)
    return found.value.status, found.value.issue.code, found.value.challenge


@pytest.mark.parametrize("scheme", [b"Bearer ", b"bearer ", b"BEARER  "])
def test_the_actor_of_a_request_has_its_own_correlation(issuer, verifier, scheme):
    request = scope(scheme + issuer.issue(HOSPITAL, lifetime=HOUR).encode())
    first, second = bearer_actor(request, verifier), bearer_actor(request, verifier)
    assert replace(first, correlation_id=None) == HOSPITAL
    assert first.correlation_id is not None
    assert first.correlation_id.version == 7
    assert first.correlation_id != second.correlation_id


@pytest.mark.parametrize("headers", [(), (b"Basic aaaa",), (b"",)])
def test_without_a_token_the_challenge_names_no_error(verifier, headers):
    assert refused(verifier, scope(*headers)) == (401, "token-missing", 'Bearer realm="carnet"')


@pytest.mark.parametrize("header", [b"Bearer", b"Bearer ", b"Bearer a.b.c", b"Bearer \xe9\xff", b"Bearer a b c"])
def test_a_bad_token_says_invalid_token(verifier, header):
    assert refused(verifier, scope(header)) == (401, "token-malformed", 'Bearer realm="carnet", error="invalid_token"')


def test_the_reason_of_the_verifier_reaches_the_door(issuer, verifier, clock):
    token = issuer.issue(HOSPITAL, lifetime=HOUR).encode()
    clock.now += 2 * HOUR
    assert refused(verifier, scope(b"Bearer " + token))[:2] == (401, "token-expired")


@pytest.mark.parametrize("before", [b"", b"_count=1&"])
def test_a_token_in_the_address_is_refused_even_beside_a_good_header(issuer, verifier, before):
    token = issuer.issue(HOSPITAL, lifetime=HOUR).encode()
    challenge = 'Bearer realm="carnet", error="invalid_request"'
    query = before + b"access_token=" + token
    assert refused(verifier, scope(query=query)) == (400, "token-in-query", challenge)
    assert refused(verifier, scope(b"Bearer " + token, query=query)) == (400, "token-in-query", challenge)
    assert bearer_actor(scope(b"Bearer " + token, query=b"no_access_token=1"), verifier).software == "hopital"


def test_two_headers_are_one_too_many(issuer, verifier):
    header = b"Bearer " + issuer.issue(HOSPITAL, lifetime=HOUR).encode()
    assert refused(verifier, scope(header, header))[:2] == (400, "token-ambiguous")


def test_a_token_bound_to_a_certificate_works_only_with_it(issuer, verifier, tmp_path):
    mine, other = self_signed(tmp_path, "mien").read, self_signed(tmp_path, "autre").read
    bound = replace(HOSPITAL, authentication=Authentication("private-key-jwt", "INDIRECTE", mine.thumbprint))
    token = issuer.issue(bound, lifetime=HOUR)
    assert claims_of(token)["cnf"] == {"x5t#S256": mine.thumbprint}
    header = b"Bearer " + token.encode()
    assert bearer_actor(scope(header, certificate=mine), verifier).authentication.certificate == mine.thumbprint
    assert refused(verifier, scope(header))[:2] == (401, "token-unbound")
    assert refused(verifier, scope(header, certificate=other))[:2] == (401, "token-unbound")
