"""The SQL of delegations. What was known of the two people is sealed."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg import errors as database_errors

from carnet.domain.delegations.facts_sql import IN_PLACE
from carnet.domain.delegations.model import Colleague, Delegation
from carnet.domain.professionals.model import Practice
from carnet.storage.database import Connection, Database
from carnet.storage.sealing import SealingKey

_COLUMNS: LiteralString = f"d.delegation_id, d.delegator, d.delegate, d.told, d.is_staff, d.valid_from, d.valid_to, d.ended_at, d.ended_by, {IN_PLACE}"
# place: a person of the directory, and whether they practise in a structure.
_PLACE = """
    SELECT p.active, p.family, p.given, EXISTS (
        SELECT 1 FROM directory_situation s WHERE s.person = p.person AND s.active AND s.organization = %(organization)s)
    FROM directory_professional p WHERE p.person = %(person)s
"""
# close_past: one whose time has passed makes room for the next.
_CLOSE_PAST = """
    UPDATE delegation SET ended_at = valid_to
    WHERE delegator = %(delegator)s AND delegate = %(delegate)s AND organization = %(organization)s AND ended_at IS NULL AND valid_to <= %(at)s
"""
_INSERT = """
    INSERT INTO delegation (delegation_id, delegator, delegate, organization, is_staff, told, valid_from, valid_to, recorded_at)
    VALUES (%(id)s, %(delegator)s, %(delegate)s, %(organization)s, %(staff)s, %(told)s, %(at)s, %(until)s, %(at)s)
"""
_END: LiteralString = f"""
    UPDATE delegation d SET ended_at = %(at)s, ended_by = %(person)s
    WHERE delegation_id = %(id)s AND %(person)s IN (delegator, delegate) AND ended_at IS NULL AND valid_to > %(at)s
    RETURNING {_COLUMNS}
"""  # noqa: S608  constants of this file only
_GIVEN_BY: LiteralString = f"""
    SELECT {_COLUMNS} FROM delegation d WHERE d.delegator = %(person)s AND least(d.ended_at, d.valid_to) > %(since)s
    ORDER BY d.valid_from DESC, d.delegation_id LIMIT %(limit)s
"""  # noqa: S608  constants of this file only
_GIVEN_TO: LiteralString = f"""
    SELECT {_COLUMNS} FROM delegation d
    WHERE d.delegate = %(person)s AND d.organization = %(organization)s AND least(d.ended_at, d.valid_to) > %(since)s
    ORDER BY d.valid_from DESC, d.delegation_id LIMIT %(limit)s
"""  # noqa: S608  constants of this file only
_COLLEAGUES = """
    SELECT p.person, concat_ws(' ', nullif(p.title, ''), p.given, p.family), split_part(p.professions[1], '|', 1), split_part(p.skills[1], '|', 1)
    FROM directory_professional p
    WHERE p.active AND p.person <> %(person)s AND EXISTS (
        SELECT 1 FROM directory_situation s WHERE s.person = p.person AND s.active AND s.organization = %(organization)s)
    ORDER BY p.family_key, p.given_key, p.person LIMIT %(limit)s
"""
_MOST = 200


async def place(tx: Connection, person: str, organization: str) -> tuple[bool, str, bool] | None:
    """Whether they are in activity, their name, whether they practise in this structure; None for whom the directory does not know."""
    row = await (await tx.execute(_PLACE, {"person": person, "organization": organization})).fetchone()
    return None if row is None else (bool(row[0]), f"{row[2]} {row[1]}".strip(), bool(row[0]) and bool(row[3]))


async def insert(tx: Connection, delegation: Delegation, *, organization: str, seal: SealingKey) -> bool:
    """False when one runs for the same two in this structure."""
    told = {"names": [delegation.delegator_name, delegation.delegate_name], "practice": asdict(delegation.practice)}
    values = {
        "id": delegation.delegation_id, "delegator": delegation.delegator, "delegate": delegation.delegate, "organization": organization,
        "staff": delegation.is_staff, "told": seal.seal(orjson.dumps(told), _aad(delegation.delegation_id)),
        "at": delegation.valid_from, "until": delegation.valid_to,
    }  # fmt: skip
    await tx.execute(_CLOSE_PAST, values)
    try:
        await tx.execute(_INSERT, values)
    except database_errors.UniqueViolation:
        return False
    return True


async def end(tx: Connection, delegation_id: UUID, *, person: str, at: datetime, seal: SealingKey) -> Delegation | None:
    """None when none runs that is theirs to end."""
    row = await (await tx.execute(_END, {"id": delegation_id, "person": person, "at": at})).fetchone()
    return None if row is None else _delegation(row, seal)


async def given_by(database: Database, person: str, *, since: datetime, seal: SealingKey) -> list[Delegation]:
    """Those that this person gave, over after this instant; the last given first."""
    rows = await database.fetch(_GIVEN_BY, {"person": person, "since": since, "limit": _MOST})
    return [_delegation(row, seal) for row in rows]


async def given_to(
    database: Database, person: str, organization: str, *, since: datetime, seal: SealingKey
) -> list[Delegation]:
    """Those that name this person in this structure, over after this instant; the last given first."""
    values = {"person": person, "organization": organization, "since": since, "limit": _MOST}
    return [_delegation(row, seal) for row in await database.fetch(_GIVEN_TO, values)]


async def colleagues(database: Database, person: str, organization: str, *, limit: int) -> list[Colleague]:
    """Whom the directory has in a structure, but this person, by name."""
    rows = await database.fetch(_COLLEAGUES, {"person": person, "organization": organization, "limit": limit})
    return [Colleague(row[0], row[1], row[2] or "", row[3] or None) for row in rows]


def delegate_name(delegation_id: UUID, told: bytes, seal: SealingKey) -> str:
    """Of what was known of the two, the name of the delegate."""
    name: str = orjson.loads(seal.open(told, _aad(delegation_id)))["names"][1]
    return name


def _delegation(row: Sequence[Any], seal: SealingKey) -> Delegation:
    told = orjson.loads(seal.open(bytes(row[3]), _aad(row[0])))
    delegator_name, delegate_name = told["names"]
    return Delegation(
        row[0], row[1], delegator_name, row[2], delegate_name, Practice(**told["practice"]), *row[4:],
    )  # fmt: skip


def _aad(delegation_id: UUID) -> bytes:
    return b"delegation:" + delegation_id.bytes
