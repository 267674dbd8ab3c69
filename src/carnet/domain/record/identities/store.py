"""The SQL of telling identities: the state of a record, what a source is told, and who has a birth date."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.domain.people.model import IdentityAttribute, InsTraits, LocalIdentifier, Sex
from carnet.storage.database import Connection
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

_STATE = "SELECT valid_from, motive, reason FROM record_period WHERE patient_id = %s AND valid_to IS NULL"
# What is told to a source changes with each of these rows, which are only ever added: their number is a version.
_TOLD = """
    SELECT r.wrapped_key,
        (SELECT jsonb_agg(jsonb_build_array(x.value, x.system) ORDER BY x.recorded_at, x.value) FROM person_identifier x
            WHERE x.patient_id = r.patient_id AND x.kind = 'local' AND x.recorded_by = %(source)s),
        i.changes + coalesce(x.changes, 0) + coalesce(d.changes, 0),
        greatest(i.recorded_at, x.recorded_at, d.recorded_at),
        coalesce(d.holds, FALSE)
    FROM record r,
        LATERAL (SELECT count(*) AS changes, max(recorded_at) AS recorded_at FROM identity WHERE patient_id = r.patient_id) i,
        LATERAL (SELECT count(*) AS changes, max(recorded_at) AS recorded_at FROM person_identifier WHERE patient_id = r.patient_id) x,
        LATERAL (
            SELECT count(*) AS changes, max(recorded_at) AS recorded_at, bool_or(valid_to IS NULL) AS holds
            FROM record_period WHERE patient_id = r.patient_id AND motive = 'DECES') d
    WHERE r.patient_id = %(patient)s AND r.status <> 'erased'
"""
_BY_LOCAL = """
    SELECT patient_id FROM local_identifier_claim WHERE value = %(value)s AND (%(system)s::text IS NULL OR system = %(system)s)
    ORDER BY patient_id LIMIT 2
"""
_BY_MATRICULE = "SELECT DISTINCT patient_id FROM ins_claim WHERE matricule = %(value)s ORDER BY patient_id LIMIT 2"
_BORN = """
    SELECT i.patient_id, i.birth_name, i.first_given_name, i.birth_date, i.sex, i.given_names, i.birth_place, i.attributes,
        CASE WHEN i.status = 'QUAL' THEN i.matricule END, i.oid, i.used_name, i.used_given_name
    FROM identity i JOIN record r ON r.patient_id = i.patient_id AND r.status <> 'erased'
    WHERE i.birth_date = %(birth_date)s AND i.valid_to IS NULL AND (%(sex)s::text IS NULL OR i.sex = %(sex)s)
    ORDER BY i.patient_id
"""


@frozen
class State:
    """Of a record now: the period that runs. reason: sealed."""

    since: datetime
    motive: str | None
    reason: bytes | None


@frozen
class Told:
    """What goes with an identity when a source is told it; see `KnownIdentity`."""

    wrapped_key: bytes
    local: tuple[LocalIdentifier, ...]
    version: int
    updated_at: datetime
    is_deceased: bool


@frozen
class Candidate:
    """Someone born that day. ins: of a qualified identity, else None. used_name, used_given_name: those they use, when they differ."""

    patient_id: UUID
    traits: InsTraits
    attributes: frozenset[IdentityAttribute]
    ins: Ins | None = None
    used_name: str | None = None
    used_given_name: str | None = None


async def state(connection: Connection, patient_id: UUID) -> State | None:
    """The state of a record; None when there is no such record."""
    row = await (await connection.execute(_STATE, (patient_id,))).fetchone()
    return None if row is None else State(*row)


async def told(connection: Connection, patient_id: UUID, *, source: str) -> Told | None:
    """What goes with an identity; None when there is no such record."""
    row = await (await connection.execute(_TOLD, {"patient": patient_id, "source": source})).fetchone()
    if row is None:
        return None
    return Told(row[0], tuple(LocalIdentifier(*pair) for pair in row[1] or ()), row[2], row[3], row[4])


async def named(connection: Connection, value: str, *, system: str | None) -> list[UUID]:
    """
    Whom a source's own identifier names: two at most, enough to know that it is not one.

    Takes
        system: None when the asker did not say it; a matricule is then looked for too.
    """
    found = await _ids(connection, _BY_LOCAL, {"value": value, "system": system})
    if system is None:
        found += await _ids(connection, _BY_MATRICULE, {"value": value})
    return list(dict.fromkeys(found))[:2]


async def born(connection: Connection, birth_date: str, *, sex: Sex | None) -> Sequence[Candidate]:
    """Everyone born that day, whose identity is in force."""
    rows = await (await connection.execute(_BORN, {"birth_date": birth_date, "sex": sex})).fetchall()
    return [
        Candidate(
            row[0],
            InsTraits(row[1], row[2], row[3], Sex(row[4]), row[5], row[6]),
            frozenset(map(IdentityAttribute, row[7])),
            None if row[8] is None else Ins(row[8], row[9]),
            row[10],
            row[11],
        )
        for row in rows
    ]


async def _ids(connection: Connection, statement: Any, values: dict[str, Any]) -> list[UUID]:
    return [row[0] for row in await (await connection.execute(statement, values)).fetchall()]
