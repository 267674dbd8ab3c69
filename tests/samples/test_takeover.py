"""Every public CDA sample taken over from its folder meets what it meets at the door: filed, or refused for the reason that docs/samples.md tells."""

from pathlib import Path

import httpx
from tests.samples.test_feed import HOSPITAL, refusals_of_the_page

from carnet.app import Carnet
from carnet.document_types.table import DocumentTypes
from carnet.domain.record.takeover import store, take_over
from carnet.domain.record.takeover.model import Became, Taken
from carnet.operating.client import Server
from carnet.operating.feed import files, open_records
from carnet.operating.stock import source_of, stock_items


async def test_the_same_rules_as_at_the_door(carnet: Carnet, http: httpx.AsyncClient, samples: Path) -> None:
    folder, services = samples / "cda", carnet.services
    await open_records(Server("http://carnet.test", http), files([folder]))
    async with carnet.database.connection() as connection:
        takeover = await store.begin(connection, source=source_of(folder), client="hopital", at=services.clock())
    tolds: list[Taken] = []
    progress = await take_over(
        services.store, stock_items(folder, types=DocumentTypes.load(), max_line_bytes=60_000_000), takeover, actor=HOSPITAL,
        terms=services.deposit_terms, clock=services.clock, tell=tolds.append,
    )  # fmt: skip
    assert progress.position == len(files([folder]))
    refused = {Path(told.name).name: set(told.codes) for told in tolds if told.became is Became.REFUSED}
    names = {Path(told.name).name for told in tolds}
    assert refused == {name: codes for name, codes in refusals_of_the_page().items() if name in names}
    assert progress.counts["stored"] == progress.position - len(refused)
