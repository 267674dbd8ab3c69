"""
The way in: a territory from a seed.

The people are made at once; the documents are planned, then written one by one as they are asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date
from hashlib import blake2b
from random import Random
from uuid import UUID

from carnet.territory.agenda import Planned, lives, plan
from carnet.territory.cast import Cast
from carnet.territory.cda_header import Signatory
from carnet.territory.citizens import NAMED as NAMED_CITIZENS
from carnet.territory.citizens import citizens as invent_citizens
from carnet.territory.documents import KINDS
from carnet.territory.documents.scene import Scene
from carnet.territory.grants import grants as invent_grants
from carnet.territory.model import (
    Citizen,
    Client,
    DocumentIds,
    InventedDocument,
    InventedGrant,
    Organization,
    Professional,
)
from carnet.territory.organizations import clients as invent_clients
from carnet.territory.organizations import organizations as invent_organizations
from carnet.territory.professionals import NAMED as NAMED_PROFESSIONALS
from carnet.territory.professionals import professionals as invent_professionals
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId


@frozen
class Territory:
    """
    named: stable names (`medecin`, `marie`…) of those that demonstrations come back to. document_count: of `documents()`.
    today: the day that the story has reached; no document is later.
    """

    seed: int
    today: date
    citizens: tuple[Citizen, ...]
    organizations: tuple[Organization, ...]
    professionals: tuple[Professional, ...]
    clients: tuple[Client, ...]
    named: Mapping[str, Citizen | Professional]
    grants: tuple[InventedGrant, ...]
    document_count: int
    _cast: Cast = field(repr=False)

    def documents(self) -> Iterator[InventedDocument]:
        """All of them, in the order of their dates of creation; each call tells the same story again."""
        for planned in plan(_part(self.seed, "documents"), self.citizens, self.document_count, today=self.today):
            yield self.write(planned)

    def lives(self, *, part: int = 0, parts: int = 1) -> Iterator[tuple[Citizen, list[Planned]]]:
        """
        The plans of the same documents, person by person, those of each in the order of their dates; `write` makes a document of one.

        Takes
            part, parts: only one person in `parts`, beginning with this one, so that several processes share the writing.
        """
        told = lives(_part(self.seed, "documents"), self.citizens, self.document_count, today=self.today)
        for citizen, planned in zip(self.citizens, told, strict=True):
            if citizen.index % parts == part:
                yield citizen, planned

    def write(self, planned: Planned) -> InventedDocument:
        """The document of one plan: the same bytes each time."""
        kind = KINDS[planned.kind]
        citizen = self.citizens[planned.citizen]
        # A patient or the insurance writes alone: the médecin traitant stands in the scene without signing.
        role = "gp" if kind.role in {"patient", "insurance"} else planned.role or kind.role
        professional = self._cast.author(role, citizen, planned.at.date())
        ids = self._ids(planned.seed, planned.version)
        scene = Scene(
            citizen=citizen,
            planned=planned,
            cast=self._cast,
            ids=ids,
            followed=None if planned.after is None else self._ids(planned.after, 1),
            author=Signatory(professional, self._cast.organization_of(professional)),
        )
        written = kind.write(scene)
        feeder = {"patient": f"patient:{citizen.identity.ins.matricule}", "insurance": "assurance-maladie"}.get(
            kind.role
        )
        return InventedDocument(
            citizen=citizen,
            feeder=feeder or scene.author.organization.feeder,
            content=written.content,
            media_type=written.media_type,
            unique_id=ids.unique_id,
            type_code=written.type_code,
            title=written.title,
            created=planned.at,
            labels=planned.labels,
            fiche=written.fiche,
            replaces=ids.replaces,
        )

    def _ids(self, seed: int, version: int) -> DocumentIds:
        return DocumentIds(
            unique_id=_unique(self.seed, f"{seed}:{version}"),
            set_id=_unique(self.seed, f"{seed}"),
            version=version,
            replaces=_unique(self.seed, f"{seed}:{version - 1}") if version > 1 else None,
        )


def invent(seed: int, *, citizens: int, documents: int, today: date) -> Territory:
    """
    A whole territory.

    The same arguments give the same people and the same bytes.

    Takes
        citizens: how many; the named ones come first.
        documents: how many, over the ten years before `today`.
    Raises
        ValueError: fewer citizens than the named ones.
    """
    organizations = invent_organizations()
    professionals = invent_professionals(_part(seed, "professionals"), organizations)
    people = invent_citizens(_part(seed, "citizens"), citizens, today=today, doctors=professionals)
    named: dict[str, Citizen | Professional] = dict(zip(NAMED_CITIZENS, people, strict=False))
    for name, (role, turn, *_) in NAMED_PROFESSIONALS.items():
        named[name] = [each for each in professionals if each.role == role][turn]
    return Territory(
        seed=seed,
        today=today,
        citizens=people,
        organizations=organizations,
        professionals=professionals,
        clients=invent_clients(organizations),
        named=named,
        grants=invent_grants(_part(seed, "grants"), people, professionals, named=named, today=today),
        document_count=documents,
        _cast=Cast(professionals, organizations),
    )


def _part(seed: int, name: str) -> Random:
    """Chance for one part, so that more documents do not change the people."""
    return Random(f"{seed}:{name}")


def _unique(seed: int, name: str) -> UniqueId:
    """An OID under 2.25 (ITU-T X.667), made from a UUID that the seed and the name decide."""
    value = UUID(bytes=blake2b(f"{seed}/{name}".encode(), digest_size=16).digest(), version=4)
    return UniqueId(f"2.25.{value.int}")
