"""The public example of a trace (TDE): what it says, ours say too, in the same places and by the same codes."""

import json
from pathlib import Path
from typing import Any

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType, did
from carnet.domain.record.history.model import Told
from carnet.formats.fhir.audit_event import write_audit_event
from carnet.vocabulary.clock import system_clock
from carnet.vocabulary.uuid7 import uuid7


def _shape(node: Any) -> Any:
    """Names of members, all the way down; a list by its first item."""
    if isinstance(node, dict):
        return {name: _shape(value) for name, value in node.items()}
    return _shape(node[0]) if isinstance(node, list) else None


def _within(one: Any, other: Any, path: str = "AuditEvent") -> list[str]:
    if not isinstance(one, dict):
        return []
    missing = [f"{path}.{name}" for name in one if name not in other]
    return missing + [
        each for name in one if name in other for each in _within(one[name], other[name], f"{path}.{name}")
    ]


def test_the_public_example(samples: Path) -> None:
    file = samples / "services" / "tracabilite-evenements" / "AuditEvent-TDEAuditEventExample.json"
    example = json.loads(file.read_text("utf-8"))
    doctor = Actor(ActorKind.PROFESSIONAL, "Jean Dupont", person="810001234567")
    event = did(doctor, EventType.DOCUMENT_READ, at=system_clock())
    told = Told(event.event_id, event.type, event.outcome, event.occurred_at, event)
    ours = write_audit_event(
        told, patient_id=uuid7(), ins=None, base_url="https://carnet.test/fhir", sentence="Une phrase.", type_name=str
    )
    # References to resources of the example's own server: ours are by identifier. An act has no duration here.
    assert _within(_shape(example), _shape(ours)) == [
        "AuditEvent.agent.who.reference", "AuditEvent.period.end", "AuditEvent.source.observer.reference",
    ]  # fmt: skip
    assert ours["meta"] == example["meta"]
    assert (ours["type"], ours["subtype"]) == (example["type"], example["subtype"])
