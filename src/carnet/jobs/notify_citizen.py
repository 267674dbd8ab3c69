"""Writes a notice to the citizen, asked for by an act: an access in an emergency, a médecin traitant who declared themselves."""

from carnet.domain.access.notices import Notice
from carnet.domain.access.store import write_notice
from carnet.storage.database import Database
from carnet.storage.outbox import Job
from carnet.vocabulary.clock import Clock, system_clock


async def notify_citizen(database: Database, job: Job, *, clock: Clock = system_clock) -> None:
    """One notice; run twice, it is written once, since it bears the job's own id."""
    async with database.transaction() as tx:
        await write_notice(tx, job.patient_id, job.job_id, Notice.of(job.payload), now=clock())
