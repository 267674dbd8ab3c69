"""What the bench prints, and the JSON it keeps."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.comparison import PathFigures

RESULTS = Path(__file__).with_name("results")

# What is asked of each ratio: at least, and aimed at.
TARGETS: Mapping[str, tuple[float, float]] = {
    "ITI-65": (0.35, 0.5),
    "ITI-67": (0.5, 0.5),
    "ITI-68": (0.5, 0.5),
    "ITI-81": (0.1, 0.2),
    "PATCH": (0.3, 0.4),
}
TITLES = {
    "ITI-65": "ITI-65 deposit, every check, sealed, traced",
    "ITI-67": "ITI-67 search of 20 fiches",
    "ITI-68": "ITI-68 read of a content, unsealed, traced",
    "PATCH": "PATCH of a fiche (mask, unmask), traced",
    "ITI-81": "ITI-81 search of 20 events, opened, told, traced",
}


def machine() -> dict[str, Any]:
    """Of this run."""
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")), "?")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // (1024 * 1024)
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gb": memory,
        "system": platform.platform(),
        "python": platform.python_version(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def verdict(path: PathFigures) -> str:
    least, aim = TARGETS[path.name]
    return "FAIL" if path.ratio < least else "pass" if path.ratio < aim or aim == least else "PASS (aim)"


def table(paths: Sequence[PathFigures]) -> str:
    """Both servers side by side, medians of the runs."""
    lines = [
        f"{'':<46}{'docs/s':>8}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}{'server µs':>11}{'pg µs':>8}{'client µs':>11}{'WAL kB':>8}{'disk kB':>9}"
    ]
    for path in paths:
        for side in ("carnet", "bare"):
            m = path.median(side)
            title = TITLES[path.name] if side == "carnet" else "  bare server"
            lines.append(
                f"{title:<46}{m['per_second']:>8.0f}{m['p50']:>8.1f}{m['p95']:>8.1f}{m['p99']:>8.1f}{m['server_cpu']:>11.0f}"
                f"{m['database_cpu']:>8.0f}{m['client_cpu']:>11.0f}{m['wal'] / 1000:>8.1f}{m['storage'] / 1000:>9.1f}"
            )
        least, aim = TARGETS[path.name]
        wanted = f"at least {least:.2f}" + ("" if aim == least else f", aim {aim:.2f}")
        lines.append(
            f"  ratio {path.ratio:.2f}  ({wanted})  {verdict(path)};  of processor time {path.processor_ratio:.2f}"
        )
    return "\n".join(lines)


def check(label: str, value: float, limit: float, unit: str, *, at_most: bool = True) -> tuple[str, bool]:
    """A line beside its limit."""
    holds = value <= limit if at_most else value >= limit
    bound = "at most" if at_most else "at least"
    return f"{label:<62}{value:>8.2f} {unit:<3} ({bound} {limit:g})  {'pass' if holds else 'FAIL'}", holds


def as_json(path: PathFigures) -> dict[str, Any]:
    return {
        "ratio": round(path.ratio, 3),
        "processor_ratio": round(path.processor_ratio, 3),
        "verdict": verdict(path),
        "carnet": path.median("carnet"),
        "bare": path.median("bare"),
        "runs": {"carnet": [asdict(run) for run in path.carnet], "bare": [asdict(run) for run in path.bare]},
    }


def keep(result: Mapping[str, Any], folder: Path, name: str | None = None) -> Path:
    """Write the JSON of a run."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name or datetime.now(UTC).strftime('%Y-%m-%dT%H%M%S')}.json"
    path.write_text(json.dumps(_rounded(result), indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return value
