"""Signing in by a provider: what must be right is right, and each thing that may be wrong is refused for its own reason."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from tests.partners.oidc.scene import BACK, BASE, CLAIMS, DISCOVERY, WALLET, Scene, as_json

from carnet.domain.errors import DomainError, Refused, Unavailable
from carnet.partners.oidc.model import Tokens
from carnet.partners.oidc.proving import Credentials


async def refused(doing):
    with pytest.raises(DomainError) as found:
        await doing
    return found.value.code, found.value.issues[0].facts.get("cause")


async def test_who_signs_in_is_known():
    scene = Scene()
    departure, query = await scene.leave()
    assert departure.url.startswith(WALLET + "?")  # another host than the issuer's
    assert (query["response_type"], query["client_id"], query["redirect_uri"]) == ("code", "carnet", BACK)
    assert (query["scope"], query["acr_values"], query["code_challenge_method"]) == (
        "openid scope_all",
        "eidas1",
        "S256",
    )
    challenge = base64.urlsafe_b64encode(hashlib.sha256(departure.verifier.encode()).digest()).decode().rstrip("=")
    assert (query["state"], query["nonce"], query["code_challenge"]) == (departure.state, departure.nonce, challenge)
    assert departure.verifier not in departure.url
    assert min(map(len, (departure.state, departure.nonce, departure.verifier))) >= 43
    arrival = await scene.party.arrive(scene.approve(query), departure)
    assert (arrival.subject, arrival.level, arrival.claims) == ("s-1", "eidas1", CLAIMS)
    assert arrival.tokens.session
    assert arrival.tokens.refresh_until == scene.now + timedelta(minutes=30)


async def test_two_departures_have_nothing_in_common():
    scene = Scene()
    one, _ = await scene.leave()
    other, _ = await scene.leave()
    assert {one.state, one.nonce, one.verifier}.isdisjoint({other.state, other.nonce, other.verifier})


@pytest.mark.parametrize("signs", [False, True])
async def test_userinfo_is_json_or_a_signed_jwt(signs):
    arrival = await Scene(signs=signs).sign_in()
    assert {name: arrival.claims[name] for name in CLAIMS} == CLAIMS


async def test_a_provider_without_userinfo_tells_all_in_its_id_token():
    scene = Scene()
    scene.spoil[DISCOVERY] = as_json(userinfo_endpoint=None)
    assert (await scene.sign_in()).claims["acr"] == "eidas1"


# The way back


async def test_another_state_is_refused():
    scene = Scene()
    departure, query = await scene.leave()
    answered = scene.approve(query) | {"state": "autre"}
    assert await refused(scene.party.arrive(answered, departure)) == ("sign-in-state-unknown", None)
    assert await refused(scene.party.arrive({}, departure)) == ("sign-in-state-unknown", None)


async def test_someone_who_refuses():
    scene = Scene()
    departure, query = await scene.leave()
    asked = scene.simulator.asked(query)
    location = scene.simulator.decline(asked.request_id)
    assert "error=access_denied" in location
    answered = {"error": "access_denied", "state": departure.state, "iss": BASE}
    assert await refused(scene.party.arrive(answered, departure)) == ("sign-in-denied", None)


@pytest.mark.parametrize(
    ("error", "code"),
    [("temporarily_unavailable", "sign-in-provider-unreachable"), ("invalid_scope", "sign-in-answer-refused")],
)
async def test_a_provider_that_says_no(error, code):
    scene = Scene()
    departure, _ = await scene.leave()
    told = await refused(scene.party.arrive({"error": error, "state": departure.state, "iss": BASE}, departure))
    assert told[0] == code


async def test_a_code_that_another_provider_gave_is_not_redeemed():
    scene = Scene()
    departure, query = await scene.leave()
    answered = scene.approve(query)
    before = len(scene.asked)
    for iss in ({"iss": "https://autre.example"}, {"iss": ""}):
        assert await refused(scene.party.arrive(answered | iss, departure)) == ("sign-in-answer-refused", "iss")
    del answered["iss"]  # this one says that it always names itself
    assert await refused(scene.party.arrive(answered, departure)) == ("sign-in-answer-refused", "iss")
    assert len(scene.asked) == before


async def test_a_provider_that_never_names_itself_is_believed_without():
    scene = Scene()
    scene.spoil[DISCOVERY] = as_json(authorization_response_iss_parameter_supported=False)
    departure, query = await scene.leave()
    answered = scene.approve(query)
    del answered["iss"]
    assert (await scene.party.arrive(answered, departure)).subject == "s-1"


async def test_a_code_serves_once_and_with_its_verifier():
    scene = Scene()
    departure, query = await scene.leave()
    answered = scene.approve(query)
    await scene.party.arrive(answered, departure)
    assert await refused(scene.party.arrive(answered, departure)) == ("sign-in-answer-refused", "code")
    stolen, query = await scene.leave()
    answered = scene.approve(query)
    other, _ = await scene.leave()
    without = type(stolen)(stolen.url, stolen.state, stolen.nonce, other.verifier)
    assert await refused(scene.party.arrive(answered, without)) == ("sign-in-answer-refused", "code")
    missing = {"state": departure.state, "iss": BASE}
    assert await refused(scene.party.arrive(missing, departure)) == ("sign-in-answer-refused", "code")


async def test_a_code_too_old():
    scene = Scene()
    departure, query = await scene.leave()
    answered = scene.approve(query)
    scene.now += timedelta(seconds=31)
    assert await refused(scene.party.arrive(answered, departure)) == ("sign-in-answer-refused", "code")


# The id_token


def put(**changes):
    def change(claims):
        claims.update(changes)
        for name in [name for name, value in changes.items() if value is None]:
            del claims[name]

    return change


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (put(nonce="autre"), "nonce"),
        (put(nonce=None), "nonce"),
        (put(iss="https://autre.example"), "iss"),
        (put(iss=None), "iss"),
        (put(aud="autre"), "aud"),
        (put(aud=None), "aud"),
        (put(aud=["carnet", "autre"]), "azp"),
        (put(aud=["carnet", "autre"], azp="autre"), "azp"),
        (put(azp="autre"), "azp"),
        (put(sub=""), "sub"),
        (put(sub=None), "sub"),
        (put(sub=7), "sub"),
        (put(exp=None), "exp"),
        (put(iat=None), "iat"),
        (put(exp="demain"), "exp"),
        (put(exp=True), "exp"),
        (put(at_hash="autre"), "at_hash"),
    ],
)
async def test_a_claim_that_is_not_right(change, cause):
    scene = Scene()
    scene.id_token(change)
    assert await refused(scene.sign_in()) == ("sign-in-answer-refused", cause)


@pytest.mark.parametrize("change", [{"exp": -61}, {"iat": 61}, {"nbf": 61, "iat": 0}, {"iat": -661}])
async def test_clocks_that_do_not_agree(change):
    scene = Scene()
    at = int(scene.now.timestamp())
    scene.id_token(put(**{name: at + shift for name, shift in change.items()}))
    assert await refused(scene.sign_in()) == ("sign-in-clock-differs", None)


@pytest.mark.parametrize("change", [{"exp": -59}, {"iat": 59}, {"iat": -600}, {"azp": "carnet"}, {"aud": ["carnet"]}])
async def test_clocks_a_little_apart_are_two_clocks(change):
    scene = Scene()
    at = int(scene.now.timestamp())
    scene.id_token(put(**{n: at + v if isinstance(v, int) else v for n, v in change.items()}))
    await scene.sign_in()


@pytest.mark.parametrize("level", ["eidas0", "", None, 1])
async def test_a_level_that_is_not_enough(level):
    scene = Scene()
    scene.id_token(put(acr=level))
    assert await refused(scene.sign_in()) == ("sign-in-level-insufficient", None)


async def test_another_level_that_is_enough():
    assert (await Scene().sign_in(level="eidas2")).level == "eidas2"


async def test_another_key_under_the_same_name():
    scene = Scene()
    scene.id_token(lambda _: None, key=RSAKey.generate_key(2048, parameters={"kid": "simulated"}))
    assert await refused(scene.sign_in()) == ("sign-in-answer-refused", "signature")


async def test_no_signature_is_no_token():
    scene = Scene()

    def unsigned(answer):
        told = answer.json()
        body = told["id_token"].split(".")[1]
        head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
        return httpx.Response(200, json=told | {"id_token": f"{head}.{body}."})

    scene.spoil["/token"] = unsigned
    assert await refused(scene.sign_in()) == ("sign-in-answer-refused", "alg")


async def test_the_public_key_is_nobodys_secret():
    """HS256 under the provider's public key: the oldest confusion."""
    scene = Scene()
    public = scene.simulator.signing_key().as_pem(private=False)

    def forged(answer):
        told = answer.json()
        head = _part(json.dumps({"alg": "HS256", "kid": "simulated"}).encode())
        signed = f"{head}.{told['id_token'].split('.')[1]}"
        return httpx.Response(
            200, json=told | {"id_token": f"{signed}.{_part(hmac.digest(public, signed.encode(), 'sha256'))}"}
        )

    scene.spoil["/token"] = forged
    assert await refused(scene.sign_in()) == ("sign-in-answer-refused", "signature")


