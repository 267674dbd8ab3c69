"""Opening and reading, asked directly: spans, and a record that never stands still."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doors.world import Deposited, Person, World, a_report

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.trail import PreparedEvent
from carnet.domain.errors import NotFound, Refused, Unavailable
from carnet.domain.record.lists.finding import find_lists
from carnet.domain.record.lists.reading import read_list
from carnet.domain.record.lists.search import ListQuery
from carnet.domain.record.opening import (
    ATTEMPTS,
    ReadTerms,
    Span,
    SpanOutside,
    open_record,
    read_content,
    read_fiche,
    search,
)
from carnet.domain.record.search import SearchQuery
from carnet.domain.record.store import Moved, RecordStore
from carnet.vocabulary.frozen import frozen

sizes = st.integers(1, 200)
positions = st.integers(0, 220)


@given(sizes, positions, st.none() | positions)
def test_a_span_is_the_slice_it_says(size: int, first: int, last: int | None) -> None:
    whole = bytes(range(size))
    if first >= size:
        with pytest.raises(SpanOutside) as outside:
            Span(first, last).within(size)
        assert outside.value.size_bytes == size
        return
    low, high = Span(first, last).within(size)
    assert whole[low : high + 1] == whole[first : None if last is None else last + 1] or (
        last is not None and last < first
    )


@given(sizes, positions)
def test_a_suffix_is_the_end(size: int, suffix: int) -> None:
    whole = bytes(range(size))
    if suffix == 0:
        with pytest.raises(SpanOutside):
            Span(None, suffix=suffix).within(size)
        return
    low, high = Span(None, suffix=suffix).within(size)
    assert whole[low : high + 1] == whole[-suffix:]


def _citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)


async def test_a_record_is_opened_by_its_number_or_its_holder(world: World) -> None:
    person = await world.a_record()
    services = world.carnet.services
    for named in ({"ins": person.ins, "patient_id": None}, {"ins": None, "patient_id": person.patient_id}):
        opened = await open_record(services.store, actor=_citizen(person), terms=services.read_terms, **named)  # type: ignore[arg-type]
        assert (opened.facts.patient_id, opened.allowed, opened.decision.rule) == (
            person.patient_id,
            (),
            "open.citizen",
        )


async def test_no_record_and_a_refused_one_raise_the_same(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    services = world.carnet.services
    codes = []
    for patient_id in (other.patient_id, UUID(int=9)):
        with pytest.raises(Refused) as refused:
            await open_record(
                services.store, actor=_citizen(person), ins=None, patient_id=patient_id, terms=services.read_terms
            )
        codes.append([(issue.code, issue.expression, issue.facts) for issue in refused.value.issues])
    assert codes[0] == codes[1]


@frozen
class Moving(RecordStore):
    """A record whose facts never stand still: no trace that depends on them can be written."""

    attempts: list[int] | None = None

    async def trace(
        self, patient_id: UUID, event: PreparedEvent, *, facts_version: int | None = None, **_: Any
    ) -> datetime | None:
        assert self.attempts is not None
        if facts_version is None:
            return await RecordStore.trace(self, patient_id, event)
        self.attempts.append(1)
        return None

    async def read_content(self, *_: Any, **__: Any) -> list[bytes]:
        assert self.attempts is not None
        self.attempts.append(1)
        raise Moved


async def _reads(store: RecordStore, person: Person, done: Deposited, terms: ReadTerms, what: str) -> Any:
    actor, document = _citizen(person), UUID(done.id)
    match what:
        case "search":
            return await search(
                store, SearchQuery(), actor=actor, ins=person.ins, patient_id=None, parameters=[], terms=terms
            )
        case "fiche":
            return await read_fiche(store, document, actor=actor, terms=terms)
        case "content":
            return await read_content(store, document, actor=actor, terms=terms)
        case "past the end":
            return await read_content(store, document, actor=actor, terms=terms, span=Span(10_000_000))
        case "lists":
            return await find_lists(
                store, ListQuery(), actor=actor, ins=person.ins, patient_id=None, parameters=[], terms=terms
            )
        case _:
            return await read_list(store, UUID(done.set_id), actor=actor, terms=terms)


@pytest.mark.parametrize("what", ["search", "fiche", "content", "past the end", "set", "lists"])
async def test_nothing_is_shown_without_its_trace(world: World, what: str) -> None:
    person = await world.a_record()
    done = await world.deposit(a_report(person))
    held, terms = world.carnet.services.store, world.carnet.services.read_terms
    attempts: list[int] = []
    store = Moving(held.database, held.keys, held.contents, held.system_key, attempts)
    events = len(await world.events(person))
    with pytest.raises(Unavailable, match="record-busy"):
        await _reads(store, person, done, terms, what)
    assert len(attempts) == ATTEMPTS
    assert len(await world.events(person)) == events


async def test_an_id_that_was_claimed_and_never_filed(world: World) -> None:
    """A claim alone is harmless: for whoever may open the record there is no such document."""
    person = await world.a_record()
    orphan = UUID("01900000-0000-7000-8000-00000000dead")
    async with world.carnet.database.connection() as connection:
        await connection.execute(
            "INSERT INTO entry_claim (entry_id, patient_id) VALUES (%s, %s)", (orphan, person.patient_id)
        )
    services = world.carnet.services
    for read in (read_fiche, read_content, read_list):
        with pytest.raises(NotFound, match="document-unknown"):
            await read(services.store, orphan, actor=_citizen(person), terms=services.read_terms)
