"""What a professional's desk shows of people, and in which mode they read."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from carnet.domain.actor import Actor, Purpose
from carnet.domain.people.model import Identity
from carnet.domain.record.identities.model import RecordStanding
from carnet.vocabulary.frozen import frozen


@frozen
class Found:
    """
    Someone found. differing: traits of what was scanned or typed that are not those of the record, named as `compare_traits` does; a
    professional who opens it all the same knows why.
    """

    standing: RecordStanding
    differing: tuple[str, ...] = ()


@frozen
class RecentRecord:
    """A record that this professional opened lately. is_authorised: an authorisation, or the role of médecin traitant, runs now."""

    patient_id: UUID
    identity: Identity
    visited_at: datetime
    is_authorised: bool


@frozen
class AuthorisedRecord:
    """A record where this professional holds an authorisation. ends_at: of it, or None."""

    patient_id: UUID
    identity: Identity
    authorised_at: datetime
    ends_at: datetime | None


class ReadingMode(StrEnum):
    EMERGENCY = "emergency"
    REGULATION = "regulation"
    SECRET = "secret"  # noqa: S105  a mode, not a secret: the legal representatives are not told


@frozen
class ModeTerms:
    """How long each mode lasts at most. No text gives a figure: the operator decides."""

    emergency: timedelta = timedelta(minutes=60)
    regulation: timedelta = timedelta(minutes=60)
    secret: timedelta = timedelta(minutes=60)

    def lasts(self, mode: ReadingMode) -> timedelta:
        durations: Mapping[ReadingMode, timedelta] = {
            ReadingMode.EMERGENCY: self.emergency, ReadingMode.REGULATION: self.regulation, ReadingMode.SECRET: self.secret,
        }  # fmt: skip
        return durations[mode]


@frozen
class RunningMode:
    """motive: as given, None for the modes that need none."""

    mode: ReadingMode
    motive: str | None
    begun_at: datetime
    ends_at: datetime

    def acting(self, actor: Actor) -> Actor:
        """The professional, reading in this mode."""
        return reading_as(actor, self.mode, self.motive)


def reading_as(actor: Actor, mode: ReadingMode, motive: str | None) -> Actor:
    match mode:
        case ReadingMode.EMERGENCY:
            return replace(actor, purpose=Purpose.EMERGENCY, motive=motive)
        case ReadingMode.REGULATION:
            return replace(actor, purpose=Purpose.REGULATION, motive=motive)
        case ReadingMode.SECRET:
            return replace(actor, secret_connection=True)
