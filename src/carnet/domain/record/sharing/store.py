"""The SQL of links: made, found by their address, tried, opened, ended."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from psycopg import errors as database_errors

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.trail import PreparedEvent
from carnet.domain.record.facts import EntryFacts, ReadFacts
from carnet.domain.record.sharing.model import Share
from carnet.domain.record.store import Moved, RecordStore
from carnet.storage.database import Connection
from carnet.storage.sealing import PatientKey
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

_COLUMNS = "s.share_id, s.documents, s.created_at, s.expires_at, s.ended_at, s.wrong_codes, s.openings, s.last_opened_at, s.body"
_CLAIM = "INSERT INTO share_claim (address, patient_id, share_id, expires_at) VALUES (%s, %s, %s, %s)"
_INSERT = """
    INSERT INTO document_share (patient_id, share_id, documents, created_at, expires_at, address, code, body)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_OF_RECORD = f"SELECT {_COLUMNS} FROM document_share s WHERE s.patient_id = %(patient)s ORDER BY s.share_id DESC"  # noqa: S608  constants only
_OF_DOCUMENT = f"""
    SELECT {_COLUMNS} FROM document_share s WHERE s.patient_id = %(patient)s AND s.documents @> ARRAY[%(document)s::uuid] ORDER BY s.share_id DESC
"""  # noqa: S608  constants only
_ONE = f"""
    SELECT r.wrapped_key, {_COLUMNS} FROM document_share s JOIN record r ON r.patient_id = s.patient_id AND r.status <> 'erased'
    WHERE s.patient_id = %(patient)s AND s.share_id = %(share)s
"""  # noqa: S608  constants only
_FIND = "SELECT patient_id, share_id FROM share_claim WHERE address = %(address)s"
# The record first, as every act: then the link, so that codes are tried one after the other.
_LOCK_RECORD = "SELECT wrapped_key FROM record WHERE patient_id = %s AND status <> 'erased' FOR UPDATE"
_TO_TRY = f"SELECT s.code, {_COLUMNS} FROM document_share s WHERE s.patient_id = %s AND s.share_id = %s FOR UPDATE"  # noqa: S608  constants only
_WRONG = "UPDATE document_share SET wrong_codes = wrong_codes + 1 WHERE patient_id = %s AND share_id = %s"
_OPENED = (
    "UPDATE document_share SET openings = openings + 1, last_opened_at = %s WHERE patient_id = %s AND share_id = %s"
)
_END = "UPDATE document_share SET ended_at = %s WHERE patient_id = %s AND share_id = %s AND ended_at IS NULL"
_DOCUMENTS = """
    SELECT e.logical_id, e.class_id, e.filed_at, e.mime_type, e.size_bytes, encode(e.hash_sha1, 'hex'), encode(e.hash_sha256, 'hex')
    FROM document_entry e WHERE e.patient_id = %(patient)s AND e.logical_id = ANY (%(documents)s)
"""


@frozen
class LinkToTry:
    """A link found by its address and locked, with the digest of its code and the key of its record."""

    share: Share
    code: bytes
    key: PatientKey


def share_aad(share_id: UUID) -> bytes:
    return b"share:" + share_id.bytes


async def write(store: RecordStore, facts: ReadFacts, share: Share, event: PreparedEvent, *, address: bytes, code: bytes) -> bool:  # fmt: skip
    """A new link, with its trace; False when its address is taken. Raises Moved: decide again; nothing was written."""
    body = facts.key.seal(_body(share), share_aad(share.share_id))
    try:
        async with store.database.transaction() as tx:
            await _trace(tx, facts, event)
            await tx.execute(_CLAIM, (address, share.patient_id, share.share_id, share.expires_at))
            await tx.execute(
                _INSERT,
                (
                    share.patient_id, share.share_id, list(share.documents), share.created_at, share.expires_at, address, code, body,
                ),
            )  # fmt: skip
    except database_errors.UniqueViolation:
        return False
    return True


async def share_at(store: RecordStore, facts: ReadFacts, address: bytes) -> Share | None:
    """The link of this record at an address; None when there is none."""
    named = await store.database.row(_FIND, {"address": address})
    return None if named is None or named[0] != facts.patient_id else await share_of(store, named[0], named[1])


async def shares_of(store: RecordStore, facts: ReadFacts, *, document: UUID | None = None) -> list[Share]:
    """Links of a record, or those that name one document; the last made first."""
    statement = _OF_RECORD if document is None else _OF_DOCUMENT
    rows = await store.database.fetch(statement, {"patient": facts.patient_id, "document": document})
    return [_share(facts.patient_id, facts.key, row) for row in rows]


