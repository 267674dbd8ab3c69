"""
What may change of a DocumentReference, as the small document that patches are applied to, and what they want of it.

The rest of the resource is not here: a patch that touches it is refused before (405). The confidentiality may be left out, as the draft of
PDSm4DMP does when it replaces the only label it knows: the one there was then stays.
Source: PDSm flux 3 (status, securityLabel, isArchived, isDeleted); documents.md §1.6, §2.4.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from carnet.domain.access.model import AvailabilityStatus
from carnet.domain.errors import Invalid, Issue
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.wanted import Wanted
from carnet.formats.fhir import systems
from carnet.formats.fhir.faults import errors, fault
from carnet.formats.fhir.security_labels import read_security_labels, security_labels
from carnet.formats.fhir.shapes import SHAPES
from carnet.formats.fhir.structure import check

CHANGEABLE = ("status", "securityLabel", "extension")
LISTS = frozenset({"securityLabel", "extension", "coding"})  # elements that repeat
MAX_OPERATIONS = 50
MAX_BYTES = 64 * 1024  # of a patch, and of what it makes

Document = dict[str, Any]
_STATUSES = frozenset({"current", "superseded", "entered-in-error"})
_FLAGS = {systems.IS_ARCHIVED: "is_archived", systems.IS_DELETED: "is_deleted"}


def changeable(entry: StoredEntry) -> Document:
    """Status, labels and extensions of a fiche, as they are served."""
    document: Document = {
        "status": "superseded" if entry.status is AvailabilityStatus.DEPRECATED else "current",
        "securityLabel": security_labels(entry.confidentiality, entry.labels),
    }
    if entry.status is AvailabilityStatus.ARCHIVED:
        document["extension"] = [{"url": systems.IS_ARCHIVED, "valueBoolean": True}]
    return document


def require_small(document: Document, place: str) -> None:
    """Refuse what a patch that copies and copies again would make. Raises Invalid: `patch-too-large`."""
    try:
        size = len(orjson.dumps(document))
    except orjson.JSONEncodeError:  # nested past what orjson writes
        size = MAX_BYTES + 1
    if size > MAX_BYTES:
        raise Invalid("patch-too-large", expression=place, limit=str(MAX_BYTES))


def forbidden(element: str, place: str) -> Invalid:
    """The refusal of a patch that touches something else."""
    return Invalid("patch-element-forbidden", expression=place, name=element[:80])


def wanted(document: Document, *, speaks_of_labels: bool = False) -> Wanted:
    """
    What a patched document asks for.

    Takes
        speaks_of_labels: whether the patch touched securityLabel.

    Raises
    ------
        Invalid: every fault of the elements, at its place; `patch-element-forbidden`: another element, or another extension.
    """
    place = "DocumentReference"
    issues: list[Issue] = []
    for name in document:
        if name not in CHANGEABLE:
            raise forbidden(name, f"{place}.{name}")
    status = document.get("status")
    if status is None:
        fault(issues, "element-required", f"{place}.status", name="status")
    elif not isinstance(status, str) or status not in _STATUSES:
        fault(issues, "patch-status", f"{place}.status", status=str(status))
    labels = _items(document.get("securityLabel", []), f"{place}.securityLabel", issues)
    for index, node in enumerate(labels):
        check(node, SHAPES["CodeableConcept"], f"{place}.securityLabel[{index}]", issues=issues)
    confidentiality, visibility = read_security_labels(labels, f"{place}.securityLabel", issues=issues)
    flags = _flags(_items(document.get("extension", []), f"{place}.extension", issues), f"{place}.extension", issues)
    found = errors(issues)
    if found:
        raise Invalid(found[0].code, issues=found)
    return Wanted(
        str(status), confidentiality, visibility, flags.get("is_archived", False), flags.get("is_deleted", False), speaks_of_labels
    )  # fmt: skip


def _items(value: Any, place: str, issues: list[Issue]) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        fault(issues, "element-type", place, expected="array")
        return []
    found = []
    for index, item in enumerate(value):
        if isinstance(item, dict):
            found.append(item)
        else:
            fault(issues, "element-type", f"{place}[{index}]", expected="object")
    return found


def _flags(extensions: Sequence[dict[str, Any]], place: str, issues: list[Issue]) -> dict[str, bool]:
    flags: dict[str, bool] = {}
    for index, item in enumerate(extensions):
        where = f"{place}[{index}]"
        url, value = item.get("url"), item.get("valueBoolean")
        flag = _FLAGS.get(url) if isinstance(url, str) else None
        if flag is None:
            raise forbidden(f"extension {url}", where)
        for name in item.keys() - {"url", "valueBoolean", "id"}:
            fault(issues, "element-unknown", f"{where}.{name}", name=name)
        if not isinstance(value, bool):
            fault(issues, "element-type", f"{where}.valueBoolean", expected="boolean")
        elif flag in flags:
            fault(issues, "element-too-many", where, name=str(url))
        else:
            flags[flag] = value
    return flags
