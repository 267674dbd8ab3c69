"""Documents replaced before their classes named what stands behind them are put behind it by a migration."""

from importlib import resources

import httpx
import psycopg
from tests.doors.integrity import half_acts
from tests.doors.world import World, a_report

from carnet.app import Carnet

MIGRATION = resources.files("carnet.storage").joinpath("migrations", "0019_pre_lives_line.sql").read_text("utf-8")

AS_FILED_THEN = """
    WITH former AS (
        INSERT INTO access_class (
            patient_id, class_id, status, labels, type_code, class_code, owner, author_persons, author_organizations, hidden_from)
        SELECT patient_id, md5(class_id::text)::uuid, status, labels, type_code, class_code, owner, author_persons,
            author_organizations, hidden_from
        FROM access_class WHERE patient_id = %s AND successors <> '{}'
        RETURNING patient_id, class_id)
    UPDATE document_entry e SET class_id = f.class_id
    FROM former f WHERE e.patient_id = f.patient_id AND md5(e.class_id::text)::uuid = f.class_id
"""


def _migrate_again(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(MIGRATION)


async def test_a_line_filed_before_is_put_behind(carnet: Carnet, http: httpx.AsyncClient, database_url: str) -> None:
    world = World(carnet, http)
    person = await world.a_record()
    line = [(await world.deposit(a_report(person))).id]
    for labels in ([], ["MASQUE_PS"]):
        target = {"reference": f"DocumentReference/{line[-1]}"}
        line.append((await world.deposit(a_report(person, labels=labels, replaces=target))).id)
    reader = await world.a_professional(authorised_on=person)
    async with (
        carnet.database.transaction() as tx
    ):  # as they were filed then: in classes of other facts, which other names say
        await tx.execute(AS_FILED_THEN, (person.patient_id,))
    assert set(await world.found(person, by=reader)) == set(line[:2])
    _migrate_again(database_url)
    for _ in range(2):
        assert await world.found(person, by=reader) == []
        assert set(await world.found(person, by=world.a_citizen(person))) == set(line)
        _migrate_again(database_url)  # does nothing more
    async with carnet.database.connection() as connection:
        broken = await half_acts(connection)
    # The class of a middle version was renamed too: those behind it name it as it was, which says the same.
    assert set(broken) <= {"orphan classes", "replaced, and not behind what replaced it"}
