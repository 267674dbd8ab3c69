"""
The loading of a large demonstration, in processes of their own: documents are taken over by COPY, sealed and traced, not sent over HTTP.

Feeding a million documents would take an hour; what is tried with so many is reading. Each process takes one person in so many, whole
records at a time, so that an interrupted loading goes on where it stopped.
"""

import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from carnet.app import Carnet, open_carnet
from carnet.document_types.table import DocumentTypes
from carnet.domain.access.model import OwnerKind
from carnet.domain.actor import SYSTEM
from carnet.domain.errors import Issue
from carnet.domain.record.coherence import Digest, complete
from carnet.domain.record.loading import load
from carnet.domain.record.loading import store as loading_store
from carnet.domain.record.loading.model import HeldConsent, HeldDocument, HeldRecord, HeldSubmission
from carnet.domain.record.model import SubmittedDocument
from carnet.formats.cda.document import read_document
from carnet.operating.feeder import fiche_of_cda, sender_of, submission_set
from carnet.settings import Settings
from carnet.territory.agenda import Planned
from carnet.territory.invent import Territory, invent
from carnet.territory.model import Citizen, InventedDocument
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

_BATCH_RECORDS = 20  # about a thousand documents, thirty megabytes


@frozen
class Stock:
    """
    The records of a territory as another system would have held them, or one part of them.

    held: identities whose record is here already. part, parts: see Territory.lives.
    """

    territory: Territory
    types: DocumentTypes
    held: AbstractSet[Ins] = frozenset()
    part: int = 0
    parts: int = 1

    def records(self) -> Iterator[HeldRecord]:
        """Those that are not here yet, each written as it is asked for."""
        consents: dict[int, list[HeldConsent]] = {}
        for grant in self.territory.grants:
            since = datetime.combine(grant.since, datetime.min.time(), UTC)
            consents.setdefault(grant.citizen.index, []).append(HeldConsent(grant.kind, grant.professional, since))
        for citizen, plans in self._lives():
            if citizen.identity.ins not in self.held:
                submissions = tuple(held_submission(self.territory.write(planned), self.types) for planned in plans)
                yield HeldRecord(citizen.identity, submissions, tuple(consents.get(citizen.index, ())))

    def documents_held(self) -> int:
        """How many documents need not be loaded again."""
        return sum(len(plans) for citizen, plans in self._lives() if citizen.identity.ins in self.held)

    def _lives(self) -> Iterator[tuple[Citizen, list[Planned]]]:
        return self.territory.lives(part=self.part, parts=self.parts)


def held_submission(document: InventedDocument, types: DocumentTypes) -> HeldSubmission:
    """
    One document as its deposit would have filed it, alone in its submission set.

    Raises
        ValueError: the fiche is not whole: the invention is at fault.
    """
    header = read_document(document.content).header if document.fiche is None else None
    fiche = document.fiche or fiche_of_cda(header, types)  # type: ignore[arg-type]  # one of the two is there
    content = document.content
    digest = Digest(
        hashlib.sha1(content, usedforsecurity=False).hexdigest(), hashlib.sha256(content).hexdigest(), len(content)
    )
    faults: list[Issue] = []
    submitted = SubmittedDocument(replace(fiche, labels=document.labels), content, header)
    entry = complete(submitted, digest, types=types, owner=_owner(document.feeder), issues=faults)
    if entry is None:
        raise ValueError(faults)
    author = sender_of(header) if header is not None else next(iter(entry.authors), None)
    return HeldSubmission(submission_set(author), (HeldDocument(entry, content, document.replaces),))


def _owner(feeder: str) -> OwnerKind:
    if feeder.startswith("patient:"):
        return OwnerKind.CITIZEN
    return OwnerKind.HEALTH_INSURANCE if feeder == "assurance-maladie" else OwnerKind.ORGANIZATION


async def load_territory(carnet: Carnet, territory: Territory, *, part: int = 0, parts: int = 1) -> AsyncIterator[int]:
    """Load one part; gives how many documents were held already, then how many each batch brought, once it is durable."""
    services = carnet.services
    async with carnet.database.connection() as connection:
        held = await loading_store.held(connection, (citizen.identity.ins for citizen in territory.citizens))
    stock = Stock(territory, DocumentTypes.load(), held, part, parts)
    yield stock.documents_held() if held else 0
    loading = load(
        services.store, stock.records(), actor=SYSTEM, write_fiche=services.deposit_terms.write_fiche,
        write_set=services.deposit_terms.write_set, at=services.clock(), batch_records=_BATCH_RECORDS,
    )  # fmt: skip
    async for batch in loading:
        yield sum(len(record.documents) for record in batch)


async def main(settings: Settings, territory: Territory, part: int, parts: int) -> None:
    """Print each number of documents that `load_territory` gives."""
    carnet = await open_carnet(settings, settings.database_url or "")
    try:
        async for count in load_territory(carnet, territory, part=part, parts=parts):
            print(count, flush=True)
    finally:
        await carnet.close()


def _noted(marker: Path, *, citizens: int, documents: int) -> Territory:
    noted = json.loads(marker.read_text("utf-8"))
    return invent(noted["seed"], citizens=citizens, documents=documents, today=date.fromisoformat(noted["today"]))


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[2:6]]
    try:
        asyncio.run(
            main(
                Settings.from_environment(),
                _noted(Path(sys.argv[1]), citizens=counts[0], documents=counts[1]),
                *counts[2:],
            )
        )
    except KeyboardInterrupt:
        sys.exit(130)
