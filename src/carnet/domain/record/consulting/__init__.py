"""
One document as its page shows it: what it says, who made it, its versions, who may see it, who read it, what was asked and shared.

One act: judged once, traced once before anything is given, whatever the page shows. Source: style §8, principle 5 (control sits beside
the thing); product promises 3 to 5.
"""

from dataclasses import replace
from uuid import UUID

from carnet.domain.access.model import Action
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.consent import store as consent_store
from carnet.domain.consent.model import ConsentPeriod
from carnet.domain.errors import Unavailable
from carnet.domain.record.asking.sending import shown_requests
from carnet.domain.record.audience import holders_of
from carnet.domain.record.audience.model import AudienceFacts
from carnet.domain.record.browsing import store as shelves
from carnet.domain.record.browsing.model import reader_of
from carnet.domain.record.consulting import store as page_store
from carnet.domain.record.consulting.model import Consulted, Glanced
from carnet.domain.record.consulting.readers import latest_readers
from carnet.domain.record.opening import ATTEMPTS, OpenDocument, ReadTerms, open_document, seen_classes, trace
from carnet.domain.record.replacing import FOR_THE_PATIENT
from carnet.domain.record.sharing.making import shown_shares
from carnet.domain.record.sharing.model import ShareTerms
from carnet.domain.record.store import Moved, RecordStore

# Kinds of events by which someone read a document, or saw that it exists with its title.
_CONTROLS = (Action.MASK, Action.UNMASK, Action.DELETE, Action.GOVERN)


async def consult(
    store: RecordStore, logical_id: UUID, *, with_content: frozenset[str], actor: Actor, terms: ReadTerms, sharing: ShareTerms
) -> Consulted:  # fmt: skip
    """
    Open a document to show its page.

    Takes
        with_content: media types whose bytes the page shows itself; of another the fiche alone is shown, and the trace says so.
    Gives
        what the actor may know of it.
    Raises
        as `open_document`; Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        opened = await open_document(store, logical_id, actor=actor, terms=terms)
        try:
            return await _consult(opened, with_content, terms=terms, sharing=sharing)
        except Moved:
            continue
    raise Unavailable("record-busy")


async def glance(store: RecordStore, logical_id: UUID, *, actor: Actor, terms: ReadTerms) -> Glanced:
    """
    What the page of one control needs of a document: its fiche and what may be done. Traced as a reading of the fiche.

    Raises
        as `consult`.
    """
    for _ in range(ATTEMPTS):
        opened = await open_document(store, logical_id, actor=actor, terms=terms)
        facts = opened.facts
        fiche = await store.entry(facts, logical_id, allowed=())
        event = did(actor, EventType.FICHE_READ, at=facts.record.at, documents=(logical_id,), rule=opened.decision)
        try:
            await trace(store, facts, event)
        except Moved:
            continue
        return Glanced(facts, opened.entry, fiche, _allowed(opened, terms))
    raise Unavailable("record-busy")


def _allowed(opened: OpenDocument, terms: ReadTerms) -> frozenset[Action]:
    """The acts that the rules let the reader do."""
    record, document = opened.facts.record, opened.entry.access_class
    return frozenset(
        each for each in _CONTROLS
        if decide(opened.actor, each, record=record, document=document, matrix=terms.matrix).allowed
    )  # fmt: skip


async def _consult(
    opened: OpenDocument, with_content: frozenset[str], *, terms: ReadTerms, sharing: ShareTerms
) -> Consulted:
    store, actor, entry = opened.store, opened.actor, opened.entry
    facts, at = opened.facts, opened.facts.record.at
    found = await store.search_facts(actor, ins=None, patient_id=facts.patient_id, at=at)
    if found is None:
        raise Moved
    classes = found[1]
    allowed = seen_classes(actor, facts, classes, terms)
    fiche = await store.entry(facts, entry.logical_id, allowed=allowed)
    versions, created, masked_by_patient = await page_store.versions(store.database, facts.patient_id, entry.logical_id, allowed=allowed)  # fmt: skip
    opened = _told(opened, masked_by_patient)
    readers, is_whole = await latest_readers(opened, classes, terms=terms)
    made = Consulted(
        facts=facts,
        entry=opened.entry,
        fiche=fiche,
        content=None,
        created=created,
        versions=versions,
        audience=await _audience_facts(opened, terms=terms),
        may=_allowed(opened, terms),
        readers=readers,
        readers_are_whole=is_whole,
        shares=await shown_shares(store, facts, classes, actor=actor, terms=sharing, document=entry.logical_id),
        requests=await shown_requests(store, opened),
    )
    if entry.mime_type.partition(";")[0].strip().lower() in with_content:
        made = made.with_content(await opened.read(first=0, last=entry.size_bytes - 1, at=at))
    else:
        event = did(actor, EventType.FICHE_READ, at=at, documents=(entry.logical_id,), rule=opened.decision)
        await trace(store, facts, event)
    await shelves.mark(store.database, facts.patient_id, reader_of(actor), [entry.logical_id], read=True, at=at)
    return made


def _told(opened: OpenDocument, masked_by_patient: bool) -> OpenDocument:
    known = replace(opened.entry.access_class, masked_by_patient=masked_by_patient)
    return replace(opened, entry=replace(opened.entry, access_class=known))


async def _audience_facts(opened: OpenDocument, *, terms: ReadTerms) -> AudienceFacts | None:
    """What says who sees it; None to whom rights are not told."""
    facts, store = opened.facts, opened.store
    if opened.actor.kind not in FOR_THE_PATIENT:
        return None
    if not decide(opened.actor, Action.REVIEW, record=facts.record, document=None, matrix=terms.matrix).allowed:
        return None
    periods: list[ConsentPeriod] = []
    async with store.database.connection() as connection:
        for patient_id in (facts.patient_id, *facts.linked):
            periods += await consent_store.periods(connection, patient_id)
    return AudienceFacts(facts.ins, facts.record, periods, holders_of(periods, facts.record), store.fact_terms)
