"""
What the two kinds of List share: members that the profiles fix, and a List as served, with what the asker may see of it.

Source: IHE MHD 4.2 `IHE.MHD.List`; PDSm `pdsm-submissionset-comprehensive`, `pdsm-folder-comprehensive` (documents.md §3.1).
"""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from carnet.domain.errors import Issue
from carnet.domain.record.lists.model import ListKind, StoredList
from carnet.formats.fhir import systems
from carnet.formats.fhir.codings import read_concept
from carnet.formats.fhir.faults import Place, fault, note
from carnet.formats.fhir.identities import read_unique_id, unique_id
from carnet.formats.fhir.times import instant
from carnet.vocabulary.identifiers import UniqueId

# By URL, each with its position.
Extensions = dict[str, tuple[dict[str, Any], int]]

_PROFILES = {
    ListKind.SUBMISSION_SET: systems.SUBMISSION_SET_PROFILE.encode(),
    ListKind.FOLDER: systems.FOLDER_PROFILE.encode(),
}


def check_head(resource: dict[str, Any], kind: ListKind, place: Place, issues: list[Issue]) -> None:
    """Status, mode and code, which the profile of each kind fixes."""
    for name, wanted in (("status", "current"), ("mode", "working")):
        check_fixed(resource.get(name), wanted, (place, "." + name), name, issues)
    code = resource.get("code", {}).get("coding", [{}])[0]
    check_fixed(code.get("code"), kind, (place, ".code.coding[0].code"), "code", issues)
    check_fixed(code.get("system"), systems.LIST_TYPES, (place, ".code.coding[0].system"), "system", issues)


def check_fixed(value: str | None, wanted: str, place: Place, name: str, issues: list[Issue]) -> None:
    """A member that the profile requires with one value."""
    if value is None:
        fault(issues, "element-required", place, name=name)
    elif value != wanted:
        fault(issues, "element-fixed", place, name=name, value=value, expected=wanted)


def list_unique_id(nodes: Sequence[dict[str, Any]], place: Place, issues: list[Issue]) -> UniqueId | None:
    """The identifier of use `usual`; an `official` one is an entryUUID, which the server gives."""
    chosen = next((i for i, node in enumerate(nodes) if node.get("use") == "usual"), None)
    if chosen is None:
        chosen = next((i for i, node in enumerate(nodes) if node.get("use") != "official"), None)
    for index in range(len(nodes)):
        if index != chosen:
            note(issues, "element-not-kept", (place, f"[{index}]"), name="identifier")
    return None if chosen is None else read_unique_id(nodes[chosen], (place, f"[{chosen}]"), issues=issues)


def extension_of(extensions: Extensions, url: str, place: Place, issues: list[Issue]) -> Any:
    """A required extension with its position, or None after `element-required`."""
    found = extensions.get(url)
    if found is None:
        fault(issues, "element-required", (place, f".extension.where(url='{url}')"), name=url.rpartition("/")[2])
    return found


def designation_type(extensions: Extensions, place: Place, issues: list[Issue]) -> Any:
    """The code of ihe-designationType, required."""
    found = extension_of(extensions, systems.DESIGNATION_TYPE, place, issues)
    if found is None:
        return None
    node, index = found
    return read_concept(
        node["valueCodeableConcept"], (place, f".extension[{index}].valueCodeableConcept"), issues=issues
    )


def extensions_of(resource: dict[str, Any]) -> Extensions:
    """The extensions of a checked List, by URL; one that may stand several times by its last."""
    return {node["url"]: (node, index) for index, node in enumerate(resource.get("extension", ()))}


def comments_of(resource: dict[str, Any], place: Place, issues: list[Issue]) -> str | None:
    """The first note; the others are told as not kept."""
    notes = resource.get("note", ())
    for index in range(1, len(notes)):
        note(issues, "element-not-kept", (place, f".note[{index}]"), name="note")
    text: str | None = notes[0].get("text") if notes else None
    return text


def identifiers(unique: UniqueId | None, list_id: UUID | None) -> list[dict[str, str]]:
    """uniqueId, made from the id when the sender gave none, then entryUUID."""
    named = unique or (None if list_id is None else UniqueId(str(list_id)))
    found = [] if named is None else [{"use": "usual", **unique_id(named)}]
    if list_id is not None:
        found.append({"use": "official", "system": systems.URI, "value": systems.UUID_PREFIX + str(list_id)})
    return found


def version_of(stored: StoredList) -> str:
    """Of what this asker sees: another view cannot be guessed from it."""
    shown = b"".join(item.bytes for item in (*stored.documents, *stored.folders))
    if stored.kind is ListKind.FOLDER:
        shown += instant(stored.updated_at).encode()
    return hashlib.sha256(shown).hexdigest()[:16]


def write_list(stored: StoredList) -> bytes:
    """One List as served: its lasting part, with the documents and folders that the asker may see."""
    items = [b"DocumentReference/%b" % str(item).encode() for item in stored.documents]
    items += [b"List/%b" % str(item).encode() for item in stored.folders]
    entries = b",".join(b'{"item":{"reference":"%b"}}' % item for item in items)
    changed = instant(stored.updated_at).encode()
    return b"".join(
        (
            b'{"resourceType":"List","id":"',
            str(stored.list_id).encode(),
            b'","meta":{"versionId":"',
            version_of(stored).encode(),
            b'","lastUpdated":"',
            changed,
            b'","profile":["%b"]},' % _PROFILES[stored.kind],
            stored.fiche,
            b',"date":"%b"' % changed if stored.kind is ListKind.FOLDER else b"",
            b',"entry":[' + entries + b"]}",
        )
    )
