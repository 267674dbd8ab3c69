"""
AuditEvent, from an event as its reader may know it.

Two agents at most, as the TDE profile wants: who acted, then in whose name, or else the software or the structure that carried the act. What BALP asks beside that
(a third agent, the raw query, addresses of the network) is not kept: docs/transactions/iti81.md.
Source: TDE 2.0.0 `tde-auditevent`; IHE BALP 1.1.3 for codes, roles and entities; FHIR R4 AuditEvent.
"""

import html
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import orjson

from carnet.domain.actor import DELEGATION, Actor, ActorKind, Purpose
from carnet.domain.audit.model import AuditEvent
from carnet.domain.record.history.model import Told, ToldDocument
from carnet.formats.fhir import systems
from carnet.formats.fhir.audit_codes import DCM, OUTCOMES, shape_of
from carnet.formats.fhir.codings import coding, concept
from carnet.formats.fhir.identities import identifier, ins_identifier
from carnet.formats.fhir.times import instant
from carnet.vocabulary import value_sets
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import ORGANIZATIONS, PROFESSIONALS
from carnet.vocabulary.ins import Ins

TDE_AUDIT_EVENT = "https://interop.esante.gouv.fr/ig/fhir/tde/StructureDefinition/tde-auditevent"
EVENT_TYPE = "https://carnet.example/fhir/StructureDefinition/event-type"
RULES = "https://carnet.example/fhir/access-rules#"

_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_LIFECYCLE = "http://terminology.hl7.org/CodeSystem/dicom-audit-lifecycle"
_SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"
_BALP_ENTITY = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

_PERSON, _SYSTEM_OBJECT = Code("1", _ENTITY_TYPE, "Person"), Code("2", _ENTITY_TYPE, "System Object")
_PATIENT, _REPORT = Code("1", _ENTITY_ROLE, "Patient"), Code("3", _ENTITY_ROLE, "Report")
_PROVIDER, _QUERY = Code("15", _ENTITY_ROLE, "Provider"), Code("24", _ENTITY_ROLE, "Query")
_REQUEST_ID = Code("XrequestId", _BALP_ENTITY)
_DELETED = Code("14", _LIFECYCLE, "Logical deletion")
_RECIPIENT = Code("IRCP", _PARTICIPATION, "information recipient")
_RESPONSIBLE = Code("RESP", _PARTICIPATION, "responsible party")
_SOURCE = Code("110153", DCM, "Source Role ID")
_SERVER = Code("4", _SOURCE_TYPE, "Application Server")

_PURPOSES = {
    Purpose.EMERGENCY: Code("BTG", _REASON, "break the glass"),
    Purpose.REGULATION: Code("ETREAT", _REASON, "Emergency Treatment"),
}
_USUAL_PURPOSES = {
    ActorKind.CITIZEN: Code("PATRQT", _REASON, "patient requested"),
    ActorKind.PROFESSIONAL: Code("TREAT", _REASON, "treatment"),
}
_PROFESSIONS = "TRE_G15-ProfessionSante"
_SPECIALTIES = "TRE_R38-SpecialiteOrdinale"

SentenceOf = Callable[[Told], str]
TypeName = Callable[[str], str]


def write_audit_event(
    told: Told, *, patient_id: UUID | None, ins: Ins | None, base_url: str, sentence: str, type_name: TypeName
) -> dict[str, Any]:
    """
    One AuditEvent.

    Takes
        patient_id, ins: of the record, None for the system's trail. base_url: of the FHIR server, ending with `/fhir`. sentence: in French,
        for people. type_name: plain name of a type of document, by its code.
    """
    shape = shape_of(told.type)
    written: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": audit_event_id(patient_id, told.event_id),
        "meta": {"profile": [TDE_AUDIT_EVENT]},
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml" lang="fr">{html.escape(sentence)}</div>',
        },
        "extension": [{"url": EVENT_TYPE, "valueCode": told.type}],
        "type": coding(shape.type),
        "subtype": [coding(shape.subtype)],
        "action": shape.action,
        "period": {"start": instant(told.occurred_at)},
        "recorded": instant(told.recorded_at),
        "outcome": OUTCOMES[told.outcome],
        "outcomeDesc": sentence,
    }
    event = told.event
    if event is None:
        written["agent"] = [{"who": {"extension": [{"url": _ABSENT, "valueCode": "masked"}]}, "requestor": True}]
    else:
        purpose = _PURPOSES.get(event.actor.purpose) or _USUAL_PURPOSES.get(event.actor.kind)
        if purpose is not None:
            written["purposeOfEvent"] = [concept(purpose)]
        written["agent"] = _agents(event, ins)
    written["source"] = {
        "observer": {"type": "Device", "identifier": {"system": systems.URI, "value": base_url}, "display": "carnet"},
        "type": [coding(_SERVER)],
    }
    if event is not None:
        written["entity"] = _entities(event, told.documents, patient_id=patient_id, type_name=type_name)
    return written


def audit_event_id(patient_id: UUID | None, event_id: UUID) -> str:
    """The FHIR id of an event: 64 characters for a record's, since an event is only found within its record."""
    return str(event_id) if patient_id is None else patient_id.hex + event_id.hex


def read_audit_event_id(text: str) -> tuple[UUID | None, UUID] | None:
    """The record (None: the system's trail) and the event that an id names; None when it names none."""
    try:
        if len(text) == 64:
            return UUID(text[:32]), UUID(text[32:])
        return (None, UUID(text)) if len(text) == 36 else None
    except ValueError:
        return None


