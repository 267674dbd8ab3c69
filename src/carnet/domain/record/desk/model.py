"""What a professional's desk shows of people."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carnet.domain.people.model import Identity
from carnet.domain.record.identities.model import RecordStanding


@dataclass(frozen=True, slots=True)
class Found:
    """
    Someone found. differing: traits of what was scanned or typed that are not those of the record, named as `compare_traits` does; a
    professional who opens it all the same knows why.
    """

    standing: RecordStanding
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecentRecord:
    """A record that this professional opened lately. is_authorised: an authorisation, or the role of médecin traitant, runs now."""

    patient_id: UUID
    identity: Identity
    visited_at: datetime
    is_authorised: bool
