import json
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.errors import Invalid
from carnet.formats.fhir import json_reading
from carnet.formats.fhir.json_reading import read_json


def refusal(body: bytes, **options: int) -> Invalid:
    with pytest.raises(Invalid) as caught:
        read_json(body, **options)
    return caught.value


def test_reads_an_object_with_or_without_a_byte_order_mark() -> None:
    assert read_json('{"a":"é : b"}'.encode()) == {"a": "é : b"}
    assert read_json(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize(
    "body", [b'{"a":"\xff"}', '{"a":"é"}'.encode("latin-1"), '{"a":1}'.encode("utf-16"), b"\xff\xfe"]
)
def test_refuses_another_encoding(body: bytes) -> None:
    assert refusal(body).code == "json-encoding"


def test_says_where_json_is_malformed() -> None:
    fault = refusal(b'{\n "a": 1,\n "b" }')
    assert fault.code == "json-malformed"
    assert fault.issues[0].facts == {"line": "3", "column": "6"}


@pytest.mark.parametrize("body", [b"", b"{", b'{"a":NaN}', b'{"a":"\\ud800"}', b"{} {}", b"{'a':1}"])
def test_refuses_what_is_not_json(body: bytes) -> None:
    assert refusal(body).code == "json-malformed"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"x":[{"b":{"a":1, "a" : {}}}]}',
        b'{"a":"::::","a":1}',
        b'{"a":1,"\\u0061":2}',
        b'{"c":"\\u003a","a":1,"a":2}',
        b'{"c":"\\u003A\\u003a","a":":","a":2}',
    ],
)
def test_finds_a_duplicate_key_at_any_level_however_it_is_written(body: bytes) -> None:
    fault = refusal(body)
    assert fault.code == "json-duplicate-key"
    assert fault.issues[0].facts == {"key": "a"}


def test_the_same_key_in_two_objects_is_no_duplicate_nor_are_colons_in_text() -> None:
    assert read_json(b'{"a:":{"a":"urn:oid:1"},"b":[{"a":"\\u003a"},{"a":2}]}')["b"] == [{"a": ":"}, {"a": 2}]


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b'{"a":' + b"[" * 64 + b"]" * 64 + b"}"])
def test_refuses_what_is_too_deep(body: bytes) -> None:
    assert refusal(body).code == "json-too-deep"


def test_counts_depth_from_the_outermost_object() -> None:
    assert read_json(b'{"a":[[]]}', max_depth=3)
    assert refusal(b'{"a":[[]]}', max_depth=2).code == "json-too-deep"


@pytest.mark.parametrize("body", [b"[]", b"1", b'"a"', b"null", b"[[[]]]"])
def test_refuses_what_is_not_an_object(body: bytes) -> None:
    assert refusal(body).code == "json-not-an-object"


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(':\\"ab', max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(':\\"ab', max_size=3), values, max_size=4), st.booleans(), st.sampled_from([None, 2]))
def test_gives_back_what_was_written(value: dict[str, object], ascii_only: bool, indent: int | None) -> None:
    assert read_json(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()) == value


@given(st.dictionaries(st.text(':\\"ab', max_size=3), values, min_size=1, max_size=3), st.data())
def test_agrees_with_the_standard_library_on_duplicates(value: dict[str, object], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(value)))
    again = orjson.dumps({key: data.draw(values)})
    body = orjson.dumps(value)[:-1] + b"," + again[1:]
    assert refusal(body).code == "json-duplicate-key"


@pytest.mark.parametrize("max_depth", [1, 2, 3, 4, 6, 64])
@given(value=st.dictionaries(st.text(':\\"ab\n ', max_size=3), values, max_size=4))
def test_counts_the_depth_of_compact_text_exactly(value: dict[str, object], max_depth: int) -> None:
    body = orjson.dumps(value)
    if depth_of(value) > max_depth:
        assert refusal(body, max_depth=max_depth).code == "json-too-deep"
    else:
        assert read_json(body, max_depth=max_depth) == value


def depth_of(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth_of, inner), default=0)


@given(st.dictionaries(st.text(':\\"ab', max_size=3), values, max_size=4), st.data())
def test_answers_alike_whether_or_not_it_writes_the_text_again(value: dict[str, object], data: st.DataObject) -> None:
    body = bytearray(orjson.dumps(value))
    for _ in range(data.draw(st.integers(0, 3))):
        spot = data.draw(st.integers(0, max(len(body) - 1, 0)))
        body[spot : spot + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b"", b" ", b":", b'"', b"{", b"]", b"\\", b"1"])
        )
    answers: list[tuple[Any, Any]] = []
    for limit in (json_reading._MAX_REWRITTEN, -1):  # -1: no text is written again
        with patch.object(json_reading, "_MAX_REWRITTEN", limit):
            try:
                answers.append((read_json(bytes(body), max_depth=3), ()))
            except Invalid as refused:
                answers.append((refused.code, refused.issues))
    assert answers[0] == answers[1]


@given(st.binary(max_size=60))
def test_noise_is_a_value_or_a_refusal(body: bytes) -> None:
    with suppress(Invalid):
        read_json(body)
