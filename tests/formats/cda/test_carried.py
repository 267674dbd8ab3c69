import base64
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders.cda import a_cda, a_pdf, base64_lines

from carnet.domain.errors import Invalid
from carnet.formats.cda.carried import decode, lift
from carnet.formats.cda.content import check_content
from carnet.formats.cda.document import read_document
from carnet.formats.cda.header import header_of, read_root

PDF = a_pdf(size_bytes=3_000)
DOCUMENT = a_cda(content=PDF)
TEXT = re.search(rb'B64">([^<]*)</text>', DOCUMENT)[1]  # type: ignore[index]
MARK = b"-file-carried-here-"


def as_a_whole(data: bytes) -> object:
    """What the document says when nothing is taken out of it."""
    try:
        root = read_root(data)
    except Invalid as fault:
        return fault.issues
    header, body = header_of(root)
    return header, check_content(root, body)


def as_read(data: bytes) -> object:
    try:
        read = read_document(data)
    except Invalid as fault:
        return fault.issues
    return read.header, read.issues


@pytest.mark.parametrize(
    "write",
    [
        lambda data: data,
        lambda data: "\n" + data,
        lambda data: "\r\n".join(data[at : at + 64] for at in range(0, len(data), 64)),
        lambda data: "\n".join(data[at : at + 76] for at in range(0, len(data), 76)) + "\n",
        lambda data: data[:500] + " " + data[500:900] + "\t" + data[900:],
        lambda data: base64_lines(base64.b64decode(data)),
    ],
)
def test_however_the_lines_are_written(write: Callable[[str], str]) -> None:
    written = write(base64.b64encode(PDF).decode()).encode()
    assert decode(written) == PDF
    lifted = lift(DOCUMENT.replace(TEXT, written))
    assert lifted is not None
    assert (lifted.content, lifted.rest) == (PDF, DOCUMENT.replace(TEXT, MARK))
    assert as_read(DOCUMENT.replace(TEXT, written)) == as_a_whole(DOCUMENT)


@given(st.binary(max_size=40), st.lists(st.tuples(st.integers(0, 60), st.sampled_from([" ", "\n", "\t", "\r\n"]))))
def test_any_bytes_with_any_spaces(data: bytes, spaces: list[tuple[int, str]]) -> None:
    text = base64.b64encode(data).decode()
    for at, space in spaces:
        text = text[:at] + space + text[at:]
    assert decode(text.encode()) == data


@pytest.mark.parametrize(
    "text", [b"AAAA-", b"AAA", b"AA==AAAA", "AAAé".encode(), b"AAAA\n  AA*A", b"\x00AAA", b"AAA&#65;"]
)
def test_what_is_not_base64(text: bytes) -> None:
    assert decode(text) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'B64">', b'B64"><!-- x -->'),
        (b'B64">', b'B64"><x/>'),
        (b'B64">', b'B64">AAAA<!-- x -->'),
        (b"</text></nonXMLBody>", b"</text><!-- </text></nonXMLBody> --></nonXMLBody>"),
        (b'B64">', b'B64"><![CDATA[x>'),
        (b'<text mediaType="application/pdf" representation="B64">', b'<text/><text representation="B64">'),
        (b'<text mediaType="application/pdf" representation="B64">', b'<text mediaType="text/plain" title="B64">'),
        (b"nonXMLBody>", b"structuredBody>"),
        (b"<title>", b"<title>" + MARK),
        (b'representation="B64">' + TEXT, b'representation="B64">' + MARK + b"<!--B64-->" + TEXT),
        (b"</ClinicalDocument>", b"</ClinicalDocumen>"),
        (TEXT, TEXT + b"&#65;"),
        (TEXT, TEXT + b"="),
        (TEXT, b"\x01" + TEXT),
        (b'encoding="UTF-8"', b'encoding="ISO-8859-1"'),
        (b"application/pdf", b"image/png"),
        (b"application/pdf", b"text/html"),
    ],
)
def test_a_document_says_the_same_with_its_file_taken_out(before: bytes, after: bytes) -> None:
    assert before in DOCUMENT
    changed = DOCUMENT.replace(before, after)
    assert as_read(changed) == as_a_whole(changed)


def test_a_mark_written_by_the_sender_takes_nothing_out() -> None:
    """The file would stand in a comment while the body would say the mark."""
    hidden = DOCUMENT.replace(TEXT, MARK).replace(b"</text></nonXMLBody>", b'</text></nonXMLBody><!-- "B64">' + TEXT)
    hidden = hidden.replace(b"</component>", b"</text></nonXMLBody> --></component>")
    assert lift(hidden) is None
    assert [issue.code for issue in read_document(hidden).issues] == ["base64-invalid"]


@pytest.mark.parametrize(
    "hidden_mark",
    [MARK.replace(b"-", b"&#45;", 1), MARK.replace(b"carried", b"<![CDATA[carried]]>"), MARK.replace(b"c", b"&#x63;")],
)
@pytest.mark.parametrize("around", [(b"<!--", b"-->"), (b"<?x ", b"?>")])
def test_a_file_that_is_no_part_of_the_document_is_not_taken_for_its_file(
    hidden_mark: bytes, around: tuple[bytes, bytes]
) -> None:
    """The body says the mark in other words, and a sound file stands where nobody reads it."""
    decoy = around[0] + b'<text representation="B64">' + TEXT + b"</text></nonXMLBody>" + around[1]
    forged = DOCUMENT.replace(TEXT, hidden_mark) + decoy
    assert "base64-invalid" in repr(as_a_whole(forged))
    assert as_read(forged) == as_a_whole(forged)


HIDDEN = DOCUMENT.replace(TEXT, MARK.replace(b"-", b"&#45;", 1))
BODY = re.search(rb"<component>(<nonXMLBody>(<text.*</text>)</nonXMLBody>)</component>", DOCUMENT, re.DOTALL)
assert BODY is not None


@pytest.mark.parametrize(
    ("after", "decoy"),
    [
        (b"</component>", BODY[0]),
        (b"</component>", BODY[0].replace(b"<component>", b'<component xmlns="urn:other">')),
        (b"</nonXMLBody>", BODY[1]),
        (b"</nonXMLBody>", BODY[1].replace(b"<nonXMLBody>", b'<nonXMLBody xmlns="urn:other">')),
        (b"</text>", BODY[2]),
        (b"</text>", BODY[2].replace(b"<text", b'<text xmlns="urn:other"')),
    ],
)
def test_a_file_beside_the_body_is_not_taken_for_its_file(after: bytes, decoy: bytes) -> None:
    head, tail = HIDDEN.rsplit(after, 1)
    forged = head + after + decoy + tail
    assert lift(forged) is not None
    assert "base64-invalid" in repr(as_a_whole(forged))
    assert as_read(forged) == as_a_whole(forged)


def test_what_is_short_or_structured_is_left_in_place() -> None:
    assert lift(a_cda(content=b"short")) is None
    assert lift(a_cda(level=3, content=PDF)) is None
    assert lift(b"") is None
