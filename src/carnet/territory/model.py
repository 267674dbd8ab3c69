"""The values of the invented territory: who lives and works there, and what is written about them."""

from datetime import date, datetime
from enum import StrEnum

from carnet.domain.access.model import Confidentiality
from carnet.domain.actor import ActorKind
from carnet.domain.consent.model import ConsentKind
from carnet.domain.people.model import Identity
from carnet.domain.record.model import Fiche
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.ins import Ins


class LifeStage(StrEnum):
    """At the day of invention: under 18, from 18, from 75."""

    CHILD = "child"
    ADULT = "adult"
    ELDERLY = "elderly"


class Oddity(StrEnum):
    """What makes an identity worth testing with."""

    TWIN = "twin"
    HOMONYM = "homonym"
    CORSICAN = "corsican"
    BORN_ABROAD = "born-abroad"
    ACCENTS = "accents"
    DOUBLE_BARRELLED = "double-barrelled"
    WAITING_NUMBER = "waiting-number"  # NIA, 1.2.250.1.213.1.4.9
    REGISTER_NUMBER = "register-number"  # NIR under 1.2.250.1.213.1.4.8


@frozen
class Address:
    number: str
    street: str
    postal_code: str
    city: str


@frozen
class Illness:
    """A lasting condition of one person: key in `conditions.CONDITIONS`, and the day it was found."""

    condition: str
    since: date


@frozen
class Citizen:
    """
    index: rank in `Territory.citizens`. birth_place_name: of the COG code of the traits. guardians: spelled names of the legal
    representatives of a child. primary_doctor: index in `Territory.professionals`, or None. allergies: keys of
    `conditions.ALLERGIES`. care_home_since: lives in the EHPAD from that day. language: BCP 47, as spoken at home.
    """

    index: int
    identity: Identity
    birth_date: date
    birth_place_name: str
    address: Address
    phone: str
    language: str
    stage: LifeStage
    oddities: frozenset[Oddity] = frozenset()
    illnesses: tuple[Illness, ...] = ()
    allergies: tuple[str, ...] = ()
    guardians: tuple[str, ...] = ()
    primary_doctor: int | None = None
    care_home_since: date | None = None

    @property
    def is_woman(self) -> bool:
        return self.identity.traits.sex == "F"

    @property
    def spelled_name(self) -> str:
        """`Marie Fontanelle-Ébrard`: as the person writes it."""
        identity = self.identity
        given = identity.used_given_name or identity.traits.first_given_name.title()
        return f"{given} {identity.used_name or identity.traits.birth_name.title()}"

    @property
    def civility(self) -> str:
        return "Mme" if self.is_woman else "M."

    def age_on(self, day: date) -> int:
        """In whole years."""
        return day.year - self.birth_date.year - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))

    def lives_in_care_home(self, day: date) -> bool:
        return self.care_home_since is not None and self.care_home_since <= day

    def has(self, condition: str, day: date) -> bool:
        return any(illness.condition == condition and illness.since <= day for illness in self.illnesses)


@frozen
class Organization:
    """
    identifier: Struct_IdNat. kind: `hospital`, `clinic`, `laboratory`, `imaging`, `practice`, `pharmacy`, `care-home`, `platform`,
    `insurance`. sector: SAxx. setting: J04. feeder: name of the client whose software sends its documents.
    """

    identifier: str
    name: str
    kind: str
    sector: Code
    setting: Code
    address: Address
    phone: str
    feeder: str


@frozen
class Professional:
    """
    index: rank in `Territory.professionals`. identifier: PS_IdNat (`8` + RPPS). profession: TRE_G15. specialty: SMxx, or None.
    author_code: JDV_J01. role: what `cast` asks for. organizations: indexes in `Territory.organizations`, the main one first.
    """

    index: int
    identifier: str
    family: str
    given: str
    civility: str
    title: str | None
    profession: Code
    specialty: Code | None
    author_code: Code
    role: str
    organizations: tuple[int, ...]
    phone: str

    @property
    def rpps(self) -> str:
        return self.identifier[1:]

    @property
    def spelled_name(self) -> str:
        head = "Dr" if self.title else {"M": "M."}.get(self.civility, "Mme")
        return f"{head} {self.given} {self.family.title()}"


@frozen
class Client:
    """A software that feeds records. kind: ORGANIZATION or PRODUCER. organization: Struct_IdNat."""

    name: str
    title: str
    kind: ActorKind
    organization: str
    organization_name: str
    sector: str


@frozen
class InventedGrant:
    """What a citizen decided about a professional (PS_IdNat)."""

    citizen: Citizen
    professional: str
    kind: ConsentKind
    since: date


@frozen
class DocumentIds:
    """set_id is stable over the versions; replaces: the version before, or None."""

    unique_id: UniqueId
    set_id: UniqueId
    version: int
    replaces: UniqueId | None


@frozen
class InventedDocument:
    """
    One document, as its author's software sends it.

    feeder: name of a client, or `patient:<matricule>` when citizens deposit it themselves. media_type: `text/xml` for a CDA.
    fiche: None when the CDA header says everything. replaces: the unique id of the corrected document, or None.
    """

    citizen: Citizen
    feeder: str
    content: bytes
    media_type: str
    unique_id: UniqueId
    type_code: str
    title: str
    created: datetime
    labels: frozenset[Confidentiality] = frozenset()
    fiche: Fiche | None = None
    replaces: UniqueId | None = None

    @property
    def ins(self) -> Ins:
        return self.citizen.identity.ins