def _part(value):
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


async def test_a_sandbox_may_sign_under_our_secret():
    scene = Scene()
    scene.id_token(lambda _: None, key=OctKey.import_key("secret-partagé-inventé"), header={"alg": "HS256"})
    assert (await scene.sign_in()).subject == "s-1"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é", "e30.e30.e30"])
async def test_noise_is_no_token(token):
    scene = Scene()
    scene.spoil["/token"] = as_json(id_token=token)
    assert (await refused(scene.sign_in()))[0] == "sign-in-answer-refused"


async def test_a_key_that_came_since_is_looked_for_once_a_minute():
    scene = Scene()
    await scene.sign_in()
    scene.simulator.key = RSAKey.generate_key(2048, parameters={"kid": "suivante"})
    told = await refused(scene.sign_in())
    assert told == ("sign-in-answer-refused", "signature")  # asked for less than a minute ago
    scene.now += timedelta(minutes=2)
    assert (await scene.sign_in()).subject == "s-1"


@pytest.mark.parametrize("keys", [{"keys": []}, {"keys": [{"kty": "?"}]}, {"keys": "x"}, {}])
async def test_keys_that_are_none(keys):
    scene = Scene()
    scene.spoil["/jwks"] = lambda _: httpx.Response(200, json=keys)
    assert (await refused(scene.sign_in()))[0] == "sign-in-answer-refused"


