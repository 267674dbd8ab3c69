"""The road of migrations: forward, checked, one transaction per file, and leading to schema.sql."""

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from carnet.storage.distribution import declare, distribute_tables
from carnet.storage.migrator import MIGRATIONS, MigrationError, migrate, pending_migrations, read_migrations
from carnet.storage.schema import SCHEMA, catalogue

ONE = "CREATE TABLE one (a integer PRIMARY KEY);"


@pytest.fixture
def fresh(server_url: str) -> Iterator[Callable[[], str]]:
    """Makes empty databases."""
    names: list[str] = []

    def make() -> str:
        name = f"carnet_fresh_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        names.append(name)
        return make_conninfo(server_url, dbname=name)

    yield make
    with psycopg.connect(server_url, autocommit=True) as connection:
        for name in names:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def road(tmp_path: Path) -> Callable[..., Path]:
    """Writes migration files: `road(x_0001_pre_a="…")`."""

    def write(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / f"{name.removeprefix('x_')}.sql").write_text(text)
        return tmp_path

    return write


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {
            name
            for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        }


def test_the_migrations_lead_to_the_schema(database_url: str, fresh) -> None:
    declared = fresh()
    with psycopg.connect(declared) as connection:
        connection.execute(SCHEMA.read_text())
    with psycopg.connect(declared) as one, psycopg.connect(database_url) as other:
        assert catalogue(one) == catalogue(other), "run: python -m carnet.storage.schema"


def test_migrating_twice_does_nothing_more(fresh, road) -> None:
    url, folder = fresh(), road(x_0001_pre_a=ONE)
    assert pending_migrations(url, folder=folder) == ["0001_pre_a.sql"]
    assert migrate(url, folder=folder) == ["0001_pre_a.sql"]
    assert migrate(url, folder=folder) == []
    assert pending_migrations(url, folder=folder) == []


def test_a_file_that_fails_leaves_nothing_and_those_before_it_stay(fresh, road) -> None:
    url = fresh()
    folder = road(x_0001_pre_a=ONE, x_0002_pre_b="CREATE TABLE two (a integer); SELECT 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(url, folder=folder)
    assert tables(url) == {"schema_migration", "one"}
    road(x_0002_pre_b="CREATE TABLE two (a integer);")
    assert migrate(url, folder=folder) == ["0002_pre_b.sql"]


def test_an_applied_file_may_neither_change_nor_go(fresh, road) -> None:
    url, folder = fresh(), road(x_0001_pre_a=ONE)
    migrate(url, folder=folder)
    road(x_0001_pre_a=ONE + " ")
    with pytest.raises(MigrationError, match=r"pre_a.* changed"):
        migrate(url, folder=folder)
    (folder / "0001_pre_a.sql").unlink()
    with pytest.raises(MigrationError, match="missing"):
        pending_migrations(url, folder=folder)


def test_a_file_numbered_before_an_applied_one_is_refused(fresh, road) -> None:
    url, folder = fresh(), road(x_0002_pre_b=ONE)
    migrate(url, folder=folder)
    road(x_0001_pre_a="SELECT 1")
    with pytest.raises(MigrationError, match="number it after"):
        migrate(url, folder=folder)


def test_phases_run_before_and_after_the_code_is_deployed(fresh, road) -> None:
    url = fresh()
    folder = road(x_0001_pre_a=ONE, x_0002_post_b="ALTER TABLE one ADD b integer;")
    assert migrate(url, phase="pre", folder=folder) == ["0001_pre_a.sql"]
    road(x_0003_pre_c="SELECT 1;")
    with pytest.raises(MigrationError, match=r"post_b.* must run before .*pre_c"):
        migrate(url, phase="pre", folder=folder)
    assert migrate(url, phase="post", folder=folder) == ["0002_post_b.sql"]
    assert migrate(url, phase="pre", folder=folder) == ["0003_pre_c.sql"]


@pytest.mark.parametrize("name", ["x_1_pre_a", "x_0001_a", "x_0001_mid_a", "x_0001_pre_A"])
def test_a_badly_named_file_is_refused(road, name: str) -> None:
    with pytest.raises(MigrationError, match="is not named"):
        read_migrations(road(**{name: ONE}))


def test_two_files_of_one_number_are_refused(road) -> None:
    with pytest.raises(MigrationError, match="same number"):
        read_migrations(road(x_0001_pre_a=ONE, x_0001_pre_b=ONE))


def test_two_migrators_at_once_apply_each_file_once(fresh, road) -> None:
    url = fresh()
    folder = road(x_0001_pre_a=ONE, x_0002_pre_b="SELECT pg_sleep(0.1); CREATE TABLE two (a integer);")
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(migrate(url, folder=folder))) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(applied) == [[], [], ["0001_pre_a.sql", "0002_pre_b.sql"]]


