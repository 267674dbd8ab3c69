"""
Open a record or a document to read it; the only way to read.

`decide` is asked for the record, then for each distinct class of its documents; SQL lists, counts and pages the allowed classes only.
The trace commits before anything is shown; when facts moved since they were read, everything is decided again.
Source: ITI-66, ITI-67, ITI-68; PDSm flux 5 to 8; documents.md §4, §6, §7; product promises 3 to 6.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from carnet.domain.access.model import AccessClass, AccessMatrix, Action, Decision
from carnet.domain.access.notices import notice_of_access
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import AuditEvent, EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.errors import NotFound, Refused, Unavailable
from carnet.domain.record.facts import EntryFacts, ReadFacts
from carnet.domain.record.linked.reading import Member, gathered, merged
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.search import Page, SearchQuery
from carnet.domain.record.sight import allowed_classes, may_read
from carnet.domain.record.store import Moved, RecordStore
from carnet.domain.record.synchronising import newly_seen
from carnet.storage.sealing import open_range, segments_for
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

ATTEMPTS = 8


@frozen
class ReadTerms:
    """What a reading is judged by."""

    matrix: AccessMatrix
    clock: Clock


@frozen
class Found:
    """
    One page of a search.

    total: of what the actor may see, None when not wanted. next_page: where the next page starts, None at the end.
    as_of: an instant before which nothing can appear any more, or None when the record was changing. present_ins: of the person, when they
    were named by a former matricule.
    """

    patient_id: UUID
    entries: Sequence[StoredEntry]
    total: int | None
    next_page: Page | None
    as_of: datetime | None
    present_ins: Ins | None = None


@frozen
class OpenRecord:
    """
    A record that this actor may open, with the classes that they may see; the only object able to list.

    present_ins: of the person, when whoever asks named them by a former matricule. linked: other records of the same person that they may
    open too. known: each of these records with all its classes.
    """

    store: RecordStore
    actor: Actor
    facts: ReadFacts
    allowed: tuple[UUID, ...]
    decision: Decision
    present_ins: Ins | None = None
    linked: tuple[Member, ...] = ()
    known: Sequence[tuple[ReadFacts, Sequence[AccessClass]]] = ()

    @property
    def members(self) -> tuple[Member, ...]:
        """The record itself, then those linked to it."""
        return (Member(self.facts, self.allowed, self.decision), *self.linked)

    async def search(self, query: SearchQuery, *, parameters: Sequence[str], at: datetime) -> Found:
        """
        List entries, and leave the trace of what was shown.

        Raises
            Moved: a consent, label or status changed since the record was opened.
        """
        if self.linked:
            pages = [await self.store.page(each.facts, query, allowed=each.allowed) for each in self.members]
            page = await merged(
                self.store, self.members, pages, query=query, shown_by=lambda entry: (entry.logical_id, (entry.logical_id,)),
                actor=self.actor, parameters=parameters, at=at,
            )  # fmt: skip
            return Found(self.facts.patient_id, page.items, page.total, page.next_page, page.as_of, self.present_ins)
        entries, values, total = await self.store.page(self.facts, query, allowed=self.allowed)
        more = len(entries) > query.count
        entries = entries[: query.count]
        event = did(
            self.actor, EventType.DOCUMENTS_LISTED, at=at, documents=tuple(entry.logical_id for entry in entries), rule=self.decision,
            parameters=" ".join(parameters),
        )  # fmt: skip
        changed_at = await trace(self.store, self.facts, event)
        following = Page(values[query.count - 1], str(entries[-1].logical_id)) if more and entries else None
        as_of = self.facts.now if changed_at == self.facts.changed_at else None
        return Found(self.facts.patient_id, entries, total, following, as_of, self.present_ins)


async def open_record(
    store: RecordStore, *, actor: Actor, ins: Ins | None, patient_id: UUID | None, terms: ReadTerms
) -> OpenRecord:
    """
    Open a record named by its INS (or its id).

    Raises
        Refused: `record-refused`, whether the record is closed, forbidden to this actor, or does not exist: they look the same.
    """
    at = terms.clock()
    found = await store.search_facts(actor, ins=ins, patient_id=patient_id, at=at)
    if found is None:
        await trace_unknown(store, actor, at)
        raise Refused("record-refused")
    facts, classes = found
    others: list[tuple[ReadFacts, list[AccessClass]]] = []
    if facts.linked:
        facts, others = await gathered(store, facts, actor=actor, at=at)
    decision = decide(actor, Action.OPEN, record=facts.record, document=None, matrix=terms.matrix)
    if not decision.allowed or (patient_id is not None and patient_id != facts.patient_id):
        await trace_refusal(store, facts, actor, decision, at)
        raise Refused("record-refused")
    present_ins = None if ins in {None, facts.ins} else facts.ins
    members = tuple(_members(actor, others, terms)) if others else ()
    allowed = seen_classes(actor, facts, classes, terms)
    known = [(facts, classes), *others]
    return OpenRecord(store, actor, facts, allowed, decision, present_ins, members, known)


async def search(
    store: RecordStore, query: SearchQuery, *, actor: Actor, ins: Ins | None, patient_id: UUID | None, parameters: Sequence[str],
    terms: ReadTerms,
) -> Found:  # fmt: skip
    """
    Open a record and list one page of its documents.

    Raises
        Refused: `record-refused`. Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        opened = await open_record(store, actor=actor, ins=ins, patient_id=patient_id, terms=terms)
        if query.mark is not None:
            newly = await newly_seen(store, opened.known, actor=actor, mark=query.mark, matrix=terms.matrix)
            query = replace(query, newly_seen=newly)
        try:
            return await opened.search(query, parameters=parameters, at=opened.facts.record.at)
        except Moved:
            continue
    raise Unavailable("record-busy")


