"""
The transaction Bundle of ITI-65 as a hospital's software writes it: for `carnet feed` and the demonstration.

Source: PDSm `pdsm-comprehensive-provide-document-bundle`; examples of PDSm4DMP (documents.md §3.2, flux 1).
"""

import hashlib
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import orjson
import pybase64

from carnet.domain.access.model import Confidentiality
from carnet.domain.record.model import DocumentHeader, Fiche, RelatesTo, SourcePatient, SubmissionSet
from carnet.formats.fhir import systems
from carnet.formats.fhir.author_resources import Contained
from carnet.formats.fhir.codings import coding, concept
from carnet.formats.fhir.identities import unique_id
from carnet.formats.fhir.patients import patient_resource
from carnet.formats.fhir.security_labels import security_labels
from carnet.formats.fhir.served import may_authenticate, reference_id
from carnet.formats.fhir.submission_set import submission_set_resource
from carnet.vocabulary.codes import Code
from carnet.vocabulary.ins import Ins

_GENDERS = {"M": "male", "F": "female", "I": "other"}


def fiche_of_header(
    header: DocumentHeader,
    *,
    media_type: str,
    category: Code | None,
    format_code: Code | None,
    type_code: Code | None = None,
) -> Fiche:
    """The fiche that a document's own header makes, with the codes that only tables of types can tell."""
    traits = header.traits
    source = None
    if header.ins is not None or header.source_patient_id is not None:
        local, register = header.source_patient_id or (None, None)
        source = SourcePatient(
            identifier=local,
            system=register,
            ins=header.ins,
            family=traits.birth_name if traits else None,
            given=tuple((traits.given_names or traits.first_given_name).split()) if traits else (),
            birth_date=traits.birth_date if traits else None,
            gender=_GENDERS[traits.sex] if traits else None,
        )
    return Fiche(
        expression="",
        unique_id=header.unique_id,
        type=type_code or header.type,
        category=category,
        format=format_code,
        mime_type=media_type,
        language=header.language,
        title=header.title,
        created=header.created,
        service_start=header.service_start,
        service_stop=header.service_stop,
        facility_type=header.facility_type,
        practice_setting=header.practice_setting,
        authors=header.authors,
        legal_authenticator=header.legal_authenticator,
        custodian=header.custodian,
        events=header.events,
        reference_ids=header.reference_ids,
        confidentiality=header.confidentiality.code if header.confidentiality else None,
        source_patient=source,
    )


def write_provide_bundle(
    fiche: Fiche,
    content: bytes,
    *,
    media_type: str,
    ins: Ins,
    submission_set: SubmissionSet,
    labels: frozenset[Confidentiality] = frozenset(),
    replaces: RelatesTo | None = None,
) -> bytes:
    """
    One document as a transaction Bundle.

    Takes
        fiche: of `fiche_of_header`, or as read from a file; size and hash are computed. ins: of the patient, who is named by it.
        submission_set: at least source_id, content_type, submitted and author. labels: beside those of the fiche.
        replaces: the document replaced, by its id or uniqueId.
    """
    seed = f"{fiche.unique_id}|{submission_set.submitted.text if submission_set.submitted else ''}"
    ids = [
        systems.UUID_PREFIX + str(uuid5(NAMESPACE_OID, f"{part}|{seed}"))
        for part in ("List", "DocumentReference", "Binary")
    ]
    subject = {"reference": f"Patient?identifier={systems.OID_PREFIX}{ins.oid}|{ins.matricule}"}
    contained = Contained()
    listing = submission_set_resource(submission_set, subject=subject, contained=contained)
    listing = {
        "resourceType": "List",
        "meta": {"profile": [systems.SUBMISSION_SET_PROFILE]},
        **({"contained": contained.resources} if contained.resources else {}),
        **listing,
        "entry": [{"item": {"reference": ids[1]}}],
    }
    relations = (*fiche.relates_to, *((replaces,) if replaces is not None else ()))
    document = _document(
        replace(fiche, labels=fiche.labels | labels, relates_to=relations),
        content,
        media_type=media_type,
        subject=subject,
        url=ids[2],
    )
    binary = {"resourceType": "Binary", "contentType": media_type, "data": pybase64.b64encode(content).decode()}
    return orjson.dumps(
        {
            "resourceType": "Bundle",
            "meta": {"profile": [systems.PROVIDE_BUNDLE_PROFILE]},
            "type": "transaction",
            "entry": [
                {"fullUrl": url, "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
                for url, resource in zip(ids, (listing, document, binary), strict=True)
            ],
        }
    )


def _document(fiche: Fiche, content: bytes, *, media_type: str, subject: dict[str, Any], url: str) -> dict[str, Any]:
    contained = Contained()
    digest = hashlib.sha1(content, usedforsecurity=False).digest()
    attachment = {
        "contentType": media_type,
        "language": fiche.language,
        "url": url,
        "size": len(content),
        "hash": pybase64.b64encode(digest).decode(),
        "title": fiche.title,
        "creation": fiche.created and fiche.created.text,
    }
    authenticator, custodian = fiche.legal_authenticator, fiche.custodian
    written: dict[str, Any] = {
        "masterIdentifier": fiche.unique_id and unique_id(fiche.unique_id),
        "status": "current",
        "type": fiche.type and concept(fiche.type),
        "category": fiche.category and [concept(fiche.category)],
        "subject": subject,
        "date": fiche.created and fiche.created.start.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "author": [contained.author(author) for author in fiche.authors],
        "authenticator": contained.author(authenticator) if may_authenticate(authenticator) else None,
        "custodian": custodian and contained.organization(custodian),
        "relatesTo": [{"code": relation.kind.value, "target": _target(relation)} for relation in fiche.relates_to],
        "description": fiche.comments,
        "securityLabel": security_labels(fiche.confidentiality or "N", fiche.labels),
        "content": [{"attachment": _present(attachment)} | ({"format": coding(fiche.format)} if fiche.format else {})],
        "context": _context(fiche, contained),
    }
    head: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "meta": {"profile": [systems.DOCUMENT_REFERENCE_PROFILE]},
    }
    return head | _present({"contained": contained.resources}) | _present(written)


def _context(fiche: Fiche, contained: Contained) -> dict[str, Any]:
    period = {
        "start": fiche.service_start and fiche.service_start.text,
        "end": fiche.service_stop and fiche.service_stop.text,
    }
    return _present(
        {
            "event": [concept(event) for event in fiche.events],
            "period": _present(period),
            "facilityType": fiche.facility_type and concept(fiche.facility_type),
            "practiceSetting": fiche.practice_setting and concept(fiche.practice_setting),
            "sourcePatientInfo": fiche.source_patient
            and contained.add("patient", patient_resource(fiche.source_patient)),
            "related": [reference_id(kind, value) for kind, value in fiche.reference_ids],
        }
    )


def _target(relation: RelatesTo) -> dict[str, Any]:
    """
    By id when it is known, else by uniqueId.

    Raises
    ------
        ValueError: a relation that names nothing.
    """
    if relation.entry is not None:
        return {"reference": f"DocumentReference/{relation.entry}"}
    if relation.unique_id is None:
        raise ValueError(relation.kind)
    return {"identifier": unique_id(relation.unique_id)}


def _present(members: dict[str, Any]) -> dict[str, Any]:
    """Without what is absent: FHIR allows neither null nor empty."""
    return {name: value for name, value in members.items() if value}
