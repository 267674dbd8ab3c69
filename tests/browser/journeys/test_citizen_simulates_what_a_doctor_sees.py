"""A citizen tries what a doctor would see, document by document, and why: the same as what the doctor is given."""

from uuid import UUID

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.directory import in_the_directory

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.record.masking import mask
from carnet.domain.record.wanted import Named


async def test_citizen_simulates_what_a_doctor_sees(a_site: Site, signed_in: SignIn) -> None:
    # Given a doctor who may open the record, and a masked document
    world, odile = a_site.world, a_site.odile
    services = a_site.carnet.services
    (number,) = await in_the_directory(a_site.carnet, ("SOLÈNE", "KERBRIAC"))
    doctor = await world.a_professional(number=number, authorised_on=odile)
    masked, *_ = await world.found(odile, by=doctor)
    citizen = Actor(ActorKind.CITIZEN, "Odile Lambert", ins=odile.ins)
    await mask(services.store, Named(logical_id=UUID(masked)), actor=citizen, terms=services.update_terms)
    # When the citizen tries what the doctor would see
    page = await signed_in("odile")
    main = page.locator("main")
    await page.goto("/acces/simulateur")
    await clean(page)
    await page.get_by_role("link", name="Dre Solène Kerbriac").click()
    # Then it is what the doctor is given, with the reason of each
    told = (await main.inner_text()).replace("\xa0", " ")
    assert "verrait 2 documents sur 3" in told
    assert "1 document caché" in told
    assert "Ce document est masqué aux professionnels." in told
    assert len(await world.found(odile, by=doctor)) == 2
    await clean(page)
    await page.get_by_role("link", name="Cachés").click()
    assert await page.locator("tbody tr").count() == 1
    # And in an emergency, or on a day before it was authorised
    await page.get_by_label("En urgence (bris de glace)").check()
    await page.get_by_role("button", name="Voir ce qui serait visible").click()
    assert "C’est une urgence, avec une raison écrite." in await main.inner_text()
    await page.get_by_label("En consultation").check()
    await page.get_by_label("Quel jour ?").fill("2020-01-01")
    await page.get_by_role("button", name="Voir ce qui serait visible").click()
    assert "aucun document" in await main.inner_text()
    # And nothing was opened: the trail says that the citizen tried
    kinds = [event.type.value for event in await world.events(odile)]
    assert kinds.count("record-simulated") == 4
