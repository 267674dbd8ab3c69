"""
Leaf through a record: one page of a list, or what has just arrived. The trace of what is shown commits before it is.

`decide` is asked once for each class; the catalogue holds the documents of the allowed classes and nothing else. However large the record,
a page takes the same statements. Source: product promises 3 to 6; official-app 2.5 and 2.23; docs/decisions/0035-browsing.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TypeVar
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.errors import Unavailable
from carnet.domain.record.browsing import store as shelves
from carnet.domain.record.browsing.catalogue import Catalogue, is_new, is_read
from carnet.domain.record.browsing.entries import listed
from carnet.domain.record.browsing.model import (
    Arrivals,
    Browsed,
    Card,
    Choice,
    Listed,
    OwnFolder,
    Position,
    ReaderState,
    Reading,
    Row,
    Sort,
    Writer,
    reader_of,
)
from carnet.domain.record.browsing.remembered import Remembered
from carnet.domain.record.browsing.words import index, plain
from carnet.domain.record.linked.reading import Member, trace_all
from carnet.domain.record.opening import ATTEMPTS, OpenRecord, ReadTerms, open_record, trace
from carnet.domain.record.replacing import FOR_THE_PATIENT
from carnet.domain.record.store import Moved, RecordStore
from carnet.vocabulary.frozen import frozen

PAGE = 20
_IN_A_THREAD = 200  # documents: past them, what is done to each would hold the requests of others


@frozen
class BrowseTerms:
    """What browsing is judged by, and told with. remembered: of this process."""

    read: ReadTerms
    reading: Reading
    remembered: Remembered


# What a page shows beside its list: given the open record and the documents that the reader may see, those of them it takes something from.
Beside = Callable[[OpenRecord, Mapping[UUID, Listed]], Awaitable[Sequence[Listed]]]
BESIDE = "facts"  # among the parameters of the event: more than the list was shown of these documents


async def browse(
    store: RecordStore, choice: Choice, *, actor: Actor, patient_id: UUID, since: datetime | None, zone: tzinfo, terms: BrowseTerms,
    after: Position | None = None, count: int = PAGE, beside: Beside | None = None,
) -> Browsed:  # fmt: skip
    """
    One page of the documents of a record, with the counts of what else may be chosen.

    Takes
        since: what came after is new to the reader; None: nothing is. zone: of the reader, for days and years. after: where the page before ended.
        beside: what else the page shows; its documents are in the same trace, and it may be asked again when something moved.
    Raises
        Refused: `record-refused`. Unavailable: `record-busy`.
    """

    async def page(desk: "_Desk") -> tuple[Browsed, Sequence[Listed]]:
        catalogue = desk.catalogue
        if choice.words.strip() and catalogue.index is None:
            cards = await desk.cards(catalogue.heads)
            catalogue.index = await _beside(
                len(cards),
                lambda: {e.logical_id: _indexed(e, cards[e.logical_id], terms.reading) for e in catalogue.heads},
            )
        if choice.sort in _SPELT and choice.sort not in catalogue.spelt:
            spelt, spell = await desk.cards(catalogue.heads), _SPELT[choice.sort]
            catalogue.spelt[choice.sort] = await _beside(
                len(spelt), lambda: {e.logical_id: spell(spelt[e.logical_id]) for e in catalogue.heads}
            )
        chosen = catalogue.chosen(choice, desk.state)
        found = chosen.page(after, count)
        producers = catalogue.producers
        others = () if beside is None else await beside(desk.opened, catalogue.by_id)
        rows, shown, opened = await desk.rows(found.entries, also=(*producers.values(), *others))
        facets = catalogue.facets(chosen, desk.state)
        browsed = Browsed(
            rows, len(chosen.entries), len(catalogue.heads), found.number, found.pages, found.following, found.previous,
            facets, _names(producers, opened), desk.state.folders, {each.logical_id: opened[each.logical_id] for each in others},
        )  # fmt: skip
        return browsed, _once((*shown, *others))

    return await _at_a_desk(
        store,
        page,
        actor=actor,
        patient_id=patient_id,
        since=since,
        zone=zone,
        terms=terms,
        parameters=("browse", *((BESIDE,) if beside is not None else ()), *choice.names),
    )


async def look_beside(
    store: RecordStore, beside: Beside, *, actor: Actor, patient_id: UUID, zone: tzinfo, terms: BrowseTerms
) -> Mapping[UUID, Card]:
    """
    What stands beside a list, without the list.

    Gives
        the cards of its documents. Raises as `browse`.
    """

    async def look(desk: "_Desk") -> tuple[Mapping[UUID, Card], Sequence[Listed]]:
        others = await beside(desk.opened, desk.catalogue.by_id)
        return await desk.cards(others), _once(others)

    return await _at_a_desk(
        store, look, actor=actor, patient_id=patient_id, since=None, zone=zone, terms=terms, parameters=(BESIDE,), with_folders=False
    )  # fmt: skip


def _once(entries: Iterable[Listed]) -> Sequence[Listed]:
    return list({each.logical_id: each for each in entries}.values())


async def arrivals(
    store: RecordStore,
    *,
    actor: Actor,
    patient_id: UUID,
    since: datetime | None,
    zone: tzinfo,
    terms: BrowseTerms,
    count: int = 3,
) -> Arrivals:
    """
    What came into the record since an instant; the latest of all when nothing did.

    Takes and raises as `browse`.
    """

    async def latest(desk: "_Desk") -> tuple[Arrivals, Sequence[Listed]]:
        catalogue, state = desk.catalogue, desk.state
        fresh = [entry for entry in catalogue.arrivals if is_new(entry, state)]
        announced = [
            entry for entry in catalogue.arrivals if entry.was_hidden and entry.logical_id.bytes not in state.read
        ][:count]
        rows, shown, _ = await desk.rows((*(fresh or catalogue.arrivals)[:count], *announced))
        told = len(rows) - len(announced)
        unread = catalogue.unread(catalogue.keys, state)
        found = Arrivals(rows[:told], rows[told:], len(catalogue.heads), len(fresh), unread)
        return found, shown

    return await _at_a_desk(
        store,
        latest,
        actor=actor,
        patient_id=patient_id,
        since=since,
        zone=zone,
        terms=terms,
        parameters=("arrivals",),
        with_folders=False,
    )


async def chosen_rows(
    store: RecordStore, documents: Sequence[UUID], *, actor: Actor, patient_id: UUID, zone: tzinfo, terms: BrowseTerms
) -> list[Row]:
    """
    Those of these documents that stand in the reader's list, in the order asked.

    Raises
        as `browse`.
    """

    async def rows(desk: "_Desk") -> tuple[list[Row], Sequence[Listed]]:
        standing = {entry.logical_id: entry for entry in desk.catalogue.heads}
        found, shown, _ = await desk.rows([standing[each] for each in dict.fromkeys(documents) if each in standing])
        return found, shown

    return await _at_a_desk(
        store,
        rows,
        actor=actor,
        patient_id=patient_id,
        since=None,
        zone=zone,
        terms=terms,
        parameters=("chosen",),
        with_folders=False,
    )


async def list_folders(
    store: RecordStore, *, actor: Actor, patient_id: UUID, zone: tzinfo, terms: BrowseTerms
) -> list[tuple[OwnFolder, int]]:
    """
    The person's folders by name, each with how many documents the reader sees in it; older versions are not counted.

    Raises
        as `browse`.
    """

    async def counted(desk: "_Desk") -> tuple[list[tuple[OwnFolder, int]], Sequence[Listed]]:
        keys = desk.catalogue.keys
        return [(each, len(each.documents & keys)) for each in desk.state.folders], ()

    return await _at_a_desk(
        store, counted, actor=actor, patient_id=patient_id, since=None, zone=zone, terms=terms, parameters=("folders",)
    )


@frozen
class _Desk:
    """A record open before its reader: their catalogue, and what they left here."""

    opened: OpenRecord
    catalogue: Catalogue
    state: ReaderState
    terms: BrowseTerms

    async def cards(self, entries: Iterable[Listed]) -> dict[UUID, Card]:
        """The cards of these documents; fiches are opened once. Raises Moved."""
        wanted: dict[UUID, set[UUID]] = {}
        for entry in entries:
            wanted.setdefault(entry.patient_id, set()).add(entry.logical_id)
        found: dict[UUID, Card] = {}
        for member in self.opened.members:
            patient_id, documents = member.facts.patient_id, wanted.get(member.facts.patient_id, set())
            known = self.terms.remembered.cards(patient_id)
            missing = documents - known.keys()
            if missing:
                read = await _read(self.opened.store, member, missing, self.terms)
                known = self.terms.remembered.keep_cards(patient_id, read, at=member.facts.record.at)
                if documents - known.keys():
                    raise Moved  # hidden or deleted since the catalogue was made
            found |= {each: known[each] for each in documents}
        return found

    async def rows(
        self, entries: Sequence[Listed], *, also: Iterable[Listed] = ()
    ) -> tuple[list[Row], list[Listed], Mapping[UUID, Card]]:
        """
        The rows of a page.

        Gives
            the rows, every document that they show, and the cards of these and of `also`.
        """
        older = self.catalogue.older
        shown = [each for entry in entries for each in (entry, *older.get(entry.logical_id, ()))]
        cards = await self.cards((*shown, *also))
        rows = [self._row(entry, older.get(entry.logical_id, ()), cards) for entry in entries]
        return rows, list(_once(shown)), cards

    def _row(self, entry: Listed, older: Sequence[Listed], cards: Mapping[UUID, Card]) -> Row:
        ident = entry.logical_id.bytes
        return Row(
            entry, cards[entry.logical_id], tuple((each, cards[each.logical_id]) for each in older), is_new(entry, self.state),
            is_read(entry, self.state), tuple(each.folder_id for each in self.state.folders if ident in each.documents),
        )  # fmt: skip


T = TypeVar("T")


async def _at_a_desk(
    store: RecordStore, look: Callable[[_Desk], Awaitable[tuple[T, Sequence[Listed]]]], *, actor: Actor, patient_id: UUID,
    since: datetime | None, zone: tzinfo, terms: BrowseTerms, parameters: Sequence[str], with_folders: bool = True,
) -> T:  # fmt: skip
    """Open the record, look, and give what was seen once its trace has committed; again from the start when something moved meanwhile."""
    for _ in range(ATTEMPTS):
        opened = await open_record(store, actor=actor, ins=None, patient_id=patient_id, terms=terms.read)
        state = await _state(opened, actor, since, with_folders=with_folders)
        try:
            catalogue = await _catalogue(opened, zone, terms)
            found, shown = await look(_Desk(opened, catalogue, state, terms))
            await _trace(opened, shown, parameters)
        except Moved:
            continue
        return found
    raise Unavailable("record-busy")


async def _catalogue(opened: OpenRecord, zone: tzinfo, terms: BrowseTerms) -> Catalogue:
    members = opened.members
    place = (str(zone), *((each.facts.patient_id, each.allowed) for each in members))
    stamp = tuple((each.facts.record.facts_version, each.facts.changed_at) for each in members)
    found = terms.remembered.catalogue(place, stamp)
    if found is None:
        known = {facts.patient_id: {item.class_id: item for item in classes} for facts, classes in opened.known}
        rows = {
            each.facts.patient_id: await shelves.entries(opened.store.database, each.facts, allowed=each.allowed)
            for each in members
        }
        found = await _beside(
            sum(map(len, rows.values())),
            lambda: Catalogue(each for ident, of in rows.items() for each in listed(of, ident, known[ident], zone, terms.reading)),
        )  # fmt: skip
        terms.remembered.keep(place, stamp, found)
    return found


async def _state(opened: OpenRecord, actor: Actor, since: datetime | None, *, with_folders: bool) -> ReaderState:
    database, reader = opened.store.database, reader_of(actor)
    read = [await shelves.marks(database, each.facts.patient_id, reader) for each in opened.members]
    folders = await shelves.own_folders(database, opened.facts) if with_folders else ()
    return ReaderState(since, read[0].union(*read[1:]), folders, is_person=actor.kind in FOR_THE_PATIENT)


async def _read(store: RecordStore, member: Member, documents: Iterable[UUID], terms: BrowseTerms) -> dict[UUID, Card]:
    """Open these fiches; many of them beside the others' requests."""
    fiches = await shelves.sealed_fiches(store.database, member.facts.patient_id, documents, allowed=member.allowed)
    return await _beside(len(fiches), lambda: shelves.opened(fiches, member.facts.key, terms.reading.read_card))


