"""What journeys share: the desk where accounts are made, and browsers in which nobody is signed in, or a professional."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page
from tests.browser.conftest import Site
from tests.browser.journeys.professionals import DOCTOR, with_professionals
from tests.builders.accounts import Desk

Newcomer = Callable[..., Awaitable[Page]]
AtWork = Callable[..., Awaitable[Page]]

# Journeys take seconds each: one for each great right runs with every test, the others with the long ones.
EVERY_TIME = frozenset(
    {
        "test_citizen_activates_their_record", "test_citizen_blocks_a_professional", "test_citizen_masks_a_document",
        "test_citizen_reads_a_document", "test_citizen_reads_who_opened_their_record", "test_citizen_signs_in_with_franceconnect",
        "test_professional_breaks_the_glass", "test_professional_signs_in_with_psc",
    }
)  # fmt: skip
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == _HERE and item.path.stem not in EVERY_TIME:
            item.add_marker(pytest.mark.long)


@pytest.fixture
def desk(a_site: Site) -> Desk:
    return Desk(a_site.carnet, a_site.world)


@pytest.fixture
async def newcomer(chromium: Browser, a_site: Site) -> AsyncIterator[Newcomer]:
    """A page of someone who is not signed in; each call is a device of its own. Takes, by name, what `new_context` takes."""
    async with AsyncExitStack() as closing:

        async def come(**options: object) -> Page:
            context = await chromium.new_context(**{"base_url": a_site.url, "locale": "fr-FR", **options})  # type: ignore[arg-type]
            closing.push_async_callback(context.close)
            return await context.new_page()

        yield come


@pytest.fixture(scope="module")
async def staff(a_site: Site) -> None:
    """The professionals of the demonstration."""
    await with_professionals(a_site)


@pytest.fixture
async def at_work(staff: None, newcomer: Newcomer) -> AtWork:
    """A page of a professional who is signed in: `await at_work()`, `await at_work("Mme Nadège Tourvillac")`; each call is a device of its own."""

    async def enter(name: str = DOCTOR, **options: object) -> Page:
        page = await newcomer(**options)
        await page.goto("/pro/connexion/psc")
        await page.get_by_role("button", name=name, exact=True).click()
        await page.wait_for_url(re.compile(r"/pro(/situation|/reprise)?$"))
        return page

    return enter
