"""Whose record is that of someone whom a provider vouches for: exactly one qualified identity, or nobody."""

from dataclasses import replace

import pytest
from tests.builders.people import a_person, an_ins, in_doubt
from tests.doors.world import World

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.receiving import receive_identity
from carnet.domain.errors import Refused
from carnet.domain.people.model import FormerIns, Sex
from carnet.domain.record.identities.model import StatedTraits
from carnet.domain.record.identities.recognising import recognise, recognise_by_ins

SOURCE = Actor(ActorKind.IDENTITY_SOURCE, "Source", software="identites")
STATED = StatedTraits("PAT-ESSAI", "1955-06-12", given_names="Jeanne Marie Cécile", sex=Sex.FEMALE, birth_place="75056")


@pytest.fixture
async def receive(carnet, http):
    World(carnet, http)

    async def one(person):
        async with carnet.database.transaction() as tx:
            return await receive_identity(
                tx, person, actor=SOURCE, keys=carnet.services.keys, at=carnet.services.clock(), terms=carnet.services.receiving_terms
            )  # fmt: skip

    return one


async def cause(doing):
    with pytest.raises(Refused, match="sign-in-not-recognised") as found:
        await doing
    return found.value.issues[0].facts["cause"]


async def test_one_person_has_these_traits(carnet, receive):
    day = "1955-01-01"
    stated = replace(STATED, birth_date=day)
    person = a_person(birth_date=day)
    receipt = await receive(person)
    known = await recognise(carnet.database, stated)
    assert (known.patient_id, known.identity.ins) == (receipt.patient_id, person.ins)
    for changes in (
        {"birth_name": "AUTRE"},
        {"given_names": "Jeanne"},
        {"sex": Sex.MALE},
        {"birth_place": "75101"},
        {"birth_date": "1955-06-13"},
    ):
        assert await cause(recognise(carnet.database, replace(stated, **changes))) == "unknown", changes
    for missing in ("given_names", "sex", "birth_place"):
        assert await cause(recognise(carnet.database, replace(stated, **{missing: None}))) == "traits-missing"


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({"given_names": None}, True),
        ({"given_names": None, "first_given_name": "JEANNE MARIE"}, True),
        ({"given_names": None, "first_given_name": "MARIE"}, False),
        ({"birth_name": "PAT ESSAI"}, True),
    ],
)
async def test_what_the_record_knows_less_of(carnet, receive, held, expected):
    day = f"1955-02-{1 + len(str(held)) % 27:02d}"
    await receive(a_person(birth_date=day, **held))
    doing = recognise(carnet.database, replace(STATED, birth_date=day))
    assert (await doing is not None) if expected else (await cause(doing) == "unknown")


async def test_a_doubt_opens_nothing(carnet, receive):
    day = "1955-03-01"
    person = a_person(local="ipp-doute", birth_date=day)
    await receive(person)
    await receive(in_doubt(person))
    assert await cause(recognise(carnet.database, replace(STATED, birth_date=day))) == "not-qualified"
    assert await cause(recognise_by_ins(carnet.database, person.ins, replace(STATED, birth_date=day))) in {
        "not-qualified",
        "unknown",
    }


async def test_someone_in_doubt_beside_someone_certain_makes_two(carnet, receive):
    day = "1955-03-02"
    await receive(a_person(birth_date=day))
    other = a_person(local="ipp-autre", birth_date=day)
    await receive(other)
    await receive(in_doubt(other))
    assert await cause(recognise(carnet.database, replace(STATED, birth_date=day))) == "several"


async def test_a_matricule_and_its_traits(carnet, receive):
    day = "1955-04-01"
    stated = replace(STATED, birth_date=day)
    former = an_ins()
    person = a_person(birth_date=day, former=(FormerIns(former),))
    receipt = await receive(person)
    assert (await recognise_by_ins(carnet.database, person.ins, stated)).patient_id == receipt.patient_id
    assert await cause(recognise_by_ins(carnet.database, former, stated)) == "former-matricule"
    assert await cause(recognise_by_ins(carnet.database, an_ins(), stated)) == "unknown"
    assert (
        await cause(recognise_by_ins(carnet.database, person.ins, replace(stated, birth_name="AUTRE")))
        == "traits-differ"
    )
