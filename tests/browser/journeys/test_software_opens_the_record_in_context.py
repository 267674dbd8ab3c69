"""A professional's software opens the record of the person before them; the link opens nothing a second time."""

from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.professionals import with_professionals
from tests.builders.certificates import self_signed

from carnet.app import application
from carnet.domain.actor import Authentication
from carnet.web.arrivals import CLIENT_CERTIFICATE
from carnet.web.demo_people import actor_named


@pytest.fixture(scope="module", autouse=True)
async def people(a_site: Site) -> None:
    await with_professionals(a_site)


async def a_link(site: Site, certificate) -> str:
    """What the software is given, on its connection with its certificate."""
    from dataclasses import replace

    doctor = await actor_named(site.carnet.database, "medecin")
    speaking = replace(
        doctor, situation=f"10.SM26.{doctor.organization}", software="logiciel",
        authentication=Authentication("psc", "PSC", certificate.thumbprint),
    )  # fmt: skip
    token = site.carnet.services.issuer.issue(speaking, lifetime=timedelta(hours=1))

    async def app(scope, receive, send):
        scope[CLIENT_CERTIFICATE] = certificate
        await application(site.carnet)(scope, receive, send)

    ins = site.odile.ins
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=site.url) as http:
        answer = await http.post(
            "/pro/lancement", headers={"Authorization": f"Bearer {token}"}, json={"patient": {"matricule": ins.matricule, "oid": ins.oid}}
        )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return answer.json()["url"]


async def test_software_opens_the_record_in_context(chromium: Browser, a_site: Site, tmp_path) -> None:
    # Given a doctor whose software already speaks for them
    link = await a_link(a_site, self_signed(tmp_path, "cabinet.example").read)
    context = await chromium.new_context(base_url=a_site.url, locale="fr-FR")
    page = await context.new_page()
    # When it opens the link in their browser
    await page.goto(link)
    # Then the right record is asked for, with no second sign-in, by an address that names no one
    assert urlsplit(page.url).path.startswith(f"/pro/patients/{a_site.odile.patient_id}")
    assert a_site.odile.ins.matricule not in page.url
    assert "Claire Aubrespin" in await page.inner_text("body")
    # When someone opens the same link elsewhere
    other = await (await chromium.new_context(base_url=a_site.url)).new_page()
    await other.goto(link)
    # Then it opens nothing, and says what to do
    await other.get_by_role("heading", level=1, name="Ce lien n’ouvre rien").wait_for()
    assert "Revenez à votre logiciel" in await other.inner_text("main")
    await clean(other)
    await context.close()
