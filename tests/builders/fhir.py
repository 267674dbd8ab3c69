"""
Invented FHIR messages, whole and valid, of which a test changes only what it is about.

Every person, structure and number here is invented.
"""

import base64
import copy
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from carnet.domain.access.model import AvailabilityStatus, Confidentiality
from carnet.domain.record.model import Author, AuthorKind, DocumentEntry, OrganizationName, SourcePatient, StoredEntry
from carnet.formats.fhir import systems
from carnet.formats.fhir.served import write_fiche
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import PROFESSIONALS, UniqueId
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of
from carnet.vocabulary.moments import Moment

PATIENT_ID = UUID("01900000-0000-7000-8000-000000000001")
LOGICAL_ID = UUID("01900000-0000-7000-8000-0000000000aa")
ENTRY_UUID = UUID("01900000-0000-7000-8000-0000000000bb")
SET_ID = UUID("01900000-0000-7000-8000-0000000000cc")
INS = Ins("2550699999001" + f"{key_of('2550699999001'):02d}", NIR_TEST)
UNIQUE_ID = "1.2.250.1.999.1.1"
PDF = b"%PDF-1.4 an invented report"

_NOS = "https://mos.esante.gouv.fr/NOS/"
A_TYPE = {"system": "http://loinc.org", "code": "11488-4", "display": "Compte rendu de consultation"}
A_CLASS = {
    "system": f"{_NOS}TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument",
    "code": "10",
    "display": "Compte rendu",
}
A_FORMAT = {"system": f"{_NOS}TRE_A11-IheFormatCode/FHIR/TRE-A11-IheFormatCode", "code": "urn:ihe:iti:xds-sd:pdf:2008"}
A_FACILITY = {"system": f"{_NOS}TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite", "code": "SA01"}
A_SETTING = {"system": f"{_NOS}TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice", "code": "ETABLISSEMENT"}
AN_ACTIVITY = {"system": f"{_NOS}TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite", "code": "SA01"}


def urn(name: str) -> str:
    """A fullUrl that is always the same for one name."""
    return "urn:uuid:" + str(UUID(bytes=hashlib.md5(name.encode()).digest()))


def concept(coding: dict[str, str]) -> dict[str, Any]:
    return {"coding": [dict(coding)]}


def a_practitioner(ident: str = "auteur", *, number: str = "899700000001", family: str = "Lambert") -> dict[str, Any]:
    """A contained Practitioner named by a PS_IdNat."""
    return {
        "resourceType": "Practitioner",
        "id": ident,
        "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": number}],
        "name": [{"family": family, "given": ["Odile"], "prefix": ["MME"], "suffix": ["DR"]}],
    }


def an_organization(ident: str = "structure", *, number: str = "1990000001") -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        "id": ident,
        "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.2", "value": number}],
        "name": "Hôpital inventé",
    }


def a_role(ident: str = "role", *, practitioner: str = "#auteur", organization: str = "#structure") -> dict[str, Any]:
    """A contained PractitionerRole: a doctor of an organisation, with a specialty."""
    specialty = {
        "system": f"{_NOS}TRE_A02-ProfessionSavFaire-CISIS/FHIR/TRE-A02-ProfessionSavFaire-CISIS",
        "code": "G15_10/SM26",
    }
    return {
        "resourceType": "PractitionerRole",
        "id": ident,
        "practitioner": {"reference": practitioner},
        "organization": {"reference": organization},
        "specialty": [concept(specialty)],
    }


def a_patient(ident: str = "patient", *, ins: Ins | None = INS) -> dict[str, Any]:
    """A contained Patient with a local number and, unless told otherwise, an INS."""
    identifiers = [{"system": "urn:oid:1.2.250.1.999.7.1", "value": "IPP-42"}]
    if ins is not None:
        identifiers.insert(0, {"system": f"urn:oid:{ins.oid}", "value": ins.matricule})
    return {
        "resourceType": "Patient",
        "id": ident,
        "identifier": identifiers,
        "name": [{"use": "official", "family": "DURAND", "given": ["Marie", "Anne"]}],
        "gender": "female",
        "birthDate": "1955-06-12",
    }


