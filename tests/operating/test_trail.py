"""`carnet trail` as an operator meets it: what it prints and its exit status, before and after each tampering."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from tests.doors.world import World

from carnet.app import open_carnet
from carnet.cli import main
from carnet.operating import trail
from carnet.settings import Settings


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def records(database_url: str, home: Path) -> list[UUID]:
    """Five records, by id."""

    async def make() -> list[UUID]:
        carnet = await open_carnet(Settings(home=home, database_pool=3), database_url)
        world = World(carnet, None)  # type: ignore[arg-type]  # records are made without a door
        made = [(await world.a_record()).patient_id for _ in range(5)]
        await carnet.close()
        return sorted(made)

    return asyncio.run(make())


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, database_url: str, home: Path, records: list[UUID]) -> None:
    monkeypatch.setenv("CARNET_DATABASE_URL", database_url)
    monkeypatch.setenv("CARNET_HOME", str(home))
    monkeypatch.setenv("CARNET_DATABASE_POOL", "3")
    monkeypatch.setattr(trail, "_BATCH", 2)  # so that five records take three readings


@pytest.fixture
def tampering(database_url: str) -> Iterator[psycopg.Connection]:
    """Changes that are undone by hand: the command reads what is committed."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def checkpoint(home: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["trail", "checkpoint"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("6 streams, ")
    return Path(lines[1])


def test_every_stream_holds(capsys: pytest.CaptureFixture[str], checkpoint: Path) -> None:
    assert main(["trail", "verify"]) == 0
    assert capsys.readouterr().out.startswith("6 streams, ")
    assert main(["trail", "verify", "--checkpoint", str(checkpoint)]) == 0
    kept = str(checkpoint.with_name("trail-key.jwk"))
    assert main(["trail", "verify", "--checkpoint", str(checkpoint), "--key", kept]) == 0


def test_one_record(capsys: pytest.CaptureFixture[str], records: list[UUID], checkpoint: Path) -> None:
    assert main(["trail", "verify", "--record", str(records[2]), "--checkpoint", str(checkpoint)]) == 0
    assert capsys.readouterr().out == "1 streams, 1 events, 0 faults\n"
    assert main(["trail", "verify", "--record", "01900000-0000-7000-8000-0000000000aa"]) == 2
    assert "no such record" in capsys.readouterr().err


def test_a_record_that_vanished(
    capsys: pytest.CaptureFixture[str], records: list[UUID], checkpoint: Path, tampering: psycopg.Connection
) -> None:
    """Whole, with every row of it: without a checkpoint nothing misses it. Each place among the readings is tried."""
    tables = ("identity", "record_period", "consent_period", "audit_event", "record")
    for vanished in (records[0], records[2], records[-1]):
        for table in tables:
            tampering.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table} WHERE patient_id = %s", (vanished,))
            tampering.execute(f"DELETE FROM {table} WHERE patient_id = %s", (vanished,))
        assert main(["trail", "verify"]) == 0
        assert main(["trail", "verify", "--checkpoint", str(checkpoint)]) == 1
        assert f"record {vanished}, event head: missing" in capsys.readouterr().err
        for table in reversed(tables):
            tampering.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
            tampering.execute(f"DROP TABLE kept_{table}")
    assert main(["trail", "verify", "--checkpoint", str(checkpoint)]) == 0


def test_a_broken_stream(
    capsys: pytest.CaptureFixture[str], records: list[UUID], tampering: psycopg.Connection
) -> None:
    change = "UPDATE audit_event SET outcome = %s WHERE patient_id = %s"
    tampering.execute(change, ("refused", records[3]))
    assert main(["trail", "verify"]) == 1
    assert f"record {records[3]}, event 1: columns" in capsys.readouterr().err
    assert main(["trail", "verify", "--record", str(records[0])]) == 0
    tampering.execute(change, ("success", records[3]))
    assert main(["trail", "verify"]) == 0


def test_a_checkpoint_that_is_not_what_was_signed(
    capsys: pytest.CaptureFixture[str], checkpoint: Path, tmp_path: Path
) -> None:
    forged = tmp_path / "forged.jws"
    forged.write_text("a.b.c")
    assert main(["trail", "verify", "--checkpoint", str(forged)]) == 1
    assert "La signature du point de contrôle ne tient pas" in capsys.readouterr().err
    signed = checkpoint.read_text()
    forged.write_text(signed)
    forged.with_suffix(".heads").write_bytes(checkpoint.with_suffix(".heads").read_bytes()[56:])
    assert main(["trail", "verify", "--checkpoint", str(forged)]) == 1
    assert "n’est pas celui que ce point de contrôle a signé" in capsys.readouterr().err
    forged.with_suffix(".heads").unlink()
    assert main(["trail", "verify", "--checkpoint", str(forged)]) == 2
    forged.write_text("{}")
    assert main(["trail", "verify", "--checkpoint", str(checkpoint), "--key", str(forged)]) == 1
