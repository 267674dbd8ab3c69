"""The SQL of drafts. A draft older than its day is as if it were not, whether the broom has passed or not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection

from carnet.domain.record.drafts.model import Draft, Known, NewPart, Part, Shape
from carnet.storage.sealing import PatientKey

Connection = AsyncConnection[Any]

_FORGET_OLD = "DELETE FROM draft WHERE patient_id = %s AND begun_at < %s"
_DRAFTS = """
    SELECT draft_id, begun_at, fields, logical_id FROM draft
    WHERE patient_id = %(patient)s AND drafter = %(drafter)s AND begun_at >= %(since)s AND (%(draft)s::uuid IS NULL OR draft_id = %(draft)s)
    ORDER BY begun_at DESC, draft_id
"""
_PARTS = """
    SELECT part_id, about, size_bytes FROM draft_part WHERE patient_id = %s AND draft_id = %s ORDER BY position, part_id
"""
_BODIES = "SELECT body FROM draft_part WHERE patient_id = %s AND draft_id = %s ORDER BY position, part_id"
_THUMBNAIL = """
    SELECT p.thumbnail FROM draft_part p JOIN draft d ON d.patient_id = p.patient_id AND d.draft_id = p.draft_id
    WHERE p.patient_id = %s AND p.draft_id = %s AND p.part_id = %s AND d.drafter = %s
"""
_WEIGHT = """
    SELECT coalesce(sum(p.size_bytes), 0) FROM draft_part p JOIN draft d ON d.patient_id = p.patient_id AND d.draft_id = p.draft_id
    WHERE p.patient_id = %s AND d.drafter = %s
"""
_SAVE = """
    INSERT INTO draft (patient_id, draft_id, begun_at, fields, drafter) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (patient_id, draft_id) DO UPDATE SET fields = excluded.fields WHERE draft.drafter = excluded.drafter
"""
_ADD = """
    INSERT INTO draft_part (patient_id, draft_id, part_id, position, size_bytes, about, thumbnail, body)
    VALUES (%s, %s, %s, %s, %s, %b, %b, %b) ON CONFLICT DO NOTHING
"""
_KEEP_ONLY = "DELETE FROM draft_part WHERE patient_id = %s AND draft_id = %s AND part_id <> ALL (%s)"
_PLACE = """
    UPDATE draft_part p SET position = o.position FROM unnest(%s::uuid[]) WITH ORDINALITY o (part_id, position)
    WHERE p.patient_id = %s AND p.draft_id = %s AND p.part_id = o.part_id
"""
_DISCARD = "DELETE FROM draft WHERE patient_id = %s AND draft_id = %s AND drafter = %s"
_SETTLE = "UPDATE draft SET logical_id = %s WHERE patient_id = %s AND draft_id = %s"
_EMPTY = "DELETE FROM draft_part WHERE patient_id = %s AND draft_id = %s"
_REMEMBER = "INSERT INTO added_file (patient_id, digest, logical_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_CARRY_OVER = """
    INSERT INTO added_file (patient_id, digest, logical_id)
    SELECT patient_id, digest, %s FROM added_file WHERE patient_id = %s AND logical_id = %s ON CONFLICT DO NOTHING
"""
# What was deleted may be added again; of a document that was corrected, the last version is told.
_KNOWN = """
    SELECT e.logical_id, e.filed_at FROM added_file f
    JOIN document_entry e ON e.patient_id = f.patient_id AND e.logical_id = f.logical_id
    WHERE f.patient_id = %s AND f.digest = %s AND e.status IN ('approved', 'archived')
    ORDER BY e.filed_at DESC LIMIT 1
