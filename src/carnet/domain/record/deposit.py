"""
File a submission in one patient's record; the only way in.

Source: IHE ITI-41, ITI-65, ITI-105; PDSm flux 1 and 2; documents.md §4, §7, §13; product promises 1 to 3.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.domain.access.model import (
    AccessClass,
    AccessMatrix,
    Action,
    AvailabilityStatus,
    Confidentiality,
    OwnerKind,
    RecordFacts,
)
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import Conflict, DomainError, Invalid, Issue, NotFound, Refused, Severity, Unavailable
from carnet.domain.record import rows
from carnet.domain.record.coherence import (
    Digest,
    complete,
    fiche_faults,
    header_identity_faults,
    label_faults,
    patient_faults,
    relations,
)
from carnet.domain.record.facts import DepositFacts, KnownDocument, Target
from carnet.domain.record.model import (
    AssociationKind,
    DocumentEntry,
    FiledDocument,
    Receipt,
    RelatesTo,
    Submission,
    SubmissionSet,
    SubmittedDocument,
)
from carnet.domain.record.ports import TypeTable
from carnet.domain.record.store import Filing, Moved, RecordStore, fiche_aad, set_aad
from carnet.storage.sealing import SealedContent, seal_content
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.uuid7 import uuid7

ATTEMPTS = 8

FicheWriter = Callable[[DocumentEntry, UUID, Ins, UUID], bytes]
SetWriter = Callable[[SubmissionSet, UUID, Ins, UUID], bytes]

_FEED_REFUSALS = {
    "deny.record-closed": "record-closed",
    "deny.record-opposed": "record-opposed",
    "deny.record-announced": "record-announced",
}
XML_MEDIA_TYPES = frozenset({"text/xml", "application/xml", "application/hl7-v3+xml", "application/hl7-sda+xml"})
_RELATABLE = frozenset({AvailabilityStatus.APPROVED, AvailabilityStatus.ARCHIVED})


@dataclass(frozen=True, slots=True)
class DepositTerms:
    """
    What a deposit is judged by and written with.

    write_fiche, write_set: the ready-made text kept beside the columns. accepts_test_identities: false in production mode.
    may_combine_labels: server parameter `cumul-invisible_patient-masque_ps`. max_document_bytes: of one content.
    """

    types: TypeTable
    matrix: AccessMatrix
    write_fiche: FicheWriter
    write_set: SetWriter
    accepts_test_identities: bool = False
    may_combine_labels: bool = False
    max_document_bytes: int = 20 * 1024 * 1024


@dataclass(slots=True)
class _Judged:
    """A document that passed: either to file, or a replay of one already held."""

    document: SubmittedDocument
    digest: Digest
    entry: DocumentEntry | None
    replay: KnownDocument | None
    relations: list[tuple[AssociationKind, Target]]


async def deposit(
    store: RecordStore, submission: Submission, *, actor: Actor, terms: DepositTerms, clock: Clock
) -> Receipt:
    """
    File a submission in one patient's record; the only way in.

    All or nothing: entries, contents, associations and event share one statement; a refusal leaves its own event.

    Takes
        submission: one set, 1..n documents with their bytes in clear and the header a format read from each.
    Gives
        Receipt: documents in the order received; those already held with the same bytes are replays, with their first location.
    Raises
        Invalid: what was sent breaks a rule, or fiche, header and identity disagree (one issue per fault).
        NotFound: `patient-unknown`.
        Refused: closed, opposed or announced record; an actor who may not feed.
        Conflict: `unique-id-taken`: known uniqueId otherwise; nothing is said of the other.
        Unavailable: the record changed too often meanwhile.
    """
    digests = [_digest(document.content) for document in submission.documents]
    for _ in range(ATTEMPTS):
        now = clock()
        facts: DepositFacts | None = None
        try:
            facts = await _facts(store, submission, actor=actor, terms=terms, at=now)
            rule, judged, warnings = await _judge(store, submission, digests, facts=facts, actor=actor, terms=terms)
        except DomainError as refusal:
            await _trace_refusal(store, refusal, facts, actor=actor, at=now)
            raise
        if all(item.replay for item in judged):
            return _replayed(facts, judged, warnings)
        try:
            return await _file(
                store, submission, judged, facts=facts, actor=actor, rule=rule, terms=terms, at=now, warnings=warnings
            )
        except Moved:
            continue
    raise Unavailable("record-busy")


async def _facts(
    store: RecordStore, submission: Submission, *, actor: Actor, terms: DepositTerms, at: datetime
) -> DepositFacts:
    """Who the patient is, and all that the act must know, in one round trip."""
    named = [
        reference
        for reference in submission.patient_references
        if reference.ins is not None or reference.patient_id is not None
    ]
    if not named and submission.faults:
        raise Invalid(submission.faults[0].code, issues=submission.faults)
    if not named:
        raise Invalid("patient-missing", expression=submission.submission_set.expression)
    inses = {reference.ins for reference in submission.patient_references if reference.ins is not None}
    ids = {reference.patient_id for reference in submission.patient_references if reference.patient_id is not None}
    if len(inses) > 1 or len(ids) > 1:
        raise Invalid("patient-references-differ", expression=submission.patient_references[-1].expression)
    ins = next(iter(inses), None)
    if ins is not None and ins.is_test and not terms.accepts_test_identities:
        raise Invalid("ins-test-refused", expression=submission.patient_references[0].expression)
    _refuse_repeated(submission)
    asked = [relation for document in submission.documents for relation in _all_relations(document)]
    facts = await store.deposit_facts(
        actor,
        ins=ins,
        patient_id=next(iter(ids), None),
        unique_ids=[
            *(str(found) for document in submission.documents if (found := _unique_id(document)) is not None),
            *_set_ids(submission.submission_set),
        ],
        targets=[relation.entry for relation in asked if relation.entry is not None],
        target_unique_ids=[str(relation.unique_id) for relation in asked if relation.unique_id is not None],
        at=at,
    )
    if facts is None:
        # Who may not feed someone else's record is not told whether there is one.
        stranger = decide(
            actor, Action.FEED, record=RecordFacts(RecordStatus.OPEN, at), document=None, matrix=terms.matrix
        )
        if not stranger.allowed:
            raise Refused("feed-refused", rule=stranger.rule)
        raise NotFound("patient-unknown", expression=submission.patient_references[0].expression)
    return facts


def _refuse_repeated(submission: Submission) -> None:
    """Documents and set each have a uniqueId of their own (XDSRegistryDuplicateUniqueIdInMessage)."""
    named = (*(_unique_id(document) for document in submission.documents), submission.submission_set.unique_id)
    counts = Counter(unique_id for unique_id in named if unique_id is not None)
    repeated = [
        Issue("duplicate-unique-id-in-message", document.fiche.expression, {"attribute": "unique_id"})
        for document in submission.documents
        if counts[_unique_id(document)] > 1  # type: ignore[index]  # a missing uniqueId counts zero
    ]
    if repeated:
        raise Invalid("duplicate-unique-id-in-message", issues=repeated)


def _unique_id(document: SubmittedDocument) -> UniqueId | None:
    return document.fiche.unique_id or (document.header.unique_id if document.header else None)


def _set_ids(submission_set: SubmissionSet) -> list[str]:
    return [] if submission_set.unique_id is None else [str(submission_set.unique_id)]


def _all_relations(document: SubmittedDocument) -> list[RelatesTo]:
    asked, told = relations(document)
    return [*asked, *([told] if told else [])]


async def _judge(
    store: RecordStore,
    submission: Submission,
    digests: list[Digest],
    *,
    facts: DepositFacts,
    actor: Actor,
    terms: DepositTerms,
) -> tuple[str, list[_Judged], list[Issue]]:
    decision = decide(actor, Action.FEED, record=facts.record, document=None, matrix=terms.matrix)
    if not decision.allowed:
        raise Refused(_FEED_REFUSALS.get(decision.rule, "feed-refused"), rule=decision.rule)
    issues = [*submission.faults, *patient_faults(submission.patient_references, facts.patient_id, facts.identity)]
    known = {document.unique_id: document for document in facts.known}
    judged: list[_Judged] = []
    for document, digest in zip(submission.documents, digests, strict=True):
        issues.extend(_document_faults(document, digest, actor=actor, facts=facts, terms=terms))
        if document.header is None and document.fiche.mime_type in XML_MEDIA_TYPES and not submission.faults:
            issues.append(Issue("cda-header-missing", document.fiche.expression, {"attribute": "mime_type"}))
        held = known.get(str(_unique_id(document)))
        if held is not None and (held.logical_id is not None or not held.mine or held.taken_by_set):
            replay = _replay(document, digest, held)
            if not any(issue.severity is Severity.ERROR for issue in issues):
                entry = complete(document, digest, types=terms.types, owner=_owner(actor), issues=[])
                issues.extend(await _replay_warnings(store, document, entry, replay, facts=facts, terms=terms))
            judged.append(_Judged(document, digest, None, replay, []))
            continue
        found, faults = _resolve(document, _shown(facts, actor=actor, terms=terms))
        issues.extend(faults)
        # What an unreadable document would have told is not missing: the fault is that it cannot be read.
        unread = document.header is None and document.fiche.mime_type in XML_MEDIA_TYPES
        entry = None if unread else complete(document, digest, types=terms.types, owner=_owner(actor), issues=issues)
        judged.append(_Judged(document, digest, entry, None, found))
    issues.extend(_replaced_twice(judged))
    issues.extend(_set_faults(submission.submission_set, known, judged))
    errors = [issue for issue in issues if issue.severity is Severity.ERROR]
    if errors:
        raise Invalid(errors[0].code, issues=issues)
    return decision.rule, judged, [*submission.warnings, *issues]


def _document_faults(
    document: SubmittedDocument, digest: Digest, *, actor: Actor, facts: DepositFacts, terms: DepositTerms
) -> list[Issue]:
    fiche, header = document.fiche, document.header
    issues = fiche_faults(fiche, header, digest)
    if header is not None:
        issues.extend(header_identity_faults(header, facts.identity, fiche.expression))
    if digest.size_bytes == 0:
        issues.append(Issue("content-empty", fiche.expression))
    if digest.size_bytes > terms.max_document_bytes:
        issues.append(Issue("content-too-large", fiche.expression, {"limit": str(terms.max_document_bytes)}))
    issues.extend(label_faults(fiche, may_combine=terms.may_combine_labels))
    if actor.kind is ActorKind.CITIZEN and Confidentiality.INVISIBLE_PATIENT in fiche.labels:
        issues.append(Issue("label-not-yours", fiche.expression, {"attribute": "labels"}))
    if actor.secret_connection and Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX not in fiche.labels:
        issues.append(Issue("secret-connection-label", fiche.expression, {"attribute": "labels"}))
    return issues


def _owner(actor: Actor) -> OwnerKind:
    match actor.kind:
        case ActorKind.CITIZEN:
            return OwnerKind.CITIZEN
        case ActorKind.PRODUCER:
            return OwnerKind.HEALTH_INSURANCE
        case ActorKind.ORGANIZATION:
            return OwnerKind.ORGANIZATION
        case _:
            return OwnerKind.PROFESSIONAL


def _replay(document: SubmittedDocument, digest: Digest, held: KnownDocument) -> KnownDocument:
    """The same bytes under the same uniqueId in the same record are a replay; anything else is taken, without a word more."""
    if (
        not held.mine
        or held.logical_id is None
        or held.status is AvailabilityStatus.DELETED
        or held.hash_sha256 != digest.sha256
    ):
        raise Conflict(
            "unique-id-taken", issues=[Issue("unique-id-taken", document.fiche.expression, {"attribute": "unique_id"})]
        )
    return held


async def _replay_warnings(
    store: RecordStore, document: SubmittedDocument, entry: DocumentEntry | None, held: KnownDocument, *, facts: DepositFacts,
    terms: DepositTerms,
) -> list[Issue]:  # fmt: skip
    assert held.logical_id is not None
    if entry is not None:
        kept, confidentiality, labels = await store.first_fiche(facts.patient_id, facts.key, held.logical_id)
        written = terms.write_fiche(entry, facts.patient_id, facts.identity.ins, held.logical_id)
        if (written, entry.confidentiality, entry.labels) == (kept, confidentiality, labels):
            return []
    return [Issue("replay-metadata-differs", document.fiche.expression, severity=Severity.WARNING)]


def _shown(facts: DepositFacts, *, actor: Actor, terms: DepositTerms) -> Sequence[Target]:
    """The targets a relation may name: what is hidden from its own patient does not exist for them."""
    if actor.kind is not ActorKind.CITIZEN:
        return facts.targets
    return [
        target
        for target in facts.targets
        if decide(actor, Action.READ, record=facts.record, document=target.access_class, matrix=terms.matrix).allowed
    ]


def _resolve(
    document: SubmittedDocument, targets: Sequence[Target]
) -> tuple[list[tuple[AssociationKind, Target]], list[Issue]]:
    """Relations towards documents of this record; fiche and header must tell the same replacement."""
    asked, told = relations(document)
    found: list[tuple[AssociationKind, Target]] = []
    issues: list[Issue] = []
    where = document.fiche.expression
    for relation in asked:
        expression = relation.expression or where
        target = _find(relation, targets)
        if relation.kind not in {AssociationKind.REPLACES, AssociationKind.APPENDS}:
            issues.append(Issue("relation-not-supported", expression, {"kind": relation.kind}))
        elif target is None or target.access_class.status is AvailabilityStatus.DELETED:
            issues.append(Issue("relates-to-unknown", expression))
        elif target.access_class.status not in _RELATABLE:
            issues.append(Issue("relates-to-not-current", expression))
        elif relation.kind is AssociationKind.REPLACES and not _same_parent(document, target):
            issues.append(Issue("replaces-differs", expression))
        else:
            found.append((relation.kind, target))
    if told is not None:
        if _find(told, targets) is None:
            issues.append(Issue("replaced-unknown", where, severity=Severity.WARNING))
        else:
            issues.append(Issue("replaces-differs", where, {"attribute": "relates_to"}))
    return found, issues


def _find(relation: RelatesTo, targets: Sequence[Target]) -> Target | None:
    for target in targets:
        if relation.entry == target.logical_id or (
            relation.unique_id is not None and str(relation.unique_id) == target.unique_id
        ):
            return target
    return None


def _same_parent(document: SubmittedDocument, target: Target) -> bool:
    header = document.header
    return header is None or (header.replaces is not None and str(header.replaces) == target.unique_id)


def _replaced_twice(judged: list[_Judged]) -> list[Issue]:
    counts = Counter(
        target.logical_id for item in judged for kind, target in item.relations if kind is AssociationKind.REPLACES
    )
    return [
        Issue("relates-to-not-current", item.document.fiche.expression, {"attribute": "relates_to"})
        for item in judged
        if any(kind is AssociationKind.REPLACES and counts[target.logical_id] > 1 for kind, target in item.relations)
    ]


def _set_faults(submission_set: SubmissionSet, known: dict[str, KnownDocument], judged: list[_Judged]) -> list[Issue]:
    """A set's uniqueId is used once, unless the whole set is replayed."""
    if all(item.replay for item in judged):
        return []
    for unique_id in _set_ids(submission_set):
        held = known.get(unique_id)
        if held is not None and (not held.mine or held.taken_by_set or held.logical_id is not None):
            raise Conflict(
                "unique-id-taken",
                issues=[Issue("unique-id-taken", submission_set.expression, {"attribute": "set_unique_id"})],
            )
    return []