def by_ins(ins: Ins = INS) -> dict[str, Any]:
    """A reference to a patient, the way PDSm4DMP writes it."""
    return {"reference": f"Patient?identifier=urn:oid:{ins.oid}|{ins.matricule}"}


def a_fiche(
    *,
    unique_id: str = UNIQUE_ID,
    document: bytes = PDF,
    url: str = urn("binary"),
    media_type: str = "application/pdf",
    subject: dict[str, Any] | None = None,
    labels: Iterable[str] = (),
    replaces: dict[str, Any] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """A DocumentReference as a hospital sends it; `changes` are members to put in, or to take out when None."""
    labelled = [{"system": systems.V3_CONFIDENTIALITY, "code": "N"}]
    labelled += [{"system": systems.VISIBILITY, "code": label} for label in labels]
    fiche: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "contained": [a_practitioner(), an_organization(), a_role()],
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{unique_id}"},
        "status": "current",
        "type": concept(A_TYPE),
        "category": [concept(A_CLASS)],
        "subject": subject or by_ins(),
        "date": "2026-03-12T10:15:00+01:00",
        "author": [{"reference": "#role"}],
        "authenticator": {"reference": "#auteur"},
        "securityLabel": [concept(label) for label in labelled],
        "content": [
            {
                "attachment": {
                    "contentType": media_type,
                    "language": "fr-FR",
                    "url": url,
                    "size": len(document),
                    "hash": base64.b64encode(hashlib.sha1(document).digest()).decode(),
                    "title": "Compte rendu de consultation",
                    "creation": "2026-03-12T10:15:00+01:00",
                },
                "format": dict(A_FORMAT),
            }
        ],
        "context": {
            "period": {"start": "2026-03-12T09:00:00+01:00", "end": "2026-03-12T09:30:00+01:00"},
            "facilityType": concept(A_FACILITY),
            "practiceSetting": concept(A_SETTING),
        },
    }
    if replaces is not None:
        fiche["relatesTo"] = [{"code": "replaces", "target": replaces}]
    return _changed(fiche, changes)


