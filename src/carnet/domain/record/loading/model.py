"""A stock of records as it is taken over: what another system held and has already checked."""

from datetime import datetime
from uuid import UUID

from carnet.domain.consent.model import ConsentKind
from carnet.domain.people.model import Identity
from carnet.domain.record.model import DocumentEntry, SubmissionSet
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import PatientId, UniqueId
from carnet.vocabulary.ins import Ins


@frozen
class HeldDocument:
    """
    A fiche with its bytes in clear.

    content: None when the bytes are brought by other means; until they are, reading the document fails, and listing it does not.
    replaces: an earlier document of the same record, which this one supersedes; or None.
    """

    entry: DocumentEntry
    content: bytes | None = None
    replaces: UniqueId | None = None


@frozen
class HeldSubmission:
    """A submission set with its documents, 1..n, approved; their only relation is a replacement."""

    submission_set: SubmissionSet
    documents: tuple[HeldDocument, ...]


@frozen
class HeldConsent:
    """holder: PS_IdNat, or Struct_IdNat when `holder_is_organization`. until: excluded, or None."""

    kind: ConsentKind
    holder: str
    since: datetime
    until: datetime | None = None
    holder_is_organization: bool = False


@frozen
class HeldRecord:
    """One person's open record. identity: qualified. submissions: oldest first."""

    identity: Identity
    submissions: tuple[HeldSubmission, ...]
    consents: tuple[HeldConsent, ...] = ()


@frozen
class LoadedRecord:
    """documents: logicalIds, in the order given."""

    patient_id: PatientId
    ins: Ins
    documents: tuple[UUID, ...]
