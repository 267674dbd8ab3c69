"""
Find the lists of one record: submission sets and folders that show the asker at least one document.

Source: ITI-66; PDSm flux 5a and 6a; documents.md §3.2; product promises 3 to 5.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.errors import Unavailable
from carnet.domain.record.linked.reading import merged
from carnet.domain.record.lists import store as lists
from carnet.domain.record.lists.model import StoredList
from carnet.domain.record.lists.search import ListQuery
from carnet.domain.record.opening import ATTEMPTS, OpenRecord, ReadTerms, open_record, trace
from carnet.domain.record.search import Page
from carnet.domain.record.store import Moved, RecordStore
from carnet.domain.record.synchronising import newly_seen
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins


@frozen
class FoundLists:
    """One page, as `record.opening.Found`."""

    patient_id: UUID
    lists: Sequence[StoredList]
    total: int | None
    next_page: Page | None
    as_of: datetime | None
    present_ins: Ins | None = None


async def find_lists(
    store: RecordStore, query: ListQuery, *, actor: Actor, ins: Ins | None, patient_id: UUID | None, parameters: Sequence[str],
    terms: ReadTerms,
) -> FoundLists:  # fmt: skip
    """
    Open a record and list one page of its submission sets and folders; the trace tells the documents that they showed.

    Raises
        Refused: `record-refused`. Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        opened = await open_record(store, actor=actor, ins=ins, patient_id=patient_id, terms=terms)
        if query.mark is not None:
            newly = await newly_seen(store, opened.known, actor=actor, mark=query.mark, matrix=terms.matrix)
            query = replace(query, newly_seen=newly)
        try:
            return await _page(opened, query, parameters=parameters)
        except Moved:
            continue
    raise Unavailable("record-busy")


async def _page(opened: OpenRecord, query: ListQuery, *, parameters: Sequence[str]) -> FoundLists:
    facts = opened.facts
    if opened.linked:
        pages = [await lists.page(opened.store, each.facts, query, allowed=each.allowed) for each in opened.members]
        page = await merged(
            opened.store, opened.members, pages, query=query, shown_by=lambda each: (each.list_id, each.documents), actor=opened.actor,
            parameters=("List", *parameters), at=facts.record.at,
        )  # fmt: skip
        return FoundLists(facts.patient_id, page.items, page.total, page.next_page, page.as_of, opened.present_ins)
    found, values, total = await lists.page(opened.store, facts, query, allowed=opened.allowed)
    more = len(found) > query.count
    found = found[: query.count]
    shown = dict.fromkeys(document for each in found for document in each.documents)
    event = did(
        opened.actor, EventType.DOCUMENTS_LISTED, at=facts.record.at, documents=tuple(shown), rule=opened.decision,
        parameters=" ".join(("List", *parameters)),
    )  # fmt: skip
    changed_at = await trace(opened.store, facts, event)
    following = Page(values[query.count - 1], str(found[-1].list_id)) if more and found else None
    as_of = facts.now if changed_at == facts.changed_at else None
    return FoundLists(facts.patient_id, found, total, following, as_of, opened.present_ins)
