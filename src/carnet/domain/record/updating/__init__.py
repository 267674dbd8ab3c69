"""
Change what may change of a fiche: the path that masking, revealing, archiving and deleting share.

Facts in one statement, the rules, one statement that writes the change, its trace and the former states; decided again when something moved.
Source: ITI-57; PDSm flux 3 and 4 (documents.md §1.4 TD3.3, §3.2, §4); docs/decisions/0019-lives-of-documents.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from carnet.domain.access.model import (
    AccessClass,
    Action,
    AvailabilityStatus,
    Confidentiality,
    Decision,
    RecordFacts,
)
from carnet.domain.access.policy import UPDATE_AUTHOR, decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import AuditEvent, EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import DomainError, Invalid, NotFound, Refused, Stale, Unavailable
from carnet.domain.record import rows
from carnet.domain.record.linked.reading import gathered
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.sight import allowed_classes, placed
from carnet.domain.record.store import Moved, RecordStore, fiche_aad
from carnet.domain.record.updating.model import Act, Change, DocumentState, HeldEntry, UpdateFacts, UpdateTerms
from carnet.domain.record.updating.store import update_facts, write_change
from carnet.domain.record.versions import relined
from carnet.domain.record.wanted import Named
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7

ATTEMPTS = 8
DESTROY_CONTENTS = "destroy-contents"  # the job that a deletion asks for

# Refused whatever the document is: told before anything is looked for.
UPDATE_REFUSALS: Mapping[str, str] = {
    "deny.actor-kind": "update-refused",
    "deny.replace-instead": "update-by-replacement",
    "deny.not-author": "delete-refused",
    "deny.not-own-upload": "update-not-own-upload",
    "deny.patient-decides": "patient-decides",
}
_BY_KIND = frozenset({"deny.actor-kind", "deny.replace-instead"})

# The acts to do, from the document as the actor sees it.
Wanted = Callable[[StoredEntry], Sequence[Act]]


async def update(
    store: RecordStore,
    names: Sequence[Named],
    wanted: Wanted,
    *,
    actor: Actor,
    terms: UpdateTerms,
    if_version: str | None = None,
) -> StoredEntry:
    """
    Do these acts to one document, all or none, each with its event.

    Takes
        names: of the document; several ways to read one identifier, or several identifiers, of which one document must come.
        if_version: refuse when this is no longer the version that the actor sees.
    Gives
        the fiche as it is now; unchanged when the acts leave it as it was.
    Raises
        NotFound: `document-unknown`: unknown, deleted, or hidden from this actor by whatever rule; the same statements ran.
        Refused: `record-refused`: no right on its record, when it is named by its address; other codes: they see it, and may not do this.
        Stale: `version-stale`; `several-match`: they name several documents that the actor sees.
        Invalid: a rule forbids it in its present state. Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        at = terms.clock()
        await _refuse_kind(store, actor, terms, at)
        found = [
            _seen(facts, named, actor=actor, terms=terms)
            for named, facts in [(each, await _facts(store, actor, each, at=at)) for each in names]
        ]
        seen = {each.entry.logical_id: each for each in found if isinstance(each, _Seen)}
        if not seen:
            await _refuse_unseen(store, [each for each in found if isinstance(each, _Unseen)], actor=actor, at=at)
        if len(seen) > 1:
            several = Stale("several-match", count=str(len(seen)))
            for each in seen.values():
                await _trace_refusal(store, each, several, actor=actor, at=at)
            raise several
        (one,) = seen.values()
        try:
            return await _do(store, one, wanted, actor=actor, terms=terms, if_version=if_version)
        except Moved:
            continue
    raise Unavailable("record-busy")


async def _facts(store: RecordStore, actor: Actor, named: Named, *, at: datetime) -> UpdateFacts | None:
    """Of one record, with the rights that the person gave on those linked to it."""
    facts = await update_facts(store, actor, named, at=at)
    if facts is None or not facts.read.linked:
        return facts
    read, _ = await gathered(store, facts.read, actor=actor, at=at)
    return replace(facts, read=read)


async def _refuse_kind(store: RecordStore, actor: Actor, terms: UpdateTerms, at: datetime) -> None:
    anywhere = RecordFacts(RecordStatus.OPEN, at, is_holder=True)
    rule = decide(actor, Action.MASK, record=anywhere, document=None, matrix=terms.matrix).rule
    if rule in _BY_KIND:
        event = did(actor, EventType.UPDATE_REFUSED, at=at, outcome=Outcome.REFUSED, rule=rule)
        await store.trace_system(prepare(event, store.system_key))
        raise Refused(UPDATE_REFUSALS.get(rule, "update-refused"), rule=rule)


@frozen
class _Seen:
    """A document that the actor sees or wrote. allowed: the classes of its record that they see."""

    facts: UpdateFacts
    entry: HeldEntry
    allowed: frozenset[UUID]


