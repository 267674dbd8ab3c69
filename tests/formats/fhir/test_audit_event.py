"""AuditEvent as written: the TDE profile for every kind of event, and nothing that was not told."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from carnet.domain.actor import SYSTEM, Actor, ActorKind, Purpose
from carnet.domain.audit.model import AuditEvent, EventType, Outcome, did
from carnet.domain.record.history.model import Told, ToldDocument
from carnet.formats.fhir.audit_codes import shape_of
from carnet.formats.fhir.audit_event import audit_event_id, read_audit_event_id, write_audit_event
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of

AT = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)
PATIENT = UUID("01900000-0000-7000-8000-000000000001")
INS = Ins("2550699000001" + f"{key_of('2550699000001'):02d}", NIR_TEST)
DOCTOR = Actor(
    ActorKind.PROFESSIONAL, "Dr Martin", person="810000000001", profession="10", specialty="SM04", organization="1990000001",
    organization_name="Clinique du Lac", software="cabinet",
)  # fmt: skip
ACTORS = [
    DOCTOR,
    replace(DOCTOR, organization=None),
    replace(DOCTOR, organization=None, software=None, profession="??"),
    replace(DOCTOR, organization_name=None, software=None),
    Actor(ActorKind.CITIZEN, "Marie", ins=INS, software="carnet"),
    Actor(ActorKind.ORGANIZATION, "Hôpital", organization="1990000001", software="hopital"),
    Actor(ActorKind.GUARDIAN, "Parent", ins=Ins("2550699000002" + f"{key_of('2550699000002'):02d}", NIR_TEST)),
    SYSTEM,
]


def written(event: AuditEvent, *documents: ToldDocument, patient_id: UUID | None = PATIENT, sentence: str = "Une phrase.") -> dict[str, Any]:  # fmt: skip
    told = Told(event.event_id, event.type, event.outcome, event.occurred_at, event, documents)
    return write_audit_event(
        told,
        patient_id=patient_id,
        ins=INS,
        base_url="https://carnet.test/fhir",
        sentence=sentence,
        type_name=str.upper,
    )


@pytest.mark.parametrize("event_type", EventType)
@pytest.mark.parametrize("actor", ACTORS)
def test_the_profile_of_the_tde(event_type: EventType, actor: Actor) -> None:
    found = written(did(actor, event_type, at=AT, rule="read.professional", parameters="date", holder="810000000002"))
    assert len(found["subtype"]) == 1
    assert found["period"]["start"] == "2026-03-03T13:05:00.000000Z"
    assert 1 <= len(found["agent"]) <= 2
    assert all(agent["who"] for agent in found["agent"])
    assert [agent["requestor"] for agent in found["agent"]] == [True, False][: len(found["agent"])]
    assert found["source"]["observer"]["type"] == "Device"
    assert found["action"] in "CRUDE"
    assert found["outcome"] == "0"
    for entity in found["entity"]:
        assert "what" in entity or "description" in entity


def test_an_act_that_is_not_in_the_table_changes_something() -> None:
    assert shape_of(EventType.RECORD_CLOSED).action == "U"


def test_the_matricule_of_someone_else_is_not_written() -> None:
    holder, guardian = ACTORS[4], ACTORS[6]
    assert INS.matricule in str(written(did(holder, EventType.TRAIL_READ, at=AT)))
    assert guardian.ins is not None
    assert guardian.ins.matricule not in str(written(did(guardian, EventType.TRAIL_READ, at=AT)))


def test_the_matricule_of_a_representative_is_not_written() -> None:
    named = f"{INS.oid}|{INS.matricule}"
    for kind in (EventType.GRANT_GIVEN, EventType.REPRESENTATIVE_NAMED):
        assert INS.matricule not in str(written(did(DOCTOR, kind, at=AT, holder=named)))


def test_details_that_are_not_foreseen_are_not_written() -> None:
    event = did(
        DOCTOR, EventType.DEPOSIT_REFUSED, at=AT, outcome=Outcome.REFUSED, issues="unique-id-taken", set="secret"
    )
    assert "unique-id-taken" not in str(written(event))
    assert "secret" not in str(written(event))


def test_documents_by_name_of_type_and_a_deleted_one_without_address() -> None:
    kept, gone = ToldDocument(UUID(int=1), "abc"), ToldDocument(UUID(int=2), "xyz", is_deleted=True)
    found = written(did(DOCTOR, EventType.DOCUMENT_READ, at=AT), kept, gone)
    assert [entity["description"] for entity in found["entity"][1:3]] == ["ABC", "XYZ"]
    assert found["entity"][1]["what"] == {"reference": f"DocumentReference/{kept.logical_id}"}
    assert "reference" not in found["entity"][2]["what"]
    assert found["entity"][2]["lifecycle"]["code"] == "14"


@pytest.mark.parametrize(
    ("actor", "code"),
    [
        (DOCTOR, "TREAT"), (replace(DOCTOR, purpose=Purpose.EMERGENCY), "BTG"), (replace(DOCTOR, purpose=Purpose.REGULATION), "ETREAT"),
        (ACTORS[4], "PATRQT"), (SYSTEM, None),
    ],
)  # fmt: skip
def test_purposes(actor: Actor, code: str | None) -> None:
    found = written(did(actor, EventType.DOCUMENT_READ, at=AT))
    assert (found["purposeOfEvent"][0]["coding"][0]["code"] if code else None) == code
    assert code is not None or "purposeOfEvent" not in found


def test_the_sentence_cannot_bring_markup() -> None:
    found = written(did(DOCTOR, EventType.DOCUMENT_READ, at=AT), sentence='<script>"&')
    assert found["text"]["div"].count("<") == 2
    assert "&lt;script&gt;" in found["text"]["div"]


def test_ids() -> None:
    event = UUID(int=77)
    assert read_audit_event_id(audit_event_id(PATIENT, event)) == (PATIENT, event)
    assert read_audit_event_id(audit_event_id(None, event)) == (None, event)
    assert len(audit_event_id(PATIENT, event)) == 64  # as long as FHIR allows
    for text in ("", "x" * 64, "x" * 36, str(event)[:-1], "é" * 64):
        assert read_audit_event_id(text) is None
