"""Logs help operators and know nobody: whatever is asked, and whatever breaks."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.doors.world import World, a_letter, a_report, a_unique_id, codes_of

from carnet.app import application
from carnet.domain.record.facts import DepositFacts
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.frozen import frozen


async def test_acts_and_refusals(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    person = await world.a_record()
    number = a_unique_id()
    done = await world.deposit(a_letter(person, cda={"unique_id": number}))
    doctor = await world.a_professional(authorised_on=person)
    await world.search(person, by=doctor, identifier=f"urn:oid:{number}")
    await world.search(person, by=world.hospital)
    await world.read(f"Binary/{done.id}", by=doctor)
    await world.send(a_letter(person, cda={"birth_name": "AUTRE"}))
    await world.send(a_report(person, type=None))
    await world.send(b"{")
    told = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("carnet"))
    assert "/fhir/Binary/{id} 200" in told
    for secret in (
        person.ins.matricule, person.identity.traits.birth_name, "AUTRE", number, done.id, str(person.patient_id), doctor.number,
        doctor.token, "Lettre", "identifier=",
    ):  # fmt: skip
        assert secret not in told


@frozen
class Broken(RecordStore):
    """A store that fails, quoting what it was given, as databases do."""

    async def deposit_facts(self, *_: Any, ins: Any, **__: Any) -> DepositFacts | None:
        raise ZeroDivisionError(f"invalid input: {ins.matricule}")


async def test_a_fault_of_ours(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The answer and the log tell that something broke and where in the code, not on what."""
    caplog.set_level("DEBUG")
    person = await world.a_record()
    held = world.carnet.services.store
    broken = Broken(held.database, held.keys, held.contents, held.system_key)
    app = application(replace(world.carnet, services=replace(world.carnet.services, store=broken)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://carnet.test") as http:
        response = await World(world.carnet, http).send(a_report(person), by=world.hospital)
    assert (response.status_code, codes_of(response)) == (500, ["server-fault"])
    assert response.headers["x-content-type-options"] == "nosniff"
    assert person.ins.matricule not in response.text
    assert "fault ZeroDivisionError at test_what_logs_say.py:" in caplog.text
    assert "deposit.py:" in caplog.text
    assert person.ins.matricule not in caplog.text


async def test_a_fault_outside_the_fhir_door(world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def breaks(*_: Any) -> Any:
        raise KeyError("279035121518989")

    monkeypatch.setattr("carnet.storage.database.Database.connection", breaks)
    response = await world.http.get("/health/ready")
    assert (response.status_code, response.headers["x-frame-options"]) == (500, "DENY")
    assert "fault KeyError at" in caplog.text
    assert "279035121518989" not in caplog.text + response.text


async def test_an_altered_content_is_told_to_the_operator(world: World, caplog: pytest.LogCaptureFixture) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    async with world.carnet.database.connection() as connection:
        await connection.execute(
            "UPDATE content SET bytes = set_byte(bytes, 100, get_byte(bytes, 100) # 1) WHERE logical_id = %s",
            (document,),
        )
    assert (await world.read(f"Binary/{document}", by=world.a_citizen(person))).status_code == 500
    assert "fault ContentDamaged at" in caplog.text


async def test_answer_and_trail_share_an_identifier(world: World) -> None:
    person = await world.a_record()
    answer = await world.search(person, by=world.a_citizen(person))
    (event,) = [event for event in await world.events(person) if event.type == "documents-listed"]
    assert str(event.actor.correlation_id) == answer.headers["x-request-id"]
