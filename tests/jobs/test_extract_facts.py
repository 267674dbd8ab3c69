"""Facts are read by a job of the deposit, once and again, and go with the document."""

import logging
import re
from importlib import resources
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from tests.builders.health import a_summary_of, allergies, an_allergy, no_allergy, read_facts
from tests.doors.world import Person, World, a_letter, a_report, a_unique_id, several

from carnet.app import Carnet, application, open_carnet
from carnet.domain.actor import SYSTEM, Actor, ActorKind
from carnet.domain.consent.model import RecordStatus
from carnet.domain.consent.record_life import erase
from carnet.domain.errors import Invalid
from carnet.domain.health import extracting, kept
from carnet.domain.health.model import EDITION, Fact
from carnet.domain.record.deletion import delete
from carnet.domain.record.erasure import erase_remains
from carnet.domain.record.stating import STRUCTURED_FILED, may_state
from carnet.domain.record.updating import DESTROY_CONTENTS
from carnet.domain.record.updating.model import UpdateTerms
from carnet.domain.record.wanted import Named
from carnet.formats.cda.facts.document import facts_of
from carnet.jobs.destroy_contents import contents_destroyer
from carnet.jobs.extract_facts import extract_backlog, fact_extractor
from carnet.jobs.worker import Worker
from carnet.settings import Settings
from carnet.storage.outbox import Job
from carnet.storage.sealing import ContentDamaged

_MIGRATION = resources.files("carnet.storage").joinpath("migrations", "0056_pre_facts_unread.sql").read_text("utf-8")
TAKEN_IN = re.search(r"^INSERT INTO health_facts .*?;$", _MIGRATION, re.MULTILINE | re.DOTALL)[0].encode()
AUTHOR = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="899900112233", profession="10")


@pytest.fixture
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


@pytest.fixture(autouse=True)
async def _nothing_asked(carnet: Carnet) -> None:
    async with carnet.database.connection() as connection:
        await connection.execute("DELETE FROM outbox")


async def asked(world: World) -> int:
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM outbox WHERE kind = %s", (STRUCTURED_FILED,))
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def rows(world: World, person: Person) -> dict[str, tuple[str, int, tuple[Fact, ...] | None]]:
    """State, edition and facts of each document read."""
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT f.logical_id, f.state, f.edition, f.body, r.wrapped_key FROM health_facts f JOIN record r USING (patient_id)"
            " WHERE patient_id = %s AND state <> 'unread'",
            (person.patient_id,),
        )
        found = await cursor.fetchall()
    told = {}
    for logical_id, state, edition, body, wrapped in found:
        key = world.carnet.services.keys.patient_key(person.patient_id, bytes(wrapped))
        facts = None if body is None else kept.read(key.open(bytes(body), kept.facts_aad(logical_id)))
        told[str(logical_id)] = (state, edition, facts)
    return told


async def test_the_facts_of_a_summary_are_kept_sealed(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_summary_of(person, allergies(an_allergy(reaction="Urticaire"))))).id
    assert await asked(world) == 1
    assert await read_facts(world) == 1
    ((found, (state, edition, facts)),) = (await rows(world, person)).items()
    assert (found, state, edition) == (document, "read", EDITION)
    assert facts is not None
    assert [(each.name, each.notes) for each in facts] == [("Pénicillines", (("Réaction", "Urticaire"),))]
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT body FROM health_facts WHERE patient_id = %s", (person.patient_id,))
        assert all(b"nicilline" not in bytes(body) for (body,) in await cursor.fetchall())


async def test_what_can_state_none_asks_for_nothing(world: World) -> None:
    person = await world.a_record()
    for bundle in (a_report(person), a_letter(person)):
        await world.deposit(bundle)
    assert await asked(world) == 0


async def test_one_job_for_a_submission_and_only_what_may_state(world: World) -> None:
    person = await world.a_record()
    bundles = (
        a_report(person),
        a_summary_of(person, no_allergy()),
        a_letter(person),
        a_summary_of(person, no_allergy()),
    )
    await world.deposit(several(person, *bundles))
    assert await asked(world) == 1
    assert await read_facts(world) == 1
    assert len(await rows(world, person)) == 2


async def test_a_refused_or_replayed_deposit_asks_for_nothing(world: World) -> None:
    person = await world.a_record()
    bundle = a_summary_of(person, no_allergy())
    await world.deposit(bundle)
    await read_facts(world)
    await world.deposit(bundle)
    assert (await world.send(a_summary_of(person, no_allergy(), cda={"birth_name": "AUTRE"}))).status_code == 422
    assert await asked(world) == 0


