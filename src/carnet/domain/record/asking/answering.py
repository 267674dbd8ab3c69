"""
What an author does with the requests addressed to them: see them, open one, answer it.

They are told of the document they made and of what the person wrote to them; nothing of what became of it, nor of the record.
"""

from dataclasses import replace
from uuid import UUID

from carnet.domain.access.model import Action, Decision
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.errors import Conflict, Invalid, NotFound, Unavailable
from carnet.domain.record.asking import store as request_store
from carnet.domain.record.asking.model import (
    CHANGES,
    MOTIVE_AT_MOST,
    OpenedRequest,
    ReceivedRequest,
    RequestStatus,
    Verdict,
)
from carnet.domain.record.asking.store import Addressed
from carnet.domain.record.opening import ATTEMPTS, ReadTerms
from carnet.domain.record.store import Moved, RecordStore

LISTED_AT_MOST = 200


async def requests_for(
    store: RecordStore, *, actor: Actor, terms: ReadTerms, count: int = LISTED_AT_MOST
) -> list[ReceivedRequest]:
    """
    The requests addressed to this professional, or to the structure they act for, that they may answer; the last sent first.

    Traced in the system's trail: no record was opened, and no motive told.
    """
    at = terms.clock()
    addressed = await request_store.addressed_to(store, actor, at=at, limit=min(count, LISTED_AT_MOST))
    shown = [each.received for each in addressed if _judge(each, actor, terms).allowed]
    event = did(actor, EventType.REQUESTS_LISTED, at=at, shown=str(len(shown)))
    await store.trace_system(prepare(event, store.system_key))
    return shown


async def open_request(store: RecordStore, request_id: UUID, *, actor: Actor, terms: ReadTerms) -> OpenedRequest:
    """
    One request with its motive. The first opening tells the person that it was seen.

    Raises
        NotFound: `request-unknown`: none, withdrawn, or not addressed to them. Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        found, decision = await _find(store, request_id, actor=actor, terms=terms)
        request = await request_store.one(store, found.patient_id, found.key, request_id)
        if request is None or request.status is RequestStatus.WITHDRAWN:
            continue  # withdrawn meanwhile: it is not found the next time
        event = did(
            actor, EventType.REQUEST_SEEN, at=found.record.at, documents=(request.logical_id,), rule=decision, request=str(request_id)
        )  # fmt: skip
        received = found.received
        if request.status is RequestStatus.SENT:
            step = request_store.new_step(RequestStatus.SEEN, at=found.record.at, by=actor.name)
            try:
                seen = await request_store.change(
                    store, found.patient_id, request_id, step, prepare(event, found.key), key=found.key,
                    facts_version=found.record.facts_version,
                )  # fmt: skip
            except Moved:
                continue
            if not seen:
                continue
            received = replace(received, status=RequestStatus.SEEN)
        elif (
            await store.trace(found.patient_id, prepare(event, found.key), facts_version=found.record.facts_version)
        ) is None:
            continue
        return OpenedRequest(received, request.motive, request.answer)
    raise Unavailable("record-busy")


async def answer_request(
    store: RecordStore, request_id: UUID, verdict: Verdict, text: str, *, actor: Actor, terms: ReadTerms
) -> OpenedRequest:
    """
    Answer a request. Correcting or removing the document is another act: it is replaced or deleted as ever.

    Takes
        text: to the person; compulsory to decline.
    Raises
        NotFound: as `open_request`. Invalid: `request-answer`. Conflict: `request-not-there`: it was answered before.
        Unavailable: `record-busy`.
    """
    text = text.strip()
    if len(text) > MOTIVE_AT_MOST or (verdict is Verdict.DECLINED and not text):
        raise Invalid("request-answer", limit=str(MOTIVE_AT_MOST))
    for _ in range(ATTEMPTS):
        found, decision = await _find(store, request_id, actor=actor, terms=terms)
        if found.received.status not in CHANGES[RequestStatus.ANSWERED]:
            raise Conflict("request-not-there", status=found.received.status)
        request = await request_store.one(store, found.patient_id, found.key, request_id)
        step = request_store.new_step(
            RequestStatus.ANSWERED, at=found.record.at, by=actor.name, verdict=verdict, text=text
        )
        event = did(
            actor, EventType.REQUEST_ANSWERED, at=found.record.at, documents=(found.received.logical_id,), rule=decision,
            request=str(request_id), verdict=verdict,
        )  # fmt: skip
        try:
            changed = await request_store.change(
                store, found.patient_id, request_id, step, prepare(event, found.key), key=found.key,
                facts_version=found.record.facts_version,
            )  # fmt: skip
        except Moved:
            continue
        if changed and request is not None:
            return OpenedRequest(replace(found.received, status=RequestStatus.ANSWERED), request.motive, step)
    raise Unavailable("record-busy")


def _judge(addressed: Addressed, actor: Actor, terms: ReadTerms) -> Decision:
    return decide(actor, Action.REPLY, record=addressed.record, document=addressed.document, matrix=terms.matrix)


async def _find(store: RecordStore, request_id: UUID, *, actor: Actor, terms: ReadTerms) -> tuple[Addressed, Decision]:
    """The request, if it is theirs to answer. Raises NotFound, with its trace in the system's trail."""
    at = terms.clock()
    rule = "deny.unknown"
    for found in await request_store.addressed_to(store, actor, at=at, request_id=request_id, limit=1):
        decision = _judge(found, actor, terms)
        if decision.allowed:
            return found, decision
        rule = decision.rule
    event = did(actor, EventType.ACCESS_REFUSED, at=at, outcome=Outcome.REFUSED, rule=rule)
    await store.trace_system(prepare(event, store.system_key))
    raise NotFound("request-unknown")
