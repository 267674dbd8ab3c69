"""Who may be chosen at the simulated identity providers: the people of the demonstration, and the cases worth trying."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from carnet.channels.demo.identity_providers import Someone
from carnet.domain.demo import store
from carnet.domain.people import store as people_store
from carnet.domain.people.model import Identity, IdentityAttribute, Sex
from carnet.partners.franceconnect.simulator import STRANGER
from carnet.storage.database import Database
from carnet.vocabulary.clock import Clock
from carnet.web.wording.dates import plain_date

ClaimsOf = Callable[[Identity], Mapping[str, Any]]
_YOUNGEST = 16
TOO_LOW = "eidas1"  # one factor: what a health record does not do with


async def citizens(database: Database, claims_of: ClaimsOf, clock: Clock) -> list[Someone]:
    """
    The citizens of the demonstration by their names, then someone unknown, and an account that is not safe enough.

    Takes
        claims_of: what the provider says of an identity.
    """
    found = []
    async with database.connection() as connection:
        for person in await store.everyone(connection):
            if person.ins is None or person.represents is not None:
                continue
            patient_id = await people_store.holder_of(connection, person.ins)
            identity = patient_id and await people_store.current_identity(connection, patient_id)
            if identity and _may_hold_an_account(identity, clock().date()):
                found.append(Someone(person.name, _name(identity), _born(identity), claims_of(identity)))
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
