"""The simulated device, where a professional answers what their software asks."""

from tests.portals.people import heading_of


async def asked(carnet, person, message="42 A"):
    there = await carnet.providers.psc.backchannel.ask(person, message=message, channel=None)
    return there.request_id


async def test_yes_and_no(carnet, browser):
    from carnet.web.demo_people import actor_named

    doctor = await actor_named(carnet.database, "medecin")
    page = await browser.open("/demo/psc-simule/appareil")
    assert heading_of(page) == "Qui demande votre accord ?"
    assert "Personne pour l’instant" in page.text
    one = await asked(carnet, doctor.person)
    page = await browser.open("/demo/psc-simule/appareil")
    assert "Ceci n’est pas Pro Santé Connect" in page.text
    assert "Dr Claire Aubrespin" in page.text
    page = await browser.send(page, answer="oui")
    assert "Personne pour l’instant" in page.text
    found = await carnet.providers.psc.backchannel.answer(one, person=doctor.person)
    assert found.identifier == doctor.person
    other = await asked(carnet, "899900099999", "inconnue")
    page = await browser.open("/demo/psc-simule/appareil")
    assert "Une personne inconnue ici" in page.text
    await browser.send(page, answer="non")
    assert carnet.providers.psc.simulator.asked_there[other].is_refused
    assert (
        await browser.http.post("/demo/psc-simule/appareil", data={"request": "x", "answer": "oui"})
    ).status_code == 303


async def test_the_ways_lead_to_the_portal(browser):
    assert "Entrer avec Pro Santé Connect" in (await browser.open("/connexion")).text
    assert 'href="/pro/connexion/psc"' in (await browser.open("/demo/enter/medecin")).text
    assert 'href="/pro/connexion/psc"' not in (await browser.open("/demo/enter/hopital")).text
