"""An error is withdrawn by its author, every version of it, for everyone and for good; the trail keeps that it was."""

from tests.doors.test_patches import DELETE, patched
from tests.doors.world import World, a_report


async def test_author_withdraws_a_document(world: World) -> None:
    # Given a report corrected once, still wrong, and an author whose authorisation has ended
    louise = await world.a_record()
    citizen = world.a_citizen(louise)
    first = (await world.deposit(a_report(louise))).id
    second = (await world.deposit(a_report(louise, replaces={"reference": f"DocumentReference/{first}"}))).id
    author = await world.a_professional(number="899700000001")
    colleague = await world.a_professional(authorised_on=louise)

    # When someone else tries, they may not; nor may the person, who did not write it
    assert (await patched(world, f"DocumentReference/{second}", DELETE, by=colleague)).status_code == 403
    assert (await patched(world, f"DocumentReference/{second}", DELETE, by=citizen)).status_code == 403

    # When the author does
    assert (await patched(world, f"DocumentReference/{second}", DELETE, by=author)).status_code == 200

    # Then nobody reaches any version of it, by any way
    for ident in (first, second):
        for address in (f"DocumentReference/{ident}", f"DocumentReference/{ident}/_history", f"Binary/{ident}"):
            for reader in (citizen, colleague):
                assert (await world.read(address, by=reader)).status_code == 404
    assert await world.found(louise, by=citizen) == []

    # And the trail keeps that it was, and what was tried
    events = await world.events(louise)
    (deleted,) = [event for event in events if event.type == "document-deleted"]
    assert {str(ident) for ident in deleted.documents} == {first, second}
    assert [event.type for event in events].count("update-refused") == 2
    assert (await world.verified(louise)).faults == ()
