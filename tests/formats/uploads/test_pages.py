"""Photos bound into one PDF."""

import io
from datetime import datetime

import pytest
from PIL import Image
from pypdf import PdfReader
from tests.builders import uploads

from carnet.domain.errors import Invalid
from carnet.formats.pdf import check_pdf
from carnet.formats.pdf_writing import Information
from carnet.formats.uploads.pages import bind
from carnet.formats.uploads.photos import MAX_PAGES, read_pages
from carnet.vocabulary.moments import PARIS

TOLD = Information("Ordonnance <été>", "Odile Lambert", "carnet", datetime(2026, 3, 3, 14, 5, tzinfo=PARIS))
LIMIT = 15_000_000


def test_each_photo_has_its_page_in_the_order_chosen() -> None:
    grey, tall, wide = (
        read_pages(sent, is_heif=False)[0]
        for sent in (uploads.a_photo(mode="L"), uploads.a_photo(size=(60, 90)), uploads.a_photo(size=(90, 60)))
    )
    made = bind([tall, wide, grey], TOLD, limit_bytes=LIMIT)
    assert check_pdf(made) == ()
    reader = PdfReader(io.BytesIO(made), strict=True)
    boxes = [(round(page.mediabox.width), round(page.mediabox.height)) for page in reader.pages]
    assert boxes == [(595, 842), (842, 595), (842, 595)]
    images = [page.images[0].image for page in reader.pages]
    assert [image.size for image in images if image] == [(60, 90), (90, 60), (120, 80)]
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("Ordonnance <été>", "Odile Lambert")
    assert reader.xmp_metadata is not None
    assert reader.xmp_metadata.dc_title == {"x-default": "Ordonnance <été>"}


def test_the_same_pages_give_the_same_file() -> None:
    pages = read_pages(uploads.a_photo(), is_heif=False)
    assert bind(pages, TOLD, limit_bytes=LIMIT) == bind(pages, TOLD, limit_bytes=LIMIT)


def test_photos_are_made_lighter_to_hold_in_the_limit() -> None:
    out = io.BytesIO()
    Image.effect_noise((1500, 2000), 90).convert("RGB").save(out, "JPEG", quality=92)
    pages = read_pages(out.getvalue(), is_heif=False) * 4
    limit = sum(len(page.jpeg) for page in pages) // 3
    made = bind(pages, TOLD, limit_bytes=limit)
    assert len(made) <= limit
    assert len(PdfReader(io.BytesIO(made)).pages) == 4


def test_there_is_an_end_to_a_document() -> None:
    pages = read_pages(uploads.a_photo(), is_heif=False) * (MAX_PAGES + 1)
    with pytest.raises(Invalid) as refused:
        bind(pages, TOLD, limit_bytes=LIMIT)
    assert refused.value.code == "upload-too-many-pages"
