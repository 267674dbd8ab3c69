"""A real Chromium on a real server; skipped where there is none."""

import asyncio
import shutil
from collections.abc import AsyncIterator

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright
from tests.builders.fhir import INS

from carnet.app import application, open_carnet
from carnet.domain.actor import SYSTEM
from carnet.domain.consent.record_life import begin_record
from carnet.domain.demo import store
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex
from carnet.settings import Settings

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a demonstration with one citizen."""
    settings = Settings(home=tmp_path_factory.mktemp("site"), mode="demo", database_pool=4)
    carnet = await open_carnet(settings, database_url)
    identity = Identity(
        INS, InsTraits("LAMBERT", "ODILE", "1955-06-01", Sex.FEMALE, "ODILE", "99999"), IdentityStatus.QUALIFIED
    )
    async with carnet.database.transaction() as tx:
        await begin_record(tx, identity, actor=SYSTEM, keys=carnet.services.keys, at=carnet.services.clock())
        await store.save(tx, store.DemoPerson("odile", f"Odile Lambert, matricule {INS.matricule}", ins=INS))
    server = uvicorn.Server(uvicorn.Config(application(carnet), port=0, log_level="warning", lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task
    await carnet.close()


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()
