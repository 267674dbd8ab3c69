"""A citizen adds a passkey, comes back with it and nothing else, and removes it; without a script the page says what else there is."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from playwright.async_api import Browser, Page, expect
from tests.browser.axe import clean
from tests.browser.conftest import free_port
from tests.builders.accounts import Desk
from tests.doors.world import World

from carnet.app import application, open_carnet
from carnet.settings import Settings


@pytest.fixture(scope="module")
async def named_site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A site with a name: passkeys are made for a name, never for a number."""
    import httpx

    port = free_port()
    settings = Settings(
        home=tmp_path_factory.mktemp("named"),
        mode="demo",
        database_pool=4,
        port=port,
        base_url=f"http://localhost:{port}",
    )
    carnet = await open_carnet(settings, database_url)
    server = uvicorn.Server(
        uvicorn.Config(application(carnet), port=port, log_level="warning", lifespan="off", ws="none")
    )
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient(base_url=settings.public_url) as client:
        yield Desk(carnet, World(carnet, client))
    server.should_exit = True
    await task
    await carnet.close()


@pytest.fixture
async def page(chromium: Browser, named_site: Desk) -> AsyncIterator[Page]:
    """A device that recognises its owner."""
    context = await chromium.new_context(base_url=named_site.carnet.settings.public_url, locale="fr-FR")
    opened = await context.new_page()
    devtools = await context.new_cdp_session(opened)
    await devtools.send("WebAuthn.enable")
    await devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    yield opened
    await context.close()


async def entered(desk: Desk, page: Page) -> str:
    """Someone of the demonstration, signed in; gives their name there."""
    from carnet.domain.demo import store

    person = await desk.world.a_record()
    name = f"cle-{person.patient_id.hex[-6:]}"
    async with desk.carnet.database.transaction() as tx:
        await store.save(tx, store.DemoPerson(name, "Louise Essai", ins=person.ins))
    await page.goto(f"/demo/enter/{name}")
    return name


async def test_citizen_signs_in_with_a_passkey(named_site: Desk, page: Page) -> None:
    # Given someone in their account, on a device that recognises them
    await entered(named_site, page)
    await page.goto("/compte")
    # When they add it
    await page.get_by_role("link", name="Ajouter une clé d’accès").click()
    await page.get_by_label("Le nom de cet appareil").fill("Mon téléphone bleu")
    await clean(page, themes=("dark",))
    await page.get_by_role("button", name="Ajouter cet appareil").click()
    await expect(page.get_by_role("status").first).to_contain_text("Votre clé d’accès est enregistrée.")
    await expect(page.get_by_text("Clé d’accès : Mon téléphone bleu")).to_be_visible()
    # And leave, then come back with it alone
    await page.get_by_role("button", name="Quitter").click()
    await page.goto("/connexion")
    await page.get_by_role("link", name="Avec ma clé d’accès").click()
    await clean(page, themes=("light",))
    await page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    # Then their record is open
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")
    # When they remove it, it opens nothing any more
    await page.goto("/compte")
    await page.get_by_role("button", name="Retirer cette clé").click()
    await expect(page.get_by_role("status").first).to_contain_text("La clé d’accès est retirée.")
    await page.get_by_role("button", name="Quitter").click()
    await page.goto("/connexion/cle")
    await page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nous n’avons pas reconnu cette clé d’accès.")


async def test_without_script_the_page_says_what_else_there_is(named_site: Desk, chromium: Browser) -> None:
    context = await chromium.new_context(
        base_url=named_site.carnet.settings.public_url, locale="fr-FR", java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto("/connexion/cle")
    await expect(page.get_by_text("Ce navigateur ne sait pas utiliser une clé d’accès ici.")).to_be_visible()
    await expect(page.get_by_role("button", name="Utiliser ma clé d’accès")).to_have_count(0)
    await page.get_by_role("link", name="choisir un autre chemin").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ouvrir mon carnet")
    await context.close()


async def test_a_gesture_that_is_refused_changes_nothing(named_site: Desk, chromium: Browser) -> None:
    context = await chromium.new_context(base_url=named_site.carnet.settings.public_url, locale="fr-FR")
    page = await context.new_page()
    devtools = await context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    await devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": False}},
    )  # fmt: skip
    await entered(named_site, page)
    await page.goto("/compte/cles")
    await page.get_by_role("button", name="Ajouter cet appareil").click()
    await expect(page.get_by_text("La clé d’accès n’a pas été faite.")).to_be_visible()
    await context.close()
