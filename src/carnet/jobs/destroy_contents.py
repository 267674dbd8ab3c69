"""The job that a deletion asks for: the bytes of deleted documents are destroyed, in the table or in the folder, with the facts they stated."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from carnet.domain.health.extracting import forget_facts
from carnet.domain.record.deletion import destroy_contents
from carnet.domain.record.store import RecordStore
from carnet.storage.outbox import Job


def contents_destroyer(store: RecordStore) -> Callable[[Job], Awaitable[None]]:
    """The handler of `destroy-contents`. payload: {"documents": [logicalId…]}."""

    async def destroy(job: Job) -> None:
        documents = [UUID(text) for text in job.payload["documents"]]
        await forget_facts(store, job.patient_id, documents)
        await destroy_contents(store, job.patient_id, documents)

    return destroy