async def test_without_an_id_token_nobody_is_known():
    scene = Scene()
    scene.spoil["/token"] = as_json(id_token=None)
    assert await refused(scene.sign_in()) == ("sign-in-answer-refused", "id_token")
    scene.spoil["/token"] = as_json(token_type="mac")
    assert await refused(scene.sign_in()) == ("sign-in-answer-refused", "token_type")
    scene.spoil["/token"] = as_json(access_token=None)
    assert await refused(scene.sign_in()) == ("sign-in-answer-refused", "access_token")


# User-info


async def test_userinfo_of_someone_else():
    scene = Scene()
    scene.spoil["/userinfo"] = as_json(sub="s-2")
    assert await refused(scene.sign_in()) == ("sign-in-answer-refused", "userinfo-sub")


@pytest.mark.parametrize("change", [{"iss": "https://autre.example"}, {"aud": "autre"}])
async def test_signed_userinfo_meant_for_another(change):
    scene = Scene(signs=True)
    from joserfc import jwt

    def spoilt(answer):
        claims = jwt.decode(answer.content, scene.simulator.signing_key()).claims | change
        signed = jwt.encode({"alg": "RS256", "kid": "simulated"}, claims, scene.simulator.signing_key())
        return httpx.Response(200, content=signed, headers={"content-type": "application/jwt"})

    scene.spoil["/userinfo"] = spoilt
    assert await refused(scene.sign_in()) == ("sign-in-answer-refused", next(iter(change)))


