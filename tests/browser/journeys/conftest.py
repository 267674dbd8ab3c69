"""What journeys share: the desk where accounts are made, and browsers in which nobody is signed in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, Page
from tests.browser.conftest import Site
from tests.builders.accounts import Desk

Newcomer = Callable[..., Awaitable[Page]]


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
