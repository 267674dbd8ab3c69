"""
The person's own folders: make, rename, fill, empty, delete. A document may be in several; deleting a folder deletes no document.

Each act is judged as what the patient decides of their record (`GOVERN`), locks the record, and leaves its trace in the same transaction; the
trace never holds the name. Source: official-app 2.5; docs/decisions/0035-browsing.md.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from carnet.domain.access.acting import REFUSALS
from carnet.domain.access.model import Action, Decision
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent import store as consent_store
from carnet.domain.consent.store import Connection
from carnet.domain.errors import Invalid, NotFound, Refused, Unavailable
from carnet.domain.record.browsing import store as shelves
from carnet.domain.record.browsing.marking import checked, outcome, seen_of
from carnet.domain.record.browsing.model import Outcome, OwnFolder
from carnet.domain.record.facts import ReadFacts
from carnet.domain.record.opening import ATTEMPTS, ReadTerms, open_record, trace_refusal
from carnet.domain.record.store import Moved, RecordStore
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7

MAX_NAME_CHARACTERS = 50
MAX_FOLDERS = 100
_FORBIDDEN = frozenset("<>")

Documents = tuple[UUID, ...]


@frozen
class Filing:
    """Who files, in which record, judged by what."""

    store: RecordStore
    actor: Actor
    patient_id: UUID
    terms: ReadTerms


@frozen
class _Held:
    """The record, locked; its folders as they are."""

    tx: Connection
    facts: ReadFacts
    folders: Sequence[OwnFolder]
    at: datetime

    def folder(self, folder_id: UUID) -> OwnFolder:
        """Raises NotFound: `own-folder-unknown`."""
        found = next((each for each in self.folders if each.folder_id == folder_id), None)
        if found is None:
            raise NotFound("own-folder-unknown")
        return found

    def sealed(self, name: str, folder_id: UUID) -> bytes:
        """
        The name, sealed.

        Raises
            Invalid: `own-folder-name-taken`, whatever the case.
        """
        if any(each.name.casefold() == name.casefold() and each.folder_id != folder_id for each in self.folders):
            raise Invalid("own-folder-name-taken")
        return self.facts.key.seal(name.encode(), shelves.folder_name_aad(folder_id))


async def make_folder(filing: Filing, name: str) -> UUID:
    """
    Make a folder; its id.

    Raises
        Invalid: `own-folder-name-missing`, `own-folder-name-too-long`, `own-folder-name-characters`, `own-folder-name-taken`,
            `own-folders-too-many`. Refused: `record-refused`, or as what the patient decides.
    """
    name = _name(name)
    folder_id = uuid7()

    async def make(held: _Held) -> Documents:
        if len(held.folders) >= MAX_FOLDERS:
            raise Invalid("own-folders-too-many", limit=str(MAX_FOLDERS))
        sealed = held.sealed(name, folder_id)
        await shelves.make_folder(held.tx, filing.patient_id, folder_id, sealed, at=held.at)
        return ()

    await _file(filing, "made", make)
    return folder_id


async def rename_folder(filing: Filing, folder_id: UUID, name: str) -> None:
    """Rename a folder. Raises as `make_folder`; NotFound: `own-folder-unknown`."""
    name = _name(name)

    async def rename(held: _Held) -> Documents:
        held.folder(folder_id)
        await shelves.rename_folder(held.tx, filing.patient_id, folder_id, held.sealed(name, folder_id))
        return ()

    await _file(filing, "renamed", rename)


async def delete_folder(filing: Filing, folder_id: UUID) -> OwnFolder:
    """Delete a folder, and give what it was. Raises NotFound: `own-folder-unknown`; Refused."""
    gone: list[OwnFolder] = []

    async def delete(held: _Held) -> Documents:
        gone.append(held.folder(folder_id))
        await shelves.delete_folder(held.tx, filing.patient_id, folder_id)
        return ()

    await _file(filing, "deleted", delete)
    return gone[-1]


async def put_in(filing: Filing, folder_id: UUID, documents: Sequence[UUID]) -> Outcome:
    """
    Put documents into a folder; those that it holds stay.

    Gives
        those that came in; of the others, those that the reader does not see are `document-unknown`.
    Raises
        Invalid: `documents-too-many`. NotFound: `own-folder-unknown`. Refused.
    """
    checked(documents)
    opened = await open_record(
        filing.store, actor=filing.actor, ins=None, patient_id=filing.patient_id, terms=filing.terms
    )
    seen: set[UUID] = set().union(*(await seen_of(opened, documents)).values())

    came: set[UUID] = set()

    async def put(held: _Held) -> Documents:
        held.folder(folder_id)
        came.clear()
        if seen:
            came.update(await shelves.put_in(held.tx, filing.patient_id, folder_id, sorted(seen), at=held.at))
        return tuple(each for each in dict.fromkeys(documents) if each in came)

    await _file(filing, "filled", put)
    return outcome(documents, seen, came)


async def take_out(filing: Filing, folder_id: UUID, documents: Sequence[UUID]) -> Outcome:
    """Take documents out of a folder; they stay in the record. Gives and raises as `put_in`."""
    checked(documents)
    taken: set[UUID] = set()

    async def take(held: _Held) -> Documents:
        folder = held.folder(folder_id)
        taken.clear()
        taken.update(each for each in documents if each.bytes in folder.documents)
        if taken:
            await shelves.take_out(held.tx, filing.patient_id, folder_id, sorted(taken))
        return tuple(taken)

    await _file(filing, "emptied", take)
    return outcome(documents, taken, taken)


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("own-folder-name-missing")
    if len(name) > MAX_NAME_CHARACTERS:
        raise Invalid("own-folder-name-too-long", limit=str(MAX_NAME_CHARACTERS))
    if _FORBIDDEN & set(name) or not name.isprintable():
        raise Invalid("own-folder-name-characters")
    return name


async def _file(filing: Filing, act: str, change: Callable[[_Held], Awaitable[Documents]]) -> None:
    """
    Judge, lock, change and trace; decided again when something moved meanwhile.

    Takes
        change: gives the documents that it is about.
    Raises
        Refused, Unavailable, and what `change` raises.
    """
    store, actor, patient_id = filing.store, filing.actor, filing.patient_id
    for _ in range(ATTEMPTS):
        opened = await open_record(store, actor=actor, ins=None, patient_id=patient_id, terms=filing.terms)
        facts = opened.facts
        decision = decide(actor, Action.GOVERN, record=facts.record, document=None, matrix=filing.terms.matrix)
        if not decision.allowed:
            await trace_refusal(store, facts, actor, decision, facts.record.at)
            raise Refused(REFUSALS.get(decision.rule, "record-refused"))
        try:
            await _change(filing, facts, decision, act, change)
        except Moved:
            continue
        return
    raise Unavailable("record-busy")


async def _change(
    filing: Filing, facts: ReadFacts, decision: Decision, act: str, change: Callable[[_Held], Awaitable[Documents]]
) -> None:
    """Raises Moved: nothing was written."""
    async with filing.store.database.transaction() as tx:
        locked = await consent_store.lock_at(tx, facts.patient_id, facts.record.at)
        if locked is None:
            raise Moved
        folders = await shelves.folders_of(tx, facts.patient_id, facts.key)
        documents = await change(_Held(tx, facts, folders, locked.at))
        event = did(
            filing.actor, EventType.OWN_FOLDERS_CHANGED, at=locked.at, documents=documents, rule=decision, act=act
        )
        prepared, version = prepare(event, facts.key), facts.record.facts_version
        if await audit_store.append(tx, facts.patient_id, prepared, facts_version=version) is None:
            raise Moved
