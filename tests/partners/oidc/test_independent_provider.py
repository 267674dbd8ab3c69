"""The relying party in front of a provider that we did not write."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.partners.oidc.independent import a_provider, agree, query_of

from carnet.domain.errors import Refused
from carnet.partners.oidc.model import ProviderTerms
from carnet.partners.oidc.proving import Credentials
from carnet.partners.oidc.relying_party import RelyingParty

BACK = "http://carnet.test/retour"
ONDINE = {
    "sub": "ondine",
    "given_name": "Ondine",
    "family_name": "ESSAI",
    "birthdate": "1971-02-28",
    "SubjectNameID": "899900010002",
}


@pytest.fixture(scope="module")
async def provider():
    async with a_provider(ONDINE) as base:
        yield base


class Hands:
    ahead = timedelta(0)

    def __call__(self):
        return datetime.now(UTC) + self.ahead


@pytest.fixture
async def party(provider):
    """Registered there, as its own registration gives."""
    async with httpx.AsyncClient() as http:
        told = (await http.post(f"{provider}/oauth2/clients", json={"redirect_uris": [BACK]})).json()
    terms = ProviderTerms(
        "autre", f"{provider}/.well-known/openid-configuration", told["client_id"], BACK, "openid profile"
    )
    made = RelyingParty(
        httpx.AsyncClient(), terms, Credentials(told["client_id"], secret=told["client_secret"]), clock=Hands()
    )
    yield made
    await made.close()


async def refused(doing):
    with pytest.raises(Refused) as found:
        await doing
    return found.value.code, found.value.issues[0].facts.get("cause")


async def test_someone_signs_in(party, provider):
    departure = await party.depart()
    assert departure.url.startswith(f"{provider}/oauth2/authorize?")
    arrival = await party.arrive(query_of(await agree(departure.url, "ondine")), departure)
    assert (arrival.subject, arrival.claims["family_name"], arrival.claims["SubjectNameID"]) == (
        "ondine",
        "ESSAI",
        "899900010002",
    )
    assert arrival.tokens.refresh_token
    renewed = await party.refresh(arrival.tokens)
    assert renewed.access_token != arrival.tokens.access_token
    farewell = await party.farewell(arrival.tokens, back_to="http://carnet.test/sortie")
    assert farewell.url == f"{provider}/oauth2/end_session"


async def test_a_code_serves_once(party):
    departure = await party.depart()
    answered = query_of(await agree(departure.url, "ondine"))
    await party.arrive(answered, departure)
    assert await refused(party.arrive(answered, departure)) == ("sign-in-answer-refused", "code")


async def test_another_nonce_or_another_state(party):
    one, other = await party.depart(), await party.depart()
    answered = query_of(await agree(one.url, "ondine"))
    mixed = type(one)(one.url, one.state, other.nonce, one.verifier)
    assert await refused(party.arrive(answered, mixed)) == ("sign-in-answer-refused", "nonce")
    assert await refused(party.arrive(answered, other)) == ("sign-in-state-unknown", None)


async def test_a_level_that_it_does_not_tell_is_not_enough(party):
    party.terms = ProviderTerms(
        "autre", party.terms.discovery_url, party.terms.client_id, BACK, party.terms.scope, levels=frozenset({"eidas1"})
    )
    departure = await party.depart()
    answered = query_of(await agree(departure.url, "ondine"))
    assert await refused(party.arrive(answered, departure)) == ("sign-in-level-insufficient", None)


async def test_clocks_that_do_not_agree(party):
    party._clock.ahead = timedelta(hours=2)
    departure = await party.depart()
    answered = query_of(await agree(departure.url, "ondine"))
    assert await refused(party.arrive(answered, departure)) == ("sign-in-clock-differs", None)


async def test_tokens_that_it_took_back(party, provider):
    departure = await party.depart()
    arrival = await party.arrive(query_of(await agree(departure.url, "ondine")), departure)
    async with httpx.AsyncClient() as http:
        await http.post(f"{provider}/users/ondine/revoke-tokens")
    assert await refused(party.refresh(arrival.tokens)) == ("sign-in-refresh-refused", None)
