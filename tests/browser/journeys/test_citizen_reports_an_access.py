"""A citizen does not recognise an access: they report it, follow it, and read the answer. Without JavaScript."""

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.record.reporting.answering import move_report, waiting_reports
from carnet.domain.record.reporting.model import ReportState

OPERATOR = Actor(ActorKind.OPERATOR, "Exploitant")


async def test_citizen_reports_an_access(a_site: Site, signed_in: SignIn) -> None:
    # Given an access in the history
    world, odile = a_site.world, a_site.odile
    await world.found(odile, by=await world.a_professional(authorised_on=odile))
    page = await signed_in("odile", java_script_enabled=False)
    await page.goto("/acces")
    # When they say that they do not recognise it
    await page.get_by_role("link", name="Je ne reconnais pas cet accès").first.click()
    main = page.locator("main")
    assert "Elle ne reçoit ni vos documents, ni leurs titres, ni votre nom." in await main.inner_text()
    await page.get_by_label("Votre message").fill("Je ne connais pas ce médecin.")
    await page.get_by_role("button", name="Signaler cet accès").click()
    # Then the report is followed
    assert "Votre signalement est enregistré." in await main.inner_text()
    assert "Reçu" in await main.inner_text()
    # And once the operator answered, the answer is there, and is told on the first page
    services = world.carnet.services
    (waiting,) = await waiting_reports(services.rights, actor=OPERATOR, terms=services.rights_terms)
    await move_report(
        services.rights, waiting.patient_id, waiting.report_id, ReportState.ANSWERED,
        words="Ce médecin remplaçait le vôtre ce jour-là.", actor=OPERATOR, terms=services.rights_terms,
    )  # fmt: skip
    await page.reload()
    assert "Ce médecin remplaçait le vôtre ce jour-là." in await main.inner_text()
    assert "Réponse donnée" in await main.inner_text()


async def test_the_pages_of_a_report_have_no_fault(a_site: Site, signed_in: SignIn) -> None:
    page = await signed_in("odile")
    await page.goto("/acces")
    await page.get_by_role("link", name="Je ne reconnais pas cet accès").first.click()
    await clean(page)
    await page.get_by_role("button", name="Signaler cet accès").click()
    await clean(page)
