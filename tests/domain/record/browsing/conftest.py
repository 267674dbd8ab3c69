"""The same world as the tests of the doors, with someone who leafs through a record."""

from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.doors.world import Person, World

from carnet.app import Carnet
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.record.browsing.listing import BrowseTerms, arrivals, browse
from carnet.domain.record.browsing.marking import mark
from carnet.domain.record.browsing.model import Arrivals, Browsed, Choice, Outcome
from carnet.domain.record.browsing.own_folders import Filing
from carnet.domain.record.browsing.remembered import Remembered
from carnet.storage.database import Database
from carnet.vocabulary.clock import system_clock
from carnet.vocabulary.moments import PARIS


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


class Counting:
    """A database that counts what it is asked, each transaction once."""

    def __init__(self, database: Database) -> None:
        self._database, self.count = database, 0

    def __getattr__(self, name: str) -> Any:
        self.count += 1
        return getattr(self._database, name)


@dataclass
class Reader:
    """Someone before a record, with a memory of their own. since: their former visit. counted: the database they ask."""

    world: World
    person: Person
    actor: Actor
    remembered: Remembered = field(default_factory=Remembered)
    since: datetime | None = None
    zone: tzinfo = PARIS
    counted: Counting | None = None

    @property
    def terms(self) -> BrowseTerms:
        return replace(self.world.carnet.services.browse_terms, remembered=self.remembered)

    @property
    def where(self) -> dict[str, Any]:
        return {"actor": self.actor, "patient_id": self.person.patient_id}

    @property
    def store(self) -> Any:
        store = self.world.carnet.services.store
        return store if self.counted is None else replace(store, database=self.counted)

    @property
    def filing(self) -> Filing:
        return Filing(self.store, self.actor, self.person.patient_id, self.terms.read)

    async def browse(self, *, after: Any = None, count: int = 20, **choice: Any) -> Browsed:
        return await browse(
            self.store,
            Choice(**choice),
            **self.where,
            since=self.since,
            zone=self.zone,
            terms=self.terms,
            after=after,
            count=count,
        )

    async def found(self, **choice: Any) -> list[str]:
        """Ids of the first page."""
        return [str(row.entry.logical_id) for row in (await self.browse(**choice)).rows]

    async def arrivals(self, count: int = 3) -> Arrivals:
        return await arrivals(self.store, **self.where, since=self.since, zone=self.zone, terms=self.terms, count=count)

    async def mark(self, *documents: str, read: bool = True) -> Outcome:
        return await mark(self.store, [UUID(d) for d in documents], read=read, **self.where, terms=self.terms.read)

    def was_here(self) -> None:
        """They came a moment ago: what follows is new."""
        self.since = system_clock()


@dataclass
class Readers:
    world: World

    def holder(self, person: Person) -> Reader:
        return Reader(self.world, person, Actor(ActorKind.CITIZEN, "La personne", ins=person.ins))

    def professional(self, person: Person, number: str) -> Reader:
        actor = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person=number, profession="10")
        return Reader(self.world, person, actor)


@pytest.fixture
def readers(world: World) -> Readers:
    return Readers(world)
