"""The values that access decisions are made of: facts in, a decision that names its rule out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.consent.model import RecordStatus


class Action(StrEnum):
    FEED = "feed"  # deposit into the record
    OPEN = "open"  # have a right on the record at all: without it, 403
    READ = "read"  # list and read one document: without it, the document does not exist
    READ_TRAIL = "read-trail"  # learn who did what on the record


class Confidentiality(StrEnum):
    """Visibility labels of a document (TRE_A07, 1.2.250.1.213.1.1.4.13), beside exactly one of N, R, V."""

    MASQUE_PS = "MASQUE_PS"
    INVISIBLE_PATIENT = "INVISIBLE_PATIENT"
    INVISIBLE_REPRESENTANTS_LEGAUX = "INVISIBLE_REPRESENTANTS_LEGAUX"


class AvailabilityStatus(StrEnum):
    APPROVED = "approved"
    DEPRECATED = "deprecated"
    ARCHIVED = "archived"
    DELETED = "deleted"


class OwnerKind(StrEnum):
    """Who the document comes from (the four owner kinds of Mon espace santé)."""

    PROFESSIONAL = "PS"
    ORGANIZATION = "ES"
    HEALTH_INSURANCE = "ASSURANCE_MALADIE"
    CITIZEN = "MON_ESPACE_SANTE"


@dataclass(frozen=True, slots=True)
class AccessClass:
    """
    The facts of a document that rules read. Documents with equal facts share a class; rules are asked once per class.

    class_id: from the facts (see store); None while no one needs it. author_persons: PS_IdNat. author_organizations: Struct_IdNat.
    """

    status: AvailabilityStatus
    labels: frozenset[Confidentiality]
    type_code: str
    class_code: str
    owner: OwnerKind
    author_persons: frozenset[str] = frozenset()
    author_organizations: frozenset[str] = frozenset()
    class_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """
    What is true of a record for one actor at one instant.

    is_holder: the actor is the person whose record it is. has_grant, is_blocked, is_primary_care_doctor: periods that hold for this
    actor (in person, or through the organisation they act for). facts_version: raised by every consent, block, mandate, label or
    status change.
    """

    status: RecordStatus
    at: datetime
    is_holder: bool = False
    has_grant: bool = False
    is_blocked: bool = False
    is_primary_care_doctor: bool = False
    facts_version: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """
    allowed; `rule` names the line of the table that spoke (`read.citizen`, `deny.blocked`…), the same word in trail, explanation and
    simulator. obligations: what the consumer must do, e.g. `warn-invisible-to-patient`. edition: of policy and matrix.
    """

    allowed: bool
    rule: str
    obligations: tuple[str, ...] = ()
    edition: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question put to the rules; predicates read it."""

    actor: Actor
    action: Action
    record: RecordFacts
    document: AccessClass | None
    matrix: "AccessMatrix"


@dataclass(frozen=True, slots=True)
class AccessMatrix:
    """
    Profession × document type. Default: deny.

    types: typeCode allowed or not, by profession code of TRE_G15; classes: classCode allowed, by profession. A line on a type wins
    over the line on its class. edition: name and date of the data file.
    """

    edition: str
    classes: Mapping[str, frozenset[str]]
    types: Mapping[tuple[str, str], bool] = field(default_factory=dict)

    def allows(self, profession: str | None, *, type_code: str, class_code: str) -> bool:
        """May this profession read documents of this type? An unknown profession may not."""
        if profession is None:
            return False
        by_type = self.types.get((profession, type_code))
        return by_type if by_type is not None else class_code in self.classes.get(profession, frozenset())
