"""
JSON Patch on what may change of a DocumentReference.

Source: RFC 6902 (operations), RFC 6901 (pointers); FHIR R4 §3.1.0.9.1; drafts of PDSm4DMP TD3.3a to d (documents.md §1.6).
"""

import copy
import re
from collections.abc import Sequence
from typing import Any

from carnet.domain.errors import Invalid
from carnet.formats.fhir.patch_document import CHANGEABLE, LISTS, MAX_OPERATIONS, Document, forbidden, require_small
from carnet.vocabulary.frozen import frozen

_NAME = re.compile(r"[A-Za-z_]\w*")
_INDEX = re.compile(r"0|[1-9]\d{0,8}")
_NEEDS_VALUE = frozenset({"add", "replace", "test"})
_NEEDS_FROM = frozenset({"move", "copy"})
_OPERATIONS = _NEEDS_VALUE | _NEEDS_FROM | {"remove"}

Pointer = tuple[str, ...]


@frozen
class JsonOperation:
    """op: of RFC 6902. origin: of a move or a copy. place: where it stands in the patch."""

    op: str
    path: Pointer
    place: str
    value: Any = None
    origin: Pointer = ()

    @property
    def touches(self) -> str | None:
        """The element that it changes; a test changes none."""
        return None if self.op == "test" else self.path[0]


def read_json_patch(operations: Sequence[Any]) -> tuple[JsonOperation, ...]:
    """
    The operations of a patch.

    Raises
    ------
        Invalid: `patch-empty`, `patch-too-many-operations`, `patch-operation`, `patch-pointer`; `patch-element-forbidden`.
    """
    if not operations:
        raise Invalid("patch-empty")
    if len(operations) > MAX_OPERATIONS:
        raise Invalid("patch-too-many-operations", limit=str(MAX_OPERATIONS))
    return tuple(_read(item, f"patch[{index}]") for index, item in enumerate(operations))


def _read(item: Any, place: str) -> JsonOperation:
    op = item.get("op") if isinstance(item, dict) else None
    if not isinstance(op, str) or op not in _OPERATIONS:
        raise Invalid("patch-operation", expression=place)
    if (op in _NEEDS_VALUE and "value" not in item) or (op in _NEEDS_FROM and "from" not in item):
        raise Invalid("patch-operation", expression=place)
    path = _pointer(item.get("path"), place)
    origin = _pointer(item["from"], place) if op in _NEEDS_FROM else ()
    return JsonOperation(op, path, place, item.get("value"), origin)


def _pointer(text: Any, place: str) -> Pointer:
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise Invalid("patch-pointer", expression=place)
    if not text:
        raise forbidden("DocumentReference", place)
    steps = tuple(step.replace("~1", "/").replace("~0", "~") for step in text[1:].split("/"))
    if not _NAME.fullmatch(steps[0]):  # among others `extension[url:'…']`, printed in a draft, which is no pointer
        raise Invalid("patch-pointer", expression=place)
    if steps[0] not in CHANGEABLE:
        raise forbidden(steps[0], place)
    return steps


def apply_json_patch(operations: Sequence[JsonOperation], document: Document) -> Document:
    """
    The document once patched.

    Raises
    ------
        Invalid: `patch-path-missing`, `patch-test-failed`, `patch-label-ambiguous`, `patch-too-large`.
    """
    patched = copy.deepcopy(document)
    for operation in operations:
        _apply(operation, patched)
        require_small(patched, operation.place)
    return patched


def _apply(operation: JsonOperation, document: Document) -> None:
    match operation.op:
        case "add":
            _add(document, operation.path, operation.value, operation.place)
        case "remove":
            _take(document, operation.path, operation.place)
        case "replace" if operation.path == ("securityLabel", "0") and _only_confirms(document, operation.value):
            _drop_the_label(document, operation.place)
        case "replace":
            _find(document, operation.path, operation.place)
            parent = _find(document, operation.path[:-1], operation.place)
            parent[_key(parent, operation.path[-1])] = copy.deepcopy(operation.value)
        case "move":
            _add(document, operation.path, _take(document, operation.origin, operation.place), operation.place)
        case "copy":
            found = _find(document, operation.origin, operation.place)
            _add(document, operation.path, copy.deepcopy(found), operation.place)
        case _:
            if not _equal(_find(document, operation.path, operation.place), operation.value):
                raise Invalid("patch-test-failed", expression=operation.place)


def _only_confirms(document: Document, value: Any) -> bool:
    """Whether the first label is replaced by what it says already: how the draft unmasks, since it knows one label only."""
    labels = document.get("securityLabel")
    return isinstance(labels, list) and bool(labels) and _codes(labels[0]) == _codes(value) != []


def _codes(concept: Any) -> list[str]:
    codings = concept.get("coding") if isinstance(concept, dict) else None
    if not isinstance(codings, list):
        return []
    return [str(coding.get("code")) for coding in codings if isinstance(coding, dict)]


def _drop_the_label(document: Document, place: str) -> None:
    labels: list[Any] = document["securityLabel"]
    if len(labels) > 2:
        # Which of them it means cannot be told, and showing to the patient cannot be undone.
        raise Invalid("patch-label-ambiguous", expression=place)
    del labels[1:]


def _find(document: Any, path: Pointer, place: str) -> Any:
    node = document
    for step in path:
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and _INDEX.fullmatch(step) and int(step) < len(node):
            node = node[int(step)]
        else:
            raise Invalid("patch-path-missing", expression=place)
    return node


def _key(parent: Any, step: str) -> Any:
    return int(step) if isinstance(parent, list) else step


def _add(document: Any, path: Pointer, value: Any, place: str) -> None:
    if len(path) > 1 and path[-2] in LISTS and path[-1] in {"-", "0"}:
        holder = _find(document, path[:-2], place)
        if isinstance(holder, dict):
            holder.setdefault(path[-2], [])  # FHIR has no empty array to add to
    parent = _find(document, path[:-1], place)
    step, value = path[-1], copy.deepcopy(value)
    if isinstance(parent, dict):
        parent[step] = value
    elif isinstance(parent, list) and step == "-":
        parent.append(value)
    elif isinstance(parent, list) and _INDEX.fullmatch(step) and int(step) <= len(parent):
        parent.insert(int(step), value)
    else:
        raise Invalid("patch-path-missing", expression=place)


def _take(document: Any, path: Pointer, place: str) -> Any:
    _find(document, path, place)
    parent = _find(document, path[:-1], place)
    return parent.pop(_key(parent, path[-1]))


def _equal(one: Any, other: Any) -> bool:
    """As JSON: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[name], other[name]) for name in one)
    return bool(one == other)
