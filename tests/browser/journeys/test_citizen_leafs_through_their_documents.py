"""A citizen leafs through many documents by family, year and author, page by page; what is hidden from them leaves no gap."""

from playwright.async_api import Page, expect
from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.fhir import concept
from tests.doors.world import a_titled, several

BIOLOGY = {"system": "http://loinc.org", "code": "11502-2", "display": "CR d’examens biologiques"}


async def _titles(page: Page) -> list[str]:
    return await page.locator("main .row-title a").all_inner_texts()


async def test_citizen_leafs_through_their_documents(signed_in: SignIn, a_site: Site) -> None:
    # Given twenty-two analyses, one a month, and as many that the person may not see yet
    def analysis(n: int, title: str, **changes: object) -> dict[str, object]:
        date = f"20{20 + n // 12}-{1 + n % 12:02d}-05T10:00:00+01:00"
        return a_titled(
            a_site.odile, title, date=date, type=concept(BIOLOGY), family="Roudier", number="899700000008", **changes
        )

    await a_site.world.deposit(several(a_site.odile, *[analysis(n, f"Analyse {n:02d}") for n in range(22)]))
    await a_site.world.deposit(
        several(a_site.odile, *[analysis(n, f"Cachée {n:02d}", labels=["INVISIBLE_PATIENT"]) for n in range(22)])
    )
    page = await signed_in(java_script_enabled=False)
    await page.goto("/documents")
    await expect(page.locator(".lead")).to_have_text("25 documents sont déjà dans votre carnet.")
    # When they choose the analyses
    await page.get_by_role("link", name="Analyses (22)").click()
    # Then the newest come first, under their year, twenty a page
    assert (await _titles(page))[:2] == ["Analyse 21", "Analyse 20"]
    assert await page.get_by_role("heading", level=2).all_inner_texts() >= ["2021", "2020"]
    await expect(page.get_by_text("Page 1 sur 2")).to_be_visible()
    await page.get_by_role("link", name="Documents plus anciens").click()
    assert await _titles(page) == ["Analyse 01", "Analyse 00"]
    await page.get_by_role("link", name="Documents plus récents").click()
    assert len(await _titles(page)) == 20
    assert "Cachée" not in await page.content()
    # And one year, by one author
    await page.get_by_text("Plus de choix").click()
    await page.get_by_label("Année").select_option("2021")
    await page.get_by_label("Qui l’a fait").select_option(label="Dr Odile Roudier (22)")
    await page.get_by_role("button", name="Montrer ces documents").click()
    await expect(page.locator(".lead")).to_have_text("10 documents correspondent à ce choix.")
    for told in ("11502", "Roudier", "8997", "2021", "analyse"):
        assert told not in page.url
    await page.get_by_role("link", name="Dr Odile Roudier").click()
    await page.get_by_role("link", name="Tout voir").click()
    await expect(page.locator(".lead")).to_have_text("25 documents sont déjà dans votre carnet.")


async def test_the_list_is_accessible_with_all_that_it_offers(signed_in: SignIn) -> None:
    page = await signed_in()
    await page.goto("/documents")
    await page.get_by_text("Plus de choix").click()
    await clean(page, widths=(320, 390, 1280))


async def test_a_record_without_documents_says_what_will_come(signed_in: SignIn, a_site: Site) -> None:
    from carnet.domain.demo import store

    person = await a_site.world.a_record(birth_name="NOUVEAU", first_given_name="PAUL")
    async with a_site.carnet.database.transaction() as tx:
        await store.save(tx, store.DemoPerson("paul", "Paul Nouveau", ins=person.ins))
    page = await signed_in("paul")
    await expect(page.locator(".lead")).to_have_text("Votre carnet est prêt. Il ne contient pas encore de document.")
    await expect(page.get_by_role("searchbox")).to_have_count(0)
    await clean(page)
    await page.goto("/documents")
    await expect(page.locator(".lead")).to_have_text("Votre carnet ne contient pas encore de document.")
    await clean(page)
