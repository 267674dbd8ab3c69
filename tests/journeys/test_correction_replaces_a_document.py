"""A laboratory corrects a report: the new one is current, the old one stays, superseded, and each says so."""

from tests.doors.world import World, a_letter, a_unique_id, codes_of


async def test_correction_replaces_a_document(world: World) -> None:
    # Given a letter in someone's record
    louise = await world.a_record()
    wrong_number, right_number = a_unique_id(), a_unique_id()
    wrong = await world.deposit(a_letter(louise, cda={"unique_id": wrong_number, "title": "Lettre"}))

    # When its author sends a correction, which names what it replaces in the fiche and in its header
    replaces = [{"code": "replaces", "target": {"reference": f"DocumentReference/{wrong.id}"}}]
    corrected = {"unique_id": right_number, "replaces": wrong_number, "version": "2", "title": "Lettre corrigée"}
    right = await world.deposit(a_letter(louise, cda=corrected, relatesTo=replaces))

    # Then the person finds one current letter, the corrected one, which names the one it replaced
    citizen = world.a_citizen(louise)
    assert await world.found(louise, by=citizen, status="current") == [right.id]
    fiche = (await world.read(f"DocumentReference/{right.id}", by=citizen)).json()
    assert fiche["relatesTo"][0]["code"] == "replaces"
    assert fiche["relatesTo"][0]["target"]["reference"].endswith(f"DocumentReference/{wrong.id}")

    # And the former one is kept, superseded, in its second version
    assert await world.found(louise, by=citizen, status="superseded") == [wrong.id]
    former = (await world.read(f"DocumentReference/{wrong.id}", by=citizen)).json()
    assert (former["status"], former["meta"]["versionId"]) == ("superseded", "2")
    assert (await world.read(f"Binary/{wrong.id}", by=citizen)).status_code == 200

    # And nobody replaces the former one again
    late = {"unique_id": a_unique_id(), "replaces": wrong_number}
    answer = await world.send(a_letter(louise, cda=late, relatesTo=replaces))
    assert (answer.status_code, codes_of(answer)) == (422, ["relates-to-not-current"])
