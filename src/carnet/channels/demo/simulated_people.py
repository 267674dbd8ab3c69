"""Who may be chosen at the simulated identity providers: the people of the demonstration, and the cases worth trying."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from carnet.channels.demo.identity_providers import Someone
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.clients import store as client_store
from carnet.domain.demo import store
from carnet.domain.directory import store as directory_store
from carnet.domain.directory.model import Organization
from carnet.domain.directory.search import Kind
from carnet.domain.errors import NotFound
from carnet.domain.people import store as people_store
from carnet.domain.people.model import Identity, IdentityAttribute, Sex
from carnet.partners.franceconnect.simulator import STRANGER
from carnet.partners.psc.simulator import Place, claims_of, staff_claims_of
from carnet.storage.database import Connection, Database
from carnet.vocabulary.clock import Clock
from carnet.web.demo_people import SECRETARIES, Secretary, secretary_as_actor
from carnet.web.wording import wording
from carnet.web.wording.dates import plain_date

ClaimsOf = Callable[[Identity], Mapping[str, Any]]
_YOUNGEST = 16
_SECRETARY_ROLE = "331"  # TRE_R291: secrétaire médicale
TOO_LOW = "eidas1"  # one factor: what a health record does not do with


async def citizens(database: Database, told_of: ClaimsOf, clock: Clock) -> list[Someone]:
    """
    The citizens of the demonstration by their names, then someone unknown, and an account that is not safe enough.

    Takes
        told_of: what the provider says of an identity.
    """
    found = []
    async with database.connection() as connection:
        for person in await store.everyone(connection):
            if person.ins is None or person.represents is not None:
                continue
            patient_id = await people_store.holder_of(connection, person.ins)
            identity = patient_id and await people_store.current_identity(connection, patient_id)
            if identity and _may_hold_an_account(identity, clock().date()):
                found.append(Someone(person.name, _name(identity), _born(identity), told_of(identity)))
    cases = [
        Someone(
            "inconnue",
            "Ondine Inventée d’Ailleurs",
            "Inconnue de carnet : aucun dossier à son nom",
            STRANGER,
            is_special=True,
        )
    ]
    if found:
        first = found[0]
        cases.append(
            Someone(
                "compte-faible", f"{first.title}, avec un compte trop faible",
                "Un seul mot de passe, sans seconde preuve (niveau eidas1)", first.claims, level=TOO_LOW, is_special=True,
            )
        )  # fmt: skip
    return found + cases


async def professionals(database: Database) -> list[Someone]:
    """
    The professionals of the demonstration, in every place where the directory says that they practise; secretaries; then cases to try.
    """
    found = []
    async with database.connection() as connection:
        for person in await store.everyone(connection):
            client = person.client_id and await client_store.find(connection, person.client_id)
            if not client or client.kind is not ActorKind.PROFESSIONAL:
                continue
            others = await _other_places(connection, client.template)
            detail = f"{_trade(client.template)}, {client.template.organization_name}"
            told = f"{detail} ; deux situations d’exercice" if others else detail
            found.append(Someone(person.name, client.name, told, _claims(client.template, others)))
    for secretary in SECRETARIES:
        with suppress(NotFound):
            found.append(_secretary(secretary, await secretary_as_actor(database, secretary)))
    return [*found, *_cases(found)]


def _secretary(secretary: Secretary, actor: Actor) -> Someone:
    claims = staff_claims_of(
        actor.person or "", secretary.given, secretary.family, role=_SECRETARY_ROLE, sector=actor.sector, organization=actor.organization or "",
        organization_name=actor.organization_name,
    )  # fmt: skip
    return Someone(secretary.name, actor.name, f"Secrétariat, {actor.organization_name}", claims)


def _cases(found: Sequence[Someone]) -> Iterator[Someone]:
    unknown = claims_of(
        "899900099999", "Ondine", "INVENTÉE", profession="10", specialty="SM26", sector="SA07", organization="1990099999",
        organization_name="Cabinet que personne ne connaît",
    )  # fmt: skip
    yield Someone("inconnue", "Dr Ondine Inventée", "Inconnue de l’annuaire de santé", unknown, is_special=True)
    nobody = unknown | {"SubjectRole": [], "SubjectRefPro": {"exercices": []}}
    yield Someone("sans-exercice", "Ondine Inventée, étudiante", "Sans situation d’exercice", nobody, is_special=True)
    if found:
        first = found[0]
        yield Someone(
            "niveau-faible", f"{first.title}, sans carte ni e-CPS", "Un niveau d’identification qui ne suffit pas", first.claims,
            level="eidas0", is_special=True,
        )  # fmt: skip


def _trade(actor: Actor) -> str:
    words = wording()
    found: str = words["specialties"].get(actor.specialty or "") or words["professions"].get(actor.profession or "", "")
    return found.capitalize()


async def _other_places(connection: Connection, actor: Actor) -> list[Place]:
    """Where else they practise, by the directory."""
    situations = await directory_store.situations_of(connection, actor.person or "")
    places = []
    for organization in dict.fromkeys(each.organization for each in situations if each.active):
        entry = await directory_store.find(connection, Kind.ORGANIZATION, organization)
        if isinstance(entry, Organization) and entry.active and organization != actor.organization:
            places.append(Place(organization, entry.name, entry.sector))
    return places


def _claims(actor: Actor, others: Sequence[Place]) -> dict[str, Any]:
    given, _, family = actor.name.removeprefix("Dr ").removeprefix("M. ").removeprefix("Mme ").partition(" ")
    return claims_of(
        actor.person or "", given, family, profession=actor.profession or "", specialty=actor.specialty, sector=actor.sector,
        organization=actor.organization, organization_name=actor.organization_name, others=others,
    )  # fmt: skip


def _may_hold_an_account(identity: Identity, today: date) -> bool:
    """Identity providers know adults, and people of sixteen at least."""
    born = date.fromisoformat(identity.traits.birth_date)
    return (today.year - born.year - ((today.month, today.day) < (born.month, born.day))) >= _YOUNGEST


def _name(identity: Identity) -> str:
    given = identity.used_given_name or identity.traits.first_given_name
    return f"{given} {identity.used_name or identity.traits.birth_name}".title()


def _born(identity: Identity) -> str:

    born = "Née" if identity.traits.sex is Sex.FEMALE else "Né"
    text = f"{born} le {plain_date(date.fromisoformat(identity.traits.birth_date))}"
    if IdentityAttribute.HOMONYM in identity.attributes:
        text += ", a un homonyme connu"
    return text
