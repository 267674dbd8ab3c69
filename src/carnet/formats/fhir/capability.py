"""
The CapabilityStatement: what this server does, from the same table as it reads searches by.

Source: PDSm `PDSm-GestionnaireDePartageDeDocuments`; IHE MHD Document Recipient and Responder; FHIR R4 §3.1.0.9.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from carnet.formats.fhir import systems
from carnet.formats.fhir.audit_event import TDE_AUDIT_EVENT
from carnet.formats.fhir.audit_search import AUDIT_PARAMETERS
from carnet.formats.fhir.consent_search import CONSENT_PARAMETERS
from carnet.formats.fhir.directory.parameters import RESOURCES, Searched
from carnet.formats.fhir.identity import fr_core
from carnet.formats.fhir.identity.search import PATIENT_PARAMETERS
from carnet.formats.fhir.search_table import LIST_TABLE, TABLE, Known

_SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_BANNER = "Serveur de démonstration : toutes les personnes et tous les documents y sont inventés. N'y déposez aucune donnée réelle."


def write_capability(*, base_url: str, version: str, released: datetime, token_url: str, is_demo: bool) -> bytes:
    """
    The CapabilityStatement.

    Takes
        base_url: of the FHIR server, ending with `/fhir`. version: of the software. released: of this version, aware. token_url: of the
            OAuth 2 token endpoint. is_demo: says so in title, description and implementation.
    """
    title = "carnet : partage de documents de santé"
    description = "Gestionnaire de partage de documents (PDSm) : dépôt ITI-65 et ITI-105, recherche ITI-66 et ITI-67, consultation ITI-68."
    if is_demo:
        title += " (démonstration)"
        description = f"{_BANNER} {description}"
    statement: dict[str, Any] = {
        "resourceType": "CapabilityStatement",
        "id": "carnet",
        "url": f"{base_url}/metadata",
        "version": version,
        "name": "Carnet",
        "title": title,
        "status": "active",
        "experimental": is_demo,
        "date": released.isoformat(timespec="seconds"),
        "publisher": "carnet",
        "description": description,
        "kind": "instance",
        "instantiates": [systems.PDSM_MANAGER, systems.MHD_RECIPIENT, systems.MHD_SIMPLIFIED, systems.MHD_RESPONDER],
        "software": {"name": "carnet", "version": version},
        "implementation": {"description": _BANNER if is_demo else "carnet", "url": base_url},
        "fhirVersion": "4.0.1",
        "format": [systems.FHIR_JSON, "json"],
        "patchFormat": [systems.FHIR_JSON, "application/json-patch+json"],
        "implementationGuide": [systems.PDSM_GUIDE],
        "rest": [_rest(token_url)],
    }
    return orjson.dumps(statement)


def _rest(token_url: str) -> dict[str, Any]:
    return {
        "mode": "server",
        "documentation": "Un paramètre de recherche inconnu est refusé, sauf avec `Prefer: handling=lenient`.",
        "security": {
            "extension": [{"url": _OAUTH_URIS, "extension": [{"url": "token", "valueUri": token_url}]}],
            "cors": False,
            "service": [{"coding": [{"system": _SECURITY_SERVICE, "code": "OAuth"}]}],
            "description": "OAuth 2 : identifiants de client avec private_key_jwt, ou échange d'un jeton Pro Santé Connect.",
        },
        "resource": [
            {
                "type": "DocumentReference",
                "supportedProfile": [systems.DOCUMENT_REFERENCE_PROFILE, systems.SIMPLIFIED_PUBLISH_PROFILE],
                "interaction": _codes("read", "vread", "create", "patch", "history-instance", "search-type"),
                "versioning": "versioned",
                "conditionalUpdate": False,
                "conditionalDelete": "not-supported",
                "searchParam": [_search_parameter(known) for known in TABLE],
            },
            {
                "type": "List",
                "supportedProfile": [systems.SUBMISSION_SET_PROFILE, systems.FOLDER_PROFILE],
                "interaction": _codes("read", "search-type"),
                "searchParam": [_search_parameter(known) for known in LIST_TABLE],
            },
            {"type": "Binary", "interaction": _codes("read")},
            {
                "type": "Patient",
                "supportedProfile": [fr_core.PATIENT_INS, fr_core.PATIENT],
                "documentation": "TD0.2 par identifier ; les autres interactions sont celles d'une source d'identités.",
                "interaction": _codes("read", "search-type", "update"),
                "versioning": "versioned-update",
                "updateCreate": False,
                "conditionalUpdate": True,
                "searchParam": [
                    {"name": name, "type": kind, "definition": definition, "documentation": text}
                    for name, kind, definition, text in PATIENT_PARAMETERS
                ],
                "operation": [{"name": "match", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-match"}],
            },
            {
                "type": "AuditEvent",
                "supportedProfile": [TDE_AUDIT_EVENT],
                "interaction": _codes("read", "search-type"),
                "searchParam": [
                    {"name": name, "type": kind.value, "documentation": text}
                    | ({"definition": definition} if definition else {})
                    for name, kind, definition, text in AUDIT_PARAMETERS
                ],
            },
            {
                "type": "Consent",
                "documentation": "Autorisations, blocages et médecins traitants ; forme propre à ce serveur, en attendant celle de l'ANS.",
                "interaction": _codes("read", "create", "update", "patch", "search-type"),
                "searchParam": [
                    {"name": name, "type": kind.value, "documentation": text} for name, kind, text in CONSENT_PARAMETERS
                ],
            },
            *(_directory(kind, searched) for kind, searched in RESOURCES.items()),
        ],
        "interaction": _codes("transaction", "batch"),
        "operation": [{"name": "refusals", "definition": systems.REFUSALS_OPERATION}],
    }


def _directory(kind: str, searched: Searched) -> dict[str, Any]:
    """A resource of the directory."""
    written: dict[str, Any] = {
        "type": kind,
        "supportedProfile": [searched.profile],
        "interaction": _codes("read", "search-type"),
        "searchParam": [
            {"name": known.name, "type": known.type.value, "documentation": known.text}
            | ({"definition": known.definition} if known.definition else {})
            for known in searched.known.values()
        ],
    }
    if searched.includes:
        written["searchInclude"] = list(searched.includes)
    if searched.reverse:
        written["searchRevInclude"] = list(searched.reverse)
    return written


def _search_parameter(known: Known) -> dict[str, str]:
    written = {"name": known.name, "type": known.kind.value, "documentation": known.text}
    return written | ({"definition": known.definition} if known.definition else {})


def _codes(*codes: str) -> Sequence[dict[str, str]]:
    return [{"code": code} for code in codes]
