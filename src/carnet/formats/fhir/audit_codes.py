"""
What FHIR calls each kind of event: AuditEvent type, subtype and action, by the codes that IHE BALP and DICOM give them.

Source: IHE BALP 1.1.3 (Create, Read, Query, AuthZ profiles); DICOM PS3.15 A.5; FHIR R4 audit-event-type and restful-interaction.
"""

from collections.abc import Mapping

from carnet.domain.audit.model import EventType, Outcome
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen

AUDIT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
INTERACTION = "http://hl7.org/fhir/restful-interaction"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
LIFECYCLE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
BALP_AUTHORISATION = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType"

_REST = Code("rest", AUDIT_TYPE, "RESTful Operation")
_LOGIN = Code("110114", DCM, "User Authentication")
_LOG_USED = Code("110101", DCM, "Audit Log Used")
_ALERT = Code("110113", DCM, "Security Alert")
_ACTIVITY = Code("110100", DCM, "Application Activity")
_CREATE, _READ = Code("create", INTERACTION, "create"), Code("read", INTERACTION, "read")
_UPDATE, _SEARCH = Code("update", INTERACTION, "update"), Code("search", INTERACTION, "search")
_DELETE = Code("delete", INTERACTION, "delete")


@frozen
class Shape:
    """action: C, R, U, D or E."""

    type: Code
    subtype: Code
    action: str


_CREATED, _CHANGED, _DELETED = Shape(_REST, _CREATE, "C"), Shape(_REST, _UPDATE, "U"), Shape(_REST, _DELETE, "D")
_WAS_READ, _WAS_SEARCHED = Shape(_REST, _READ, "R"), Shape(_REST, _SEARCH, "E")
_REFUSED = Shape(_ALERT, Code("AuthZ-Consent", BALP_AUTHORISATION), "E")
_LOGGED_IN = Shape(_LOGIN, Code("110122", DCM, "Login"), "E")
_CREDENTIALS = Shape(_ALERT, Code("110137", DCM, "User Security Attributes Changed"), "U")
_LOGGED_OUT = Shape(_LOGIN, Code("110123", DCM, "Logout"), "E")

# An act that is not here changes something of the record.
_SHAPES: Mapping[EventType, Shape] = {
    EventType.RECORD_OPENED: _CREATED,
    EventType.RECORD_ANNOUNCED: _CREATED,
    EventType.RECORD_ERASED: _DELETED,
    EventType.INS_SOUGHT: _WAS_SEARCHED,
    EventType.RECORD_LOOKED_UP: _WAS_SEARCHED,
    EventType.IDENTITY_READ: _WAS_READ,
    EventType.IDENTITY_MATCHED: _WAS_SEARCHED,
    EventType.IDENTITY_REFUSED: _REFUSED,
    EventType.GRANT_GIVEN: _CREATED,
    EventType.BLOCK_SET: _CREATED,
    EventType.PRIMARY_CARE_DOCTOR_SET: _CREATED,
    EventType.REPRESENTATIVE_NAMED: _CREATED,
    EventType.AUTHORISATION_REFUSED: _REFUSED,
    EventType.AUTHORISATIONS_READ: _WAS_SEARCHED,
    EventType.HELD_RECORDS_LISTED: _WAS_SEARCHED,
    EventType.RECORD_SIMULATED: _WAS_SEARCHED,
    EventType.DOCUMENTS_FILED: _CREATED,
    EventType.DEPOSIT_REFUSED: _CREATED,
    EventType.DOCUMENTS_LISTED: _WAS_SEARCHED,
    EventType.DOCUMENT_READ: _WAS_READ,
    EventType.FICHE_READ: _WAS_READ,
    EventType.DOCUMENT_DELETED: _DELETED,
    EventType.DOCUMENT_SHARED: _CREATED,
    EventType.SHARE_ENDED: _DELETED,
    EventType.SHARE_OPENED: _WAS_READ,
    EventType.SHARE_REFUSED: _REFUSED,
    EventType.REQUEST_SENT: _CREATED,
    EventType.REQUEST_SEEN: _WAS_READ,
    EventType.REQUESTS_LISTED: _WAS_SEARCHED,
    EventType.FOLLOWED_UP: _WAS_SEARCHED,
    EventType.TRAIL_READ: Shape(_LOG_USED, _SEARCH, "R"),
    EventType.ACCESS_REFUSED: _REFUSED,
    EventType.NOTICES_READ: _WAS_SEARCHED,
    EventType.ACCESS_REPORTED: _CREATED,
    EventType.REPORT_READ: _WAS_READ,
    EventType.REPORTS_LISTED: _WAS_SEARCHED,
    EventType.SIGNED_IN: _LOGGED_IN,
    EventType.SIGN_IN_REFUSED: _LOGGED_IN,
    EventType.PROVISIONAL_CODE_MADE: _CREDENTIALS,
    EventType.ACCOUNT_ACTIVATED: _CREDENTIALS,
    EventType.SIGN_IN_MEANS_SET: _CREDENTIALS,
    EventType.SIGN_IN_MEANS_REMOVED: _CREDENTIALS,
    EventType.CONTACT_CHANGED: _CREDENTIALS,
    EventType.SESSIONS_ENDED: _LOGGED_OUT,
    EventType.SIGNED_OUT: _LOGGED_OUT,
    EventType.SITUATION_CHOSEN: _LOGGED_IN,
    EventType.DELEGATION_GIVEN: _CREATED,
    EventType.DELEGATION_REFUSED: _REFUSED,
    EventType.DELEGATED_LISTED: _WAS_SEARCHED,
    EventType.RECORD_LAUNCHED: _LOGGED_IN,
    EventType.LAUNCH_REFUSED: _LOGGED_IN,
    EventType.DIRECTORY_IMPORTED: Shape(_ACTIVITY, _UPDATE, "U"),
    EventType.PEOPLE_IMPORTED: Shape(_ACTIVITY, _UPDATE, "U"),
    EventType.STOCK_TAKEN_OVER: Shape(_ACTIVITY, _CREATE, "C"),
    EventType.READING_MODE_BEGUN: Shape(
        _ACTIVITY, Code("access", LIFECYCLE, "Access/View Record Lifecycle Event"), "E"
    ),
    EventType.READING_MODE_ENDED: Shape(
        _ACTIVITY, Code("access", LIFECYCLE, "Access/View Record Lifecycle Event"), "E"
    ),
    EventType.READING_UNUSUAL: Shape(_ACTIVITY, Code("verify", LIFECYCLE, "Verify Record Lifecycle Event"), "E"),
    EventType.READING_CLEARED: Shape(_ACTIVITY, Code("verify", LIFECYCLE, "Verify Record Lifecycle Event"), "E"),
    EventType.TRAIL_CHECKPOINTED: Shape(_ACTIVITY, Code("archive", LIFECYCLE, "Archive Record Lifecycle Event"), "E"),
    EventType.DEMO_STARTED: Shape(_ACTIVITY, Code("110120", DCM, "Application Start"), "E"),
}

# Source: http://terminology.hl7.org/CodeSystem/audit-event-outcome. A refusal is the system doing its work: a minor failure.
OUTCOMES: Mapping[Outcome, str] = {Outcome.SUCCESS: "0", Outcome.REFUSED: "4"}


def shape_of(event_type: EventType) -> Shape:
    """How FHIR writes this kind of event."""
    return _SHAPES.get(event_type, _CHANGED)