def _replayed(facts: DepositFacts, judged: list[_Judged], warnings: list[Issue]) -> Receipt:
    first = judged[0].replay
    assert first is not None
    assert first.set_id is not None
    return Receipt(facts.patient_id, first.set_id, tuple(_filed(item.replay) for item in judged), True, tuple(warnings))


def _filed(held: KnownDocument | None) -> FiledDocument:
    assert held is not None
    assert held.logical_id is not None
    assert held.version is not None
    assert held.updated_at is not None
    return FiledDocument(held.logical_id, held.version, held.updated_at, replayed=True)


async def _file(
    store: RecordStore, submission: Submission, judged: list[_Judged], *, facts: DepositFacts, actor: Actor, rule: str,
    terms: DepositTerms, at: datetime, warnings: list[Issue],
) -> Receipt:  # fmt: skip
    set_id = uuid7()
    ins, key, patient_id = facts.identity.ins, facts.key, facts.patient_id
    new = [(uuid7(), item) for item in judged if item.entry is not None]
    classes: dict[UUID, dict[str, object]] = {}
    entries: list[Mapping[str, Any]] = []
    fiches: list[bytes] = []
    contents: list[tuple[UUID, SealedContent]] = []
    associations: list[Mapping[str, Any]] = []
    deprecated: list[Mapping[str, Any]] = []
    for n, (logical_id, item) in enumerate(new, 1):
        assert item.entry is not None
        facts_of_entry = rows.access_class(item.entry, AvailabilityStatus.APPROVED)
        class_id = _register(classes, facts_of_entry)
        entries.append(rows.entry_columns(item.entry, n=n, logical_id=logical_id, class_id=class_id))
        fiches.append(key.seal(terms.write_fiche(item.entry, patient_id, ins, logical_id), fiche_aad(logical_id)))
        contents.append(
            (logical_id, seal_content(key, item.document.content, patient_id=patient_id, logical_id=logical_id))
        )
        for kind, target in item.relations:
            associations.append({"source_id": logical_id, "kind": kind, "target_id": target.logical_id})
            if kind is AssociationKind.REPLACES:
                replaced = rows.with_status(target.access_class, AvailabilityStatus.DEPRECATED)
                deprecated.append({"logical_id": target.logical_id, "class_id": _register(classes, replaced)})
    submission_set = submission.submission_set
    set_unique_id = str(submission_set.unique_id or UniqueId(str(set_id)))
    event = did(
        actor,
        EventType.DOCUMENTS_FILED,
        at=at,
        documents=tuple(logical_id for logical_id, _ in new),
        rule=rule,
        set=str(set_id),
    )
    changed_at = await store.file(
        facts,
        Filing(
            event=prepare(event, key),
            # In one order for all, so that two acts which claim the same ids wait for each other and never lock each other.
            unique_ids=sorted([*(entry["unique_id"] for entry in entries), set_unique_id]),
            entry_ids=[*(logical_id for logical_id, _ in new), set_id],
            submission_set={
                "set_id": set_id,
                "unique_id": set_unique_id,
                "source_id": submission_set.source_id,
                "content_type": None
                if submission_set.content_type is None
                else rows.token(submission_set.content_type),
                "submitted_at": at if submission_set.submitted is None else submission_set.submitted.start,
            },
            set_body=key.seal(terms.write_set(submission_set, patient_id, ins, set_id), set_aad(set_id)),
            classes=[{"class_id": class_id, **columns} for class_id, columns in classes.items()],
            entries=entries,
            fiches=fiches,
            contents=contents,
            associations=associations,
            deprecated=deprecated,
        ),
    )
    ids = iter(logical_id for logical_id, _ in new)
    documents = tuple(
        _filed(item.replay) if item.replay else FiledDocument(next(ids), 1, changed_at) for item in judged
    )
    return Receipt(patient_id, set_id, documents, False, tuple(warnings))


def _register(classes: dict[UUID, dict[str, object]], facts: AccessClass) -> UUID:
    assert facts.class_id is not None
    classes.setdefault(facts.class_id, rows.class_columns(facts))
    return facts.class_id


def _digest(content: bytes) -> Digest:
    return Digest(
        hashlib.sha1(content, usedforsecurity=False).hexdigest(), hashlib.sha256(content).hexdigest(), len(content)
    )


def error_codes(refusal: DomainError) -> str:
    """The codes of a refusal's errors, as its event keeps them."""
    return " ".join(sorted({issue.code for issue in refusal.issues if issue.severity is Severity.ERROR}))


async def _trace_refusal(
    store: RecordStore, refusal: DomainError, facts: DepositFacts | None, *, actor: Actor, at: datetime
) -> None:
    """The attempt stays, in the record's trail when there is a record, else in the system's."""
    event = did(actor, EventType.DEPOSIT_REFUSED, at=at, outcome=Outcome.REFUSED, issues=error_codes(refusal))
    if facts is None:
        await store.trace_system(prepare(event, store.system_key))
    else:
        await store.trace(facts.patient_id, prepare(event, facts.key))
