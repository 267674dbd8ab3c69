"""
Modes in which a professional reads one record from the portal: bris de glace, regulation, secret connection.

A mode is begun by an explicit act, judged as a reading in that mode would be, traced, and told to the citizen as the rules say; it holds for
one session and one record, ends by itself, and can be ended before. Source: documents.md §7 (EX_0.3-1050: shown during the whole access),
§4 rule 3 (connexion secrète).
"""

from datetime import datetime, timedelta
from uuid import UUID

from carnet.domain.access.notices import NOTICE_JOB, notice_of_access
from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import Sealer, prepare
from carnet.domain.consent.store import lock_at
from carnet.domain.errors import Invalid, Unavailable
from carnet.domain.record.desk import store as desk_store
from carnet.domain.record.desk.model import ModeTerms, ReadingMode, RunningMode, reading_as
from carnet.domain.record.opening import ATTEMPTS, ReadTerms, open_record
from carnet.domain.record.store import RecordStore
from carnet.storage import outbox
from carnet.storage.database import Connection

_MOTIVE = b"reading mode:"
MAX_MOTIVE = 500
_SAME_PRESS = timedelta(minutes=1)


async def begin_mode(
    store: RecordStore, patient_id: UUID, mode: ReadingMode, *, motive: str | None, actor: Actor, session_id: UUID, terms: ReadTerms,
    lasting: ModeTerms,
) -> RunningMode:  # fmt: skip
    """
    Begin to read a record in a mode; one that ran in this session is replaced.

    Takes
        motive: compulsory in an emergency. actor: the professional, in their situation.
    Raises
        Invalid: `mode-motive-missing`, `mode-motive-long`. Refused: `record-refused`. Unavailable: `record-busy`.
    """
    motive = (motive or "").strip() or None
    if mode is ReadingMode.EMERGENCY and motive is None:
        raise Invalid("mode-motive-missing")
    if motive is not None and len(motive) > MAX_MOTIVE:
        raise Invalid("mode-motive-long", limit=str(MAX_MOTIVE))
    acting = reading_as(actor, mode, motive)
    for _ in range(ATTEMPTS):
        opened = await open_record(store, actor=acting, ins=None, patient_id=patient_id, terms=terms)
        facts, at = opened.facts, opened.facts.record.at
        running = RunningMode(mode, motive, at, at + lasting.lasts(mode))
        event = did(acting, EventType.READING_MODE_BEGUN, at=at, rule=opened.decision, mode=mode.value)
        async with store.database.transaction() as tx:
            await lock_at(tx, patient_id, at)  # one after the other: a button pressed twice begins once
            same = await _just_begun(tx, store, running, patient_id=patient_id, session_id=session_id)
            if same is not None:
                return same
            version = facts.record.facts_version
            if await audit_store.append(tx, patient_id, prepare(event, facts.key), facts_version=version) is None:
                continue
            await desk_store.write_mode(
                tx, patient_id, session_id, running, motive=_sealed(facts.key, patient_id, motive)
            )
            notice = notice_of_access(acting, event.event_id, at)
            if notice is not None:
                await outbox.enqueue(tx, patient_id, kind=NOTICE_JOB, payload=notice.payload, now=at)
        return running
    raise Unavailable("record-busy")


async def _just_begun(
    tx: Connection, store: RecordStore, wanted: RunningMode, *, patient_id: UUID, session_id: UUID
) -> RunningMode | None:
    """The very same mode, begun a moment ago by this session."""
    found = _read(store, patient_id, await desk_store.mode_in(tx, patient_id, session_id, wanted.begun_at))
    if found is None or (found.mode, found.motive) != (wanted.mode, wanted.motive):
        return None
    return found if wanted.begun_at - found.begun_at < _SAME_PRESS else None


async def running_mode(store: RecordStore, patient_id: UUID, *, session_id: UUID, at: datetime) -> RunningMode | None:
    """The mode in which this session reads this record now; None when it reads the ordinary way."""
    return _read(store, patient_id, await desk_store.mode(store.database, patient_id, session_id, at))


def _read(store: RecordStore, patient_id: UUID, found: desk_store.ModeRow | None) -> RunningMode | None:
    if found is None:
        return None
    mode, sealed, begun_at, ends_at, wrapped = found
    motive = None
    if sealed is not None:
        motive = store.keys.patient_key(patient_id, wrapped).open(sealed, _MOTIVE + patient_id.bytes).decode()
    return RunningMode(ReadingMode(mode), motive, begun_at, ends_at)


async def end_mode(store: RecordStore, patient_id: UUID, *, actor: Actor, session_id: UUID, at: datetime) -> bool:
    """Back to the ordinary way, before its time; False when no mode ran."""
    running = await running_mode(store, patient_id, session_id=session_id, at=at)
    if running is None:
        return False
    event = did(running.acting(actor), EventType.READING_MODE_ENDED, at=at, mode=running.mode.value)
    async with store.database.transaction() as tx:
        wrapped = await desk_store.end_mode(tx, patient_id, session_id, at)
        if wrapped is None:
            return False
        await audit_store.append(tx, patient_id, prepare(event, store.keys.patient_key(patient_id, wrapped)))
    return True


def _sealed(key: Sealer, patient_id: UUID, motive: str | None) -> bytes | None:
    return None if motive is None else key.seal(motive.encode(), _MOTIVE + patient_id.bytes)
