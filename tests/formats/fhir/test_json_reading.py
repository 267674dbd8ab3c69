import json
from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.errors import Invalid
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


@given(st.binary(max_size=60))
def test_noise_is_a_value_or_a_refusal(body: bytes) -> None:
    with suppress(Invalid):
        read_json(body)
