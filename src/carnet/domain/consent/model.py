"""What the patient decided, as periods: closed when they end, never overwritten, so that any past instant can be asked about."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import PatientId


class RecordStatus(StrEnum):
    """
    A record's life. ANNOUNCED: opening announced, the six weeks of opposition are running. ERASED: nothing is left but the proof that
    there was a record.
    """

    ANNOUNCED = "announced"
    OPEN = "open"
    OPPOSED = "opposed"
    CLOSED = "closed"
    ERASED = "erased"


class Motive(StrEnum):
    """Why a record closed. Source: 1.2.250.1.213.4.1.2.4 for the patient's request; death is a project code (none was found)."""

    PATIENT_REQUEST = "FERMETURE_DEMANDE_PATIENT"
    DEATH = "DECES"


class ConsentKind(StrEnum):
    GRANT = "grant"  # autorisation: this professional, or this organisation, may consult
    BLOCK = "block"  # blocage (INTERDIT); only the patient lifts it
    PRIMARY_CARE_DOCTOR = "primary-care-doctor"  # médecin traitant of the record, not the insurance one
    EMERGENCY_OPPOSITION = "emergency-opposition"  # OPPOSITION_BRIS_DE_GLACE
    REGULATION_OPPOSITION = "regulation-opposition"  # OPPOSITION_ACCES_URGENCE
    FEEDING_OPPOSITION = "feeding-opposition"  # for a legitimate reason (CSP L1111-15)
    EMERGENCY_MASKED = "emergency-masked"  # an emergency may read what is masked
    HIDDEN_CATEGORY = "hidden-category"  # a type or class of documents, hidden from professionals
    WITHHELD_CATEGORY = "withheld-category"  # the same, from one professional or organisation
    PARENTAL_AUTHORITY = "parental-authority"  # legal representative of a minor
    GUARDIANSHIP = "guardianship"  # tutelle, mandate with representation for the person
    MASKED_BY_DEFAULT = "masked-by-default"  # what the person adds is masked to professionals unless they say otherwise


EVERYONE = "*"  # the holder of what concerns every professional

# What belongs to the record as a whole: once, for everyone.
FOR_EVERYONE = frozenset({
    ConsentKind.EMERGENCY_OPPOSITION, ConsentKind.REGULATION_OPPOSITION, ConsentKind.FEEDING_OPPOSITION, ConsentKind.EMERGENCY_MASKED,
    ConsentKind.HIDDEN_CATEGORY, ConsentKind.MASKED_BY_DEFAULT,
})  # fmt: skip
REPRESENTATIONS = frozenset({ConsentKind.PARENTAL_AUTHORITY, ConsentKind.GUARDIANSHIP})


class Basis(StrEnum):
    """What an authorisation rests on."""

    CARE_TEAM = "care-team"  # consent presumed for the episode of care: CSP L1110-4, L1110-12, R1111-46
    EXPLICIT_CONSENT = "explicit-consent"  # outside the team, collected for each consultation: CSP L1111-17 III
    PATIENT = "patient"  # given by the patient


@frozen
class Consent:
    """
    What a period is about.

    holder: whom it concerns: a PS_IdNat, or a Struct_IdNat when `holder_is_organization`; `oid|matricule` of a representative; `*` for
    everyone. basis: of a grant. scope: `type|code` or `class|code` of a category; `read` or `full` of a representation; when ending,
    None means whatever its scope.
    """

    kind: ConsentKind
    holder: str = EVERYONE
    holder_is_organization: bool = False
    basis: Basis | None = None
    scope: str | None = None


class AuthorisationStatus(StrEnum):
    """The four answers of TD0.2, with their wire codes."""

    NONE = "NON_EXISTE"
    BLOCKED = "INTERDIT"
    EXPIRED = "EXPIRE"
    VALID = "VALIDE"


@frozen
class Period:
    """Valid from (included) to (excluded, None while open); recorded when and by whom (the acting party's own words)."""

    valid_from: datetime
    valid_to: datetime | None
    recorded_at: datetime
    recorded_by: str

    def holds_at(self, instant: datetime) -> bool:
        return self.valid_from <= instant and (self.valid_to is None or instant < self.valid_to)


@frozen
class ConsentPeriod:
    """One decision of the patient, or one right given on their record; `consent` as it was begun."""

    patient_id: PatientId
    period_id: UUID
    consent: Consent
    period: Period
