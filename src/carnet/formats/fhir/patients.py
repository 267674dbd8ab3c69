"""
How a message names the patient: by our id, by INS, or by a contained Patient with its traits; and the same written.

Source: documents.md §2.1 (patientId, sourcePatientId, sourcePatientInfo) and §3.1; PDSm4DMP, `Patient?identifier=system|value`.
"""

import re
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from carnet.domain.errors import Issue
from carnet.domain.record.model import PatientReference, SourcePatient
from carnet.formats.fhir.codings import oid_of
from carnet.formats.fhir.faults import Place, expression, fault, note
from carnet.formats.fhir.identities import identifier, ins_identifier, ins_system, read_ins
from carnet.formats.fhir.references import References
from carnet.vocabulary.identifiers import is_uuid
from carnet.vocabulary.ins import Ins

_ESCAPES = re.compile("[%&+;]")
_GENDERS = frozenset({"male", "female", "other", "unknown"})


def read_patient(reference: dict[str, Any], place: Place, *, references: References) -> PatientReference | None:
    """
    The patient a Reference means; None when nothing of it can be used.

    Gives
        issues: `patient-reference` (not a way to name a patient), `patient-unidentified` (a Patient without INS), `patient-unknown` (an id
            that cannot be ours), `ins-oid`, `ins-format`, `ins-key`.
    """
    issues = references.issues
    patient_id: UUID | None = None
    ins: Ins | None = None
    source: SourcePatient | None = None
    target, logical = reference.get("reference"), reference.get("identifier")
    if target is not None:
        where = (place, ".reference")
        path = target.partition("?")[0]
        if target.startswith(("#", "urn:")):
            found = references.follow({"reference": target}, place)
            if found is None:
                return None
            source = _read_resource(*found, issues=issues, place=place)
            if source is None:
                return None
            ins = source.ins
        elif "?" in target and (path == "Patient" or path.endswith("/Patient")):
            ins = references.recent.patients.get(target) or _from_query(target.partition("?")[2], where, issues)
            if ins is not None:
                references.recent.patients[target] = ins
        else:
            patient_id = _from_path(path, where, issues)
    if logical is not None:
        named = _from_identifier(logical, (place, ".identifier"), issues)
        ins = ins or named
    elif target is None:
        fault(issues, "patient-reference", place, reference="")
    if patient_id is None and ins is None and source is None:
        return None
    return PatientReference(expression(place), patient_id, ins, source)


def parse_token(text: str) -> tuple[str | None, str]:
    """`system|value` of a search or of a conditional reference; system None when there is no bar."""
    system, bar, value = text.partition("|")
    return (system, value) if bar else (None, text)


def _from_query(query: str, place: Place, issues: list[Issue]) -> Ins | None:
    if query.startswith("identifier=") and not _ESCAPES.search(query):
        pairs = [("identifier", query[len("identifier=") :])]
    else:
        pairs = parse_qsl(query, keep_blank_values=True)
    system, value = parse_token(pairs[0][1]) if len(pairs) == 1 and pairs[0][0] == "identifier" else (None, "")
    if not system or not value:
        fault(issues, "patient-reference", place, reference=query)
        return None
    return read_ins(value, oid_of(system), place, faults=issues)


def _from_path(path: str, place: Place, issues: list[Issue]) -> UUID | None:
    steps = path.split("/")
    if "_history" in steps:
        steps = steps[: steps.index("_history")]
    if len(steps) < 2 or steps[-2] != "Patient":
        fault(issues, "patient-reference", place, reference=path)
        return None
    if not is_uuid(steps[-1]):
        fault(issues, "patient-unknown", place, reference=path)
        return None
    return UUID(steps[-1])


def _from_identifier(node: dict[str, Any], place: Place, issues: list[Issue]) -> Ins | None:
    system, value = node.get("system"), node.get("value")
    if system is None or value is None:
        missing = "system" if system is None else "value"
        fault(issues, "element-required", (place, "." + missing), name=missing)
        return None
    return read_ins(value, oid_of(system), place, faults=issues)


def _read_resource(
    resource: dict[str, Any], where: Place, *, issues: list[Issue], place: Place
) -> SourcePatient | None:
    """A contained Patient: INS, local identifier and traits."""
    if resource.get("resourceType") != "Patient":
        fault(issues, "patient-kind", place, type=str(resource.get("resourceType")))
        return None
    ins: Ins | None = None
    local: dict[str, Any] | None = None
    for index, node in enumerate(resource.get("identifier", ())):
        spot = (where, f".identifier[{index}]")
        if "value" not in node:
            fault(issues, "element-required", (spot, ".value"), name="value")
            continue
        register = ins_system(node.get("system"))
        if register is not None and ins is None:
            ins = read_ins(node["value"], register, spot, faults=issues)
        elif register is None and local is None:
            local = node
        else:
            note(issues, "element-not-kept", spot, name="identifier")
    names = resource.get("name", ())
    name = next((each for each in names if each.get("use") == "official"), names[0] if names else {})
    gender = resource.get("gender")
    if gender is not None and gender not in _GENDERS:
        fault(issues, "gender-unknown", (where, ".gender"), code=gender)
    system = local.get("system") if local else None
    return SourcePatient(
        identifier=local["value"] if local else None,
        system=oid_of(system) if system else None,
        ins=ins,
        family=name.get("family"),
        given=tuple(name.get("given", ())),
        birth_date=resource.get("birthDate"),
        gender=gender,
    )


def patient_resource(source: SourcePatient) -> dict[str, Any]:
    """A Patient, to be contained."""
    written: dict[str, Any] = {"resourceType": "Patient"}
    identifiers = [ins_identifier(source.ins)] if source.ins else []
    if source.identifier:
        identifiers.append(identifier(source.identifier, source.system))
    if identifiers:
        written["identifier"] = identifiers
    if source.family or source.given:
        name: dict[str, Any] = {"use": "official"}
        if source.family:
            name["family"] = source.family
        if source.given:
            name["given"] = list(source.given)
        written["name"] = [name]
    if source.gender:
        written["gender"] = source.gender
    if source.birth_date:
        written["birthDate"] = source.birth_date
    return written
