"""
Retention: what is kept how long, from when, and by which text. The rules are data (retention.csv, table `retention_rule`).

A rule deletes only where its table, and the moment it counts from, exist: rules may be written before what they govern.
"""

import csv
from datetime import datetime
from pathlib import Path

from psycopg import sql

from carnet.storage.database import Connection
from carnet.vocabulary.frozen import frozen

RULES = Path(__file__).with_name("retention.csv")
_BATCH_ROWS = 5_000  # short transactions: a reader never waits for the broom

_FIELDS = (
    "rule",
    "edition",
    "table_name",
    "since_table",
    "since_column",
    "keep",
    "where_column",
    "where_value",
    "what",
    "source",
)


@frozen
class RetentionRule:
    """
    One rule.

    since_table: the table itself, or a table or view with one row per patient_id. where_column, where_value: only these rows, or None.
    """

    rule: str
    table_name: str
    since_table: str
    since_column: str
    where_column: str | None
    where_value: str | None


async def seed_rules(connection: Connection, *, path: Path = RULES) -> int:
    """
    Bring the table in step with the file; a rule that an operator dated later than the file's edition is left as it is.

    Gives
        how many rules changed.
    """
    changed = 0
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            cursor = await connection.execute(
                """
                INSERT INTO retention_rule AS r
                    (rule, edition, table_name, since_table, since_column, keep, where_column, where_value, what, source)
                VALUES (%s, %s::date, %s, %s, %s, %s::interval, nullif(%s, ''), nullif(%s, ''), %s, %s)
                ON CONFLICT (rule) DO UPDATE SET
                    edition = excluded.edition, table_name = excluded.table_name, since_table = excluded.since_table,
                    since_column = excluded.since_column, keep = excluded.keep, where_column = excluded.where_column,
                    where_value = excluded.where_value, what = excluded.what, source = excluded.source
                WHERE r.edition <= excluded.edition AND r <> excluded
                """,
                tuple(line[field] for field in _FIELDS),
            )
            changed += cursor.rowcount
    return changed


async def applicable_rules(connection: Connection) -> list[RetentionRule]:
    """The rules whose tables and columns exist here; a record is erased whole, by a job of its own (jobs/erase_records.py)."""
    cursor = await connection.execute(
        """
        SELECT rule, table_name, since_table, since_column, where_column, where_value FROM retention_rule r
        WHERE table_name <> 'record'
          AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = to_regclass(r.since_table) AND a.attname = r.since_column)
          AND to_regclass(r.table_name) IS NOT NULL
          AND (r.where_column IS NULL OR EXISTS (
              SELECT 1 FROM pg_attribute a WHERE a.attrelid = to_regclass(r.table_name) AND a.attname = r.where_column))
        ORDER BY rule
        """
    )
    return [RetentionRule(*row) for row in await cursor.fetchall()]


async def apply_rule(connection: Connection, rule: RetentionRule, *, now: datetime) -> int:
    """
    Delete what the rule no longer keeps, in batches; gives how many rows. May be interrupted and run again.

    A moment that is unknown (NULL) keeps the row.
    """
    own = rule.since_table == rule.table_name
    statement = sql.SQL(
        """
        DELETE FROM {table} WHERE ctid = ANY (ARRAY(
            SELECT t.ctid FROM {table} t {join}
            WHERE {since} < %(now)s - (SELECT keep FROM retention_rule WHERE rule = %(rule)s) AND {narrowed}
            LIMIT %(limit)s
        ))
        """
    ).format(
        table=sql.Identifier(rule.table_name),
        join=sql.SQL("") if own else sql.SQL("JOIN {} s USING (patient_id)").format(sql.Identifier(rule.since_table)),
        since=sql.Identifier("t" if own else "s", rule.since_column),
        narrowed=sql.SQL("true")
        if rule.where_column is None
        else sql.SQL("{} = {}").format(sql.Identifier("t", rule.where_column), sql.Literal(rule.where_value)),
    )
    deleted = 0
    while True:
        cursor = await connection.execute(statement, {"now": now, "rule": rule.rule, "limit": _BATCH_ROWS})
        deleted += cursor.rowcount
        if cursor.rowcount < _BATCH_ROWS:
            return deleted
