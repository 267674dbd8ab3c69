"""Where an attribute of the fiche stands in a DocumentReference: the domain names attributes, FHIR wants paths."""

from dataclasses import replace

from carnet.domain.errors import Issue

_PATHS = {
    "unique_id": "masterIdentifier",
    "type": "type",
    "category": "category",
    "format": "content[0].format",
    "mime_type": "content[0].attachment.contentType",
    "language": "content[0].attachment.language",
    "title": "content[0].attachment.title",
    "size": "content[0].attachment.size",
    "hash": "content[0].attachment.hash",
    "created": "content[0].attachment.creation",
    "service_start": "context.period.start",
    "facility_type": "context.facilityType",
    "practice_setting": "context.practiceSetting",
    "authors": "author",
    "confidentiality": "securityLabel",
    "labels": "securityLabel",
    "patient": "subject",
    "relates_to": "relatesTo",
    "set_unique_id": "identifier",
    "content_type": "extension",
}


def with_path(issue: Issue) -> Issue:
    """The issue with the FHIRPath of the attribute it names, if it names one."""
    path = _PATHS.get(issue.facts.get("attribute", ""))
    if path is None or issue.expression is None or issue.expression.startswith("/"):
        return issue
    return replace(issue, expression=f"{issue.expression}.{path}")
