"""A client's assertion: what proves, and every way of not proving."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from carnet.channels.oauth2.client_assertion import ALGORITHMS, AssertionRefused, claimed_client, verify_assertion

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
TOKEN_URL = "https://carnet.example/oauth2/token"
ISSUER = "https://carnet.example"
KEYS = {
    "EC": ECKey.generate_key("P-256", parameters={"kid": "ec"}),
    "RSA": RSAKey.generate_key(2048, parameters={"kid": "rsa"}),
    "OKP": OKPKey.generate_key("Ed25519", parameters={"kid": "ed"}),
}
PUBLIC = tuple(key.as_dict(private=False) for key in KEYS.values())
CLAIMS = {"iss": "hopital", "sub": "hopital", "aud": TOKEN_URL, "exp": AT + 240, "iat": AT, "jti": "un"}


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(claims, *, key=KEYS["EC"], **header):
    header = {"alg": "ES256", "typ": "JWT", **header}
    registry = JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    if header["alg"] == "EdDSA":
        with pytest.warns(Warning, match="EdDSA is deprecated"):
            return jwt.encode(header, claims, key, registry=registry)
    return jwt.encode(header, claims, key, registry=registry)


def verify(assertion, *, jwks=PUBLIC, client_id="hopital", now=NOW):
    return verify_assertion(assertion, client_id, jwks=jwks, audiences=frozenset({TOKEN_URL, ISSUER}), now=now)


def cause(assertion, **options):
    with pytest.raises(AssertionRefused) as refused:
        verify(assertion, **options)
    return refused.value.cause


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("with_kid", [True, False])
def test_each_accepted_algorithm(algorithm, with_kid):
    key = KEYS[ALGORITHMS[algorithm]["kty"]]
    header = {"alg": algorithm} | ({"kid": key.kid} if with_kid else {})
    proved = verify(signed(CLAIMS, key=key, **header))
    assert (proved.client_id, proved.jti) == ("hopital", "un")
    assert proved.dies_at == NOW + timedelta(seconds=270)


@pytest.mark.parametrize("audience", [TOKEN_URL, ISSUER, [TOKEN_URL], [ISSUER, TOKEN_URL]])
def test_names_by_which_we_are_known(audience):
    assert verify(signed({**CLAIMS, "aud": audience}))


@pytest.mark.parametrize(
    "header", [{"typ": None}, {"typ": "client-authentication+jwt"}, {"x5t": "abc"}, {"inconnu": "x"}]
)
def test_harmless_headers(header):
    kept = {name: value for name, value in header.items() if value is not None}
    assert verify(signed(CLAIMS, **kept))


def test_a_long_certificate_chain_in_the_header():
    assert verify(signed(CLAIMS, key=KEYS["RSA"], alg="PS256", x5c=["A" * 2000] * 2))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"iss": "laboratoire"}, "assertion-of-another-client"),
        ({"sub": "laboratoire"}, "assertion-of-another-client"),
        ({"iss": None}, "assertion-of-another-client"),
        ({"aud": "https://autre.example/oauth2/token"}, "assertion-audience"),
        ({"aud": [TOKEN_URL, "https://autre.example/oauth2/token"]}, "assertion-audience"),
        ({"aud": []}, "assertion-audience"),
        ({"aud": None}, "assertion-audience"),
        ({"aud": [["x"]]}, "assertion-audience"),
        ({"aud": {TOKEN_URL: 1}}, "assertion-audience"),
        ({"exp": None}, "assertion-claims"),
        ({"exp": "demain"}, "assertion-claims"),
        ({"exp": True}, "assertion-claims"),
        ({"exp": 1e300}, "assertion-claims"),
        ({"exp": AT - 30}, "assertion-expired"),
        ({"exp": AT + 331}, "assertion-too-long-lived"),
        ({"nbf": AT + 31}, "assertion-not-yet-valid"),
        ({"iat": AT + 31}, "assertion-not-yet-valid"),
        ({"iat": "hier"}, "assertion-claims"),
        ({"jti": None}, "assertion-claims"),
        ({"jti": ""}, "assertion-claims"),
        ({"jti": 7}, "assertion-claims"),
        ({"jti": "x" * 513}, "assertion-claims"),
    ],
)
def test_each_wrong_claim_has_its_cause(changes, expected):
    assert cause(signed({**CLAIMS, **changes})) == expected


@pytest.mark.parametrize(("exp", "nbf"), [(AT - 29, AT), (AT + 330, AT), (AT + 60, AT + 30)])
def test_clocks_may_differ_a_little(exp, nbf):
    assert verify(signed({**CLAIMS, "exp": exp, "nbf": nbf}))


@pytest.mark.parametrize(
    "algorithm", ["none", "NONE", "HS256", "ES384", "RS512", "PS384", "RSA-OAEP", "", None, 1, ["ES256"]]
)
def test_no_other_algorithm(algorithm):
    assert cause(f"{part({'alg': algorithm})}.{part(CLAIMS)}.") == "assertion-algorithm"


def test_hs256_keyed_with_the_public_key():
    signing_input = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(CLAIMS)}"
    mac = hmac.new(KEYS["RSA"].as_pem(private=False), signing_input.encode(), hashlib.sha256).digest()
    assert cause(f"{signing_input}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}") == "assertion-algorithm"


def test_the_key_of_a_stranger_even_if_the_assertion_brings_it():
    stranger = ECKey.generate_key("P-256")
    assert cause(signed(CLAIMS, key=stranger)) == "assertion-signature"
    assert cause(signed(CLAIMS, key=stranger, kid="ec")) == "assertion-signature"
    assert cause(signed(CLAIMS, key=stranger, kid="ec", jwk=stranger.as_dict(private=False))) == "assertion-signature"
    assert cause(signed(CLAIMS, key=stranger, kid="autre")) == "assertion-key-unknown"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_without_any_key_a_decoy_is_checked_and_never_matches(algorithm):
    key = KEYS[ALGORITHMS[algorithm]["kty"]]
    assert cause(signed(CLAIMS, key=key, alg=algorithm), jwks=()) == "assertion-key-unknown"


def test_a_key_kept_for_another_algorithm():
    only_ps256 = ({**KEYS["RSA"].as_dict(private=False), "alg": "PS256"},)
    assert verify(signed(CLAIMS, key=KEYS["RSA"], alg="PS256"), jwks=only_ps256)
    assert cause(signed(CLAIMS, key=KEYS["RSA"], alg="RS256"), jwks=only_ps256) == "assertion-key-unknown"


@pytest.mark.parametrize("header", [{"typ": "at+jwt"}, {"crit": ["exp"], "exp": 1}, {"crit": ["b64"], "b64": False}])
def test_an_access_token_or_a_critical_header(header):
    assert cause(f"{part({'alg': 'ES256', **header})}.{part(CLAIMS)}.AAAA") == "assertion-header"


def test_signed_but_not_claims():
    assert cause(jws.serialize_compact({"alg": "ES256"}, b"[1]", KEYS["EC"])) == "assertion-claims"


def test_changed_after_the_signature():
    head, _, signature = signed(CLAIMS).split(".")
    assert cause(f"{head}.{part({**CLAIMS, 'jti': 'deux'})}.{signature}") == "assertion-signature"


@given(
    st.text()
    | st.lists(st.binary(max_size=40), min_size=3, max_size=3).map(
        lambda b: ".".join(base64.urlsafe_b64encode(x).decode() for x in b)
    )
)
def test_noise_is_refused_and_raises_nothing_else(noise):
    assert cause(noise).startswith("assertion-")
    claimed_client(noise)


def test_who_an_assertion_says_it_comes_from():
    assert claimed_client(signed(CLAIMS)) == "hopital"
    assert claimed_client(f"a.{part({'sub': 3})}.b") is None
    assert claimed_client("a.b") is None
    assert claimed_client(signed({**CLAIMS, "long": "x" * 16384})) is None
    assert cause(signed({**CLAIMS, "long": "x" * 16384})) == "assertion-algorithm"