async def test_a_replacement_is_read_too(world: World) -> None:
    person = await world.a_record()
    former = a_unique_id()
    first = (await world.deposit(a_summary_of(person, no_allergy(), cda={"unique_id": former}))).id
    second = (
        await world.deposit(
            a_summary_of(
                person,
                allergies(an_allergy()),
                replaces={"reference": f"DocumentReference/{first}"},
                cda={"replaces": former},
            )
        )
    ).id
    assert await read_facts(world) == 2
    assert set(await rows(world, person)) == {first, second}


async def test_a_job_run_twice_keeps_one_row(world: World) -> None:
    person = await world.a_record()
    document = UUID((await world.deposit(a_summary_of(person, allergies(an_allergy())))).id)
    job = Job(person.patient_id, document, STRUCTURED_FILED, {"documents": [str(document)]}, 1)
    for _ in range(2):
        await fact_extractor(world.carnet.services.store)(job)
    assert len(await rows(world, person)) == 1


async def test_a_document_without_facts_is_noted_as_read(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_summary_of(person, ""))).id
    await read_facts(world)
    assert await rows(world, person) == {document: ("read", EDITION, None)}
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT read_at FROM health_facts WHERE logical_id = %s", (document,))
        first = await cursor.fetchall()
        await extract_backlog(world.carnet.services.store)
        cursor = await connection.execute("SELECT read_at FROM health_facts WHERE logical_id = %s", (document,))
        assert await cursor.fetchall() == first


@pytest.mark.parametrize("fault", [Invalid("xml-malformed"), RuntimeError("secret of the document")])
async def test_what_cannot_be_read_is_noted_and_not_tried_again(
    world: World, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: bytes) -> tuple[Fact, ...]:
        raise fault

    person, services = await world.a_record(), world.carnet.services
    document = (await world.deposit(a_summary_of(person, no_allergy()))).id
    with caplog.at_level(logging.WARNING):
        await extracting.extract_facts(
            services.store, person.patient_id, [UUID(document)], read=broken, clock=services.clock
        )
    assert await rows(world, person) == {document: ("unreadable", EDITION, None)}
    assert document in caplog.text
    assert "secret" not in caplog.text
    await extract_backlog(services.store)
    assert (await rows(world, person))[document][0] == "unreadable"


async def test_the_stock_is_read_wherever_it_was_stopped(world: World) -> None:
    await extract_backlog(world.carnet.services.store)
    people = [await world.a_record() for _ in range(3)]
    for person in people:
        await world.deposit(a_summary_of(person, allergies(an_allergy())))
        await world.deposit(a_report(person))
    store, clock = world.carnet.services.store, world.carnet.services.clock
    left = 2

    class Stopped(BaseException):
        pass

    def until_stopped(content: bytes) -> tuple[Fact, ...]:
        nonlocal left
        if not left:
            raise Stopped
        left -= 1
        return facts_of(content)

    with pytest.raises(Stopped):
        await extracting.extract_backlog(store, read=until_stopped, clock=clock, batch=1)
    assert sum([len(await rows(world, person)) for person in people]) == 2
    assert await extracting.extract_backlog(store, read=facts_of, clock=clock, batch=1) == 1
    assert [len(await rows(world, person)) for person in people] == [1, 1, 1]


async def test_an_earlier_edition_is_read_again(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_summary_of(person, allergies(an_allergy())))).id
    await read_facts(world)
    async with world.carnet.database.connection() as connection:
        await connection.execute("UPDATE health_facts SET edition = 0, body = NULL")
    assert await extract_backlog(world.carnet.services.store) > 0
    assert (await rows(world, person))[document][2] is not None


async def test_a_damaged_content_fails_its_job_and_not_the_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    person, store = await world.a_record(), world.carnet.services.store
    ids = [(await world.deposit(a_summary_of(person, no_allergy()))).id for _ in range(2)]
    async with world.carnet.database.connection() as connection:
        await connection.execute("DELETE FROM content WHERE logical_id = %s", (ids[0],))
    with pytest.raises(ContentDamaged):
        await extracting.extract_facts(
            store, person.patient_id, [UUID(each) for each in ids], read=facts_of, clock=world.carnet.services.clock
        )
    assert set(await rows(world, person)) == {ids[1]}
    await extract_backlog(store)
    assert ids[0] in caplog.text
    async with world.carnet.database.connection() as connection:
        await connection.execute("UPDATE document_entry SET status = 'deprecated' WHERE logical_id = %s", (ids[0],))


