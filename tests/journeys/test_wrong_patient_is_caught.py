"""A clerk picks the wrong person on the screen: the letter goes to nobody, and the message says what to mend."""

from tests.builders.cda import a_cda
from tests.doors.world import World, a_letter, a_unique_id, codes_of


async def test_wrong_patient_is_caught(world: World) -> None:
    # Given two people, and a letter written about the first
    louise, other = await world.a_record(), await world.a_record()
    letter = a_cda(**louise.header(unique_id=a_unique_id()))

    # When it is sent to the record of the second
    answer = await world.send(a_letter(other, content=letter))

    # Then it is refused, and the sentence says why
    assert (answer.status_code, codes_of(answer)) == (422, ["patient-differs"])
    assert "autre patient" in answer.json()["issue"][0]["details"]["text"]

    # And nobody's record holds it
    for person in (louise, other):
        assert await world.found(person, by=world.a_citizen(person)) == []

    # And once mended, it is stored
    assert (await world.deposit(a_letter(louise, content=letter))).statuses == ["201", "201", "201"]
