"""
Open the announced records whose objection period is over: what the clock does, many records at a time.

Source: CSP R1111-28 (six weeks after the announcement); identity-and-messaging.md §3.3.
"""

from datetime import datetime, timedelta

from carnet.domain.actor import SYSTEM
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent import store
from carnet.storage.keys import KeyRing


async def open_due(
    tx: store.Connection, *, keys: KeyRing, at: datetime, objection_period: timedelta, limit: int
) -> int:
    """
    Open up to so many records announced a whole objection period ago; gives how many. A record that another act holds is left to it.

    A clock that steps back opens nothing that is not due, and undoes nothing: an open record is not announced any more.

    Takes
        tx: a connection inside a transaction.
    """
    due = await store.due_to_open(tx, announced_before=at - objection_period, limit=limit)
    events = [
        prepare(did(SYSTEM, EventType.RECORD_OPENED, at=at), keys.patient_key_once(patient_id, wrapped))
        for patient_id, wrapped in due
    ]
    await store.open_all(tx, [patient_id for patient_id, _ in due], events, at=at, recorded_by=SYSTEM.name)
    return len(due)
