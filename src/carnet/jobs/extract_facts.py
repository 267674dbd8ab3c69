"""Reads the facts of health that documents state: those just filed, and those that were there before."""

import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from carnet.domain.health import extracting
from carnet.domain.record.store import RecordStore
from carnet.formats.cda.facts.document import facts_of
from carnet.storage.outbox import Job
from carnet.vocabulary.clock import Clock, system_clock

BACKLOG = "extract-facts"  # the periodic job
_log = logging.getLogger("carnet.jobs")


def fact_extractor(records: RecordStore, *, clock: Clock = system_clock) -> Callable[[Job], Awaitable[None]]:
    """The handler of `structured-documents-filed`. payload: {"documents": [logicalId…]}."""

    async def extract(job: Job) -> None:
        documents = [UUID(text) for text in job.payload["documents"]]
        await extracting.extract_facts(records, job.patient_id, documents, read=facts_of, clock=clock)

    return extract


async def extract_backlog(records: RecordStore, *, clock: Clock = system_clock) -> int:
    """What was filed before facts were kept, taken over in bulk, or read by an earlier edition; gives how many."""
    done = await extracting.extract_backlog(records, read=facts_of, clock=clock)
    if done:
        _log.info("%d documents read for the facts that they state", done)
    return done
