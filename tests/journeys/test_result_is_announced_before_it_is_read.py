"""A serious result is announced first: the patient finds it once the physician has spoken, and it is not taken back."""

from tests.doors.test_patches import operation, patched, path_patch
from tests.doors.world import World, a_report

SHOW = path_patch(operation("delete", "DocumentReference.securityLabel.where(coding.code = 'INVISIBLE_PATIENT')"))
HIDE = [{"op": "add", "path": "/securityLabel/-", "value": {"coding": [{"system": "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument", "code": "INVISIBLE_PATIENT"}]}}]  # fmt: skip


async def test_result_is_announced_before_it_is_read(world: World) -> None:
    # Given a result deposited for the consultation of announcement, in place of one that she knows
    louise = await world.a_record()
    citizen = world.a_citizen(louise)
    physician = await world.a_professional(authorised_on=louise, number="899700000001")
    first = (await world.deposit(a_report(louise))).id
    target = {"reference": f"DocumentReference/{first}"}
    result = (await world.deposit(a_report(louise, labels=["INVISIBLE_PATIENT"], replaces=target))).id

    # Then she finds neither, and nothing tells her that one replaced the other; carers find both
    assert await world.found(louise, by=citizen) == []
    assert set(await world.found(louise, by=physician)) == {first, result}

    # When the physician has told her and shows it
    assert (await patched(world, f"DocumentReference/{result}", SHOW, by=physician)).status_code == 200

    # Then she finds it, as a document that was always there, and what it replaced
    fiche = (await world.read(f"DocumentReference/{result}", by=citizen)).json()
    assert fiche["meta"]["versionId"] == "1"
    assert set(await world.found(louise, by=citizen)) == {first, result}

    # And it is not hidden again
    assert (await patched(world, f"DocumentReference/{result}", HIDE, by=physician)).status_code == 422
