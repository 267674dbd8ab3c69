"""The key of the next document goes on at the end of a page of the list, to the page that follows."""

import re

from tests.domain.record.browsing.test_statements import a_record_of
from tests.portals.people import Browser

from carnet.app import application
from carnet.domain.consent.model import ConsentKind
from carnet.portals.professional.record.page import PAGE
from carnet.web.demo_people import actor_named


def led_to(page, key):
    """Where the access key leads, or None when no link has it."""
    found = re.findall(rf'<a [^>]*?href="([^"]+)"[^>]*accesskey="{key}"', page.text)
    assert len(found) < 2
    return found[0].replace("&amp;", "&") if found else None


async def test_the_keys_go_through_the_whole_record_and_stop_at_its_ends(carnet, world):
    doctor = await actor_named(carnet.database, "medecin")
    person = await a_record_of(world, PAGE + 1)
    await world.consent(person, ConsentKind.GRANT, doctor.person)
    at_work = Browser(application(carnet))
    await at_work.send(await at_work.open("/pro/connexion/psc"), person="medecin")
    record = f"/pro/patients/{person.patient_id}"
    listed = await at_work.open(record)
    first = re.search(rf'href="({record}/documents/[^"]+)"', listed.text)[1].replace("&amp;", "&")
    assert led_to(listed, "n") is None
    page = await at_work.open(first)
    assert led_to(page, "p") is None
    for _ in range(PAGE - 1):
        page = await at_work.open(led_to(page, "n"))
    # the last of the first page: on to the list that follows, where one document is left
    page = await at_work.open(led_to(page, "n"))
    assert f"/documents/{first.partition('/documents/')[2][:36]}" not in page.text
    (last,) = re.findall(rf'href="({record}/documents/[^"]+)"', page.text)
    page = await at_work.open(last.replace("&amp;", "&"))
    assert led_to(page, "n") is None
    assert led_to(page, "p") is not None
    await at_work.close()
