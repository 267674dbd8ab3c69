"""A hospital's software feeds a discharge letter; the person finds it, and sees who sent it and who read it."""

from tests.builders.cda import a_cda
from tests.doors.world import World, a_letter, a_unique_id


async def test_hospital_feeds_a_document(world: World) -> None:
    # Given someone whose record is open, and the letter that a hospital wrote when they went home
    louise = await world.a_record()
    letter = a_cda(**louise.header(unique_id=a_unique_id(), title="Lettre de liaison"))

    # When the hospital's software sends it
    receipt = await world.deposit(a_letter(louise, content=letter), by=world.a_feeder("CHU inventé"))
    assert receipt.statuses == ["201", "201", "201"]

    # Then the person finds it in their record, under its own title
    citizen = world.a_citizen(louise)
    listed = (await world.search(louise, by=citizen)).json()
    assert listed["total"] == 1
    fiche = listed["entry"][0]["resource"]
    assert fiche["id"] == receipt.id
    assert fiche["content"][0]["attachment"]["title"] == "Lettre de liaison"

    # And opens exactly what the hospital wrote
    opened = await world.read(f"Binary/{receipt.id}", by=citizen)
    assert opened.content == letter

    # And the hospital's software, which feeds, reads nothing back
    assert (await world.read(f"Binary/{receipt.id}", by=world.hospital)).status_code == 403

    # And their history says all of it, in order
    history = [(event.type, event.actor.name) for event in await world.events(louise)]
    assert history == [
        ("record-opened", "carnet"),
        ("documents-filed", "CHU inventé"),
        ("documents-listed", "La personne"),
        ("document-read", "La personne"),
        ("access-refused", "Hôpital inventé"),
    ]


async def test_hospital_sends_it_again_after_a_silence(world: World) -> None:
    # Given a letter that was stored, whose answer was lost on the way
    louise = await world.a_record()
    message = a_letter(louise)
    first = await world.deposit(message)

    # When the software sends the same message again
    again = await world.deposit(message)

    # Then it is told where the letter already is, and there is still one
    assert (again.id, again.statuses) == (first.id, ["200", "200", "200"])
    assert await world.found(louise, by=world.a_citizen(louise)) == [first.id]
