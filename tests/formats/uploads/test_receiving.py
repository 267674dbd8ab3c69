"""What is kept of a file that a person sends, and the reason for each refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import uploads
from tests.builders.cda import a_pdf

from carnet.domain.errors import Invalid
from carnet.formats.uploads.receiving import receive
from carnet.web.wording import wording

LIMIT = 2_000_000


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "upload-empty"),
        (b"  \r\n ", "upload-empty"),
        (a_pdf(size_bytes=2_500_000), "upload-too-large"),
        (b"a" * 2_500_000, "upload-too-large"),
        (uploads.a_program(), "upload-program"),
        (b"#!/bin/sh\n", "upload-script"),
        (b"<html>", "upload-web-page"),
        (uploads.a_zip(), "upload-archive"),
        (uploads.a_bomb_in_a_docx(), "upload-office"),
        (b"\x00" * 128 + b"DICM", "upload-dicom"),
        (b'<?xml version="1.0"?><ClinicalDocument/>', "upload-cda"),
        (b'<?xml version="1.0"?><x/>', "upload-xml"),
        (b"ID3\x03", "upload-sound"),
        (b"\x1a\x45\xdf\xa3", "upload-movie"),
        (b"\x01\x02", "upload-unknown"),
        (b"\xff\xfe\x00\xd8", "upload-unknown"),
        (uploads.a_locked_pdf(), "upload-pdf-locked"),
        (uploads.a_pdf_with_an_attachment(), "upload-pdf-attachments"),
        (a_pdf(catalog="/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "upload-pdf-active"),
        (a_pdf()[:400], "upload-pdf-broken"),
        (b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n%%EOF", "upload-pdf-broken"),
        (rb"{\rtf1 {\object\objdata 0105}}", "upload-rtf-active"),
        (uploads.png_that_declares(65_000, 65_000), "upload-image-too-large"),
        (uploads.moving(), "upload-image-moving"),
    ],
)
def test_each_refusal_has_its_reason_and_its_sentence(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        receive(data, limit_bytes=LIMIT)
    assert refused.value.code == code
    assert wording()["issues"][code]["text"]


@pytest.mark.parametrize("data", [a_pdf(), a_pdf(compressed=True)])
def test_a_pdf_is_kept_byte_for_byte(data: bytes) -> None:
    kept = receive(data, limit_bytes=LIMIT)
    assert (kept.content, kept.media_type, kept.pages) == (data, "application/pdf", ())


def test_a_photo_may_be_larger_than_a_document() -> None:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.effect_noise((1500, 1500), 90).save(out, "PNG")
    assert len(out.getvalue()) > 1_000_000
    kept = receive(out.getvalue(), limit_bytes=500_000)
    assert len(kept.pages) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_text_is_kept_in_utf_8(encoding: str) -> None:
    kept = receive("Tension élevée : 14/9".encode(encoding), limit_bytes=LIMIT)
    assert (kept.content.decode(), kept.media_type) == ("Tension élevée : 14/9", "text/plain")


def test_an_rtf_is_kept() -> None:
    assert receive(rb"{\rtf1 Bonjour}", limit_bytes=LIMIT).media_type == "application/rtf"


@given(st.binary(max_size=600) | st.sampled_from([a_pdf(), uploads.HEIC, uploads.a_photo()]).flatmap(lambda whole: st.integers(0, len(whole) - 1).map(lambda at: whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])))  # fmt: skip
def test_noise_is_kept_or_refused_and_nothing_else(data: bytes) -> None:
    try:
        kept = receive(data, limit_bytes=LIMIT)
    except Invalid as refused:
        code = refused.code
    else:
        code = "upload-kept" if kept.pages or kept.content else ""
    assert code.startswith("upload-")
