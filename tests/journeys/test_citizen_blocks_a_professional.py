"""A person blocks a professional who reads their record: the next request, with the same token, shows nothing."""

from tests.doors.world import World, a_report, codes_of, links_of

from carnet.domain.consent.model import ConsentKind


async def test_citizen_blocks_a_professional(world: World) -> None:
    # Given a physician who was given access, and is leafing through the record
    louise = await world.a_record()
    documents = [(await world.deposit(a_report(louise))).id for _ in range(3)]
    doctor = await world.a_professional(authorised_on=louise)
    page = await world.search(louise, by=doctor, _count=2)
    assert page.json()["total"] == 3
    assert (await world.read(f"Binary/{documents[0]}", by=doctor)).status_code == 200

    # When the person blocks them
    await world.consent(louise, ConsentKind.BLOCK, doctor.number)

    # Then the page that was to follow, the list, the fiche and the content are all refused, at once, without a word on why
    answers = [
        await world.http.get(links_of(page)["next"], headers=doctor.headers),
        await world.search(louise, by=doctor),
        await world.read(f"DocumentReference/{documents[1]}", by=doctor),
        await world.read(f"Binary/{documents[0]}", by=doctor),
    ]
    assert [(answer.status_code, codes_of(answer)) for answer in answers] == [(403, ["record-refused"])] * 4
    assert len({answer.content for answer in answers}) == 1

    # And the history of the person says that each was tried, and by which rule it failed
    tried = [event for event in await world.events(louise) if event.type == "access-refused"]
    assert [event.rule for event in tried] == ["deny.blocked"] * 4

    # And other professionals read as before
    colleague = await world.a_professional(authorised_on=louise)
    assert len(await world.found(louise, by=colleague)) == 3

    # And when the person lifts the block, the access that was given is there again
    await world.consent(louise, ConsentKind.BLOCK, doctor.number, ends=True)
    assert len(await world.found(louise, by=doctor)) == 3
