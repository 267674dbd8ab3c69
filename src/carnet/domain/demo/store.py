"""Names of the demonstration: each leads to a registered client or to a citizen. Empty in production."""

from collections.abc import Sequence
from typing import Any, LiteralString

from carnet.storage.database import Connection
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

_SAVE = """
    INSERT INTO demo_person (name, description, client_id, matricule, oid, for_matricule, for_oid) VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (name) DO UPDATE
    SET description = excluded.description, client_id = excluded.client_id, matricule = excluded.matricule, oid = excluded.oid,
        for_matricule = excluded.for_matricule, for_oid = excluded.for_oid
"""
_COLUMNS: LiteralString = "name, description, client_id, matricule, oid, for_matricule, for_oid"
_ALL = f"SELECT {_COLUMNS} FROM demo_person ORDER BY matricule IS NOT NULL, name"  # noqa: S608  constants of this file only
_FIND = f"SELECT {_COLUMNS} FROM demo_person WHERE name = %s"  # noqa: S608  constants of this file only
_FED = "SELECT count(*), count(DISTINCT type) FROM document_entry"
_BY_MATRICULE = "SELECT matricule, oid FROM ins_claim WHERE matricule = %s ORDER BY oid"


@frozen
class DemoPerson:
    """name: what the command line and the links say. One of client_id and ins is there. represents: whom they act for, with an ins."""

    name: str
    description: str
    client_id: str | None = None
    ins: Ins | None = None
    represents: Ins | None = None


async def save(connection: Connection, person: DemoPerson) -> None:
    ins, other = person.ins, person.represents
    await connection.execute(
        _SAVE,
        (
            person.name, person.description, person.client_id, ins and ins.matricule, ins and ins.oid,
            other and other.matricule, other and other.oid,
        ),
    )  # fmt: skip


async def everyone(connection: Connection) -> list[DemoPerson]:
    """Software and professionals first, then citizens."""
    return [_person(row) for row in await (await connection.execute(_ALL)).fetchall()]


async def find(connection: Connection, name: str) -> DemoPerson | None:
    row = await (await connection.execute(_FIND, (name,))).fetchone()
    return None if row is None else _person(row)


async def citizens_of(connection: Connection, matricule: str) -> list[Ins]:
    """Every INS with a record under this matricule, whatever its register."""
    return [Ins(*row) for row in await (await connection.execute(_BY_MATRICULE, (matricule,))).fetchall()]


async def fed(connection: Connection) -> tuple[int, int]:
    """How many documents are held, of how many types: for the summary of the demonstration."""
    row = await (await connection.execute(_FED)).fetchone()
    assert row is not None
    return row[0], row[1]


def _person(row: Sequence[Any]) -> DemoPerson:
    name, description, client_id, matricule, oid, for_matricule, for_oid = row
    return DemoPerson(name, description, client_id, _ins(matricule, oid), _ins(for_matricule, for_oid))


def _ins(matricule: str | None, oid: str | None) -> Ins | None:
    return Ins(matricule, oid) if matricule and oid else None
