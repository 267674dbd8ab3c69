"""What the catalogue must say so that the schema shards by patient: docs/storage.md, "Patient first"."""

import re
from collections.abc import Iterator

import psycopg
import pytest

from carnet.storage.distribution import TableKind, table_kinds
from carnet.storage.migrator import read_migrations

FORBIDDEN = (
    "nextval",
    "serial",
    "generated always as identity",
    "notify",
    "merge into",
    "uuidv7(",
    "gen_random_uuid",
    "pgcrypto",
    "uuid-ossp",
)


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def kinds(connection: psycopg.Connection) -> dict[str, TableKind | None]:
    return table_kinds(connection)


def of_kind(kinds: dict[str, TableKind | None], kind: TableKind) -> list[str]:
    return [name for name, each in kinds.items() if each is kind]


def unique_indexes(connection: psycopg.Connection, tables: list[str]) -> list[tuple[str, str, str, bool]]:
    """Table, index, first column, whether it is the primary key."""
    return connection.execute(
        """
        SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, a.attname, i.indisprimary
        FROM pg_index i LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indisunique AND i.indrelid::regclass::text = ANY(%s)
        """,
        (tables,),
    ).fetchall()


def test_every_table_says_what_it_is(kinds: dict[str, TableKind | None]) -> None:
    assert len(kinds) > 5
    assert [name for name, kind in kinds.items() if kind is None] == []


def test_every_table_has_a_primary_key(connection: psycopg.Connection, kinds: dict[str, TableKind | None]) -> None:
    keyed = {table for table, _, _, is_primary in unique_indexes(connection, list(kinds)) if is_primary}
    assert set(kinds) == keyed


def test_patient_id_comes_first_in_every_key_of_a_patient_s_table(
    connection: psycopg.Connection, kinds: dict[str, TableKind | None]
) -> None:
    patients = of_kind(kinds, TableKind.PATIENT)
    assert [
        (table, index) for table, index, first, _ in unique_indexes(connection, patients) if first != "patient_id"
    ] == []
    types = connection.execute(
        "SELECT table_name, data_type FROM information_schema.columns WHERE column_name = 'patient_id' AND table_name = ANY(%s)",
        (patients,),
    ).fetchall()
    assert {table for table, _ in types} == set(patients)
    assert {data_type for _, data_type in types} == {"uuid"}


def test_foreign_keys_stay_within_one_patient(
    connection: psycopg.Connection, kinds: dict[str, TableKind | None]
) -> None:
    keys = connection.execute(
        """
        SELECT conname, conrelid::regclass::text, confrelid::regclass::text, a.attname, b.attname
        FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
        WHERE contype = 'f'
        """
    ).fetchall()
    wrong = [
        name
        for name, table, referenced, column, other in keys
        if TableKind.PATIENT in {kinds.get(table), kinds.get(referenced)}
        and (kinds.get(table) != kinds.get(referenced) or (column, other) != ("patient_id", "patient_id"))
    ]
    assert wrong == []


def test_a_claim_is_keyed_by_what_is_looked_up(
    connection: psycopg.Connection, kinds: dict[str, TableKind | None]
) -> None:
    claims = of_kind(kinds, TableKind.CLAIM)
    firsts = {table: first for table, _, first, is_primary in unique_indexes(connection, claims) if is_primary}
    assert set(firsts) == set(claims)
    assert "patient_id" not in firsts.values()
    # Citus keeps no uniqueness but by the column that distributes: a claim has its one key.
    assert len(unique_indexes(connection, claims)) == len(claims)


def test_no_trigger_and_no_sequence(connection: psycopg.Connection) -> None:
    assert connection.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal").fetchall() == []
    assert connection.execute("SELECT sequencename FROM pg_sequences").fetchall() == []


def test_contents_are_kept_out_of_line_and_uncompressed(connection: psycopg.Connection) -> None:
    storage = connection.execute(
        "SELECT attstorage FROM pg_attribute WHERE attrelid = 'content'::regclass AND attname = 'bytes'"
    ).fetchone()
    assert storage in {("e",), (b"e",)}


def test_migrations_use_only_what_every_server_has() -> None:
    for migration in read_migrations():
        text = re.sub(r"--[^\n]*", "", migration.sql).lower()
        assert [word for word in FORBIDDEN if word in text] == [], migration.name
