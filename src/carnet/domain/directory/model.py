"""
The directory as it is read: professionals, their situations, structures, and the mailboxes of MSSanté. Absent texts are empty.

Source: identity-and-messaging.md §5.
"""

from datetime import datetime

from carnet.vocabulary.frozen import frozen


@frozen
class Mailbox:
    """
    A published mailbox. kind: PER, ORG, APP or CAB. person: PS_IdNat, organization: Struct_IdNat, of its owner. is_placed: the person
    practises in that structure, so that the mailbox is shown with that situation and not with the person.
    """

    address: str
    kind: str
    person: str
    organization: str
    service: str
    description: str
    is_placed: bool


@frozen
class Professional:
    """
    person: PS_IdNat. number_type, number: the same in two parts (TRE_G08). civility: M, MME; title: DR… professions: (TRE_G15, TRE_R09).
    skills: (TRE_R38 or a sister, TRE_R04). An inactive one keeps only its identifiers.
    """

    person: str
    number_type: str
    number: str
    family: str
    given: str
    civility: str
    title: str
    professions: tuple[tuple[str, str], ...]
    skills: tuple[tuple[str, str], ...]
    active: bool
    changed_at: datetime
    mailboxes: tuple[Mailbox, ...] = ()


@frozen
class Situation:
    """situation: our identifier, since published files give none. organization: Struct_IdNat, or empty. mode: TRE_R23. activity: TRE_R22."""

    situation: str
    person: str
    organization: str
    profession: str
    mode: str
    section: str
    role: str
    activity: str
    active: bool
    changed_at: datetime
    mailboxes: tuple[Mailbox, ...] = ()


@frozen
class Address:
    """As registers keep it, in parts; see `loading.model.Place`."""

    addressee: str
    locator: str
    house_number: str
    repetition: str
    street_type: str
    street: str
    mention: str
    postal_code: str
    commune: str
    city: str
    country: str
    department: str


@frozen
class Organization:
    """organization: Struct_IdNat. part_of: Struct_IdNat of the legal entity. opened: AAAA-MM-JJ. sector: TRE_R02. category: TRE_R66."""

    organization: str
    is_legal_entity: bool
    technical_id: str
    finess: str
    siret: str
    siren: str
    part_of: str
    name: str
    brand: str
    sector: str
    category: str
    opened: str
    phone: str
    phone2: str
    fax: str
    email: str
    address: Address
    active: bool
    changed_at: datetime
    mailboxes: tuple[Mailbox, ...] = ()


Entry = Professional | Situation | Organization
