"""
A stock is taken over by `deposit`, many at a time, from wherever it was left.

Submissions are made here by hand: no door, no wire, no file has a part in them.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import httpx
import pytest
from tests.builders.cda import a_pdf
from tests.builders.fhir import an_author
from tests.doors.world import Person, World, a_unique_id

from carnet.app import Carnet
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.errors import Invalid, Unavailable
from carnet.domain.record import takeover as taking
from carnet.domain.record.model import (
    AssociationKind,
    Fiche,
    PatientReference,
    RelatesTo,
    Submission,
    SubmissionSet,
    SubmittedDocument,
)
from carnet.domain.record.takeover import LANES, WAITING, store, take_over
from carnet.domain.record.takeover.model import REPORTED, Became, Progress, StockItem, Taken, Takeover
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.moments import Moment

HOSPITAL = Actor(ActorKind.ORGANIZATION, "Hôpital inventé", organization="1990000001", software="hopital")
PDF = a_pdf()


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


def a_submission(person: Person, *, unique_id: str | None = None, replaces: str | None = None, **changes: Any) -> Submission:  # fmt: skip
    known: dict[str, Any] = {
        "unique_id": UniqueId(unique_id or a_unique_id()),
        "type": Code("11488-4", "2.16.840.1.113883.6.1"),
        "mime_type": "application/pdf",
        "title": "Compte rendu",
        "created": Moment.from_fhir("2012-03-12"),
        "service_start": Moment.from_fhir("2012-03-12"),
        "authors": (an_author(),),
        "facility_type": Code("SA01", "1.2.250.1.71.4.2.4"),
        "practice_setting": Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9"),
    }
    if replaces is not None:
        known["relates_to"] = (RelatesTo(AssociationKind.REPLACES, unique_id=UniqueId(replaces)),)
    return Submission(
        submission_set=SubmissionSet("set"),
        documents=(SubmittedDocument(Fiche("document", **known | changes), PDF, None),),
        patient_references=(PatientReference("patient", ins=person.ins),),
    )


def stock(*submissions: tuple[Person, Submission | Invalid]) -> list[StockItem]:
    return [
        StockItem(position, f"line {position}", person.ins.matricule, submission)
        for position, (person, submission) in enumerate(submissions, 1)
    ]


async def begun(world: World, source: str) -> Takeover:
    async with world.carnet.database.connection() as connection:
        return await store.begin(connection, source=source, client="hopital", at=world.carnet.services.clock())


async def taken_over(world: World, items: Iterable[StockItem], source: str, *, tell: Any = lambda _: None) -> Progress:
    services = world.carnet.services
    return await take_over(
        services.store, items, await begun(world, source), actor=HOSPITAL, terms=services.deposit_terms, clock=services.clock, tell=tell
    )  # fmt: skip


async def held(world: World, *people: Person) -> int:
    counts = [(await world.rows(person))["document_entry"] for person in people]
    return sum(counts)


async def test_a_stock_of_many_people(world: World) -> None:
    people = [await world.a_record() for _ in range(5)]
    items = stock(*((person, a_submission(person)) for _ in range(4) for person in people))
    tolds: list[Taken] = []
    progress = await taken_over(world, items, "many", tell=tolds.append)
    assert (progress.position, progress.counts) == (20, {"stored": 20, "documents": 20})
    assert sorted(told.position for told in tolds) == list(range(1, 21))
    assert await held(world, *people) == 20
    for person in people:
        assert (await world.verified(person)).faults == ()
        filed = (await world.events(person))[-1]
        assert (filed.type, filed.actor.software, filed.rule) == ("documents-filed", "hopital", "feed.organization")
    again = await taken_over(world, items, "many, again")
    assert again.counts == {"replayed": 20}
    assert await held(world, *people) == 20


async def test_it_goes_on_from_where_it_stopped(world: World) -> None:
    people = [await world.a_record() for _ in range(3)]
    items = stock(*((person, a_submission(person)) for _ in range(30) for person in people))

    def breaking() -> Iterator[StockItem]:
        yield from items[:60]
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="the disk"):
        await taken_over(world, breaking(), "broken")
    kept = await begun(world, "broken")
    assert 0 <= kept.resumed_from <= 60
    assert await held(world, *people) >= kept.resumed_from
    progress = await taken_over(world, items, "broken")
    assert progress.position == 90
    assert progress.counts["stored"] + progress.counts.get("replayed", 0) == 90
    assert await held(world, *people) == 90
    # Killed before the place could be kept: everything is met again, and nothing is filed twice.
    assert (await taken_over(world, items, "forgotten")).counts == {"replayed": 90}
    assert await held(world, *people) == 90


async def test_a_correction_follows_what_it_corrects(world: World) -> None:
    """In a stock of one person, each document replaces the one before: any other order would refuse it."""
    person, other = await world.a_record(), await world.a_record()
    ids = [a_unique_id() for _ in range(6)]
    corrections = [a_submission(person, unique_id=now, replaces=before) for before, now in pairwise(ids)]  # fmt: skip
    items = stock((person, a_submission(person, unique_id=ids[0])), *((person, each) for each in corrections), (other, a_submission(other)))  # fmt: skip
    assert (await taken_over(world, items, "corrections")).counts == {"stored": 7, "documents": 7}
    assert len(await world.found(person, by=world.a_citizen(person), status="current")) == 1


async def test_a_document_said_to_replace_what_the_record_holds(world: World) -> None:
    """The correction is tried once the document alone is refused for that reason, and for no other."""
    person = await world.a_record()
    alone, corrected = a_submission(person), a_submission(person)

    items = [StockItem(1, "a", "x", alone, corrected), StockItem(2, "b", "x", alone)]
    with pytest.MonkeyPatch.context() as patch:
        filed: list[Submission] = []

        async def depositing(_: Any, submission: Submission, **__: Any) -> Any:
            filed.append(submission)
            raise Invalid("replaces-differs" if submission is alone else "type-unknown")

        patch.setattr(taking, "deposit", depositing)
        progress = await taken_over(world, items, "said to replace")
    assert filed == [alone, corrected, alone]
    assert progress.codes == {"type-unknown": 1, "replaces-differs": 1}


async def test_what_is_refused_is_told_and_the_rest_filed(world: World) -> None:
    person, stranger = await world.a_record(), await world.a_record()
    nobody = Person(stranger.patient_id, stranger.identity)
    async with world.carnet.database.transaction() as tx:
        await tx.execute("DELETE FROM ins_claim WHERE matricule = %s", (stranger.ins.matricule,))
    items = stock(
        (person, a_submission(person)), (person, Invalid("json-malformed")), (nobody, a_submission(nobody)),
        (person, a_submission(person, type=Code("0-0", "2.16.840.1.113883.6.1"))), (person, a_submission(person)),
    )  # fmt: skip
    progress = await taken_over(world, items, "some refused")
    assert progress.counts == {"stored": 2, "documents": 2, "refused": 3}
    assert [(place, codes) for place, _, codes in progress.refusals] == [
        (2, ("json-malformed",)),
        (3, ("patient-unknown",)),
        (4, ("type-unknown",)),
    ]
    assert progress.codes == {"json-malformed": 1, "patient-unknown": 1, "type-unknown": 1}
    assert (await world.events(person))[-1].details.keys() == {"set"}
    kept = await begun(world, "some refused")
    assert (kept.progress.counts, kept.progress.refusals) == (progress.counts, progress.refusals)


async def test_a_record_written_by_too_many_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await world.a_record()
    deposit, attempts = taking.deposit, 0

    async def busy(*arguments: Any, **named: Any) -> Any:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise Unavailable("record-busy")
        return await deposit(*arguments, **named)

    monkeypatch.setattr(taking, "deposit", busy)
    monkeypatch.setattr(taking, "_PATIENCE_SECONDS", (0, 0))
    assert (await taken_over(world, stock((person, a_submission(person))), "busy")).counts["stored"] == 1
    attempts = -10
    refused = await taken_over(world, stock((person, a_submission(person))), "too busy")
    assert refused.codes == {"record-busy": 1}


async def test_little_is_in_memory_at_once(world: World) -> None:
    """However long the stock, no more is read than what the lanes hold beyond what is done."""
    people = [await world.a_record() for _ in range(4)]
    submissions = [(person, a_submission(person)) for person in people]
    done: list[Taken] = []
    ahead = 0

    def long_stock() -> Iterator[StockItem]:
        nonlocal ahead
        for position in range(1, 1501):
            person, submission = submissions[position % 4]
            ahead = max(ahead, position - len(done))
            yield StockItem(position, "", person.ins.matricule, submission)

    progress = await taken_over(world, long_stock(), "long", tell=done.append)
    assert progress.position == 1500
    assert ahead <= LANES * (WAITING + 1) + 2


async def test_large_contents_wait_for_one_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three megabytes at most in memory, though sixty submissions may be; a larger one than that goes alone."""
    people = [await world.a_record() for _ in range(6)]
    sizes = [1, 1, 1, 2, 4, 1, 1, 2, 1, 1]
    under_way = most = 0
    monkeypatch.setattr(taking, "BUDGET_BYTES", 3_000_000)

    async def depositing(_: Any, submission: Submission, **__: Any) -> Any:
        nonlocal under_way, most
        size = len(submission.documents[0].content)
        under_way += size
        most = max(most, under_way if size <= 3_000_000 else 0)
        assert size <= 3_000_000 or under_way == size
        await asyncio.sleep(0.01)
        under_way -= size
        raise Invalid("type-unknown")

    monkeypatch.setattr(taking, "deposit", depositing)
    items = [
        StockItem(n, "", people[n % 6].ins.matricule, replace(a_submission(people[n % 6]), documents=(SubmittedDocument(Fiche("x"), b"x" * size * 1_000_000, None),)))
        for n, size in enumerate(sizes, 1)
    ]  # fmt: skip
    progress = await taken_over(world, items, "large")
    assert progress.position == 10
    assert 1_000_000 < most <= 3_000_000


def test_a_report_is_bounded_and_its_counts_are_not() -> None:
    progress = Progress()
    for position in range(1, REPORTED + 500):
        progress.add(Taken(position, "x", Became.REFUSED, codes=("a", "b")))
    assert len(progress.refusals) == REPORTED
    assert progress.counts == {"refused": REPORTED + 499}
    assert progress.codes == {"a": REPORTED + 499, "b": REPORTED + 499}


async def test_two_on_one_stock(world: World) -> None:
    database = world.carnet.database
    async with database.connection() as one, database.connection() as other:
        assert await store.lock(one, source="locked", client="hopital")
        assert not await store.lock(other, source="locked", client="hopital")
        assert await store.lock(other, source="locked", client="laboratoire")
        for connection in (one, other):
            await connection.execute("SELECT pg_advisory_unlock_all()")
