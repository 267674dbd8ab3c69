"""
Whether an element holds nothing that `structure` would tell: the common case, seen several times faster than by looking for faults.

Each shape becomes a table of tests by name, made once. A test that says False says nothing: `structure` then looks, and tells. One that
says True must be right: `structure` would add no issue and take nothing out. A test of properties keeps the two in step.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from carnet.formats.known import Known

MAX_INTEGER = 2**31 - 1  # FHIR R4 unsignedInt

Test = Callable[[Any], bool]
Tests = dict[str, Test]  # by name of element; a name without a test has something to be told


def is_anything(value: Any) -> bool:
    """What nobody reads."""
    del value
    return True


def is_text(value: Any) -> bool:
    """One string that holds something."""
    return value.__class__ is str and value != "" and not value.isspace()


def test_of_object(texts: set[str], tests: Tests) -> Test:
    """
    Of an object that is looked into: something is in it, and every member passes its test.

    Takes
        texts: names of the members that may be one string. tests: those of members that may be something else. Both may still be filled.
    """

    def is_plain(node: Any) -> bool:
        if node.__class__ is not dict or not node:
            return False
        for name, value in node.items():
            # Most members are strings: they are looked at here, without a call.
            if value.__class__ is str:
                if name not in texts or not value or value.isspace():
                    return False
            else:
                test = tests.get(name)
                if test is None or not test(value):
                    return False
        return True

    return is_plain


def remembering(test: Test) -> Test:
    """The same test, of objects that come again and again, of no patient: one that was found plain is known by its JSON."""
    known: Known[bool] = Known()

    def is_plain(node: Any) -> bool:
        if node.__class__ is not dict:
            return False
        text = orjson.dumps(node)
        return known.of(text) or (test(node) and known.keep(True, text))

    return is_plain


def test_of_value(kind: type, inner: Test | None, *, many: bool) -> Test:
    """Of an element we keep: `kind` is its JSON type, `inner` the test of an object that is looked into, `many` says an array."""
    one = _test_of_one(kind, inner)
    if not many:
        return one

    def are_all(value: Any) -> bool:
        if value.__class__ is not list or not value:
            return False
        for item in value:  # noqa: SIM110  a generator would cost more than what it goes through
            if not one(item):
                return False
        return True

    return are_all


def test_of_contained(inner: Mapping[str, Test]) -> Test:
    """Of `contained`: resources of known types, each with an id of its own; `inner` by resourceType."""

    def are_contained(value: Any) -> bool:
        if value.__class__ is not list or not value:
            return False
        seen = set()
        for item in value:
            if item.__class__ is not dict:
                return False
            kind, ident = item.get("resourceType"), item.get("id")
            test = inner.get(kind) if kind.__class__ is str else None
            if test is None or ident.__class__ is not str or not ident or ident in seen or not test(item):
                return False
            seen.add(ident)
        return True

    return are_contained


def test_of_extensions(known: Mapping[str, tuple[str, Test]]) -> Test:
    """Of `extension`: each URL known and there once, with a sound value; `known` gives its element and the test of it."""

    def are_extensions(value: Any) -> bool:
        if value.__class__ is not list or not value:
            return False
        seen = set()
        for item in value:
            url = item.get("url") if item.__class__ is dict else None
            wanted = known.get(url) if url.__class__ is str else None
            if wanted is None or url in seen:
                return False
            label, test = wanted
            if label not in item or not test(item[label]):
                return False
            seen.add(url)
        return True

    return are_extensions


def _test_of_one(kind: type, inner: Test | None) -> Test:
    if kind is str:
        return is_text
    if kind is int:
        return lambda value: value.__class__ is int and 0 <= value <= MAX_INTEGER
    if kind is bool:
        return lambda value: value.__class__ is bool
    if inner is None:
        return lambda value: value.__class__ is dict and bool(value)
    return inner
