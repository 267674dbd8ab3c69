"""What one statement tells of a record before an act: its status, the actor's consents, and what the act is about."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from uuid import UUID

from carnet.domain.access.model import AccessClass, AvailabilityStatus, RecordFacts
from carnet.domain.people.model import Identity
from carnet.domain.record.lists.model import HeldFolder
from carnet.domain.record.versions import Version
from carnet.storage.sealing import PatientKey
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.ins import Ins


@frozen
class KnownDocument:
    """
    A uniqueId already claimed. mine: by this patient. logical_id and what follows: None when the claim has no entry here.
    filed_at: what happened to the document since is not the sender's to learn.
    """

    unique_id: str
    mine: bool
    taken_by_set: bool
    logical_id: UUID | None
    status: AvailabilityStatus | None
    hash_sha256: str | None
    set_id: UUID | None
    filed_at: datetime | None

    @property
    def is_taken(self) -> bool:
        """Whether another document or set may no longer bear it."""
        return not self.mine or self.taken_by_set or self.logical_id is not None


@frozen
class Target:
    """
    A document of this record that a relation, or a folder, points to. names: its logicalId and every entryUUID that it had. behind: the classes of all
    that replaced it.
    """

    logical_id: UUID
    unique_id: str
    access_class: AccessClass
    names: frozenset[UUID]
    behind: Sequence[AccessClass] = ()

    def is_named(self, *, entry: UUID | None, unique_id: UniqueId | None) -> bool:
        """entry: a logicalId or an entryUUID."""
        return entry in self.names or (unique_id is not None and str(unique_id) == self.unique_id)


@frozen
class DepositFacts:
    """former: former matricules that still name the person; looked up only for a message that names another than the present one."""

    patient_id: UUID
    key: PatientKey
    identity: Identity
    record: RecordFacts
    known: Sequence[KnownDocument]
    targets: Sequence[Target]
    lines: Mapping[UUID, Sequence[Version]] = field(
        default_factory=dict
    )  # by target: what it replaced itself, newest first
    folders: Sequence[HeldFolder] = ()
    former: frozenset[Ins] = frozenset()


@frozen
class ReadFacts:
    """
    changed_at: the record's last change that this reading saw; now: of the database, for the high-water mark. linked: other records of
    the same person; empty for nearly all.
    """

    patient_id: UUID
    key: PatientKey
    ins: Ins
    record: RecordFacts
    changed_at: datetime
    now: datetime
    linked: tuple[UUID, ...] = ()


@frozen
class EntryFacts:
    """A document named by its id, as the rules and the answer need it; hash_sha1, hash_sha256: hex. behind: as of a target."""

    logical_id: UUID
    access_class: AccessClass
    filed_at: datetime
    mime_type: str
    size_bytes: int
    hash_sha1: str
    hash_sha256: str
    behind: Sequence[AccessClass] = ()
