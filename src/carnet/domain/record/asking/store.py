"""The SQL of requests about documents."""

import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg import errors as database_errors

from carnet.domain.access.facts import holder_of, record_facts
from carnet.domain.access.facts_sql import CONSENTS
from carnet.domain.access.model import AccessClass, RecordFacts
from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.trail import PreparedEvent
from carnet.domain.consent.model import RecordStatus
from carnet.domain.record.asking.model import (
    CHANGES,
    DocumentRequest,
    ReceivedRequest,
    RequestKind,
    RequestStatus,
    Step,
    Verdict,
)
from carnet.domain.record.fact_rows import class_of
from carnet.domain.record.facts import ReadFacts
from carnet.domain.record.store import Moved, RecordStore
from carnet.storage.database import Connection
from carnet.storage.sealing import PatientKey
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.uuid7 import uuid7_in_order

_INSERT = """
    INSERT INTO document_request (patient_id, request_id, logical_id, kind, status, sent_at, addressees, body)
    VALUES (%s, %s, %s, %s, 'sent', %s, %s, %s)
"""
_CLAIM = "INSERT INTO request_claim (holder, request_id, patient_id) SELECT h, %s, %s FROM unnest(%s::text[]) AS q (h)"
_STEP = """
    INSERT INTO document_request_step (patient_id, request_id, step_id, status, at, body) VALUES (%s, %s, %s, %s, %s, %s)
"""
_LOCK = "SELECT 1 FROM record WHERE patient_id = %s FOR UPDATE"
_CHANGE = """
    UPDATE document_request SET status = %s WHERE patient_id = %s AND request_id = %s AND status = ANY (%s)
"""
_STEPS: LiteralString = """
    (SELECT jsonb_agg(jsonb_build_array(p.step_id, p.status, p.at, encode(p.body, 'base64')) ORDER BY p.step_id)
        FROM document_request_step p WHERE p.patient_id = q.patient_id AND p.request_id = q.request_id)
"""
_COLUMNS: LiteralString = f"q.request_id, q.logical_id, q.kind, q.status, q.sent_at, q.body, {_STEPS}"
_OF_DOCUMENT: LiteralString = f"""
    SELECT {_COLUMNS} FROM document_request q WHERE q.patient_id = %(patient)s AND q.logical_id = %(document)s
    ORDER BY q.request_id DESC
"""  # noqa: S608  constants only
_OF_RECORD: LiteralString = f"""
    SELECT {_COLUMNS} FROM document_request q WHERE q.patient_id = %(patient)s ORDER BY q.request_id DESC LIMIT %(limit)s
"""  # noqa: S608  constants only
_ANSWERED: LiteralString = """
    SELECT q.request_id, q.logical_id, e.class_id FROM document_request q
    JOIN document_entry e ON e.patient_id = q.patient_id AND e.logical_id = q.logical_id
    WHERE q.patient_id = %(patient)s AND q.status = 'answered' ORDER BY q.request_id DESC
"""
_ONE: LiteralString = f"""
    SELECT {_COLUMNS} FROM document_request q WHERE q.patient_id = %(patient)s AND q.request_id = %(request)s
"""  # noqa: S608  constants only
# Of the requests addressed to them, with the facts that each is judged on: for nearly all, a handful.
_ADDRESSED: LiteralString = f"""
    SELECT q.patient_id, q.request_id, q.logical_id, e.unique_id, split_part(e.type, '|', 2), q.kind, q.status, q.sent_at,
        r.wrapped_key, r.status, r.facts_version, {CONSENTS}, i.matricule, i.oid, i.birth_date,
        a.class_id, a.status, a.labels, a.type_code, a.class_code, a.owner, a.author_persons, a.author_organizations, a.hidden_from,
        a.successors
    FROM (SELECT DISTINCT c.patient_id, c.request_id FROM request_claim c WHERE c.holder = ANY (%(holders)s)) c
    JOIN document_request q ON q.patient_id = c.patient_id AND q.request_id = c.request_id
    JOIN document_entry e ON e.patient_id = q.patient_id AND e.logical_id = q.logical_id
    JOIN access_class a ON a.patient_id = e.patient_id AND a.class_id = e.class_id
    JOIN record r ON r.patient_id = q.patient_id
    JOIN identity i ON i.patient_id = r.patient_id AND i.valid_to IS NULL AND i.status = 'QUAL'
    WHERE q.status <> 'withdrawn' AND (%(request)s::uuid IS NULL OR q.request_id = %(request)s)
    ORDER BY q.request_id DESC LIMIT %(limit)s
"""  # noqa: S608  constants only


@frozen
class Addressed:
    """A request addressed to an actor, with the facts to judge it on."""

    patient_id: UUID
    key: PatientKey
    received: ReceivedRequest
    record: RecordFacts
    document: AccessClass


def request_aad(request_id: UUID) -> bytes:
    return b"request:" + request_id.bytes


def step_aad(step_id: UUID) -> bytes:
    return b"request step:" + step_id.bytes


async def write(
    store: RecordStore, facts: ReadFacts, request: DocumentRequest, event: PreparedEvent, *, addressees: Sequence[str]
) -> bool:
    """
    A new request, with its trace and its first step; False when one of its kind runs already about the document.

    Raises
        Moved: decide again.
    """
    patient_id, request_id = facts.patient_id, request.request_id
    sealed = facts.key.seal(request.motive.encode(), request_aad(request_id))
    try:
        async with store.database.transaction() as tx:
            await _trace(tx, facts, event)
            await tx.execute(_CLAIM, (request_id, patient_id, list(addressees)))
            await tx.execute(
                _INSERT, (patient_id, request_id, request.logical_id, request.kind, request.sent_at, list(addressees), sealed)
            )  # fmt: skip
            await _write_step(tx, patient_id, facts.key, request_id, request.steps[0])
    except database_errors.UniqueViolation:
        return False
    return True


