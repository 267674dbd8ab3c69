"""What the portal knows of the person who is signed in."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from carnet.domain.consent.model import RecordStatus
from carnet.domain.people.model import Identity
from carnet.vocabulary.frozen import frozen


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


@frozen
class SessionTerms:
    """idle: how long a session lasts unused. absolute: how long it lasts at most."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)


@frozen
class CitizenSession:
    """
    A connection of the holder.

    means: `franceconnect`, `apcv`, `password`, `passkey`, `demo-link`… device: as their browser says it. ends_at: at the latest;
    unused, it ends before.
    """

    session_id: UUID
    means: str
    device: str
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime

    def expires_at(self, terms: SessionTerms) -> datetime:
        """When it ends if nothing more is asked for."""
        return min(self.ends_at, self.seen_at + terms.idle)


@frozen
class Preferences:
    """time_zone: IANA name, or None for the operator's. theme: None follows the device."""

    time_zone: str | None = None
    theme: Theme | None = None
    large_text: bool = False


@frozen
class SignedIn:
    """
    Who is signed in, read once per request.

    identity: as it stands now. former_visit_at: when the visit before this one began; None at the first.
    """

    patient_id: UUID
    identity: Identity
    record_status: RecordStatus
    session: CitizenSession
    preferences: Preferences
    former_visit_at: datetime | None
