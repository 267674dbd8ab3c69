"""
Put an identity, as its source tells it now: whom it names, whether the source saw what it changes, then `receive_identity`.

Source: FHIR R4 §3.1.0.4 (update, conditional update); docs/decisions/0016-identities-received.md, 0018-identities-told.md.
"""

from datetime import datetime
from uuid import UUID

from carnet.domain.access.model import Decision
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent import store as consent_store
from carnet.domain.consent.receiving import ReceivingTerms, receive_identity
from carnet.domain.errors import Conflict, DomainError, Invalid, NotFound, Stale, Unavailable
from carnet.domain.people.model import IdentityReceipt, ReceivedIdentity, Reception
from carnet.domain.record.identities.model import KnownIdentity
from carnet.domain.record.identities.telling import Name, judge_source, known_identity, named
from carnet.domain.record.opening import ATTEMPTS, ReadTerms
from carnet.domain.record.store import RecordStore
from carnet.storage.database import Connection, DatabaseCrossed
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins


@frozen
class PutIdentity:
    """known: what is held now. receipt: what became of what was sent."""

    known: KnownIdentity
    receipt: IdentityReceipt


async def put_identity(
    store: RecordStore, received: ReceivedIdentity, *, named_by: Name | UUID, seen_version: str | None, actor: Actor,
    terms: ReadTerms, receiving: ReceivingTerms, only_new: bool = False,
) -> PutIdentity:  # fmt: skip
    """
    Receive an identity under a name: created, changed, or unchanged; all in one transaction.

    Takes
        named_by: a matricule, a source's own identifier, or the id of a record. seen_version: the one the source saw, or None.
            only_new: nothing is changed of whoever is known already.
    Raises
        Refused: `identity-sources-only`, and as `receive_identity`. NotFound: `identity-unknown` (by id).
        Invalid: `identity-not-named` (the resource does not carry the name it was sent under), and as `receive_identity`.
        Stale: `identifier-several`, `version-stale`, `identity-known`. Conflict: `identity-of-another`, and as `receive_identity`. Unavailable: `record-busy`. Refusals are traced.
    """
    at = terms.clock()
    rule = await judge_source(store, actor, at=at, terms=terms)
    for _ in range(ATTEMPTS):
        try:
            async with store.database.transaction() as tx:
                expected = await _expected(tx, received, named_by)
                if expected is not None and only_new:
                    raise Stale("identity-known")
                if expected is not None:
                    await _require_seen(tx, expected, seen_version, source=actor.name)
                elif seen_version is not None:
                    raise Stale("version-stale", held="0")
                receipt = await receive_identity(tx, received, actor=actor, keys=store.keys, at=at, terms=receiving)
                if expected not in {None, receipt.patient_id}:
                    raise Conflict("identity-of-another")
                if only_new and receipt.reception is not Reception.CREATED:
                    raise Stale("identity-known")  # by another matricule, or announced meanwhile
                known = await known_identity(tx, receipt.patient_id, source=actor.name)
        except DomainError as refusal:
            await _trace(store, actor, refusal, rule=rule, at=at)
            raise
        except DatabaseCrossed:
            continue  # two people whose matricules cross, put at once: the other is done by now
        assert known is not None
        return PutIdentity(known, receipt)
    raise Unavailable("record-busy")


async def _expected(tx: Connection, received: ReceivedIdentity, named_by: Name | UUID) -> UUID | None:
    """The record that the name names; None when it names nobody yet."""
    if isinstance(named_by, UUID):
        return named_by
    carried = {received.ins, received.local, *(former.ins for former in received.former)}
    values = {each.matricule if isinstance(each, Ins) else each.value for each in carried if each is not None}
    if named_by not in (values if isinstance(named_by, str) else carried):
        raise Invalid("identity-not-named", expression="Patient.identifier")
    found = await named(tx, named_by)
    if len(found) > 1:
        raise Stale("identifier-several")
    return next(iter(found), None)


async def _require_seen(tx: Connection, patient_id: UUID, seen_version: str | None, *, source: str) -> None:
    """The record is locked first: what is compared stays what is changed."""
    locked = await consent_store.lock_record(tx, patient_id)
    known = None if locked is None else await known_identity(tx, patient_id, source=source)
    if known is None:
        raise NotFound("identity-unknown")
    if seen_version is not None and seen_version != str(known.version):
        raise Stale("version-stale", held=str(known.version))


async def _trace(store: RecordStore, actor: Actor, refusal: DomainError, *, rule: Decision, at: datetime) -> None:
    """In the system's trail: what was refused may name several people, or nobody."""
    codes = " ".join(dict.fromkeys(issue.code for issue in refusal.issues))
    event = did(actor, EventType.IDENTITY_REFUSED, at=at, outcome=Outcome.REFUSED, rule=rule, issues=codes)
    await store.trace_system(prepare(event, store.system_key))
