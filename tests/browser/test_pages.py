"""Every page: axe finds nothing, in both widths and both themes; no script is needed; nothing scrolls sideways; the keyboard suffices."""

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

PAGES = ["/", "/demo/enter/odile", "/demo/enter/personne"]
WIDTHS = [320, 390, 1280]
Theme = Literal["light", "dark"]


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context()
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_nothing(page: Page, site: str, path: str, width: int, theme: Theme) -> None:
    await page.emulate_media(color_scheme=theme)
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(site + path)
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
async def test_nothing_scrolls_sideways(page: Page, site: str, path: str, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(site + path)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_the_way_in_needs_no_script_and_no_mouse(chromium: Browser, site: str) -> None:
    context = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site)
    await page.get_by_role("link", name="Odile Lambert").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/demo/enter/odile")
    assert await page.get_by_role("heading", level=1).inner_text() == "Odile Lambert"
    assert "patient.identifier" in await page.locator("pre").inner_text()
    await context.close()


async def test_the_first_tab_leads_past_the_header(page: Page, site: str) -> None:
    await page.goto(site)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Aller au contenu"


async def test_nothing_is_fetched_elsewhere_and_nothing_breaks_the_policy(page: Page, site: str) -> None:
    asked: list[str] = []
    told: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    weight = 0
    for path in PAGES:
        answer = await page.goto(site + path)
        assert answer is not None
        weight += len(await answer.body())
    assert all(url.startswith(site) for url in asked)
    assert not [text for text in told if "Content Security Policy" in text], told
    assert weight < 100_000