async def change(
    store: RecordStore, patient_id: UUID, request_id: UUID, step: Step, event: PreparedEvent, *, key: PatientKey, facts_version: int,
) -> bool:  # fmt: skip
    """
    The next step of a request, with its trace; False when it does not follow from where the request stands.

    Raises
        Moved: decide again.
    """
    async with store.database.transaction() as tx:
        values = (step.status, patient_id, request_id, sorted(CHANGES[step.status]))
        await tx.execute(_LOCK, (patient_id,))  # the record first, as every act
        if (await tx.execute(_CHANGE, values)).rowcount == 0:
            return False
        changed_at = await audit_store.append(tx, patient_id, event, facts_version=facts_version)
        if changed_at is None:
            raise Moved
        await _write_step(tx, patient_id, key, request_id, step)
    return True


async def requests_of(store: RecordStore, facts: ReadFacts, logical_id: UUID) -> list[DocumentRequest]:
    """Requests about one document, the last sent first."""
    rows = await store.database.fetch(_OF_DOCUMENT, {"patient": facts.patient_id, "document": logical_id})
    return [_request(facts.patient_id, facts.key, row) for row in rows]


async def all_requests(store: RecordStore, facts: ReadFacts, *, limit: int) -> list[DocumentRequest]:
    """Requests about any document of a record, the last sent first."""
    rows = await store.database.fetch(_OF_RECORD, {"patient": facts.patient_id, "limit": limit})
    return [_request(facts.patient_id, facts.key, row) for row in rows]


async def answered(store: RecordStore, patient_id: UUID) -> list[tuple[UUID, UUID, UUID]]:
    """Requests that an author answered and the patient did not close: request, document, its class."""
    return [(row[0], row[1], row[2]) for row in await store.database.fetch(_ANSWERED, {"patient": patient_id})]


async def one(store: RecordStore, patient_id: UUID, key: PatientKey, request_id: UUID) -> DocumentRequest | None:
    row = await store.database.row(_ONE, {"patient": patient_id, "request": request_id})
    return None if row is None else _request(patient_id, key, row)


async def addressed_to(
    store: RecordStore, actor: Actor, *, at: datetime, request_id: UUID | None = None, limit: int
) -> list[Addressed]:
    """Requests addressed to this actor or the structure they act for, withdrawn ones left out; the last sent first."""
    holders = [each for each in (actor.person, actor.organization) if each is not None]
    values = {
        "holders": holders, "request": request_id, "limit": limit, "at": at, "person": holder_of(actor),
        "organization": actor.organization,
    }  # fmt: skip
    rows = await store.database.fetch(_ADDRESSED, values)
    return [_addressed(store, actor, row, at) for row in rows]


def _addressed(store: RecordStore, actor: Actor, row: Sequence[Any], at: datetime) -> Addressed:
    patient_id, request_id, logical_id, unique_id, type_code, kind, status, sent_at = row[:8]
    wrapped, record_status, version, consents, matricule, oid, birth_date = row[8:15]
    record = record_facts(
        actor, Ins(matricule, oid), status=RecordStatus(record_status), consents=consents, facts_version=version, at=at,
        birth_date=birth_date, terms=store.fact_terms,
    )  # fmt: skip
    received = ReceivedRequest(
        request_id, logical_id, unique_id, type_code, RequestKind(kind), RequestStatus(status), sent_at
    )
    return Addressed(patient_id, store.keys.patient_key(patient_id, wrapped), received, record, class_of(row[15:]))


async def _trace(tx: Connection, facts: ReadFacts, event: PreparedEvent) -> None:
    changed_at = await audit_store.append(tx, facts.patient_id, event, facts_version=facts.record.facts_version)
    if changed_at is None:
        raise Moved


async def _write_step(tx: Connection, patient_id: UUID, key: PatientKey, request_id: UUID, step: Step) -> None:
    told = {"by": step.by, "text": step.text, "verdict": step.verdict}
    sealed = key.seal(orjson.dumps(told), step_aad(step.step_id))
    await tx.execute(_STEP, (patient_id, request_id, step.step_id, step.status, step.at, sealed))


def _request(patient_id: UUID, key: PatientKey, row: Sequence[Any]) -> DocumentRequest:
    request_id, logical_id, kind, status, sent_at, body, steps = row
    motive = key.open(body, request_aad(request_id)).decode()
    return DocumentRequest(
        patient_id, request_id, logical_id, RequestKind(kind), RequestStatus(status), sent_at, motive,
        [_step(key, each) for each in steps or ()],
    )  # fmt: skip


def _step(key: PatientKey, row: Sequence[Any]) -> Step:
    step_id = UUID(row[0])
    told = orjson.loads(key.open(binascii.a2b_base64(row[3]), step_aad(step_id)))
    verdict = None if told["verdict"] is None else Verdict(told["verdict"])
    return Step(step_id, RequestStatus(row[1]), datetime.fromisoformat(row[2]), told["by"], verdict, told["text"])


def new_step(status: RequestStatus, *, at: datetime, by: str, verdict: Verdict | None = None, text: str = "") -> Step:
    return Step(uuid7_in_order(), status, at, by, verdict, text)
