"""What the patient decided, as periods: closed when they end, never overwritten, so that any past instant can be asked about."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

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
    GRANT = "grant"  # autorisation: this professional may consult
    BLOCK = "block"  # blocage (INTERDIT): refused always; only the patient lifts it
    PRIMARY_CARE_DOCTOR = "primary-care-doctor"  # médecin traitant of the record, not the insurance one


@dataclass(frozen=True, slots=True)
class Period:
    """Valid from (included) to (excluded, None while open); recorded when and by whom (the acting party's own words)."""

    valid_from: datetime
    valid_to: datetime | None
    recorded_at: datetime
    recorded_by: str

    def holds_at(self, instant: datetime) -> bool:
        return self.valid_from <= instant and (self.valid_to is None or instant < self.valid_to)


@dataclass(frozen=True, slots=True)
class ConsentPeriod:
    """
    A grant, a block or a médecin traitant.

    holder: whom it concerns: a PS_IdNat, or a Struct_IdNat when `holder_is_organization`.
    """

    patient_id: PatientId
    period_id: UUID
    kind: ConsentKind
    holder: str
    holder_is_organization: bool
    period: Period