def a_submission_set(*members: str, subject: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A SubmissionSet List of these fullUrls."""
    listing: dict[str, Any] = {
        "resourceType": "List",
        "contained": [a_practitioner()],
        "extension": [
            {"url": systems.DESIGNATION_TYPE, "valueCodeableConcept": concept(AN_ACTIVITY)},
            {
                "url": systems.SOURCE_ID,
                "valueIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.250.1.999.5"},
            },
        ],
        "identifier": [{"use": "usual", "system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.250.1.999.6.1"}],
        "status": "current",
        "mode": "working",
        "code": {"coding": [{"system": systems.LIST_TYPES, "code": "submissionset"}]},
        "subject": subject or by_ins(),
        "date": "2026-03-12T10:20:00+01:00",
        "source": {"reference": "#auteur"},
        "entry": [{"item": {"reference": member}} for member in members],
    }
    return _changed(listing, changes)


def a_folder(*members: str, unique_id: str | None = "1.2.250.1.999.8.1", subject: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:  # fmt: skip
    """A Folder List of these fullUrls or addresses."""
    identifiers = [{"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:{unique_id}"}]
    listing: dict[str, Any] = {
        "resourceType": "List",
        "extension": [{"url": systems.DESIGNATION_TYPE, "valueCodeableConcept": concept(AN_ACTIVITY)}],
        "identifier": identifiers if unique_id else None,
        "status": "current",
        "mode": "working",
        "code": {"coding": [{"system": systems.LIST_TYPES, "code": "folder"}]},
        "subject": subject or by_ins(),
        "title": "Suivi du diabète",
        "date": "2026-03-12T10:20:00+01:00",
        "entry": [{"item": {"reference": member}} for member in members],
    }
    return _changed(listing, changes)


def a_binary(content: bytes = PDF, *, media_type: str = "application/pdf") -> dict[str, Any]:
    return {"resourceType": "Binary", "contentType": media_type, "data": base64.b64encode(content).decode()}


def posted(full_url: str, resource: dict[str, Any]) -> dict[str, Any]:
    """An entry that creates this resource."""
    return {"fullUrl": full_url, "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}


def a_bundle(
    *fiches: dict[str, Any], contents: Iterable[bytes] | None = None, more: Iterable[dict[str, Any]] = (), **of_set: Any
) -> dict[str, Any]:
    """
    A transaction of ITI-65: a set, its fiches (one by default), their contents.

    contents: one for each fiche, PDF by default. more: other entries, at the end. of_set: changes of the submission set.
    """
    documents = [copy.deepcopy(fiche) for fiche in fiches] or [a_fiche()]
    held = list(contents) if contents is not None else [PDF] * len(documents)
    names = [urn("fiche" if n == 0 else f"fiche {n}") for n in range(len(documents))]
    entries = [posted(urn("set"), a_submission_set(*names, **of_set))]
    for n, (fiche, content) in enumerate(zip(documents, held, strict=True)):
        url = urn("binary" if n == 0 else f"binary {n}")
        attachment = fiche["content"][0]["attachment"]
        entries.append(posted(names[n], fiche))
        if "data" not in attachment:
            attachment["url"] = url
            entries.append(posted(url, a_binary(content, media_type=attachment["contentType"])))
    return {"resourceType": "Bundle", "type": "transaction", "entry": [*entries, *more]}


def an_author() -> Author:
    """A general practitioner of an invented hospital."""
    return Author(
        AuthorKind.PERSON,
        "899700000001",
        PROFESSIONALS,
        family="Lambert",
        given="Odile",
        prefix="MME",
        suffix="DR",
        specialty=Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin - Médecine générale"),
        role=Code("PCP", "2.16.840.1.113883.5.88", "Médecin traitant"),
        organization=OrganizationName("Hôpital inventé", "1990000001"),
    )


def an_entry(**changes: Any) -> DocumentEntry:
    """A DocumentEntry with every attribute that FHIR can carry."""
    known: dict[str, Any] = {
        "unique_id": UniqueId(UNIQUE_ID),
        "type": Code("11488-4", "2.16.840.1.113883.6.1", "Compte rendu de consultation"),
        "category": Code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu"),
        "format": Code("urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3", "PDF"),
        "mime_type": "application/pdf",
        "language": "fr-FR",
        "title": "Compte rendu de consultation",
        "created": Moment.from_fhir("2026-03-12T10:15:00+01:00"),
        "service_start": Moment.from_fhir("2026-03-12T09:00:00+01:00"),
        "service_stop": Moment.from_fhir("2026-03-12"),
        "facility_type": Code("SA01", "1.2.250.1.71.4.2.4", "Établissement public de santé"),
        "practice_setting": Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9", "Établissement de santé"),
        "authors": (an_author(),),
        "legal_authenticator": an_author(),
        "custodian": OrganizationName("Hôpital inventé", "1990000001"),
        "hash_sha1": hashlib.sha1(PDF).hexdigest(),
        "hash_sha256": hashlib.sha256(PDF).hexdigest(),
        "size_bytes": len(PDF),
        "events": (Code("DZQM006", "1.2.250.1.213.2.5", "Échographie"),),
        "reference_ids": (("urn:ihe:iti:xds:2013:accession", "ACC-1^^^&1.2.250.1.999.8&ISO"), ("", "seul")),
        "comments": "Vu en consultation",
        "source_patient": SourcePatient(
            "IPP-42", "1.2.250.1.999.7.1", INS, "DURAND", ("Marie", "Anne"), "1955-06-12", "female"
        ),
    }
    return DocumentEntry(**(known | changes))


def a_stored_entry(entry: DocumentEntry | None = None, **changes: Any) -> StoredEntry:
    """An entry as the store gives it."""
    held = entry or an_entry()
    known: dict[str, Any] = {
        "logical_id": LOGICAL_ID,
        "version": 1,
        "updated_at": datetime(2026, 3, 12, 9, 20, 0, 123000, tzinfo=UTC),
        "status": AvailabilityStatus.APPROVED,
        "confidentiality": "N",
        "labels": frozenset[Confidentiality](),
        "entry_uuid": ENTRY_UUID,
        "fiche": write_fiche(held, patient_id=PATIENT_ID, ins=INS, logical_id=LOGICAL_ID),
    }
    return StoredEntry(**(known | changes))


def _changed(resource: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (resource | changes).items() if value is not None}
