"""The bench runs, at the smallest size; its figures are not looked at, since a timed test would fail by chance."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_measures_both_sides_and_keeps_its_figures(tmp_path: Path) -> None:
    options = {
        "fiches": 200,
        "first-fiches": 100,
        "contents": 60,
        "documents": 40,
        "rounds": 1,
        "connections": 4,
        "starts": 1,
        "people": 300,
        "authorised": 100,
    }
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "--quick",
        "--home",
        str(tmp_path / "home"),
        "--results",
        str(tmp_path),
        "--name",
        "smoke",
    ]
    command += [f"--{name}={value}" for name, value in options.items()]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert told.returncode in {0, 1}, told.stderr
    result = json.loads((tmp_path / "smoke.json").read_text("utf-8"))
    assert result["fiches"] == 200
    assert result["first_search"]["fiches"] == 100
    assert result["grown_search"]["fiches"] == 200
    for search in (result["first_search"], result["grown_search"]):
        assert search["carnet"]["failures"] == search["bare"]["failures"] == 0
    for name in ("ITI-65", "ITI-67", "ITI-68", "ITI-81", "PATCH"):
        path = result["paths"][name]
        assert path["ratio"] > 0
        for side in ("carnet", "bare"):
            assert path[side]["documents"] >= 40
            assert path[side]["failures"] == 0
        assert f"{name} " in told.stdout
    assert result["ready"]["seconds"] > 0
    assert result["authorised"]["ratio"] > 0
    assert result["people"]["ratio"] > 0
