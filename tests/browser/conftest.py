"""A real Chromium on a real server; skipped where there is none."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from tests.builders.fhir import INS
from tests.doors.world import Person, World, a_report
from tests.operating.conftest import free_port

from carnet.app import Carnet, application, open_carnet
from carnet.domain.actor import SYSTEM
from carnet.domain.consent.record_life import begin_record
from carnet.domain.demo import store
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex
from carnet.settings import Settings

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@dataclass(frozen=True)
class Site:
    """A demonstration that answers. odile: a citizen with a few documents, whom `/demo/enter/odile` signs in."""

    url: str
    carnet: Carnet
    world: World
    odile: Person


@pytest.fixture(scope="module")
async def a_site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One demonstration for the tests of a module, with one citizen and three documents."""
    port = free_port()  # known beforehand: identity providers send people back to the public address
    settings = Settings(home=tmp_path_factory.mktemp("site"), mode="demo", database_pool=6, port=port)
    carnet = await open_carnet(settings, database_url)
    identity = Identity(
        INS, InsTraits("LAMBERT", "ODILE", "1955-06-01", Sex.FEMALE, "ODILE", "99999"), IdentityStatus.QUALIFIED
    )
    async with carnet.database.transaction() as tx:
        patient_id, _ = await begin_record(
            tx, identity, actor=SYSTEM, keys=carnet.services.keys, at=carnet.services.clock()
        )
        await store.save(tx, store.DemoPerson("odile", f"Odile Lambert, matricule {INS.matricule}", ins=INS))
    server = uvicorn.Server(
        uvicorn.Config(application(carnet), port=port, log_level="warning", lifespan="off", ws="none")
    )
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    url = settings.public_url
    async with httpx.AsyncClient(base_url=url) as client:
        odile = Person(patient_id, identity)
        world = World(carnet, client)
        for _ in range(3):
            await world.deposit(a_report(odile))
        yield Site(url, carnet, world, odile)
    server.should_exit = True
    await task
    await carnet.close()


@pytest.fixture
def site(a_site: Site) -> str:
    """Its address."""
    return a_site.url


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


SignIn = Callable[..., Awaitable[Page]]


@pytest.fixture
async def signed_in(chromium: Browser, a_site: Site) -> AsyncIterator[SignIn]:
    """
    A page of someone who is signed in: `await signed_in("odile")`; each call is a device of its own.

    Takes, by name, what Playwright's `new_context` takes: `java_script_enabled=False`…
    """
    async with AsyncExitStack() as closing:

        async def enter(name: str = "odile", **options: object) -> Page:
            context: BrowserContext = await chromium.new_context(
                **{"base_url": a_site.url, "locale": "fr-FR", **options}
            )  # type: ignore[arg-type]
            closing.push_async_callback(context.close)
            page = await context.new_page()
            await page.goto(f"/demo/enter/{name}")
            return page

        yield enter
