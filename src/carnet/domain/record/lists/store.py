"""Lists as the record's tables hold them: one named by its id, or a page of a search. What may be seen is decided by class, in SQL for a search."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.domain.access.model import AccessClass
from carnet.domain.actor import Actor
from carnet.domain.record.fact_rows import class_of
from carnet.domain.record.facts import ReadFacts
from carnet.domain.record.facts_sql import LIST_FACTS
from carnet.domain.record.lists.filing import folder_aad, set_aad
from carnet.domain.record.lists.model import ListKind, StoredList
from carnet.domain.record.lists.search import ListQuery
from carnet.domain.record.lists.search_sql import page_statement, total_statement
from carnet.domain.record.store import RecordStore, holder_values
from carnet.storage.sealing import PatientKey


class HeldList:
    """A list named by its id, before it is known what of it may be seen."""

    def __init__(self, row: Sequence[Any], key: PatientKey) -> None:
        self._set_id, self._filed_at, self._set_body, self._folder_id, self._folder_body, members, folders = row
        self._members = [[UUID(item[0]), UUID(item[1]), *item[2:]] for item in members or ()]
        self._folders = [(UUID(folder), set(map(UUID, classes))) for folder, classes in folders or ()]
        self._key = key

    @property
    def members(self) -> tuple[UUID, ...]:
        """Every document of it, whoever asks: for the trail."""
        return tuple(member[0] for member in self._members)

    def seen(self, allowed: set[UUID]) -> StoredList | None:
        """
        What shows of it to someone who may see these classes; None when nothing does.

        A folder's last change is of the documents that they see, or saw until they were deleted.
        """
        documents = tuple(member[0] for member in self._members if member[1] in allowed)
        folders = tuple(folder for folder, classes in self._folders if classes & allowed)
        if not documents:
            return None
        if self._set_id is not None:
            body = self._key.open(self._set_body, set_aad(self._set_id))
            return StoredList(self._set_id, ListKind.SUBMISSION_SET, self._filed_at, body, documents, folders)
        if self._folder_id is None:
            return None
        changes = [datetime.fromisoformat(added) for _, cls, added, _, _ in self._members if cls in allowed]
        changes += [
            datetime.fromisoformat(left) for *_, left, was in self._members if was is not None and UUID(was) in allowed
        ]
        body = self._key.open(self._folder_body, folder_aad(self._folder_id))
        return StoredList(self._folder_id, ListKind.FOLDER, max(changes), body, documents)


async def list_facts(
    kept: RecordStore, actor: Actor, list_id: UUID, *, at: datetime
) -> tuple[ReadFacts, HeldList, list[AccessClass]] | None:
    """The facts of a list named by its id, with the classes of its record; None when no record claims it."""
    row = await kept.database.row(LIST_FACTS, {**holder_values(actor, at), "entry": list_id})
    if row is None:
        return None
    facts = await kept.reaching(actor, kept.read_facts(actor, row, at))
    return facts, HeldList(row[10:17], facts.key), [class_of(item) for item in row[17] or ()]


async def page(
    kept: RecordStore, facts: ReadFacts, query: ListQuery, *, allowed: Sequence[UUID]
) -> tuple[list[StoredList], list[datetime], int | None]:
    """
    One page of the lists that show something: lists, the sort value of each, the total when wanted.

    Takes
        query: count + 1 rows are read, so that the caller knows whether a page follows.
    """
    asked: dict[str, Any] = {"patient_id": facts.patient_id, "allowed": allowed, "key": facts.key, "ins": facts.ins}
    rows = await kept.database.fetch(*page_statement(query, **asked))
    total: int | None = None
    if query.with_total:
        # A first page that holds everything is its own count.
        if query.page is None and len(rows) <= query.count:
            total = len(rows)
        else:
            counted = await kept.database.row(*total_statement(query, **asked))
            assert counted is not None
            total = counted[0]
    return [_stored(facts.key, row) for row in rows], [row[6] for row in rows], total


def _stored(key: PatientKey, row: Sequence[Any]) -> StoredList:
    list_id, kind, updated_at, body, documents, folders = row[:6]
    aad = set_aad(list_id) if kind == ListKind.SUBMISSION_SET else folder_aad(list_id)
    return StoredList(
        list_id, ListKind(kind), updated_at, key.open(body, aad), tuple(documents or ()), tuple(folders or ())
    )
