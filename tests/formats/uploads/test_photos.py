"""Photos become pages: upright, light, and silent about where they were taken."""

import io

import pytest
from PIL import Image
from tests.builders import uploads

from carnet.domain.errors import Invalid
from carnet.formats.uploads.photos import LONG_SIDE, MAX_PAGES, Page, lighter, read_pages


def _opened(page: Page) -> Image.Image:
    image = Image.open(io.BytesIO(page.jpeg))
    assert image.format == "JPEG"
    assert image.size == (page.width, page.height)
    return image


def _is_dark(image: Image.Image, at: tuple[int, int]) -> bool:
    value = image.convert("L").getpixel(at)
    assert isinstance(value, int)
    return value < 128


def test_a_photo_is_turned_upright_and_tells_nothing_of_its_place() -> None:
    sent = uploads.taken_on_its_side()
    assert b"Exif" in sent
    (page,) = read_pages(sent, is_heif=False)
    image = _opened(page)
    assert image.size == (80, 120)
    assert _is_dark(image, (40, 10))  # what was on the left is on top
    assert not _is_dark(image, (40, 110))
    assert dict(image.getexif()) == {}
    for told in (b"Exif", b"invent", b"GPS", b"http://ns.adobe.com"):
        assert told not in page.jpeg


def test_a_photo_whose_notes_are_damaged_is_kept_as_it_is() -> None:
    sent = uploads.taken_on_its_side()
    at = sent.index(b"Exif") + 6
    damaged = sent[: at + 8] + b"\xff" * 40 + sent[at + 48 :]
    (page,) = read_pages(damaged, is_heif=False)
    assert sorted((page.width, page.height)) == [80, 120]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG"])
def test_every_kind_of_photo(kind: str) -> None:
    (page,) = read_pages(uploads.a_photo(kind), is_heif=False)
    image = _opened(page)
    assert image.size == (120, 80)
    assert _is_dark(image, (10, 40))
    assert not _is_dark(image, (110, 40))


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_every_kind_of_colours(mode: str) -> None:
    kind = "TIFF" if mode in {"CMYK", "1"} else "PNG"
    (page,) = read_pages(uploads.a_photo(kind, mode=mode) if mode != "I;16" else _a_radiograph(), is_heif=False)
    image = _opened(page)
    assert image.mode == ("L" if page.is_grey else "RGB")
    assert page.is_grey is (mode in {"L", "1", "I;16"})


def _a_radiograph() -> bytes:
    image = Image.new("I;16", (64, 64), 900)
    for x in range(32):
        for y in range(64):
            image.putpixel((x, y), 100)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_a_grey_of_16_bits_keeps_its_contrast() -> None:
    (page,) = read_pages(_a_radiograph(), is_heif=False)
    image = _opened(page)
    assert _is_dark(image, (10, 32))
    assert not _is_dark(image, (54, 32))


def test_what_is_transparent_is_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(out, "PNG")
    (page,) = read_pages(out.getvalue(), is_heif=False)
    assert not _is_dark(_opened(page), (15, 15))


def test_the_photo_of_an_iphone() -> None:
    (page,) = read_pages(uploads.HEIC, is_heif=True)
    image = _opened(page)
    assert image.size == (64, 48)
    assert _is_dark(image, (10, 24))
    assert not _is_dark(image, (54, 24))


def test_a_large_photo_comes_to_the_size_of_a_page() -> None:
    (page,) = read_pages(uploads.a_photo(size=(6000, 4000)), is_heif=False)
    assert max(page.width, page.height) == LONG_SIDE


def test_a_scan_gives_its_pages_in_order() -> None:
    pages = read_pages(uploads.a_scan(3), is_heif=False)
    greys = [_opened(page).convert("L").getpixel((50, 70)) for page in pages]
    assert len(greys) == 3
    assert greys == sorted(greys, reverse=True)  # type: ignore[type-var]


def test_a_page_is_made_lighter() -> None:
    out = io.BytesIO()
    Image.effect_noise((1200, 1600), 80).convert("RGB").save(out, "JPEG", quality=95)
    (page,) = read_pages(out.getvalue(), is_heif=False)
    light = lighter(page, share=0.3)
    assert len(light.jpeg) < len(page.jpeg) * 0.35


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (uploads.png_that_declares(65_000, 65_000), "upload-image-too-large"),
        (uploads.png_that_declares(40_000, 10), "upload-image-too-large"),
        (uploads.png_that_declares(100, 100), "upload-image-broken"),  # fewer pixels than it says
        (uploads.a_photo(size=(900, 900))[:2000], "upload-image-broken"),
        (uploads.a_photo()[:20], "upload-image-broken"),
        (b"\xff\xd8\xff" + b"\xff\xda" * 500, "upload-image-broken"),
        (uploads.moving("GIF"), "upload-image-moving"),
        (uploads.moving("WEBP"), "upload-image-moving"),
        (uploads.a_scan(MAX_PAGES + 1), "upload-too-many-pages"),
    ],
)
def test_what_cannot_be_kept_says_why(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_pages(data, is_heif=False)
    assert refused.value.code == code


def test_a_damaged_iphone_photo_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read_pages(uploads.HEIC[:300], is_heif=True)
    assert refused.value.code == "upload-image-broken"