async def test_facts_are_destroyed_with_the_contents_of_what_is_deleted(world: World) -> None:
    person, services = await world.a_record(), world.carnet.services
    former = a_unique_id()
    first = (await world.deposit(a_summary_of(person, allergies(an_allergy()), cda={"unique_id": former}))).id
    other = (await world.deposit(a_summary_of(person, allergies(an_allergy())))).id
    second = (
        await world.deposit(
            a_summary_of(
                person, no_allergy(), replaces={"reference": f"DocumentReference/{first}"}, cda={"replaces": former}
            )
        )
    ).id
    await read_facts(world)
    terms = UpdateTerms(services.read_terms.matrix, services.clock)
    await delete(services.store, Named(logical_id=UUID(second)), actor=AUTHOR, terms=terms)
    worker = Worker(world.carnet.database, handlers={DESTROY_CONTENTS: contents_destroyer(services.store)})
    assert await worker.run_due() == 1
    assert set(await rows(world, person)) == {other}
    # The job of its deposit may come after: nothing is kept of a deleted document.
    late = Job(person.patient_id, UUID(second), STRUCTURED_FILED, {"documents": [first, second]}, 1)
    await fact_extractor(services.store)(late)
    assert set(await rows(world, person)) == {other}


async def test_a_document_deleted_while_it_is_read_keeps_nothing(world: World, database_url: str) -> None:
    person, services = await world.a_record(), world.carnet.services
    document = (await world.deposit(a_summary_of(person, allergies(an_allergy())))).id
    read: list[bytes] = []

    def deleting(content: bytes) -> tuple[Fact, ...]:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("UPDATE document_entry SET status = 'deleted' WHERE logical_id = %s", (document,))
        read.append(content)
        return facts_of(content)

    await extracting.extract_facts(
        services.store, person.patient_id, [UUID(document)], read=deleting, clock=services.clock
    )
    assert read
    assert await rows(world, person) == {}


async def test_an_erased_record_leaves_none(world: World) -> None:
    person, services = await world.a_record(), world.carnet.services
    document = (await world.deposit(a_summary_of(person, allergies(an_allergy())))).id
    await read_facts(world)
    await world.change(person, to=RecordStatus.CLOSED)
    async with services.store.database.transaction() as tx:
        await erase(tx, person.patient_id, actor=SYSTEM, keys=services.keys, at=services.clock())
    assert await erase_remains(services.store, person.patient_id)
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT 1 FROM health_facts WHERE patient_id = %s", (person.patient_id,))
        assert await cursor.fetchall() == []
    late = Job(person.patient_id, UUID(document), STRUCTURED_FILED, {"documents": [document]}, 1)
    await fact_extractor(services.store)(late)


async def test_contents_kept_in_a_folder_are_read_too(carnet: Carnet, database_url: str, tmp_path: Path) -> None:
    settings = Settings(
        home=carnet.settings.home,
        mode="demo",
        base_url="http://carnet.test",
        content_url=f"file:{tmp_path / 'contents'}",
    )
    filed = await open_carnet(settings, database_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application(filed)), base_url="http://carnet.test") as http:  # fmt: skip
        world = World(filed, http)
        person = await world.a_record()
        await world.deposit(a_summary_of(person, allergies(an_allergy())))
        await read_facts(world)
        assert len(await rows(world, person)) == 1
    await filed.close()


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"mime_type": "application/xml; charset=UTF-8"}, True),
        ({"mime_type": "application/hl7-v3+xml"}, True),
        ({"mime_type": "application/pdf"}, False),
        ({"format": "1.3.6.1.4.1.19376.1.2.3|urn:ihe:iti:xds-sd:pdf:2008"}, False),
        ({"type": "2.16.840.1.113883.6.1|11502-2"}, False),
        ({"type": "ASTM|E1762"}, False),
    ],
)
async def test_which_documents_may_state(world: World, changes: dict[str, str], may: bool) -> None:
    columns = {
        "mime_type": "text/xml", "format": "1.2.250.1.213.1.1.4.2.282|urn:asip:ci-sis:vsm:2012", "type": "1.2.250.1.213.1.1.4.12|SYNTH",
    } | changes  # fmt: skip
    assert may_state(columns) is may
    # And SQL said the same of what was there before.
    person = await world.a_record()
    document = (await world.deposit(a_summary_of(person, no_allergy(), cda={"unique_id": a_unique_id()}))).id
    async with world.carnet.database.transaction() as tx:
        await tx.execute("DELETE FROM health_facts WHERE logical_id = %s", (document,))
        await tx.execute(
            "UPDATE document_entry SET mime_type = %s, format = %s, type = %s WHERE logical_id = %s",
            (columns["mime_type"], columns["format"], columns["type"], document),
        )
        await tx.execute(TAKEN_IN)
        cursor = await tx.execute("SELECT state FROM health_facts WHERE logical_id = %s", (document,))
        assert await cursor.fetchall() == ([("unread",)] if may else [])


async def test_what_may_state_is_known_from_the_act_that_files_it(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_summary_of(person, no_allergy()))).id
    await world.deposit(a_letter(person))
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT logical_id::text, state, edition FROM health_facts WHERE patient_id = %s", (person.patient_id,))  # fmt: skip
        assert await cursor.fetchall() == [(document, "unread", 0)]
