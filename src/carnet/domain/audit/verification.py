"""
`carnet trail verify`: recompute each stream's chain, compare every clear column with the sealed body it summarises, and, when there is one,
hold each stream against where a checkpoint saw it.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from uuid import UUID

from carnet.domain.audit import store
from carnet.domain.audit.checkpoint import Head
from carnet.domain.audit.trail import Sealer, chained, commitment_of, genesis, open_body, read_clear
from carnet.storage.sealing import SealBroken
from carnet.vocabulary.frozen import frozen

ERASED = "erased"  # RecordStatus.ERASED, which stands above the trail


@frozen
class Fault:
    """
    One broken proof. position: in the stream (1..n), or None for the head.

    code: `hash`, `commitment`, `body`, `columns`, `gap`, `head`; against a checkpoint `rewritten`, `truncated`, `missing`.
    """

    stream: UUID | None
    position: int | None
    code: str


@frozen
class StreamReport:
    """erased: events whose body went with an erased record; their commitments hold the chain together."""

    stream: UUID | None
    events: int
    faults: tuple[Fault, ...]
    erased: int = 0


class _Reading:
    """
    One stream, event by event.

    sealer: None when the key was destroyed with an erased record. seen: where a checkpoint saw the stream.
    """

    def __init__(self, stream: UUID | None, sealer: Sealer | None, *, erased: bool, seen: Head | None) -> None:
        self._stream, self._sealer, self._may_be_erased, self._seen = stream, sealer, erased, seen
        self._previous = genesis("system" if stream is None else str(stream))
        self._count = self._erased = 0
        self._met = seen is None or seen.length == 0
        self._faults: list[Fault] = []

    def take(self, event: store.StoredEvent) -> None:
        self._count += 1
        if event.position != self._count:
            self._fault(event.position, "gap")
            self._count = event.position
        if event.hash != chained(self._previous, event.commitment, event.position):
            self._fault(event.position, "hash")
        self._previous = event.hash
        if self._seen is not None and event.position == self._seen.length:
            self._met = True
            if event.hash != self._seen.hash:
                self._fault(event.position, "rewritten")
        if self._may_be_erased and not event.body:
            self._erased += 1
            return
        for code in _body_faults(event, self._sealer):
            self._fault(event.position, code)

    def report(self, head: store.StreamHead | None) -> StreamReport:
        if head is None or (head.trail_length, head.trail_hash) != (self._count, self._previous):
            self._fault(None, "head")
        if not self._met:
            self._fault(None, "truncated")
        return StreamReport(self._stream, self._count, tuple(self._faults), self._erased)

    def _fault(self, position: int | None, code: str) -> None:
        self._faults.append(Fault(self._stream, position, code))


async def verify_stream(
    connection: store.Connection, patient_id: UUID | None, sealer: Sealer | None, *, seen: Head | None = None
) -> StreamReport:
    """
    Verify one stream: positions without a gap, the chain, each commitment, each body against its columns, and the head.

    Takes
        connection: inside a repeatable-read transaction, so that head and events are of one instant.
        patient_id: None for the system's stream. seen: where a checkpoint saw it.
    """
    head = await store.head(connection, patient_id)
    reading = _Reading(patient_id, sealer, erased=head is not None and head.status == ERASED, seen=seen)
    async for event in store.events(connection, patient_id):
        reading.take(event)
    return reading.report(head)


async def verify_records(
    connection: store.Connection, heads: Sequence[tuple[UUID, store.StreamHead]], *,
    sealer_of: Callable[[UUID, store.StreamHead], Sealer | None], seen: Mapping[UUID, Head],
) -> AsyncIterator[StreamReport]:  # fmt: skip
    """
    Verify many records in one reading of their events.

    Takes
        connection: inside the repeatable-read transaction that gave `heads`. seen: where a checkpoint saw them, by record.
    """
    readings = {
        patient_id: _Reading(
            patient_id, sealer_of(patient_id, head), erased=head.status == ERASED, seen=seen.get(patient_id)
        )
        for patient_id, head in heads
    }
    async for patient_id, event in store.events_of(connection, list(readings)):
        readings[patient_id].take(event)
    for patient_id, head in heads:
        yield readings[patient_id].report(head)


def _body_faults(event: store.StoredEvent, sealer: Sealer | None) -> list[str]:
    try:
        if sealer is None:
            return ["body"]
        salted = open_body(event.event_id, event.body, sealer)
    except SealBroken:
        return ["body"]
    if commitment_of(salted) != event.commitment:
        return ["commitment"]
    shown = (event.event_id, event.type, event.outcome, event.occurred_at)
    return [] if shown == read_clear(salted[16:]) else ["columns"]