def test_without_citus_distributing_does_nothing(fresh, road) -> None:
    url = fresh()
    migrate(url, folder=road(x_0001_pre_a=ONE), distribute=True)
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'citus'").fetchone():
            pytest.skip("this server has Citus")
        assert distribute_tables(connection) == []


def test_every_table_is_declared_to_citus_by_its_kind(fresh) -> None:
    """Citus is stood in for by two functions that write down their calls: its own code cannot run here."""
    url = fresh()
    migrate(url)
    with psycopg.connect(url) as connection:
        connection.execute("""
            CREATE TABLE called (name text, by text, beside text); COMMENT ON TABLE called IS 'local: for this test';
            CREATE FUNCTION create_distributed_table(t regclass, c text, colocate_with text) RETURNS void LANGUAGE sql
                AS 'INSERT INTO called VALUES (t::text, c, colocate_with)';
            CREATE FUNCTION create_reference_table(t regclass) RETURNS void LANGUAGE sql
                AS 'INSERT INTO called VALUES (t::text, NULL, NULL)';
        """)
        before = connection.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' ORDER BY 1").fetchall()
        done = declare(connection, already={"content"})
        calls = {name: (by, beside) for name, by, beside in connection.execute("SELECT * FROM called").fetchall()}
        after = connection.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' ORDER BY 1").fetchall()
    assert set(done) == set(calls)
    assert before == after
    assert calls["key_ring"] == (None, None)
    assert calls["outbox"][0] == "patient_id"
    assert calls["outbox"][1] != "default"
    assert calls["unique_id_claim"] == ("unique_id", "none")
    assert not {"content", "schema_migration", "called"} & set(calls)


def test_first_accesses_remembered_beside_their_notices_become_those_notices(fresh, tmp_path: Path) -> None:
    url, patient = fresh(), uuid.uuid4()
    for file in sorted(MIGRATIONS.glob("*.sql")):
        if file.name < "0053":
            (tmp_path / file.name).write_text(file.read_text())
    migrate(url, folder=tmp_path)
    with psycopg.connect(url) as connection:
        for reader, told in (("a", 2), ("b", 1), ("c", 0)):
            connection.execute("INSERT INTO known_reader VALUES (%s, %s, false, '2026-01-01')", (patient, reader))
            for day in range(told):
                connection.execute(
                    "INSERT INTO notice (patient_id, notice_id, kind, event_id, occurred_at, noticed_at, about)"
                    " VALUES (%s, %s, 'first-access', gen_random_uuid(), %s, now(), %s)",
                    (patient, uuid.uuid4(), f"2026-01-0{day + 1}", reader),
                )
    assert migrate(url)[0].startswith("0053")
    access = (
        "SELECT append_access(%s, NULL, %s, 't', 'success', now(), '', '', %s, false, 'first-access', NULL, NULL, NULL)"
    )
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO record (patient_id, wrapped_key, status, trail_hash, changed_at) VALUES (%s, '', 'open', '', now())",
            (patient,),
        )
        for reader in "abcd":
            connection.execute(access, (patient, uuid.uuid4(), reader))
        found = connection.execute("SELECT about, is_told, count(*) FROM notice GROUP BY 1, 2 ORDER BY 1").fetchall()
    # The one who is new is told; none of those who came before is, and what was told stays told.
    assert found == [("a", True, 2), ("b", True, 1), ("c", False, 1), ("d", True, 1)]
