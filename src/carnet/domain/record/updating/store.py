"""SQL of changes: the facts in one statement (`facts_sql`), then the change with its trace in another; former states, for history."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson

from carnet.domain.access.model import AvailabilityStatus, Confidentiality
from carnet.domain.actor import Actor
from carnet.domain.record.fact_rows import STATUSES, class_of, lines_of
from carnet.domain.record.facts import ReadFacts
from carnet.domain.record.facts_sql import UPDATE_FACTS
from carnet.domain.record.model import AssociationKind
from carnet.domain.record.store import Moved, RecordStore, holder_values
from carnet.domain.record.updating.model import Change, HeldEntry, UpdateFacts
from carnet.domain.record.wanted import Named
from carnet.storage.database import Database
from carnet.vocabulary.uuid7 import uuid7

_UPDATE = """
    SELECT update_entries(
        %(patient)s, %(facts_version)s, %(events)s, %(types)s, %(at)s, %(commitments)b, %(bodies)b, %(claims)s,
        %(classes)s::text::jsonb, %(entries)s::text::jsonb, %(job)s, %(job_kind)s, %(job_payload)s::text::jsonb)
"""
_ERASE = """
    DELETE FROM content c USING document_entry e
    WHERE c.patient_id = %(patient)s AND c.logical_id = ANY (%(documents)s)
        AND e.patient_id = c.patient_id AND e.logical_id = c.logical_id AND e.status = 'deleted'
"""
_FORMER = """
    SELECT valid_from, status, labels, entry_uuid FROM document_entry_past
    WHERE patient_id = %(patient)s AND logical_id = %(document)s AND class_id = ANY (%(allowed)s) ORDER BY version
"""
_DELETED = """
    SELECT logical_id FROM document_entry WHERE patient_id = %(patient)s AND logical_id = ANY (%(documents)s) AND status = 'deleted'
"""


async def update_facts(store: RecordStore, actor: Actor, named: Named, *, at: datetime) -> UpdateFacts | None:
    """What a change is decided on; None when no record claims what was named."""
    values = holder_values(actor, at)
    if named.unique_id is not None:
        row = await store.database.row(UPDATE_FACTS["unique_id"], {**values, "unique_id": str(named.unique_id)})
    elif named.logical_id is not None:
        row = await store.database.row(UPDATE_FACTS["logical_id"], {**values, "entry": named.logical_id})
    else:
        row = await store.database.row(UPDATE_FACTS["entry"], {**values, "entry": named.entry})
    if row is None:
        return None
    read = store.read_facts(actor, row, at)
    logical_id, updated_at, confidentiality, entry_uuid, fiche, masked_by_patient, classes, line, past, relations = row[
        10:20
    ]
    known = [class_of(item) for item in classes or ()]
    if logical_id is None:
        return UpdateFacts(read, known, None)
    entry = HeldEntry(
        logical_id, updated_at, confidentiality, entry_uuid, fiche, class_of(row[20:], masked_by_patient=masked_by_patient),
        lines_of(line).get(logical_id, ()), past,
        [(AssociationKind(kind), UUID(target), UUID(class_id)) for kind, target, class_id in relations or ()],
    )  # fmt: skip
    return UpdateFacts(read, known, entry)


async def write_change(store: RecordStore, facts: UpdateFacts, change: Change, *, at: datetime) -> datetime:
    """
    Write a change: fiches, former states and trace, durable when it returns.

    Gives
        the instant of the change.

    Raises
    ------
        Moved: decide again; nothing was written.
    """
    kind, payload = change.job or (None, None)
    row = await store.database.write(
        _UPDATE,
        {
            "patient": facts.read.patient_id,
            "facts_version": facts.read.record.facts_version,
            "events": [event.event_id for event in change.events],
            "types": [str(event.type) for event in change.events],
            "at": at,
            "commitments": [event.commitment for event in change.events],
            "bodies": [event.body for event in change.events],
            "claims": list(change.claims),
            "classes": orjson.dumps(change.classes).decode(),
            "entries": orjson.dumps(change.entries).decode(),
            "job": None if change.job is None else uuid7(),
            "job_kind": kind,
            "job_payload": None if payload is None else orjson.dumps(payload).decode(),
        },
        patient=facts.read.patient_id,
        moves_facts=True,
    )
    if row is None or row[0] is None:
        raise Moved
    changed_at: datetime = row[0]
    return changed_at


async def erase_contents(store: RecordStore, patient_id: UUID, documents: list[UUID]) -> None:
    """Destroy the contents of these documents, those that are deleted only; harmless when it was done before."""
    values = {"patient": patient_id, "documents": documents}
    async with store.database.connection() as connection:
        cursor = await connection.execute(_DELETED, values)
        deleted = [logical_id for (logical_id,) in await cursor.fetchall()]
        await connection.execute(_ERASE, values)
    for logical_id in deleted:
        await store.contents.discard(patient_id, logical_id)


async def former_states(
    store: RecordStore, facts: ReadFacts, logical_id: UUID, *, allowed: Sequence[UUID]
) -> list[tuple[datetime, AvailabilityStatus, frozenset[Confidentiality], UUID]]:
    """Former states of these classes, the oldest first: since when, status, labels, entryUUID."""
    values = {"patient": facts.patient_id, "document": logical_id, "allowed": list(allowed)}
    return [
        (since, STATUSES[status], frozenset(map(Confidentiality, labels)), entry_uuid)
        for since, status, labels, entry_uuid in await store.database.fetch(_FORMER, values)
    ]


_KNOWN_CONTENTS = """
    SELECT e.patient_id, e.logical_id FROM document_entry e
    JOIN unnest(%s::uuid[], %s::uuid[]) AS q (patient_id, logical_id) ON q.patient_id = e.patient_id AND q.logical_id = e.logical_id
"""


async def known_contents(database: Database, owners: Sequence[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Those of these (patient, document) that have an entry: the others are orphans of acts that failed."""
    async with database.connection() as connection:
        cursor = await connection.execute(_KNOWN_CONTENTS, ([p for p, _ in owners], [d for _, d in owners]))
        return {(patient, logical) for patient, logical in await cursor.fetchall()}
