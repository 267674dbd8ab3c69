"""The people of the demonstration, by name, as actors. Demo mode only."""

import base64
import hashlib
from contextlib import suppress
from dataclasses import replace

from carnet.domain.access.facts import holder_name
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.clients import store as client_store
from carnet.domain.clients.model import OWN_CLIENT_ID
from carnet.domain.demo import store
from carnet.domain.errors import NotFound
from carnet.storage.database import Database
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

# Nobody signs in as an operator yet: the demonstration has one by name, as software and people have theirs.
OPERATOR = store.DemoPerson(
    "exploitant", "Exploitant du service : lit l’historique sans les personnes ni les documents"
)


@frozen
class Secretary:
    """Someone without a health profession, in the structure of a professional of the demonstration. rank: in that structure."""

    name: str
    given: str
    family: str
    of: str
    rank: str

    def identifier(self, organization: str) -> str:
        """National identifier of who is known by their structure alone: 3, its number, their rank there."""
        return f"3{organization[1:]}/{self.rank}"


SECRETARIES = (
    Secretary("secretaire", "Inès", "PLUMEREAU", "medecin", "0042"),
    Secretary("secretaire-cardiologie", "Bastien", "LORGEVAL", "cardiologue", "0107"),
)


# What is the same for everyone of the demonstration: the number of their card, and their password when they have one.
CARD = "80012345678"
PASSWORD = "quatre chevaux dans la neige"  # noqa: S105  of people who do not exist, and told on their page
TELEPHONES = ("marie",)  # who have a telephone that gives codes


def address_of(name: str) -> str:
    """The mail address of someone of the demonstration; nothing is sent to it."""
    return f"{name}@demo.carnet.example"


def secret_of(name: str) -> str:
    """What the telephone of someone of the demonstration makes its codes from."""
    return base64.b32encode(hashlib.sha256(b"carnet demo " + name.encode()).digest()[:20]).decode()


async def actor_named(database: Database, name: str) -> Actor:
    """
    The actor of a name: a client, a named citizen, a parent for their child, a secretary, the operator, or `patient:<matricule>`.

    Raises
        NotFound: `demo-person-unknown`.
    """
    if name == OPERATOR.name:
        return Actor(
            ActorKind.OPERATOR, "Exploitant", software=OWN_CLIENT_ID, authentication=Authentication("demo-link")
        )
    secretary = next((each for each in SECRETARIES if each.name == name), None)
    if secretary is not None:
        return await secretary_as_actor(database, secretary)
    async with database.connection() as connection:
        kind, _, matricule = name.partition(":")
        if kind == "patient":
            found = await store.citizens_of(connection, matricule)
            if found:
                return _citizen(found[0], f"patient {matricule[-4:]}")
            raise NotFound("demo-person-unknown", name=name)
        person = await store.find(connection, name)
        if person is not None and person.ins is not None and person.represents is not None:
            return _representative(person.ins, person.represents, person.description)
        if person is not None and person.ins is not None:
            return _citizen(person.ins, person.description)
        client = (
            None
            if person is None or person.client_id is None
            else await client_store.find(connection, person.client_id)
        )
    if client is None:
        raise NotFound("demo-person-unknown", name=name)
    return client.signed_in_by(min(client.methods))


async def secretary_as_actor(database: Database, secretary: Secretary) -> Actor:
    """Raises NotFound: `demo-person-unknown`: the professional whose structure it is is not there."""
    colleague = await actor_named(database, secretary.of)
    organization = colleague.organization or ""
    return Actor(
        ActorKind.SECRETARY, f"{secretary.given} {secretary.family.title()}", person=secretary.identifier(organization),
        organization=organization, organization_name=colleague.organization_name, sector=colleague.sector,
        authentication=Authentication("demo-link"),
    )  # fmt: skip


async def secretaries(database: Database) -> list[store.DemoPerson]:
    """Those of the structures that are there, as people of the demonstration."""
    found = []
    for each in SECRETARIES:
        with suppress(NotFound):
            actor = await secretary_as_actor(database, each)
            found.append(store.DemoPerson(each.name, f"{actor.name}, secrétariat, {actor.organization_name}"))
    return found


def _citizen(ins: Ins, name: str) -> Actor:
    return Actor(ActorKind.CITIZEN, name, ins=ins, software=OWN_CLIENT_ID, authentication=Authentication("demo-link"))


def _representative(ins: Ins, other: Ins, name: str) -> Actor:
    return replace(_citizen(ins, name), kind=ActorKind.GUARDIAN, on_behalf_of=holder_name(other))
