import pytest
from tests.builders.cda import a_jpeg, a_pdf, a_png

from carnet.domain.errors import Severity
from carnet.formats.media import bare_type, check_bare, sniff

TIFF = b"II*\x00\x08\x00\x00\x00"
RTF = b"{\\rtf1\\ansi Compte rendu}"
DICOM = bytes(128) + b"DICM" + bytes(8)


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("application/pdf", a_pdf()),
        ("Application/PDF", a_pdf()),
        ("image/jpeg", a_jpeg()),
        ("image/png", a_png()),
        ("image/tiff", TIFF),
        ("image/tiff", b"MM\x00*"),
        ("text/plain; charset=utf-8", "Apyrétique.\r\n\tFin\f".encode()),
        ("text/plain", "Apyrétique".encode("latin-1")),
        ("text/rtf", RTF),
        ("application/rtf", RTF),
        ("application/dicom", DICOM),
    ],
)
def test_what_is_what_it_says_passes(media_type: str, data: bytes) -> None:
    assert check_bare(media_type, data) == ()


@pytest.mark.parametrize(
    "media_type", ["text/html", "application/zip", "image/svg+xml", "application/msword", "text/xml", "", "video/mp4"]
)
def test_other_types_are_refused(media_type: str) -> None:
    (issue,) = check_bare(media_type, b"anything")
    assert (issue.code, issue.facts) == ("media-type-not-allowed", {"mediaType": media_type})


@pytest.mark.parametrize(
    ("media_type", "data", "code"),
    [
        ("application/pdf", a_jpeg(), "pdf-not-a-pdf"),
        ("application/pdf", b"", "media-empty"),
        ("image/jpeg", a_pdf(), "media-type-mismatch"),
        ("image/png", b"MZ\x90", "media-type-mismatch"),
        ("image/tiff", b"nothing known", "media-type-mismatch"),
        ("application/dicom", b"x" * 200, "media-type-mismatch"),
        ("text/rtf", b"plain", "media-type-mismatch"),
        ("text/plain", a_pdf(), "media-type-mismatch"),
        ("text/plain", b"a\x00b", "media-type-mismatch"),
        ("text/plain", b"PK\x03\x04", "media-type-mismatch"),
        ("text/plain", b" <HTML><body>", "text-active-content"),
        ("text/plain", b"<script>alert(1)</script>", "text-active-content"),
        ("text/rtf", b"{\\rtf1{\\object\\objdata 01}}", "rtf-active-content"),
    ],
)
def test_what_is_not_is_refused(media_type: str, data: bytes, code: str) -> None:
    (issue,) = check_bare(media_type, data)
    assert (issue.code, issue.severity) == (code, Severity.ERROR)


def test_one_image_named_as_another_is_only_a_warning() -> None:
    (issue,) = check_bare("image/jpeg", a_png())
    assert (issue.code, issue.severity) == ("media-type-mismatch", Severity.WARNING)
    assert issue.facts == {"declared": "image/jpeg", "found": "image/png"}


def test_sniffing_and_bare_types() -> None:
    assert sniff(b"<?xml version='1.0'?><a/>") == "text/xml"
    assert sniff(b"Bonjour") is None
    assert bare_type(" Text/Plain ;charset=x") == "text/plain"
