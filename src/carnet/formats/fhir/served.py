"""
The fiche as it is served: its lasting part written once, at the deposit, and the rest spliced around it at each reading.

Source: documents.md §3.1; design, one read path: stored text holds neither the base URL nor a reference to another entry.
"""

from typing import Any, TypeGuard
from uuid import UUID

import orjson
import pybase64

from carnet.domain.access.model import AvailabilityStatus
from carnet.domain.record.model import Author, AuthorKind, DocumentEntry, StoredEntry
from carnet.formats.fhir import systems
from carnet.formats.fhir.author_resources import Contained
from carnet.formats.fhir.codings import coding, concept
from carnet.formats.fhir.identities import identifier, ins_identifier, unique_id
from carnet.formats.fhir.patients import patient_resource
from carnet.formats.fhir.security_labels import security_labels_json
from carnet.formats.fhir.times import instant_json
from carnet.vocabulary.ins import Ins

_RELATIVE_URL = b'"url":"Binary/'

_STATUS = {
    AvailabilityStatus.APPROVED: b'"status":"current"',
    AvailabilityStatus.DEPRECATED: b'"status":"superseded"',
    AvailabilityStatus.ARCHIVED: b'"status":"current","extension":[{"url":"%b","valueBoolean":true}]'
    % systems.IS_ARCHIVED.encode(),
    AvailabilityStatus.DELETED: b'"status":"superseded","extension":[{"url":"%b","valueBoolean":true}]'
    % systems.IS_DELETED.encode(),
}
_META_END = b',"profile":["%b"]},"identifier":[{"use":"official","system":"%b","value":"urn:uuid:' % (
    systems.DOCUMENT_REFERENCE_PROFILE.encode(),
    systems.URI.encode(),
)
_SECOND_IDENTIFIER = b'"},{"use":"secondary","system":"%b","value":"urn:uuid:' % systems.URI.encode()


def write_fiche(entry: DocumentEntry, *, patient_id: UUID, ins: Ins, logical_id: UUID) -> bytes:
    """
    The lasting part of a served fiche: JSON members without the outer braces.

    Gives
        members other than id, meta, status, securityLabel, relatesTo and identifier; no base URL: `attachment.url` is exactly
        `Binary/<logical_id>`. Authors, authenticator, custodian and source patient are contained, each once.
    """
    contained = Contained()
    fiche: dict[str, Any] = {
        "masterIdentifier": unique_id(entry.unique_id),
        "type": concept(entry.type),
        "category": [concept(entry.category)],
        "subject": {"reference": f"Patient/{patient_id}", "identifier": ins_identifier(ins)},
        "date": entry.created.text if "T" in entry.created.text else _instant(entry),
    }
    if entry.authors:
        fiche["author"] = [contained.author(author) for author in entry.authors]
    if may_authenticate(entry.legal_authenticator):
        fiche["authenticator"] = contained.author(entry.legal_authenticator)
    if entry.custodian is not None:
        fiche["custodian"] = contained.organization(entry.custodian)
    if entry.comments:
        fiche["description"] = entry.comments
    fiche["content"] = [
        {
            "attachment": {
                "contentType": entry.mime_type,
                "language": entry.language,
                "url": f"Binary/{logical_id}",
                "size": entry.size_bytes,
                "hash": pybase64.b64encode_as_string(bytes.fromhex(entry.hash_sha1)),
                "title": entry.title,
                "creation": entry.created.text,
            },
            "format": coding(entry.format),
        }
    ]
    fiche["context"] = _context(entry, contained)
    if contained.resources:
        fiche = {"contained": contained.resources, **fiche}
    return orjson.dumps(fiche)[1:-1]


def write_served(entry: StoredEntry, *, base_url: str) -> bytes:
    """
    One DocumentReference as served: what may change, around what does not.

    Takes
        base_url: of the FHIR server, ending with `/fhir`; the link to the content is absolute.
    """
    return write_served_at(b'"url":"%b/Binary/' % base_url.encode(), entry, ident=orjson.dumps(entry.logical_id)[1:-1])


def write_served_at(content_url: bytes, entry: StoredEntry, *, ident: bytes) -> bytes:
    """
    `write_served`, for one fiche of a page.

    Takes
        content_url: the member that holds the link to a content, up to its id. ident: the logicalId as it is written.
    """
    relations = b""
    if entry.relates_to:
        targets = b",".join(
            b'{"code":"%b","target":{"reference":"DocumentReference/%b"}}' % (kind.encode(), str(target).encode())
            for kind, target in entry.relates_to
        )
        relations = b',"relatesTo":[' + targets + b"]"
    return b"".join(
        (
            b'{"resourceType":"DocumentReference","id":"',
            ident,
            b'","meta":{"versionId":"%d","lastUpdated":' % entry.version,
            instant_json(entry.updated_at),
            _META_END,
            orjson.dumps(entry.entry_uuid)[1:-1],
            _SECOND_IDENTIFIER,
            ident,
            b'"}],',
            _STATUS[entry.status],
            b',"securityLabel":',
            security_labels_json(entry.confidentiality, entry.labels),
            relations,
            b",",
            # Quotes within a JSON string are escaped, so no title can look like this member.
            entry.fiche.replace(_RELATIVE_URL, content_url, 1),
            b"}",
        )
    )


def may_authenticate(author: Author | None) -> TypeGuard[Author]:
    """
    Whether FHIR can name this legal authenticator: a professional or an organisation.

    R4 has no place for a patient there; the document's own header keeps them.
    """
    return author is not None and author.kind in {AuthorKind.PERSON, AuthorKind.ORGANIZATION}


def _instant(entry: DocumentEntry) -> str:
    """`date` is an instant: a creation known to the day begins with that day."""
    return entry.created.start.isoformat(timespec="seconds").replace("+00:00", "Z")


def _context(entry: DocumentEntry, contained: Contained) -> dict[str, Any]:
    period = {"start": entry.service_start.text}
    if entry.service_stop is not None:
        period["end"] = entry.service_stop.text
    context: dict[str, Any] = {}
    if entry.events:
        context["event"] = [concept(event) for event in entry.events]
    context["period"] = period
    context["facilityType"] = concept(entry.facility_type)
    context["practiceSetting"] = concept(entry.practice_setting)
    if entry.source_patient is not None:
        context["sourcePatientInfo"] = contained.add("patient", patient_resource(entry.source_patient))
    if entry.reference_ids:
        context["related"] = [reference_id(kind, value) for kind, value in entry.reference_ids]
    return context


def reference_id(kind: str, value: str) -> dict[str, Any]:
    """One item of `context.related`, from (type URN or empty, `value` or `value^^^&OID&ISO`)."""
    text, _, authority = value.partition("^^^")
    node: dict[str, Any] = identifier(text, authority.removeprefix("&").removesuffix("&ISO"))
    if kind:
        node = {"type": {"coding": [{"system": systems.URI, "code": kind}]}, **node}
    return {"identifier": node}
