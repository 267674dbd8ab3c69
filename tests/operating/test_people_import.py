"""`carnet people import` as an operator runs it: a real process, interrupted, killed, fed with whatever people call a file."""

import json
import random
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from tests.builders.patients import a_patient, an_ins
from tests.builders.population import HEADING, a_file, a_line
from tests.operating.conftest import CARNET, carnet, environment


class Office:
    """Where population files are imported. home: with the master key; url: the database."""

    def __init__(self, home: Path, url: str) -> None:
        self.home = home
        self.settings = {"CARNET_HOME": str(home), "CARNET_DATABASE_URL": url, "CARNET_MODE": "demo"}
        self._url = url

    def take(self, path: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return carnet("people", "import", str(path), *arguments, **self.settings | settings)

    def start(self, path: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*CARNET, "people", "import", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment() | self.settings,
        )  # fmt: skip

    def asked(self, statement: str) -> int:
        with psycopg.connect(self._url) as connection:
            row = connection.execute(statement).fetchone()
            assert row is not None
            count: int = row[0]
            return count

    def records(self) -> int:
        return self.asked("SELECT count(*) FROM record")


@pytest.fixture(scope="module")
def office(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"), database_url)


def test_records_are_announced_then_known(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(a_file([a_line(n) for n in range(1, 31)]))
    before = office.records()
    told = office.take(path)
    assert (told.returncode, told.stderr) == (0, "")
    assert "30 created, 0 changed, 0 unchanged, 0 refused" in told.stdout
    assert office.asked("SELECT count(*) FROM record WHERE status = 'announced'") == before + 30
    again = office.take(path)
    assert "0 created, 0 changed, 30 unchanged, 0 refused" in again.stdout
    verified = carnet("trail", "verify", **office.settings)
    assert (verified.returncode, "0 faults" in verified.stdout) == (0, True)


def test_people_told_long_ago_have_open_records(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(a_file([a_line(n) for n in range(100, 105)]))
    assert office.take(path, "--announced-on", "2026-01-05").returncode == 0
    assert (
        office.asked(
            "SELECT count(*) FROM record_period WHERE valid_from = '2026-01-04T23:00Z' AND valid_to IS NOT NULL"
        )
        == 5
    )
    assert office.asked("SELECT count(*) FROM record WHERE status = 'open'") == 5
    assert office.take(path, "--announced-on", "2099-01-05").returncode == 2
    assert office.take(tmp_path / "absent.csv").returncode == 2


def test_refusals_are_told_by_line_and_code_and_nobody_is_named(office: Office, tmp_path: Path) -> None:
    path, report = tmp_path / "people.csv", tmp_path / "report.csv"
    lines = [
        a_line(200), a_line(201, sexe="Q"), a_line(202, date_naissance="1980-02-30"), a_line(203, nom_naissance="É"), "", a_line(204),
        a_line(205) + ";de trop", a_line(206, oid="1.2.250.1.213.1.4.8"), a_line(207, nom_naissance="X" * 70_000), a_line(208),
    ]  # fmt: skip
    path.write_bytes(a_file(lines).replace("É".encode(), "É".encode("latin-1")))
    told = office.take(path, "--report", str(report))
    assert told.returncode == 1
    assert "3 created, 0 changed, 0 unchanged, 6 refused" in told.stdout
    assert report.read_text().splitlines() == [
        "file;line;code;column",
        "people.csv;3;column-invalid;sexe",
        "people.csv;4;trait-invalid;birth_date",
        "people.csv;5;line-encoding;",
        "people.csv;8;line-columns;",
        "people.csv;9;ins-register-not-here;",
        "people.csv;10;line-too-long;",
    ]
    for said in (told.stdout, told.stderr, report.read_text()):
        assert "PAT-" not in said
        assert "18006750" not in said


def test_production_takes_no_test_identity_and_a_wrong_key_nowhere(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    real = "1.2.250.1.213.1.4.8"
    path.write_bytes(
        a_file(
            [a_line(n, oid=f"1.2.250.1.213.1.4.{register}") for n, register in ((300, 10), (301, 11), (302, 13))]
            + [a_line(303, oid=real), a_line(304, oid=real, matricule="180067500030400"), a_line(305, oid=real[:-1] + "9", matricule="180067500030500")]
        )
    )  # fmt: skip
    told = office.take(path, CARNET_MODE="production")
    assert told.returncode == 1
    assert "1 created, 0 changed, 0 unchanged, 5 refused" in told.stdout
    assert "refused 3: ins-register-not-here" in told.stdout
    assert "refused 2: ins-key" in told.stdout


def test_fr_core_patients_a_line_each(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "people.ndjson"
    people = [a_patient(an_ins(number)) for number in (950_001, 950_002, 950_003)]
    del people[1]["birthDate"]
    lines = [json.dumps(person) for person in people] + ["{", '{"resourceType": "Bundle"}', "[]", json.dumps(people[2])]
    path.write_text("\n".join(lines))
    told = office.take(path)
    assert told.returncode == 1
    assert "2 created, 0 changed, 1 unchanged, 4 refused" in told.stdout
    assert "line 2: element-required (Patient.birthDate)" in told.stdout
    for code in ("json-malformed", "resource-type", "json-not-an-object"):
        assert f"refused 1: {code}" in told.stdout


def test_published_patients(office: Office, tmp_path: Path, samples: Path) -> None:
    path = tmp_path / "people.ndjson"
    found = sorted((samples / "ins" / "fhir").rglob("patient-*.json"))
    path.write_text("\n".join(json.dumps(json.loads(file.read_text())) for file in found))
    told = office.take(path)
    assert "Traceback" not in told.stderr
    named = {number: file.name for number, file in enumerate(found, 1)}
    refused = {
        named[int(line.split(":")[0].split()[1])] for line in told.stdout.splitlines() if line.startswith("  line ")
    }
    assert {name for name in named.values() if "qual" in name and "dout" not in name} & refused == set()
    assert {name for name in named.values() if "prov" in name or "vali" in name or "dout" in name} <= refused


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (a_file([a_line(1)], encoding="utf-16"), "UTF-8"),
        (a_file([a_line(1)], heading=HEADING.replace("sexe", "genre")), "sexe"),
        (a_file([a_line(1)], heading=HEADING.replace("prenoms", "sexe")), "deux fois"),
        (b"", "matricule"),
        (b"\x00\xff" * 200_000, "UTF-8"),
    ],
)
def test_a_file_that_is_not_one(office: Office, tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    before = office.records()
    answer = office.take(path)
    assert (answer.returncode, office.records()) == (2, before)
    assert told in answer.stderr
    assert "Traceback" not in answer.stderr


def test_columns_reordered_or_added(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    heading, *lines = (
        ";".join([*reversed(text.split(";")), added])
        for text, added in ((HEADING, "caisse"), (a_line(400), "01"), (a_line(401), "02"))
    )
    path.write_bytes(b"\xef\xbb\xbf" + a_file(lines, heading=heading).replace(b"\n", b"\r\n"))
    told = office.take(path)
    assert "2 created" in told.stdout
    assert "columns that were not read: caisse" in told.stdout


def test_killed_again_and_again_it_takes_each_line_once(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    people = 30_000
    path.write_bytes(a_file([a_line(500_000 + n) for n in range(people)] + [a_line(1, sexe="Q")]))
    before, rng = office.records(), random.Random(7)
    for _ in range(3):
        done = office.asked("SELECT count(*) FROM people_import_batch")
        running = office.start(path)
        deadline = time.monotonic() + 60
        while running.poll() is None and time.monotonic() < deadline:
            if office.asked("SELECT count(*) FROM people_import_batch") > done:
                time.sleep(rng.uniform(0, 0.03))
                break
            time.sleep(0.005)
        running.send_signal(signal.SIGKILL)
        running.communicate()
    taken = office.records() - before
    assert 0 < taken < people
    assert taken % 2_000 == 0  # whole batches only
    told = office.take(path)
    assert told.returncode == 1
    assert f"{people} created, 0 changed, 0 unchanged, 1 refused" in told.stdout
    assert office.records() == before + people
    assert office.asked("SELECT count(*) FROM audit_event WHERE position = 1") == office.records()
    assert office.asked("SELECT count(*) FROM people_import WHERE finished_at IS NULL") == 0
    assert office.asked("SELECT count(*) FROM people_import_batch") == 0


def test_a_file_is_taken_by_one_process_at_a_time(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(a_file([a_line(700_000 + n) for n in range(6_000)]))
    running = office.start(path)
    while office.asked("SELECT count(*) FROM people_import_batch") == 0 and running.poll() is None:
        time.sleep(0.005)
    told = office.take(path)
    running.communicate()
    assert running.returncode == 0
    assert (told.returncode, "autre processus" in told.stderr) == (2, True) or "6000 unchanged" in told.stdout


@pytest.mark.long
def test_a_million_bad_lines_stay_a_short_report(office: Office, tmp_path: Path) -> None:
    path, report = tmp_path / "people.csv", tmp_path / "report.csv"
    with path.open("wb") as file:
        file.write(a_file([]))
        for _ in range(1_000):
            file.write(b"n'importe quoi\n" * 1_000)
    told = office.take(path, "--report", str(report))
    assert told.returncode == 1
    assert "0 created, 0 changed, 0 unchanged, 1000000 refused" in told.stdout
    assert len(told.stdout.splitlines()) < 40
    assert len(report.read_text().splitlines()) == 1_002
