"""What is typed, scanned or photographed to name a patient."""

import re
from io import BytesIO
from typing import TYPE_CHECKING

from carnet.domain.people.model import InsTraits
from carnet.formats.ins_datamatrix import ScannedIdentity, read_ins_datamatrix, read_scanned_matricule
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PHOTO_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 50_000_000
# What telephones and screens make. Pillow knows other formats, of which some run programs.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "MPO")
_LONGEST_SIDE = 2000  # pixels; more sees no better
_TYPED = re.compile(r"[0-9AB]{15}")
_SPACING = re.compile(r"[\s.\-\u00a0\u202f]+")


@frozen
class Asked:
    """matricule: without its register. ins, traits: of a symbol; traits are None when the scanner lost its separators."""

    matricule: str | None = None
    ins: Ins | None = None
    traits: InsTraits | None = None


def read_asked(text: str) -> Asked:
    """
    A matricule as people write it, or the text of an INS datamatrix as a scanner types it.

    Raises
        ValueError: `ins-format`, `ins-key`, `ins-oid`, or a code of the datamatrix.
    """
    text = text.strip()
    if text.startswith("IS"):
        return _of_symbol(text)
    plain = _SPACING.sub("", text).upper()
    if not _TYPED.fullmatch(plain):
        raise ValueError("ins-format")
    return Asked(matricule=plain)


def read_photo(content: bytes) -> Asked | None:
    """
    The INS datamatrix of a photo; None when none is seen. Takes a while: in a thread.

    Raises
        ValueError: `photo-unreadable`, or a code of the datamatrix.
    """
    # Large, and only a photo needs it; so is Pillow.
    import zxingcpp

    try:
        picture = _grey(content)
    except Exception as broken:  # whatever a decoder says of damaged bytes, it means that it cannot read them
        raise ValueError("photo-unreadable") from broken
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.DataMatrix])
    for found in zxingcpp.read_barcodes(picture, formats=formats):
        text = found.bytes.decode("ascii", "replace")
        if text.startswith("IS"):
            return _of_symbol(text)
    return None


def _grey(content: bytes) -> "Image":
    from PIL import Image, ImageOps

    with Image.open(BytesIO(content), formats=_FORMATS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise ValueError("photo-unreadable")
        return ImageOps.exif_transpose(opened).convert("L")


def _of_symbol(text: str) -> Asked:
    try:
        scanned = read_ins_datamatrix(text)
    except ValueError as fault:
        if "\x1d" in text or fault.args[0] in {"ins-key", "ins-format", "ins-oid"}:
            raise
        return Asked(ins=read_scanned_matricule(text))
    return Asked(ins=scanned.ins, traits=_traits_of(scanned))


def _traits_of(scanned: ScannedIdentity) -> InsTraits:
    """The symbol tells the list; where a composed first given name ends in it is not told, so the record's own is compared by the list."""
    return InsTraits(
        scanned.birth_name, scanned.given_names.split(" ", maxsplit=1)[0], scanned.birth_date, scanned.sex, scanned.given_names,
        scanned.birth_place,
    )  # fmt: skip
