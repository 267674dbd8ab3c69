"""Commands against a running demonstration: what they print, and how they end."""

import json
from pathlib import Path

import httpx
import pytest
from tests.builders.cda import a_cda
from tests.builders.patients import a_name, a_patient, a_reliability
from tests.operating.conftest import Demo, carnet, free_port


def test_help_teaches() -> None:
    told = carnet("--help")
    assert told.returncode == 0
    assert "carnet demo" in told.stdout
    for command in ("serve", "work", "demo", "migrate", "feed", "token", "insi", "trail"):
        assert command in told.stdout
        assert carnet(command, "--help").returncode == 0


def test_a_mistyped_setting_is_told() -> None:
    told = carnet("token", "--list", CARNET_PROT="8000")
    assert told.returncode == 2
    assert "CARNET_PROT" in told.stderr


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("CARNET_DATABASE_URL", "postgresql://127.0.0.1:1/carnet", "connection"),
        ("CARNET_CONTENT_URL", "s3://bucket", "file:/path"),
        ("CARNET_ACCESS_MATRIX", "/etc/hostname", "# edition"),
        ("CARNET_KEY_FILE", "/nowhere/master.key", "master key"),
        ("CARNET_TRUSTED_PROXIES", "nowhere", "CARNET_TRUSTED_PROXIES"),
        ("CARNET_TLS_PORT", "1", "CARNET_TLS_CERTIFICATE"),
        ("CARNET_CLIENT_ACTS_AT_ONCE", "0", "at least 1"),
        ("CARNET_PSC_DISCOVERY_URL", "http://psc.example", "https://"),
    ],
)
def test_what_an_operator_can_mend_is_told_without_a_traceback(setting: str, value: str, told: str, demo: Demo) -> None:
    answer = carnet("serve", "--home", str(demo.home), "--port", str(free_port()), **{setting: value})
    assert answer.returncode == 2
    assert told in answer.stderr
    assert "Traceback" not in answer.stderr


def test_nothing_listens() -> None:
    told = carnet("token", "hopital", "--base-url", f"http://127.0.0.1:{free_port()}")
    assert told.returncode == 2
    assert "make demo" in told.stderr
    assert "Traceback" not in told.stderr


