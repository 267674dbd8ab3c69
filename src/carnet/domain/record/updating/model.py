"""The values of a change of a fiche: which document, what is known of it, what is to be done, what is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.domain.access.model import AccessClass, AccessMatrix, Action, AvailabilityStatus, Confidentiality
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType
from carnet.domain.audit.trail import PreparedEvent
from carnet.domain.record.facts import ReadFacts
from carnet.domain.record.model import AssociationKind
from carnet.domain.record.versions import Version
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen


@frozen
class UpdateTerms:
    """What a change is judged by. may_combine_labels: server parameter `cumul-invisible_patient-masque_ps`."""

    matrix: AccessMatrix
    clock: Clock
    may_combine_labels: bool = False


@frozen
class DocumentState:
    """
    What may change of a document. masked_by_patient: the mask is the patient's own, and theirs to lift. hidden_from: whom the patient hid
    it from by name. authors: who wrote it, which does not change; hiding does not reach them.
    """

    status: AvailabilityStatus
    confidentiality: str
    labels: frozenset[Confidentiality]
    masked_by_patient: bool = False
    hidden_from: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()


@frozen
class Act:
    """
    One thing done to a document: what the rules are asked, what the trail keeps, what becomes of it.

    apply: gives the state after it, by this actor. fault: the code of the business rule that forbids it in this state, or None.
    on_whole_line: what the document replaced follows it. details: what its event says beside.
    """

    action: Action
    event: EventType
    apply: Callable[[DocumentState, Actor], DocumentState]
    fault: Callable[[DocumentState], str | None] = lambda _: None
    on_whole_line: bool = False
    details: Mapping[str, str] = field(default_factory=dict)


@frozen
class HeldEntry:
    """
    The document, with all that its answer needs.

    line: what it replaced, newest first. past_classes: of its former states. relations: kind, target, class of the target.
    fiche: sealed.
    """

    logical_id: UUID
    updated_at: datetime
    confidentiality: str
    entry_uuid: UUID
    fiche: bytes
    access_class: AccessClass
    line: Sequence[Version]
    past_classes: Sequence[UUID]
    relations: Sequence[tuple[AssociationKind, UUID, UUID]]

    @property
    def state(self) -> DocumentState:
        facts = self.access_class
        return DocumentState(
            facts.status, self.confidentiality, facts.labels, facts.masked_by_patient, facts.hidden_from, facts.author_persons
        )  # fmt: skip


@frozen
class UpdateFacts:
    """entry: None when what was named is no document of this record. classes: all those of the record."""

    read: ReadFacts
    classes: Sequence[AccessClass]
    entry: HeldEntry | None


@frozen
class Change:
    """All that one act writes. entries: the document first. job: (kind, payload) to be done afterwards."""

    events: Sequence[PreparedEvent]
    claims: Sequence[UUID]
    classes: Sequence[Mapping[str, Any]]
    entries: Sequence[Mapping[str, Any]]
    job: tuple[str, Mapping[str, Any]] | None = None
