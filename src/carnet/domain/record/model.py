"""
Documents and their fiches, as XDS and the French framework name them.

Source: documents.md §2 (logical models of PDSM4DMP; IHE ITI TF-3 §4.2).
"""

from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from carnet.domain.access.model import AvailabilityStatus, Confidentiality, OwnerKind
from carnet.domain.errors import Issue
from carnet.domain.people.model import InsTraits
from carnet.domain.record.lists.model import FiledFolder, Folder
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import PatientId, UniqueId
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.moments import Moment

# The names under which a CDA travels.
XML_MEDIA_TYPES = frozenset({"text/xml", "application/xml", "application/hl7-v3+xml", "application/hl7-sda+xml"})


class AuthorKind(StrEnum):
    PERSON = "person"
    DEVICE = "device"
    ORGANIZATION = "organization"
    PATIENT = "patient"


@frozen
class OrganizationName:
    """identifier: Struct_IdNat, or None. system: OID of the identifier when it is not 1.2.250.1.71.4.2.2."""

    name: str | None = None
    identifier: str | None = None
    system: str | None = None


@frozen
class Author:
    """
    Who wrote, or answers for, a document.

    identifier: PS_IdNat (persons), internal id (devices), matricule (patients), or None; system: OID of its register.
    family, given, prefix, suffix: for persons and patients. device: model and software names, joined by a slash, for devices.
    specialty: profession and savoir-faire (JDV_J01, 1.2.250.1.213.1.1.4.5). role: function (JDV_J47). at: when they wrote.
    """

    kind: AuthorKind
    identifier: str | None = None
    system: str | None = None
    family: str | None = None
    given: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    device: str | None = None
    specialty: Code | None = None
    role: Code | None = None
    organization: OrganizationName | None = None
    at: Moment | None = None


class AssociationKind(StrEnum):
    """relatesTo.code, beside the XDS URN."""

    REPLACES = "replaces"  # RPLC
    APPENDS = "appends"  # APND
    TRANSFORMS = "transforms"  # XFRM
    SIGNS = "signs"


@frozen
class RelatesTo:
    """
    A relation asked for by the sender: towards a logicalId or former entryUUID (`entry`), or a uniqueId. expression: where it was said.
    """

    kind: AssociationKind
    entry: UUID | None = None
    unique_id: UniqueId | None = None
    expression: str | None = None


@frozen
class DocumentHeader:
    """
    What a document says of itself, read by a format; compared with the fiche and the identity before anything is filed.

    Every field is as the document states it. ins: the INS of recordTarget, or None; ins_fault: `ins-oid|ins-format|ins-key` when one
    was there but wrong. traits: None when a strict trait is missing (`missing_traits` names them). set_id: stable over versions.
    replaces: relatedDocument RPLC. body: `N1`, `N3`. template_ids: `root` or `root/extension`.
    reference_ids: (URN of the kind or empty, `value` or `value^^^&OID&ISO`), as XDS referenceIdList (CXi).
    embedded: media types found in the body (`application/pdf`…). source_patient_id: local identifier `(value, OID)`, or None.
    issues: faults and warnings of form, with XPath expressions; errors among them refuse the deposit.
    """

    unique_id: UniqueId | None
    type: Code | None
    title: str | None
    created: Moment | None
    confidentiality: Code | None
    language: str | None
    ins: Ins | None
    ins_fault: str | None
    traits: InsTraits | None
    missing_traits: tuple[str, ...] = ()
    used_name: str | None = None
    used_given_name: str | None = None
    source_patient_id: tuple[str, str] | None = None
    set_id: UniqueId | None = None
    version_number: int | None = None
    replaces: UniqueId | None = None
    authors: tuple[Author, ...] = ()
    legal_authenticator: Author | None = None
    custodian: OrganizationName | None = None
    events: tuple[Code, ...] = ()
    service_start: Moment | None = None
    service_stop: Moment | None = None
    facility_type: Code | None = None
    practice_setting: Code | None = None
    reference_ids: tuple[tuple[str, str], ...] = ()
    template_ids: tuple[str, ...] = ()
    body: str | None = None
    embedded: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()


@frozen
class SourcePatient:
    """sourcePatientId and sourcePatientInfo: the patient as the sender's software knows them."""

    identifier: str | None = None
    system: str | None = None
    ins: Ins | None = None
    family: str | None = None
    given: tuple[str, ...] = ()
    birth_date: str | None = None
    gender: str | None = None  # FHIR administrative gender


@frozen
class DocumentEntry:
    """
    The fiche: XDS DocumentEntry. What the server decides (ids, status, version) is not here but in the store's row.

    confidentiality: N, R or V. labels: visibility. hash_sha1, hash_sha256: hex of the clear bytes. size_bytes: of the clear bytes.
    """

    unique_id: UniqueId
    type: Code
    category: Code
    format: Code
    mime_type: str
    language: str
    title: str
    created: Moment
    service_start: Moment
    facility_type: Code
    practice_setting: Code
    authors: tuple[Author, ...]
    hash_sha1: str
    hash_sha256: str
    size_bytes: int
    confidentiality: str = "N"
    labels: frozenset[Confidentiality] = frozenset()
    legal_authenticator: Author | None = None
    custodian: OrganizationName | None = None
    service_stop: Moment | None = None
    events: tuple[Code, ...] = ()
    reference_ids: tuple[tuple[str, str], ...] = ()
    comments: str | None = None
    source_patient: SourcePatient | None = None
    owner: OwnerKind = OwnerKind.PROFESSIONAL


