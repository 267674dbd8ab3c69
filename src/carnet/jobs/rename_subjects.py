"""The job that a change of matricule leaves: what is kept ready to be served names the person by the present one."""

from collections.abc import Awaitable, Callable

from carnet.domain.record.renaming import rename_subjects
from carnet.domain.record.store import RecordStore
from carnet.formats.fhir.subject import with_matricule
from carnet.storage.outbox import Job


def subject_renamer(store: RecordStore) -> Callable[[Job], Awaitable[None]]:
    """The handler of `rename-subjects`."""

    async def rename(job: Job) -> None:
        await rename_subjects(
            store,
            job.patient_id,
            rename=lambda text, patient_id, ins: with_matricule(text, patient_id=patient_id, ins=ins),
        )

    return rename
