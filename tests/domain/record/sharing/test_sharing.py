"""Links that show documents: what they show and to whom, when they stop, what stays in the trail, and what a stranger may try."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from tests.builders.cda import a_pdf
from tests.builders.people import an_ins
from tests.doors.world import Person, World, a_report, a_unique_id, fiche_of

from carnet.domain.access.facts import holder_name
from carnet.domain.access.model import Representation
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import AuditEvent
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.domain.errors import DomainError, Invalid, NotFound, Refused
from carnet.domain.record.deletion import delete
from carnet.domain.record.history.model import TrailQuery
from carnet.domain.record.history.reading import read_trail
from carnet.domain.record.sharing.making import end_share, share, shown_shares
from carnet.domain.record.sharing.model import MadeShare, Share, ShareState, ShareTerms, Unlocked
from carnet.domain.record.sharing.opening import open_shared, read_shared, unlock
from carnet.domain.record.wanted import Named
from carnet.vocabulary.clock import system_clock

DAY = timedelta(days=1)


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "Louise Essai", ins=person.ins)


@dataclass
class Sharing:
    """The verbs on one world."""

    world: World

    @property
    def terms(self) -> ShareTerms:
        return self.world.carnet.services.share_terms

    async def make(self, person: Person, *documents: str, actor: Actor | None = None, lasting: timedelta = DAY, note: str = "") -> MadeShare:  # fmt: skip
        return await share(
            self.world.carnet.services.store, [UUID(each) for each in documents], lasting=lasting, note=note, actor=actor or citizen(person),
            terms=self.terms,
        )  # fmt: skip

    async def unlock(self, made: MadeShare, code: str | None = None) -> Unlocked:
        return await unlock(
            self.world.carnet.services.store, made.address, made.code if code is None else code, terms=self.terms
        )

    async def shown(self, made: MadeShare) -> list[str]:
        """What the link shows now, through its code."""
        opened = await open_shared(self.world.carnet.services.store, await self.unlock(made), terms=self.terms)
        return [str(each.facts.logical_id) for each in opened.documents]

    async def read(self, made: MadeShare, document: str) -> bytes:
        unlocked = await self.unlock(made)
        return (await read_shared(self.world.carnet.services.store, unlocked, UUID(document), terms=self.terms))[1]

    async def shares(self, person: Person, *, actor: Actor | None = None) -> list[Share]:
        store, who = self.world.carnet.services.store, actor or citizen(person)
        found = await store.search_facts(who, ins=None, patient_id=person.patient_id, at=system_clock())
        assert found is not None
        return await shown_shares(store, *found, actor=who, terms=self.terms)

    async def end(self, person: Person, made: MadeShare, *, actor: Actor | None = None) -> Share:
        return await end_share(
            self.world.carnet.services.store, person.patient_id, made.share.share_id, actor=actor or citizen(person), terms=self.terms
        )  # fmt: skip

    async def is_unknown(self, made: MadeShare) -> None:
        """The link is answered as one that does not exist."""
        with pytest.raises(NotFound) as refused:
            await self.shown(made)
        assert refused.value.code == "share-unknown"
        assert refused.value.issues[0].facts == {}


@pytest.fixture
def sharing(world: World) -> Sharing:
    return Sharing(world)


async def last(world: World, person: Person | None) -> AuditEvent:
    return (await world.events(person))[-1]


async def test_a_link_shows_what_was_shared_and_nothing_else(sharing: Sharing) -> None:
    world = sharing.world
    person = await world.a_record()
    content = a_pdf("Partagé")
    shown, kept = [(await world.deposit(a_report(person, content=each))).id for each in (content, a_pdf("Gardé"))]
    made = await sharing.make(person, shown, note="  Dr   Martin ")
    assert made.share.note == "Dr Martin"
    event = await last(world, person)
    assert (event.type, event.documents, event.rule) == ("document-shared", (UUID(shown),), "govern.citizen")
    assert await sharing.shown(made) == [shown]
    assert await sharing.read(made, shown) == content
    told = [(event.type, event.actor.kind, event.documents, event.rule) for event in (await world.events(person))[-2:]]
    assert told == [
        ("share-opened", "share-link", (UUID(shown),), "open.link"),
        ("document-read", "share-link", (UUID(shown),), "read.link"),
    ]
    with pytest.raises(NotFound, match="share-unknown"):
        await sharing.read(made, kept)
    assert (await last(world, person)).rule == "deny.not-shared"
    (share,) = await sharing.shares(person)
    assert (share.openings, share.wrong_codes, share.documents) == (1, 0, (UUID(shown),))
    assert share.last_opened_at is not None
    assert (await world.verified(person)).faults == ()


async def test_several_documents_and_the_limits_of_a_link(sharing: Sharing) -> None:
    world = sharing.world
    person, other = await world.a_record(), await world.a_record()
    documents = [(await world.deposit(a_report(person))).id for _ in range(3)]
    foreign = (await world.deposit(a_report(other))).id
    assert await sharing.shown(await sharing.make(person, *documents)) == documents
    for wanted, changes, code in (
        ([], {}, "share-documents"),
        ([str(UUID(int=n)) for n in range(11)], {}, "share-documents"),
        (documents, {"lasting": timedelta(minutes=59)}, "share-lasting"),
        (documents, {"lasting": timedelta(days=30, seconds=1)}, "share-lasting"),
        (documents, {"note": "n" * 101}, "share-note"),
    ):
        with pytest.raises(Invalid, match=code):
            await sharing.make(person, *wanted, **changes)
    with pytest.raises(Refused, match="record-refused"):
        await sharing.make(person, documents[0], foreign)
    with pytest.raises(NotFound, match="document-unknown"):
        await sharing.make(person, str(UUID(int=3)))


async def test_only_who_decides_for_the_patient_shares(sharing: Sharing) -> None:
    world = sharing.world
    child = await world.a_record(birth_date="2016-06-12")
    document = (await world.deposit(a_report(child))).id
    full, looks = an_ins(), an_ins()
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(full), scope=Representation.FULL)
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(looks), scope=Representation.READ)
    doctor = await world.a_professional(treating=child)
    assert await sharing.shown(await sharing.make(child, document, actor=world.representing(full, child))) == [document]
    treating = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person=doctor.number, profession="10")
    for actor, code in (
        (world.representing(looks, child), "representation-to-read"), (treating, "patient-decides"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=code):
            await sharing.make(child, document, actor=actor)
        refused = await last(world, child)
        assert (refused.type, refused.outcome, refused.documents) == ("access-refused", "refused", (UUID(document),))


async def test_a_link_ends_by_itself_and_when_its_maker_says_so(sharing: Sharing) -> None:
    world = sharing.world
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    hour, ended = [await sharing.make(person, document, lasting=timedelta(hours=1)) for _ in range(2)]
    assert await sharing.shown(ended) == [document]
    unlocked = await sharing.unlock(ended)
    assert (await sharing.end(person, ended)).ended_at is not None
    event = await last(world, person)
    assert (event.type, event.details["share"]) == ("share-ended", str(ended.share.share_id))
    await sharing.is_unknown(ended)
    # Who had given the code before reads no more either, at once.
    for reading in (
        open_shared(world.carnet.services.store, unlocked, terms=sharing.terms),
        read_shared(world.carnet.services.store, unlocked, UUID(document), terms=sharing.terms),
    ):
        with pytest.raises(NotFound, match="share-unknown"):
            await reading
        assert (await last(world, person)).rule == "deny.link-ended"
    await sharing.end(person, ended)  # a second time changes nothing
    assert sum(event.type == "share-ended" for event in await world.events(person)) == 1
    with time_machine.travel(system_clock() + timedelta(hours=1, seconds=1), tick=True):
        await sharing.is_unknown(hour)
        states = {each.share_id: each.state(system_clock(), sharing.terms) for each in await sharing.shares(person)}
    assert states == {hour.share.share_id: ShareState.EXPIRED, ended.share.share_id: ShareState.ENDED}


async def test_wrong_codes_end_one_link_and_no_other(sharing: Sharing) -> None:
    world = sharing.world
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    tried, other = [await sharing.make(person, document) for _ in range(2)]
    wrong = "0000 0000" if tried.code != "0000 0000" else "0000 0001"
    for code in (wrong, "", "abc", *[wrong] * 7):
        with pytest.raises(NotFound, match="share-unknown"):
            await sharing.unlock(tried, code)
    refused = [event for event in await world.events(person) if event.type == "share-refused"]
    assert len(refused) == 10
    assert {(event.actor.kind, event.outcome, event.documents) for event in refused} == {
        ("share-link", "refused", (UUID(document),))
    }
    await sharing.is_unknown(tried)  # the right code is too late
    length = len(await world.events(person))
    for _ in range(3):
        with pytest.raises(NotFound, match="share-unknown"):
            await sharing.unlock(tried, wrong)
    assert len(await world.events(person)) == length, "a link that is over fills nobody's trail"
    assert await sharing.shown(other) == [document]
    states = {each.share_id: each.state(system_clock(), sharing.terms) for each in await sharing.shares(person)}
    assert states == {tried.share.share_id: ShareState.LOCKED, other.share.share_id: ShareState.RUNNING}


async def test_an_unknown_address_is_answered_as_a_wrong_code(sharing: Sharing) -> None:
    world = sharing.world
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    made = await sharing.make(person, document)
    for address in ("7GK2-M4QX-09TB-ZC3H", "", "é" * 5000):
        async with world.only_a_refusal(None):
            with pytest.raises(NotFound, match="share-unknown"):
                await unlock(world.carnet.services.store, address, made.code, terms=sharing.terms)


async def test_what_the_maker_sees_no_more_is_shown_no_more(sharing: Sharing) -> None:
    """Deleted, made invisible, in a closed record, or by a representative whose time has passed."""
    world = sharing.world
    services = world.carnet.services
    person = await world.a_record()
    own = (await world.deposit(a_report(person), by=world.a_citizen(person))).id
    plain = (await world.deposit(a_report(person))).id
    both = await sharing.make(person, own, plain)
    await delete(services.store, Named(logical_id=UUID(own)), actor=citizen(person), terms=services.update_terms)
    assert await sharing.shown(both) == [plain]
    assert [each.documents for each in await sharing.shares(person)] == [(UUID(plain),)]
    # A later version that the patient may not see yet takes the former one with it.
    first = a_report(person, unique_id=a_unique_id())
    replaced = (await world.deposit(first)).id
    version = await sharing.make(person, replaced)
    label = {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "INVISIBLE_PATIENT"}]}
    later = a_report(person, replaces={"reference": f"DocumentReference/{replaced}"})
    normal = fiche_of(later)["securityLabel"]
    fiche_of(later)["securityLabel"] = [*normal, label]
    await world.deposit(later)
    await sharing.is_unknown(version)
    assert version.share.share_id not in {each.share_id for each in await sharing.shares(person)}
    await world.change(person, to=RecordStatus.CLOSED)
    await sharing.is_unknown(both)
    await world.change(person, to=RecordStatus.OPEN)
    assert await sharing.shown(both) == [plain]


async def test_a_replaced_document_is_shown_with_word_of_it(sharing: Sharing) -> None:
    world = sharing.world
    person = await world.a_record()
    first = (await world.deposit(a_report(person))).id
    made = await sharing.make(person, first)
    await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{first}"}))
    opened = await open_shared(world.carnet.services.store, await sharing.unlock(made), terms=sharing.terms)
    assert [(str(each.facts.logical_id), each.is_replaced) for each in opened.documents] == [(first, True)]
    assert opened.documents[0].entry.relates_to == ()


async def test_a_link_of_a_representative_shows_what_they_see(sharing: Sharing) -> None:
    world = sharing.world
    child = await world.a_record(birth_date="2016-06-12")
    parent = an_ins()
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), scope=Representation.FULL)
    by = world.representing(parent, child)
    document = (await world.deposit(a_report(child))).id
    secret = a_report(child)
    label = {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "INVISIBLE_REPRESENTANTS_LEGAUX"}]}
    fiche_of(secret)["securityLabel"] = [*fiche_of(secret)["securityLabel"], label]
    hidden = (await world.deposit(secret)).id
    with pytest.raises(NotFound, match="document-unknown"):
        await sharing.make(child, hidden, actor=by)
    theirs = await sharing.make(child, document, actor=by)
    childs = await sharing.make(child, hidden)
    assert await sharing.shown(childs) == [hidden]  # a young person shows what is theirs
    assert [each.share_id for each in await sharing.shares(child, actor=by)] == [theirs.share.share_id]
    async with world.only_a_refusal(child):
        with pytest.raises(NotFound, match="share-unknown"):
            await sharing.end(child, childs, actor=by)
    await world.consent(
        child, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), scope=Representation.FULL, ends=True
    )
    await sharing.is_unknown(theirs)


async def test_nobody_else_learns_of_a_link(sharing: Sharing) -> None:
    """Neither the médecin traitant, in the trail, nor a stranger who tries to end it."""
    world = sharing.world
    person, stranger = await world.a_record(), await world.a_record()
    document = (await world.deposit(a_report(person))).id
    made = await sharing.make(person, document)
    await sharing.read(made, document)
    doctor = await world.a_professional(treating=person)
    services = world.carnet.services
    reader = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person=doctor.number, profession="10")
    pages = [
        await read_trail(
            services.store, TrailQuery(), actor=actor, ins=person.ins, patient_id=None, parameters="date", terms=services.read_terms
        )
        for actor in (reader, citizen(person))
    ]  # fmt: skip
    kinds = [[each.type for each in page.events if "shar" in each.type or (each.event and each.event.actor.kind == "share-link")] for page in pages]  # fmt: skip
    assert kinds == [[], ["document-read", "document-shared"]]
    with pytest.raises(DomainError) as refused:
        await sharing.end(person, made, actor=citizen(stranger))
    assert refused.value.code == "share-unknown"
    with pytest.raises(NotFound, match="share-unknown"):
        await end_share(services.store, UUID(int=9), made.share.share_id, actor=citizen(person), terms=sharing.terms)
    assert await sharing.shown(made) == [document]


async def test_only_digests_are_kept(sharing: Sharing) -> None:
    world = sharing.world
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    made = await sharing.make(person, document, note="Pour ma voisine")
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT to_jsonb(s)::text || to_jsonb(c)::text FROM document_share s JOIN share_claim c USING (address)")  # fmt: skip
        kept = " ".join(row[0] for row in await cursor.fetchall())
    for secret in (
        made.address,
        made.address.replace("-", ""),
        made.code,
        made.code.replace(" ", ""),
        "voisine",
        person.ins.matricule,
    ):
        assert secret not in kept
    assert replace(made.share, maker=citizen(person)) == (await sharing.shares(person))[0]