async def share_of(store: RecordStore, patient_id: UUID, share_id: UUID) -> Share | None:
    """One link; None when there is no such link, or its record was erased."""
    row = await store.database.row(_ONE, {"patient": patient_id, "share": share_id})
    return None if row is None else _share(patient_id, store.keys.patient_key(patient_id, row[0]), row[1:])


async def to_try(store: RecordStore, tx: Connection, address: bytes) -> LinkToTry | None:
    """The link at this address, its record and itself locked; None when there is none."""
    named = await (await tx.execute(_FIND, {"address": address})).fetchone()
    if named is None:
        return None
    head = await (await tx.execute(_LOCK_RECORD, (named[0],))).fetchone()
    row = await (await tx.execute(_TO_TRY, (named[0], named[1]))).fetchone()
    if head is None or row is None:
        return None
    key = store.keys.patient_key(named[0], head[0])
    return LinkToTry(_share(named[0], key, row[1:]), row[0], key)


async def count_wrong(tx: Connection, link: LinkToTry, event: PreparedEvent) -> None:
    """A wrong code was tried: count it, with its trace."""
    await tx.execute(_WRONG, (link.share.patient_id, link.share.share_id))
    await audit_store.append(tx, link.share.patient_id, event)


async def count_opening(store: RecordStore, facts: ReadFacts, share_id: UUID, event: PreparedEvent) -> None:
    """What a link shows is about to be shown. Raises Moved: decide again; nothing was written."""
    async with store.database.transaction() as tx:
        await _trace(tx, facts, event)
        await tx.execute(_OPENED, (event.occurred_at, facts.patient_id, share_id))


async def end(store: RecordStore, facts: ReadFacts, share_id: UUID, event: PreparedEvent) -> bool:
    """End a link, with its trace; False when it was ended before. Raises Moved."""
    async with store.database.transaction() as tx:
        await tx.execute(_LOCK_RECORD, (facts.patient_id,))
        ended = await tx.execute(_END, (event.occurred_at, facts.patient_id, share_id))
        if ended.rowcount == 0:
            return False
        await _trace(tx, facts, event)
    return True


async def documents_of(store: RecordStore, facts: ReadFacts, named: Sequence[UUID]) -> dict[UUID, tuple[UUID, tuple[Any, ...]]]:  # fmt: skip
    """Of each of these documents that is there: its class, and the other columns of `EntryFacts`."""
    rows = await store.database.fetch(_DOCUMENTS, {"patient": facts.patient_id, "documents": list(named)})
    return {row[0]: (row[1], tuple(row[2:])) for row in rows}


def entry_facts(logical_id: UUID, access_class: Any, columns: tuple[Any, ...], behind: Sequence[Any]) -> EntryFacts:
    filed_at, mime_type, size_bytes, sha1, sha256 = columns
    return EntryFacts(logical_id, access_class, filed_at, mime_type, size_bytes, sha1, sha256, behind)


async def _trace(tx: Connection, facts: ReadFacts, event: PreparedEvent) -> None:
    changed_at = await audit_store.append(tx, facts.patient_id, event, facts_version=facts.record.facts_version)
    if changed_at is None:
        raise Moved


def _body(share: Share) -> bytes:
    maker = share.maker
    who = {"kind": maker.kind, "name": maker.name, "on_behalf_of": maker.on_behalf_of, "capacity": maker.capacity}
    ins = None if maker.ins is None else [maker.ins.oid, maker.ins.matricule]
    return orjson.dumps({"maker": {**who, "ins": ins}, "note": share.note})


def _share(patient_id: UUID, key: PatientKey, row: Sequence[Any]) -> Share:
    share_id, documents, created_at, expires_at, ended_at, wrong_codes, openings, last_opened_at, body = row
    told = orjson.loads(key.open(body, share_aad(share_id)))
    who = told["maker"]
    ins = None if who["ins"] is None else Ins(who["ins"][1], who["ins"][0])
    maker = Actor(
        ActorKind(who["kind"]), who["name"], ins=ins, on_behalf_of=who["on_behalf_of"], capacity=who["capacity"]
    )
    return Share(
        patient_id, share_id, tuple(documents), created_at, expires_at, ended_at, wrong_codes, openings, last_opened_at, maker,
        told["note"],
    )  # fmt: skip