def _agents(event: AuditEvent, ins: Ins | None) -> list[dict[str, Any]]:
    actor = event.actor
    who: dict[str, Any] = {"display": actor.name}
    if actor.kind is ActorKind.CITIZEN and actor.ins is not None and actor.ins == ins:
        who = {"type": "Patient", "identifier": ins_identifier(actor.ins), **who}
    elif actor.person is not None:
        who = {"type": "Practitioner", "identifier": identifier(actor.person, PROFESSIONALS), **who}
    elif actor.organization is not None:
        who = {"type": "Organization", "identifier": identifier(actor.organization, ORGANIZATIONS), **who}
    first: dict[str, Any] = {"type": concept(_RECIPIENT), "who": who, "name": actor.name, "requestor": True}
    roles = [
        concept(found)
        for code, table in ((actor.profession, _PROFESSIONS), (actor.specialty, _SPECIALTIES))
        if code is not None and (found := _known(code, table)) is not None
    ]
    if roles:
        first["role"] = roles
    if event.rule is not None:
        first["policy"] = [RULES + event.rule]
    carrier = _carrier(actor)
    return [first] if carrier is None else [first, carrier]


def _carrier(actor: Actor) -> dict[str, Any] | None:
    """In whose name a delegate acted; else the structure when a person acted for one, or the software."""
    who: dict[str, Any]
    if actor.capacity == DELEGATION and actor.on_behalf_of is not None:
        who = {"type": "Practitioner", "identifier": identifier(actor.on_behalf_of, PROFESSIONALS)}
        if actor.on_behalf_of_name is not None:
            who["display"] = actor.on_behalf_of_name
        return {"type": concept(_RESPONSIBLE), "who": who, "requestor": False}
    if actor.person is not None and actor.organization is not None:
        who = {"type": "Organization", "identifier": identifier(actor.organization, ORGANIZATIONS)}
        if actor.organization_name is not None:
            who["display"] = actor.organization_name
    elif actor.software is not None:
        who = {"type": "Device", "identifier": {"value": actor.software}}
    else:
        return None
    carrier = {"type": concept(_SOURCE), "who": who, "requestor": False}
    if actor.software is not None:
        carrier["altId"] = actor.software
    return carrier


@lru_cache(maxsize=512)
def _known(code: str, table: str) -> Code | None:
    return next((each for each in value_sets.value_set(table) if each.code == code), None)


def _entities(
    event: AuditEvent, documents: Sequence[ToldDocument], *, patient_id: UUID | None, type_name: TypeName
) -> list[dict[str, Any]]:
    entities: list[dict[str, Any]] = []
    if patient_id is not None:
        what: dict[str, Any] = {"reference": f"Patient/{patient_id}"}
        entities.append({"what": what, "type": coding(_PERSON), "role": coding(_PATIENT)})
    for document in documents:
        entity: dict[str, Any] = {"what": {"reference": f"DocumentReference/{document.logical_id}"}}
        if document.is_deleted:
            urn = systems.UUID_PREFIX + str(document.logical_id)
            entity = {"what": {"type": "DocumentReference", "identifier": {"system": systems.URI, "value": urn}}}
        entity |= {"type": coding(_SYSTEM_OBJECT), "role": coding(_REPORT)}
        if document.is_deleted:
            entity["lifecycle"] = coding(_DELETED)
        entities.append(entity | {"description": type_name(document.type_code)})
    holder = event.details.get("holder")
    if holder and holder != "*" and "|" not in holder:  # everyone; a legal representative, whose INS is theirs
        what = {"identifier": identifier(holder, PROFESSIONALS)}
        entities.append({"what": what, "type": coding(_PERSON), "role": coding(_PROVIDER)})
    parameters = event.details.get("parameters")
    if parameters:
        # Names only: what was asked for may itself be health data, and is not kept.
        entities.append({"type": coding(_SYSTEM_OBJECT), "role": coding(_QUERY), "description": parameters})
    if event.actor.correlation_id is not None:
        what = {"identifier": {"value": str(event.actor.correlation_id)}}
        entities.append({"what": what, "type": coding(_REQUEST_ID)})
    return entities


def write_audit_bundle(
    events: Sequence[dict[str, Any]], *, base_url: str, self_parameters: Sequence[tuple[str, str]], cursor: str | None, outcome: bytes | None
) -> bytes:  # fmt: skip
    """
    One page of events, as a searchset.

    Takes
        cursor: of the next page, sealed, or None. outcome: an OperationOutcome with the warnings, or None.
    """
    query = urlencode(self_parameters, safe="|:/,")
    links = [{"relation": "self", "url": f"{base_url}/AuditEvent?{query}".rstrip("?")}]
    if cursor is not None:
        links.append({"relation": "next", "url": f"{base_url}/AuditEvent?_cursor={quote(cursor, safe='')}"})
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": links}
    entries: list[dict[str, Any]] = [
        {"fullUrl": f"{base_url}/AuditEvent/{event['id']}", "resource": event, "search": {"mode": "match"}}
        for event in events
    ]
    if outcome is not None:
        entries.append({"resource": orjson.Fragment(outcome), "search": {"mode": "outcome"}})
    if entries:
        bundle["entry"] = entries
    return orjson.dumps(bundle)
