"""What the trail keeps: events, never changed once written. Source: IHE ATNA and BALP; CSP R1111-46 (traces kept as long as the record)."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7_in_order


class EventType(StrEnum):
    """Kinds of events. Each has its French sentence in web/wording, checked by a test."""

    RECORD_ANNOUNCED = "record-announced"
    RECORD_OPENED = "record-opened"
    RECORD_ACTIVATED = "record-activated"
    RECORD_CLOSED = "record-closed"
    RECORD_OPPOSED = "record-opposed"
    RECORD_REOPENED = "record-reopened"
    RECORD_ERASED = "record-erased"
    IDENTITY_CHANGED = "identity-changed"
    IDENTITY_WITHDRAWN = "identity-withdrawn"
    IDENTITY_REQUALIFIED = "identity-requalified"
    MATRICULE_CHANGED = "matricule-changed"
    MATRICULE_RELEASED = "matricule-released"
    INS_SOUGHT = "ins-sought"
    RECORD_LOOKED_UP = "record-looked-up"
    IDENTITY_READ = "identity-read"
    IDENTITY_MATCHED = "identity-matched"
    IDENTITY_REFUSED = "identity-refused"
    PEOPLE_IMPORTED = "people-imported"
    GRANT_GIVEN = "grant-given"
    GRANT_ENDED = "grant-ended"
    BLOCK_SET = "block-set"
    BLOCK_LIFTED = "block-lifted"
    PRIMARY_CARE_DOCTOR_SET = "primary-care-doctor-set"
    PRIMARY_CARE_DOCTOR_REMOVED = "primary-care-doctor-removed"
    EMERGENCY_OPPOSED = "emergency-opposed"
    EMERGENCY_OPPOSITION_LIFTED = "emergency-opposition-lifted"
    REGULATION_OPPOSED = "regulation-opposed"
    REGULATION_OPPOSITION_LIFTED = "regulation-opposition-lifted"
    FEEDING_OPPOSED = "feeding-opposed"
    FEEDING_OPPOSITION_LIFTED = "feeding-opposition-lifted"
    EMERGENCY_MASKED_ALLOWED = "emergency-masked-allowed"
    EMERGENCY_MASKED_ENDED = "emergency-masked-ended"
    CATEGORY_HIDDEN = "category-hidden"
    CATEGORY_SHOWN = "category-shown"
    DEFAULT_MASK_SET = "default-mask-set"  # of what the person adds
    DEFAULT_MASK_REMOVED = "default-mask-removed"
    DOCUMENT_HIDDEN = "document-hidden"  # from someone by name
    DOCUMENT_SHOWN = "document-shown"
    REPRESENTATIVE_NAMED = "representative-named"
    REPRESENTATIVE_REMOVED = "representative-removed"
    AUTHORISATION_REFUSED = "authorisation-refused"
    AUTHORISATIONS_READ = "authorisations-read"
    HELD_RECORDS_LISTED = "held-records-listed"
    RECORD_SIMULATED = "record-simulated"
    RECORDS_LINKED = "records-linked"
    RECORDS_UNLINKED = "records-unlinked"
    DOCUMENTS_FILED = "documents-filed"
    DEPOSIT_REFUSED = "deposit-refused"
    DOCUMENTS_LISTED = "documents-listed"
    DOCUMENT_READ = "document-read"
    FICHE_READ = "fiche-read"
    DOCUMENT_MASKED = "document-masked"
    DOCUMENT_UNMASKED = "document-unmasked"
    DOCUMENT_SHOWN_TO_PATIENT = "document-shown-to-patient"
    DOCUMENT_SHOWN_TO_REPRESENTATIVES = "document-shown-to-representatives"
    DOCUMENT_ARCHIVED = "document-archived"
    DOCUMENT_UNARCHIVED = "document-unarchived"
    DOCUMENT_DELETED = "document-deleted"
    UPDATE_REFUSED = "update-refused"
    DOCUMENT_SHARED = "document-shared"  # by a link
    SHARE_ENDED = "share-ended"
    SHARE_OPENED = "share-opened"
    SHARE_REFUSED = "share-refused"  # a wrong code
    REQUEST_SENT = "request-sent"  # to who made a document, about it
    REQUEST_SEEN = "request-seen"
    REQUEST_ANSWERED = "request-answered"
    REQUEST_CLOSED = "request-closed"
    REQUEST_WITHDRAWN = "request-withdrawn"
    REQUESTS_LISTED = "requests-listed"
    FOLLOWED_UP = "followed-up"  # the patient sees where their requests and links stand
    OWN_FOLDERS_CHANGED = "own-folders-changed"
    TRAIL_READ = "trail-read"
    ACCESS_REFUSED = "access-refused"
    NOTICES_READ = "notices-read"
    NOTICES_MARKED = "notices-marked"
    NOTICES_CHOSEN = "notices-chosen"
    ACCESS_REPORTED = "access-reported"
    REPORT_READ = "report-read"
    REPORTS_LISTED = "reports-listed"  # by the operator, in the system's trail
    REPORT_TAKEN = "report-taken"
    REPORT_ANSWERED = "report-answered"
    REPORT_CLOSED = "report-closed"
    SIGNED_IN = "signed-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    PROVISIONAL_CODE_MADE = "provisional-code-made"
    ACCOUNT_ACTIVATED = "account-activated"
    SIGN_IN_MEANS_SET = "sign-in-means-set"  # chosen, or changed
    SIGN_IN_MEANS_REMOVED = "sign-in-means-removed"
    CONTACT_CHANGED = "contact-changed"
    SESSIONS_ENDED = "sessions-ended"
    SIGNED_OUT = "signed-out"
    SITUATION_CHOSEN = "situation-chosen"
    DELEGATION_GIVEN = "delegation-given"  # to feed in one's name
    DELEGATION_ENDED = "delegation-ended"
    DELEGATION_REFUSED = "delegation-refused"  # to be given, or to be used
    DELEGATED_LISTED = "delegated-listed"  # what was filed in one's name
    RECORD_LAUNCHED = "record-launched"  # software asked to open it in a browser
    LAUNCH_REFUSED = "launch-refused"
    TOKEN_REVOKED = "token-revoked"  # noqa: S105 - the name of an event, not a secret
    CLIENT_REGISTERED = "client-registered"
    CLIENT_RENEWED = "client-renewed"
    CLIENT_DISABLED = "client-disabled"
    CLIENT_ENABLED = "client-enabled"
    DIRECTORY_IMPORTED = "directory-imported"
    STOCK_TAKEN_OVER = "stock-taken-over"
    TRAIL_CHECKPOINTED = "trail-checkpointed"
    READING_MODE_BEGUN = "reading-mode-begun"
    READING_MODE_ENDED = "reading-mode-ended"
    READING_UNUSUAL = "reading-unusual"
    READING_CLEARED = "reading-cleared"
    DEMO_STARTED = "demo-started"


class Outcome(StrEnum):
    SUCCESS = "success"
    REFUSED = "refused"


@frozen
class AuditEvent:
    """
    One fact of the trail.

    event_id: UUIDv7, the only identifier ever shown. documents: logicalIds concerned or shown. rule: the line of the access table
    that spoke; edition: of the policy and of the matrix it was read in. details: small facts (issue codes, search parameter names…),
    never a content.
    """

    event_id: UUID
    type: EventType
    outcome: Outcome
    occurred_at: datetime
    actor: Actor
    documents: tuple[UUID, ...] = ()
    rule: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    edition: str | None = None


class Ruling(Protocol):
    """A decision, as the trail keeps it: the line that spoke, and the edition of the table it stands in."""

    @property
    def rule(self) -> str: ...
    @property
    def edition(self) -> str: ...


def did(
    actor: Actor, event_type: EventType, *, at: datetime, outcome: Outcome = Outcome.SUCCESS, documents: tuple[UUID, ...] = (),
    rule: Ruling | str | None = None, **details: str,
) -> AuditEvent:  # fmt: skip
    """The event of an act: the only place where one is made, so that no call site invents its shape."""
    if rule is None or isinstance(rule, str):
        return AuditEvent(uuid7_in_order(), event_type, outcome, at, actor, documents, rule, details)
    named, edition = rule.rule, rule.edition or None
    return AuditEvent(uuid7_in_order(), event_type, outcome, at, actor, documents, named, details, edition)