@frozen
class Fiche:
    """
    A fiche as the sender gave it: every metadata optional, since a CDA header fills what is missing and the server computes the rest.

    expression: where the fiche stands in the request (`Bundle.entry[1].resource`), prefix of every issue.
    size_bytes, hash_sha1 (hex): as claimed, to be compared. patient_references: see Submission. security: (confidentiality, labels).
    """

    expression: str
    unique_id: UniqueId | None = None
    type: Code | None = None
    category: Code | None = None
    format: Code | None = None
    mime_type: str | None = None
    language: str | None = None
    title: str | None = None
    created: Moment | None = None
    service_start: Moment | None = None
    service_stop: Moment | None = None
    facility_type: Code | None = None
    practice_setting: Code | None = None
    authors: tuple[Author, ...] = ()
    legal_authenticator: Author | None = None
    custodian: OrganizationName | None = None
    events: tuple[Code, ...] = ()
    reference_ids: tuple[tuple[str, str], ...] = ()
    comments: str | None = None
    confidentiality: str | None = None
    labels: frozenset[Confidentiality] = frozenset()
    size_bytes: int | None = None
    hash_sha1: str | None = None
    relates_to: tuple[RelatesTo, ...] = ()
    source_patient: SourcePatient | None = None


@frozen
class PatientReference:
    """One way the sender named the patient: by record id, or by INS; traits when a contained Patient carries some."""

    expression: str
    patient_id: PatientId | None = None
    ins: Ins | None = None
    source: SourcePatient | None = None


@frozen
class Signature:
    """
    What the signature of a submission set says that it signs, read by a format; its cryptographic worth is not judged here.

    references: uniqueIds of the set and of its documents, in XDS form.
    """

    references: frozenset[str]


@frozen
class SubmittedDocument:
    """
    One document of a submission: its fiche, its bytes in clear, and the header a format read from them.

    header: None only for media types that carry none (PDF alone, images); a CDA without its header is refused. signature: of a document
    whose type is a signature, None when it could not be read.
    """

    fiche: Fiche
    content: bytes
    header: DocumentHeader | None
    signature: Signature | None = None


@frozen
class SubmissionSet:
    """
    lot de soumission.

    unique_id, source_id: OIDs of the sender, None when the door has none (the server then makes one). recipients: intendedRecipient.
    """

    expression: str
    unique_id: UniqueId | None = None
    source_id: str | None = None
    content_type: Code | None = None
    submitted: Moment | None = None
    author: Author | None = None
    title: str | None = None
    comments: str | None = None
    recipients: tuple[Author, ...] = ()


@frozen
class Submission:
    """
    What a door hands to `deposit()`: one set, 1..n documents, 0..n folders, one patient named in one or several ways that must agree.

    Values never assume a wire: no HTTP, no FHIR. warnings: already found by the door, to be repeated in the receipt. faults: errors
    that the door found in what the message names (an INS with a wrong key…): told together with those found in the documents.
    """

    submission_set: SubmissionSet
    documents: tuple[SubmittedDocument, ...]
    patient_references: tuple[PatientReference, ...]
    warnings: tuple[Issue, ...] = ()
    faults: tuple[Issue, ...] = ()
    folders: tuple[Folder, ...] = ()


@frozen
class FiledDocument:
    """
    logical_id is also the id of its content. replayed: it was already held, nothing changed.

    entry, relations: as they were filed, for a door that gives the fiche back to its sender; None and none for a replay.
    """

    logical_id: UUID
    version: int
    updated_at: datetime
    replayed: bool = False
    entry: DocumentEntry | None = None
    relations: tuple[tuple[AssociationKind, UUID], ...] = ()


@frozen
class Receipt:
    """
    Documents and folders in the order received; `replayed` when every one was already filed.

    ins: of the record. warnings: to be told to the sender.
    """

    patient_id: PatientId
    ins: Ins
    set_id: UUID
    documents: tuple[FiledDocument, ...]
    replayed: bool
    warnings: tuple[Issue, ...] = ()
    folders: tuple[FiledFolder, ...] = ()


class StoredEntry(NamedTuple):
    """
    One fiche as the store gives it to a door: the ready-made text beside what may change. A page has many, hence a tuple.

    fiche: clear bytes of the fiche's JSON without id, meta, status, securityLabel, relatesTo. relates_to: only towards entries that
    the asker may see. updated_at: UTC.
    """

    logical_id: UUID
    version: int
    updated_at: datetime
    status: AvailabilityStatus
    confidentiality: str
    labels: frozenset[Confidentiality]
    entry_uuid: UUID
    fiche: bytes
    relates_to: tuple[tuple[AssociationKind, UUID], ...] = ()


@frozen
class Association:
    """From a document of this record towards another of the same record."""

    kind: AssociationKind
    source: UUID
    target: UUID
    details: dict[str, Any] = field(default_factory=dict)
