"""
What published files say of professionals, structures and mailboxes, and what an import reports.

Values of a line are tuples of texts, absent ones empty: a file has millions of lines.
Source: identity-and-messaging.md §5.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from carnet.vocabulary.frozen import frozen


class Published(StrEnum):
    """The kinds of files. ACTIVITIES: one line per professional and activity. STRUCTURES: FINESS."""

    ACTIVITIES = "activities"
    MAILBOXES = "mailboxes"
    STRUCTURES = "structures"


class Place(NamedTuple):
    """
    An address as registers keep it, in parts.

    addressee, locator: complements. repetition: bis, ter. street_type: TRE_R35. mention: locality or box. delivery: last line, with the
    postal code. commune: INSEE code.
    """

    addressee: str = ""
    locator: str = ""
    house_number: str = ""
    repetition: str = ""
    street_type: str = ""
    street: str = ""
    mention: str = ""
    delivery: str = ""
    postal_code: str = ""
    commune: str = ""
    city: str = ""
    country: str = ""
    department: str = ""


class Activity(NamedTuple):
    """
    One line of Personne_activite: a person, one of their professions and skills, and one activity when there is one.

    person: PS_IdNat. number_type, number: TRE_G08 and the number alone. title: civilité d'exercice. category: TRE_R09. skill: TRE_R38 and
    others, skill_type: TRE_R04. mode: TRE_R23. section: of the pharmacists' register. activity: TRE_R22. organization: Struct_IdNat of the
    site. technical_id: with its letter. part_of: Struct_IdNat of the legal entity.
    """

    person: str
    number_type: str
    number: str
    family: str
    given: str
    civility: str
    title: str
    profession: str
    category: str
    skill_type: str
    skill: str
    mode: str
    sector: str
    section: str
    role: str
    activity: str
    authority: str
    organization: str
    technical_id: str
    finess: str
    siret: str
    siren: str
    part_of: str
    name: str
    brand: str
    phone: str
    phone2: str
    fax: str
    email: str
    place: Place

    @property
    def key(self) -> str:
        return self.person


class PublishedMailbox(NamedTuple):
    """
    One mailbox of MSSanté, as published for one owner.

    kind: PER, ORG, APP or CAB. person: PS_IdNat, organization: Struct_IdNat, one of them at least. is_unlisted: liste rouge: to be
    forgotten, whatever was published before.
    """

    address: str
    kind: str
    person: str
    organization: str
    service: str = ""
    description: str = ""
    is_unlisted: bool = False

    @property
    def key(self) -> str:
        return self.address


class Structure(NamedTuple):
    """
    One structure of FINESS.

    organization: Struct_IdNat. is_legal_entity: entité juridique; otherwise a site, part_of: Struct_IdNat of its legal entity.
    category: TRE_R66 or its successor. opened, closed: AAAA-MM-JJ or empty.
    """

    organization: str
    is_legal_entity: bool
    finess: str
    siret: str
    siren: str
    part_of: str
    name: str
    brand: str
    category: str
    opened: str
    closed: str
    phone: str
    fax: str
    email: str
    place: Place

    @property
    def key(self) -> str:
        return self.organization


class LineFault(NamedTuple):
    """
    What cannot be read.

    code: stable, worded. key: of whom the line speaks, when that much can be read: they are not taken for absent. facts: to word it.
    """

    line: int
    code: str
    key: str = ""
    facts: Mapping[str, str] = {}


class Warned(NamedTuple):
    """A value that is kept, and looks wrong."""

    line: int
    code: str


@frozen
class ImportTerms:
    """
    How an import is to be taken.

    is_partial: what the file does not name stays as it is. max_lost_percent: of what is active, at most so much may become inactive.
    is_forced: do it all the same, and even from an edition older than the one held.
    """

    is_partial: bool = False
    max_lost_percent: float = 10.0
    is_forced: bool = False


PUBLISHED = "annuaire"
INVENTED = "territoire"


@frozen
class Source:
    """
    The file. name: without its folder. edition: when it was extracted, or None when its name does not tell. origin: whose it is: a complete
    file ends only what came from the same.
    """

    name: str
    kind: Published
    edition: datetime | None = None
    origin: str = PUBLISHED


@dataclass(slots=True)
class Counts:
    """Of one population: rows added, changed, put out of activity (or forgotten, for mailboxes), and back in it."""

    added: int = 0
    changed: int = 0
    deactivated: int = 0
    reactivated: int = 0


MAX_TOLD = 20  # faults told one by one; the others are counted


@dataclass(slots=True)
class Tally:
    """What a reading met, in bounded memory: counts by code, and the first faults in full."""

    lines: int = 0
    read: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    warned: dict[str, int] = field(default_factory=dict)
    first: list[LineFault] = field(default_factory=list)
    is_cut: bool = False

    def meet(self, fault: LineFault) -> None:
        self.refused[fault.code] = self.refused.get(fault.code, 0) + 1
        self.is_cut |= fault.code == "line-truncated"
        if len(self.first) < MAX_TOLD:
            self.first.append(fault)

    def warn(self, warned: Warned) -> None:
        self.warned[warned.code] = self.warned.get(warned.code, 0) + 1


@frozen
class ImportReport:
    """
    What an import did.

    is_complete: what the file did not name was put out of activity. counts: by population (`professionals`, `situations`,
    `organizations`, `mailboxes`). at: the instant that every change bears.
    """

    source: Source
    tally: Tally
    is_complete: bool
    counts: Mapping[str, Counts]
    at: datetime
    started_at: datetime
    finished_at: datetime
