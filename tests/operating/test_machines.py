"""`carnet client` and `carnet refusals` against a running demonstration: what they change there, how fast, and what they print."""

import json
import os
import time
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import ECKey
from tests.builders.certificates import self_signed
from tests.operating.conftest import Demo, carnet

from carnet.cli import main

KEY = ECKey.generate_key("P-256").as_dict(private=False, kid="une")


def client(demo: Demo, *arguments: str) -> tuple[int, str, str]:
    told = carnet("client", *arguments, "--home", str(demo.home), CARNET_MODE="demo")
    assert "Traceback" not in told.stderr
    return told.returncode, told.stdout, told.stderr


def listed(demo: Demo, name: str) -> dict[str, object]:
    status, out, _ = client(demo, "list", "--json")
    assert status == 0
    (found,) = [each for line in out.splitlines() if (each := json.loads(line))["client_id"] == name]
    return dict(found)


def token(demo: Demo, name: str, secret: str) -> httpx.Response:
    return httpx.post(f"{demo.base_url}/oauth2/token", auth=(name, secret), data={"grant_type": "client_credentials"})


def opens(demo: Demo, given: str) -> int:
    """The status of a request that is wrong but for the token."""
    return httpx.get(
        f"{demo.base_url}/fhir/DocumentReference", headers={"Authorization": f"Bearer {given}"}
    ).status_code


def within_a_second(demo: Demo, given: str, status: int) -> bool:
    ends = time.monotonic() + 1
    while time.monotonic() < ends:
        if opens(demo, given) == status:
            return True
    return False


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def own(home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database that no server serves: enough for what is refused before anything is written."""
    for name in [name for name in os.environ if name.startswith("CARNET_") and not name.startswith("CARNET_TEST")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CARNET_DATABASE_URL", database_url)
    monkeypatch.setenv("CARNET_MODE", "demo")
    return home


Capture = pytest.CaptureFixture[str]
HOSPITAL = ("--name", "Hôpital inventé", "--organization", "1990000077")


def test_registered_with_a_secret_then_disabled_at_once_and_admitted_again(demo: Demo) -> None:
    status, out, _ = client(demo, "add", "commande", *HOSPITAL, "--secret")
    assert status == 0
    given = token(demo, "commande", out.strip()).json()["access_token"]
    assert opens(demo, given) == 400
    assert client(demo, "disable", "commande")[0] == 0
    assert within_a_second(demo, given, 401)
    assert token(demo, "commande", out.strip()).status_code == 401
    assert listed(demo, "commande")["disabled_at"] is not None
    assert client(demo, "enable", "commande")[0] == 0
    assert within_a_second(demo, given, 400)
    assert carnet("trail", "verify", "--home", str(demo.home)).returncode == 0


def test_keys_are_renewed_and_former_tokens_refused(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [KEY]}))
    _, out, _ = client(demo, "add", "renouvele", *HOSPITAL, "--secret")
    given = token(demo, "renouvele", out.strip()).json()["access_token"]
    assert client(demo, "rotate", "renouvele", "--jwks", str(tmp_path / "keys.json"), "--refuse-former-tokens")[0] == 0
    assert within_a_second(demo, given, 401)
    found = listed(demo, "renouvele")
    assert found["kids"] == ["une"]
    assert "private_key_jwt" in str(found["methods"])


def test_certificates_are_registered_by_name_or_whole(demo: Demo, tmp_path: Path) -> None:
    pair = self_signed(tmp_path, "seul.example")
    assert (
        client(demo, "add", "nomme", *HOSPITAL, "--subject-dn", "CN=a,O=b", "--exchange", "--resource-server")[0] == 0
    )
    found = listed(demo, "nomme")
    assert found["methods"] == ["tls_client_auth"]
    assert found["certificates"] == [{"tls_client_auth_subject_dn": "CN=a,O=b"}]
    assert "urn:ietf:params:oauth:grant-type:token-exchange" in str(found["grants"])
    assert found["resource_server"] is True
    assert client(demo, "add", "seul", *HOSPITAL, "--certificate", str(pair.file))[0] == 0
    assert listed(demo, "seul")["certificates"] == [{"certificate": pair.base64}]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "rien", *HOSPITAL), "client-method-missing"),
        (("add", "a:b", *HOSPITAL, "--secret"), "client-id-malformed"),
        (("add", "sans", "--name", "Sans structure", "--secret"), "client-organization-missing"),
        (("add", "clair", *HOSPITAL, "--jwks", "http://192.0.2.1/jwks"), "https only"),
        (("add", "rien", *HOSPITAL, "--jwks", "/etc/hostname"), "not JSON"),
        (("add", "rien", *HOSPITAL, "--jwks", "/nowhere"), "No such file"),
        (("add", "rien", *HOSPITAL, "--certificate", "/etc/hostname"), "not a certificate"),
        (("add", "rien", *HOSPITAL, "--certificate", "/etc/hostname", "--subject-dn", "CN=a"), "not both"),
        (("disable", "personne"), "no software is registered"),
        (("rotate", "personne"), "no software is registered"),
    ],
)
def test_what_cannot_be_registered_is_told(own: Path, capsys: Capture, arguments: tuple[str, ...], told: str) -> None:
    assert main(["client", *arguments, "--home", str(own)]) == 2
    assert told in capsys.readouterr().err


def test_a_shared_secret_is_not_for_production(own: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARNET_MODE")
    assert main(["client", "add", "reel", *HOSPITAL, "--secret", "--home", str(own)]) == 2
    assert "client-method-not-allowed" in capsys.readouterr().err


def test_the_operator_reads_what_was_refused(demo: Demo) -> None:
    given = carnet("token", "laboratoire", "--home", str(demo.home)).stdout.strip()
    headers = {"Authorization": f"Bearer {given}", "Content-Type": "application/fhir+json"}
    answer = httpx.post(f"{demo.base_url}/fhir", content=b"not json", headers=headers)
    assert answer.status_code == 400
    told = carnet("refusals", "--home", str(demo.home))
    assert told.returncode == 0
    assert f"laboratoire POST /fhir 400 {answer.headers['x-request-id']}" in told.stdout
    assert "laboratoire: 1 refused" in told.stderr
    (line,) = carnet("refusals", "--json", "--client", "laboratoire", "--home", str(demo.home)).stdout.splitlines()
    assert json.loads(line)["correlationId"] == answer.headers["x-request-id"]
    assert "nothing was refused" in carnet("refusals", "--client", "hopital", "--home", str(demo.home)).stderr
    assert carnet("refusals", "--since", "hier", "--home", str(demo.home)).returncode == 2
