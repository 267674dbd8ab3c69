"""Every page of the first connection, the sign-in, the account and the law: axe finds nothing, day and night, narrow and wide."""

import pytest
from playwright.async_api import Browser, Page
from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.accounts import Desk

OPEN = (
    "/connexion", "/connexion/cle", "/connexion/secours", "/connexion/secours/mot-de-passe", "/activation", "/activation/ouvrir",
    "/activation/refuser", "/activation/refuser/fait", "/activation/code", "/activation/code/demande", "/mentions-legales",
    "/donnees-personnelles", "/accessibilite", "/carnet-efface", "/demo/courrier", "/demo/courrier/odile",
)  # fmt: skip
OWN = (
    "/compte", "/compte/premiere-fois", "/compte/second", "/compte/confirmer", "/compte/mot-de-passe", "/compte/application",
    "/compte/secours", "/compte/cles", "/compte/connexions", "/compte/courriel", "/compte/telephone", "/compte/preferences",
    "/compte/fermer",
)  # fmt: skip


async def looked_at(page: Page, path: str) -> None:
    answer = await page.goto(path)
    assert answer is not None
    assert answer.status == 200
    assert page.url.endswith(path)
    await clean(page, widths=(320, 390), themes=("light",))
    await clean(page, widths=(1280,), themes=("dark",))


@pytest.mark.parametrize("path", OPEN)
async def test_pages_for_everyone(chromium: Browser, a_site: Site, path: str) -> None:
    context = await chromium.new_context(base_url=a_site.url, locale="fr-FR")
    await looked_at(await context.new_page(), path)
    await context.close()


async def test_pages_of_the_holder(signed_in: SignIn, a_site: Site) -> None:
    desk = Desk(a_site.carnet, a_site.world)
    await desk.activated(a_site.odile, mail="odile@exemple.fr")
    page = await signed_in("odile")
    for path in OWN:
        await looked_at(page, path)


async def test_the_theme_that_was_chosen_holds_against_the_device(signed_in: SignIn) -> None:
    page = await signed_in("odile")
    await page.goto("/compte/preferences")
    await page.get_by_label("Sombres").check()
    await page.get_by_label("Plus grandes").check()
    await page.get_by_label("Où je vis, pour les heures").select_option("Indian/Reunion")
    await page.get_by_role("button", name="Enregistrer mes préférences").click()
    assert await page.locator("html").get_attribute("data-theme") == "dark"
    assert await page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    await clean(page, widths=(320,), themes=("dark",))
    await page.emulate_media(color_scheme="light")
    await page.goto("/compte/preferences")
    assert await page.get_by_label("Où je vis, pour les heures").input_value() == "Indian/Reunion"
    await clean(page, widths=(390,), themes=("light",))
