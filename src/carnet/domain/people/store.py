"""Identities' SQL: the claim on a matricule, the identity in force."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from carnet.domain.people.model import Identity, IdentityAttribute, IdentityStatus, InsTraits, Sex
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.uuid7 import uuid7

Connection = AsyncConnection[Any]

IDENTITY_COLUMNS = (
    "i.matricule, i.oid, i.status, i.attributes, i.birth_name, i.first_given_name, i.given_names, i.birth_date, i.sex, "
    "i.birth_place, i.used_name, i.used_given_name"
)

_CLAIM = "INSERT INTO ins_claim (matricule, oid, patient_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_HOLDER = "SELECT patient_id FROM ins_claim WHERE matricule = %s AND oid = %s"
_INSERT = """
    INSERT INTO identity (
        patient_id, identity_id, matricule, oid, status, attributes, birth_name, first_given_name, given_names, birth_date, sex,
        birth_place, used_name, used_given_name, valid_from, recorded_at, recorded_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_CURRENT = f"SELECT {IDENTITY_COLUMNS} FROM identity i WHERE i.patient_id = %s AND i.valid_to IS NULL"  # noqa: S608  a constant list of columns


@dataclass(frozen=True, slots=True)
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


async def record_identity(
    connection: Connection, patient_id: UUID, identity: Identity, *, at: datetime, recorded_by: str
) -> None:
    """Write a first identity, in force from now."""
    traits = identity.traits
    await connection.execute(
        _INSERT,
        (
            patient_id, uuid7(), identity.ins.matricule, identity.ins.oid, identity.status, sorted(identity.attributes),
            traits.birth_name, traits.first_given_name, traits.given_names, traits.birth_date, traits.sex, traits.birth_place,
            identity.used_name, identity.used_given_name, at, at, recorded_by,
        ),
    )  # fmt: skip


async def current_identity(connection: Connection, patient_id: UUID) -> Identity | None:
    row = await (await connection.execute(_CURRENT, (patient_id,))).fetchone()
    return None if row is None else IdentityRow(row).identity()
