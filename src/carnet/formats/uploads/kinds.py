"""
What a file that someone sends is, told by its bytes: its name and what the browser says of it count for nothing.

A file that is two things at once (a PDF that is also an archive or a program) is what would do harm.
Source: official-app 1.6 (what citizens may add); the signatures are those of each format's specification.
"""

import re
from enum import StrEnum

_HEAD = 1024
_ARCHIVE_END = 65_557  # the last record of a zip archive, with the longest comment, stands within these last bytes
_TEXT_SAMPLE = 65_536


class Kind(StrEnum):
    EMPTY = "empty"
    PDF = "pdf"
    PHOTO = "photo"  # JPEG, PNG, TIFF, WebP, AVIF, GIF, BMP
    HEIF = "heif"  # HEIC: the photos of iPhones
    TEXT = "text"
    RTF = "rtf"
    CDA = "cda"
    XML = "xml"
    WEB_PAGE = "web-page"  # HTML, SVG
    DICOM = "dicom"
    PROGRAM = "program"
    SCRIPT = "script"
    OFFICE = "office"
    ARCHIVE = "archive"
    MOVIE = "movie"
    SOUND = "sound"
    UNKNOWN = "unknown"


_PHOTOS = (
    b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"GIF87a", b"GIF89a",
)  # fmt: skip
_PROGRAMS = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",  # macOS
    b"\xca\xfe\xba\xbe",  # Java, macOS
    b"dex\n",  # Android
    b"\x00asm",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # a Windows shortcut
    b"MSCF",  # a Windows installer's cabinet
)  # fmt: skip
_ARCHIVES = (
    b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18",
)  # fmt: skip
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE_PARTS = (b"word/", b"xl/", b"ppt/", b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis.opendocument")
_SOUNDS = (b"ID3\x02", b"ID3\x03", b"ID3\x04", b"OggS", b"fLaC", b"#!AMR")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_MARKUP = re.compile(rb"<(!doctype\s+html|html|head|body|script|iframe|svg|meta|form|img)[\s>/]", re.IGNORECASE)
_SCRIPT = re.compile(
    rb"(#!\s*/|@?echo\s+off|<\?php|<%|powershell\b|wscript\b|function\s+\w+\s*\(|import\s+os\b|sub\s+autoopen)",
    re.IGNORECASE,
)
_CDA = re.compile(rb"<(?:\w+:)?ClinicalDocument[\s/>]")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def recognise(data: bytes) -> Kind:
    """What these bytes are; of several things, the one that would act."""
    if not data:
        return Kind.EMPTY
    if data.startswith(_PROGRAMS) or (data.startswith(b"MZ") and b"\x00" in data[:64]):
        return Kind.PROGRAM
    if data.startswith(_ARCHIVES) or data[4:10] == b"1AY&SY" or data[257:262] == b"ustar":
        return _packed(data)
    if data.startswith(_OLD_OFFICE):
        return Kind.PROGRAM if b"I\x00n\x00s\x00t\x00a\x00l\x00l\x00" in data[:65_536] else Kind.OFFICE
    family = _family(data)
    if family is not None:
        return family
    if (
        data.startswith(_PHOTOS)
        or data[:4] + data[8:12] == b"RIFFWEBP"
        or (data[:2] + data[6:10]) == b"BM\x00\x00\x00\x00"
    ):
        return Kind.PHOTO
    if data.find(b"%PDF-", 0, _HEAD) >= 0:
        return _pdf(data)
    if data[128:132] == b"DICM":
        return Kind.DICOM
    return _written(data)


def _packed(data: bytes) -> Kind:
    """An archive; word processors and spreadsheets save theirs in one."""
    return Kind.OFFICE if any(part in data[:4096] for part in _OFFICE_PARTS) else Kind.ARCHIVE


def _family(data: bytes) -> Kind | None:
    """Formats that share a container: ISO base media (photos of telephones, films) and RIFF; sounds."""
    if data[4:8] == b"ftyp":
        brands = data[8:64]
        if brands[:4] in {b"M4A ", b"M4B "}:
            return Kind.SOUND
        if b"avif" in brands or b"avis" in brands:
            return Kind.PHOTO
        return Kind.HEIF if any(brand in brands for brand in _HEIF_BRANDS) else Kind.MOVIE
    if data.startswith(b"RIFF"):
        return {b"AVI ": Kind.MOVIE, b"WAVE": Kind.SOUND}.get(data[8:12])
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return Kind.MOVIE
    if data.startswith(_SOUNDS) or data[:2] in {b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"}:
        return Kind.SOUND
    return None


def _pdf(data: bytes) -> Kind:
    """A PDF that begins with markup, or ends with an archive, is also something else."""
    start = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if _MARKUP.search(start[: start.find(b"%PDF-")]):
        return Kind.WEB_PAGE
    if b"PK\x05\x06" in data[-_ARCHIVE_END:]:
        return Kind.ARCHIVE
    return Kind.PDF


def _written(data: bytes) -> Kind:
    """What is made of characters."""
    start = data[:_TEXT_SAMPLE]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.decode("utf-16", "replace").encode()
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{\\rtf"):
        return Kind.RTF
    if start.startswith(b"<?php"):
        return Kind.SCRIPT
    if start.startswith(b"<?xml"):
        if _CDA.search(start):
            return Kind.CDA
        return Kind.WEB_PAGE if _MARKUP.search(start) else Kind.XML
    if _CDA.match(start):
        return Kind.CDA
    if _MARKUP.search(start):
        return Kind.WEB_PAGE
    if _CONTROLS.search(start):
        return Kind.UNKNOWN
    return Kind.SCRIPT if _SCRIPT.match(start) else Kind.TEXT
