"""
Judge a submission: every rule it may break, all faults told at once, before anything is sealed or written.

Source: documents.md §4, §5.5, §7, §13; product promises 2 and 5.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from carnet.domain.access.model import (
    AccessMatrix,
    Action,
    AvailabilityStatus,
    Confidentiality,
    Decision,
    OwnerKind,
)
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.errors import Conflict, Invalid, Issue, Refused, Severity
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
from carnet.domain.record.lists.filing import JudgedFolder, judge_folders
from carnet.domain.record.lists.model import Folder, HeldFolder
from carnet.domain.record.model import (
    XML_MEDIA_TYPES,
    AssociationKind,
    DocumentEntry,
    RelatesTo,
    Submission,
    SubmissionSet,
    SubmittedDocument,
)
from carnet.domain.record.ports import TypeTable
from carnet.domain.record.replacing import FOR_THE_PATIENT, may_replace
from carnet.domain.record.sight import may_read
from carnet.domain.record.signing import completed, is_signature, signature_faults
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.ins import Ins

FicheWriter = Callable[[DocumentEntry, UUID, Ins, UUID], bytes]
FolderWriter = Callable[[Folder, UUID, Ins, UUID], bytes]
SetWriter = Callable[[SubmissionSet, UUID, Ins, UUID], bytes]

# Labels that would hide from the one who states them.
_NOT_THEIRS = {
    ActorKind.CITIZEN: frozenset({Confidentiality.INVISIBLE_PATIENT}),
    ActorKind.GUARDIAN: frozenset({Confidentiality.INVISIBLE_PATIENT, Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX}),
}

FEED_REFUSALS = {
    "deny.record-closed": "record-closed",
    "deny.record-opposed": "record-opposed",
    "deny.record-announced": "record-announced",
    "deny.feeding-opposed": "feeding-opposed",
}
_RELATABLE = frozenset({AvailabilityStatus.APPROVED, AvailabilityStatus.ARCHIVED})


@frozen
class DepositTerms:
    """
    What a deposit is judged by and written with.

    write_fiche, write_set, write_folder: the ready-made text kept beside the columns. accepts_test_identities: false in production mode.
    may_combine_labels: server parameter `cumul-invisible_patient-masque_ps`. authors_alone_replace: see replacing.may_replace.
    max_document_bytes: of one content.
    """

    types: TypeTable
    matrix: AccessMatrix
    write_fiche: FicheWriter
    write_set: SetWriter
    write_folder: FolderWriter
    accepts_test_identities: bool = False
    may_combine_labels: bool = False
    authors_alone_replace: bool = True
    max_document_bytes: int = 20 * 1024 * 1024


@dataclass(slots=True)
class Judged:
    """
    A document that passed: either to file, or a replay of one already held.

    relations: towards documents of the record; within: towards documents of the same submission, by position.
    """

    document: SubmittedDocument
    digest: Digest
    entry: DocumentEntry | None
    replay: KnownDocument | None
    relations: list[tuple[AssociationKind, Target]] = field(default_factory=list)
    within: list[tuple[AssociationKind, int]] = field(default_factory=list)


async def judge(
    store: RecordStore,
    submission: Submission,
    digests: list[Digest],
    *,
    facts: DepositFacts,
    actor: Actor,
    terms: DepositTerms,
) -> tuple[Decision, list[Judged], list[JudgedFolder], list[Issue]]:
    """
    Whether the actor may feed this record, and whether each document and folder may enter it.

    Takes
        digests: of each document's content, in their order.
    Gives
        the decision that allows it, the documents and the folders as judged, the warnings.

    Raises
    ------
        Refused: the record is not to be fed by them. Invalid: every fault found, with its place. Conflict: `unique-id-taken`.
    """
    decision = decide(actor, Action.FEED, record=facts.record, document=None, matrix=terms.matrix)
    if not decision.allowed:
        raise Refused(FEED_REFUSALS.get(decision.rule, "feed-refused"), rule=decision.rule)
    issues = [
        *submission.faults,
        *patient_faults(submission.patient_references, facts.patient_id, facts.identity, former=facts.former),
    ]
    known = {document.unique_id: document for document in facts.known}
    judged: list[Judged] = []
    for sent, digest in zip(submission.documents, digests, strict=True):
        signs = is_signature(sent.fiche)
        document = completed(sent) if signs else sent
        if signs:
            siblings = [unique_id_of(each) for each in submission.documents if each is not sent]
            issues.extend(signature_faults(document, submission, siblings))
        issues.extend(_document_faults(document, digest, actor=actor, facts=facts, terms=terms))
        # What an unreadable document would have told is not missing: the fault is that it cannot be read.
        unread = document.header is None and document.fiche.mime_type in XML_MEDIA_TYPES and not signs
        if unread and not submission.faults:
            issues.append(Issue("cda-header-missing", document.fiche.expression, {"attribute": "mime_type"}))
        held = known.get(str(unique_id_of(document)))
        if held is not None and held.is_taken:
            replay = _replay(document, digest, held)
            if not any(issue.severity is Severity.ERROR for issue in issues):
                entry = complete(document, digest, types=terms.types, owner=_owner(actor), issues=[])
                issues.extend(await _replay_warnings(store, document, entry, replay, facts=facts, terms=terms))
            judged.append(Judged(document, digest, None, replay))
            continue
        shown = _shown(facts, actor=actor, terms=terms)
        found, within, faults = _resolve(document, shown, submission.documents, actor=actor, terms=terms)
        issues.extend(faults)
        entry = None if unread else complete(document, digest, types=terms.types, owner=_owner(actor), issues=issues)
        judged.append(Judged(document, digest, entry, None, found, within))
    issues.extend(_replaced_twice(judged))
    folders: list[JudgedFolder] = []
    if submission.folders:
        folders, faults = judge_folders(
            submission.folders,
            held=_shown_folders(facts, actor=actor, terms=terms),
            targets=_shown(facts, actor=actor, terms=terms),
            known=known,
        )
        issues.extend(faults)
    if not is_replay(judged, folders):
        _refuse_taken_set(submission.submission_set, known)
    errors = [issue for issue in issues if issue.severity is Severity.ERROR]
    if errors:
        raise Invalid(errors[0].code, issues=issues)
    return decision, judged, folders, [*submission.warnings, *issues]


def is_replay(judged: Sequence[Judged], folders: Sequence[JudgedFolder]) -> bool:
    """Whether the record already holds all of this."""
    filed = [None if item.replay is None else item.replay.logical_id for item in judged]
    return all(filed) and not any(folder.adds(filed) for folder in folders)


def unique_id_of(document: SubmittedDocument) -> UniqueId | None:
    return document.fiche.unique_id or (document.header.unique_id if document.header else None)


def set_ids_of(submission_set: SubmissionSet) -> list[str]:
    return [] if submission_set.unique_id is None else [str(submission_set.unique_id)]


def relations_of(document: SubmittedDocument) -> list[RelatesTo]:
    asked, told = relations(document)
    return [*asked, *([told] if told else [])]


def _document_faults(
    document: SubmittedDocument, digest: Digest, *, actor: Actor, facts: DepositFacts, terms: DepositTerms
) -> list[Issue]:
    fiche, header = document.fiche, document.header
    issues = fiche_faults(fiche, header, digest)
    if header is not None:
        issues.extend(header_identity_faults(header, facts.identity, fiche.expression, former=facts.former))
    if digest.size_bytes == 0:
        issues.append(Issue("content-empty", fiche.expression))
    if digest.size_bytes > terms.max_document_bytes:
        issues.append(Issue("content-too-large", fiche.expression, {"limit": str(terms.max_document_bytes)}))
    issues.extend(label_faults(fiche, may_combine=terms.may_combine_labels or is_signature(fiche)))
    if fiche.labels & _NOT_THEIRS.get(actor.kind, frozenset()):
        issues.append(Issue("label-not-yours", fiche.expression, {"attribute": "labels"}))
    if actor.secret_connection and Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX not in fiche.labels:
        issues.append(Issue("secret-connection-label", fiche.expression, {"attribute": "labels"}))
    return issues


def _owner(actor: Actor) -> OwnerKind:
    match actor.kind:
        case ActorKind.CITIZEN | ActorKind.GUARDIAN:
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
        kept, confidentiality, labels, masked = await store.first_fiche(facts.patient_id, facts.key, held.logical_id)
        written = terms.write_fiche(entry, facts.patient_id, facts.identity.ins, held.logical_id)
        # A mask of the patient's that was carried over is not what the sender stated, nor theirs to learn of.
        carried = {Confidentiality.MASQUE_PS} if masked else set[Confidentiality]()
        if (written, entry.confidentiality, entry.labels - carried) == (kept, confidentiality, labels - carried):
            return []
    return [Issue("replay-metadata-differs", document.fiche.expression, severity=Severity.WARNING)]


def _shown(facts: DepositFacts, *, actor: Actor, terms: DepositTerms) -> Sequence[Target]:
    """The targets a relation may name: what is hidden from its own patient, or from who acts for them, does not exist for them."""
    if actor.kind not in FOR_THE_PATIENT:
        return facts.targets
    return [
        target
        for target in facts.targets
        if may_read(
            target.access_class, actor=actor, record=facts.record, behind=target.behind, matrix=terms.matrix
        ).allowed
    ]


def _shown_folders(facts: DepositFacts, *, actor: Actor, terms: DepositTerms) -> Sequence[HeldFolder]:
    """As `_shown`: to their patient, a folder of hidden documents does not exist."""
    if actor.kind not in FOR_THE_PATIENT:
        return facts.folders
    return [
        folder
        for folder in facts.folders
        if any(
            may_read(each, actor=actor, record=facts.record, behind=behind, matrix=terms.matrix).allowed
            for each, behind in folder.members.values()
        )
    ]


def _resolve(
    document: SubmittedDocument,
    targets: Sequence[Target],
    siblings: Sequence[SubmittedDocument],
    *,
    actor: Actor,
    terms: DepositTerms,
) -> tuple[list[tuple[AssociationKind, Target]], list[tuple[AssociationKind, int]], list[Issue]]:
    """
    Relations towards documents of this record, then towards documents of the same submission, by position.

    Fiche and header must tell the same replacement. A replacement that also transforms says both of the same document (XFRM_RPLC).
    """
    asked, told = relations(document)
    found: list[tuple[AssociationKind, Target]] = []
    within: list[tuple[AssociationKind, int]] = []
    issues: list[Issue] = []
    where = document.fiche.expression
    authors = document.fiche.authors or (document.header.authors if document.header else ())
    for relation in asked:
        expression = relation.expression or where
        target = _find(relation, targets)
        sibling = None if target is not None else _sibling(relation, siblings)
        if relation.kind is AssociationKind.SIGNS and not is_signature(document.fiche):
            issues.append(Issue("signature-expected", expression))
        elif sibling is not None and relation.kind is not AssociationKind.REPLACES:
            within.append((relation.kind, sibling))
        elif sibling is not None:
            issues.append(Issue("replaces-within-message", expression))
        elif target is None or target.access_class.status is AvailabilityStatus.DELETED:
            issues.append(Issue("relates-to-unknown", expression))
        elif target.access_class.status not in _RELATABLE:
            issues.append(Issue("relates-to-not-current", expression))
        elif relation.kind is AssociationKind.REPLACES and not _same_parent(document, target):
            issues.append(Issue("replaces-differs", expression))
        elif relation.kind is AssociationKind.REPLACES and not may_replace(
            actor, target, authors=authors if terms.authors_alone_replace else None
        ):
            issues.append(Issue("replaces-not-yours", expression))
        elif (relation.kind, target) not in found:
            found.append((relation.kind, target))
    if told is not None:
        if _find(told, targets) is None:
            issues.append(Issue("replaced-unknown", where, severity=Severity.WARNING))
        else:
            issues.append(Issue("replaces-differs", where, {"attribute": "relates_to"}))
    return found, within, issues


def _sibling(relation: RelatesTo, siblings: Sequence[SubmittedDocument]) -> int | None:
    """The position of the document of the same submission that a relation names by its uniqueId."""
    if relation.unique_id is None:
        return None
    return next((n for n, each in enumerate(siblings) if unique_id_of(each) == relation.unique_id), None)


def _find(relation: RelatesTo, targets: Sequence[Target]) -> Target | None:
    return next((t for t in targets if t.is_named(entry=relation.entry, unique_id=relation.unique_id)), None)


def _same_parent(document: SubmittedDocument, target: Target) -> bool:
    header = document.header
    return header is None or (header.replaces is not None and str(header.replaces) == target.unique_id)


def _replaced_twice(judged: list[Judged]) -> list[Issue]:
    if len(judged) == 1:
        return []  # a document names each of those that it replaces once
    counts = Counter(
        target.logical_id for item in judged for kind, target in item.relations if kind is AssociationKind.REPLACES
    )
    return [
        Issue("relates-to-not-current", item.document.fiche.expression, {"attribute": "relates_to"})
        for item in judged
        if any(kind is AssociationKind.REPLACES and counts[target.logical_id] > 1 for kind, target in item.relations)
    ]


def _refuse_taken_set(submission_set: SubmissionSet, known: dict[str, KnownDocument]) -> None:
    """A set's uniqueId is used once, unless the whole set is replayed."""
    for unique_id in set_ids_of(submission_set):
        held = known.get(unique_id)
        if held is not None and held.is_taken:
            raise Conflict(
                "unique-id-taken",
                issues=[Issue("unique-id-taken", submission_set.expression, {"attribute": "set_unique_id"})],
            )
