"""The right to hide: the person masks a document, it is gone for carers at once and through corrections, and they alone bring it back."""

from tests.doors.test_patches import MASK, UNMASK, patched
from tests.doors.world import World, a_report


async def test_citizen_masks_a_document(world: World) -> None:
    # Given a record that two carers consult, one of them the author of a report
    louise = await world.a_record()
    citizen = world.a_citizen(louise)
    author = await world.a_professional(authorised_on=louise, number="899700000001")
    nurse = await world.a_professional(authorised_on=louise, profession="60")
    report = (await world.deposit(a_report(louise))).id
    assert await world.found(louise, by=nurse) == [report]

    # When she masks it
    answer = await patched(world, f"DocumentReference/{report}", MASK, by=citizen)

    # Then the very next search of the nurse does not find it, and its author still does
    assert answer.status_code == 200
    assert await world.found(louise, by=nurse) == []
    assert await world.found(louise, by=author) == [report]

    # And a correction that the hospital sends, knowing nothing of it, stays masked
    corrected = (await world.deposit(a_report(louise, replaces={"reference": f"DocumentReference/{report}"}))).id
    assert await world.found(louise, by=nurse) == []
    assert set(await world.found(louise, by=citizen)) == {report, corrected}

    # And its author does not lift her mask
    assert (await patched(world, f"DocumentReference/{corrected}", UNMASK, by=author)).status_code == 403

    # When she lifts it, then the nurse finds the correction; the first version keeps the mask that she put on it
    await patched(world, f"DocumentReference/{corrected}", UNMASK, by=citizen)
    assert await world.found(louise, by=nurse) == [corrected]

    # And the trail tells her all of it
    kinds = [event.type for event in await world.events(louise)]
    assert kinds.count("document-masked") == kinds.count("document-unmasked") == 1
    assert "update-refused" in kinds
