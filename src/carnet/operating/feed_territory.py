"""The feeding of the demonstration, in a process of its own: every document goes through the FHIR door over HTTP."""

import asyncio
import json
import sys
from datetime import date
from pathlib import Path

import httpx

from carnet.document_types.table import DocumentTypes
from carnet.domain.record.model import AssociationKind, RelatesTo
from carnet.formats.fhir.feeding import write_provide_bundle
from carnet.formats.fhir.standalone import Named
from carnet.operating.client import Server
from carnet.operating.demo import REFUSED, note
from carnet.operating.feeder import Feeder, Told, submission_set
from carnet.operating.progress import Progress
from carnet.territory.invent import invent
from carnet.territory.model import InventedDocument

_IN_FLIGHT = 6
_NOTE_EVERY = 200


class TerritoryFeeder:
    """Sends invented documents in order, several at once; a correction waits for what it corrects."""

    def __init__(self, server: Server, marker: Path, total: int) -> None:
        self._server = server
        self._marker = marker
        self._noted = json.loads(marker.read_text("utf-8"))
        self._total = total
        self._feeders: dict[str, Feeder] = {}
        self._types = DocumentTypes.load()
        self._refused: list[Told] = []
        self._bar = Progress("Dépôt des documents", total)

    async def feed(self, citizens: int) -> int:
        """Feed what is left; gives the number of documents refused (none is expected)."""
        territory = invent(
            self._noted["seed"],
            citizens=citizens,
            documents=self._total,
            today=date.fromisoformat(self._noted["today"]),
        )
        gate = asyncio.Semaphore(_IN_FLIGHT)
        pending: set[asyncio.Task[None]] = set()
        done = self._noted["fed"]
        for number, document in enumerate(territory.documents(), 1):
            if number <= done:
                continue
            feeder = await self._feeder(document.feeder)
            if document.replaces is not None and pending:
                await asyncio.wait(pending)
            await gate.acquire()
            task = asyncio.create_task(self._send(feeder, document))
            pending.add(task)
            task.add_done_callback(pending.discard)
            task.add_done_callback(lambda _: gate.release())
            if number % _NOTE_EVERY == 0:
                await asyncio.gather(*pending)
                self._progress(number)
        await asyncio.gather(*pending)
        self._progress(self._total)
        self._bar.end()
        return len(self._refused)

    async def _feeder(self, name: str) -> Feeder:
        if name not in self._feeders:
            self._feeders[name] = Feeder(self._server, await self._server.token(name), self._types)
        return self._feeders[name]

    async def _send(self, feeder: Feeder, document: InventedDocument) -> None:
        body = self._body(feeder, document)
        told = await feeder.post(body, name=document.title, named=Named(str(document.unique_id), document.ins))
        if told.status == "refused":
            self._refused.append(told)
            print(f"\nrefusé : {document.type_code} {document.unique_id} {told.issues}", file=sys.stderr)

    def _body(self, feeder: Feeder, document: InventedDocument) -> bytes:
        replaces = (
            None if document.replaces is None else RelatesTo(AssociationKind.REPLACES, unique_id=document.replaces)
        )
        if document.fiche is not None:
            author = next(iter(document.fiche.authors), None)
            return write_provide_bundle(
                document.fiche, document.content, media_type=document.media_type, ins=document.ins,
                submission_set=submission_set(author), labels=document.labels, replaces=replaces,
            )  # fmt: skip
        return feeder.cda(document.content, labels=document.labels, replaces=replaces)

    def _progress(self, number: int) -> None:
        self._noted["fed"] = number
        note(self._marker, self._noted)
        self._bar.to(number)


async def main(base_url: str, marker: Path, citizens: int, total: int) -> int:
    async with httpx.AsyncClient(timeout=120) as http:
        feeder = TerritoryFeeder(Server(base_url, http), marker, total)
        return await feeder.feed(citizens)


if __name__ == "__main__":
    try:
        sys.exit(REFUSED if asyncio.run(main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:5]))) else 0)
    except KeyboardInterrupt:
        sys.exit(130)
