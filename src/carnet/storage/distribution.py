"""
What each table is, told by its comment, and how Citus distributes it.

`COMMENT ON TABLE … IS '<kind>: <plain words>'`, where kind is
`patient` (one patient's rows, patient_id first), `claim` (a global look-up keyed by the looked-up id),
`reference` (small and shared, copied to every node) or `local` (of one node: the journal of migrations).
"""

from enum import StrEnum

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow


class TableKind(StrEnum):
    PATIENT = "patient"
    CLAIM = "claim"
    REFERENCE = "reference"
    LOCAL = "local"


def table_kinds(connection: psycopg.Connection[TupleRow]) -> dict[str, TableKind | None]:
    """Kind of each table of the current schema; None where the comment is absent or names no kind. Partitions follow their parent."""
    rows = connection.execute(
        """
        SELECT c.relname, obj_description(c.oid, 'pg_class')
        FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        ORDER BY c.relname
        """
    ).fetchall()
    kinds: dict[str, TableKind | None] = {}
    for name, comment in rows:
        word = (comment or "").partition(":")[0]
        kinds[name] = TableKind(word) if word in set(TableKind) else None
    return kinds


def distribute_tables(connection: psycopg.Connection[TupleRow]) -> list[str]:
    """
    Declare to Citus the tables that are not yet distributed; all of one patient's rows live on one node.

    Gives
        names of the tables declared now; none where the extension is not available.
    """
    if connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'citus'").fetchone() is None:
        return []
    connection.execute("CREATE EXTENSION IF NOT EXISTS citus")
    done = {name for (name,) in connection.execute("SELECT logicalrelid::text FROM pg_dist_partition").fetchall()}
    with connection.transaction():
        return declare(connection, already=done)


def declare(connection: psycopg.Connection[TupleRow], *, already: set[str]) -> list[str]:
    """Call Citus for each table; foreign keys step aside while their two ends are distributed one after the other."""
    kinds = {
        name: kind
        for name, kind in table_kinds(connection).items()
        if name not in already and kind not in {None, TableKind.LOCAL}
    }
    keys = connection.execute(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype = 'f' AND conparentid = 0 AND conrelid::regclass::text = ANY(%s)
        """,
        (list(kinds),),
    ).fetchall()
    for table, name, _ in keys:
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
        )
    model = next(
        (name for name in sorted(already) if table_kinds(connection).get(name) is TableKind.PATIENT), "default"
    )
    for name, kind in kinds.items():
        if kind is TableKind.REFERENCE:
            connection.execute("SELECT create_reference_table(%s::regclass)", (name,))
        elif kind is TableKind.PATIENT:
            connection.execute(
                "SELECT create_distributed_table(%s::regclass, 'patient_id', colocate_with => %s)", (name, model)
            )
            model = name
        else:
            connection.execute(
                "SELECT create_distributed_table(%s::regclass, %s, colocate_with => 'none')",
                (name, _first_key_column(connection, name)),
            )
    for table, name, definition in keys:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                sql.Identifier(table), sql.Identifier(name), sql.SQL(definition)
            )
        )
    return list(kinds)


def _first_key_column(connection: psycopg.Connection[TupleRow], table: str) -> str:
    row = connection.execute(
        """
        SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = %s::regclass AND i.indisprimary
        """,
        (table,),
    ).fetchone()
    assert row is not None, "the catalogue test asks a primary key of every table"
    return str(row[0])
