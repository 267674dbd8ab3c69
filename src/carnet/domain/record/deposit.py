"""
File a submission in one patient's record; the only way in.

Source: IHE ITI-41, ITI-65, ITI-105; PDSm flux 1 and 2; documents.md §4, §7, §13; product promises 1 to 3.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.domain.access.model import (
    AccessClass,
    Action,
    AvailabilityStatus,
    Decision,
    RecordFacts,
)
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import DomainError, Invalid, Issue, NotFound, Refused, Severity, Unavailable
from carnet.domain.people.store import still_naming
from carnet.domain.record import rows
from carnet.domain.record.coherence import (
    Digest,
)
from carnet.domain.record.facts import DepositFacts, KnownDocument
from carnet.domain.record.filing import Filing
from carnet.domain.record.judging import DepositTerms, Judged, is_replay, judge, relations_of, set_ids_of, unique_id_of
from carnet.domain.record.lists import titles
from carnet.domain.record.lists.filing import JudgedFolder, folder_rows, set_aad
from carnet.domain.record.lists.model import FiledFolder, FolderRows, Member
from carnet.domain.record.model import (
    AssociationKind,
    FiledDocument,
    Receipt,
    RelatesTo,
    Submission,
)
from carnet.domain.record.replacing import inherited
from carnet.domain.record.store import Moved, RecordStore, fiche_aad, holder_values
from carnet.domain.record.versions import relined, replaced_by
from carnet.storage.sealing import SealedContent, seal_content
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.uuid7 import uuid7

ATTEMPTS = 8


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
            decision, judged, folders, warnings = await judge(
                store, submission, digests, facts=facts, actor=actor, terms=terms
            )
        except DomainError as refusal:
            await _trace_refusal(store, refusal, facts, actor=actor, at=now)
            raise
        if is_replay(judged, folders):
            return _replayed(facts, judged, folders, warnings)
        try:
            return await _file(
                store,
                submission,
                judged,
                folders,
                facts=facts,
                actor=actor,
                decision=decision,
                terms=terms,
                at=now,
                warnings=warnings,
            )
        except Moved:
            continue
    raise Unavailable("record-busy")


async def _facts(
    store: RecordStore, submission: Submission, *, actor: Actor, terms: DepositTerms, at: datetime
) -> DepositFacts:
    """Who the patient is, and all that the act must know, in one round trip."""
    inses: set[Ins] = set()
    ids: set[UUID] = set()
    for reference in submission.patient_references:
        if reference.ins is not None:
            inses.add(reference.ins)
        if reference.patient_id is not None:
            ids.add(reference.patient_id)
    if not (inses or ids) and submission.faults:
        raise Invalid(submission.faults[0].code, issues=submission.faults)
    if not (inses or ids):
        raise Invalid("patient-missing", expression=submission.submission_set.expression)
    if len(inses) > 1 or len(ids) > 1:
        raise Invalid("patient-references-differ", expression=submission.patient_references[-1].expression)
    ins = next(iter(inses), None)
    if ins is not None and ins.is_test and not terms.accepts_test_identities:
        raise Invalid("ins-test-refused", expression=submission.patient_references[0].expression)
    _refuse_repeated(submission)
    asked: list[RelatesTo | Member] = [
        relation for document in submission.documents for relation in relations_of(document)
    ]
    asked += [member for folder in submission.folders for member in folder.members if member.document is None]
    facts = await store.deposit_facts(
        actor,
        ins=ins,
        patient_id=next(iter(ids), None),
        unique_ids=[
            *(str(found) for document in submission.documents if (found := unique_id_of(document)) is not None),
            *set_ids_of(submission.submission_set),
            *(str(folder.unique_id) for folder in submission.folders if folder.unique_id is not None),
        ],
        targets=[relation.entry for relation in asked if relation.entry is not None],
        target_unique_ids=[str(relation.unique_id) for relation in asked if relation.unique_id is not None],
        folders=[folder.folder_id for folder in submission.folders if folder.folder_id is not None]
        if submission.folders
        else None,
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
    inses.update(document.header.ins for document in submission.documents if document.header and document.header.ins)
    if inses - {facts.identity.ins}:
        async with store.database.connection() as connection:
            former = await still_naming(connection, facts.patient_id, former_after=store.fact_terms.former_after(at))
        return replace(facts, former=former)
    return facts


def _refuse_repeated(submission: Submission) -> None:
    """Documents, folders and set each have a uniqueId of their own (XDSRegistryDuplicateUniqueIdInMessage)."""
    given = (
        *(unique_id_of(document) for document in submission.documents),
        submission.submission_set.unique_id,
        *(folder.unique_id for folder in submission.folders),
    )
    # A missing uniqueId is never counted, and so counts zero.
    named: list[UniqueId | None] = [unique_id for unique_id in given if unique_id is not None]
    if len(set(named)) == len(named):
        return
    counts = Counter(named)
    repeated = [
        Issue("duplicate-unique-id-in-message", document.fiche.expression, {"attribute": "unique_id"})
        for document in submission.documents
        if counts[unique_id_of(document)] > 1
    ]
    repeated += [
        Issue("duplicate-unique-id-in-message", folder.expression, {"attribute": "set_unique_id"})
        for folder in submission.folders
        if counts[folder.unique_id] > 1
    ]
    raise Invalid("duplicate-unique-id-in-message", issues=repeated)


def _replayed(facts: DepositFacts, judged: list[Judged], folders: list[JudgedFolder], warnings: list[Issue]) -> Receipt:
    first = judged[0].replay
    assert first is not None
    assert first.set_id is not None
    held = tuple(FiledFolder(folder.held.folder_id, created=False) for folder in folders if folder.held is not None)
    filed = tuple(_filed(item.replay) for item in judged)
    return Receipt(facts.patient_id, facts.identity.ins, first.set_id, filed, True, tuple(warnings), held)


def _filed(held: KnownDocument | None) -> FiledDocument:
    assert held is not None
    assert held.logical_id is not None
    assert held.filed_at is not None
    return FiledDocument(held.logical_id, 1, held.filed_at, replayed=True)


async def _file(
    store: RecordStore, submission: Submission, judged: list[Judged], folders: list[JudgedFolder], *, facts: DepositFacts, actor: Actor,
    decision: Decision, terms: DepositTerms, at: datetime, warnings: list[Issue],
) -> Receipt:  # fmt: skip
    set_id = uuid7()
    ins, key, patient_id = facts.identity.ins, facts.key, facts.patient_id
    new = [(uuid7(), item) for item in judged if item.entry is not None]
    filed = _ids(judged, new) if folders or any(item.within for item in judged) else []
    classes: dict[UUID, dict[str, object]] = {}
    entries: list[Mapping[str, Any]] = []
    fiches: list[bytes] = []
    contents: list[tuple[UUID, SealedContent]] = []
    associations: list[Mapping[str, Any]] = []
    deprecated: list[Mapping[str, Any]] = []
    settled: list[Mapping[str, Any]] = []
    for n, (logical_id, item) in enumerate(new, 1):
        assert item.entry is not None
        entry, status, masked_by_patient = inherited(item.entry, item.relations, actor=actor)
        # A new version stays hidden from those whom the patient hid the former one from.
        names = [t.access_class.hidden_from for kind, t in item.relations if kind is AssociationKind.REPLACES]
        facts_of_entry = rows.access_class(entry, status, hidden_from=frozenset().union(*names))
        class_id = _register(classes, facts_of_entry)
        if masked_by_patient or status is not AvailabilityStatus.APPROVED:
            settled.append({"logical_id": logical_id, "status": status, "masked_by_patient": masked_by_patient})
        entries.append(rows.entry_columns(entry, n=n, logical_id=logical_id, class_id=class_id))
        fiches.append(key.seal(terms.write_fiche(item.entry, patient_id, ins, logical_id), fiche_aad(logical_id)))
        contents.append(
            (logical_id, seal_content(key, item.document.content, patient_id=patient_id, logical_id=logical_id))
        )
        for kind, target in item.relations:
            associations.append({"source_id": logical_id, "kind": kind, "target_id": target.logical_id})
            if kind is AssociationKind.REPLACES:
                replaced = replaced_by(
                    rows.with_status(target.access_class, AvailabilityStatus.DEPRECATED), facts_of_entry
                )
                line = relined(target.logical_id, replaced, facts.lines.get(target.logical_id, ()))
                behind = [(target.logical_id, replaced), *((version.logical_id, known) for version, known in line)]
                for replaced_id, known in behind:
                    deprecated.append({"logical_id": replaced_id, "class_id": _register(classes, known)})
        if item.document.signature is not None:
            associations.append({"source_id": logical_id, "kind": AssociationKind.SIGNS, "target_id": set_id})
        associations += [
            {"source_id": logical_id, "kind": kind, "target_id": filed[position]} for kind, position in item.within
        ]
    of_folders: FolderRows | None = None
    told: tuple[FiledFolder, ...] = ()
    folder_unique_ids: list[str] = []
    if folders:
        of_folders, told, folder_unique_ids = folder_rows(
            folders,
            filed,
            key=key,
            write=lambda folder, folder_id: terms.write_folder(folder, patient_id, ins, folder_id),
        )
    submission_set = submission.submission_set
    set_unique_id = str(submission_set.unique_id or UniqueId(str(set_id)))
    event = did(
        actor,
        EventType.DOCUMENTS_FILED,
        at=at,
        documents=_concerned(new, of_folders),
        rule=decision,
        set=str(set_id),
    )
    changed_at = await store.file(
        facts,
        Filing(
            event=prepare(event, key),
            # In one order for all, so that two acts which claim the same ids wait for each other and never lock each other.
            unique_ids=sorted([*(entry["unique_id"] for entry in entries), set_unique_id, *folder_unique_ids]),
            entry_ids=[
                *(logical_id for logical_id, _ in new),
                set_id,
                *(folder.folder_id for folder in told if folder.created),
            ],
            submission_set={
                "set_id": set_id,
                "unique_id": set_unique_id,
                "source_id": submission_set.source_id,
                "content_type": None
                if submission_set.content_type is None
                else rows.token(submission_set.content_type),
                "submitted_at": at if submission_set.submitted is None else submission_set.submitted.start,
                **rows.source_columns(submission_set.author),
                "title_index": titles.columns(key, submission_set.title),
            },
            set_body=key.seal(terms.write_set(submission_set, patient_id, ins, set_id), set_aad(set_id)),
            classes=[{"class_id": class_id, **columns} for class_id, columns in classes.items()],
            entries=entries,
            fiches=fiches,
            contents=contents,
            associations=associations,
            deprecated=deprecated,
            settled=settled,
            folders=of_folders,
            delegate=holder_values(actor, at) if actor.is_delegate else None,
        ),
    )
    made = iter(
        FiledDocument(
            logical_id,
            1,
            changed_at,
            entry=item.entry,
            relations=tuple((kind, target.logical_id) for kind, target in item.relations),
        )
        for logical_id, item in new
    )
    documents = tuple(_filed(item.replay) if item.replay else next(made) for item in judged)
    return Receipt(patient_id, ins, set_id, documents, False, tuple(warnings), told)


def _concerned(new: list[tuple[UUID, Judged]], folders: FolderRows | None) -> tuple[UUID, ...]:
    """The documents that the event is about: those filed, and those put into folders."""
    filed = tuple(logical_id for logical_id, _ in new)
    return filed if folders is None else tuple(dict.fromkeys((*filed, *(row["logical_id"] for row in folders.members))))


def _ids(judged: list[Judged], new: list[tuple[UUID, Judged]]) -> list[UUID]:
    """The id of each document of the submission, made or held."""
    ids = iter(logical_id for logical_id, _ in new)
    return [_filed(item.replay).logical_id if item.replay else next(ids) for item in judged]


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