async def test_forged_userinfo():
    scene = Scene(signs=True)
    scene.spoil["/userinfo"] = lambda answer: httpx.Response(
        200, content=answer.content[:-8] + b"AAAAAAAA", headers={"content-type": "application/jwt; charset=utf-8"}
    )
    assert await refused(scene.sign_in()) == ("sign-in-answer-refused", "signature")


# A provider that does not work


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/userinfo", "/jwks"])
@pytest.mark.parametrize(
    "answer",
    [
        None, lambda _: httpx.Response(503), lambda _: httpx.Response(302, headers={"Location": "https://ailleurs.example"}),
        lambda _: httpx.Response(200, content=b" " * 1_100_000), lambda _: httpx.Response(200, html="<p>Maintenance</p>"),
        lambda _: httpx.Response(200, json=[]),
    ],
)  # fmt: skip
async def test_a_provider_that_does_not_work(path, answer):
    scene = Scene()
    scene.spoil[path] = answer
    assert await refused(scene.sign_in()) == ("sign-in-provider-unreachable", None)


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://autre.example"}, {"issuer": None}, {"token_endpoint": None}, {"jwks_uri": ""},
        {"authorization_endpoint": 7}, {"token_endpoint": "http://identite.example/token"},
        {"end_session_endpoint": "javascript:alert(1)"},
    ],
)  # fmt: skip
async def test_metadata_that_are_not_those_of_this_provider(change):
    scene = Scene()
    scene.spoil[DISCOVERY] = as_json(**change)
    assert await refused(scene.party.depart()) == ("sign-in-provider-unreachable", None)


async def test_metadata_are_asked_for_once_an_hour():
    scene = Scene()
    await scene.leave()
    await scene.leave()
    assert len(scene.asked) == 1
    scene.now += timedelta(minutes=61)
    await scene.leave()
    assert len(scene.asked) == 2


async def test_a_secret_that_is_not_ours_is_a_setting_to_mend():
    scene = Scene(credentials=Credentials("carnet", secret="autre"))
    assert await refused(scene.sign_in()) == ("sign-in-provider-unreachable", None)


# How we prove ourselves


def form_of(request):
    return dict(httpx.QueryParams(request.content.decode()))


async def test_a_secret_goes_as_the_provider_asks():
    scene = Scene()
    await scene.sign_in()
    asked = next(request for request in scene.asked if request.url.path.endswith("/token"))
    assert asked.headers["authorization"].startswith("Basic ")
    assert "client_secret" not in form_of(asked)
    posting = Scene()
    posting.spoil[DISCOVERY] = as_json(token_endpoint_auth_methods_supported=["client_secret_post"])
    await posting.sign_in()
    asked = next(request for request in posting.asked if request.url.path.endswith("/token"))
    assert "authorization" not in asked.headers
    assert form_of(asked)["client_secret"] == "secret-partagé-inventé"


@pytest.mark.parametrize(
    "key", [ECKey.generate_key("P-256", parameters={"kid": "k"}), RSAKey.generate_key(2048)], ids=["ec", "rsa"]
)
async def test_a_key_signs_for_us(key):
    from joserfc import jwt

    scene = Scene(credentials=Credentials("carnet", key=key))
    scene.simulator.knows = lambda _, form: form["client_id"] == "carnet"
    await scene.sign_in()
    form = form_of(next(request for request in scene.asked if request.url.path.endswith("/token")))
    assertion = jwt.decode(form["client_assertion"], key, algorithms=["ES256", "RS256"])
    assert (assertion.claims["iss"], assertion.claims["sub"], assertion.claims["aud"]) == (
        "carnet",
        "carnet",
        f"{BASE}/token",
    )
    assert assertion.claims["exp"] - assertion.claims["iat"] == 60
    assert assertion.claims["jti"]
    assert assertion.header.get("kid") == key.kid


