"""Opens the records whose objection period is over; a batch is a transaction, so that it can be stopped and goes on where it stopped."""

import logging
from datetime import timedelta

from carnet.domain.consent.opening_at_term import open_due
from carnet.storage.database import Database
from carnet.storage.keys import KeyRing
from carnet.vocabulary.clock import Clock, system_clock

_BATCH = 500
_log = logging.getLogger("carnet.jobs")


async def open_announced_records(
    database: Database, keys: KeyRing, *, objection_period: timedelta, clock: Clock = system_clock
) -> int:
    """Open all that are due; gives how many."""
    opened = 0
    while True:
        async with database.transaction() as tx:
            done = await open_due(tx, keys=keys, at=clock(), objection_period=objection_period, limit=_BATCH)
        opened += done
        if done < _BATCH:
            break
    if opened:
        _log.info("%d records opened at the end of the objection period", opened)
    return opened
