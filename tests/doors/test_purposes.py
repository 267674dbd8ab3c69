"""An emergency, from the request of a token to what the citizen reads of it."""

import base64

import orjson
import pytest
from tests.doors.world import Caller, World, a_report

from carnet.domain.actor import Actor, ActorKind, Authentication, Purpose
from carnet.domain.clients.model import AuthMethod, Client, digest_of_secret
from carnet.domain.clients.registration import register
from carnet.domain.consent.model import ConsentKind

NUMBER = "899766660001"


@pytest.fixture(scope="module")
async def software(world: World) -> dict[str, str]:
    """The header of a physician's software, in a public hospital."""
    actor = Actor(
        ActorKind.PROFESSIONAL, "Dr Urgence", person=NUMBER, profession="10", sector="SA01", organization="1990000077",
        authentication=Authentication("client-secret", "INDIRECTE_RENFORCEE"),
    )  # fmt: skip
    client = Client(
        "urgences", actor, frozenset({AuthMethod.CLIENT_SECRET_BASIC}), secret_digest=digest_of_secret("secret-inventé")
    )
    async with world.carnet.database.transaction() as tx:
        await register(tx, client, mode="demo")
    return {"Authorization": "Basic " + base64.b64encode("urgences:secret-inventé".encode()).decode()}


async def _token(world: World, software: dict[str, str], **form: str) -> tuple[Caller, int]:
    asked = {"grant_type": "client_credentials", **form}
    response = await world.http.post("/oauth2/token", data=asked, headers=software)
    assert response.status_code == 200, response.text
    return Caller(response.json()["access_token"], NUMBER), response.json()["expires_in"]


async def test_bris_de_glace_over_the_wire(world: World, software: dict[str, str]) -> None:
    person = await world.a_record()
    shown = (await world.deposit(a_report(person))).id
    ordinary, lasts = await _token(world, software)
    assert (await world.search(person, by=ordinary)).status_code == 403
    assert lasts == 3600
    emergency, lasts = await _token(world, software, purpose_of_use="bris_de_glace", motive="Inconscient")
    assert lasts == 900
    assert await world.found(person, by=emergency) == [shown]
    event = [event for event in await world.events(person) if event.type == "documents-listed"][-1]
    assert (event.actor.purpose, event.actor.motive, event.rule) == (Purpose.EMERGENCY, "Inconscient", "open.emergency")
    assert event.actor.authentication.means == "client-secret"
    await world.consent(person, ConsentKind.EMERGENCY_OPPOSITION)
    assert (await world.search(person, by=emergency)).status_code == 403
    regulation, _ = await _token(world, software, purpose_of_use="centre_15")
    assert await world.found(person, by=regulation) == [shown]
    await world.consent(person, ConsentKind.REGULATION_OPPOSITION)
    assert (await world.search(person, by=regulation)).status_code == 403


async def test_an_emergency_without_motive_gets_no_token(world: World, software: dict[str, str]) -> None:
    form = {"grant_type": "client_credentials", "purpose_of_use": "bris_de_glace"}
    response = await world.http.post("/oauth2/token", data=form, headers=software)
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"
    assert "motif" in response.json()["error_description"]


async def test_a_secret_connection_over_the_wire(world: World, software: dict[str, str]) -> None:
    child = await world.a_record(birth_date="2012-06-12")
    secret = "INVISIBLE_REPRESENTANTS_LEGAUX"
    await world.consent(child, ConsentKind.GRANT, NUMBER)
    caller, _ = await _token(world, software, confidentiality_code=secret)
    refused = await world.send(a_report(child), by=caller)
    assert refused.status_code == 422
    assert orjson.loads(refused.content)["issue"][0]["details"]["coding"][0]["code"] == "secret-connection-label"
    labels = [
        {"coding": [{"system": "urn:oid:2.16.840.1.113883.5.25", "code": "N"}]},
        {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": secret}]},
    ]
    filed = (await world.deposit(a_report(child, securityLabel=labels), by=caller)).id
    other = await world.a_professional(authorised_on=child)
    assert await world.found(child, by=caller) == [filed]
    assert await world.found(child, by=other) == []
