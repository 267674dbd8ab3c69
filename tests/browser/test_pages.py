"""The frame of every page: axe finds nothing; no script is needed; the keyboard suffices; nothing comes from elsewhere."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page
from tests.browser.axe import WIDTHS, clean
from tests.browser.conftest import SignIn

OPEN = ["/", "/connexion", "/demo/enter/personne", "/nulle-part"]
SIGNED_IN = ["/"]


@pytest.fixture
async def page(chromium: Browser, site: str) -> AsyncIterator[Page]:
    context = await chromium.new_context(base_url=site)
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("path", OPEN)
async def test_axe_finds_nothing(page: Page, path: str) -> None:
    await page.goto(path)
    await clean(page, widths=WIDTHS)


@pytest.mark.parametrize("path", SIGNED_IN)
async def test_axe_finds_nothing_once_signed_in(signed_in: SignIn, path: str) -> None:
    page = await signed_in()
    await page.goto(path)
    await clean(page, widths=WIDTHS)


async def test_the_way_in_and_out_needs_no_script_and_no_mouse(signed_in: SignIn, site: str) -> None:
    page = await signed_in("nobody", java_script_enabled=False)
    await page.goto("/connexion")
    await page.get_by_role("link", name="Odile Lambert").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(site + "/")
    assert await page.get_by_role("heading", level=1).inner_text() == "Bonjour Odile Lambert"
    await page.get_by_role("button", name="Quitter").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/deconnexion")
    await page.go_back()
    assert "Bonjour" not in await page.content()


async def test_the_first_tab_leads_past_the_header(page: Page) -> None:
    await page.goto("/")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Aller au contenu"


async def test_nothing_is_fetched_elsewhere_and_nothing_breaks_the_policy(page: Page, site: str) -> None:
    told: list[str] = []
    weights: list[int] = []
    urls: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("request", lambda request: urls.append(request.url))
    for path in OPEN:
        answer = await page.goto(path)
        assert answer is not None
        weights.append(len(await answer.body()))
    assert all(url.startswith(site) for url in urls)
    assert not [text for text in told if "Content Security Policy" in text], told
    assert max(weights) < 60_000
