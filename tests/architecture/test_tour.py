"""The tour of the README, walked as a newcomer would: its commands as they are printed, against a small territory fed through the real doors."""

import asyncio
import json
import os
import re
import shutil
import socket
import sys
from datetime import date
from pathlib import Path

import httpx
import pytest

from carnet.app import Carnet
from carnet.operating.client import Server
from carnet.operating.demo import DEFAULT_SEED, register_people
from carnet.operating.feed_territory import TerritoryFeeder
from carnet.operating.running import serve
from carnet.settings import Settings
from carnet.territory.invent import invent

CITIZENS, DOCUMENTS = 20, 300
TODAY = date(2026, 11, 21)


class _Walked(Exception):
    pass


def _tour(base_url: str, root: Path) -> str:
    block = re.search(
        r"^## A tour.*?^```sh\n(.*?)^```", (root / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert block is not None
    return (
        block[1]
        .replace("http://127.0.0.1:8000", base_url)
        .replace(".venv/bin/carnet", f"{sys.executable} -m carnet.cli")
    )


async def _walk(settings: Settings, folder: Path, root: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARNET_")}
    environment |= {
        "CARNET_HOME": str(settings.home),
        "CARNET_DATABASE_URL": settings.database_url or "",
        "PYTHONUNBUFFERED": "1",
    }
    process = await asyncio.create_subprocess_exec(
        "bash", "-e", "-c", _tour(settings.public_url, root), cwd=folder, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, out.decode()
    return out.decode()


@pytest.mark.long
async def test_the_tour_can_be_walked(database_url: str, tmp_path: Path, root: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(home=tmp_path / "home", port=port, mode="demo", database_url=database_url, database_pool=6)
    settings.home.mkdir()
    told = ""

    async def ready(carnet: Carnet) -> None:
        nonlocal told
        territory = invent(DEFAULT_SEED, citizens=CITIZENS, documents=DOCUMENTS, today=TODAY)
        await register_people(carnet, territory)
        marker = settings.home / "demo.json"
        noted = {
            "size": "small",
            "seed": DEFAULT_SEED,
            "today": TODAY.isoformat(),
            "fed": 0,
            "base_url": settings.public_url,
        }
        marker.write_text(json.dumps(noted), "utf-8")
        async with httpx.AsyncClient(timeout=120) as client:
            assert await TerritoryFeeder(Server(settings.public_url, client), marker, DOCUMENTS).feed(CITIZENS) == 0
        told = await _walk(settings, tmp_path, root)
        raise _Walked

    with pytest.raises(_Walked):
        await serve(settings, database_url, ready=ready)

    assert '"resourceType":"CapabilityStatement"' in told
    assert re.search(r"^marie +Marie ", told, re.MULTILINE)
    assert '"type": "searchset"' in told
    assert "<ClinicalDocument" in told
    assert told.count("HTTP/1.1 404 Not Found") == 1, "what Marie hid"
    assert '"outcomeDesc":"Vous avez masqué' in told
    assert told.count("HTTP/1.1 403 Forbidden") == 2
    assert told.count('"code":"record-refused"') == 2
    assert "1 déjà là, 0 refusés" in told
    assert "header-traits-differ" in told
    assert "0 enregistrés, 0 déjà là, 1 refusés" in told
    assert re.search(r"^\d+ streams, \d+ events, 0 faults$", told, re.MULTILINE)
