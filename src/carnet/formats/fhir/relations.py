"""relatesTo: towards a fiche we hold, by id or identifier, or towards another of the same message. Source: documents.md §3.2, Associations."""

from typing import Any
from uuid import UUID

from carnet.domain.errors import Issue
from carnet.domain.record.model import AssociationKind, RelatesTo
from carnet.formats.fhir import systems
from carnet.formats.fhir.faults import Place, expression, fault
from carnet.formats.fhir.identities import parse_unique_id
from carnet.formats.fhir.references import Resolve
from carnet.vocabulary.identifiers import UniqueId, is_uuid

_KINDS = {kind.value: kind for kind in AssociationKind}


def read_relates_to(
    nodes: list[dict[str, Any]], place: Place, *, resolve: Resolve, issues: list[Issue]
) -> tuple[RelatesTo, ...]:
    """
    The relations asked for. One towards a fiche of the same message is given by that fiche's uniqueId.

    Gives
        issues: `relation-code`, `element-required`, `target-unknown` (an id or identifier that cannot be one of ours: the relation is then
            given with neither `entry` nor `unique_id`).
    """
    found = []
    for index, node in enumerate(nodes):
        where = (place, f"[{index}]")
        code = node.get("code")
        if code not in _KINDS:
            name = "element-required" if code is None else "relation-code"
            fault(issues, name, (where, ".code"), name="code", code=str(code))
            continue
        target = node.get("target")
        if target is None or not (target.keys() & {"reference", "identifier"}):
            fault(issues, "element-required", (where, ".target"), name="target")
            continue
        found.append(_relation(_KINDS[code], target, (where, ".target"), resolve, issues))
    return tuple(found)


def _relation(
    kind: AssociationKind, target: dict[str, Any], place: Place, resolve: Resolve, issues: list[Issue]
) -> RelatesTo:
    said = expression(place)
    reference = target.get("reference")
    if reference is None:
        node = target["identifier"]
        return _by_identifier(
            kind, (node.get("system"), node.get("value", "")), (place, ".identifier"), issues=issues, said=said
        )
    sibling = resolve(reference)
    if sibling is not None and sibling.get("resourceType") == "DocumentReference":
        unique_id = _unique_id_of(sibling)
        if unique_id is not None:
            return RelatesTo(kind, unique_id=unique_id, expression=said)
    if reference.startswith("DocumentReference?identifier="):
        system, _, value = reference.partition("=")[2].replace("%7C", "|").rpartition("|")
        return _by_identifier(kind, (system or None, value), (place, ".reference"), issues=issues, said=said)
    entry = entry_of(reference)
    if entry is None:
        fault(issues, "target-unknown", (place, ".reference"), target=reference)
    return RelatesTo(kind, entry=entry, expression=said)


def _unique_id_of(sibling: dict[str, Any]) -> UniqueId | None:
    """Of a fiche that may not have been checked yet: its own faults are told when its turn comes."""
    node = sibling.get("masterIdentifier")
    if not isinstance(node, dict):
        return None
    system, value = node.get("system"), node.get("value")
    if not isinstance(value, str) or not isinstance(system, str | None):
        return None
    return parse_unique_id(system, value)


def entry_of(reference: str) -> UUID | None:
    """The id in `DocumentReference/{uuid}` (absolute, relative, with or without a version) or in a `urn:uuid:` (a former entryUUID)."""
    if reference[:9].lower() == systems.UUID_PREFIX:
        ident = reference[9:]
    else:
        steps = reference.split("/")
        if "_history" in steps:
            steps = steps[: steps.index("_history")]
        if len(steps) < 2 or steps[-2] != "DocumentReference":
            return None
        ident = steps[-1]
    return UUID(ident) if is_uuid(ident) else None


def _by_identifier(
    kind: AssociationKind, token: tuple[str | None, str], place: Place, *, issues: list[Issue], said: str
) -> RelatesTo:
    system, value = token
    unique_id = parse_unique_id(system, value)
    if unique_id is None:
        fault(issues, "target-unknown", place, target=value)
        return RelatesTo(kind, expression=said)
    if unique_id.extension is None and is_uuid(unique_id.root):
        # A bare UUID may be an entryUUID or the uniqueId of a document named by a UUID: both are offered.
        return RelatesTo(kind, entry=UUID(unique_id.root), unique_id=unique_id, expression=said)
    return RelatesTo(kind, unique_id=unique_id, expression=said)