async def test_a_certificate_speaks_for_us():
    scene = Scene(credentials=Credentials("carnet"))
    scene.simulator.knows = lambda headers, form: (
        b"authorization" not in headers and form == form | {"client_id": "carnet"}
    )
    await scene.sign_in()


# Afterwards


async def test_tokens_are_renewed_until_it_is_refused():
    scene = Scene()
    tokens = (await scene.sign_in()).tokens
    scene.now += timedelta(minutes=2)
    renewed = await scene.party.refresh(tokens)
    assert renewed.access_token != tokens.access_token
    assert (renewed.id_token, renewed.session) == (tokens.id_token, tokens.session)
    assert await refused(scene.party.refresh(tokens)) == ("sign-in-refresh-refused", None)  # used up
    scene.simulator.end_sessions(tokens.session)
    assert await refused(scene.party.refresh(renewed)) == ("sign-in-refresh-refused", None)


async def test_a_refresh_token_that_stays_the_same():
    scene = Scene()
    tokens = (await scene.sign_in()).tokens
    scene.spoil["/token"] = as_json(refresh_token=None, refresh_expires_in=None)
    renewed = await scene.party.refresh(tokens)
    assert (renewed.refresh_token, renewed.refresh_until) == (tokens.refresh_token, tokens.refresh_until)


async def test_nothing_to_renew():
    scene = Scene(refresh_life=None)
    tokens = (await scene.sign_in()).tokens
    assert await refused(scene.party.refresh(tokens)) == ("sign-in-refresh-refused", None)


async def test_a_provider_that_is_down_refuses_nothing():
    scene = Scene()
    tokens = (await scene.sign_in()).tokens
    scene.spoil["/token"] = None
    with pytest.raises(Unavailable):
        await scene.party.refresh(tokens)


async def test_signing_out_there_is_a_form():
    scene = Scene()
    tokens = (await scene.sign_in()).tokens
    farewell = await scene.party.farewell(tokens, back_to="https://carnet.example/sortie")
    assert farewell.url == f"{BASE}/session/end"
    assert farewell.fields["id_token_hint"] == tokens.id_token
    async with httpx.AsyncClient(transport=httpx.ASGITransport(scene.simulator)) as http:
        answer = await http.post(farewell.url, data=farewell.fields)
    assert urlsplit(answer.headers["location"]).path == "/sortie"
    assert await refused(scene.party.refresh(tokens)) == ("sign-in-refresh-refused", None)


async def test_a_provider_without_sign_out():
    scene = Scene()
    scene.spoil[DISCOVERY] = as_json(end_session_endpoint=None)
    tokens = Tokens("a", scene.now, None)
    assert await scene.party.farewell(tokens, back_to="https://carnet.example/sortie") is None


def logout_token(scene, **changes):
    from joserfc import jwt

    at = int(scene.now.timestamp())
    claims = {
        "iss": BASE, "aud": "carnet", "iat": at, "exp": at + 60, "jti": "1", "sid": "session",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    } | changes  # fmt: skip
    return jwt.encode(
        {"alg": "RS256"}, {n: v for n, v in claims.items() if v is not None}, scene.simulator.signing_key()
    )


async def test_the_provider_ends_a_session():
    scene = Scene()
    assert await scene.party.ended_there(logout_token(scene)) == (None, "session")
    assert await scene.party.ended_there(logout_token(scene, sub="s", sid=None)) == ("s", None)
    wrong = (
        {"nonce": "n"},
        {"events": {}},
        {"events": None},
        {"aud": "autre"},
        {"sid": None},
        {"iss": "https://x.example"},
    )
    for changes in wrong:
        assert (await refused(scene.party.ended_there(logout_token(scene, **changes))))[0] == "sign-in-answer-refused"


async def test_refusals_say_nothing_of_the_answer():
    """What a provider sent is nobody's to quote: facts hold the name of what is wrong, never its value."""
    scene = Scene()
    scene.id_token(put(nonce="ONDINE"))
    with pytest.raises(Refused) as found:
        await scene.sign_in()
    assert found.value.issues[0].facts == {"cause": "nonce"}
