"""Drafts: bounded, sealed, gone in a day, and kept by nobody but who may feed the record."""

from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from tests.doors.world import Person, World

from carnet.app import Carnet
from carnet.domain.actor import SYSTEM, Actor, ActorKind
from carnet.domain.errors import Invalid, Refused
from carnet.domain.record.drafts import keeping
from carnet.domain.record.drafts.model import LIFETIME, MAX_PARTS, Draft, NewPart, Shape
from carnet.domain.record.drafts.settling import known_already
from carnet.jobs.apply_retention import apply_retention


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


@pytest.fixture
async def person(world: World) -> Person:
    return await world.a_record()


def a_page(n: int, size: int = 10) -> NewPart:
    return NewPart(Shape(f"{n}.jpg", "image/jpeg", 10, 20), b"%08d" % n * size, b"small")


class Drafting:
    """The verbs, by one person on one record."""

    def __init__(self, world: World, person: Person, actor: Actor | None = None) -> None:
        services = world.carnet.services
        self.where = (services.rights, person.patient_id)
        self.by = {
            "actor": actor or Actor(ActorKind.CITIZEN, "Odile", ins=person.ins),
            "terms": services.rights_terms,
        }

    async def keep(self, draft_id: UUID, *parts: NewPart, order: list[UUID] | None = None, **fields: str) -> Draft:
        return await keeping.keep_draft(*self.where, draft_id, fields=fields, added=parts, order=order, **self.by)

    async def find(self, draft_id: UUID) -> Draft | None:
        return await keeping.find_draft(*self.where, draft_id, **self.by)


async def test_parts_keep_their_order_and_change_it(world: World, person: Person) -> None:
    drafting, draft_id = Drafting(world, person), uuid4()
    await drafting.keep(draft_id, a_page(1), a_page(2), titre="Lettre")
    draft = await drafting.keep(draft_id, a_page(3), a_page(1), titre="Lettre")
    assert [part.shape.name for part in draft.parts] == ["1.jpg", "2.jpg", "3.jpg"]
    ids = [part.part_id for part in draft.parts]
    draft = await drafting.keep(draft_id, order=[ids[2], ids[0], uuid4()], titre="Autre")
    assert [part.shape.name for part in draft.parts] == ["3.jpg", "1.jpg"]
    assert draft.fields == {"titre": "Autre"}
    held = await keeping.read_parts(*drafting.where, draft_id, **drafting.by)
    assert held is not None
    assert held[1] == [a_page(3).body, a_page(1).body]
    assert await keeping.read_thumbnail(*drafting.where, draft_id, ids[0], **drafting.by) == b"small"
    assert await keeping.read_thumbnail(*drafting.where, draft_id, ids[1], **drafting.by) is None


async def test_nothing_of_it_is_in_clear(world: World, person: Person) -> None:
    await Drafting(world, person).keep(uuid4(), a_page(7, 100), titre="Mot secret")
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT d.fields || p.about || p.thumbnail || p.body FROM draft d JOIN draft_part p USING (patient_id, draft_id) "
            "WHERE patient_id = %s",
            (person.patient_id,),
        )
        ((sealed,),) = await cursor.fetchall()
    for word in (b"secret", b"7.jpg", b"00000007", b"small"):
        assert word not in bytes(sealed)


async def test_it_is_bounded(world: World, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    drafting, draft_id = Drafting(world, person), uuid4()
    await drafting.keep(draft_id, *(a_page(n) for n in range(MAX_PARTS)))
    with pytest.raises(Invalid, match="upload-too-many-pages"):
        await drafting.keep(draft_id, a_page(99))
    monkeypatch.setattr(keeping, "MAX_BYTES", 5_000)
    with pytest.raises(Invalid, match="drafts-full"):
        await drafting.keep(uuid4(), a_page(1, 1000))
    draft = await drafting.find(draft_id)
    assert draft is not None
    assert len(draft.parts) == MAX_PARTS


async def test_it_lives_a_day(world: World, person: Person) -> None:
    drafting, draft_id = Drafting(world, person), uuid4()
    await drafting.keep(draft_id, a_page(1))
    database = world.carnet.database
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE draft SET begun_at = begun_at - %s WHERE patient_id = %s",
            (LIFETIME + timedelta(minutes=1), person.patient_id),
        )
    assert await drafting.find(draft_id) is None
    found = await keeping.under_way(*drafting.where, **drafting.by)
    assert found.drafts == ()
    assert (await apply_retention(database))["drafts"] == 1
    assert (await world.rows(person))["draft_part"] == 0
    fresh = await drafting.keep(draft_id, a_page(2))
    assert [part.shape.name for part in fresh.parts] == ["2.jpg"]


@pytest.mark.parametrize(
    "actor",
    [SYSTEM, Actor(ActorKind.CARER, "Un aidant"), Actor(ActorKind.CITIZEN, "Quelqu’un d’autre")],
)
async def test_who_may_not_feed_the_record_keeps_no_draft(world: World, person: Person, actor: Actor) -> None:
    stranger = Drafting(world, person, actor)
    with pytest.raises(Refused):
        await stranger.keep(uuid4(), a_page(1))
    with pytest.raises(Refused):
        await stranger.find(uuid4())
    with pytest.raises(Refused):
        await known_already(*stranger.where, [b""], **stranger.by)
    assert (await world.rows(person))["draft"] == 0
