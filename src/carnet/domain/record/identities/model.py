"""What is told of a person and of their record, according to who asks. Source: documents.md §1.2 (TD0.2), §1.6; docs/decisions/0018-identities-told.md."""

from datetime import date, datetime
from uuid import UUID

from carnet.domain.consent.model import AuthorisationStatus
from carnet.domain.people.model import FormerIns, HeldIdentity, LocalIdentifier, Sex
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins


@frozen
class Closing:
    """on: day of it, in Paris. motive: code of `Motive`, or None. reason: words of whoever asked for it, for the person alone, else None."""

    on: date
    motive: str | None
    reason: str | None = None


@frozen
class RecordStanding:
    """
    A record, as its existence and state are told to one asker.

    ins: the one asked by, which the asker knew. identity: None for whoever is not told the traits. closing: None when it is not closed, or not
    told. authorisation, is_primary_care_doctor: the asker's own, None for whoever holds none by nature.
    """

    patient_id: UUID
    ins: Ins
    is_open: bool
    identity: HeldIdentity | None = None
    closing: Closing | None = None
    authorisation: AuthorisationStatus | None = None
    is_primary_care_doctor: bool | None = None


@frozen
class KnownIdentity:
    """
    An identity as its source is told it.

    former: former matricules. local: identifiers that this very source gave. version: raised by each change of what is told here.
    """

    patient_id: UUID
    held: HeldIdentity
    former: tuple[FormerIns, ...]
    local: tuple[LocalIdentifier, ...]
    version: int
    updated_at: datetime
    is_deceased: bool


@frozen
class StatedTraits:
    """Traits by which someone is sought; None: not stated, nothing is compared."""

    birth_name: str
    birth_date: str
    first_given_name: str | None = None
    given_names: str | None = None
    sex: Sex | None = None
    birth_place: str | None = None

    @property
    def are_complete(self) -> bool:
        """The five strict traits (guide INS)."""
        return None not in {self.first_given_name, self.sex, self.birth_place}


@frozen
class Match:
    """is_certain: the only one with these traits, all five of them stated and known, and no homonym is known of them."""

    known: KnownIdentity
    is_certain: bool
