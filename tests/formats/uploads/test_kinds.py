"""A file is what its bytes are."""

import pytest
from tests.builders import uploads
from tests.builders.cda import a_cda, a_pdf

from carnet.formats.uploads.kinds import Kind, recognise

FTYP = b"\x00\x00\x00\x18ftyp"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.EMPTY),
        (a_pdf(), Kind.PDF),
        (b"\r\n" + a_pdf(), Kind.PDF),
        (uploads.a_photo(), Kind.PHOTO),
        (uploads.a_photo("PNG"), Kind.PHOTO),
        (uploads.a_photo("WEBP"), Kind.PHOTO),
        (uploads.a_photo("GIF"), Kind.PHOTO),
        (uploads.a_photo("BMP"), Kind.PHOTO),
        (uploads.a_scan(), Kind.PHOTO),
        (uploads.HEIC, Kind.HEIF),
        (uploads.a_photo("AVIF"), Kind.PHOTO),
        (FTYP + b"isom\x00\x00\x00\x00", Kind.MOVIE),
        (FTYP + b"qt  \x00\x00\x00\x00", Kind.MOVIE),
        (FTYP + b"M4A \x00\x00\x00\x00", Kind.SOUND),
        (b"RIFF\x00\x00\x00\x00AVI ", Kind.MOVIE),
        (b"RIFF\x00\x00\x00\x00WAVE", Kind.SOUND),
        (b"\x1a\x45\xdf\xa3", Kind.MOVIE),
        (b"ID3\x03\x00", Kind.SOUND),
        (b"\xff\xfb\x90\x00", Kind.SOUND),
        (uploads.a_program(), Kind.PROGRAM),
        (b"\x7fELF\x02\x01", Kind.PROGRAM),
        (b"\xca\xfe\xba\xbe\x00\x00", Kind.PROGRAM),
        (b"L\x00\x00\x00\x01\x14\x02\x00\x00", Kind.PROGRAM),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Install".encode("utf-16-le") + b"\x00", Kind.PROGRAM),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, Kind.OFFICE),
        (uploads.a_bomb_in_a_docx(), Kind.OFFICE),
        (uploads.a_zip(("mimetype", "xl/workbook.xml")), Kind.OFFICE),
        (uploads.a_zip(), Kind.ARCHIVE),
        (b"Rar!\x1a\x07\x01\x00", Kind.ARCHIVE),
        (b"\x1f\x8b\x08", Kind.ARCHIVE),
        (b"BZh91AY&SY\x00", Kind.ARCHIVE),
        (b"\x00" * 257 + b"ustar\x00", Kind.ARCHIVE),
        (b"\x00" * 128 + b"DICM", Kind.DICOM),
        (a_cda().encode() if isinstance(a_cda(), str) else a_cda(), Kind.CDA),
        (b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>', Kind.CDA),
        (b'<?xml version="1.0"?><lettre/>', Kind.XML),
        (b'<?xml version="1.0"?><svg onload="x"/>', Kind.WEB_PAGE),
        (b"<!DOCTYPE html><p>Bonjour", Kind.WEB_PAGE),
        (b"Bonjour <script>alert(1)</script>", Kind.WEB_PAGE),
        (b"#!/bin/sh\nrm -rf ~", Kind.SCRIPT),
        (b"@echo off\r\ndel *", Kind.SCRIPT),
        (b"<?php system($_GET[0]);", Kind.SCRIPT),
        (rb"{\rtf1 Bonjour}", Kind.RTF),
        ("Tension : 12/8, prise à 8 h".encode(), Kind.TEXT),
        ("Tension élevée".encode("cp1252"), Kind.TEXT),
        ("Tension élevée".encode("utf-16"), Kind.TEXT),
        (b"BMI : 24, mesure du 3 mars", Kind.TEXT),
        (b"MZ est le nom de mon chien, et le texte est long assez pour remplir l'entete", Kind.TEXT),
        (b"\x01\x02\x03\x04rien de connu", Kind.UNKNOWN),
    ],
)
def test_a_file_is_told_by_its_bytes(data: bytes, kind: Kind) -> None:
    assert recognise(data) is kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (a_pdf() + uploads.a_zip(), Kind.ARCHIVE),  # opens as a PDF, unpacks as an archive
        (b"MZ" + b"\x00" * 62 + a_pdf(), Kind.PROGRAM),
        (b"PK\x03\x04" + a_pdf(), Kind.ARCHIVE),
        (b"<html><script>alert(1)</script>" + a_pdf(), Kind.WEB_PAGE),
        (uploads.a_photo(comment=b"%PDF-1.4") + a_pdf(), Kind.PHOTO),  # drawn anew: the PDF in it is lost
    ],
)
def test_of_two_things_at_once_the_one_that_would_act_is_told(data: bytes, kind: Kind) -> None:
    assert recognise(data) is kind