"""


async def forget_old(tx: Connection, patient_id: UUID, *, before: datetime) -> None:
    await tx.execute(_FORGET_OLD, (patient_id, before))


async def drafts(
    tx: Connection, patient_id: UUID, *, drafter: str, since: datetime, key: PatientKey, draft_id: UUID | None = None
) -> list[Draft]:
    """Their own, begun since then, the last first; or the one of this id."""
    values = {"patient": patient_id, "drafter": drafter, "since": since, "draft": draft_id}
    rows = await (await tx.execute(_DRAFTS, values)).fetchall()
    found = []
    for known_id, begun_at, fields, logical_id in rows:
        parts = await (await tx.execute(_PARTS, (patient_id, known_id))).fetchall()
        typed = orjson.loads(key.open(fields, _fields_aad(known_id)))
        shapes = (
            Part(part_id, Shape(**orjson.loads(key.open(about, _part_aad(known_id, part_id, b"about")))), size)
            for part_id, about, size in parts
        )
        found.append(Draft(known_id, begun_at, typed, tuple(shapes), logical_id))
    return found


async def bodies(tx: Connection, patient_id: UUID, draft: Draft, *, key: PatientKey) -> list[bytes]:
    """The bytes of each part, in their order."""
    rows = await (await tx.execute(_BODIES, (patient_id, draft.draft_id))).fetchall()
    return [
        key.open(body, _part_aad(draft.draft_id, part.part_id, b"body"))
        for part, (body,) in zip(draft.parts, rows, strict=True)
    ]


async def thumbnail(
    tx: Connection, patient_id: UUID, draft_id: UUID, part_id: UUID, *, drafter: str, key: PatientKey
) -> bytes | None:
    row = await (await tx.execute(_THUMBNAIL, (patient_id, draft_id, part_id, drafter))).fetchone()
    return None if row is None or row[0] is None else key.open(row[0], _part_aad(draft_id, part_id, b"thumbnail"))


async def weight(tx: Connection, patient_id: UUID, *, drafter: str) -> int:
    """Bytes of all the parts of their drafts."""
    row = await (await tx.execute(_WEIGHT, (patient_id, drafter))).fetchone()
    return 0 if row is None else int(row[0])


async def save(
    tx: Connection, patient_id: UUID, draft_id: UUID, fields: Mapping[str, str], *, drafter: str, at: datetime, key: PatientKey
) -> None:  # fmt: skip
    sealed = key.seal(orjson.dumps(dict(fields)), _fields_aad(draft_id))
    await tx.execute(_SAVE, (patient_id, draft_id, at, sealed, drafter))


async def add(
    tx: Connection, patient_id: UUID, draft_id: UUID, part: NewPart, *, position: int, key: PatientKey
) -> None:
    part_id, shape = part.id_in(draft_id), part.shape
    about = {
        "name": shape.name, "media_type": shape.media_type, "width": shape.width, "height": shape.height, "is_grey": shape.is_grey,
    }  # fmt: skip
    sealed = [
        None if plain is None else key.seal(plain, _part_aad(draft_id, part_id, what))
        for what, plain in ((b"about", orjson.dumps(about)), (b"thumbnail", part.thumbnail), (b"body", part.body))
    ]
    await tx.execute(_ADD, (patient_id, draft_id, part_id, position, len(part.body), *sealed))


async def arrange(tx: Connection, patient_id: UUID, draft_id: UUID, order: Sequence[UUID]) -> None:
    """Keep these parts, in this order, and no other."""
    await tx.execute(_KEEP_ONLY, (patient_id, draft_id, list(order)))
    await tx.execute(_PLACE, (list(order), patient_id, draft_id))


async def discard(tx: Connection, patient_id: UUID, draft_id: UUID, *, drafter: str) -> None:
    await tx.execute(_DISCARD, (patient_id, draft_id, drafter))


async def settle(tx: Connection, patient_id: UUID, draft_id: UUID, logical_id: UUID) -> None:
    """It became this document: nothing of what was sent is kept beside it."""
    await tx.execute(_SETTLE, (logical_id, patient_id, draft_id))
    await tx.execute(_EMPTY, (patient_id, draft_id))


async def remember(tx: Connection, patient_id: UUID, digest: bytes, logical_id: UUID) -> None:
    await tx.execute(_REMEMBER, (patient_id, digest, logical_id))


async def carry_over(tx: Connection, patient_id: UUID, former: UUID, logical_id: UUID) -> None:
    await tx.execute(_CARRY_OVER, (logical_id, patient_id, former))


async def known(tx: Connection, patient_id: UUID, digest: bytes) -> Known | None:
    row = await (await tx.execute(_KNOWN, (patient_id, digest))).fetchone()
    return None if row is None else Known(row[0], row[1])


def _fields_aad(draft_id: UUID) -> bytes:
    return b"draft fields" + draft_id.bytes


def _part_aad(draft_id: UUID, part_id: UUID, what: bytes) -> bytes:
    return b"draft " + what + draft_id.bytes + part_id.bytes
