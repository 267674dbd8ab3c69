"""A citizen asks the author of a document to correct it, and follows where the request stands."""

from uuid import UUID

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.doors.world import a_letter

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.record.asking.answering import answer_request, requests_for
from carnet.domain.record.asking.model import Verdict


async def author_of(site: Site, document: str) -> Actor:
    async with site.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT a.author_persons[1] FROM document_entry e JOIN access_class a USING (patient_id, class_id) WHERE e.logical_id = %s",
            (document,),
        )
        row = await cursor.fetchone()
    assert row is not None
    return Actor(ActorKind.PROFESSIONAL, "Dr Alix Fictif", person=row[0], profession="10")


async def test_citizen_asks_for_a_correction(a_site: Site, signed_in: SignIn) -> None:
    # Given a letter that holds an error
    document = (await a_site.world.deposit(a_letter(a_site.odile))).id
    services = a_site.carnet.services
    page = await signed_in("odile")
    await page.goto(f"/documents/{document}")
    await page.get_by_role("link", name="Demander à l’auteur de corriger ou de retirer").click()
    # When the citizen forgets to say what they ask, nothing that they wrote is lost
    await page.get_by_label("Qu’est-ce qui ne va pas ?").fill("Ce n’est pas mon traitement.")
    await page.get_by_role("button", name="Envoyer ma demande").click()
    assert "Choisissez ce que vous demandez." in await page.get_by_role("alert").inner_text()
    await clean(page)
    assert await page.get_by_label("Qu’est-ce qui ne va pas ?").input_value() == "Ce n’est pas mon traitement."
    await page.get_by_label("Corriger ce document").check()
    await page.get_by_role("button", name="Envoyer ma demande").click()
    # Then they see that it is sent, and until when an answer is due
    main = page.locator("main")
    assert "Votre demande est envoyée" in await main.inner_text()
    assert "Une réponse vous est due avant le" in await main.inner_text()
    await clean(page)
    # And, once the author answered, what they said
    author = await author_of(a_site, document)
    (request,) = await requests_for(services.store, actor=author, terms=services.read_terms)
    assert request.logical_id == UUID(document)
    await answer_request(
        services.store, request.request_id, Verdict.ACCEPTED, "Vous avez raison, je corrige.", actor=author, terms=services.read_terms
    )  # fmt: skip
    await page.goto("/documents/suivi")
    assert "Une réponse attend d’être lue." in await main.inner_text()
    await clean(page)
    await page.goto(f"/documents/{document}")
    assert "Vous avez raison, je corrige." in await main.inner_text()
    await page.get_by_role("button", name="C’est réglé, clore la demande").click()
    assert "Votre demande est close." in await main.inner_text()
