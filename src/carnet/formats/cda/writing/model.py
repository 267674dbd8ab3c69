"""
What the header of a CDA says, before it is written.

Source: CI-SIS, volet Structuration minimale (documents.md §5.1 and §5.2).
"""

from collections.abc import Sequence
from datetime import datetime

from carnet.domain.people.model import Identity
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import DMP_HOST, UniqueId

NORMAL = Code("N", "2.16.840.1.113883.5.25", "Normal")
# J02, J04 and J01 when the patient speaks (TRE_A00).
PATIENT_SPEAKS = Code("EXP_PATIENT", "1.2.250.1.213.1.1.4.6", "Expression personnelle du patient")
UNSTRUCTURED = (("1.3.6.1.4.1.19376.1.2.20", None),)  # XDS-SD, the third template of every N1


@frozen
class PostalAddress:
    number: str
    street: str
    postal_code: str
    city: str


@frozen
class PersonName:
    family: str
    given: str
    prefix: str | None = None
    suffix: str | None = None


@frozen
class Subject:
    """
    The patient. identity: its traits are written as they are. called: names in use, None when they are not known.
    local_id: `(IPP, OID)` of whoever writes. birth_place_name: beside its code. telecoms: URLs with their use, `("tel:…", "MC")`.
    """

    identity: Identity
    called: PersonName | None = None
    local_id: tuple[str, str] | None = None
    address: PostalAddress | None = None
    telecoms: Sequence[tuple[str, str | None]] = ()
    birth_place_name: str | None = None
    guardians: Sequence[PersonName] = ()


@frozen
class Structure:
    """identifier: Struct_IdNat."""

    identifier: str
    name: str
    phone: str | None = None
    address: PostalAddress | None = None


@frozen
class Signatory:
    """A professional, for a structure. identifier: PS_IdNat. code: JDV_J01."""

    identifier: str
    name: PersonName
    code: Code
    structure: Structure
    phone: str | None = None


@frozen
class Device:
    """A system that writes alone."""

    identifier: str
    software: str
    code: Code
    structure: Structure


@frozen
class Participant:
    """kind: JDV_J144. function: JDV_J47."""

    kind: str
    function: Code | None
    who: Signatory


@frozen
class Header:
    """
    The whole header.

    at: creation, aware. templates: of the model, `(root, extension)`. author: None when the patient writes, who is then `speaker`.
    service: start and end of the main act, as HL7 TS (`elements.stamp`, `elements.timestamp`). setting: J04; facility: J02;
    encounter: J142. event: code of the main act. order: `(root, extension)` of what it answers. host: name of who keeps what patients
    write. set_id: the same over the versions. data_enterer: who typed it in the author's name.
    """

    unique_id: UniqueId
    set_id: UniqueId
    version: int
    type: Code
    title: str
    at: datetime
    subject: Subject
    author: Signatory | Device | None
    service: tuple[str, str | None]
    setting: Code
    facility: Code
    templates: Sequence[tuple[str, str | None]] = UNSTRUCTURED
    replaces: UniqueId | None = None
    encounter: Code | None = None
    event: Code | None = None
    event_translations: Sequence[Code] = ()
    confidentiality: Code = NORMAL
    participants: Sequence[Participant] = ()
    order: tuple[str, str | None] | None = None
    data_enterer: Signatory | None = None
    host: tuple[str, str] = (DMP_HOST, "Espace numérique de santé")

    @property
    def speaker(self) -> PersonName:
        """The patient, as who writes."""
        traits = self.subject.identity.traits
        return self.subject.called or PersonName(traits.birth_name, traits.first_given_name)
