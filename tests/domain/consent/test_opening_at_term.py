"""Announced records open by themselves at the end of the objection period, once, whatever the clock does meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.builders.people import a_person

from carnet.app import Carnet
from carnet.domain.actor import SYSTEM, Actor, ActorKind
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.verification import verify_stream
from carnet.domain.consent.model import RecordStatus
from carnet.domain.consent.receiving import receive_identity
from carnet.domain.consent.record_life import close, oppose
from carnet.domain.record.linked.linking import link, unlink
from carnet.jobs import open_announced_records as job
from carnet.jobs.erase_records import ERASE_JOB, erase_closed_records, erasing
from carnet.jobs.open_announced_records import open_announced_records
from carnet.jobs.worker import Worker

TOLD = datetime(2026, 1, 5, 8, tzinfo=UTC)
SIX_WEEKS = timedelta(days=42)


async def announced(carnet: Carnet, *, at: datetime = TOLD) -> UUID:
    services = carnet.services
    async with carnet.database.transaction() as tx:
        receipt = await receive_identity(
            tx, a_person(), actor=SYSTEM, keys=services.keys, at=at, terms=services.receiving_terms
        )
    return receipt.patient_id


async def opened(carnet: Carnet, at: datetime) -> int:
    return await open_announced_records(
        carnet.database, carnet.services.keys, objection_period=SIX_WEEKS, clock=lambda: at
    )


async def statuses(carnet: Carnet, patient_id: UUID) -> list[Any]:
    async with carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT status, valid_from, valid_to FROM record_period WHERE patient_id = %s ORDER BY valid_from",
            (patient_id,),
        )
        return list(await cursor.fetchall())


async def trail(carnet: Carnet, patient_id: UUID) -> list[str]:
    async with carnet.database.transaction() as tx:
        head = await audit_store.head(tx, patient_id)
        assert head is not None
        assert head.wrapped_key is not None
        key = carnet.services.keys.patient_key(patient_id, head.wrapped_key)
        assert (await verify_stream(tx, patient_id, key)).faults == ()
        return [event.type async for event in audit_store.events(tx, patient_id)]


async def test_it_opens_at_the_term_and_not_before(carnet: Carnet) -> None:
    patient = await announced(carnet)
    assert await opened(carnet, TOLD + SIX_WEEKS - timedelta(seconds=1)) == 0
    at = TOLD + SIX_WEEKS
    assert await opened(carnet, at) == 1
    assert await statuses(carnet, patient) == [("announced", TOLD, at), ("open", at, None)]
    assert await trail(carnet, patient) == ["record-announced", "record-opened"]


async def test_a_clock_that_steps_back_undoes_nothing_and_nothing_is_done_twice(carnet: Carnet) -> None:
    patient = await announced(carnet)
    at = TOLD + SIX_WEEKS
    assert await opened(carnet, at) == 1
    for later in (at - timedelta(days=30), TOLD - timedelta(days=400), at, at + timedelta(days=400)):
        assert await opened(carnet, later) == 0
    assert [status for status, _, _ in await statuses(carnet, patient)] == ["announced", "open"]


async def test_an_opposed_record_stays_opposed(carnet: Carnet) -> None:
    patient = await announced(carnet)
    async with carnet.database.transaction() as tx:
        await oppose(tx, patient, actor=SYSTEM, keys=carnet.services.keys, at=TOLD + timedelta(days=3))
    assert await opened(carnet, TOLD + SIX_WEEKS * 2) == 0
    assert (await statuses(carnet, patient))[-1][0] == RecordStatus.OPPOSED


async def test_several_workers_at_once_open_each_record_once(carnet: Carnet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_BATCH", 7)
    patients = [await announced(carnet) for _ in range(30)]
    at = TOLD + SIX_WEEKS
    done = await asyncio.gather(*(opened(carnet, at) for _ in range(4)))
    done.append(await opened(carnet, at))  # what one left to another that had just ended
    assert sum(done) == 30
    for patient in patients:
        assert await trail(carnet, patient) == ["record-announced", "record-opened"]


async def test_stopped_between_two_batches_it_goes_on(carnet: Carnet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_BATCH", 4)
    patients = [await announced(carnet) for _ in range(10)]
    times = iter([TOLD + SIX_WEEKS, TOLD + SIX_WEEKS])

    def clock() -> datetime:
        try:
            return next(times)
        except StopIteration:
            raise OSError("the power went") from None

    with pytest.raises(OSError, match="power"):
        await open_announced_records(carnet.database, carnet.services.keys, objection_period=SIX_WEEKS, clock=clock)
    left = [patient for patient in patients if len(await statuses(carnet, patient)) == 1]
    assert len(left) == 2
    assert await opened(carnet, TOLD + SIX_WEEKS) == 2


async def test_a_record_closed_for_ten_years_is_erased(carnet: Carnet) -> None:
    past, recent = await announced(carnet), await announced(carnet)
    closing = TOLD + SIX_WEEKS
    await opened(carnet, closing)
    for patient, at in ((past, closing), (recent, closing + timedelta(days=40))):
        async with carnet.database.transaction() as tx:
            await close(tx, patient, actor=SYSTEM, keys=carnet.services.keys, at=at + timedelta(days=1))
    now = closing.replace(year=closing.year + 10)
    store = carnet.services.store
    assert await erase_closed_records(store, clock=lambda: now) == 0
    assert await erase_closed_records(store, clock=lambda: now + timedelta(days=2)) == 1
    assert await erase_closed_records(store, clock=lambda: now - timedelta(days=500)) == 0
    await Worker(carnet.database, handlers={ERASE_JOB: erasing(store)}, clock=lambda: now + timedelta(days=3)).run_due()
    assert [status for status, _, _ in await statuses(carnet, past)] == ["erased"]
    assert [status for status, _, _ in await statuses(carnet, recent)] == ["announced", "open", "closed"]


async def test_what_is_linked_to_a_living_record_waits(carnet: Carnet) -> None:
    closing = TOLD + SIX_WEEKS
    old, living = await announced(carnet), await announced(carnet)
    await opened(carnet, closing)
    operator = Actor(ActorKind.OPERATOR, "Identitovigilance")
    async with carnet.database.transaction() as tx:
        await close(tx, old, actor=SYSTEM, keys=carnet.services.keys, at=closing)
        await link(tx, old, living, actor=operator, motive="doublon", keys=carnet.services.keys, at=closing)
    store, later = carnet.services.store, closing + timedelta(days=3700)
    await erase_closed_records(store, clock=lambda: later)  # those of other tests
    assert (await statuses(carnet, old))[-1][0] == RecordStatus.CLOSED
    async with carnet.database.transaction() as tx:
        await unlink(tx, old, living, actor=operator, motive="erreur", keys=carnet.services.keys, at=closing)
    assert await erase_closed_records(store, clock=lambda: later) == 1
