"""
Read what the documents of a record state, as far as the reader may see these documents; the trace of it commits before it is shown.

`decide` is asked once for each class, as for the list: a statement of a document that the reader may not see is in nothing made here, neither
as a word nor as a number. One statement more for each record, whatever its size.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.health import store
from carnet.domain.health.merging import merged
from carnet.domain.health.model import Overview, Source, Stated
from carnet.domain.record.browsing.listing import PAGE, Beside, BrowseTerms, browse, look_beside
from carnet.domain.record.browsing.model import Browsed, Card, Choice, Listed, Position
from carnet.domain.record.opening import OpenRecord
from carnet.domain.record.store import RecordStore
from carnet.storage.sealing import PatientKey

_IN_A_THREAD = 50  # sealed statements: past them, opening them would hold the requests of others


async def browse_with_facts(
    records: RecordStore, choice: Choice, *, actor: Actor, patient_id: UUID, since: datetime | None, zone: tzinfo, terms: BrowseTerms,
    after: Position | None = None, count: int = PAGE,
) -> tuple[Browsed, Overview]:  # fmt: skip
    """
    One page of the documents of a record, and what its current documents state, whatever the page.

    One event for both, which names the documents of each. Takes and raises as `browse`.
    """
    shelf = _Shelf()
    browsed = await browse(
        records, choice, actor=actor, patient_id=patient_id, since=since, zone=zone, terms=terms, after=after, count=count, beside=shelf.fill
    )  # fmt: skip
    return browsed, shelf.overview(browsed.beside)


async def read_overview(
    records: RecordStore, *, actor: Actor, patient_id: UUID, zone: tzinfo, terms: BrowseTerms
) -> Overview:
    """What the current documents of a record state, alone. Raises as `browse`."""
    shelf = _Shelf()
    cards = await look_beside(records, shelf.fill, actor=actor, patient_id=patient_id, zone=zone, terms=terms)
    return shelf.overview(cards)


class _Shelf:
    """What was read for one page; filled again when something moved meanwhile."""

    def __init__(self) -> None:
        self._stated: list[Stated] = []
        self._visible: Mapping[UUID, Listed] = {}
        self.fill: Beside = self._fill

    async def _fill(self, opened: OpenRecord, visible: Mapping[UUID, Listed]) -> Sequence[Listed]:
        self._stated, self._visible = [], visible
        for member in opened.members:
            facts = member.facts
            # What arrived since the list was made comes with the next page.
            sealed = [each for each in await store.stated(opened.store.database, member) if each.logical_id in visible]
            arguments = (sealed, facts.patient_id, facts.key)
            is_short = len(sealed) < _IN_A_THREAD
            self._stated += _opened(*arguments) if is_short else await asyncio.to_thread(_opened, *arguments)
        return [visible[each.logical_id] for each in self._stated]

    def overview(self, cards: Mapping[UUID, Card]) -> Overview:
        return merged(self._stated, {ident: Source(self._visible[ident], card) for ident, card in cards.items()})


def _opened(sealed: Sequence[store.SealedStatement], patient_id: UUID, key: PatientKey) -> list[Stated]:
    return [each.opened(patient_id, key) for each in sealed]
