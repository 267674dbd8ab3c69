"""What one statement tells of a record before an act: its status, the actor's consents, and what the act is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.domain.access.model import AccessClass, AvailabilityStatus, Confidentiality, OwnerKind, RecordFacts
from carnet.domain.people.model import Identity
from carnet.storage.sealing import PatientKey
from carnet.vocabulary.ins import Ins


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """
    A uniqueId already claimed. mine: by this patient. logical_id and what follows: None when the claim has no entry here.
    """

    unique_id: str
    mine: bool
    taken_by_set: bool
    logical_id: UUID | None
    version: int | None
    status: AvailabilityStatus | None
    hash_sha256: str | None
    set_id: UUID | None
    updated_at: datetime | None

    @property
    def is_taken(self) -> bool:
        """Whether another document or set may no longer bear it."""
        return not self.mine or self.taken_by_set or self.logical_id is not None


@dataclass(frozen=True, slots=True)
class Target:
    """A document of this record that a relation points to."""

    logical_id: UUID
    unique_id: str
    access_class: AccessClass


@dataclass(frozen=True, slots=True)
class DepositFacts:
    patient_id: UUID
    key: PatientKey
    identity: Identity
    record: RecordFacts
    known: Sequence[KnownDocument]
    targets: Sequence[Target]


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """changed_at: the record's last change that this reading saw; now: of the database, for the high-water mark."""

    patient_id: UUID
    key: PatientKey
    ins: Ins
    record: RecordFacts
    changed_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """A document named by its id, as the rules and the answer need it; hash_sha1, hash_sha256: hex."""

    logical_id: UUID
    access_class: AccessClass
    version: int
    updated_at: datetime
    mime_type: str
    size_bytes: int
    hash_sha1: str
    hash_sha256: str


def class_of(row: Sequence[Any]) -> AccessClass:
    """The access class that these columns of the facts' SQL tell."""
    class_id, status, labels, type_code, class_code, owner, persons, organizations, hidden_from = row
    return AccessClass(
        _STATUSES[status],
        frozenset(map(Confidentiality, labels)) if labels else _NO_LABELS,
        type_code,
        class_code,
        OwnerKind(owner),
        frozenset(persons),
        frozenset(organizations),
        class_id if isinstance(class_id, UUID) else UUID(class_id),
        frozenset(hidden_from) if hidden_from else _NO_NAMES,
    )


def known_of(item: Sequence[Any]) -> KnownDocument:
    """The claim that these columns of the facts' SQL tell."""
    unique_id, mine, by_set, logical_id, version, status, sha256, set_id, updated_at = item
    return KnownDocument(
        unique_id,
        mine,
        by_set,
        None if logical_id is None else UUID(logical_id),
        version,
        None if status is None else AvailabilityStatus(status),
        sha256,
        None if set_id is None else UUID(set_id),
        None if updated_at is None else datetime.fromisoformat(updated_at),
    )


_NO_LABELS: frozenset[Confidentiality] = frozenset()
_NO_NAMES: frozenset[str] = frozenset()
_STATUSES = {status.value: status for status in AvailabilityStatus}