@frozen
class OpenDocument:
    """A document that this actor may read; the only object able to give its bytes."""

    store: RecordStore
    actor: Actor
    facts: ReadFacts
    entry: EntryFacts
    decision: Decision

    async def read(self, *, first: int, last: int, at: datetime) -> bytes:
        """
        Bytes `first` to `last` included, in clear, once the trace has committed.

        Raises
            Moved: decide again.
        """
        segments = segments_for(first, last, self.entry.size_bytes)
        event = did(self.actor, EventType.DOCUMENT_READ, at=at, documents=(self.entry.logical_id,), rule=self.decision)
        sealed = await self.store.read_content(
            self.facts, self.entry, prepare(event, self.facts.key), segments=segments,
            notice=notice_of_access(self.actor, event.event_id, at),
        )  # fmt: skip
        return open_range(
            self.facts.key, dict(zip(segments, sealed, strict=True)), first_byte=first, last_byte=last,
            patient_id=self.facts.patient_id, logical_id=self.entry.logical_id, size_bytes=self.entry.size_bytes,
        )  # fmt: skip

    async def size_told(self, *, at: datetime) -> bool:
        """The trace of an answer that tells no more than the size. False when the facts moved: decide again."""
        event = did(self.actor, EventType.FICHE_READ, at=at, documents=(self.entry.logical_id,), rule=self.decision)
        try:
            await trace(self.store, self.facts, event)
        except Moved:
            return False
        return True

    async def fiche(self, *, at: datetime, terms: ReadTerms) -> StoredEntry:
        """The fiche, once its trace has committed. Raises Moved."""
        visible = await self.store.search_facts(self.actor, ins=None, patient_id=self.facts.patient_id, at=at)
        assert visible is not None
        entry = await self.store.entry(
            self.facts, self.entry.logical_id, allowed=seen_classes(self.actor, self.facts, visible[1], terms)
        )
        event = did(self.actor, EventType.FICHE_READ, at=at, documents=(self.entry.logical_id,), rule=self.decision)
        await trace(self.store, self.facts, event)
        return entry


async def open_document(store: RecordStore, logical_id: UUID, *, actor: Actor, terms: ReadTerms) -> OpenDocument:
    """
    Open a document named by its logicalId.

    Raises
        Refused: `record-refused`: no right on its record.
        NotFound: `document-unknown`: unknown, deleted, or hidden from this actor by whatever rule; the same statements ran.
    """
    at = terms.clock()
    found = await store.entry_facts(actor, logical_id, at=at)
    if found is None:
        await trace_unknown(store, actor, at)
        raise NotFound("document-unknown")
    facts, entry = found
    if facts.linked:
        facts, _ = await gathered(store, facts, actor=actor, at=at)
    decision = decide(actor, Action.OPEN, record=facts.record, document=None, matrix=terms.matrix)
    if not decision.allowed:
        await trace_refusal(store, facts, actor, decision, at)
        raise Refused("record-refused")
    if entry is not None:
        decision = may_read(
            entry.access_class, actor=actor, record=facts.record, behind=entry.behind, matrix=terms.matrix
        )
    if entry is None or not decision.allowed:
        named = () if entry is None else (entry.logical_id,)
        await trace_refusal(store, facts, actor, decision, at, documents=named)
        raise NotFound("document-unknown")
    return OpenDocument(store, actor, facts, entry, decision)


