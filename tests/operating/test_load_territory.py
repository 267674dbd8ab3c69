"""A large territory is taken over as it would have been fed: the same documents, relations, decisions and traces."""

from collections.abc import Iterator
from datetime import date

import pytest

from carnet.app import Carnet
from carnet.document_types.table import DocumentTypes
from carnet.domain.access.model import AvailabilityStatus
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.verification import verify_stream
from carnet.domain.record.opening import read_content, search
from carnet.domain.record.search import SearchQuery
from carnet.operating.load_territory import Stock, load_territory
from carnet.territory.invent import Territory, invent
from carnet.territory.model import Citizen, InventedDocument

TODAY = date(2026, 3, 12)
DOCUMENTS = 260


@pytest.fixture(scope="module")
def territory() -> Territory:
    return invent(7, citizens=40, documents=DOCUMENTS, today=TODAY)


async def loaded(carnet: Carnet, territory: Territory, *, part: int = 0, parts: int = 1) -> list[int]:
    return [count async for count in load_territory(carnet, territory, part=part, parts=parts)]


def documents_of(territory: Territory, citizen: Citizen) -> Iterator[InventedDocument]:
    return (document for document in territory.documents() if document.citizen.index == citizen.index)


async def test_a_territory_is_loaded_by_parts_once_and_verified(carnet: Carnet, territory: Territory) -> None:
    first = await loaded(carnet, territory, part=0, parts=2)
    assert first[0] == 0
    again = await loaded(carnet, territory, part=0, parts=2)
    assert again == [sum(first)], "what is held is told, and not written again"
    second = await loaded(carnet, territory, part=1, parts=2)
    assert sum(first) + sum(second) == DOCUMENTS
    async with carnet.database.transaction() as tx:
        cursor = await tx.execute("SELECT count(*), count(*) FILTER (WHERE status = 'deprecated') FROM document_entry")
        row = await cursor.fetchone()
        corrected = sum(document.replaces is not None for document in territory.documents())
        assert row == (DOCUMENTS, corrected)
        assert corrected
        keys = {}
        cursor = await tx.execute("SELECT patient_id, wrapped_key FROM record")
        async for patient_id, wrapped in cursor:
            keys[patient_id] = carnet.services.keys.patient_key(patient_id, wrapped)
        assert len(keys) == 40
        for patient_id, key in keys.items():
            assert (await verify_stream(tx, patient_id, key)).faults == ()


async def test_a_record_shows_what_was_invented_for_it(carnet: Carnet, territory: Territory) -> None:
    await loaded(carnet, territory)
    corrected = next(document for document in territory.documents() if document.replaces is not None)
    citizen = corrected.citizen
    actor = Actor(ActorKind.CITIZEN, citizen.spelled_name, ins=citizen.identity.ins)
    terms = carnet.services.read_terms
    found = await search(
        carnet.services.store, SearchQuery(count=200), actor=actor, ins=citizen.identity.ins, patient_id=None,
        parameters=(), terms=terms,
    )  # fmt: skip
    invented = list(documents_of(territory, citizen))
    assert found.total == sum("INVISIBLE_PATIENT" not in document.labels for document in invented)
    replacing = next(entry for entry in found.entries if entry.relates_to)
    ((_, target),) = replacing.relates_to
    replaced = next(entry for entry in found.entries if entry.logical_id == target)
    assert (replaced.status, replaced.version) == (AvailabilityStatus.DEPRECATED, 2)
    _, content, _ = await read_content(carnet.services.store, replacing.logical_id, actor=actor, terms=terms)
    assert content in {document.content for document in invented if document.replaces is not None}


def test_the_parts_make_the_whole_and_the_same_documents(territory: Territory) -> None:
    fed = {document.unique_id for document in territory.documents()}
    held = [
        submission.documents[0].entry.unique_id
        for part in range(3)
        for record in Stock(territory, DocumentTypes.load(), part=part, parts=3).records()
        for submission in record.submissions
    ]
    assert len(held) == len(fed)
    assert set(held) == fed
