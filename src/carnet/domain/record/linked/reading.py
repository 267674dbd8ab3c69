"""
Linked records read as one: rights of the person wherever they gave them, pages merged by the same order, a trace in each record.

Nothing of this runs for a record that has no link, but the look at an empty tuple.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from carnet.domain.access.model import AccessClass, Decision, RecordFacts
from carnet.domain.access.notices import notice_of_access
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.record.facts import ReadFacts
from carnet.domain.record.linked import store as links
from carnet.domain.record.linked.union import united
from carnet.domain.record.lists.model import StoredList
from carnet.domain.record.lists.search import ListQuery
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.search import Page, SearchQuery
from carnet.domain.record.store import Moved, RecordStore
from carnet.vocabulary.frozen import frozen


@frozen
class Member:
    """One record that the actor may open. allowed: its classes that they may see. decision: by which they open it."""

    facts: ReadFacts
    allowed: tuple[UUID, ...]
    decision: Decision


Item = TypeVar("Item", StoredEntry, StoredList)


@frozen
class MergedPage(Generic[Item]):
    """As one page of one record. as_of: None when one of them was changing."""

    items: Sequence[Item]
    total: int | None
    next_page: Page | None
    as_of: datetime | None


async def gathered(
    store: RecordStore, facts: ReadFacts, *, actor: Actor, at: datetime
) -> tuple[ReadFacts, list[tuple[ReadFacts, list[AccessClass]]]]:
    """
    A record with those that are linked to it, each judged by what the person decided on any of them.

    A linked record that is not there any more, or that no qualified identity names, says nothing and gives nothing.
    """
    found = [await store.search_facts(actor, ins=None, patient_id=linked, at=at) for linked in facts.linked]
    others = [each for each in found if each is not None]
    every = [facts, *(other for other, _ in others)]
    joined = [
        replace(each, record=united(each.record, [other.record for other in every if other is not each]))
        for each in every
    ]
    return joined[0], [(each, classes) for each, (_, classes) in zip(joined[1:], others, strict=True)]


async def united_then(
    store: RecordStore, thens: Mapping[UUID, RecordFacts], *, named: UUID, at: datetime
) -> dict[UUID, RecordFacts]:
    """
    What held at a past instant for each of several records, joined as they were linked then; without those that were not linked to the
    one named: nothing of them was told to who asked for it.
    """
    together = {named, *await links.linked_then(store.database, named, at=at)} & thens.keys()
    return {each: united(thens[each], [thens[other] for other in together - {each}]) for each in together}


async def merged(
    store: RecordStore, members: Sequence[Member], pages: Sequence[tuple[Sequence[Item], Sequence[datetime], int | None]], *,
    query: SearchQuery | ListQuery, shown_by: Callable[[Item], tuple[UUID, Sequence[UUID]]], actor: Actor, parameters: Sequence[str],
    at: datetime,
) -> MergedPage[Item]:  # fmt: skip
    """
    One page of several records, in one order: the sort value, then the id, as within one record. The same cursor goes on in each.

    Takes
        pages: of each member, as its store gives them: items, sort values, total. shown_by: the id of an item, and the documents it shows.

    Raises
        Moved: a consent, label, link or status changed in one of them since they were opened; no trace is left in any.
    """
    rows: list[tuple[datetime, UUID, Sequence[UUID], int, Item]] = []
    for number, (items, values, _) in enumerate(pages):
        for item, value in zip(items, values, strict=True):
            ident, documents = shown_by(item)
            rows.append((value, ident, documents, number, item))
    rows.sort(key=lambda row: row[:2], reverse=query.descending)
    shown = rows[: query.count]
    totals = [total for _, _, total in pages]
    told = [list(dict.fromkeys(d for row in shown if row[3] == n for d in row[2])) for n in range(len(members))]
    still = await trace_all(store, members, told, actor=actor, parameters=parameters, at=at)
    following = Page(shown[-1][0], str(shown[-1][1])) if len(rows) > query.count and shown else None
    return MergedPage(
        [row[4] for row in shown],
        None if None in totals else sum(total or 0 for total in totals),
        following,
        min(member.facts.now for member in members) if still else None,
    )


async def trace_all(
    store: RecordStore, members: Sequence[Member], shown: Sequence[Sequence[UUID]], *, actor: Actor, parameters: Sequence[str],
    at: datetime,
) -> bool:  # fmt: skip
    """
    Say in each record what was shown of it, in one transaction; heads are locked in the order of their ids, as a link does.

    Gives
        whether none of them changed since its facts were read.
    """
    still = True
    by_id = sorted(zip(members, shown, strict=True), key=lambda pair: pair[0].facts.patient_id)
    async with store.database.transaction() as tx:
        for member, documents in by_id:
            facts = member.facts
            event = did(
                actor, EventType.DOCUMENTS_LISTED, at=at, documents=tuple(documents), rule=member.decision, parameters=" ".join(parameters)
            )  # fmt: skip
            changed_at = await links.append(
                tx, facts.patient_id, prepare(event, facts.key), facts_version=facts.record.facts_version,
                notice=notice_of_access(actor, event.event_id, at),
            )  # fmt: skip
            if changed_at is None:
                raise Moved
            still = still and changed_at == facts.changed_at
    return still
