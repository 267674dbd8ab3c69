import base64

import orjson
import pytest

from carnet.formats.fhir.carried import lift

FILE = bytes(range(256)) * 8
TEXT = base64.b64encode(FILE).decode()


def compact(value: object) -> bytes:
    return orjson.dumps(value)


@pytest.mark.parametrize("separator", [":", ": "])
def test_files_are_taken_out_and_marks_left(separator: str) -> None:
    body = compact({"a": {"data": TEXT}, "b": [{"data": "QUJD"}, {"data": TEXT}], "c": "é"})
    lifted = lift(body.replace(b'"data":', f'"data"{separator}'.encode()))
    assert lifted is not None
    read = orjson.loads(lifted.rest)
    marks = [read["a"]["data"], read["b"][1]["data"]]
    assert [lifted.files[mark] for mark in marks] == [FILE, FILE]
    assert len(set(marks)) == 2
    assert read == {"a": {"data": marks[0]}, "b": [{"data": "QUJD"}, {"data": marks[1]}], "c": "é"}
    assert len(lifted.rest) < 250


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"title":"a"}',
        b'{"data":"QUJD"}',
        b'{"data":null}',
        b'{"data":null,"title":"' + TEXT.encode() + b'"}',
        b'{"data":["' + TEXT.encode() + b'"]}',
        b'{"data":',
        b'{"data":"' + TEXT.encode(),
        b'{"data":"' + TEXT[:-1].encode() + b'"}',
        b'{"data":"' + TEXT[:800].encode() + b"\\n" + TEXT[800:].encode() + b'"}',
        b'{"data":"' + TEXT[:800].encode() + b" " + TEXT[800:].encode() + b'"}',
        b'{"data":"' + TEXT.replace("+", "-").encode() + b'"}',
        compact({"title": compact({"data": TEXT}).decode()}),
    ],
)
def test_what_is_left_to_the_parser(body: bytes) -> None:
    assert lift(body) is None


def test_a_mark_cannot_be_guessed_from_one_process_to_the_next() -> None:
    lifted = lift(compact({"data": TEXT}))
    assert lifted is not None
    (mark,) = lifted.files
    assert len(mark) > 32
    assert not mark.isalnum()  # nor is it base64
