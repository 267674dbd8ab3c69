"""`carnet trail verify`: recompute each stream's chain and compare every clear column with the sealed body it summarises."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from carnet.domain.audit import store
from carnet.domain.audit.trail import Sealer, chained, commitment_of, genesis, open_body, read_canonical
from carnet.storage.sealing import SealBroken


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken proof. position: in the stream (1..n), or None for the head. code: `hash`, `commitment`, `body`, `columns`, `gap`, `head`."""

    stream: UUID | None
    position: int | None
    code: str


@dataclass(frozen=True, slots=True)
class StreamReport:
    stream: UUID | None
    events: int
    faults: tuple[Fault, ...]


async def verify_stream(connection: store.Connection, patient_id: UUID | None, sealer: Sealer) -> StreamReport:
    """
    Verify one stream: positions without a gap, the chain, each commitment, each body against its columns, and the head.

    Takes
        connection: inside a repeatable-read transaction, so that head and events are of one instant.
        patient_id: None for the system's stream.
    """
    head = await store.head(connection, patient_id)
    stream = "system" if patient_id is None else str(patient_id)
    previous, count = genesis(stream), 0
    faults: list[Fault] = []
    async for event in store.events(connection, patient_id):
        count += 1
        if event.position != count:
            faults.append(Fault(patient_id, event.position, "gap"))
            count = event.position
        if event.hash != chained(previous, event.commitment, event.position):
            faults.append(Fault(patient_id, event.position, "hash"))
        previous = event.hash
        faults.extend(Fault(patient_id, event.position, code) for code in _body_faults(event, sealer))
    if head is None or (head.trail_length, head.trail_hash) != (count, previous):
        faults.append(Fault(patient_id, None, "head"))
    return StreamReport(patient_id, count, tuple(faults))


def _body_faults(event: store.StoredEvent, sealer: Sealer) -> list[str]:
    try:
        salted = open_body(event.event_id, event.body, sealer)
    except SealBroken:
        return ["body"]
    if commitment_of(salted) != event.commitment:
        return ["commitment"]
    told = read_canonical(salted[16:])
    shown = (event.event_id, event.type, event.outcome, event.occurred_at)
    return [] if shown == (told.event_id, told.type, told.outcome, told.occurred_at) else ["columns"]


async def streams(connection: store.Connection) -> AsyncIterator[UUID | None]:
    """The system's stream first, then each record's."""
    yield None
    async for patient_id in store.records(connection):
        yield patient_id
