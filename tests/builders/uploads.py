"""Invented files that people send: photos of every kind, and what only pretends to be one."""

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

from PIL import Image, ImageDraw
from tests.builders.cda import a_pdf

# A HEIC of 64 × 48 pixels: left half dark, right half light, made with libheif once, since ours only reads.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAA"
    "AAAERAAAEAAQAAAAABoQABAAAAAAAAAFcAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAA"
    "AADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkA"
    "AAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAA"
    "AAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAAF"
    "9tZGF0AAAAUygBr1jmAeIf//kQk6Ut/bCEJemx7B5JOpLD4Qo6yKMb4Ew1aelwm+ACVK8CYSyzTy50F+Ig1x+KJdjX6Tw3V87LNbi/9Go6YPGu"
    "D1D4sJqLfm4Q"
)


def a_photo(
    kind: str = "JPEG", *, size: tuple[int, int] = (120, 80), mode: str = "RGB", exif: Image.Exif | None = None, **save: object
) -> bytes:  # fmt: skip
    """A photo whose left half is dark and right half is light."""
    image = Image.new(mode, size, 255 if mode in {"L", "1"} else "white" if mode != "P" else 255)
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2 - 1, size[1]), fill=0)
    out = io.BytesIO()
    image.save(out, kind, **({"exif": exif} if exif is not None else {}), **save)  # type: ignore[arg-type]
    return out.getvalue()


def taken_on_its_side() -> bytes:
    """A photo that must be turned, and that tells where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to show
    exif[0x010F] = "Téléphone inventé"
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 3.0)}
    return a_photo(exif=exif)


def a_scan(pages: int = 3) -> bytes:
    """A TIFF of several pages."""
    images = [Image.new("L", (100, 140), 255 - 40 * number) for number in range(pages)]
    out = io.BytesIO()
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:])
    return out.getvalue()


def moving(kind: str = "GIF") -> bytes:
    images = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    images[0].save(out, kind, save_all=True, append_images=images[1:], duration=100)
    return out.getvalue()


def png_that_declares(width: int, height: int) -> bytes:
    """A few bytes that say they are billions of pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\x00" * 1000))
        + chunk(b"IEND", b"")
    )


def a_zip(names: Sequence[str] = ("lettre.txt",), *, zeros: int = 10) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, b"\x00" * zeros)
    return out.getvalue()


def a_bomb_in_a_docx() -> bytes:
    return a_zip(("[Content_Types].xml", "word/document.xml"), zeros=8_000_000)


def a_program() -> bytes:
    return b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" + b"\x00" * 118 + b"PE\x00\x00" + b"\x00" * 100


def a_locked_pdf() -> bytes:
    """Asks for a password to open."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(a_pdf())))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def a_pdf_with_an_attachment() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(a_pdf())))
    writer.add_attachment("facture.xml", b"<x/>")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