@frozen
class _Unseen:
    """facts: None when no record claims it. decision: the one that spoke. error: as it is told."""

    facts: UpdateFacts | None
    decision: Decision
    error: DomainError


def _seen(facts: UpdateFacts | None, named: Named, *, actor: Actor, terms: UpdateTerms) -> _Seen | _Unseen:
    """Whether the actor sees the document, or wrote it."""
    unknown = NotFound("document-unknown")
    if facts is None:
        return _Unseen(None, Decision(False, "deny.unknown"), unknown)
    record, matrix, entry = facts.read.record, terms.matrix, facts.entry
    opened = decide(actor, Action.OPEN, record=record, document=None, matrix=matrix)
    decision, wrote = opened, False
    if entry is not None:
        by_id = {item.class_id: item for item in facts.classes}
        behind = [by_id[class_id] for class_id in entry.access_class.successors]
        known = placed(entry.access_class, actor=actor, record=record, behind=behind, matrix=matrix)
        wrote = _wrote(actor, known)
        if not opened.allowed:  # without a right on the record, one knows of what one wrote
            known = replace(known, later_is_hidden=not all(_wrote(actor, later) for later in behind))
        is_author = decide(actor, Action.MASK, record=record, document=known, matrix=matrix).rule == UPDATE_AUTHOR
        if opened.allowed:
            decision = decide(actor, Action.READ, record=record, document=known, matrix=matrix)
        if is_author or (opened.allowed and decision.allowed):
            return _Seen(facts, entry, _allowed(facts, actor=actor, opened=opened, terms=terms))
    is_refused = not (opened.allowed or named.is_search or wrote)
    return _Unseen(facts, decision, Refused("record-refused") if is_refused else unknown)


async def _refuse_unseen(store: RecordStore, found: Sequence[_Unseen], *, actor: Actor, at: datetime) -> NoReturn:
    """One trace, in the trail of a record when one is concerned, then the refusal."""
    told = next((each for each in found if each.facts is not None), found[0])
    event = did(actor, EventType.ACCESS_REFUSED, at=at, outcome=Outcome.REFUSED, rule=told.decision)
    if told.facts is None:
        await store.trace_system(prepare(event, store.system_key))
    else:
        await store.trace(told.facts.read.patient_id, prepare(event, told.facts.read.key))
    raise told.error


def _allowed(facts: UpdateFacts, *, actor: Actor, opened: Decision, terms: UpdateTerms) -> frozenset[UUID]:
    """The classes that the actor sees; an author without a right on the record sees what they wrote."""
    if opened.allowed:
        return frozenset(allowed_classes(facts.classes, actor=actor, record=facts.read.record, matrix=terms.matrix))
    own = {item.class_id for item in facts.classes if _wrote(actor, item)}
    return frozenset(
        item.class_id for item in facts.classes if item.class_id and item.class_id in own and item.successors <= own
    )


def _wrote(actor: Actor, document: AccessClass) -> bool:
    return actor.person is not None and actor.person in document.author_persons


async def _do(
    store: RecordStore, seen: _Seen, wanted: Wanted, *, actor: Actor, terms: UpdateTerms, if_version: str | None
) -> StoredEntry:
    """Judge the acts and write them. Raises Moved, and what `update` raises once the document is seen."""
    facts, entry = seen.facts, seen.entry
    at = facts.read.record.at
    shown = _shown(facts, entry, seen.allowed)
    decision: Decision | None = None
    try:
        if if_version not in {None, str(shown.version)}:
            raise Stale("version-stale", held=str(shown.version))
        acts = wanted(shown)
        decision = _decision(entry, acts, actor=actor, facts=facts, terms=terms)
        if decision is not None and not decision.allowed:
            raise Refused(UPDATE_REFUSALS.get(decision.rule, "update-refused"), rule=decision.rule)
        state = _after(entry, acts, actor=actor, terms=terms)
    except DomainError as refusal:
        await _trace_refusal(store, seen, refusal, actor=actor, at=at, decision=decision)
        raise
    if state == entry.state:
        return await _unchanged(store, facts, shown, actor=actor, at=at)
    return await _write(store, facts, entry, acts, state, shown=shown, actor=actor, decision=decision, at=at)


async def _trace_refusal(
    store: RecordStore,
    seen: _Seen,
    refusal: DomainError,
    *,
    actor: Actor,
    at: datetime,
    decision: Decision | None = None,
) -> None:
    codes = " ".join(sorted({issue.code for issue in refusal.issues}))
    documents = (seen.entry.logical_id,)
    event = did(
        actor,
        EventType.UPDATE_REFUSED,
        at=at,
        outcome=Outcome.REFUSED,
        documents=documents,
        rule=decision,
        issues=codes,
    )
    await store.trace(seen.facts.read.patient_id, prepare(event, seen.facts.read.key))


