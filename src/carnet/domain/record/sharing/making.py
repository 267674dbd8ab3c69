"""Make a link that shows documents, end it, and see where one's links stand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from carnet.domain.access.acting import REFUSALS
from carnet.domain.access.model import AccessClass, Action, Decision
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.errors import Invalid, NotFound, Refused, Unavailable
from carnet.domain.record.facts import ReadFacts
from carnet.domain.record.linked.reading import gathered
from carnet.domain.record.opening import ATTEMPTS, ReadTerms, open_document, trace_refusal, trace_unknown
from carnet.domain.record.sharing import secrets
from carnet.domain.record.sharing import store as share_store
from carnet.domain.record.sharing.model import NOTE_AT_MOST, SHORTEST, MadeShare, Share, ShareState, ShareTerms
from carnet.domain.record.sight import allowed_classes
from carnet.domain.record.store import Moved, RecordStore
from carnet.vocabulary.uuid7 import uuid7


async def share(
    store: RecordStore, documents: Sequence[UUID], *, lasting: timedelta, note: str = "", sending: str = "", actor: Actor, terms: ShareTerms
) -> MadeShare:  # fmt: skip
    """
    Make a link that shows these documents of one record to whoever holds it and its code, until its end.

    Takes
        documents: logicalIds that the actor sees. lasting: from an hour to the longest that the operator allows. note: whom it is for. sending: of a
            form: the same again, asking the same, is given the link that it made, while that link runs.
    Gives
        the link with its two secrets, which are told now and kept nowhere.
    Raises
        NotFound, Refused: as `open_document`; `patient-decides`, `representation-to-read`: they see the documents and may not share them.
        Invalid: `share-lasting`, `share-documents`, `share-across-records`, `share-note`. Unavailable: `record-busy`.
    """
    wanted = tuple(dict.fromkeys(documents))
    note = " ".join(note.split())
    _check(wanted, lasting, note, terms)
    asked = "\0".join((sending, str(lasting), note, *map(str, wanted)))
    before = 0  # links of this sending that are over
    for _ in range(ATTEMPTS):
        opened = [
            await open_document(store, each, actor=actor, terms=ReadTerms(terms.matrix, terms.clock)) for each in wanted
        ]
        facts = opened[0].facts
        if len({each.facts.patient_id for each in opened}) > 1:
            raise Invalid("share-across-records")
        decision = await _govern(store, facts, actor=actor, terms=terms, documents=wanted)
        at = facts.record.at
        address, code = secrets.new_address(), secrets.new_code()
        if sending:
            address, code = secrets.of_sending(facts.key, f"{before}\0{asked}")
        made = MadeShare(
            Share(facts.patient_id, uuid7(), wanted, at, at + lasting, None, 0, 0, None, actor, note), address, code
        )
        share_id = made.share.share_id
        event = did(
            actor, EventType.DOCUMENT_SHARED, at=at, documents=wanted, rule=decision, share=str(share_id), until=made.share.expires_at.isoformat()
        )  # fmt: skip
        try:
            written = await share_store.write(
                store, facts, made.share, prepare(event, facts.key), address=secrets.address_digest(made.address),
                code=secrets.code_digest(facts.key, share_id, made.code),
            )  # fmt: skip
        except Moved:
            continue
        if written:
            return made
        held = await share_store.share_at(store, facts, secrets.address_digest(address))
        if held is not None and held.state(at, terms) is ShareState.RUNNING:
            return MadeShare(held, address, code)
        before += 1
    raise Unavailable("record-busy")


async def end_share(store: RecordStore, patient_id: UUID, share_id: UUID, *, actor: Actor, terms: ShareTerms) -> Share:
    """
    End a link: from then on it shows nothing. A link that is over already is left as it is.

    Raises
        NotFound: `share-unknown`: there is none, or it is not theirs to know. Refused: as `share`. Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        facts, classes = await _facts(store, patient_id, actor=actor, terms=terms)
        found = [
            each
            for each in await shown_shares(store, facts, classes, actor=actor, terms=terms)
            if each.share_id == share_id
        ]
        if not found:
            await trace_refusal(store, facts, actor, Decision(False, "deny.unknown"), facts.record.at)
            raise NotFound("share-unknown")
        (held,) = found
        decision = await _govern(store, facts, actor=actor, terms=terms, documents=held.documents)
        event = did(
            actor, EventType.SHARE_ENDED, at=facts.record.at, documents=held.documents, rule=decision, share=str(share_id)
        )  # fmt: skip
        try:
            if not await share_store.end(store, facts, share_id, prepare(event, facts.key)):
                return held
        except Moved:
            continue
        return replace(held, ended_at=facts.record.at)
    raise Unavailable("record-busy")


async def shown_shares(
    store: RecordStore, facts: ReadFacts, classes: Sequence[AccessClass], *, actor: Actor, terms: ShareTerms, document: UUID | None = None
) -> list[Share]:  # fmt: skip
    """
    Links of a record that exist for this actor, each with the documents that they see; the last made first. Leaves no trace by itself.

    Takes
        classes: all those of the record. document: only links that name it.
    Gives
        to who made a link, it with what they still see of it; to others, only those of which they see everything.
    """
    shares = await share_store.shares_of(store, facts, document=document)
    if not shares:
        return []
    allowed = set(allowed_classes(classes, actor=actor, record=facts.record, matrix=terms.matrix))
    held = await share_store.documents_of(store, facts, sorted({each for made in shares for each in made.documents}))
    shown: list[Share] = []
    for each in shares:
        seen = tuple(one for one in each.documents if one in held and held[one][0] in allowed)
        is_theirs = each.maker.kind is actor.kind and each.maker.ins == actor.ins
        if seen and (is_theirs or seen == each.documents):
            shown.append(replace(each, documents=seen))
    return shown


def _check(wanted: Sequence[UUID], lasting: timedelta, note: str, terms: ShareTerms) -> None:
    if not 1 <= len(wanted) <= terms.documents_at_most:
        raise Invalid("share-documents", limit=str(terms.documents_at_most))
    if not SHORTEST <= lasting <= terms.longest:
        raise Invalid("share-lasting", limit=str(terms.longest.days))
    if len(note) > NOTE_AT_MOST:
        raise Invalid("share-note", limit=str(NOTE_AT_MOST))


async def _facts(
    store: RecordStore, patient_id: UUID, *, actor: Actor, terms: ShareTerms
) -> tuple[ReadFacts, Sequence[AccessClass]]:
    at = terms.clock()
    found = await store.search_facts(actor, ins=None, patient_id=patient_id, at=at)
    if found is None:
        await trace_unknown(store, actor, at)
        raise NotFound("share-unknown")
    facts, classes = found
    if facts.linked:
        facts, _ = await gathered(store, facts, actor=actor, at=at)
    return facts, classes


async def _govern(
    store: RecordStore, facts: ReadFacts, *, actor: Actor, terms: ShareTerms, documents: tuple[UUID, ...]
) -> Decision:
    """What the patient shows, the patient decides, or who acts in full for them."""
    decision = decide(actor, Action.GOVERN, record=facts.record, document=None, matrix=terms.matrix)
    if not decision.allowed:
        await trace_refusal(store, facts, actor, decision, facts.record.at, documents=documents)
        raise Refused(REFUSALS.get(decision.rule, "record-refused"))
    return decision
