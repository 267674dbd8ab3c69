"""
Whether the directory says what someone says of themselves: that they practise, this profession, this skill, in this structure.

Source: identity-and-messaging.md §2.6, §5; docs/decisions/0040-signing-people-in.md.
"""

from carnet.domain.directory import store
from carnet.domain.directory.model import Organization, Professional, Situation
from carnet.domain.directory.search import Kind
from carnet.domain.errors import Refused
from carnet.storage.database import Database
from carnet.vocabulary.frozen import frozen


@frozen
class Claimed:
    """person: PS_IdNat. profession: TRE_G15. skill: TRE_R38, or None. sector: TRE_R02, or None. organization: Struct_IdNat, or None."""

    person: str
    profession: str
    skill: str | None = None
    sector: str | None = None
    organization: str | None = None


async def check_practice(database: Database, claimed: Claimed, *, tolerant: bool) -> None:
    """
    Compare what is claimed with the directory.

    Takes
        tolerant: what the directory does not know, or says otherwise, passes; whoever it says has ceased never does.
    Raises
        Refused: `practice-ceased` (struck off, retired), `practice-unknown` (nobody of this number), `practice-differs`, with what does.
    """
    async with database.connection() as connection:
        person = await store.find(connection, Kind.PROFESSIONAL, claimed.person)
        if person is not None and not person.active:
            raise Refused("practice-ceased")
        if tolerant:
            return
        if not isinstance(person, Professional):
            raise Refused("practice-unknown")
        situations = await store.situations_of(connection, claimed.person)
        place = None
        if claimed.organization is not None:
            place = await store.find(connection, Kind.ORGANIZATION, claimed.organization)
    differing = _differing(claimed, person, situations, place if isinstance(place, Organization) else None)
    if differing is not None:
        raise Refused("practice-differs", what=differing)


async def check_staff(database: Database, person: str, organization: str | None, *, tolerant: bool) -> None:
    """
    Whether someone without a health profession may be taken at their word: their structure is in activity, and they are not a professional who
    has ceased. The directory knows nothing else of them.

    Raises
        Refused: `practice-ceased`; `practice-differs`, with what does.
    """
    async with database.connection() as connection:
        known = await store.find(connection, Kind.PROFESSIONAL, person)
        place = None if organization is None else await store.find(connection, Kind.ORGANIZATION, organization)
    if known is not None and not known.active:
        raise Refused("practice-ceased")
    if organization is None or not (tolerant or (place is not None and place.active)):
        raise Refused("practice-differs", what="structure")


def _differing(
    claimed: Claimed, person: Professional, situations: list[Situation], place: Organization | None
) -> str | None:
    """The French name of the first thing that the directory says otherwise, or None."""
    if claimed.profession not in {profession for profession, _ in person.professions}:
        return "profession"
    if claimed.skill is not None and claimed.skill not in {skill for skill, _ in person.skills}:
        return "spécialité"
    if claimed.organization is None:
        return None
    if place is None or not place.active:
        return "structure"
    practises = any(
        each.active and each.organization == claimed.organization and each.profession in {"", claimed.profession}
        for each in situations
    )
    if not practises:
        return "structure"
    if claimed.sector is not None and place.sector and place.sector != claimed.sector:
        return "secteur d’activité"
    return None
