"""What one statement tells of a record before an act: its status, the actor's consents, and what the act is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carnet.domain.access.model import AccessClass, AvailabilityStatus, RecordFacts
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import ConsentKind, RecordStatus
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


def record_facts(
    actor: Actor, ins: Ins, *, status: RecordStatus, consents: Sequence[str], facts_version: int, at: datetime
) -> RecordFacts:
    """What holds for this actor: consents are the kinds of the periods in force for them or their organisation."""
    return RecordFacts(
        status=status,
        at=at,
        is_holder=actor.kind is ActorKind.CITIZEN and actor.ins == ins,
        has_grant=ConsentKind.GRANT in consents,
        is_blocked=ConsentKind.BLOCK in consents,
        is_primary_care_doctor=ConsentKind.PRIMARY_CARE_DOCTOR in consents,
        facts_version=facts_version,
    )
