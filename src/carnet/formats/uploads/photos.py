"""
Photos made into pages: turned upright, stripped of all they tell beside the image (where, when, with what), brought to a size that reads well.

An image is measured by what its header declares before a single pixel is drawn; only what is drawn anew is kept, so nothing hidden in
the file comes along. Source: official-app 1.6 (images compressed, several pictures become one PDF); Exif 2.32 §4.6.4 (Orientation).
"""

import struct
import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from carnet.domain.errors import Invalid
from carnet.vocabulary.frozen import frozen

if TYPE_CHECKING:
    from PIL.Image import Image

LONG_SIDE = 2339  # pixels: A4 at 200 dots an inch
QUALITY = 82
MAX_PIXELS = 50_000_000
MAX_JPEG_PIXELS = (
    260_000_000  # a plain one is drawn at a fraction of its size from the start: telephones make 200 million
)
MAX_PAGES = 30
_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "AVIF", "GIF", "BMP")
_DAMAGED_NOTES = (ValueError, TypeError, SyntaxError, KeyError, OSError, struct.error)
_SMALL = 240  # pixels: a thumbnail
_MAX_SIDE = 30_000  # pixels
_MAX_SCANS = 200  # of a progressive JPEG, each of which is drawn over the whole image


@frozen
class Page:
    """A page ready to be put in a PDF. jpeg: the image. is_grey: one channel, else three."""

    jpeg: bytes
    width: int
    height: int
    is_grey: bool


def read_pages(data: bytes, *, is_heif: bool) -> tuple[Page, ...]:
    """
    The pages of one photo: one, or as many as a TIFF has.

    Raises
        Invalid: `upload-image-too-large` (facts `width`, `height`), `upload-image-moving`, `upload-image-broken`, `upload-too-many-pages`.
    """
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # measured here, before anything is drawn
    # A damaged note beside an image (Exif…) does not matter: it is dropped, and no log needs to know.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    if data.count(b"\xff\xda") > _MAX_SCANS:
        raise Invalid("upload-image-broken")
    try:
        frames = _heif(data) if is_heif else _frames(Image.open(BytesIO(data), formats=_FORMATS))
        return tuple(_page(frame) for frame in frames)
    except Invalid:
        raise
    except Exception as error:  # whatever a decoder says of damaged bytes, it means that it cannot read them
        raise Invalid("upload-image-broken") from error


def thumbnail(page: Page) -> bytes:
    """A small JPEG, to tell one page from another."""
    from PIL import Image

    image: Image.Image = Image.open(BytesIO(page.jpeg), formats=("JPEG",))
    image.draft("RGB", (_SMALL, _SMALL))
    image.thumbnail((_SMALL, _SMALL))
    return _written(image, quality=70).jpeg


def lighter(page: Page, *, share: float) -> Page:
    """
    The same page in fewer bytes.

    Takes
        share: of its bytes to be kept, at most; reached by fewer points, then by a coarser drawing.
    """
    from PIL import Image

    image: Image.Image = Image.open(BytesIO(page.jpeg), formats=("JPEG",))
    side = max(image.size)
    kept = max(int(side * max(share, 0.05) ** 0.5 * 0.95), 64)
    image.thumbnail((kept, kept))
    return _written(image, quality=QUALITY - 12)


def _measure(width: int, height: int, *, limit: int) -> None:
    if width * height > limit or max(width, height) > _MAX_SIDE:
        raise Invalid("upload-image-too-large", width=str(width), height=str(height))
    if min(width, height) < 1:
        raise Invalid("upload-image-broken")


def _frames(image: Any) -> Iterator["Image"]:
    """Each image of the file, measured before it is drawn."""
    count = getattr(image, "n_frames", 1)
    if count > 1 and image.format != "TIFF":
        raise Invalid("upload-image-moving")
    if count > MAX_PAGES:
        raise Invalid("upload-too-many-pages", limit=str(MAX_PAGES))
    for number in range(count):
        if number:
            image.seek(number)
        shrinks = image.format == "JPEG" and not image.info.get("progressive")
        _measure(*image.size, limit=MAX_JPEG_PIXELS if shrinks else MAX_PIXELS)
        if image.format == "JPEG":
            image.draft("RGB", (LONG_SIDE, LONG_SIDE))
        yield image


def _heif(data: bytes) -> Iterator["Image"]:
    import pi_heif

    opened = pi_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=True)
    _measure(*opened.size, limit=MAX_PIXELS)
    yield opened.to_pillow()


def _page(image: "Image") -> Page:
    from PIL import Image, ImageOps

    image.load()
    try:
        upright = ImageOps.exif_transpose(image)
    except _DAMAGED_NOTES:  # what it tells beside the image is damaged, not the image
        upright = image
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        paper = Image.new("RGBA", upright.size, "white")
        paper.alpha_composite(upright)
        upright = paper
    if upright.mode in {"I;16", "I;16B", "I;16L", "I", "F"}:  # 16 bits of grey: radiographs and scanners
        extrema: Any = upright.getextrema()
        low, high = extrema
        scale = 255 / (high - low or 1)
        upright = upright.convert("I").convert("F").point(lambda value: value * scale - low * scale)
    upright = upright.convert("L" if upright.mode in {"1", "L", "F"} else "RGB")
    upright.thumbnail((LONG_SIDE, LONG_SIDE))
    return _written(upright, quality=QUALITY)


def _written(image: "Image", *, quality: int) -> Page:
    """Drawn anew: nothing of what the file told beside the image comes along."""
    out = BytesIO()
    image.info.clear()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return Page(out.getvalue(), image.width, image.height, is_grey=image.mode == "L")
