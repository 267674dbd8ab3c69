"""What a patient asks of who made a document: sent, seen, answered, closed or withdrawn, and what each side is told."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.builders.people import an_ins
from tests.doors.world import Person, World, a_letter, a_report

from carnet.domain.access.facts import holder_name
from carnet.domain.access.model import Representation
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import AuditEvent
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.domain.errors import Conflict, DomainError, Invalid, NotFound, Refused
from carnet.domain.record.asking.answering import answer_request, open_request, requests_for
from carnet.domain.record.asking.model import DocumentRequest, ReceivedRequest, RequestKind, Verdict
from carnet.domain.record.asking.sending import ask_author, close_request, shown_requests, withdraw_request
from carnet.domain.record.hiding import hide_from
from carnet.domain.record.opening import open_document
from carnet.domain.record.wanted import Named

CORRECT, REMOVE = RequestKind.CORRECT, RequestKind.REMOVE
MOTIVE = "La date de l’opération n’est pas la bonne."


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "Louise Essai", ins=person.ins)


async def made_by(world: World, person: Person) -> tuple[str, Actor]:
    """A document, and the professional whom it names as its author."""
    document = (await world.deposit(a_letter(person))).id
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT a.author_persons, a.author_organizations FROM document_entry e JOIN access_class a USING (patient_id, class_id)"
            " WHERE e.logical_id = %s",
            (document,),
        )
        row = await cursor.fetchone()
    assert row is not None
    (author,), (structure,) = row
    return document, Actor(ActorKind.PROFESSIONAL, "Dr Auteur", person=author, profession="10", organization=structure)


async def ask(world: World, person: Person, document: str, kind: RequestKind = CORRECT, motive: str = MOTIVE, *, actor: Actor | None = None) -> DocumentRequest:  # fmt: skip
    services = world.carnet.services
    return await ask_author(
        services.store, UUID(document), kind, motive, actor=actor or citizen(person), terms=services.read_terms
    )


async def received(world: World, actor: Actor, document: str) -> list[ReceivedRequest]:
    """Those about this document: the author of the samples is the same for everyone."""
    services = world.carnet.services
    found = await requests_for(services.store, actor=actor, terms=services.read_terms)
    return [each for each in found if str(each.logical_id) == document]


async def do(world: World, verb: Callable[..., Awaitable[Any]], *arguments: object, actor: Actor) -> Any:
    services = world.carnet.services
    return await verb(services.store, *arguments, actor=actor, terms=services.read_terms)


async def seen_by(world: World, document: str, actor: Actor) -> list[DocumentRequest]:
    """Where the requests about a document stand, for this reader."""
    services = world.carnet.services
    opened = await open_document(services.store, UUID(document), actor=actor, terms=services.read_terms)
    return await shown_requests(services.store, opened)


async def last(world: World, person: Person | None) -> AuditEvent:
    return (await world.events(person))[-1]


async def test_a_request_is_sent_seen_answered_and_closed(world: World) -> None:
    person = await world.a_record()
    document, author = await made_by(world, person)
    request = await ask(world, person, document)
    event = await last(world, person)
    assert (event.type, event.documents, event.rule) == ("request-sent", (UUID(document),), "govern.citizen")
    assert request.answer_due == request.sent_at + timedelta(days=30)
    (listed,) = await received(world, author, document)
    assert (str(listed.logical_id), listed.kind, listed.status) == (document, "correct", "sent")
    assert (await last(world, None)).type == "requests-listed"
    opened = await do(world, open_request, request.request_id, actor=author)
    assert (opened.motive, opened.received.status, opened.answer) == (MOTIVE, "seen", None)
    assert [event.rule for event in await world.events(person) if event.type == "request-seen"] == ["reply.author"]
    await do(world, open_request, request.request_id, actor=author)  # read again: traced, and seen already
    answered = await do(world, answer_request, request.request_id, Verdict.ACCEPTED, " Je corrige. ", actor=author)
    assert (answered.received.status, answered.answer.text) == ("answered", "Je corrige.")
    (kept,) = await seen_by(world, document, citizen(person))
    assert [(step.status, step.by) for step in kept.steps] == [
        ("sent", "Louise Essai"), ("seen", "Dr Auteur"), ("answered", "Dr Auteur"),
    ]  # fmt: skip
    assert kept.answer is not None
    assert (kept.motive, kept.answer.verdict, kept.answer.text) == (MOTIVE, "accepted", "Je corrige.")
    closed = await do(world, close_request, UUID(document), request.request_id, actor=citizen(person))
    assert closed.status == "closed"
    assert [event.type for event in await world.events(person) if event.type.startswith("request-")] == [
        "request-sent", "request-seen", "request-seen", "request-answered", "request-closed",
    ]  # fmt: skip
    assert (await world.verified(person)).faults == ()
    # Then another may follow.
    await ask(world, person, document)


async def test_steps_come_in_their_order(world: World) -> None:
    person = await world.a_record()
    document, author = await made_by(world, person)
    request = await ask(world, person, document)
    named = (UUID(document), request.request_id)
    with pytest.raises(Conflict, match="request-running"):
        await ask(world, person, document)
    other = await ask(world, person, document, REMOVE)  # of another kind: another request
    with pytest.raises(Conflict, match="request-not-there"):
        await do(world, close_request, *named, actor=citizen(person))
    await do(world, withdraw_request, *named, actor=citizen(person))
    with pytest.raises(NotFound, match="request-unknown"):
        await do(world, open_request, request.request_id, actor=author)
    assert [each.request_id for each in await received(world, author, document)] == [other.request_id]
    declined = (other.request_id, Verdict.DECLINED)
    for text in ("", "  ", "x" * 2001):
        with pytest.raises(Invalid, match="request-answer"):
            await do(world, answer_request, *declined, text, actor=author)
    await do(world, answer_request, *declined, "Ce compte rendu est juste.", actor=author)
    for verb, arguments, actor in (
        (answer_request, (*declined, "Encore."), author),
        (withdraw_request, (UUID(document), other.request_id), citizen(person)),
    ):
        with pytest.raises(Conflict, match="request-not-there"):
            await do(world, verb, *arguments, actor=actor)
    assert [(each.kind, each.status) for each in await seen_by(world, document, citizen(person))] == [
        ("remove", "answered"), ("correct", "withdrawn"),
    ]  # fmt: skip


async def test_what_cannot_be_asked(world: World) -> None:
    person = await world.a_record()
    document, _ = await made_by(world, person)
    for motive in ("", " \n", "x" * 2001):
        with pytest.raises(Invalid, match="request-motive"):
            await ask(world, person, document, motive=motive)
    own = (await world.deposit(a_report(person), by=world.a_citizen(person))).id
    with pytest.raises(Invalid, match="request-own-upload"):
        await ask(world, person, own)
    with pytest.raises(NotFound, match="document-unknown"):
        await ask(world, person, str(UUID(int=4)))
    stranger = await world.a_record()
    with pytest.raises(Refused, match="record-refused"):
        await ask(world, person, document, actor=citizen(stranger))
    for verb in (withdraw_request, close_request):
        with pytest.raises(NotFound, match="request-unknown"):
            await do(world, verb, UUID(document), UUID(int=5), actor=citizen(person))


async def test_who_may_see_and_answer(world: World) -> None:
    """The author, blocked or not, hidden from or not; a colleague who is authorised; nobody else."""
    person = await world.a_record()
    document, author = await made_by(world, person)
    services = world.carnet.services
    await hide_from(
        services.store,
        Named(logical_id=UUID(document)),
        "899700000777",
        actor=citizen(person),
        terms=services.update_terms,
    )
    await world.consent(person, ConsentKind.BLOCK, author.person or "")
    request = await ask(world, person, document)
    assert [each.request_id for each in await received(world, author, document)] == [request.request_id]
    by = await world.a_professional(number="899712345001")
    colleague = Actor(
        ActorKind.PROFESSIONAL, "Inf. Collègue", person=by.number, profession="60", organization=author.organization
    )
    outside = Actor(
        ActorKind.PROFESSIONAL, "Dr Ailleurs", person="899712345002", profession="10", organization="1990000099"
    )
    for actor in (
        colleague,
        outside,
        citizen(person),
        Actor(ActorKind.ORGANIZATION, "x", organization=author.organization),
    ):
        assert await received(world, actor, document) == []
        with pytest.raises(NotFound, match="request-unknown"):
            await do(world, open_request, request.request_id, actor=actor)
        assert (await last(world, None)).outcome == "refused"
    await world.consent(person, ConsentKind.GRANT, by.number)
    await do(world, answer_request, request.request_id, Verdict.ACCEPTED, "", actor=colleague)
    assert (await last(world, person)).rule == "reply.author-organization"
    await world.change(person, to=RecordStatus.CLOSED)
    assert await received(world, author, document) == []


async def test_a_representative_asks_and_sees_too(world: World) -> None:
    child = await world.a_record(birth_date="2016-06-12")
    document, _ = await made_by(world, child)
    full, looks = an_ins(), an_ins()
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(full), scope=Representation.FULL)
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(looks), scope=Representation.READ)
    with pytest.raises(Refused, match="representation-to-read"):
        await ask(world, child, document, actor=world.representing(looks, child))
    await ask(world, child, document, actor=world.representing(full, child))
    for actor, count in ((citizen(child), 1), (world.representing(looks, child), 1)):
        assert len(await seen_by(world, document, actor)) == count
    doctor = await world.a_professional(treating=child)
    assert (
        await seen_by(world, document, Actor(ActorKind.PROFESSIONAL, "Dr", person=doctor.number, profession="10")) == []
    )


async def test_what_is_written_is_sealed(world: World) -> None:
    person = await world.a_record()
    document, author = await made_by(world, person)
    request = await ask(world, person, document, motive="Motif très secret")
    await do(world, answer_request, request.request_id, Verdict.DECLINED, "Réponse très secrète", actor=author)
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT to_jsonb(q)::text || to_jsonb(s)::text FROM document_request q JOIN document_request_step s USING (patient_id, request_id)"
        )
        kept = " ".join(row[0] for row in await cursor.fetchall())
    for text in ("secr", "Louise", "Auteur"):
        assert text not in kept
        assert text.encode().hex() not in kept


async def test_an_error_says_nothing_of_what_is_hidden(world: World) -> None:
    """A document that the patient may not see yet is asked about as one that does not exist."""
    person = await world.a_record()
    hidden = a_letter(person)
    label = {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "INVISIBLE_PATIENT"}]}
    hidden["entry"][1]["resource"].setdefault("securityLabel", []).append(label)
    document = (await world.deposit(hidden)).id
    errors: list[tuple[type, str]] = []
    for named in (document, str(UUID(int=6))):
        with pytest.raises(DomainError) as refused:
            await ask(world, person, named)
        errors.append((type(refused.value), refused.value.code))
    assert errors == [(NotFound, "document-unknown")] * 2