def test_token_by_name_and_the_list(demo: Demo) -> None:
    listed = carnet("token", "--list", "--home", str(demo.home))
    assert listed.returncode == 0
    assert "hopital" in listed.stdout
    token = carnet("token", "hopital", "--home", str(demo.home)).stdout.strip()
    assert token.count(".") == 2
    answer = httpx.get(f"{demo.base_url}/fhir/DocumentReference", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 400  # known, and asked to name a patient


def test_an_unknown_name_is_told(demo: Demo) -> None:
    told = carnet("token", "personne", "--home", str(demo.home))
    assert told.returncode == 2
    assert "personne" in told.stderr


def test_the_documented_secret_gives_a_token(demo: Demo) -> None:
    form = {"grant_type": "client_credentials", "client_id": "hopital", "client_secret": "demo-hopital"}
    answer = httpx.post(f"{demo.base_url}/oauth2/token", data=form)
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"


def test_the_directory_knows_the_invented_professionals(demo: Demo) -> None:
    token = carnet("token", "medecin", "--home", str(demo.home)).stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    found = httpx.get(f"{demo.base_url}/fhir/Practitioner", params={"name": "claire aubrespin"}, headers=headers).json()
    (practitioner,) = [entry["resource"] for entry in found["entry"]]
    assert practitioner["identifier"][0]["value"].startswith("8999")
    assert practitioner["telecom"][0]["value"] == "claire.aubrespin@pro.demo.mssante.fr"
    sites = httpx.get(
        f"{demo.base_url}/fhir/Organization?type=GEOGRAPHICAL-ENTITY&_summary=count", headers=headers
    ).json()
    assert sites["total"] == 19  # all of the territory but the insurance, which treats nobody


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """A folder with one good letter, one broken file and a note that is not a document."""
    (tmp_path / "lettre.xml").write_bytes(a_cda())
    (tmp_path / "faux.xml").write_bytes(b"%PDF-1.4 not XML")
    (tmp_path / "notes.txt").write_text("rien")
    return tmp_path


def test_feed_tells_what_became_of_each_file(demo: Demo, letters: Path) -> None:
    told = carnet("feed", str(letters), "--as", "hopital", "--open-records", "--json", "--home", str(demo.home))
    assert told.returncode == 1
    lines = {Path(line["file"]).name: line for line in map(json.loads, told.stdout.splitlines())}
    assert set(lines) == {"lettre.xml", "faux.xml"}
    assert lines["lettre.xml"]["status"] == "stored"
    assert lines["lettre.xml"]["patient"]["oid"] == "1.2.250.1.213.1.4.10"
    assert lines["lettre.xml"]["uniqueId"]
    assert lines["faux.xml"]["status"] == "refused"
    assert lines["faux.xml"]["issues"][0]["code"].startswith("xml-")

    again = carnet("feed", str(letters / "lettre.xml"), "--as", "hopital", "--home", str(demo.home))
    assert again.returncode == 0
    assert "déjà là" in again.stdout
    assert "1 documents" in again.stdout


def test_insi_is_asked_about_one_person(demo: Demo, tmp_path: Path) -> None:
    known = tmp_path / "patient.json"
    traits = {
        "extension": [a_reliability("PROV")], "identifier": None, "name": [a_name("ADRTROIS", "DOMINIQUE", None)],
        "birthDate": "1997-02-26",
    }  # fmt: skip
    known.write_text(json.dumps(a_patient(**traits)))
    told = carnet("insi", str(known), "--home", str(demo.home), CARNET_MODE="demo")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("une identité")
    assert "297022A02077878" not in told.stdout
    known.write_text(json.dumps(a_patient(**traits | {"extension": [a_reliability("VALI")]})))
    written = tmp_path / "qualified.json"
    for expected in (0, 2):  # what is there is not written over
        again = carnet("insi", str(known), "--write", str(written), "--home", str(demo.home), CARNET_MODE="demo")
        assert again.returncode == expected, again.stderr
    assert json.loads(written.read_text())["identifier"][0]["value"] == "297022A02077878"
    assert written.stat().st_mode & 0o077 == 0
    known.write_text(json.dumps(a_patient(**traits | {"birthDate": "1997-02-27"})))
    nobody = carnet("insi", str(known), "--home", str(demo.home), CARNET_MODE="demo")
    assert (nobody.returncode, nobody.stdout) == (1, "aucune identité (1 questions)\n")
    unset = carnet("insi", str(known), "--home", str(demo.home))
    assert unset.returncode == 2
    assert "CARNET_INSI_URL" in unset.stderr
    known.write_text(json.dumps(a_patient(**traits | {"gender": "other"})))
    refused = carnet("insi", str(known), "--home", str(demo.home))
    assert refused.returncode == 2
    assert "gender-not-of-ins" in refused.stderr


def test_feed_with_nothing_to_send(demo: Demo, tmp_path: Path) -> None:
    told = carnet("feed", str(tmp_path), "--home", str(demo.home))
    assert told.returncode == 2
    missing = carnet("feed", str(tmp_path / "absent.xml"), "--home", str(demo.home))
    assert missing.returncode == 1
    assert "file-unreadable" in missing.stdout


def test_two_demonstrations_do_not_share_a_port_or_a_territory(demo: Demo, tmp_path: Path) -> None:
    taken = carnet("demo", "--home", str(tmp_path), "--port", str(demo.port))
    assert taken.returncode == 2
    assert "--port" in taken.stderr
    other = carnet("demo", "--home", str(demo.home), "--port", str(free_port()), "--seed", "7")
    assert other.returncode == 2
    assert "--reset" in other.stderr


def test_the_trail_holds(demo: Demo) -> None:
    told = carnet("trail", "verify", "--home", str(demo.home))
    assert told.returncode == 0, told.stderr
    assert "0 faults" in told.stdout


def test_stops_cleanly_and_starts_again_where_it_was(demo: Demo) -> None:
    assert demo.stop() == 0
    told = demo.start("--size", "empty")
    assert "carnet est prêt" in told
    assert "Inscription" not in told
    assert carnet("token", "hopital", "--home", str(demo.home)).returncode == 0


def test_reset_forgets_only_what_a_demonstration_made(demo: Demo, tmp_path: Path) -> None:
    demo.stop()
    (demo.home / "notes.txt").write_text("à garder")
    told = demo.start("--size", "empty", "--seed", "9", "--reset")
    assert "Inscription" in told
    assert (demo.home / "notes.txt").exists()
    assert demo.stop() == 0
