"""Leafing through a record, on the real database: pages, counts, words, versions, what is new; and a hidden document casts no shadow."""

from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.builders import fhir
from tests.domain.record.browsing.conftest import Counting, Reader, Readers
from tests.domain.record.test_lives import doctor
from tests.doors.world import Person, World, a_titled, a_unique_id

from carnet.domain.access.model import Confidentiality
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import Refused, Unavailable
from carnet.domain.record import masking, visibility
from carnet.domain.record.browsing import store as shelves
from carnet.domain.record.browsing.listing import _SPELT, browse
from carnet.domain.record.browsing.model import Card, Choice, Only, Sort
from carnet.domain.record.linked.linking import link
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating.model import UpdateTerms
from carnet.domain.record.wanted import Named
from carnet.vocabulary.clock import system_clock

BIOLOGY = {"system": "http://loinc.org", "code": "11502-2", "display": "CR d'examens biologiques"}


async def a_document(world: World, person: Person, title: str = "Compte rendu", **changes: Any) -> str:
    """The id of a deposited report with this title."""
    return (await world.deposit(a_titled(person, title, **changes))).id


async def test_pages_by_date_with_what_they_show_in_the_trail(world: World, readers: Readers) -> None:
    person = await world.a_record()
    made = [await a_document(world, person, f"N° {n}", date=f"20{n:02d}-05-04T10:00:00+02:00") for n in range(10, 15)]
    reader = readers.holder(person)
    before = len(await world.events(person))
    first = await reader.browse(count=2)
    assert [str(row.entry.logical_id) for row in first.rows] == made[:2:-1]
    assert [row.card.title for row in first.rows] == ["N° 14", "N° 13"]
    assert (first.total, first.whole, first.number, first.pages) == (5, 5, 1, 3)
    assert first.previous_page is None
    assert list(first.facets.years) == [2014, 2013, 2012, 2011, 2010]
    second = await reader.browse(count=2, after=first.next_page)
    third = await reader.browse(count=2, after=second.next_page)
    assert [row.card.title for page in (second, third) for row in page.rows] == ["N° 12", "N° 11", "N° 10"]
    assert (third.next_page, third.number) == (None, 3)
    assert third.previous_page == first.next_page
    told = (await world.events(person))[before:]
    assert [event.type for event in told] == [EventType.DOCUMENTS_LISTED] * 3
    assert [len(event.documents) for event in told] == [2, 2, 1]
    assert {event.details["parameters"] for event in told} == {"browse"}


async def test_the_trace_names_what_was_chosen_and_never_its_value(world: World, readers: Readers) -> None:
    person = await world.a_record()
    await a_document(world, person, "Échographie")
    await readers.holder(person).browse(words="echo", family="comptes-rendus", year=2026, only=frozenset({Only.UNREAD}))
    event = (await world.events(person))[-1]
    assert event.details["parameters"] == "browse words family year unread"
    assert len(event.documents) == 1


async def test_found_by_words_of_title_type_author_and_organisation(world: World, readers: Readers) -> None:
    person = await world.a_record()
    fine = await a_document(world, person, "Échographie du cœur", family="Brancaléon")
    blood = await a_document(world, person, "Prise de sang", type=fhir.concept(BIOLOGY))
    reader = readers.holder(person)
    assert await reader.found(words="ECHO coeur") == [fine]
    assert await reader.found(words="brancal") == [fine]
    assert await reader.found(words="analyses") == [blood]  # the plain name of its type
    assert set(await reader.found(words="hopital invente")) == {fine, blood}
    assert await reader.found(words="oeur") == []
    assert set(await reader.found(words="   ")) == {fine, blood}
    browsed = await reader.browse(words="sang")
    assert browsed.facets.families == {"analyses": 1}
    assert browsed.whole == 2


