"""The values that access decisions are made of: facts in, a decision that names its rule out."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.consent.model import RecordStatus
from carnet.vocabulary.frozen import frozen


class Action(StrEnum):
    FEED = "feed"  # deposit into the record
    PREPARE = "prepare"  # keep a draft of what one will deposit
    OPEN = "open"  # have a right on the record at all: without it, 403
    READ = "read"  # list and read one document: without it, the document does not exist
    # Changing a document: asked once it is known to be seen.
    MASK = "mask"  # hide it from professionals
    UNMASK = "unmask"
    REVEAL_TO_PATIENT = "reveal-to-patient"  # one way
    REVEAL_TO_REPRESENTATIVES = "reveal-to-representatives"  # one way
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    DELETE = "delete"  # irreversible
    READ_TRAIL = "read-trail"  # learn who did what on the record
    AUTHORISE = "authorise"  # declare or end the authorisation of a named holder (TD0.3)
    TREAT = "treat"  # set or remove a médecin traitant
    KNOW_STATUS = "know-status"  # ask what one holds on the record (TD0.2)
    GOVERN = "govern"  # what the patient decides: block, oppose, hide
    REPRESENT = "represent"  # name or remove a legal representative
    REVIEW = "review"  # list who is authorised or blocked (TD1.6)
    SIMULATE = "simulate"  # see the record as someone else would
    FOLLOW = "follow"  # be told of accesses, report one and follow the answer
    ANSWER = "answer"  # look at the reports of citizens and answer them
    LOOK_UP = "look-up"  # learn whether a record exists and is open (TD0.2)
    IDENTIFY = "identify"  # know, find and put identities, whosever they are
    REPLY = "reply"  # see and answer what the patient asks about a document


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


@frozen
class AccessClass:
    """
    The facts of a document that rules read. Documents with equal facts share a class; rules are asked once per class.

    class_id: from the facts (see store); None while no one needs it. author_persons: PS_IdNat. author_organizations: Struct_IdNat.
    hidden_from: PS_IdNat or Struct_IdNat of those whom the patient hid it from by name.
    successors: classes of all that replaced the document, one after another.
    Told beside the class, of one document and one actor: masked_by_patient: the mask is the patient's own. later_is_hidden: a later
    version may not be seen (record.sight). is_shared: the link by which it is asked for names it, and who made the link still sees it.
    """

    status: AvailabilityStatus
    labels: frozenset[Confidentiality]
    type_code: str
    class_code: str
    owner: OwnerKind
    author_persons: frozenset[str] = frozenset()
    author_organizations: frozenset[str] = frozenset()
    class_id: UUID | None = None
    hidden_from: frozenset[str] = frozenset()
    successors: frozenset[UUID] = frozenset()
    masked_by_patient: bool = False
    later_is_hidden: bool = False
    is_shared: bool = False


class Representation(StrEnum):
    """What a legal representative may do: look, or also decide and deposit in the person's place."""

    READ = "read"
    FULL = "full"


@frozen
class RecordFacts:
    """
    What is true of a record for one actor at one instant.

    is_holder: the actor is the person whose record it is. has_grant, is_blocked, is_primary_care_doctor: periods that hold for this
    actor (in person, or through the organisation they act for). parent, guardian: what a representative may do by parental authority,
    which ends at majority, or by guardianship (tutelle), which does not; None when they represent nobody here. is_of_age: the person has
    reached majority. feeding_opposed, emergency_opposed, regulation_opposed: what the person opposed. emergency_shows_masked: the
    person lets an emergency read what is masked. block_holds_in_emergency: an operator's choice. hidden_categories: from professionals
    at large; withheld_categories: from this actor by name; both as `type|code` or `class|code`. is_regulator: profession and sector of a
    regulation centre. link_holds: the link by which it is asked for is neither over nor ended. is_struck_off: the directory says that this
    professional no longer practises. reaches_too_many: today this professional opened, by their own word, all the records they may
    (`access/reach`); looked at where that word is given. has_delegation: whom they feed for, or anyone when nobody is said,
    named them for it in the structure where they act, and both are still there; had_delegation: so it is, or was a day ago. facts_version: raised by every consent, block, mandate, label or status change.
    """

    status: RecordStatus
    at: datetime
    is_holder: bool = False
    has_grant: bool = False
    is_blocked: bool = False
    is_primary_care_doctor: bool = False
    facts_version: int = 0
    parent: Representation | None = None
    guardian: Representation | None = None
    is_of_age: bool = True
    feeding_opposed: bool = False
    emergency_opposed: bool = False
    regulation_opposed: bool = False
    emergency_shows_masked: bool = False
    block_holds_in_emergency: bool = False
    hidden_categories: frozenset[str] = frozenset()
    withheld_categories: frozenset[str] = frozenset()
    is_regulator: bool = False
    is_struck_off: bool = False
    link_holds: bool = False
    reaches_too_many: bool = False
    has_delegation: bool = False
    had_delegation: bool = False


@frozen
class Decision:
    """
    allowed; `rule` names the line of the table that spoke (`read.citizen`, `deny.blocked`…), the same word in trail, explanation and
    simulator. obligations: what the consumer must do, e.g. `warn-invisible-to-patient`. edition: of policy and matrix.
    """

    allowed: bool
    rule: str
    obligations: tuple[str, ...] = ()
    edition: str = ""


class Question(NamedTuple):
    """
    One question put to the rules; predicates read it. There is one for each class of a record, hence a tuple.

    holder: whom an authorisation is about: PS_IdNat or Struct_IdNat; None for the acts that are about nobody.
    """

    actor: Actor
    action: Action
    record: RecordFacts
    document: AccessClass | None
    matrix: "AccessMatrix"
    holder: str | None = None


Cell = tuple[str, str]  # `class` or `type`, and its code


@frozen
class AccessMatrix:
    """
    Profession × document type, with what an annex may say otherwise of a specialty or a function. Default: deny.

    types: typeCode allowed or not, by profession code of TRE_G15; classes: classCode allowed, by profession. A line on a type wins
    over the line on its class. refined: the cells of (profession, specialty or "", function or ""), which win over the profession's own,
    the most precise first. edition: name and date of the data file.
    """

    edition: str
    classes: Mapping[str, frozenset[str]]
    types: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    refined: Mapping[tuple[str, str, str], Mapping[Cell, bool]] = field(default_factory=dict)

    def allows(
        self, profession: str | None, *, type_code: str, class_code: str, specialty: str | None = None,
        function: str | None = None,
    ) -> bool:  # fmt: skip
        """May this profession read documents of this type? An unknown profession may not."""
        if profession is None:
            return False
        if self.refined and (specialty or function):
            for level in _levels(profession, specialty or "", function or ""):
                cells = self.refined.get(level, _NO_CELLS)
                for cell in (("type", type_code), ("class", class_code)):
                    if cell in cells:
                        return cells[cell]
        by_type = self.types.get((profession, type_code))
        return by_type if by_type is not None else class_code in self.classes.get(profession, frozenset())


_NO_CELLS: Mapping[Cell, bool] = {}


def _levels(profession: str, specialty: str, function: str) -> tuple[tuple[str, str, str], ...]:
    return (profession, specialty, function), (profession, "", function), (profession, specialty, "")
