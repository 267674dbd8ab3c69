"""`carnet takeover` in processes of its own: files and lines, killed and run again, what it says and its exit status."""

import csv
import io
import json
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import orjson
import psycopg
import pytest
from tests.builders.cda import a_cda
from tests.operating.conftest import CARNET, Demo, carnet, environment

from carnet.formats.cda.header import read_header
from carnet.operating.feed import _identity
from carnet.operating.stock import source_of, stock_items
from carnet.storage.embedded import EmbeddedPostgres

DEMO = {"CARNET_MODE": "demo"}


@pytest.fixture(scope="module")
def opened(demo: Demo) -> Demo:
    """The record of the person whom the letters are about."""
    import httpx

    header = read_header(a_cda())
    body = {"identities": [_identity(header)]}
    assert httpx.post(f"{demo.base_url}/demo/records", content=orjson.dumps(body)).status_code == 200
    return demo


def a_letter(number: int, **changes: str) -> bytes:
    return a_cda(unique_id=f"1.2.250.1.999.77.{number}", set_id=f"1.2.250.1.999.78.{number}", **changes)


def taken(demo: Demo, stock: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return carnet("takeover", str(stock), "--as", "hopital", "--home", str(demo.home), *more, **DEMO)


def test_a_folder(opened: Demo, tmp_path: Path) -> None:
    stock = tmp_path / "stock"
    (stock / "2012").mkdir(parents=True)
    (stock / "2012" / "a.xml").write_bytes(a_letter(1))
    (stock / "2012" / "b.xml").write_bytes(a_letter(2, replaces="1.2.250.1.999.77.1", version="2"))
    (stock / "faux.xml").write_bytes(b"%PDF-1.4")
    (stock / "seul.pdf").write_bytes(b"%PDF-1.4")
    (stock / "note.json").write_text('{"resourceType": "Patient"}')
    with zipfile.ZipFile(stock / "vide.zip", "w"):
        pass
    report = tmp_path / "refused.csv"
    told = taken(opened, stock, "--report", str(report))
    assert told.returncode == 1, told.stdout + told.stderr
    assert told.stdout.splitlines()[-1].startswith("6 submissions: 2 stored (2 documents), 0 already there, 4 refused")
    rows = list(csv.reader(io.StringIO(report.read_text("utf-8"))))
    assert rows[0] == ["place", "name", "codes"]
    assert {row[1] for row in rows[1:]} == {"faux.xml", "seul.pdf", "note.json", "vide.zip"}
    again = taken(opened, stock)
    assert "0 stored" in again.stdout
    assert "2 already there" in again.stdout


def test_lines(opened: Demo, tmp_path: Path) -> None:
    from carnet.document_types.table import DocumentTypes
    from carnet.operating.client import Server
    from carnet.operating.feeder import Feeder

    feeder = Feeder(Server("", None), "", DocumentTypes.load())  # type: ignore[arg-type]  # nothing is sent
    lines = [feeder.cda(a_letter(number)) for number in range(10, 15)]
    stock = tmp_path / "stock.ndjson"
    stock.write_bytes(b"\n".join([lines[0], b"", b"not JSON", *lines[1:], json.dumps({"a": 1}).encode()]))
    told = taken(opened, stock)
    assert told.returncode == 1
    assert "7 submissions: 5 stored (5 documents)" in told.stdout
    assert "line 3" in told.stdout
    long = tmp_path / "long.ndjson"
    long.write_bytes(lines[0] + b"\n" + b"x" * 70_000 + b"\n" + lines[1] + b"\n")
    limited = carnet(
        "takeover", str(long), "--as", "hopital", "--home", str(opened.home), **DEMO, CARNET_MAX_BODY_BYTES="60000"
    )
    assert "1  stock-line-too-long" in limited.stdout
    assert "2 already there" in limited.stdout


@pytest.mark.parametrize(
    ("stock", "client", "said"),
    [("absent", "hopital", "neither"), ("file.txt", "hopital", "neither"), ("folder", "personne", "Aucun logiciel")],
)
def test_what_cannot_be_tried(opened: Demo, tmp_path: Path, stock: str, client: str, said: str) -> None:
    (tmp_path / "file.txt").write_text("")
    (tmp_path / "folder").mkdir()
    told = carnet("takeover", str(tmp_path / stock), "--as", client, "--home", str(opened.home), **DEMO)
    assert told.returncode == 2
    assert said in told.stderr


@pytest.mark.long
def test_killed_in_the_middle_it_goes_on_and_files_nothing_twice(opened: Demo, tmp_path: Path) -> None:
    stock = tmp_path / "stock"
    stock.mkdir()
    for number in range(1000, 1600):
        (stock / f"{number}.xml").write_bytes(a_letter(number))
    command = [*CARNET, "takeover", str(stock), "--as", "hopital", "--home", str(opened.home)]
    for _ in range(3):
        process = subprocess.Popen(
            command, env=environment() | DEMO, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(2.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
    told = taken(opened, stock)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.splitlines()[-1].startswith("600 submissions: ")
    again = taken(opened, stock)
    assert "600 submissions: 0 stored (0 documents), 600 already there, 0 refused" in again.stdout
    verified = carnet("trail", "verify", "--home", str(opened.home))
    assert verified.returncode == 0, verified.stderr


@pytest.mark.long
def test_a_database_that_goes_away_is_told_and_the_next_run_goes_on(opened: Demo, tmp_path: Path) -> None:
    stock = tmp_path / "stock"
    stock.mkdir()
    for number in range(2000, 2800):
        (stock / f"{number}.xml").write_bytes(a_letter(number))
    command = [*CARNET, "takeover", str(stock), "--as", "hopital", "--home", str(opened.home)]
    with EmbeddedPostgres(opened.home) as server, psycopg.connect(server.url, autocommit=True) as connection:
        held = connection.execute("SELECT count(*) FROM submission_set").fetchone()
        process = subprocess.Popen(
            command, env=environment() | DEMO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while connection.execute("SELECT count(*) FROM submission_set").fetchone() == held:
            assert process.poll() is None
            time.sleep(0.02)
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'carnet' AND pid <> pg_backend_pid()"
        )
        _, told = process.communicate(timeout=60)
    assert process.returncode == 2, told
    assert "run the same command again" in told
    again = taken(opened, stock)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "800 submissions: " in again.stdout


def test_a_stock_is_known_by_its_names_and_sizes(tmp_path: Path) -> None:
    from carnet.document_types.table import DocumentTypes

    folder = tmp_path / "stock"
    folder.mkdir()
    (folder / "b.xml").write_bytes(a_letter(1))
    first = source_of(folder)
    (folder / "a.xml").write_bytes(a_letter(2))
    second = source_of(folder)
    assert first != second
    (folder / "a.xml").rename(folder / "c.xml")
    assert source_of(folder) not in {first, second}
    items = list(stock_items(folder, types=DocumentTypes.load(), max_line_bytes=100))
    assert [(item.position, item.name) for item in items] == [(1, "b.xml"), (2, "c.xml")]
    assert len({item.person for item in items}) == 1
    assert items[0].person
