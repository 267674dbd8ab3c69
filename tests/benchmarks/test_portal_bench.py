"""The benchmark of the portal runs, at the smallest size; its figures are not looked at, since a timed test would fail by chance."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("who", "pages"),
    [
        ("citizen", ("Accueil", "Mes documents", "Document ", "Chercher")),
        ("professional", ("Trouver un patient", "Carnet", "Document en place", "Chercher")),
    ],
)
def test_it_measures_every_page(tmp_path: Path, who: str, pages: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "benchmarks.portal", "--as", who, "--home", str(tmp_path / "home")]
    command += ["--documents=12", "--users=2", "--requests=8", "--workers=1"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert told.returncode in {0, 1}, told.stderr
    for page in pages:
        assert page in told.stdout, told.stdout + told.stderr
    assert "target: p95" in told.stdout