async def _beside(count: int, make: Callable[[], T]) -> T:
    """What `make` gives, made beside the requests of others when it is about many documents."""
    return make() if count < _IN_A_THREAD else await asyncio.to_thread(make)


async def _trace(opened: OpenRecord, shown: Sequence[Listed], parameters: Sequence[str]) -> None:
    """One event in each record for the request, with what it showed. Raises Moved."""
    at = opened.facts.record.at
    by_record: dict[UUID, list[UUID]] = {}
    for entry in shown:
        by_record.setdefault(entry.patient_id, []).append(entry.logical_id)
    if opened.linked:
        told = [by_record.get(each.facts.patient_id, []) for each in opened.members]
        await trace_all(opened.store, opened.members, told, actor=opened.actor, parameters=parameters, at=at)
        return
    event = did(
        opened.actor, EventType.DOCUMENTS_LISTED, at=at, documents=tuple(by_record.get(opened.facts.patient_id, ())),
        rule=opened.decision, parameters=" ".join(parameters),
    )  # fmt: skip
    await trace(opened.store, opened.facts, event)


def _indexed(entry: Listed, card: Card, reading: Reading) -> str:
    """What a document is found by: its title, the names of its type, of who wrote it and where."""
    known = reading.types.find(entry.facts.type_code)
    names = (None, None) if known is None else (known.plain_name, known.type.display)
    written = [text for each in card.writers for text in (each.family, each.given, each.organization)]
    return index((card.title, *names, *written))


def _writer_spelt(card: Card) -> str:
    """The first who wrote it, by family name, else the organisation; what nobody wrote comes last."""
    for writer in card.writers:
        if not writer.is_patient and (
            name := plain(" ".join(filter(None, (writer.family, writer.given))) or writer.organization or "")
        ):
            return name
    return "\uffff"


_SPELT: Mapping[Sort, Callable[[Card], str]] = {
    Sort.TITLE: lambda card: plain(card.title),
    Sort.WRITER: _writer_spelt,
}


def _names(producers: Mapping[str, Listed], cards: Mapping[UUID, Card]) -> dict[str, Writer]:
    """Who the producers are, as the newest fiche that names each of them says."""
    found: dict[str, Writer] = {}
    for token, entry in producers.items():
        for writer in cards[entry.logical_id].writers:
            if writer.token == token:
                found[token] = writer
            elif writer.organization_token == token:
                found.setdefault(token, Writer(organization=writer.organization, organization_token=token))
    return found
