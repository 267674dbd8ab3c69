"""
JSON bytes to a dict, refusing what FHIR forbids and parsers disagree about: other encodings, duplicate keys, bottomless nesting.

Source: FHIR R4 §2.6.2 (JSON representation: UTF-8, unique names); RFC 8259 §4.
"""

import json
from typing import Any

import orjson

from carnet.domain.errors import Invalid

_BOM = b"\xef\xbb\xbf"
_MAX_REWRITTEN = 8 * 2**20  # bytes; longer texts are not worth the copy that writing them again makes


def read_json(body: bytes, *, max_depth: int = 64) -> dict[str, Any]:
    """
    Read one JSON object.

    Takes
        body: UTF-8, with or without a byte order mark.
        max_depth: objects and arrays within one another, the outermost counting for one.

    Raises
    ------
        Invalid: `json-encoding`, `json-malformed` (line, column), `json-duplicate-key` (key), `json-too-deep`,
            `json-not-an-object`.
    """
    value = _read(body, max_depth)
    if not isinstance(value, dict):
        raise Invalid("json-not-an-object")
    return value


def read_json_array(body: bytes, *, max_depth: int = 64) -> list[Any]:
    """Read one JSON array. Raises as `read_json`, with `json-not-an-array`."""
    value = _read(body, max_depth)
    if not isinstance(value, list):
        raise Invalid("json-not-an-array")
    return value


def _read(body: bytes, max_depth: int) -> Any:
    body = body.removeprefix(_BOM)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _malformed(body, error, max_depth) from None
    if not isinstance(value, dict | list):
        return value
    if len(body) <= _MAX_REWRITTEN and _is_what_we_would_write(body, value) and _is_shallow(value, max_depth):
        return value
    kept = _colons(value, max_depth)
    # Each member has one colon of its own. orjson keeps the last of two equal keys, so a lost member is a colon of the text that the value
    # does not account for. A colon written as an escape would upset the count: the slow way then decides.
    if body.count(b":") != kept or (b"\\" in body and b"\\u003" in body):
        json.loads(body, object_pairs_hook=_unique)
    return value


def _is_what_we_would_write(body: bytes, value: dict[str, Any] | list[Any]) -> bool:
    """
    Whether the text is the one and only compact writing of the value: nothing was lost, then, and no key was there twice.

    False says nothing: spaces, escapes or numbers may be written otherwise. Most programs write as we do, and writing is quick.
    """
    try:
        return orjson.dumps(value) == body
    except orjson.JSONEncodeError:  # past its own depth limit of 254
        return False


def _is_shallow(value: dict[str, Any] | list[Any], max_depth: int) -> bool:
    """
    Whether no object or array lies below `max_depth`, read from the margin of the indented text: two spaces for each level, and no
    string holds a line feed of its own. False says nothing: what lies at the last level allowed has the same margin as what is beyond.
    """
    return b"\n" + b"  " * max_depth not in orjson.dumps(value, option=orjson.OPT_INDENT_2)


def _colons(value: dict[str, Any] | list[Any], max_depth: int) -> int:
    """Members of every object, and colons in every key and string. Raises Invalid below `max_depth`."""
    count = 0
    level: list[Any] = [value]
    for _ in range(max_depth):
        below = []
        for node in level:
            children = node
            if node.__class__ is dict:
                count += len(node)
                children = node.values()
                for key in node:
                    if ":" in key:
                        count += key.count(":")
            for child in children:
                kind = child.__class__
                if kind is str:
                    if ":" in child:
                        count += child.count(":")
                elif kind is dict or kind is list:
                    below.append(child)
        if not below:
            return count
        level = below
    raise Invalid("json-too-deep", limit=str(max_depth))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Invalid("json-duplicate-key", key=key[:80])
        found[key] = value
    return found


def _malformed(body: bytes, error: orjson.JSONDecodeError, max_depth: int) -> Invalid:
    if error.msg.startswith("depth limit"):  # orjson stops at 1024, without recursion of ours
        return Invalid("json-too-deep", limit=str(max_depth))
    try:
        body.decode()
    except UnicodeDecodeError as fault:
        return Invalid("json-encoding", position=str(fault.start))
    return Invalid("json-malformed", line=str(error.lineno), column=str(error.colno))
