"""
FHIRPath Patch on what may change of a DocumentReference: a Parameters with one parameter for each operation.

Source: FHIR R4 §2.9.1 (fhirpatch.html); PDSm flux 3; MHD `IHE.MHD.Patch.Parameters`.
"""

import copy
from collections.abc import Sequence
from typing import Any

from carnet.domain.errors import Invalid
from carnet.formats.fhir.patch_document import CHANGEABLE, LISTS, MAX_OPERATIONS, Document, forbidden
from carnet.formats.fhir.patch_path import Location, Member, Step, at, find, parse_path
from carnet.vocabulary.frozen import frozen

_TYPES = frozenset({"add", "insert", "delete", "replace", "move"})
_PARTS = frozenset({"type", "path", "name", "value", "index", "source", "destination"})
_MAX_NESTED = 6


@frozen
class PathOperation:
    """type: of FHIRPath Patch. name: of the element added. index, source, destination: positions. place: where it stands in the patch."""

    type: str
    steps: tuple[Step, ...]
    place: str
    name: str = ""
    value: Any = None
    index: int = 0
    source: int = 0
    destination: int = 0

    @property
    def touches(self) -> str | None:
        """The element that it changes."""
        first = self.steps[0] if self.steps else None
        return first.name if isinstance(first, Member) else self.name


def read_path_patch(parameters: dict[str, Any]) -> tuple[PathOperation, ...]:
    """
    The operations of a patch.

    Raises
    ------
        Invalid: `patch-parameters-expected`, `patch-empty`, `patch-too-many-operations`, `patch-operation`, `patch-path`;
            `patch-element-forbidden`.
    """
    if parameters.get("resourceType") != "Parameters":
        raise Invalid(
            "patch-parameters-expected", expression="Parameters", type=str(parameters.get("resourceType"))[:80]
        )
    items = parameters.get("parameter", [])
    if not isinstance(items, list):
        raise Invalid("patch-operation", expression="Parameters.parameter")
    if not items:
        raise Invalid("patch-empty", expression="Parameters.parameter")
    if len(items) > MAX_OPERATIONS:
        raise Invalid("patch-too-many-operations", expression="Parameters.parameter", limit=str(MAX_OPERATIONS))
    return tuple(_read(item, f"Parameters.parameter[{index}]") for index, item in enumerate(items))


def _read(item: Any, place: str) -> PathOperation:
    if not isinstance(item, dict) or item.get("name") != "operation" or not isinstance(item.get("part"), list):
        raise Invalid("patch-operation", expression=place)
    parts: dict[str, Any] = {}
    for part in item["part"]:
        name = part.get("name") if isinstance(part, dict) else None
        if not isinstance(name, str) or name not in _PARTS or name in parts:
            raise Invalid("patch-operation", expression=place)
        parts[name] = _value(part, place)
    kind, path = parts.get("type"), parts.get("path")
    if not isinstance(kind, str) or kind not in _TYPES or not isinstance(path, str):
        raise Invalid("patch-operation", expression=place)
    steps = parse_path(path, place=place)
    name = parts.get("name", "")
    if (
        not isinstance(name, str)
        or (kind == "add" and not name)
        or (kind in {"add", "insert", "replace"} and "value" not in parts)
    ):
        raise Invalid("patch-operation", expression=place)
    _check_touched(kind, steps, name, place)
    return PathOperation(
        kind, steps, place, name, parts.get("value"),
        *(_position(parts, each, kind, place) for each in ("index", "source", "destination")),
    )  # fmt: skip


def _check_touched(kind: str, steps: tuple[Step, ...], name: str, place: str) -> None:
    if not steps:
        if kind != "add":
            raise forbidden("DocumentReference", place)
        touched = name
    else:
        touched = steps[0].name if isinstance(steps[0], Member) else "DocumentReference"
    if touched not in CHANGEABLE:
        raise forbidden(touched, place)


def _position(parts: dict[str, Any], name: str, kind: str, place: str) -> int:
    needed = {"insert": {"index"}, "move": {"source", "destination"}}.get(kind, set())
    if name not in needed:
        return 0
    value = parts.get(name)
    if value.__class__ is not int or not 0 <= value < 1_000_000:
        raise Invalid("patch-operation", expression=place)
    return int(value)


def _value(part: dict[str, Any], place: str, depth: int = 0) -> Any:
    """The value of a part: its one `value[x]`, or an element made of its own parts."""
    values = [name for name in part if name.startswith("value")]
    nested = part.get("part")
    if depth > _MAX_NESTED or len(values) + (nested is not None) != 1:
        raise Invalid("patch-operation", expression=place)
    if values:
        return copy.deepcopy(part[values[0]])
    if not isinstance(nested, list):
        raise Invalid("patch-operation", expression=place)
    made: dict[str, Any] = {}
    for item in nested:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str):
            raise Invalid("patch-operation", expression=place)
        value = _value(item, place, depth + 1)
        if name in LISTS:
            made.setdefault(name, []).append(value)
        elif name in made:
            raise Invalid("patch-operation", expression=place)
        else:
            # `value` of an extension stands for the value[x] that its own part has.
            made[next((key for key in item if key.startswith("value")), name) if name == "value" else name] = value
    return made


def apply_path_patch(operations: Sequence[PathOperation], document: Document) -> Document:
    """
    The document once patched.

    Raises
    ------
        Invalid: `patch-path-missing`, `patch-path-several`.
    """
    patched = copy.deepcopy(document)
    for operation in operations:
        _apply(operation, patched)
    return patched


def _apply(operation: PathOperation, document: Document) -> None:
    match operation.type:
        case "add":
            _add(operation, document)
        case "insert":
            items = _list(operation, document)
            if operation.index > len(items):
                raise Invalid("patch-path-missing", expression=operation.place)
            items.insert(operation.index, operation.value)
        case "move":
            items = _list(operation, document)
            if max(operation.source, operation.destination) >= len(items):
                raise Invalid("patch-path-missing", expression=operation.place)
            items.insert(operation.destination, items.pop(operation.source))
        case "replace":
            location = _one(operation, document)
            at(document, location[:-1])[location[-1]] = operation.value
        case _:
            if find(document, operation.steps):  # nothing to delete is not a fault
                location = _one(operation, document)
                del at(document, location[:-1])[location[-1]]


def _add(operation: PathOperation, document: Document) -> None:
    parent = at(document, _one(operation, document)) if operation.steps else document
    name = operation.name
    if not isinstance(parent, dict) or (name not in LISTS and name in parent):
        raise Invalid("patch-path-missing", expression=operation.place)
    if name in LISTS:
        items = parent.setdefault(name, [])
        if not isinstance(items, list):
            raise Invalid("patch-path-missing", expression=operation.place)
        items.append(operation.value)
    else:
        parent[name] = operation.value


def _one(operation: PathOperation, document: Document) -> Location:
    """The one element of the path."""
    found = find(document, operation.steps)
    if not found:
        raise Invalid("patch-path-missing", expression=operation.place)
    if len(found) > 1:
        raise Invalid("patch-path-several", expression=operation.place)
    return found[0]


def _list(operation: PathOperation, document: Document) -> list[Any]:
    """The list that the path names, by its elements."""
    found = find(document, operation.steps)
    parents = {location[:-1] for location in found}
    items = at(document, parents.pop()) if len(parents) == 1 else None
    if not isinstance(items, list):
        raise Invalid("patch-path-missing", expression=operation.place)
    return items
