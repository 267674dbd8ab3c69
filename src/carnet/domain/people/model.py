"""Identities: traits as INSi gives them, statuses and attributes of the RNIV (v2.0, December 2024)."""

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class KnownPatient:
    """An identity with the record it opens."""

    patient_id: PatientId
    identity: Identity
