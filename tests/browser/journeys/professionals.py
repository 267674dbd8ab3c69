"""The professionals of the demonstration, and their directory, beside the citizen of the site."""

from playwright.async_api import Page
from tests.browser.conftest import Site

from carnet.operating.demo import invent_sized, register_people
from carnet.operating.demo_directory import load_directory


async def with_professionals(site: Site) -> None:
    """Once for a module."""
    territory = invent_sized({"seed": 2026, "today": "2026-06-01"}, citizens=0, documents=0)
    await register_people(site.carnet, territory)
    await load_directory(site.carnet, territory)


async def enter_by_psc(page: Page, name: str) -> None:
    """From the page of entry to the choice at Pro Santé Connect."""
    await page.goto("/pro")
    await page.get_by_role("link", name="Entrer avec Pro Santé Connect").click()
    await page.get_by_role("button", name=name, exact=True).click()
