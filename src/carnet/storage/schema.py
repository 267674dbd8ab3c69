"""
The schema as one readable file, and what the catalogue says of it. A test holds schema.sql and the migrations together.

Write it anew after a migration: `python -m carnet.storage.schema`.
"""

import re
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg.rows import TupleRow

from carnet.storage.embedded import EmbeddedPostgres, default_programs
from carnet.storage.migrator import migrate

SCHEMA = Path(__file__).with_name("schema.sql")

_HEADING = "-- Where the migrations lead. Written by `python -m carnet.storage.schema`; change the schema with a migration.\n\n"
_NOISE = re.compile(
    r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\.*|CREATE SCHEMA public;|COMMENT ON SCHEMA public .*)\n",
    re.MULTILINE,
)

# One line per fact, the same in PostgreSQL 15 and 18; names of objects included, since migrations refer to them.
_FACTS = r"""
SELECT format('table %s %s %s', c.relname, c.relkind, coalesce(c.reloptions::text, '')) FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
UNION ALL
SELECT format('column %s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstorage,
              coalesce(pg_get_expr(d.adbin, d.adrelid), ''))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
UNION ALL
SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
-- Columns without their table: from 16 on it is only told when there are several.
SELECT format('view %s %s', viewname, regexp_replace(definition, '\m\w+\.', '', 'g')) FROM pg_views WHERE schemaname = 'public'
UNION ALL
SELECT format('function %s', pg_get_functiondef(oid)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
UNION ALL
SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM pg_trigger t WHERE NOT tgisinternal
UNION ALL
SELECT format('comment %s.%s %s', d.objoid::regclass, d.objsubid, d.description)
FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass WHERE c.relnamespace = 'public'::regnamespace
"""


def catalogue(connection: psycopg.Connection[TupleRow]) -> set[str]:
    """What the schema of this database is, one line per fact; two databases of the same facts have the same schema."""
    return {str(fact) for (fact,) in connection.execute(_FACTS).fetchall()}


def write_schema(path: Path = SCHEMA) -> None:
    """Apply the migrations to a server of our own and write down what they give."""
    with (
        tempfile.TemporaryDirectory(prefix="carnet-") as home,
        EmbeddedPostgres(Path(home), settings={"fsync": "off"}) as server,
    ):
        migrate(server.url)
        dumped = subprocess.run(  # noqa: S603 - a fixed program
            [
                str(default_programs() / "pg_dump"),
                "--schema-only",
                "--schema=public",
                "--no-owner",
                "--no-privileges",
                "--restrict-key=carnet",
                server.url,
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    path.write_text(_HEADING + re.sub(r"\n{3,}", "\n\n", _NOISE.sub("", dumped)).strip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_schema()
