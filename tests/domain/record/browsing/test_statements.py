"""However large the record, a page asks the database the same number of times."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.builders.fhir import an_entry
from tests.domain.record.browsing.conftest import Counting, Readers
from tests.domain.record.loading.test_loading import TRAITS, an_ins
from tests.doors.world import Person, World

from carnet.domain.actor import SYSTEM
from carnet.domain.people.model import Identity, IdentityStatus
from carnet.domain.record.browsing.model import Only
from carnet.domain.record.loading import load
from carnet.domain.record.loading.model import HeldDocument, HeldRecord, HeldSubmission
from carnet.domain.record.model import SubmissionSet
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.moments import Moment

AT = datetime(2026, 3, 12, 9, tzinfo=UTC)


async def a_record_of(world: World, count: int) -> Person:
    """A record with so many documents, a day apart."""
    documents = tuple(
        HeldDocument(an_entry(unique_id=UniqueId(f"1.2.250.1.999.{count}.{n}"), created=Moment.at(AT - timedelta(days=n)), title=f"Bilan {n}"))
        for n in range(1, count + 1)
    )  # fmt: skip
    identity = Identity(an_ins(770_000 + count), TRAITS, IdentityStatus.QUALIFIED)
    record = HeldRecord(identity, tuple(HeldSubmission(SubmissionSet(""), (each,)) for each in documents))
    terms = world.carnet.services.deposit_terms
    loading = load(
        world.carnet.services.store,
        [record],
        actor=SYSTEM,
        write_fiche=terms.write_fiche,
        write_set=terms.write_set,
        at=AT,
    )
    (loaded,) = [one async for batch in loading for one in batch]
    return Person(loaded.patient_id, identity)


async def test_the_same_statements_at_ten_documents_and_at_two_thousand(world: World, readers: Readers) -> None:
    asked: dict[int, list[int]] = {}
    for count in (10, 2_000):
        person = await a_record_of(world, count)
        reader = readers.holder(person)
        reader.counted = counted = Counting(world.carnet.database)
        asked[count] = []
        for choice in (
            None,
            {},
            {},
            {"words": "bilan 7"},
            {"words": "bilan"},
            {"year": 2026},
            {"only": frozenset({Only.UNREAD})},
        ):
            before = counted.count
            found: Any = await (reader.arrivals() if choice is None else reader.browse(count=5, **choice))
            assert found.whole == count
            asked[count].append(counted.count - before)
    assert asked[10] == asked[2_000]
    assert max(asked[10]) <= 7


@pytest.mark.parametrize("count", [50])
async def test_every_page_of_a_record_is_reached(world: World, readers: Readers, count: int) -> None:
    reader = readers.holder(await a_record_of(world, count))
    titles, after = [], None
    while True:
        page = await reader.browse(after=after, count=7)
        titles += [row.card.title for row in page.rows]
        after = page.next_page
        if after is None:
            break
    assert titles == [f"Bilan {n}" for n in range(1, count + 1)]
