"""FR Core Patients as identity sources send them. Everyone is invented."""

from copy import deepcopy
from typing import Any

from carnet.vocabulary.ins import NIR_TEST, Ins, key_of

CORE = "https://hl7.fr/ig/fhir/core/"
RELIABILITY = CORE + "StructureDefinition/fr-core-identity-reliability"
GIVEN_LIST = CORE + "StructureDefinition/fr-core-patient-birth-list-given-name"
INSEE = CORE + "StructureDefinition/fr-core-address-insee-code"
BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
COMMUNES = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
TYPES = CORE + "CodeSystem/fr-core-cs-v2-0203"
STATUS = CORE + "CodeSystem/fr-core-cs-identity-status"
COMMENT = CORE + "CodeSystem/fr-core-cs-identity-status-comment"
MODE = CORE + "CodeSystem/fr-core-cs-mode-validation-identity"
METHOD = CORE + "CodeSystem/fr-core-cs-method-collection"

_TYPE_OF = {"8": "INS-NIR", "9": "INS-NIA", "10": "INS-NIR-TEST", "11": "INS-NIR-DEMO"}


def an_ins(number: int, *, oid: str = NIR_TEST, start: str = "2550699") -> Ins:
    """A matricule of someone invented."""
    body = f"{start}{number:0{13 - len(start)}d}"
    return Ins(body + f"{key_of(body):02d}", oid)


def ins_identifier(ins: Ins, *, use: str = "official", **changes: Any) -> dict[str, Any]:
    code = _TYPE_OF[ins.oid.rpartition(".")[2]]
    node = {
        "use": use,
        "type": {"coding": [{"system": TYPES, "code": code}]},
        "system": "urn:oid:" + ins.oid,
        "value": ins.matricule,
    }
    return _changed(node, changes)


def local_identifier(value: str = "IPP-1", system: str = "urn:oid:1.2.250.1.999.4.1") -> dict[str, Any]:
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PI"}]}
    return {"use": "usual", "type": kind, "system": system, "value": value}


def coded(url: str, system: str, code: str) -> dict[str, Any]:
    return {"url": url, "valueCoding": {"system": system, "code": code}}


def a_reliability(status: str = "QUAL", *parts: dict[str, Any], comments: tuple[str, ...] = ()) -> dict[str, Any]:
    """The extension, in the form of 2.2.0."""
    told = [coded("identityStatus", STATUS, status), *(coded("comment", COMMENT, code) for code in comments), *parts]
    return {"url": RELIABILITY, "extension": told}


def a_birth_place(code: str = "75056", system: str = COMMUNES) -> dict[str, Any]:
    return {"url": BIRTH_PLACE, "valueAddress": {"extension": [{"url": INSEE, "valueCoding": {"system": system, "code": code}}]}}  # fmt: skip


def a_name(family: str = "ESSAI", given: str = "LOUISE", given_list: str | None = "LOUISE MARIE") -> dict[str, Any]:
    name: dict[str, Any] = {"use": "official", "family": family, "given": [given]}
    if given_list is not None:
        name["extension"] = [{"url": GIVEN_LIST, "valueString": given_list}]
    return name


def a_patient(ins: Ins | None = None, **changes: Any) -> dict[str, Any]:
    """A qualified woman born in Paris, unless told otherwise; a member given as None is left out."""
    patient = {
        "resourceType": "Patient",
        "meta": {"profile": [CORE + "StructureDefinition/fr-core-patient-ins"]},
        "extension": [a_reliability(), a_birth_place()],
        "identifier": [ins_identifier(ins or an_ins(1))],
        "active": True,
        "name": [a_name()],
        "gender": "female",
        "birthDate": "1955-06-12",
    }
    return _changed(patient, changes)


def _changed(node: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: deepcopy(value) for name, value in (node | changes).items() if value is not None}
