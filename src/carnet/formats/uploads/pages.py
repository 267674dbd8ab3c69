"""Pages bound into one PDF/A, A4, in their order. Source: ISO 19005-1 §6.2 (images with calibrated colours); official-app 1.6."""

from collections.abc import Sequence

from carnet.domain.errors import Invalid
from carnet.formats.pdf_writing import CATALOG, COLOURS, GREYS, Information, assembled, information, stream
from carnet.formats.uploads.photos import MAX_PAGES, Page, lighter

_SHORT, _LONG = 595.28, 841.89  # A4, points
_MARGIN = 14.0
_FIRST = 5  # objects 1 and 2 are the catalogue and the page tree, 3 the metadata, 4 the information
_PER_PAGE = 2_000  # bytes, at most, that a page takes beside its image


def bind(pages: Sequence[Page], told: Information, *, limit_bytes: int) -> bytes:
    """
    One PDF, each photo on a page of its own, upright or lying as the photo is.

    Takes
        limit_bytes: of the file; photos are made lighter when they would pass it.
    Raises
        Invalid: `upload-too-many-pages`.
    """
    if len(pages) > MAX_PAGES:
        raise Invalid("upload-too-many-pages", limit=str(MAX_PAGES))
    room = limit_bytes - _PER_PAGE * (len(pages) + 2)
    taken = sum(len(page.jpeg) for page in pages)
    while taken > room:
        pages = [lighter(page, share=room / taken) for page in pages]
        taken = sum(len(page.jpeg) for page in pages)
    kids = b" ".join(b"%d 0 R" % (_FIRST + 3 * rank) for rank in range(len(pages)))
    objects = [CATALOG % 3, b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages)), *information(told)]
    for rank, page in enumerate(pages):
        objects += _objects(page, first=_FIRST + 3 * rank)
    return assembled(objects, info=4)


def _objects(page: Page, *, first: int) -> tuple[bytes, bytes, bytes]:
    """The page, what is drawn on it, the image."""
    width, height = (_LONG, _SHORT) if page.width > page.height else (_SHORT, _LONG)
    scale = min((width - 2 * _MARGIN) / page.width, (height - 2 * _MARGIN) / page.height)
    drawn = (page.width * scale, page.height * scale)
    at = ((width - drawn[0]) / 2, (height - drawn[1]) / 2)
    colours = GREYS if page.is_grey else COLOURS
    return (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Resources<</XObject<</I %d 0 R>>>>/Contents %d 0 R>>"
        % (width, height, first + 2, first + 1),
        stream(b"q %.2f 0 0 %.2f %.2f %.2f cm /I Do Q" % (*drawn, *at)),
        stream(
            page.jpeg,
            b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace%b/Filter/DCTDecode"
            % (page.width, page.height, colours),
            packed=False,
        ),
    )