async def test_families_producers_and_who_they_are(world: World, readers: Readers) -> None:
    person = await world.a_record()
    blood = await a_document(world, person, type=fhir.concept(BIOLOGY), family="Lambert")
    other = await a_document(world, person, family="Mercier", number="899700000002", date="2025-01-02T10:00:00+01:00")
    reader = readers.holder(person)
    browsed = await reader.browse()
    assert browsed.facets.families == {"analyses": 1, "comptes-rendus": 1}
    names = {token: (who.family, who.organization) for token, who in browsed.names.items()}
    assert names == {
        "1.2.250.1.71.4.2.1|899700000001": ("Lambert", "Hôpital inventé"),
        "1.2.250.1.71.4.2.1|899700000002": ("Mercier", "Hôpital inventé"),
        "1.2.250.1.71.4.2.2|1990000001": (None, "Hôpital inventé"),
    }
    assert browsed.facets.producers == {
        "1.2.250.1.71.4.2.1|899700000001": 1, "1.2.250.1.71.4.2.1|899700000002": 1, "1.2.250.1.71.4.2.2|1990000001": 2,
    }  # fmt: skip
    assert await reader.found(family="analyses") == [blood]
    assert await reader.found(producer="1.2.250.1.71.4.2.1|899700000002") == [other]
    assert await reader.found(year=2025) == [other]


async def test_in_the_order_of_titles_and_of_writers(world: World, readers: Readers) -> None:
    person = await world.a_record()
    made = {
        title: await a_document(world, person, title, date=date, family=family, number=number)
        for title, date, family, number in (
            ("Échographie", "2026-01-01T10:00:00Z", "Zola", "899700000003"), ("bilan", "2026-01-02T10:00:00Z", "Mercier", "899700000002"),
            ("Analyse", "2026-01-03T10:00:00Z", "Mercier", "899700000002"), ("Bilan", "2026-01-04T10:00:00Z", "Éluard", "899700000004"),
        )
    }  # fmt: skip
    reader = readers.holder(person)
    orders = {
        Sort.TITLE: ["Analyse", "Bilan", "bilan", "Échographie"], Sort.WRITER: ["Bilan", "Analyse", "bilan", "Échographie"],
        Sort.OLDEST: ["Échographie", "bilan", "Analyse", "Bilan"],
    }  # fmt: skip
    for sort, titles in orders.items():
        for _ in range(2):
            first = await reader.browse(sort=sort, count=3)
            rest = await reader.browse(sort=sort, count=3, after=first.next_page)
            assert [row.card.title for page in (first, rest) for row in page.rows] == titles
    assert await reader.found(sort=Sort.TITLE, words="bilan") == [made["Bilan"], made["bilan"]]
    assert (await world.events(person))[-1].details["parameters"] == "browse words"


async def test_an_organisation_stands_by_its_name_and_what_nobody_wrote_comes_last(
    world: World, readers: Readers
) -> None:
    person = await world.a_record()
    nobody = await a_document(world, person, "De personne", author=[{"reference": "#structure"}])
    somebody = await a_document(world, person, "De quelqu’un", family="Zola")
    assert await readers.holder(person).found(sort=Sort.WRITER) == [
        nobody,
        somebody,
    ]  # « Hôpital inventé », then « Zola »
    assert _SPELT[Sort.WRITER](Card("Sans auteur")) > "zzz"


async def test_versions_are_folded_behind_the_one_that_stands(world: World, readers: Readers) -> None:
    person = await world.a_record()
    number = a_unique_id()
    first = await a_document(world, person, "Première", unique_id=number)
    second = await a_document(world, person, "Seconde", replaces={"reference": f"DocumentReference/{first}"})
    reader = readers.holder(person)
    browsed = await reader.browse()
    (row,) = browsed.rows
    assert (str(row.entry.logical_id), row.card.title) == (second, "Seconde")
    assert [(str(entry.logical_id), card.title) for entry, card in row.older] == [(first, "Première")]
    assert (browsed.total, browsed.whole, browsed.facets.years) == (1, 1, {2026: 1})
    assert set((await world.events(person))[-1].documents) == {UUID(first), UUID(second)}
    assert await reader.found(words="premiere") == []


