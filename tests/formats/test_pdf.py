import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders.cda import a_pdf

from carnet.formats.pdf import check_pdf


def codes(data: bytes) -> list[str]:
    return [issue.code for issue in check_pdf(data)]


@pytest.mark.parametrize(
    "data", [a_pdf(), a_pdf(compressed=True), a_pdf(size_bytes=20_000), b"\n\n" + a_pdf(), a_pdf() + b"\r\n"]
)
def test_a_plain_pdf_passes(data: bytes) -> None:
    assert codes(data) == []


def test_what_is_not_a_pdf() -> None:
    assert codes(b"<html></html>") == ["pdf-not-a-pdf"]
    assert codes(b"") == ["pdf-not-a-pdf"]
    assert codes(b" " * 2000 + a_pdf()) == ["pdf-not-a-pdf"]


def test_a_truncated_pdf() -> None:
    whole = a_pdf(size_bytes=20_000)
    assert codes(whole[: len(whole) // 2]) == ["pdf-truncated"]


ACTIVE = [
    ("/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>", "JavaScript"),
    ("/OpenAction << /S /Rendition /JS (x) >>", "JavaScript"),
    ("/OpenAction << /S /J#61vaScript /J#53 (x) >>", "JavaScript"),
    ("/AA << /O << /S /Launch /F (cmd.exe) >> >>", "Launch"),
    ("/Names << /EmbeddedFiles 9 0 R >>", "EmbeddedFile"),
    ("/AcroForm << /XFA 9 0 R >>", "XFA"),
    ("/Rich << /Subtype /RichMedia >>", "RichMedia"),
]


@pytest.mark.parametrize(("catalog", "feature"), ACTIVE)
@pytest.mark.parametrize("compressed", [False, True])
def test_what_acts_is_refused_even_in_an_object_stream(catalog: str, feature: str, compressed: bool) -> None:
    issues = check_pdf(a_pdf(catalog=catalog, compressed=compressed), expression="/here")
    assert [(issue.code, issue.expression, issue.facts) for issue in issues] == [
        ("pdf-active-content", "/here", {"feature": feature})
    ]


def test_opening_at_a_page_is_not_an_action_that_matters() -> None:
    assert codes(a_pdf(catalog="/OpenAction [3 0 R /XYZ null null 0]")) == []


def test_short_names_drawn_by_chance_in_a_stream_are_not_believed() -> None:
    noisy = a_pdf().replace(b"BT /F1", b"/JS (x) /XFA 1 BT /F1")
    assert codes(noisy) == []


def test_a_short_name_after_an_unfinished_stream_is_not_believed() -> None:
    assert codes(b"%PDF-1.5\n1 0 obj << >>\nstream\n /JS (x) %%EOF") == []


def test_an_encrypted_pdf_has_its_own_code() -> None:
    assert codes(a_pdf().replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 9 0 R")) == ["pdf-encrypted"]


def an_object_stream(described: bytes, data: bytes) -> bytes:
    return a_pdf().replace(
        b"xref\n",
        b"9 0 obj\n<< /Type /ObjStm " + described + b" >>\nstream\n" + data + b"\nendstream\nendobj\nxref\n",
        1,
    )


@pytest.mark.parametrize(
    ("described", "data"),
    [
        (b"/Filter /LZWDecode", b"x"),
        (b"/Filter [/ASCIIHexDecode /FlateDecode]", b"789c>"),
        (b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>", zlib.compress(b"1 0 <<>>")),
        (b"/Filter /FlateDecode", b"not deflated"),
        (b"/Filter /FlateDecode", zlib.compress(b" " * (9 << 20))),
        (b"/Filter /FlateDecode", zlib.compress(b" " * (8 << 20))),
    ],
)
def test_objects_that_cannot_be_looked_into_are_refused(described: bytes, data: bytes) -> None:
    assert codes(an_object_stream(described, data)) == ["pdf-opaque"]


def test_object_streams_hidden_by_tricks_are_refused() -> None:
    escaped = an_object_stream(b"/Filter /FlateDecode", zlib.compress(b"1 0 << /S /JavaScript >>")).replace(
        b"/ObjStm", b"/Obj#53tm"
    )
    assert codes(escaped) == ["pdf-opaque"]
    commented = an_object_stream(b"/Filter /FlateDecode", zlib.compress(b"1 0 << /S /JavaScript >>")).replace(
        b">>\nstream\nx", b">>%\nstream\nx", 1
    )
    assert codes(commented) == ["pdf-opaque"]


def test_thousands_of_object_streams_are_refused() -> None:
    tiny = b"<< /Type /ObjStm >>\nstream\n\nendstream\nendobj\n" * 2_001
    assert codes(b"%PDF-1.5\n" + tiny + b"%%EOF") == ["pdf-opaque"]


def test_an_uncompressed_object_stream_is_read_as_it_stands() -> None:
    assert codes(an_object_stream(b"/N 1", b"1 0 << /S /Launch >>")) == ["pdf-active-content"]
    assert codes(an_object_stream(b"/N 1", b"1 0 << /Type /Page >>")) == []


def test_the_name_of_an_object_stream_in_a_comment_is_nothing() -> None:
    assert codes(a_pdf(compressed=True).replace(b"%PDF-1.5\n", b"%PDF-1.5\n% about /ObjStm\n")) == []


def test_a_bomb_of_object_streams_stays_cheap() -> None:
    bomb = zlib.compress(b" " * (7 << 20))
    data = an_object_stream(b"/Filter /FlateDecode", bomb)
    many = data.replace(
        b"xref\n",
        (b"10 0 obj\n<< /Type /ObjStm /Filter /FlateDecode >>\nstream\n" + bomb + b"\nendstream\n") * 200 + b"xref\n",
        1,
    )
    started = time.perf_counter()
    assert codes(many) == ["pdf-opaque"]
    assert time.perf_counter() - started < 2


@settings(max_examples=200, deadline=1000)
@given(st.data())
def test_noise_gives_known_codes(data: st.DataObject) -> None:
    pdf = bytearray(a_pdf(compressed=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(pdf) - 1))
        pdf[at : at + data.draw(st.integers(0, 6))] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"/JS", b"stream", b"endobj", b"/ObjStm"])
        )
    known = {"pdf-not-a-pdf", "pdf-truncated", "pdf-encrypted", "pdf-active-content", "pdf-opaque"}
    assert set(codes(bytes(pdf))) <= known
