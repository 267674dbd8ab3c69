"""The page of a record at /pro: alerts and synthesis, and no shadow of what its reader may not see."""

import re
from uuid import UUID

import pytest
from tests.builders.health import (
    PROBLEMS,
    TREATMENTS,
    a_problem,
    a_summary_of,
    a_treatment,
    allergies,
    an_allergy,
    no_allergy,
    paragraphs,
    read_facts,
)
from tests.builders.readings import a_section
from tests.doors.statements import statements
from tests.doors.world import a_report
from tests.portals.people import Browser
from tests.portals.professional.test_statements import ROOM_BYTES

from carnet.app import application
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind
from carnet.domain.record import masking
from carnet.domain.record.wanted import Named
from carnet.web.demo_people import actor_named

SILENT = "Aucune allergie n’est renseignée dans les documents que vous pouvez lire"


@pytest.fixture
async def at_work(carnet):
    """The general practitioner, signed in."""
    browser = Browser(application(carnet))
    await browser.send(await browser.open("/pro/connexion/psc"), person="medecin")
    yield browser
    await browser.close()


@pytest.fixture
async def person(world, carnet):
    doctor = await actor_named(carnet.database, "medecin")
    found = await world.a_record()
    await world.consent(found, ConsentKind.GRANT, doctor.person)
    return found


def record_of(person):
    return f"/pro/patients/{person.patient_id}"


def alerts_of(page):
    """What stands before the list, without the sealed states of addresses, which differ from page to page."""
    said = page.text.partition('class="before-desk')[2].partition('<div class="desk">')[0]
    return re.sub(r"\?e=[^#\"]*", "", said)


async def filed(world, person, *sections, **changes):
    document = (await world.deposit(a_summary_of(person, *sections, **changes))).id
    await read_facts(world)
    return document


async def test_alerts_stand_before_the_list_with_a_link_that_opens_in_place(world, person, at_work):
    document = await filed(world, person, allergies(an_allergy(reaction="Urticaire", severity="sévère")))
    page = await at_work.open(record_of(person))
    said = alerts_of(page)
    assert page.text.index("Identité du patient") < page.text.index("Alertes") < page.text.index('id="tl"')
    assert "Pénicillines" in said
    assert "Urticaire" in said
    assert SILENT not in said
    address = re.search(rf'href="({record_of(person)}/documents/{document})\?e=[^"]+#doc"', page.text)[1]
    opened = await at_work.http.get(address)
    assert 'id="doc"' in opened.text
    assert "Pénicillines" in alerts_of(opened)


async def test_silence_is_said_as_silence(world, person, at_work):
    await world.deposit(a_report(person))
    said = alerts_of(await at_work.open(record_of(person)))
    assert SILENT in said
    assert "Aucune allergie connue" not in said
    assert "<details" not in said


async def test_that_none_is_known_is_quoted_with_its_source(world, person, at_work):
    await filed(world, person, no_allergy("Aucune allergie connue à ce jour"))
    said = alerts_of(await at_work.open(record_of(person)))
    assert "« Aucune allergie connue à ce jour »" in said
    assert SILENT not in said
    assert "ne disent pas tous la même chose" not in said


async def test_a_contradiction_is_told_the_allergy_first(world, person, at_work):
    await filed(world, person, allergies(an_allergy()), created="20240101101500+0100")
    await filed(world, person, no_allergy(), created="20260101101500+0100")
    said = alerts_of(await at_work.open(record_of(person)))
    assert said.index("Pénicillines") < said.index("ne disent pas tous la même chose") < said.index("« Aucune allergie")


async def test_the_synthesis_is_folded_and_counts(world, person, at_work):
    await filed(
        world, person, a_section(paragraphs("Asthme"), a_problem(), code=PROBLEMS), a_section("", a_treatment(), code=TREATMENTS)
    )  # fmt: skip
    page = await at_work.open(record_of(person))
    assert '<details class="card synthesis"><summary>' in page.text
    assert "Problèmes actifs (1), Traitements (1)" in page.text


async def test_what_was_not_read_yet_or_cannot_be_is_named(world, person, at_work):
    document = (await world.deposit(a_summary_of(person, allergies(an_allergy())))).id
    said = alerts_of(await at_work.open(record_of(person)))
    assert "À ouvrir pour le savoir" in said
    assert document in said
    await read_facts(world)
    assert "À ouvrir pour le savoir" not in alerts_of(await at_work.open(record_of(person)))


async def test_what_is_hidden_changes_not_a_word(world, person, at_work):
    await filed(world, person, allergies(an_allergy()))
    await world.deposit(a_report(person))
    without = alerts_of(await at_work.open(record_of(person)))
    hidden = await filed(world, person, allergies(an_allergy("Latex"), an_allergy(), text="Latex"))
    seen = alerts_of(await at_work.open(record_of(person)))
    assert "Latex" in seen
    assert "Aussi dans un autre document" in seen
    services = world.carnet.services
    holder = Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)
    await masking.mask(services.store, Named(logical_id=UUID(hidden)), actor=holder, terms=services.update_terms)
    assert alerts_of(await at_work.open(record_of(person))) == without


async def test_the_trail_names_the_sources(world, person, at_work):
    document = await filed(world, person, allergies(an_allergy()), created="20200101101500+0100")
    for _ in range(32):
        await world.deposit(a_report(person))
    page = await at_work.open(record_of(person))
    listed = page.text.partition('id="tl"')[2]
    assert document not in listed
    event = [each for each in await world.events(person) if each.type is EventType.DOCUMENTS_LISTED][-1]
    assert UUID(document) in event.documents


async def test_many_facts_ask_for_no_statement_more_and_the_page_keeps_its_weight(world, person, at_work):
    asked = {}
    for count in (1, 60):
        for n in range(count):
            text = "".join(f"<paragraph>Substance {count} {n} {rank}</paragraph>" for rank in range(3))
            entries = [an_allergy(f"Substance {count} {n} {rank}") for rank in range(3)]
            await world.deposit(a_summary_of(person, allergies(*entries, text=text)))
        await read_facts(world)
        await at_work.open(record_of(person))
        async with statements() as told:
            page = await at_work.http.get(record_of(person))
        assert page.status_code == 200
        assert sum("health_facts" in each for each in told) == 1
        asked[count] = len(told)
    assert asked[1] == asked[60]
    assert "de plus dans les documents" in page.text
    assert len(page.content) < ROOM_BYTES