async def test_new_since_the_former_visit(world: World, readers: Readers) -> None:
    person = await world.a_record()
    old = await a_document(world, person, "Ancien")
    reader = readers.holder(person)
    first = await reader.arrivals()
    assert (first.fresh, first.unread, first.whole) == (0, 1, 1)
    assert [(str(row.entry.logical_id), row.is_new) for row in first.rows] == [(old, False)]
    reader.was_here()
    made = [await a_document(world, person, f"Nouveau {n}", date=f"2020-01-0{n}T10:00:00Z") for n in range(1, 6)]
    found = await reader.arrivals(count=3)
    assert (found.fresh, found.unread, found.whole) == (5, 6, 6)
    assert [str(row.entry.logical_id) for row in found.rows] == made[:1:-1]
    assert all(row.is_new for row in found.rows)
    assert set(await reader.found(only=frozenset({Only.NEW}))) == set(made)
    reader.was_here()
    later = await reader.arrivals()
    assert (later.fresh, len(later.rows)) == (0, 3)


async def test_what_a_professional_shows_later_is_new_then_and_is_to_be_read(world: World, readers: Readers) -> None:
    person = await world.a_record()
    announced = await a_document(world, person, "Résultat annoncé", labels=["INVISIBLE_PATIENT"])
    plain = await a_document(world, person, "Ordinaire")
    reader = readers.holder(person)
    reader.was_here()
    assert (await reader.arrivals()).fresh == 0
    services = world.carnet.services
    terms = UpdateTerms(services.read_terms.matrix, services.clock)
    await visibility.reveal_to_patient(services.store, Named(logical_id=UUID(announced)), actor=doctor(), terms=terms)
    found = await reader.arrivals()
    assert [str(row.entry.logical_id) for row in found.announced] == [announced]
    assert (found.whole, found.unread, found.fresh) == (2, 2, 1)
    assert [(str(row.entry.logical_id), row.entry.was_hidden) for row in found.rows] == [(announced, True)]
    await reader.mark(announced)
    assert (await reader.arrivals()).announced == []
    # Masked since then, it is as new as it was: the person always saw it.
    await masking.mask(services.store, Named(logical_id=UUID(plain)), actor=reader.actor, terms=terms)
    (entry,) = [row.entry for row in (await reader.browse(only=frozenset({Only.MASKED}))).rows]
    assert entry.facts.labels == {Confidentiality.MASQUE_PS}
    assert not entry.was_hidden


async def _all_that_is_told(reader: Reader) -> Any:
    """All that browsing tells, ids of documents named by their title."""
    told = []
    for choice in (
        {},
        {"words": "compte"},
        {"family": "comptes-rendus"},
        {"only": frozenset({Only.UNREAD})},
        {"year": 2026},
    ):
        for after in (None, "next"):
            page = await reader.browse(count=2, after=after and told[-1][-1], **choice)
            rows = [
                (row.card.title, row.is_new, row.is_read, [card.title for _, card in row.older]) for row in page.rows
            ]
            told.append(
                (rows, page.total, page.whole, page.number, page.pages, page.facets, sorted(page.names), page.next_page)
            )
    found = await reader.arrivals()
    told.append(([row.card.title for row in found.rows], len(found.announced), found.whole, found.fresh, found.unread))
    return [tuple(_without_ids(each) for each in item) for item in told]


def _without_ids(value: Any) -> Any:
    return value is not None if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], UUID) else value


@pytest.mark.parametrize("who", ["patient", "professional"])
async def test_a_hidden_document_casts_no_shadow(world: World, readers: Readers, who: str) -> None:
    """Two records that differ by hidden documents only are told alike: rows, totals, counts, words, pages, what is new, statements."""
    told, statements = [], []
    for with_hidden in (True, False):
        person = await world.a_record()
        if who == "patient":
            reader, label = readers.holder(person), "INVISIBLE_PATIENT"
        else:
            caller = await world.a_professional(authorised_on=person)
            reader, label = readers.professional(person, caller.number), "MASQUE_PS"
        reader.was_here()
        for n in range(1, 6):
            await a_document(world, person, f"Compte rendu {n}", date=f"2026-03-0{n}T10:00:00+01:00")
            if with_hidden:
                date = f"202{n}-03-0{n}T11:00:00+01:00"
                await a_document(world, person, f"Compte secret {n}", date=date, labels=[label], family="Secret", number=f"89970000099{n}")  # fmt: skip
        reader.counted = counted = Counting(world.carnet.database)
        told.append(await _all_that_is_told(reader))
        statements.append(counted.count)
    assert told[0] == told[1]
    assert statements[0] == statements[1]


