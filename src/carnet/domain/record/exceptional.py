"""Reading in an emergency or as a regulator: by one's own word, so the records of a day are counted (`access/reach`)."""

from dataclasses import replace
from typing import Protocol

from carnet.domain.access.facts import FactTerms
from carnet.domain.access.reach import ReachKind, within
from carnet.domain.actor import Actor
from carnet.domain.record.facts import ReadFacts
from carnet.storage.database import Database
from carnet.storage.sealing import SealingKey


class _Kept(Protocol):
    """What is needed of the store of records."""

    @property
    def database(self) -> Database: ...
    @property
    def system_key(self) -> SealingKey: ...
    @property
    def fact_terms(self) -> FactTerms: ...


async def judged_by_word(kept: _Kept, facts: ReadFacts, *, actor: Actor) -> ReadFacts:
    """The facts of a record that someone asks for by their own word: counted, or past what they may."""
    async with kept.database.transaction() as tx:
        counted = await within(
            tx, actor, facts.patient_id, ReachKind.EXCEPTIONAL, at=facts.record.at, terms=kept.fact_terms.reach,
            system=kept.system_key,
        )  # fmt: skip
    return replace(facts, record=replace(facts.record, reaches_too_many=not counted))
