"""Sessions of the holder: begun with their trace, resumed by their token alone, ended by the person or by time."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.doors.world import Person, World

from carnet.app import Carnet
from carnet.domain.accounts import sessions
from carnet.domain.accounts.model import SessionTerms
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import EventType

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
TERMS = SessionTerms(idle=timedelta(minutes=30), absolute=timedelta(hours=12))


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


async def begun(carnet: Carnet, person: Person, at: datetime = NOW) -> str:
    actor = Actor(ActorKind.CITIZEN, "Odile", ins=person.ins, authentication=Authentication("passkey"))
    async with carnet.database.transaction() as tx:
        _, token = await sessions.begin(
            tx, person.patient_id, actor=actor, device="Firefox", keys=carnet.services.keys, at=at, terms=TERMS
        )
    return token


async def test_a_session_signs_in_its_holder_and_leaves_its_trace(carnet: Carnet, world: World) -> None:
    person = await world.a_record()
    found = await sessions.resume(carnet.database, await begun(carnet, person), at=NOW, terms=TERMS)
    assert found is not None
    assert (found.patient_id, found.identity.ins, found.session.means) == (person.patient_id, person.ins, "passkey")
    assert found.former_visit_at is None
    assert (await world.events(person))[-1].type is EventType.SIGNED_IN


async def test_unused_it_ends_and_used_it_lasts_until_its_term(carnet: Carnet, world: World) -> None:
    person = await world.a_record()
    token = await begun(carnet, person)
    assert await sessions.resume(carnet.database, token, at=NOW + timedelta(minutes=29), terms=TERMS)
    assert await sessions.resume(carnet.database, token, at=NOW + timedelta(minutes=58), terms=TERMS)
    assert await sessions.resume(carnet.database, token, at=NOW + timedelta(minutes=88), terms=TERMS) is None
    other, at = await begun(carnet, person), NOW
    while at < NOW + timedelta(hours=12):
        assert await sessions.resume(carnet.database, other, at=at, terms=TERMS), at
        at += timedelta(minutes=20)
    assert await sessions.resume(carnet.database, other, at=at, terms=TERMS) is None


async def test_a_token_altered_anywhere_signs_in_nobody(carnet: Carnet, world: World) -> None:
    person = await world.a_record()
    token = await begun(carnet, person)
    for position in range(len(token) - 1):  # the last character holds bits that say nothing
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        assert await sessions.resume(carnet.database, changed, at=NOW, terms=TERMS) is None, position
    for other in ("", "é", token + "AAAA", token[:-4], "\x00"):
        assert await sessions.resume(carnet.database, other, at=NOW, terms=TERMS) is None


async def test_a_session_that_was_ended_is_over_everywhere(carnet: Carnet, world: World) -> None:
    person = await world.a_record()
    first, second = await begun(carnet, person), await begun(carnet, person)
    here = await sessions.resume(carnet.database, first, at=NOW, terms=TERMS)
    assert here is not None
    assert len(await sessions.open_sessions(carnet.database, person.patient_id, at=NOW, terms=TERMS)) == 2
    ended = await sessions.end_all(carnet.database, person.patient_id, at=NOW, but=here.session.session_id)
    assert ended == 1
    assert await sessions.resume(carnet.database, second, at=NOW, terms=TERMS) is None
    assert await sessions.resume(carnet.database, first, at=NOW, terms=TERMS)
    assert await sessions.end(carnet.database, person.patient_id, here.session.session_id, at=NOW)
    assert not await sessions.end(carnet.database, person.patient_id, here.session.session_id, at=NOW)
    assert await sessions.resume(carnet.database, first, at=NOW, terms=TERMS) is None


async def test_what_is_new_is_since_the_visit_before(carnet: Carnet, world: World) -> None:
    person = await world.a_record()
    await begun(carnet, person)
    await begun(carnet, person, NOW + timedelta(minutes=10))  # another device: the same visit
    token = await begun(carnet, person, NOW + timedelta(days=2))
    found = await sessions.resume(carnet.database, token, at=NOW + timedelta(days=2), terms=TERMS)
    assert found is not None
    assert found.former_visit_at == NOW
