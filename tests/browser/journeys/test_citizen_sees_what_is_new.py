"""A citizen sees at once what came since their last visit, and is not told of what is hidden from them."""

from uuid import UUID

from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.domain.record.test_lives import doctor
from tests.doors.world import a_titled

from carnet.domain.record.visibility import reveal_to_patient
from carnet.domain.record.wanted import Named


async def _was_here_until_now(site: Site) -> None:
    async with site.carnet.database.transaction() as tx:
        await tx.execute(
            "UPDATE account SET former_visit_at = clock_timestamp() WHERE patient_id = %s", (site.odile.patient_id,)
        )


async def test_citizen_sees_what_is_new(signed_in: SignIn, a_site: Site) -> None:
    # Given someone who has been here before
    page = await signed_in()
    await expect(page.locator(".lead")).to_have_text("Votre carnet contient déjà 3 documents.")
    await _was_here_until_now(a_site)
    await page.reload()
    await expect(page.locator(".lead")).to_contain_text("Rien de nouveau depuis votre visite du")
    # When a laboratory sends results, and a result is kept until the doctor tells it
    await a_site.world.deposit(a_titled(a_site.odile, "Bilan sanguin"))
    kept = await a_site.world.deposit(a_titled(a_site.odile, "Résultat à annoncer", labels=["INVISIBLE_PATIENT"]))
    # Then the first page says one thing is new, and shows that one
    await page.reload()
    await expect(page.locator(".lead")).to_contain_text("un nouveau document")
    new = page.get_by_role("region", name="Ce qui est nouveau")
    assert await new.locator(".row-title a").all_inner_texts() == ["Bilan sanguin"]
    await expect(new.get_by_text("Nouveau", exact=True)).to_be_visible()
    assert "annoncer" not in await page.content()
    # And so does the list
    await page.get_by_role("link", name="Voir tous mes documents").click()
    await expect(page.locator(".lead")).to_contain_text("4 documents, dont un nouveau depuis votre visite du")
    await page.get_by_role("link", name="Nouveaux (1)").click()
    assert await page.locator("main .row-title a").all_inner_texts() == ["Bilan sanguin"]
    # When the doctor has told the result
    services = a_site.carnet.services
    await reveal_to_patient(
        services.store, Named(logical_id=UUID(kept.id)), actor=doctor(), terms=services.update_terms
    )
    # Then it is new, and is to be read
    await page.goto("/")
    await expect(page.locator(".lead")).to_contain_text("2 nouveaux documents, et une chose à faire")
    await page.get_by_role("region", name="À faire").get_by_role("link", name="Lire « Résultat à annoncer »").wait_for()
    await clean(page)


async def test_citizen_sees_who_opened_their_record(signed_in: SignIn, a_site: Site) -> None:
    # Given a record that nobody opened
    page = await signed_in()
    opened = page.get_by_role("region", name="Qui a ouvert votre carnet")
    await expect(opened).to_contain_text("aucun professionnel")
    # When a doctor reads a document of it
    caller = await a_site.world.a_professional(authorised_on=a_site.odile)
    (document, *_) = await a_site.world.found(a_site.odile, by=caller)
    assert (await a_site.world.read(f"Binary/{document}", by=caller)).status_code == 200
    # Then the first page says so, in a sentence
    await page.reload()
    await expect(opened).to_contain_text("Dr Essai")
    await expect(opened).to_contain_text("un professionnel")
