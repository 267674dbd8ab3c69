"""A professional signs in at the portal by a provider that we did not write, speaking as Pro Santé Connect does."""

import httpx
import pytest
from tests.partners.oidc.independent import a_provider, agree
from tests.portals.people import Browser, heading_of, path_of

from carnet.app import application, open_carnet
from carnet.partners.psc.simulator import Place, claims_of
from carnet.settings import Settings

DOCTOR = claims_of(
    "899900010002", "Claire", "AUBRESPIN", profession="10", specialty="SM26", sector="SA07", organization="1990000001",
    organization_name="CABINET INVENTÉ", others=[Place("1990000002", "HÔPITAL INVENTÉ", "SA01")],
)  # fmt: skip


@pytest.fixture(scope="module")
async def there():
    async with a_provider(DOCTOR) as base:
        yield base


@pytest.fixture(scope="module")
async def carnet(database_url, tmp_path_factory, there):
    home = tmp_path_factory.mktemp("home")
    secret = home / "secret"
    secret.write_text("inventé")
    settings = Settings(
        home=home, mode="demo", base_url="http://carnet.test", database_pool=4, psc_discovery_url=f"{there}/.well-known/openid-configuration",
        psc_client_id="carnet", psc_secret_file=secret, psc_levels="", psc_directory="tolerant",
    )  # fmt: skip
    opened = await open_carnet(settings, database_url)
    yield opened
    await opened.close()


async def test_a_professional_signs_in_by_another_provider(carnet, there):
    browser = Browser(application(carnet))
    departure = await browser.http.get("/pro/connexion/psc")
    assert departure.headers["location"].startswith(f"{there}/oauth2/authorize?")
    back = await agree(departure.headers["location"], DOCTOR["sub"])
    page = await browser.open(back)
    assert (path_of(page), heading_of(page)) == ("/pro/situation", "Dans quelle situation travaillez-vous ?")
    page = await browser.send(page, situation="10.SM26.1990000002")
    assert path_of(page) == "/pro"
    assert "Hôpital Inventé" in page.text
    assert path_of(await browser.open(back)) == "/pro"
    answer = await browser.http.post(
        "/pro/deconnexion", data={"csrf": page.text.partition('name="csrf" value="')[2].partition('"')[0]}
    )
    assert answer.headers.get("location") == "/pro/deconnexion", answer.text
    page = await browser.open("/pro/deconnexion")
    assert f'action="{there}/oauth2/end_session"' in page.text
    assert f"form-action 'self' {there}" in page.headers["content-security-policy"]
    await browser.close()


async def test_the_session_ends_when_the_other_provider_takes_its_tokens_back(carnet, there):
    browser = Browser(application(carnet))
    departure = await browser.http.get("/pro/connexion/psc")
    page = await browser.open(await agree(departure.headers["location"], DOCTOR["sub"]))
    await browser.send(page, situation="10.SM26.1990000001")
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE professional_session SET fresh_until = now() - interval '10 minutes'")
    assert path_of(await browser.open("/pro")) == "/pro"  # renewed
    async with httpx.AsyncClient() as http:
        await http.post(f"{there}/users/{DOCTOR['sub']}/revoke-tokens")
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE professional_session SET fresh_until = now() - interval '10 minutes'")
    assert path_of(await browser.open("/pro")) == "/pro/connexion"
    await browser.close()
