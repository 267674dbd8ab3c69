"""FranceConnect and the application carte Vitale, from the first page to Accueil; and every way in which it does not get there."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest
from tests.builders.people import an_ins
from tests.portals.conftest import Traced
from tests.portals.people import Browser, heading_of, path_of

from carnet.app import Carnet, application
from carnet.domain.actor import SYSTEM
from carnet.domain.audit.model import EventType
from carnet.domain.consent.record_life import begin_record
from carnet.domain.demo import store
from carnet.domain.people.model import Identity, IdentityAttribute, IdentityStatus, InsTraits, Sex

CLOSED = "Votre carnet n’est pas ouvert"


def someone(family: str, given: str, *, born: str = "1979-03-28", place: str | None = "51215", **changes) -> Identity:
    traits = InsTraits(family, given.split(maxsplit=1)[0], born, changes.pop("sex", Sex.FEMALE), given, place)
    return replace(Identity(an_ins(), traits, IdentityStatus.QUALIFIED), **changes)


PEOPLE = {
    "dominique": someone("PAT-TROIS", "DOMINIQUE MARIE-LOUISE", used_name="Lambert"),
    "youssef": someone("BEN SALAH", "YOUSSEF", born="1960-03-31", place="99352", sex=Sex.MALE),
    "une": someone("JUMELLE", "ANNE"),
    "autre": someone("JUMELLE", "ANNE"),
    "homonyme": someone("RENOM", "JEANNE", attributes=frozenset({IdentityAttribute.HOMONYM})),
    "sans-lieu": someone("NULPART", "ALIX", place=None),
}


@pytest.fixture(scope="module", autouse=True)
async def people(carnet: Carnet) -> None:
    async with carnet.database.transaction() as tx:
        for name, identity in PEOPLE.items():
            await begin_record(tx, identity, actor=SYSTEM, keys=carnet.services.keys, at=carnet.services.clock())
            await store.save(tx, store.DemoPerson(name, name, ins=identity.ins))


@pytest.fixture
def refusals(traced: Traced) -> Callable[[Carnet], Awaitable[list[dict[str, str]]]]:
    """Details of the refused sign-ins, oldest first."""

    async def read(_: Carnet) -> list[dict[str, str]]:
        return [dict(event.details) for event in await traced(EventType.SIGN_IN_REFUSED)]

    return read


@pytest.mark.parametrize("way", ["franceconnect", "apcv"])
@pytest.mark.parametrize("name", ["dominique", "youssef"])
async def test_a_person_lands_on_accueil(browser: Browser, way: str, name: str) -> None:
    page = await browser.open(f"/connexion/{way}")
    assert path_of(page).startswith(f"/demo/{way}/")
    assert "simulé" in page.text
    assert "Ceci n’est pas" in page.text
    page = await browser.send(page, person=name)
    assert (path_of(page), page.status_code) == ("/", 200)
    identity = PEOPLE[name]
    shown = f"{identity.traits.first_given_name} {identity.used_name or identity.traits.birth_name}".title()
    assert heading_of(page) == f"Bonjour {shown}"


async def test_the_page_that_was_asked_for_comes_after(browser: Browser) -> None:
    await browser.http.get("/compte")
    asked = await browser.http.get("/deconnexion")
    assert asked.status_code == 200
    page = await browser.send(await browser.open("/connexion/franceconnect"), person="dominique")
    assert page.status_code in {200, 404}


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("inconnue", "sign-in-not-recognised:unknown"),
        ("une", "sign-in-not-recognised:several"),
        ("autre", "sign-in-not-recognised:several"),
        ("homonyme", "sign-in-not-recognised:homonym"),
        ("sans-lieu", "sign-in-not-recognised:traits-missing"),
    ],
)
async def test_whoever_is_not_certain_is_led_to_the_carte_vitale(
    carnet: Carnet, browser: Browser, name: str, cause: str, refusals
) -> None:
    page = await browser.send(await browser.open("/connexion/franceconnect"), person=name)
    assert (heading_of(page), page.status_code) == (CLOSED, 403)
    assert "reconnaître avec certitude" in page.text
    assert 'href="/connexion/apcv"' in page.text
    assert (await refusals(carnet))[-1] == {"means": "franceconnect", "cause": cause}
    assert path_of(await browser.open("/")) == "/"
    assert "Bonjour" not in (await browser.open("/")).text


async def test_nobody_learns_that_someone_else_bears_their_traits(browser: Browser) -> None:
    """One match too many and none at all read the same."""
    told = set()
    for name in ("inconnue", "une", "homonyme"):
        page = await browser.send(await browser.open("/connexion/franceconnect"), person=name)
        told.add(re.sub(r'name="csrf" value="[^"]*"', "", page.text))
    assert len(told) == 1


@pytest.mark.parametrize("name", ["une", "homonyme"])
async def test_the_carte_vitale_tells_one_from_the_other(browser: Browser, name: str) -> None:
    page = await browser.send(await browser.open("/connexion/apcv"), person=name)
    assert heading_of(page).startswith("Bonjour")


async def test_claims_never_create_anyone(carnet: Carnet, browser: Browser) -> None:
    async with carnet.database.connection() as connection:
        (before,) = await (await connection.execute("SELECT count(*) FROM identity")).fetchone()
    await browser.send(await browser.open("/connexion/franceconnect"), person="inconnue")
    await browser.send(await browser.open("/connexion/apcv"), person="inconnue")
    async with carnet.database.connection() as connection:
        assert (await (await connection.execute("SELECT count(*) FROM identity")).fetchone()) == (before,)


async def test_someone_who_refuses(carnet: Carnet, browser: Browser, refusals) -> None:
    page = await browser.send(await browser.open("/connexion/franceconnect"), person="")
    assert heading_of(page) == CLOSED
    assert "Vous n’avez pas donné votre accord" in page.text
    assert 'href="/connexion/franceconnect"' in page.text
    assert (await refusals(carnet))[-1] == {"means": "franceconnect", "cause": "sign-in-denied"}


@pytest.mark.parametrize("way", ["franceconnect", "apcv"])
async def test_an_account_that_is_not_safe_enough(carnet: Carnet, browser: Browser, way: str, refusals) -> None:
    page = await browser.send(await browser.open(f"/connexion/{way}"), person="compte-faible")
    assert heading_of(page) == CLOSED
    assert "deux preuves" in page.text
    assert (await refusals(carnet))[-1] == {"means": way, "cause": "sign-in-level-insufficient"}


# The carte Vitale


async def test_a_matricule_whose_traits_are_others(carnet: Carnet, browser: Browser, refusals) -> None:
    simulator = carnet.providers.apcv.simulator
    identity, other = PEOPLE["dominique"], PEOPLE["youssef"]
    page = await browser.open("/connexion/apcv")
    request_id = re.search(r'name="request" value="([^"]+)"', page.text)[1]
    from carnet.partners.apcv.simulator import claims_of

    claims = claims_of(identity) | {"ins": other.ins.matricule, "ins_oid": other.ins.oid}
    page = await browser.open(simulator.approve(request_id, claims))
    assert heading_of(page) == CLOSED
    assert (await refusals(carnet))[-1]["cause"] == "sign-in-not-recognised:traits-differ"


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"ins": an_ins().matricule, "ins_oid": an_ins().oid}, "sign-in-not-recognised:unknown"),
        ({"ins": "255", "ins_oid": "1.2"}, "sign-in-identity-unreadable"),
        ({"family_name": ""}, "sign-in-identity-unreadable"),
        ({"birthdate": "28/03/1979"}, "sign-in-identity-unreadable"),
    ],
)
async def test_claims_that_name_nobody(
    carnet: Carnet, browser: Browser, changes: dict[str, str], cause: str, refusals
) -> None:
    page = await browser.open("/connexion/apcv")
    request_id = re.search(r'name="request" value="([^"]+)"', page.text)[1]
    from carnet.partners.apcv.simulator import claims_of

    page = await browser.open(
        carnet.providers.apcv.simulator.approve(request_id, claims_of(PEOPLE["dominique"]) | changes)
    )
    assert heading_of(page) == CLOSED
    assert (await refusals(carnet))[-1]["cause"] == cause


# The way back


async def left(browser: Browser, way: str = "franceconnect") -> tuple[str, str]:
    """The address of the answer to a sign-in, not followed yet, and the state in it."""
    page = await browser.open(f"/connexion/{way}")
    request_id = re.search(r'name="request" value="([^"]+)"', page.text)[1]
    answer = await browser.http.post(path_of(page), data={"request": request_id, "person": "dominique"})
    location = answer.headers["location"]
    return location, parse_qs(urlsplit(location).query)["state"][0]


async def test_an_answer_serves_once(carnet: Carnet, browser: Browser) -> None:
    location, _ = await left(browser)
    kept = dict(browser.http.cookies)
    assert heading_of(await browser.open(location)).startswith("Bonjour")
    thief = Browser(application(carnet))
    for name, value in kept.items():
        thief.http.cookies.set(name, value)
    page = await thief.open(location)
    assert (heading_of(page), page.status_code) == (CLOSED, 403)
    assert "a déjà servi" in page.text
    await thief.close()


async def test_going_back_in_the_browser_leads_to_accueil(browser: Browser) -> None:
    location, _ = await left(browser)
    await browser.open(location)
    page = await browser.open(location)
    assert (path_of(page), heading_of(page)[:7]) == ("/", "Bonjour")


async def test_an_answer_in_another_browser(carnet: Carnet, browser: Browser) -> None:
    """Someone sends a link that would sign their victim in as themselves."""
    location, _ = await left(browser)
    victim = Browser(application(carnet))
    page = await victim.open(location)
    assert (heading_of(page), page.status_code) == (CLOSED, 403)
    assert "carnet_session" not in dict(victim.http.cookies)
    await victim.close()


async def test_an_answer_of_another_provider(browser: Browser) -> None:
    location, _ = await left(browser)
    page = await browser.open(location.replace("/connexion/franceconnect/", "/connexion/apcv/"))
    assert "a déjà servi" in page.text
    location, _ = await left(browser)
    mixed = dict(parse_qsl(urlsplit(location).query)) | {"iss": "http://autre.example"}
    page = await browser.open(f"/connexion/franceconnect/retour?{urlencode(mixed)}")
    assert "n’est pas sûre" in page.text


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=y", "?error=access_denied&state=y", "?state=%00"])
async def test_an_answer_to_nothing(browser: Browser, traced: Traced, query: str) -> None:
    before = len(await traced(EventType.SIGN_IN_REFUSED))
    page = await browser.open(f"/connexion/franceconnect/retour{query}")
    assert (heading_of(page), page.status_code) == (CLOSED, 403)
    assert (
        len(await traced(EventType.SIGN_IN_REFUSED)) == before
    )  # anyone may send one: the trail is not theirs to fill


async def test_an_answer_that_comes_too_late(carnet: Carnet, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    location, _ = await left(browser)
    cookie = next(name for name in browser.http.cookies if name.startswith("carnet_depart_"))
    from carnet.web.portal import departures

    monkeypatch.setattr(departures, "_LIFE", timedelta(0))
    page = await browser.open(location)
    assert "a commencé il y a trop longtemps" in page.text
    assert cookie not in browser.http.cookies


async def test_a_cookie_that_was_altered(browser: Browser) -> None:
    location, _ = await left(browser)
    name = next(name for name in browser.http.cookies if name.startswith("carnet_depart_"))
    value = browser.http.cookies[name]
    browser.http.cookies.clear()
    for altered in (value[:-4] + "AAAA", "x", "", "é".encode().hex() * 3000):
        browser.http.cookies.set(name, altered, domain="carnet.test")
        assert heading_of(await browser.open(location)) == CLOSED
        browser.http.cookies.clear()


async def test_two_tabs_at_once(browser: Browser) -> None:
    one, _ = await left(browser)
    other, _ = await left(browser)
    assert heading_of(await browser.open(one)).startswith("Bonjour")
    assert heading_of(await browser.open(other)).startswith("Bonjour")


async def test_a_provider_that_is_down(carnet: Carnet, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*_: object, **__: object) -> None:
        raise httpx.ConnectTimeout("down")

    location, _ = await left(browser)
    party = carnet.providers.franceconnect.party
    monkeypatch.setattr(party._http._transport, "handle_async_request", down)
    page = await browser.open(location)
    assert (heading_of(page), page.status_code, page.headers["retry-after"]) == (CLOSED, 503, "60")
    assert "ne répond pas" in page.text
    monkeypatch.setattr(party._discovery, "_known", None)
    page = await browser.open("/connexion/franceconnect")
    assert (heading_of(page), page.status_code) == (CLOSED, 503)


# Afterwards


async def test_no_address_names_anyone(carnet: Carnet, browser: Browser) -> None:
    seen: list[str] = []

    async def note(request: httpx.Request) -> None:
        seen.append(str(request.url))

    browser.http.event_hooks["request"].append(note)
    page = await browser.send(await browser.open("/connexion/apcv"), person="dominique")
    page = await browser.send(page)  # « Quitter » is the first form of the frame
    assert path_of(page) == "/deconnexion"
    identity = PEOPLE["dominique"]
    everything = " ".join(seen).upper()
    for told in (identity.ins.matricule, "DOMINIQUE", "PAT-TROIS", "1979", "EYJ"):
        assert told not in everything


async def test_leaving_the_provider_too(carnet: Carnet, browser: Browser) -> None:
    page = await browser.send(await browser.open("/connexion/franceconnect"), person="dominique")
    page = await browser.send(page)
    assert "FranceConnect reste ouvert" in page.text
    assert "form-action 'self' http://carnet.test" in page.headers["content-security-policy"]
    page = await browser.send(page, id_token_hint=re.search(r'name="id_token_hint" value="([^"]+)"', page.text)[1])
    assert path_of(page) == "/deconnexion"
    assert "reste ouvert" not in page.text
    assert "reste ouvert" not in (await browser.open("/deconnexion")).text


async def test_who_is_signed_in_has_nothing_to_sign_in_with(browser: Browser) -> None:
    await browser.send(await browser.open("/connexion/franceconnect"), person="dominique")
    page = await browser.open("/connexion/franceconnect")
    assert path_of(page) == "/"


async def test_pages_are_never_kept(browser: Browser) -> None:
    for path in ("/connexion/franceconnect", "/connexion/franceconnect/retour"):
        answer = await browser.http.get(path)
        assert answer.headers["cache-control"] == "no-store"
    cookie = (await browser.http.get("/connexion/franceconnect")).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_another_name_of_the_machine_leads_to_the_public_address(carnet: Carnet) -> None:
    """Someone opens `localhost`: the provider sends them back to the public address, and so do we, before."""
    elsewhere = Browser(application(carnet), "http://localhost")
    for path in ("/connexion/franceconnect", "/pro/connexion/psc"):
        answer = await elsewhere.http.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"http://carnet.test{path}")
    await elsewhere.close()


# The simulator's own page


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "autre"}, {"redirect_uri": "https://ailleurs.example/"}, {"response_type": "token"}, {"nonce": ""}, {"state": ""},
        {"code_challenge": ""}, {"code_challenge_method": "plain"}, {"scope": "profile"},
    ],
)  # fmt: skip
async def test_the_simulator_sends_nobody_anywhere_for_a_request_that_is_wrong(
    browser: Browser, change: dict[str, str]
) -> None:
    answer = await browser.http.get("/connexion/franceconnect")
    query = dict(parse_qsl(urlsplit(answer.headers["location"]).query)) | change
    page = await browser.open(f"/demo/franceconnect/api/v2/authorize?{urlencode(query)}")
    assert (heading_of(page), page.status_code) == ("Cette demande ne peut pas aboutir", 400)


async def test_a_request_is_answered_once(browser: Browser) -> None:
    page = await browser.open("/connexion/franceconnect")
    await browser.send(page, person="dominique")
    again = await browser.send(page, person="dominique")
    assert again.status_code == 400
    assert "a déjà reçu sa réponse" in again.text


async def test_the_simulator_is_found_by_its_discovery(browser: Browser) -> None:
    told = json.loads((await browser.http.get("/demo/franceconnect/api/v2/.well-known/openid-configuration")).content)
    assert told["issuer"] == "http://carnet.test/demo/franceconnect/api/v2"
    assert "aucune personne réelle" in told["service_documentation"]
    assert (await browser.http.get("/demo/franceconnect/api/v2/autre")).status_code == 404


async def test_production_has_no_simulator(database_url: str, tmp_path, carnet: Carnet) -> None:
    from carnet.app import doors, open_carnet, pages
    from carnet.settings import Settings

    key = carnet.settings.master_key_file
    settings = Settings(home=tmp_path, key_file=key, mode="production", base_url="https://carnet.example")
    opened_there = await open_carnet(settings, database_url)
    assert (opened_there.providers.psc, opened_there.providers.franceconnect, opened_there.providers.apcv) == (
        None,
        None,
        None,
    )
    paths = {route.path for route in (*doors(opened_there), *pages(opened_there))}
    assert not [path for path in paths if path.startswith(("/demo", "/connexion/franceconnect", "/connexion/apcv"))]
    await opened_there.close()
