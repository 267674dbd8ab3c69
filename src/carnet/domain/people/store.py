"""Identities' SQL: claims on matricules and local identifiers, the identity in force, its former periods."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from carnet.domain.people.model import (
    FormerIns,
    HeldIdentity,
    Identity,
    IdentityAttribute,
    IdentityStatus,
    InsTraits,
    LocalIdentifier,
    ReceivedIdentity,
    Sex,
)
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.uuid7 import uuid7

Connection = AsyncConnection[Any]

IDENTITY_COLUMNS: LiteralString = (
    "i.matricule, i.oid, i.status, i.attributes, i.birth_name, i.first_given_name, i.given_names, i.birth_date, i.sex, "
    "i.birth_place, i.used_name, i.used_given_name"
)

_CLAIM = "INSERT INTO ins_claim (matricule, oid, patient_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_HOLDER = "SELECT patient_id FROM ins_claim WHERE matricule = %s AND oid = %s"
_INSERT = """
    INSERT INTO identity (
        patient_id, identity_id, matricule, oid, status, attributes, birth_name, first_given_name, given_names, birth_date, sex,
        birth_place, used_name, used_given_name, validation_mode, method_collection, insi_questioned_on, validated_on, valid_from,
        recorded_at, recorded_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
# A change never begins before what it changes: a clock that steps back undoes nothing.
_END = """
    UPDATE identity SET valid_to = greatest(%s, valid_from + interval '1 microsecond')
    WHERE patient_id = %s AND valid_to IS NULL RETURNING valid_to
"""
HELD_COLUMNS: LiteralString = (
    f"i.identity_id, {IDENTITY_COLUMNS}, i.validation_mode, i.method_collection, i.insi_questioned_on, i.validated_on, "
    "i.valid_from, i.valid_to"
)
_HELD: LiteralString = f"""
    SELECT {HELD_COLUMNS}
    FROM identity i WHERE i.patient_id = %s
"""  # noqa: S608  a constant list of columns
_HELD_NOW: LiteralString = _HELD + " AND i.valid_to IS NULL"
_HISTORY: LiteralString = _HELD + " ORDER BY i.valid_from"
_HOLDERS = """
    SELECT c.matricule, c.oid, c.patient_id, c.former_since FROM ins_claim c
    JOIN unnest(%s::text[], %s::text[]) AS q (matricule, oid) ON q.matricule = c.matricule AND q.oid = c.oid
"""
_LOCAL_HOLDER = "SELECT patient_id FROM local_identifier_claim WHERE value = %s AND system = %s"
_CLAIM_FORMER = (
    "INSERT INTO ins_claim (matricule, oid, patient_id, former_since) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_CEASE = "UPDATE ins_claim SET former_since = %s WHERE patient_id = %s AND matricule = %s AND oid = %s AND former_since IS NULL"
_STILL_NAMING = """
    SELECT c.matricule, c.oid FROM ins_claim c
    JOIN (
        SELECT value AS matricule, system AS oid FROM person_identifier WHERE patient_id = %(patient)s AND kind = 'former-matricule'
        UNION SELECT matricule, oid FROM identity WHERE patient_id = %(patient)s AND valid_to IS NOT NULL AND matricule IS NOT NULL
    ) f ON f.matricule = c.matricule AND f.oid = c.oid
    WHERE c.patient_id = %(patient)s AND c.former_since > %(former_after)s
"""
_CEASE_OTHERS = """
    UPDATE ins_claim c SET former_since = %(at)s FROM identity i
    WHERE i.patient_id = %(patient)s AND i.matricule = c.matricule AND i.oid = c.oid AND c.patient_id = %(patient)s
        AND c.former_since IS NULL AND (c.matricule, c.oid) <> (%(matricule)s, %(oid)s)
"""
_COUNT_IDENTIFIERS = "SELECT count(*) FROM person_identifier WHERE patient_id = %s"
_RELEASE = "DELETE FROM ins_claim WHERE patient_id = %s AND matricule = %s AND oid = %s"
_FORGET_FORMER = """
    DELETE FROM person_identifier WHERE patient_id = %s AND kind = 'former-matricule' AND value = %s AND system = %s
"""
_RESUME = "UPDATE ins_claim SET former_since = NULL WHERE patient_id = %s AND matricule = %s AND oid = %s"
_CLAIM_LOCAL = (
    "INSERT INTO local_identifier_claim (value, system, patient_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
)
_IDENTIFIER = """
    INSERT INTO person_identifier (patient_id, kind, value, system, since, until, recorded_at, recorded_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_FORMER = """
    SELECT value, system, since, until FROM person_identifier WHERE patient_id = %s AND kind = 'former-matricule'
    ORDER BY recorded_at, value
"""
_CURRENT = (
    f"SELECT {IDENTITY_COLUMNS} FROM identity i WHERE i.patient_id = %s AND i.valid_to IS NULL AND i.status = 'QUAL'"  # noqa: S608  a constant list of columns
)


@frozen
class IdentityRow:
    """Positions of IDENTITY_COLUMNS in a wider row."""

    values: tuple[Any, ...]

    def identity(self) -> Identity:
        v = self.values
        return Identity(
            ins=Ins(v[0], v[1]),
            status=IdentityStatus(v[2]),
            attributes=frozenset(map(IdentityAttribute, v[3])),
            traits=InsTraits(v[4], v[5], v[7], Sex(v[8]), v[6], v[9]),
            used_name=v[10],
            used_given_name=v[11],
        )


async def claim(connection: Connection, ins: Ins, patient_id: UUID) -> UUID:
    """Claim a matricule. Gives who holds it: patient_id, or whoever held it already."""
    await connection.execute(_CLAIM, (ins.matricule, ins.oid, patient_id))
    holder = await holder_of(connection, ins)
    assert holder is not None
    return holder


async def holder_of(connection: Connection, ins: Ins) -> UUID | None:
    """The patient who holds this matricule, or None."""
    row = await (await connection.execute(_HOLDER, (ins.matricule, ins.oid))).fetchone()
    return None if row is None else row[0]


async def write_identity(
    connection: Connection, patient_id: UUID, identity: ReceivedIdentity, *, since: datetime, at: datetime, recorded_by: str
) -> None:  # fmt: skip
    """Write an identity in force from `since`, recorded at `at`; the one before has been ended."""
    traits, ins = identity.traits, identity.ins
    await connection.execute(
        _INSERT,
        (
            patient_id, uuid7(), None if ins is None else ins.matricule, None if ins is None else ins.oid, identity.status,
            sorted(identity.attributes), traits.birth_name, traits.first_given_name, traits.given_names, traits.birth_date,
            traits.sex, traits.birth_place, identity.used_name, identity.used_given_name, identity.validation_mode,
            identity.method_collection, identity.insi_questioned_on, identity.validated_on, since, at, recorded_by,
        ),
    )  # fmt: skip


async def end_identity(connection: Connection, patient_id: UUID, *, at: datetime) -> datetime:
    """End the identity in force; gives the instant at which the next one begins."""
    row = await (await connection.execute(_END, (at, patient_id))).fetchone()
    assert row is not None
    ended: datetime = row[0]
    return ended


async def held_identity(connection: Connection, patient_id: UUID) -> HeldIdentity | None:
    """The identity in force, qualified or not."""
    row = await (await connection.execute(_HELD_NOW, (patient_id,))).fetchone()
    return None if row is None else held_of(row)


async def history(connection: Connection, patient_id: UUID) -> list[HeldIdentity]:
    """Every identity of a record, the oldest first."""
    return [held_of(row) for row in await (await connection.execute(_HISTORY, (patient_id,))).fetchall()]


def held_of(row: tuple[Any, ...]) -> HeldIdentity:
    """A row of HELD_COLUMNS."""
    return HeldIdentity(
        identity_id=row[0],
        ins=None if row[1] is None else Ins(row[1], row[2]),
        status=IdentityStatus(row[3]),
        attributes=frozenset(map(IdentityAttribute, row[4])),
        traits=InsTraits(row[5], row[6], row[8], Sex(row[9]), row[7], row[10]),
        used_name=row[11],
        used_given_name=row[12],
        validation_mode=row[13],
        method_collection=row[14],
        insi_questioned_on=row[15],
        validated_on=row[16],
        valid_from=row[17],
        valid_to=row[18],
    )


@frozen
class Claim:
    """Who holds a matricule. former_since: when it ceased to be theirs, or None."""

    patient_id: UUID
    former_since: datetime | None


async def holders_of(connection: Connection, inses: Sequence[Ins]) -> dict[Ins, Claim]:
    """Who holds each of these matricules, those that are held."""
    cursor = await connection.execute(_HOLDERS, ([i.matricule for i in inses], [i.oid for i in inses]))
    return {Ins(row[0], row[1]): Claim(row[2], row[3]) for row in await cursor.fetchall()}


async def local_holder(connection: Connection, local: LocalIdentifier) -> UUID | None:
    """The patient whom a source names so, or None."""
    row = await (await connection.execute(_LOCAL_HOLDER, (local.value, local.system))).fetchone()
    return None if row is None else row[0]


async def claim_local(
    connection: Connection, patient_id: UUID, local: LocalIdentifier, *, at: datetime, recorded_by: str
) -> UUID:
    """Keep how a source names the patient. Gives who is named so: patient_id, or whoever was already."""
    await connection.execute(_CLAIM_LOCAL, (local.value, local.system, patient_id))
    holder = await local_holder(connection, local)
    assert holder is not None
    if holder == patient_id:
        await connection.execute(
            _IDENTIFIER, (patient_id, "local", local.value, local.system, None, None, at, recorded_by)
        )
    return holder


async def claim_former(
    connection: Connection, patient_id: UUID, former: FormerIns, *, at: datetime, recorded_by: str
) -> UUID:
    """Keep a former matricule. Gives who holds it: patient_id, or whoever held it already."""
    ins = former.ins
    await connection.execute(_CLAIM_FORMER, (ins.matricule, ins.oid, patient_id, at))
    holder = await holder_of(connection, ins)
    assert holder is not None
    if holder == patient_id:
        await connection.execute(_CEASE, (at, patient_id, ins.matricule, ins.oid))
        await connection.execute(
            _IDENTIFIER,
            (patient_id, "former-matricule", ins.matricule, ins.oid, former.since, former.until, at, recorded_by),
        )
    return holder


async def release(connection: Connection, patient_id: UUID, ins: Ins) -> bool:
    """The matricule is no longer the patient's; False when it was not. Former periods of the identity keep it."""
    released = await connection.execute(_RELEASE, (patient_id, ins.matricule, ins.oid))
    await connection.execute(_FORGET_FORMER, (patient_id, ins.matricule, ins.oid))
    return released.rowcount == 1


async def resume(connection: Connection, patient_id: UUID, ins: Ins) -> None:
    """A former matricule of the patient is theirs again."""
    await connection.execute(_RESUME, (patient_id, ins.matricule, ins.oid))


async def cease_others(connection: Connection, patient_id: UUID, ins: Ins, *, at: datetime) -> None:
    """Every other matricule that the patient ever had is a former one."""
    values = {"at": at, "patient": patient_id, "matricule": ins.matricule, "oid": ins.oid}
    await connection.execute(_CEASE_OTHERS, values)


async def identifier_count(connection: Connection, patient_id: UUID) -> int:
    """How many former matricules and local identifiers are kept of the patient."""
    row = await (await connection.execute(_COUNT_IDENTIFIERS, (patient_id,))).fetchone()
    assert row is not None
    count: int = row[0]
    return count


async def still_naming(connection: Connection, patient_id: UUID, *, former_after: datetime) -> frozenset[Ins]:
    """The former matricules of a patient that ceased to be theirs after this instant."""
    cursor = await connection.execute(_STILL_NAMING, {"patient": patient_id, "former_after": former_after})
    return frozenset(Ins(row[0], row[1]) for row in await cursor.fetchall())


async def former_matricules(connection: Connection, patient_id: UUID) -> tuple[FormerIns, ...]:
    """The former matricules of a patient, the first recorded first."""
    rows = await (await connection.execute(_FORMER, (patient_id,))).fetchall()
    return tuple(FormerIns(Ins(row[0], row[1]), row[2], row[3]) for row in rows)


async def current_identity(connection: Connection, patient_id: UUID) -> Identity | None:
    """The identity that indexes the record; None when there is none, or when it is not qualified any more."""
    row = await (await connection.execute(_CURRENT, (patient_id,))).fetchone()
    return None if row is None else IdentityRow(row).identity()
