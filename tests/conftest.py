"""One PostgreSQL for the whole run, one migrated database per test module, and the folder of samples."""

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from carnet.app import Carnet, application, open_carnet
from carnet.settings import Settings
from carnet.storage.database import Database
from carnet.storage.embedded import EmbeddedPostgres
from carnet.storage.migrator import migrate

# A test's data may die with the machine; the tests of durability start their own durable server.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "200",
}


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """
    A superuser's access to the server of the tests: `CARNET_TEST_DATABASE_URL`, or an embedded one of our own.

    `CARNET_TEST_POSTGRESQL` names the folder of another PostgreSQL's programs (Debian's: /usr/lib/postgresql/15/bin).
    """
    given = os.environ.get("CARNET_TEST_DATABASE_URL")
    if given:
        yield given
        return
    programs = os.environ.get("CARNET_TEST_POSTGRESQL")
    home = tmp_path_factory.mktemp("server")
    with EmbeddedPostgres(home, settings=FAST, programs=Path(programs) if programs else None) as server:
        yield server.url


@pytest.fixture(scope="session")
def _template(server_url: str) -> Iterator[str]:
    name = f"carnet_template_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'").format(
                sql.Identifier(name)
            )
        )
        migrate(make_conninfo(server_url, dbname=name))
        yield name
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def database_url(server_url: str, _template: str) -> Iterator[str]:
    """A fresh, migrated database for one test module."""
    name = f"carnet_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(_template))
        )
        yield make_conninfo(server_url, dbname=name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def empty_database_url(server_url: str) -> Iterator[str]:
    """A fresh database without a table, for one test module."""
    name = f"carnet_empty_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'").format(
                sql.Identifier(name)
            )
        )
        yield make_conninfo(server_url, dbname=name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    """The module's database, open."""
    opened = await Database.open(database_url, pool_size=6, application_name="carnet tests")
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of public samples; the test is skipped where it is absent."""
    folder = Path(os.environ.get("CARNET_SAMPLES") or Path(__file__).parents[1].parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no samples in {folder} (set CARNET_SAMPLES)")
    return folder


@pytest.fixture(scope="module")
async def carnet(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Carnet]:
    """The whole program over the module's database, in demo mode."""
    settings = Settings(
        home=tmp_path_factory.mktemp("home"), mode="demo", base_url="http://carnet.test", database_pool=8
    )
    opened = await open_carnet(settings, database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def http(carnet: Carnet) -> AsyncIterator[httpx.AsyncClient]:
    """A client of its doors."""
    transport = httpx.ASGITransport(application(carnet), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://carnet.test") as client:
        yield client
