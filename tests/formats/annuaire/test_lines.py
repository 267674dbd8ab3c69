"""Lines of a stream: whatever the pieces, the encodings and the noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.errors import Invalid
from carnet.formats.annuaire.lines import MAX_LINE_BYTES, Line, read_lines


def pieces(content: bytes, size: int) -> list[bytes]:
    return [content[place : place + size] for place in range(0, len(content), size)]


def test_lines_are_numbered_and_empty_ones_passed_over() -> None:
    assert list(read_lines([b"a\r\n\n\nb\nc"])) == [
        Line(1, "a"),
        Line(4, "b"),
        Line(5, "c", None, is_ended=False),
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_mark_of_utf_8_is_taken_off(size: int) -> None:
    content = "\ufeffÉlodie\nœuvre\n".encode()
    assert [line.text for line in read_lines(pieces(content, size))] == ["Élodie", "œuvre"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_told(encoding: str) -> None:
    with pytest.raises(Invalid) as told:
        list(read_lines(["\ufeffa|b\n".encode(encoding)]))
    assert told.value.code == "directory-encoding"
    assert told.value.issues[0].facts == {"encoding": "UTF-16"}


def test_a_line_of_latin_1_leaves_the_others_alone() -> None:
    content = "bonne é\n".encode() + "façade\n".encode("latin-1") + b"suite\n"
    assert [(line.number, line.text, line.fault) for line in read_lines([content])] == [
        (1, "bonne é", None),
        (2, "façade", "line-encoding"),
        (3, "suite", None),
    ]


@pytest.mark.parametrize("character", ["\0", "\x07", "\x7f"])
def test_control_characters_are_faults(character: str) -> None:
    assert [line.fault for line in read_lines([f"a{character}b\nc\n".encode()])] == ["line-character", None]


@pytest.mark.parametrize("size", [1000, MAX_LINE_BYTES, 10 * MAX_LINE_BYTES])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_without_end_takes_no_memory(size: int, end: bytes) -> None:
    content = b"a\n" + b"x" * 3 * MAX_LINE_BYTES + b"\nb\n" + b"y" * 2 * MAX_LINE_BYTES + end
    found = list(read_lines(pieces(content, size)))
    assert [(line.number, line.text, line.fault) for line in found] == [
        (1, "a", None),
        (2, "", "line-too-long"),
        (3, "b", None),
        (4, "", "line-too-long"),
    ]


@given(st.binary(max_size=300), st.integers(1, 50))
def test_noise_is_read_the_same_whatever_the_pieces(content: bytes, size: int) -> None:
    def read(blocks: list[bytes]) -> object:
        try:
            return list(read_lines(blocks))
        except Invalid as told:
            return told.code

    assert read(pieces(content, size)) == read([content])
