"""A stock taken over is as one filed document by document: listed, read, sealed, traced."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.builders.fhir import PDF, an_entry

from carnet.app import Carnet
from carnet.domain.access.model import AvailabilityStatus, Confidentiality
from carnet.domain.actor import SYSTEM, Actor, ActorKind
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType
from carnet.domain.audit.trail import open_body, read_canonical
from carnet.domain.audit.verification import verify_stream
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import Conflict, Invalid, Refused
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex
from carnet.domain.record.loading import load
from carnet.domain.record.loading.model import HeldConsent, HeldDocument, HeldRecord, HeldSubmission, LoadedRecord
from carnet.domain.record.model import AssociationKind, SubmissionSet
from carnet.domain.record.opening import read_content, search
from carnet.domain.record.search import SearchQuery
from carnet.storage.sealing import ContentDamaged
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of

AT = datetime(2026, 3, 12, 9, tzinfo=UTC)
TRAITS = InsTraits("DURAND", "MARIE", "1955-06-12", Sex.FEMALE, 'MARIE "ANNE" \\ ÈVE', "51108")


def an_ins(number: int) -> Ins:
    matricule = f"2550699{number:06d}"
    return Ins(matricule + f"{key_of(matricule):02d}", NIR_TEST)


def a_document(unique_id: str, content: bytes | None = PDF, **changes: object) -> HeldDocument:
    sent = content or PDF
    digests = {"hash_sha1": hashlib.sha1(sent).hexdigest(), "hash_sha256": hashlib.sha256(sent).hexdigest()}
    return HeldDocument(an_entry(unique_id=UniqueId(unique_id), size_bytes=len(sent), **digests, **changes), content)


def a_record(number: int, *documents: HeldDocument, status: IdentityStatus = IdentityStatus.QUALIFIED) -> HeldRecord:
    submissions = tuple(HeldSubmission(SubmissionSet(""), (document,)) for document in documents)
    return HeldRecord(
        Identity(an_ins(number), TRAITS, status), submissions, (HeldConsent(ConsentKind.GRANT, "899700000007", AT),)
    )


async def taken_over(carnet: Carnet, *records: HeldRecord, batch_records: int = 200) -> list[LoadedRecord]:
    terms = carnet.services.deposit_terms
    loading: AsyncIterator[object] = load(
        carnet.services.store, records, actor=SYSTEM, write_fiche=terms.write_fiche, write_set=terms.write_set, at=AT,
        batch_records=batch_records,
    )  # fmt: skip
    return [record async for batch in loading for record in batch]


def citizen(number: int) -> Actor:
    return Actor(ActorKind.CITIZEN, "Marie Durand", ins=an_ins(number))


async def listed(carnet: Carnet, number: int, actor: Actor | None = None) -> list[object]:
    found = await search(
        carnet.services.store, SearchQuery(), actor=actor or citizen(number), ins=an_ins(number), patient_id=None,
        parameters=(), terms=carnet.services.read_terms,
    )  # fmt: skip
    assert found.total == len(found.entries)
    return [entry.logical_id for entry in found.entries]


async def test_loaded_documents_are_listed_and_read(carnet: Carnet) -> None:
    content = b"%PDF-1.4 " + bytes(1_500_000)  # two segments
    (record,) = await taken_over(
        carnet, a_record(1, a_document("1.2.250.1.999.10.1"), a_document("1.2.250.1.999.10.2", content))
    )
    assert set(await listed(carnet, 1)) == set(record.documents)
    for logical_id, expected in zip(record.documents, (PDF, content), strict=True):
        _, held, _ = await read_content(
            carnet.services.store, logical_id, actor=citizen(1), terms=carnet.services.read_terms
        )
        assert held == expected


async def test_a_content_brought_otherwise_is_missed_only_by_reading(carnet: Carnet) -> None:
    (record,) = await taken_over(carnet, a_record(2, a_document("1.2.250.1.999.11.1", None)))
    assert await listed(carnet, 2) == list(record.documents)
    with pytest.raises(ContentDamaged):
        await read_content(
            carnet.services.store, record.documents[0], actor=citizen(2), terms=carnet.services.read_terms
        )


async def test_what_may_state_facts_of_health_waits_to_be_read(carnet: Carnet) -> None:
    summary = {
        "mime_type": "text/xml", "type": Code("SYNTH", "1.2.250.1.213.1.1.4.12", "Synthèse"),
        "format": Code("urn:asip:ci-sis:vsm:2012", "1.2.250.1.213.1.1.4.2.282", "VSM"),
    }  # fmt: skip
    (record,) = await taken_over(
        carnet, a_record(21, a_document("1.2.250.1.999.21.1"), a_document("1.2.250.1.999.21.2", b"<x/>", **summary))
    )
    async with carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT logical_id, state FROM health_facts WHERE patient_id = %s", (record.patient_id,))  # fmt: skip
        assert await cursor.fetchall() == [(record.documents[1], "unread")]


async def test_the_trail_of_a_loaded_record_holds_and_says_what_came(carnet: Carnet) -> None:
    (record,) = await taken_over(
        carnet, a_record(3, a_document("1.2.250.1.999.12.1"), a_document("1.2.250.1.999.12.2"))
    )
    async with carnet.database.transaction() as tx:
        head = await audit_store.head(tx, record.patient_id)
        assert head is not None
        assert head.wrapped_key is not None
        key = carnet.services.keys.patient_key(record.patient_id, head.wrapped_key)
        told = await verify_stream(tx, record.patient_id, key)
        assert (told.events, told.faults) == (4, ())
        events = [event async for event in audit_store.events(tx, record.patient_id)]
    assert [event.type for event in events] == [
        EventType.RECORD_OPENED, EventType.GRANT_GIVEN, EventType.DOCUMENTS_FILED, EventType.DOCUMENTS_FILED,
    ]  # fmt: skip
    last = read_canonical(open_body(events[-1].event_id, events[-1].body, key)[16:])
    assert last.documents == record.documents[1:]


async def test_a_correction_supersedes_what_it_replaces(carnet: Carnet) -> None:
    first, second = "1.2.250.1.999.34.1", "1.2.250.1.999.34.2"
    corrected = replace(a_document(second), replaces=UniqueId(first))
    (record,) = await taken_over(carnet, a_record(25, a_document(first), corrected))
    found = await search(
        carnet.services.store, SearchQuery(), actor=citizen(25), ins=an_ins(25), patient_id=None, parameters=(),
        terms=carnet.services.read_terms,
    )  # fmt: skip
    told = {entry.logical_id: (entry.status, entry.version, entry.relates_to) for entry in found.entries}
    old, new = record.documents
    assert told[old] == (AvailabilityStatus.DEPRECATED, 2, ())
    assert told[new] == (AvailabilityStatus.APPROVED, 1, ((AssociationKind.REPLACES, old),))
    async with carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT version, status, valid_from < valid_to FROM document_entry_past WHERE patient_id = %s",
            (record.patient_id,),
        )
        assert await cursor.fetchall() == [(1, "approved", True)]


async def test_what_was_replaced_is_behind_all_that_replaced_it(carnet: Carnet) -> None:
    """Whoever may not see the last version sees none, as if they had been filed one by one."""
    names = [f"1.2.250.1.999.36.{n}" for n in range(3)]
    line = [
        a_document(names[0]),
        replace(a_document(names[1]), replaces=UniqueId(names[0])),
        replace(a_document(names[2], labels=frozenset({Confidentiality.MASQUE_PS})), replaces=UniqueId(names[1])),
    ]
    doctor = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="899700000007", profession="10")
    (record,) = await taken_over(carnet, a_record(27, *line, a_document("1.2.250.1.999.36.9")))
    assert len(await listed(carnet, 27)) == 4
    assert await listed(carnet, 27, doctor) == [record.documents[3]]


@pytest.mark.parametrize("replaced", ["1.2.250.1.999.35.9", "1.2.250.1.999.35.2"])
async def test_a_correction_of_what_the_record_does_not_hold_is_refused(carnet: Carnet, replaced: str) -> None:
    second = replace(a_document("1.2.250.1.999.35.2"), replaces=UniqueId(replaced))
    with pytest.raises(Invalid, match="target-unknown"):
        await taken_over(carnet, a_record(26, a_document("1.2.250.1.999.35.1"), second))
    with pytest.raises(Refused):
        await listed(carnet, 26)


async def test_consents_come_with_the_record(carnet: Carnet) -> None:
    await taken_over(carnet, a_record(4, a_document("1.2.250.1.999.13.1")))
    doctor = Actor(ActorKind.PROFESSIONAL, "Dr Lambert", person="899700000007", profession="10")
    assert len(await listed(carnet, 4, doctor)) == 1
    with pytest.raises(Refused):
        await listed(carnet, 4, replace(doctor, person="899700000008"))


async def test_texts_are_kept_whatever_their_characters(carnet: Carnet) -> None:
    odd = 'tab\there, line\nthere, "quoted", back\\slash, {brace}, \\N'
    entry = a_document("1.2.250.1.999.14.1", reference_ids=(("", odd),))
    (record,) = await taken_over(carnet, a_record(5, entry))
    async with carnet.database.connection() as connection:
        row = await (
            await connection.execute(
                "SELECT e.reference_ids, i.given_names FROM document_entry e JOIN identity i USING (patient_id) WHERE patient_id = %s",
                (record.patient_id,),
            )
        ).fetchone()
    assert row == ([f"|{odd}"], TRAITS.given_names)


async def test_an_interrupted_loading_is_run_again(carnet: Carnet) -> None:
    first = a_record(6, a_document("1.2.250.1.999.15.1"))
    await taken_over(carnet, first)
    again = await taken_over(carnet, first, a_record(7, a_document("1.2.250.1.999.15.2")), batch_records=1)
    assert [record.ins for record in again] == [an_ins(7)]
    assert len(await listed(carnet, 6)) == 1


async def test_a_taken_unique_id_stops_its_batch_whole(carnet: Carnet) -> None:
    await taken_over(carnet, a_record(8, a_document("1.2.250.1.999.16.1")))
    with pytest.raises(Conflict, match="unique-id-taken"):
        await taken_over(
            carnet, a_record(9, a_document("1.2.250.1.999.16.2")), a_record(10, a_document("1.2.250.1.999.16.1"))
        )
    with pytest.raises(Refused):
        await listed(carnet, 9)


async def test_only_qualified_identities_open_records(carnet: Carnet) -> None:
    with pytest.raises(Refused, match="identity-not-qualified"):
        await taken_over(carnet, a_record(11, a_document("1.2.250.1.999.17.1"), status=IdentityStatus.VALIDATED))