def _decision(
    entry: HeldEntry, acts: Sequence[Act], *, actor: Actor, facts: UpdateFacts, terms: UpdateTerms
) -> Decision | None:
    """What the rules say of the acts: the first that they refuse, or the last; None when there is none to do."""
    decision = None
    for act in acts:
        decision = decide(actor, act.action, record=facts.read.record, document=entry.access_class, matrix=terms.matrix)
        if not decision.allowed:
            break
    return decision


def _after(entry: HeldEntry, acts: Sequence[Act], *, actor: Actor, terms: UpdateTerms) -> DocumentState:
    """The document after the acts, each done in the state that the one before left. Raises Invalid: a state that forbids it."""
    state = entry.state
    for act in acts:
        code = act.fault(state)
        if code is not None:
            raise Invalid(code)
        state = act.apply(state, actor)
    both = {Confidentiality.INVISIBLE_PATIENT, Confidentiality.MASQUE_PS}
    if both <= state.labels and state.labels != entry.state.labels and not terms.may_combine_labels:
        raise Invalid("labels-incompatible", attribute="labels")
    return state


async def _unchanged(
    store: RecordStore, facts: UpdateFacts, shown: StoredEntry, *, actor: Actor, at: datetime
) -> StoredEntry:
    """Nothing to do: what is answered is a reading, and traced as one."""
    event = did(actor, EventType.FICHE_READ, at=at, documents=(shown.logical_id,))
    version = facts.read.record.facts_version
    if await store.trace(facts.read.patient_id, prepare(event, facts.read.key), facts_version=version) is None:
        raise Moved
    return shown


async def _write(
    store: RecordStore, facts: UpdateFacts, entry: HeldEntry, acts: Sequence[Act], state: DocumentState, *,
    shown: StoredEntry, actor: Actor, decision: Decision | None, at: datetime,
) -> StoredEntry:  # fmt: skip
    """The document as it becomes, the versions behind it, and an event for each act."""
    entry_uuid = uuid7()
    before = entry.access_class
    now = rows.named(replace(before, status=state.status, labels=state.labels, hidden_from=state.hidden_from))
    deletes = state.status is AvailabilityStatus.DELETED
    follows = any(act.on_whole_line for act in acts)
    line = (
        [replace(each, access_class=rows.with_status(each.access_class, state.status)) for each in entry.line]
        if follows
        else entry.line
    )
    behind = [(version.logical_id, known) for version, known in relined(entry.logical_id, now, line)]
    documents = (entry.logical_id, *((version.logical_id for version in entry.line) if follows else ()))
    changed_at = await write_change(
        store, facts,
        Change(
            events=[
                prepare(_event(act, documents, actor=actor, at=at, decision=decision), facts.read.key)
                for act in acts
            ],
            claims=[entry_uuid],
            classes=[{"class_id": known.class_id, **rows.class_columns(known)} for known in (now, *(known for _, known in behind))],
            entries=[
                _row(entry.logical_id, now, state.masked_by_patient, entry_uuid),
                *(_row(logical_id, known, known.masked_by_patient, None) for logical_id, known in behind),
            ],
            job=(DESTROY_CONTENTS, {"documents": [str(each) for each in documents]}) if deletes else None,
        ),
        at=at,
    )  # fmt: skip
    return shown._replace(
        version=shown.version + 1, updated_at=changed_at, status=state.status, labels=state.labels, entry_uuid=entry_uuid
    )  # fmt: skip


def _event(
    act: Act, documents: tuple[UUID, ...], *, actor: Actor, at: datetime, decision: Decision | None
) -> AuditEvent:
    concerned = documents if act.on_whole_line else documents[:1]
    return replace(did(actor, act.event, at=at, documents=concerned, rule=decision), details=dict(act.details))


def _row(logical_id: UUID, known: AccessClass, masked_by_patient: bool, entry_uuid: UUID | None) -> dict[str, object]:
    return {
        "logical_id": logical_id, "class_id": known.class_id, "status": known.status, "labels": sorted(known.labels),
        "entry_uuid": entry_uuid, "masked_by_patient": masked_by_patient,
    }  # fmt: skip


def _shown(facts: UpdateFacts, entry: HeldEntry, allowed: frozenset[UUID]) -> StoredEntry:
    """The fiche as the actor sees it before the act."""
    state = entry.state
    return StoredEntry(
        entry.logical_id,
        1 + sum(class_id in allowed for class_id in entry.past_classes),
        entry.updated_at,
        state.status,
        state.confidentiality,
        state.labels,
        entry.entry_uuid,
        facts.read.key.open(entry.fiche, fiche_aad(entry.logical_id)),
        tuple((kind, target) for kind, target, class_id in entry.relations if class_id in allowed),
    )
