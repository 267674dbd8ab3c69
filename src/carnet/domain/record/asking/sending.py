"""Ask who made a document to correct it or to remove it, withdraw the request, close it once answered, and see where it stands."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from carnet.domain.access.acting import REFUSALS
from carnet.domain.access.model import AccessClass, Action, Decision, OwnerKind
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from carnet.domain.record.asking import store as request_store
from carnet.domain.record.asking.model import (
    CHANGES,
    MOTIVE_AT_MOST,
    DocumentRequest,
    RequestKind,
    RequestStatus,
)
from carnet.domain.record.opening import ATTEMPTS, OpenDocument, ReadTerms, open_document, trace_refusal
from carnet.domain.record.replacing import FOR_THE_PATIENT
from carnet.domain.record.sight import allowed_classes
from carnet.domain.record.store import Moved, RecordStore
from carnet.vocabulary.uuid7 import uuid7

_EVENTS = {
    RequestStatus.WITHDRAWN: EventType.REQUEST_WITHDRAWN,
    RequestStatus.CLOSED: EventType.REQUEST_CLOSED,
}


async def ask_author(
    store: RecordStore, logical_id: UUID, kind: RequestKind, motive: str, *, actor: Actor, terms: ReadTerms
) -> DocumentRequest:
    """
    Send a request about a document to who wrote it and to the structure it was written for.

    Takes
        motive: what is wrong, in the person's words; sealed.
    Raises
        NotFound, Refused: as `open_document`; Refused: `patient-decides`, `representation-to-read`.
        Invalid: `request-motive`; `request-own-upload`: what one added, one removes; `request-no-addressee`: nobody is named as its author.
        Conflict: `request-running`: one of this kind is under way. Unavailable: `record-busy`.
    """
    motive = motive.strip()
    if not motive or len(motive) > MOTIVE_AT_MOST:
        raise Invalid("request-motive", limit=str(MOTIVE_AT_MOST))
    for _ in range(ATTEMPTS):
        opened = await open_document(store, logical_id, actor=actor, terms=terms)
        decision = await _govern(store, opened, actor=actor, terms=terms)
        addressees = _addressees(opened.entry.access_class)
        at, facts = opened.facts.record.at, opened.facts
        step = request_store.new_step(RequestStatus.SENT, at=at, by=actor.name)
        request = DocumentRequest(facts.patient_id, uuid7(), logical_id, kind, RequestStatus.SENT, at, motive, (step,))
        event = did(
            actor, EventType.REQUEST_SENT, at=at, documents=(logical_id,), rule=decision, request=str(request.request_id), kind=kind
        )  # fmt: skip
        try:
            written = await request_store.write(store, facts, request, prepare(event, facts.key), addressees=addressees)
        except Moved:
            continue
        if not written:
            raise Conflict("request-running")
        return request
    raise Unavailable("record-busy")


async def withdraw_request(
    store: RecordStore, logical_id: UUID, request_id: UUID, *, actor: Actor, terms: ReadTerms
) -> DocumentRequest:
    """Withdraw a request that is not answered yet: its author is told of it no more. Raises as `_change`."""
    return await _change(store, logical_id, request_id, RequestStatus.WITHDRAWN, actor=actor, terms=terms)


async def close_request(
    store: RecordStore, logical_id: UUID, request_id: UUID, *, actor: Actor, terms: ReadTerms
) -> DocumentRequest:
    """The answer was read, and nothing more is asked. Raises as `_change`."""
    return await _change(store, logical_id, request_id, RequestStatus.CLOSED, actor=actor, terms=terms)


async def shown_requests(store: RecordStore, opened: OpenDocument) -> list[DocumentRequest]:
    """
    Requests about a document, the last sent first, to the patient and to who represents them: what is asked is theirs to know.

    Leaves no trace by itself.
    """
    if opened.actor.kind not in FOR_THE_PATIENT:
        return []
    return await request_store.requests_of(store, opened.facts, opened.entry.logical_id)


async def answers_to_read(store: RecordStore, patient_id: UUID, *, actor: Actor, terms: ReadTerms) -> list[UUID]:
    """
    Documents about which an author answered what the patient asks, and which they still see; the last asked about first.

    Tells nothing of a document, and leaves no trace.
    """
    answered = await request_store.answered(store, patient_id)
    if not answered or actor.kind not in FOR_THE_PATIENT:
        return []
    found = await store.search_facts(actor, ins=None, patient_id=patient_id, at=terms.clock())
    if found is None:
        return []
    facts, classes = found
    allowed = set(allowed_classes(classes, actor=actor, record=facts.record, matrix=terms.matrix))
    return list(dict.fromkeys(document for _, document, class_id in answered if class_id in allowed))


async def _change(
    store: RecordStore, logical_id: UUID, request_id: UUID, to: RequestStatus, *, actor: Actor, terms: ReadTerms
) -> DocumentRequest:
    """
    One more step of a request.

    Raises
        NotFound: `document-unknown`, `request-unknown`. Refused: as `ask_author`. Conflict: `request-not-there`: it is past that step.
        Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        opened = await open_document(store, logical_id, actor=actor, terms=terms)
        decision = await _govern(store, opened, actor=actor, terms=terms)
        facts = opened.facts
        request = await request_store.one(store, facts.patient_id, facts.key, request_id)
        if request is None or request.logical_id != logical_id:
            raise NotFound("request-unknown")
        if request.status not in CHANGES[to]:
            raise Conflict("request-not-there", status=request.status)
        step = request_store.new_step(to, at=facts.record.at, by=actor.name)
        event = did(
            actor, _EVENTS[to], at=facts.record.at, documents=(logical_id,), rule=decision, request=str(request_id)
        )
        try:
            changed = await request_store.change(
                store, facts.patient_id, request_id, step, prepare(event, facts.key), key=facts.key,
                facts_version=facts.record.facts_version,
            )  # fmt: skip
        except Moved:
            continue
        if changed:
            return replace(request, status=to, steps=(*request.steps, step))
    raise Unavailable("record-busy")


async def _govern(store: RecordStore, opened: OpenDocument, *, actor: Actor, terms: ReadTerms) -> Decision:
    decision = decide(actor, Action.GOVERN, record=opened.facts.record, document=None, matrix=terms.matrix)
    if not decision.allowed:
        facts = opened.facts
        await trace_refusal(store, facts, actor, decision, facts.record.at, documents=(opened.entry.logical_id,))
        raise Refused(REFUSALS.get(decision.rule, "record-refused"))
    return decision


def _addressees(document: AccessClass) -> Sequence[str]:
    """Who wrote the document, and the structures it was written for. Raises Invalid."""
    if document.owner is OwnerKind.CITIZEN:
        raise Invalid("request-own-upload")
    named = sorted(document.author_persons | document.author_organizations)
    if not named:
        raise Invalid("request-no-addressee")
    return named
