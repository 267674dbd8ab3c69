"""Identities: traits as INSi gives them, statuses and attributes of the RNIV (v2.0, December 2024)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from carnet.domain.errors import Issue
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import PatientId
from carnet.vocabulary.ins import Ins


class Sex(StrEnum):
    MALE = "M"
    FEMALE = "F"
    UNDETERMINED = "I"


class IdentityStatus(StrEnum):
    """Two yes/no questions: traits from INSi? checked against a high-trust document? (EXI SI 07)."""

    PROVISIONAL = "PROV"
    RETRIEVED = "RECUP"
    VALIDATED = "VALI"
    QUALIFIED = "QUAL"


class IdentityAttribute(StrEnum):
    HOMONYM = "HOMA"
    DOUBTFUL = "DOUT"
    FICTITIOUS = "FICT"


@frozen
class InsTraits:
    """
    The strict traits of an identity.

    birth_name: nom de naissance. given_names: list of birth given names separated by spaces, or None while unknown.
    first_given_name: premier prénom de naissance. birth_date: ISO `YYYY-MM-DD` (kept as text: partial dates carry fictive parts).
    birth_place: COG code, 5 characters (`75056`, `2A004`, `99351`), or None while unknown.
    """

    birth_name: str
    first_given_name: str
    birth_date: str
    sex: Sex
    given_names: str | None = None
    birth_place: str | None = None


@frozen
class Identity:
    """
    One person as the record knows them now. used_name, used_given_name: complementary, never filled from the birth names.
    """

    ins: Ins
    traits: InsTraits
    status: IdentityStatus
    attributes: frozenset[IdentityAttribute] = frozenset()
    used_name: str | None = None
    used_given_name: str | None = None


@frozen
class FormerIns:
    """
    A dead matricule of the person (FHIR `use` = `old`, INSi `INSHISTO`).

    since, until: the days between which it was theirs, as given: they may be absent, and may look reversed.
    """

    ins: Ins
    since: date | None = None
    until: date | None = None


@frozen
class LocalIdentifier:
    """How the identity source itself names the person (IPP): value, and the OID or URI of who gave it."""

    value: str
    system: str


@frozen
class ReceivedIdentity:
    """
    A person as an identity source tells them; what every reader (FHIR Patient, population file) makes and `receive_identity` takes.

    ins: only with a qualified status (EXI SI 08). former: dead matricules. used_name, used_given_name: never filled from the birth
    names. validation_mode, method_collection: codes of FR Core (`CN`, `AV`…; `INSI`, `SM`…). insi_questioned_on: day INSi was last
    asked. validated_on: day of the check of a document. is_active: false when the source has set this entry aside.
    """

    traits: InsTraits
    status: IdentityStatus
    ins: Ins | None = None
    former: tuple[FormerIns, ...] = ()
    attributes: frozenset[IdentityAttribute] = frozenset()
    used_name: str | None = None
    used_given_name: str | None = None
    validation_mode: str | None = None
    method_collection: str | None = None
    insi_questioned_on: date | None = None
    validated_on: date | None = None
    local: LocalIdentifier | None = None
    is_active: bool = True
    is_deceased: bool = False


@frozen
class HeldIdentity:
    """
    The identity of a record over one period; the one in force has no end.

    ins: None when the identity is not qualified: the record is then found by no matricule. Other fields as in ReceivedIdentity.
    """

    identity_id: UUID
    traits: InsTraits
    status: IdentityStatus
    ins: Ins | None
    attributes: frozenset[IdentityAttribute]
    used_name: str | None
    used_given_name: str | None
    validation_mode: str | None
    method_collection: str | None
    insi_questioned_on: date | None
    validated_on: date | None
    valid_from: datetime
    valid_to: datetime | None


class Reception(StrEnum):
    """What receiving an identity did."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@frozen
class IdentityReceipt:
    """patient_id: of the record. warnings: what the source should look at; the identity was kept all the same."""

    patient_id: PatientId
    reception: Reception
    warnings: tuple[Issue, ...] = ()


@frozen
class KnownPatient:
    """An identity with the record it opens."""

    patient_id: PatientId
    identity: Identity
