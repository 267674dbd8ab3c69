"""The small territory, whole: every document goes through the door, and an interrupted feeding goes on."""

import signal
import threading
import time

import httpx
import pytest
from tests.operating.conftest import Demo, carnet, free_port

pytestmark = pytest.mark.long


def test_the_small_territory_is_fed_after_a_kill_in_the_middle(tmp_path_factory: pytest.TempPathFactory) -> None:
    demo = Demo(tmp_path_factory.mktemp("territory"), free_port())
    starter = threading.Thread(target=demo.start)
    starter.start()
    marker = demo.home / "demo.json"
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and '"fed": 0' in (marker.read_text() if marker.exists() else '"fed": 0'):
        time.sleep(0.05)
    assert demo.process is not None
    demo.process.send_signal(signal.SIGKILL)
    demo.process.wait(timeout=30)
    starter.join(timeout=30)

    assert demo.process.stdout is not None
    demo.process.stdout.close()
    told = demo.start()
    assert "carnet est prêt" in told, told
    assert "300 usagers, 60 professionnels, 20 structures" in told
    assert "3000 documents" in told
    assert "refusé" not in told
    token = carnet("token", "marie", "--home", str(demo.home)).stdout.strip()
    listed = carnet("token", "--list", "--home", str(demo.home)).stdout
    matricule = next(line for line in listed.splitlines() if line.startswith("marie")).split("matricule ")[1].split()[0]
    found = httpx.get(
        f"{demo.base_url}/fhir/DocumentReference",
        params={"patient.identifier": f"urn:oid:1.2.250.1.213.1.4.10|{matricule}", "_count": "5"},
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    assert found["total"] >= 60
    assert len(found["entry"]) == 5
    verified = carnet("trail", "verify", "--home", str(demo.home))
    assert verified.returncode == 0, verified.stderr
    assert demo.stop() == 0