async def read_content(
    store: RecordStore, logical_id: UUID, *, actor: Actor, terms: ReadTerms, span: "Span | None" = None
) -> tuple[EntryFacts, bytes, int]:
    """
    Open a document and read it, whole or a span of it.

    Gives
        its facts, the bytes, and the position of the first one.
    Raises
        as `open_document`; Unavailable: `record-busy`; SpanOutside: nothing of the span is in the document (its size is told, and traced).
    """
    for _ in range(ATTEMPTS):
        opened = await open_document(store, logical_id, actor=actor, terms=terms)
        size = opened.entry.size_bytes
        try:
            first, last = (0, size - 1) if span is None else span.within(size)
            return opened.entry, await opened.read(first=first, last=last, at=opened.facts.record.at), first
        except SpanOutside as outside:
            if await opened.size_told(at=opened.facts.record.at):
                raise outside from None
        except Moved:
            continue
    raise Unavailable("record-busy")


async def read_fiche(store: RecordStore, logical_id: UUID, *, actor: Actor, terms: ReadTerms) -> StoredEntry:
    """Open a document and read its fiche. Raises as `read_content`."""
    for _ in range(ATTEMPTS):
        opened = await open_document(store, logical_id, actor=actor, terms=terms)
        try:
            return await opened.fiche(at=opened.facts.record.at, terms=terms)
        except Moved:
            continue
    raise Unavailable("record-busy")


class SpanOutside(Exception):
    """The span begins past the end of the document."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        super().__init__(size_bytes)


@frozen
class Span:
    """Bytes asked for: from `first` to `last` included (None: to the end), or the last `suffix` bytes."""

    first: int | None
    last: int | None = None
    suffix: int | None = None

    def within(self, size_bytes: int) -> tuple[int, int]:
        """The span inside a document of this size. Raises SpanOutside."""
        if self.first is None:
            if not self.suffix or size_bytes == 0:
                raise SpanOutside(size_bytes)
            return max(0, size_bytes - self.suffix), size_bytes - 1
        if self.first >= size_bytes:
            raise SpanOutside(size_bytes)
        return self.first, size_bytes - 1 if self.last is None else min(self.last, size_bytes - 1)


def seen_classes(actor: Actor, facts: ReadFacts, classes: Sequence[AccessClass], terms: ReadTerms) -> tuple[UUID, ...]:
    """Ids of the classes whose documents this actor may see."""
    return allowed_classes(classes, actor=actor, record=facts.record, matrix=terms.matrix)


def _members(actor: Actor, others: Sequence[tuple[ReadFacts, list[AccessClass]]], terms: ReadTerms) -> Iterator[Member]:
    """Those of the linked records that the actor may open: a closed one stays closed, without a word."""
    for facts, classes in others:
        decision = decide(actor, Action.OPEN, record=facts.record, document=None, matrix=terms.matrix)
        if decision.allowed:
            yield Member(facts, seen_classes(actor, facts, classes, terms), decision)


async def trace(store: RecordStore, facts: ReadFacts, event: AuditEvent) -> datetime:
    """Commit the trace of what is about to be shown. Raises Moved: decide again."""
    changed_at = await store.trace(
        facts.patient_id, prepare(event, facts.key), facts_version=facts.record.facts_version,
        notice=notice_of_access(event.actor, event.event_id, event.occurred_at),
    )  # fmt: skip
    if changed_at is None:
        raise Moved
    return changed_at


async def trace_refusal(
    store: RecordStore, facts: ReadFacts, actor: Actor, decision: Decision, at: datetime, *, documents: tuple[UUID, ...] = ()
) -> None:  # fmt: skip
    """The attempt stays, with the documents it was about: whoever reads the trail is told of it only if they may see one of these."""
    event = did(actor, EventType.ACCESS_REFUSED, at=at, outcome=Outcome.REFUSED, documents=documents, rule=decision)
    await store.trace(facts.patient_id, prepare(event, facts.key))


async def trace_unknown(store: RecordStore, actor: Actor, at: datetime) -> None:
    """The trace of a refusal about something that no record holds: of the same weight."""
    event = did(actor, EventType.ACCESS_REFUSED, at=at, outcome=Outcome.REFUSED, rule="deny.unknown")
    await store.trace_system(prepare(event, store.system_key))
