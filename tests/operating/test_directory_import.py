"""`carnet directory import` as a real process: what it prints, how it ends, and what is left when it is killed."""

import json
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.builders.annuaire import a_mailbox, a_person, activities, an_activity, mailboxes
from tests.operating.conftest import CARNET, carnet, environment

NAME = "PS_LibreAcces_Personne_activite_202601150900.txt"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the key of the module's database is."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def database(database_url: str, home: Path) -> Iterator[dict[str, str]]:
    """Settings of a database that holds one hundred professionals."""
    settings = {"CARNET_DATABASE_URL": database_url, "CARNET_HOME": str(home)}
    first = home / NAME
    first.write_bytes(activities(*(an_activity(rank) for rank in range(100))))
    told = carnet("directory", "import", str(first), "--json", **settings)
    assert told.returncode == 0, told.stderr
    yield settings
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE directory_professional, directory_professional_past, directory_situation, directory_organization,"
            " directory_mailbox, directory_import"
        )


def state(settings: dict[str, str]) -> list[tuple[object, ...]]:
    with psycopg.connect(settings["CARNET_DATABASE_URL"], autocommit=True) as connection:
        return connection.execute(
            "SELECT person, family, active, xmin::text FROM directory_professional ORDER BY person"
        ).fetchall()


def test_a_report_for_people_and_one_for_machines(database: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "PS_LibreAcces_Personne_activite_202601160900.txt"
    rows = [an_activity(rank) for rank in range(99)]
    file.write_bytes(activities(*rows, a_person(200)) + b"une ligne de trop\n")
    told = carnet("directory", "import", str(file), **database)
    assert told.returncode == 1
    assert "1 added" in told.stdout
    assert "1 deactivated" in told.stdout
    assert "line 102" in told.stdout
    again = carnet("directory", "import", str(file), "--json", **database)
    report = json.loads(again.stdout)
    assert again.returncode == 1
    assert (report["status"], report["lines"], report["read"]) == ("done-with-refusals", 101, 100)
    assert report["refused"] == {"line-columns": 1}
    assert report["counts"]["professionals"] == {"added": 0, "changed": 0, "deactivated": 0, "reactivated": 0}


def test_what_is_refused_whole_says_why_and_changes_nothing(database: dict[str, str], tmp_path: Path) -> None:
    before = state(database)
    files = {
        "directory-losing-too-many": activities(an_activity(1)),
        "directory-encoding": activities(an_activity(1)).decode().encode("latin-1"),
        "directory-encoding, without a mark": activities(an_activity(1)).decode().encode("utf-16-le"),
        "directory-kind-unknown": activities(an_activity(1)).replace(b"|", b";"),
        "directory-columns-missing": activities(an_activity(1)).replace(b"Code profession|", b"Code metier|"),
        "directory-empty": activities(),
    }
    for code, content in files.items():
        file = tmp_path / "fichier.txt"
        file.write_bytes(content)
        told = carnet("directory", "import", str(file), **database)
        assert told.returncode == 2, code
        assert code.partition(",")[0] in told.stderr
        assert "Traceback" not in told.stderr
    assert state(database) == before
    missing = carnet("directory", "import", str(tmp_path / "absent.txt"), **database)
    assert missing.returncode == 2
    assert "Traceback" not in missing.stderr


def test_one_bad_file_does_not_stop_the_others(database: dict[str, str], tmp_path: Path) -> None:
    bad, boxes = tmp_path / "bad.txt", tmp_path / "boxes.txt"
    bad.write_bytes(b"\x07\x01")
    boxes.write_bytes(mailboxes(a_mailbox("a@b.fr", rank=1)))
    absent = tmp_path / "absent.txt"
    told = carnet("directory", "import", str(bad), str(absent), str(boxes), "--json", **database)
    assert told.returncode == 2
    reports = [json.loads(line) for line in told.stdout.splitlines()]
    assert [report["status"] for report in reports] == ["refused", "refused", "done"]
    assert [report["issues"][0]["code"] for report in reports[:2]] == ["directory-kind-unknown", "file-unreadable"]


def test_the_archive_as_published_with_what_is_not_read(database: dict[str, str], tmp_path: Path) -> None:
    archive = tmp_path / "rpps.zip"
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr("PS_LibreAcces_Personne_activite_202601170900.txt", activities(*map(an_activity, range(100))))
        writing.writestr("PS_LibreAcces_SavoirFaire_202601170900.txt", "Type d'identifiant PP|Identifiant PP|\n")
        writing.writestr("PS_LibreAcces_Dipl_AutExerc_202601170900.txt", "Type d'identifiant PP|Identifiant PP|\n")
    told = carnet("directory", "import", str(archive), "--json", **database)
    assert told.returncode == 0, told.stderr
    assert [json.loads(line)["status"] for line in told.stdout.splitlines()] == ["done", "left-alone", "left-alone"]


@pytest.mark.long
def test_a_million_bad_lines_make_a_short_report(database: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "bruit.txt"
    header = activities(*map(an_activity, range(100)))
    with file.open("wb") as writing:
        writing.write(header)
        for _ in range(100):
            writing.write(b"|mauvaise|ligne|\n" * 10_000)
    told = carnet("directory", "import", str(file), "--json", **database)
    assert told.returncode == 1
    report = json.loads(told.stdout)
    assert report["refused"] == {"line-columns": 1_000_000}
    assert len(report["first"]) == 20
    assert len(told.stdout) < 10_000


@pytest.mark.parametrize(
    "moment",
    [
        "COPY arriving",
        pytest.param("arriving_professional", marks=pytest.mark.long),
        pytest.param("directory_professional", marks=pytest.mark.long),
    ],
)
def test_killed_in_the_middle_it_leaves_the_former_directory_and_can_be_run_again(
    database: dict[str, str], tmp_path: Path, moment: str
) -> None:
    before = state(database)
    file = tmp_path / "grand.txt"
    file.write_bytes(activities(*(an_activity(rank, family="NOUVEAU") for rank in range(30_000))))
    process = subprocess.Popen(
        [*CARNET, "directory", "import", str(file)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment() | database,
    )
    with psycopg.connect(database["CARNET_DATABASE_URL"], autocommit=True) as watching:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            seen = watching.execute(
                "SELECT 1 FROM pg_stat_activity WHERE application_name = 'carnet directory import' AND state = 'active' AND query LIKE %s",
                (f"%{moment}%",),
            ).fetchone()
            if seen:
                break
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL
    assert state(database) == before
    for _ in range(20):  # a server learns within two seconds that its client is gone
        told = carnet("directory", "import", str(file), "--json", **database)
        if told.returncode == 0:
            break
        assert "directory-import-running" in told.stdout
        time.sleep(0.3)
    assert json.loads(told.stdout)["counts"]["professionals"]["added"] == 29_900
    assert len(state(database)) == 30_000
