"""The first connection's SQL: what the insurance register says, provisional codes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.storage.database import Connection
from carnet.vocabulary.frozen import frozen

_SAVE_CONTACT = """
    INSERT INTO insured_contact AS c (patient_id, card_digests, mail, address, recorded_at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (patient_id) DO UPDATE SET
        card_digests = excluded.card_digests, mail = excluded.mail, address = excluded.address, recorded_at = excluded.recorded_at
"""
# One row whoever is named, and whether or not they exist.
_FOR_RECOGNITION = """
    SELECT r.patient_id, r.status, r.wrapped_key, c.card_digests, p.code_id, p.digest, c.mail
    FROM (SELECT %(matricule)s::text AS matricule) q
    LEFT JOIN ins_claim i ON i.matricule = q.matricule AND i.oid = ANY (%(oids)s) AND i.former_since IS NULL
    LEFT JOIN record r ON r.patient_id = i.patient_id AND r.status <> 'erased'
    LEFT JOIN insured_contact c ON c.patient_id = r.patient_id
    LEFT JOIN provisional_code p ON p.patient_id = r.patient_id AND p.ended_at IS NULL AND p.expires_at > %(at)s
    LIMIT 1
"""
_STANDING = """
    SELECT r.status, EXISTS (SELECT 1 FROM account a WHERE a.patient_id = r.patient_id AND a.activated_at IS NOT NULL),
        (SELECT max(valid_from) FROM record_period q WHERE q.patient_id = r.patient_id AND q.status = 'announced')
    FROM record r WHERE r.patient_id = %s AND r.status <> 'erased'
"""
_END_CODES = "UPDATE provisional_code SET ended_at = %s, sealed = NULL WHERE patient_id = %s AND ended_at IS NULL"
_ADD_CODE = """
    INSERT INTO provisional_code (patient_id, code_id, digest, sealed, channel, made_at, expires_at, sent_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_USE_CODE = """
    UPDATE provisional_code SET ended_at = %(at)s, used = true, sealed = NULL
    WHERE patient_id = %(patient)s AND code_id = %(code)s AND ended_at IS NULL AND expires_at > %(at)s
"""
_SENT = """
    UPDATE provisional_code SET sent_at = %(at)s, sealed = NULL, expires_at = %(expires)s
    WHERE patient_id = %(patient)s AND code_id = %(code)s AND sent_at IS NULL AND ended_at IS NULL
"""
_TO_SEND = """
    SELECT p.sealed, c.mail, r.wrapped_key FROM provisional_code p
    JOIN record r ON r.patient_id = p.patient_id AND r.status <> 'erased'
    LEFT JOIN insured_contact c ON c.patient_id = p.patient_id
    WHERE p.patient_id = %s AND p.code_id = %s AND p.ended_at IS NULL AND p.sealed IS NOT NULL
"""
_TO_POST = """
    SELECT p.patient_id, p.code_id, p.sealed, r.wrapped_key, c.address FROM provisional_code p
    JOIN record r ON r.patient_id = p.patient_id AND r.status <> 'erased'
    LEFT JOIN insured_contact c ON c.patient_id = p.patient_id
    WHERE p.channel = 'post' AND p.sent_at IS NULL AND p.ended_at IS NULL AND p.sealed IS NOT NULL
        AND (p.patient_id, p.code_id) > (%s, %s)
    ORDER BY p.patient_id, p.code_id LIMIT %s
"""
_WITHOUT_CODE = """
    SELECT r.patient_id, c.mail IS NOT NULL FROM record r LEFT JOIN insured_contact c ON c.patient_id = r.patient_id
    WHERE r.status IN ('announced', 'open') AND r.patient_id > %s
        AND NOT EXISTS (SELECT 1 FROM account a WHERE a.patient_id = r.patient_id AND a.activated_at IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM provisional_code p WHERE p.patient_id = r.patient_id)
    ORDER BY r.patient_id LIMIT %s
"""


@frozen
class RecognitionRow:
    """What a recognition is judged on; all None when the matricule names nobody."""

    patient_id: UUID | None
    status: str | None
    wrapped_key: bytes | None
    cards: Collection[bytes]
    code_id: UUID | None
    code_digest: bytes | None
    mail: bytes | None


async def for_recognition(tx: Connection, matricule: str, *, oids: Collection[str], at: datetime) -> RecognitionRow:
    row = await (
        await tx.execute(_FOR_RECOGNITION, {"matricule": matricule, "oids": sorted(oids), "at": at})
    ).fetchone()
    assert row is not None
    return RecognitionRow(row[0], row[1], row[2], row[3] or (), row[4], row[5], row[6])


async def standing(tx: Connection, patient_id: UUID) -> tuple[str, bool, datetime | None] | None:
    """Status of the record, whether its account is active, when it was announced; None when there is no such record."""
    row: tuple[str, bool, datetime | None] | None = await (await tx.execute(_STANDING, (patient_id,))).fetchone()
    return row


async def save_contact(
    tx: Connection, patient_id: UUID, *, cards: Sequence[bytes], mail: bytes | None, address: bytes | None, at: datetime
) -> None:
    await tx.execute(_SAVE_CONTACT, (patient_id, list(cards), mail, address, at))


async def add_code(
    tx: Connection, patient_id: UUID, code_id: UUID, *, digest: bytes, sealed: bytes | None, channel: str, at: datetime,
    expires_at: datetime,
) -> None:  # fmt: skip
    """A new code; whichever was alive serves no more. sealed: None when it leaves at once."""
    await tx.execute(_END_CODES, (at, patient_id))
    sent_at = at if sealed is None else None
    await tx.execute(_ADD_CODE, (patient_id, code_id, digest, sealed, channel, at, expires_at, sent_at))


async def use_code(tx: Connection, patient_id: UUID, code_id: UUID, *, at: datetime) -> bool:
    """False when it has served, was replaced, or is too old."""
    return (await tx.execute(_USE_CODE, {"patient": patient_id, "code": code_id, "at": at})).rowcount == 1


async def mark_sent(tx: Connection, patient_id: UUID, code_id: UUID, *, at: datetime, expires_at: datetime) -> bool:
    """The code has left: it is kept no more, and its time runs from now."""
    values = {"patient": patient_id, "code": code_id, "at": at, "expires": expires_at}
    return (await tx.execute(_SENT, values)).rowcount == 1


async def code_to_send(tx: Connection, patient_id: UUID, code_id: UUID) -> tuple[Any, ...] | None:
    """Sealed code, sealed mail, wrapped key."""
    return await (await tx.execute(_TO_SEND, (patient_id, code_id))).fetchone()


async def codes_to_post(tx: Connection, *, after: tuple[UUID, UUID], limit: int) -> list[tuple[Any, ...]]:
    """Patient, code, sealed code, wrapped key, sealed address."""
    return await (await tx.execute(_TO_POST, (*after, limit))).fetchall()


async def without_code(tx: Connection, *, after: UUID, limit: int) -> list[tuple[UUID, bool]]:
    """Records whose holder was never given a code, by id, and whether the register knows a mail address of theirs."""
    return [(row[0], row[1]) for row in await (await tx.execute(_WITHOUT_CODE, (after, limit))).fetchall()]
