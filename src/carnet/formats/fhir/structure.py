"""
Whether a JSON object has the shape of a FHIR element: known names, right JSON types, nothing empty.

A faulty member is told, then taken out, so that what reads the object next finds only sound members and every fault is told at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from carnet.domain.errors import Issue
from carnet.formats.fhir.faults import Place, fault, note
from carnet.formats.fhir.plainness import (
    MAX_INTEGER,
    Test,
    Tests,
    is_anything,
    is_text,
    remembering,
    test_of_contained,
    test_of_extensions,
    test_of_object,
    test_of_value,
)
from carnet.vocabulary.frozen import frozen

_PRIMITIVES: dict[str, type] = {"string": str, "boolean": bool, "integer": int, "object": dict}

_KEPT, _CONTAINED, _EXTENSIONS, _SILENT, _NOTED, _REFUSED = range(6)


@frozen
class Element:
    """
    kind: what to do with it. many: an array. type: the JSON type of a value. shape: of an object, when it is looked into.

    repeated: of an extension that may stand several times.
    """

    kind: int
    many: bool = False
    type: type = dict
    shape: Union["Shape", None] = None
    repeated: bool = False


@dataclass(slots=True)
class Shape:
    """
    elements by name; extensions by URL, with the one element of their value; contained: shapes by resourceType. is_repeated: its objects
    come again and again, in messages about different people.

    is_plain: whether an object of this shape has nothing to be told (see `plainness`), from its `texts` and the `tests` of its other elements.
    """

    name: str
    is_repeated: bool = False
    elements: dict[str, Element] = field(default_factory=dict)
    extensions: dict[str, tuple[str, Element]] = field(default_factory=dict)
    contained: dict[str, "Shape"] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    tests: Tests = field(default_factory=dict)
    is_plain: Test = field(init=False)

    def __post_init__(self) -> None:
        test = test_of_object(self.texts, self.tests)
        self.is_plain = remembering(test) if self.is_repeated else test


def compile_shapes(
    table: Mapping[str, str],
    *,
    extensions: Mapping[str, Mapping[str, str]],
    contained: Sequence[str],
    repeated: Collection[str] = (),
) -> dict[str, Shape]:
    """Read the notation of `shapes`: every shape by its name, its extensions by URL, what a resource may contain, and what is repeated."""
    shapes = {name: Shape(name, is_repeated=name in repeated) for name in table}
    for name, line in table.items():
        shape = shapes[name]
        shape.elements["extension"] = Element(_EXTENSIONS, many=True)
        shape.elements["modifierExtension"] = Element(_REFUSED)
        for word in line.split():
            label, element = _element(word, shapes)
            shape.elements[label] = element
        for url, word in extensions.get(name, {}).items():
            shape.extensions[url] = _element(word, shapes)
        shape.contained = {kind: shapes[kind] for kind in contained}
    for shape in shapes.values():
        for name, element in shape.elements.items():
            test = _test(element, shape)
            if test in (is_text, is_anything):
                shape.texts.add(name)
            if test is not None and test is not is_text:
                shape.tests[name] = test
    return shapes


def _test(element: Element, shape: Shape) -> Test | None:
    """How `plainness` sees that there is nothing to tell of this element; None when there always is."""
    if element.kind == _KEPT:
        inner = None if element.shape is None else element.shape.is_plain
        return test_of_value(element.type, inner, many=element.many)
    if element.kind == _SILENT:
        return is_anything
    if element.kind == _CONTAINED:
        return test_of_contained({kind: each.is_plain for kind, each in shape.contained.items()})
    if element.kind == _EXTENSIONS:
        known = {url: (label, _test(value, shape)) for url, (label, value) in shape.extensions.items()}
        return test_of_extensions({url: (label, test) for url, (label, test) in known.items() if test is not None})
    return None


def _element(word: str, shapes: Mapping[str, Shape]) -> tuple[str, Element]:
    simple = {"=": _SILENT, "~": _NOTED, "!": _REFUSED}.get(word[0])
    if simple is not None:
        return word[1:], Element(simple)
    label, _, kind = word.partition(":")
    many, repeated = kind.endswith("*"), kind.endswith("+")
    kind = kind.rstrip("*+")
    if kind == "Contained":
        return label, Element(_CONTAINED, many=True)
    json_type = _PRIMITIVES.get(kind, dict)
    return label, Element(_KEPT, many, json_type, shapes.get(kind), repeated)


def check(node: dict[str, Any], shape: Shape, place: Place, *, issues: list[Issue]) -> None:
    """
    Tell every fault of `node` and of what it holds, and take the faulty members out of it.

    Gives
        issues: `element-unknown`, `element-forbidden`, `modifier-extension`, `element-type`, `element-empty`, `element-required`,
            `contained-type`, `contained-duplicate-id`; warnings `element-not-kept`, `extension-ignored`.
    """
    if shape.is_plain(node):
        return
    elements = shape.elements
    faulty: list[str] | None = None
    for name, value in node.items():
        element = elements.get(name)
        if element is None:
            sound = _unknown(name, shape, place, issues)
        elif element.kind == _KEPT:
            sound = _is_sound(value, element, (place, "." + name), issues)
        elif element.kind == _SILENT:
            continue
        else:
            sound = _special(value, element, shape, (place, "." + name), issues)
        if not sound:
            faulty = [*(faulty or ()), name]
    if faulty:
        for name in faulty:
            del node[name]


def _is_sound(value: Any, element: Element, place: Place, issues: list[Issue]) -> bool:
    if not element.many:
        return _is_value(value, element, place, issues)
    if value.__class__ is not list:
        fault(issues, "element-type", place, expected="array")
        return False
    if not value:
        fault(issues, "element-empty", place)
        return False
    sound = True
    for index, item in enumerate(value):
        sound &= _is_value(item, element, (place, f"[{index}]"), issues)
    return sound


def _is_value(value: Any, element: Element, place: Place, issues: list[Issue]) -> bool:
    kind: Any = element.type
    if value.__class__ is not kind:
        fault(issues, "element-type", place, expected=_EXPECTED[kind])
        return False
    if kind is dict:
        if not value:
            fault(issues, "element-empty", place)
            return False
        if element.shape is not None:
            check(value, element.shape, place, issues=issues)
    elif kind is str:
        if not value or value.isspace():
            fault(issues, "element-empty", place)
            return False
    elif kind is int and not 0 <= value <= MAX_INTEGER:
        fault(issues, "element-type", place, expected="unsignedInt")
        return False
    return True


_EXPECTED = {str: "string", bool: "boolean", int: "integer", dict: "object"}


def _unknown(name: str, shape: Shape, place: Place, issues: list[Issue]) -> bool:
    twin = shape.elements.get(name[1:]) if name.startswith("_") else None
    if twin is not None and twin.kind != _REFUSED:
        # `_title` carries the extensions of the value `title`.
        note(issues, "extension-ignored", (place, "." + name[1:]), url=name)
        return True
    fault(issues, "element-unknown", (place, "." + name), name=name)
    return False


def _special(value: Any, element: Element, shape: Shape, where: tuple[Place, str], issues: list[Issue]) -> bool:
    name = where[1][1:]
    if element.kind == _NOTED:
        note(issues, "element-not-kept", where, name=name)
        return True
    if element.kind == _REFUSED:
        fault(issues, "modifier-extension" if name == "modifierExtension" else "element-forbidden", where, name=name)
        return False
    if value.__class__ is not list:
        fault(issues, "element-type", where, expected="array")
        return False
    if not value:
        fault(issues, "element-empty", where)
        return False
    if element.kind == _EXTENSIONS:
        return _are_extensions(value, shape, where, issues)
    return _are_contained(value, shape, where, issues)


def _are_extensions(items: list[Any], shape: Shape, place: Place, issues: list[Issue]) -> bool:
    sound = True
    seen: set[str] = set()
    for index, item in enumerate(items):
        where = (place, f"[{index}]")
        if item.__class__ is not dict:
            fault(issues, "element-type", where, expected="object")
            sound = False
            continue
        url = item.get("url")
        if url.__class__ is not str or not url:
            fault(issues, "element-required", (where, ".url"), name="url")
            sound = False
            continue
        known = shape.extensions.get(url)
        if known is None:
            note(issues, "extension-ignored", where, url=url)
            continue
        label, element = known
        if url in seen and not element.repeated:
            fault(issues, "element-too-many", where, name=url)
            sound = False
        seen.add(url)
        if label not in item:
            fault(issues, "element-required", (where, "." + label), name=label)
            sound = False
        else:
            sound &= _is_sound(item[label], element, (where, "." + label), issues)
    return sound


def _are_contained(items: list[Any], shape: Shape, place: Place, issues: list[Issue]) -> bool:
    sound = True
    seen: set[str] = set()
    for index, item in enumerate(items):
        where = (place, f"[{index}]")
        if item.__class__ is not dict:
            fault(issues, "element-type", where, expected="object")
            sound = False
            continue
        kind, ident = item.get("resourceType"), item.get("id")
        inner = shape.contained.get(kind) if isinstance(kind, str) else None
        if inner is None:
            fault(issues, "contained-type", where, type=str(kind))
            sound = False
        else:
            check(item, inner, where, issues=issues)
        if ident.__class__ is not str or not ident:
            fault(issues, "element-required", (where, ".id"), name="id")
            sound = False
        elif ident in seen:
            fault(issues, "contained-duplicate-id", where, id=ident)
            sound = False
        else:
            seen.add(ident)
    return sound
