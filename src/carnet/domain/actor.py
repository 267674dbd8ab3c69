"""
Who acts, on whose behalf, and in which capacity: one value for every door.

Kinds that have no issue yet (carer, mediator, application) exist here and are denied by the rules.
"""

from dataclasses import fields
from enum import StrEnum
from operator import attrgetter
from uuid import UUID

from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins


class ActorKind(StrEnum):
    CITIZEN = "citizen"
    PROFESSIONAL = "professional"
    ORGANIZATION = "organization"  # a structure's software, indirect authentication: feeds, never reads
    IDENTITY_SOURCE = "identity-source"  # tells who people are, and is told; no right on any record
    PRODUCER = "producer"  # a non-professional producer (health insurance, device, automaton…): feeds, never reads
    OPERATOR = "operator"
    SYSTEM = "system"  # carnet itself: jobs, migrations
    ANONYMOUS = "anonymous"
    CARER = "carer"
    GUARDIAN = "guardian"  # legal representative of a minor, or of an adult under tutelle
    MEDIATOR = "mediator"
    SECRETARY = "secretary"  # of a structure, without a health profession: feeds for who named them, never reads
    APPLICATION = "application"
    SHARE_LINK = "share-link"  # whoever holds a link that the patient made, and its code: nobody knows who


class Purpose(StrEnum):
    NORMAL = "normal"
    EMERGENCY = "emergency"  # bris de glace
    REGULATION = "regulation"  # centre de régulation, SAMU-Centre 15


# Capacity of who feeds in the name of a professional of their structure, who named them for it (`domain/delegations`).
DELEGATION = "delegation"


@frozen
class Authentication:
    """
    How the actor proved who they are.

    means: `client-secret`, `private-key-jwt`, `demo-link`… level: `DIRECTE`, `INDIRECTE`, `INDIRECTE_RENFORCEE`, `PSC`, or None.
    certificate: SHA-256 thumbprint (base64url) of the client certificate, or None.
    """

    means: str
    level: str | None = None
    certificate: str | None = None


@frozen
class Actor:
    """
    Who acts.

    person: PS_IdNat of a professional (`8` + RPPS), or None. name: as shown to the citizen in the trail.
    organization: Struct_IdNat (`1` + FINESS…), or None. software: the client identifier that carried the request.
    profession: code of TRE_G15 (10 = physician). specialty: code of TRE_R38/R01 (SM26…), or None. sector: SAxx, or None.
    function: code of TRE_R21, or None.
    ins: the citizen's own identity, or the representative's. on_behalf_of, capacity: for those who act for another; a legal
    representative acts for `oid|matricule`, who feeds in a professional's name for their PS_IdNat, as DELEGATION.
    on_behalf_of_name: of that professional, as shown to the citizen in the trail.
    motive: compulsory for the emergency purpose. secret_connection: the act must stay unknown to the legal representatives.
    correlation_id: of the request; the same in logs, trail and error answers.
    """

    kind: ActorKind
    name: str
    person: str | None = None
    organization: str | None = None
    organization_name: str | None = None
    software: str | None = None
    profession: str | None = None
    specialty: str | None = None
    function: str | None = None
    sector: str | None = None
    situation: str | None = None
    ins: Ins | None = None
    on_behalf_of: str | None = None
    on_behalf_of_name: str | None = None
    capacity: str | None = None
    purpose: Purpose = Purpose.NORMAL
    motive: str | None = None
    secret_connection: bool = False
    authentication: Authentication = Authentication("none")
    correlation_id: UUID | None = None

    @property
    def is_delegate(self) -> bool:
        """Whether they act in the name of a professional who named them for it; a secretary never acts otherwise."""
        return self.kind is ActorKind.SECRETARY or self.capacity == DELEGATION

    def in_request(self, correlation_id: UUID) -> "Actor":
        """The same, in one request: what `replace` gives, in a fifth of its time."""
        return Actor(*(*_lasting(self), correlation_id))


_lasting = attrgetter(*(field.name for field in fields(Actor) if field.name != "correlation_id"))

SYSTEM = Actor(ActorKind.SYSTEM, "carnet")
