"""A citizen reads that a professional came for the first time, then says that they no longer want to be told; an emergency still is."""

from functools import partial

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.directory import in_the_directory

from carnet.domain.access.notices import NOTICE_JOB
from carnet.domain.actor import Purpose
from carnet.jobs.notify_citizen import notify_citizen
from carnet.jobs.worker import Worker


async def test_citizen_switches_notices_off(a_site: Site, signed_in: SignIn) -> None:
    # Given a professional who came for the first time
    world, odile = a_site.world, a_site.odile
    worker = Worker(a_site.carnet.database, handlers={NOTICE_JOB: partial(notify_citizen, a_site.carnet.database)})
    one, other = await in_the_directory(a_site.carnet, ("SOLÈNE", "KERBRIAC"), ("INÈS", "KERGUELEN"))
    await world.found(odile, by=await world.a_professional(number=one, authorised_on=odile))
    await worker.run_due()
    # When the citizen arrives
    page = await signed_in("odile")
    main = page.locator("main")
    await page.get_by_role("link", name="Lire un avis").click()
    # Then they are told, and may say that it is read
    assert "La Dre Solène Kerbriac a ouvert votre carnet pour la première fois." in await main.inner_text()
    await clean(page)
    await page.get_by_role("button", name="Tout marquer comme lu").click()
    assert "Tous vos avis sont lus." in await page.get_by_role("status").inner_text()
    # And once they do not want to be told
    await page.get_by_role("link", name="Choisir ce qui m’est dit").click()
    await clean(page)
    assert await page.get_by_role("button", name="Un accès en urgence").count() == 0
    await page.get_by_role("button", name="Ne plus recevoir cet avis : La première visite d’un professionnel").click()
    assert "Vous ne recevrez plus cet avis" in await page.get_by_role("status").inner_text()
    await world.found(odile, by=await world.a_professional(number=other, authorised_on=odile))
    await worker.run_due()
    await page.goto("/avis")
    assert "Vous n’avez pas d’avis à lire." in await main.inner_text()
    # An emergency is told all the same
    await world.found(odile, by=await world.a_professional(purpose=Purpose.EMERGENCY, motive="Inconsciente"))
    await worker.run_due()
    await page.goto("/")
    assert "Regarder un accès en urgence" in await main.inner_text()