class Moving(RecordStore):
    """A record whose facts never stand still: no trace that depends on them can be written."""

    async def trace(self, *_: Any, **more: Any) -> Any:
        return await RecordStore.trace(self, *_, **more) if "facts_version" not in more else None


async def test_a_record_that_never_stands_still_is_busy(world: World, readers: Readers) -> None:
    person = await world.a_record()
    store = world.carnet.services.store
    moving = Moving(store.database, store.keys, store.contents, store.system_key)
    reader = readers.holder(person)
    with pytest.raises(Unavailable) as busy:
        await browse(moving, Choice(), **reader.where, since=None, zone=reader.zone, terms=reader.terms)
    assert busy.value.code == "record-busy"


async def test_a_document_that_goes_between_two_statements_is_looked_for_again(
    world: World, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await world.a_record()
    document = await a_document(world, person)
    asked: list[int] = []
    fiches = shelves.sealed_fiches

    async def gone_once(*where: Any, **more: Any) -> Any:
        asked.append(1)
        return [] if len(asked) == 1 else await fiches(*where, **more)

    monkeypatch.setattr(shelves, "sealed_fiches", gone_once)
    assert await readers.holder(person).found() == [document]
    assert len(asked) == 2


async def test_someone_else_s_record_is_refused(world: World, readers: Readers) -> None:
    person, other = await world.a_record(), await world.a_record()
    reader = replace(readers.holder(person), person=other)
    with pytest.raises(Refused) as refused:
        await reader.browse()
    assert refused.value.code == "record-refused"


async def test_what_changes_shows_at_once_though_the_catalogue_is_remembered(world: World, readers: Readers) -> None:
    person = await world.a_record()
    caller = await world.a_professional(authorised_on=person)
    reader = readers.professional(person, caller.number)
    one, two = [await a_document(world, person, f"N° {n}") for n in (1, 2)]
    assert set(await reader.found()) == {one, two}
    services = world.carnet.services
    terms = UpdateTerms(services.read_terms.matrix, services.clock)
    citizen = Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)
    await masking.mask(services.store, Named(logical_id=UUID(one)), actor=citizen, terms=terms)
    assert await reader.found() == [two]
    three = await a_document(world, person, "N° 3")
    assert set(await reader.found()) == {two, three}
    assert set(await reader.found(words="n")) == {two, three}
    await world.consent(person, ConsentKind.BLOCK, caller.number)
    with pytest.raises(Refused):
        await reader.browse()


async def test_the_day_is_the_reader_s_unless_the_document_is_dated_to_the_day(world: World, readers: Readers) -> None:
    person = await world.a_record()
    await a_document(world, person, "À l’heure", date="2025-12-31T21:30:00Z")
    island = replace(readers.holder(person), zone=ZoneInfo("Indian/Reunion"))
    paris = readers.holder(person)
    assert [row.entry.day.isoformat() for row in (await island.browse()).rows] == ["2026-01-01"]
    assert [row.entry.day.isoformat() for row in (await paris.browse()).rows] == ["2025-12-31"]


async def test_linked_records_are_leafed_through_as_one(world: World, readers: Readers) -> None:
    one, other = await world.a_record(), await world.a_record()
    here = await a_document(world, one, "Ici", date="2026-02-01T10:00:00+01:00")
    there = await a_document(world, other, "Là-bas", date="2026-03-01T10:00:00+01:00")
    services = world.carnet.services
    async with world.carnet.database.transaction() as tx:
        operator = Actor(ActorKind.OPERATOR, "Exploitant inventé")
        await link(
            tx,
            one.patient_id,
            other.patient_id,
            actor=operator,
            motive="Doublon",
            keys=services.keys,
            at=system_clock(),
        )
    reader = readers.holder(one)
    assert await reader.found() == [there, here]
    assert await reader.found(words="bas") == [there]
    marked = await reader.mark(here, there)
    assert set(map(str, marked.done)) == {here, there}
    assert await reader.found(only=frozenset({Only.UNREAD})) == []
    assert [event.documents for event in (await world.events(other))[-1:]] == [()]
    assert await reader.found() == [there, here]
    assert [(await world.events(person))[-1].documents for person in (one, other)] == [(UUID(here),), (UUID(there),)]
