"""A citizen sees from where their record is open, closes one connection or all, and nothing is left behind on a shared device."""

from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.conftest import SignIn


async def test_citizen_signs_out_everywhere(signed_in: SignIn) -> None:
    # Given someone whose record is open on three devices
    home = await signed_in("odile")
    library, telephone = await signed_in("odile"), await signed_in("odile", java_script_enabled=False)
    await home.goto("/compte/connexions")
    await expect(home.locator(".lead")).to_contain_text("Il est ouvert à 3 endroits.")
    await clean(home, themes=("light",))
    # When they close one
    await home.get_by_role("button", name="Fermer cette connexion").first.click()
    await expect(home.get_by_role("status").first).to_contain_text("La connexion est fermée.")
    await expect(home.locator(".lead")).to_contain_text("Il est ouvert à 2 endroits.")
    # And then everywhere else
    await home.get_by_role("button", name="Fermer partout ailleurs").click()
    await expect(home.locator(".lead")).to_have_text("Il est ouvert sur cet appareil, et nulle part ailleurs.")
    # Then the others are asked who they are, and the first one is not
    for page in (library, telephone):
        await page.goto("/compte")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Ouvrir mon carnet")
    await home.goto("/compte")
    await expect(home.get_by_role("heading", level=1)).to_have_text("Mon compte")
    # And everywhere, here too: the way back of the browser shows nothing
    await home.goto("/compte/connexions")
    await home.get_by_role("button", name="Fermer partout, ici aussi").click()
    await expect(home.get_by_role("heading", level=1)).to_have_text("Vous avez quitté votre carnet")
    await home.go_back()
    await expect(home.get_by_role("heading", level=1)).to_have_text("Ouvrir mon carnet")
    await expect(home.get_by_text("Votre carnet, Odile Lambert")).to_have_count(0)
