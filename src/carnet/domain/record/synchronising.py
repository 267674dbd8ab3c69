"""
What came into someone's sight since they last synchronised, though the documents did not change: a right was given to them meanwhile.

Their own changes (unmasked, shown, replaced) move `_lastUpdated`; a right does not. So the classes are judged again as of the mark, by the
same table: those that are seen now and were not then come up whatever their date. Source: PDSm4DMP, incremental synchronisation; promise 5.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from carnet.domain.access.model import AccessClass, AccessMatrix
from carnet.domain.actor import Actor
from carnet.domain.record.facts import ReadFacts
from carnet.domain.record.linked.reading import united_then
from carnet.domain.record.sight import allowed_classes
from carnet.domain.record.store import RecordStore

# A right is dated by the clock of the server that gave it, just before its act is durable: a search of the same moment may have missed it.
# What is told twice does no harm.
MARGIN = timedelta(minutes=5)


async def newly_seen(
    store: RecordStore, known: Sequence[tuple[ReadFacts, Sequence[AccessClass]]], *, actor: Actor, mark: datetime, matrix: AccessMatrix
) -> tuple[UUID, ...]:  # fmt: skip
    """
    Classes seen now and not then.

    Takes
        known: the record, and those linked to it, each with all its classes. mark: UTC, of the last synchronisation.
    """
    found: dict[UUID, None] = {}
    at = mark - MARGIN
    thens = {facts.patient_id: await store.rights_then(actor, facts.patient_id, at=at) for facts, _ in known}
    if len(known) > 1:
        thens = await united_then(store, thens, named=known[0][0].patient_id, at=at)
    for facts, classes in known:
        before: set[UUID] = set()
        if facts.patient_id in thens:
            # Whether the record was open then is another matter: what was not seen because it was closed is not new.
            record = replace(thens[facts.patient_id], status=facts.record.status)
            before = set(allowed_classes(classes, actor=actor, record=record, matrix=matrix))
        now = allowed_classes(classes, actor=actor, record=facts.record, matrix=matrix)
        found |= dict.fromkeys(class_id for class_id in now if class_id not in before)
    return tuple(found)
