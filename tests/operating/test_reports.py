"""`carnet reports`: accesses that people did not recognise, listed, looked at, answered; what it says and how it ends."""

import asyncio
import re
import uuid

import httpx
import pytest
from tests.doors.world import World

from carnet.app import Carnet
from carnet.cli import main
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.record.reporting import report_access


async def test_a_report_is_answered_from_the_command_line(
    carnet: Carnet, http: httpx.AsyncClient, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    world, services = World(carnet, http), carnet.services
    person = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    await world.found(person, by=doctor)
    event = (await world.events(person))[-1]
    made = await report_access(
        services.store, services.rights, person.patient_id, event.event_id, words="Qui est-ce ?",
        actor=Actor(ActorKind.CITIZEN, "La personne", ins=person.ins), reading=services.read_terms, terms=services.rights_terms,
    )  # fmt: skip
    monkeypatch.setenv("CARNET_DATABASE_URL", database_url)

    async def reports(*words: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["reports", *words, "--home", str(carnet.settings.home)])
        told = capsys.readouterr()
        return status, told.out + told.err

    named = (str(person.patient_id), str(made.report_id))
    status, listed = await reports("list")
    assert (status, " ".join(named) in listed, "1 waiting" in listed) == (0, True, True)
    status, shown = await reports("show", *named)
    assert status == 0
    assert re.search(r"^access +documents-listed success normal ", shown, re.MULTILINE)
    assert re.search(rf"^by +Dr Essai {doctor.number} 10$", shown, re.MULTILINE)
    assert "Qui est-ce ?" in shown
    assert person.ins.matricule not in shown
    assert (await reports("take", *named))[0] == 0
    status, answered = await reports("answer", *named, "--words", "Le remplaçant de votre médecin.")
    assert (status, "answered operator Le remplaçant de votre médecin." in answered) == (0, True)
    assert "0 waiting" in (await reports("list"))[1]
    status, refused = await reports("take", named[0], str(uuid.uuid4()))
    assert (status, "report-unknown" in refused) == (2, True)
    assert (await reports("close", *named))[0] == 0
    assert (await reports("close", *named))[0] == 2
