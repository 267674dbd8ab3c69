import hashlib
import io
import re
from base64 import b64decode
from datetime import datetime
from importlib.resources import files

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from carnet.formats.truetype import document_font, read
from carnet.territory.letter import Heading, Letter, Paragraph, Rows
from carnet.territory.pdf import draw
from carnet.vocabulary.moments import PARIS


def a_letter(**changes) -> Letter:
    usual = {
        "head": ("Maison de santé du Pont-Vert", "2 rue du Pont-Vert"),
        "patient": ("Mme Marie Fontanelle", "Née le 12/05/1978"),
        "place_and_date": "Valbrune, le 3 août 2024",
        "title": "Œuvre à l'été : ça coûte 12 €",
        "blocks": (
            Heading("Motif"),
            Paragraph("Échographie cœur — naïve, garçon, où, 37,5 °C, ≥ 3 µg."),
            Rows(("Analyse", "Résultat"), (("Hémoglobine", "13,1 g/dL"),), (3, 1)),
        ),
        "signature": ("Dr Aubrespin",),
        "created": datetime(2024, 8, 3, 10, 15, tzinfo=PARIS),
        "author": "Dr Aubrespin",
    }
    return Letter(**(usual | changes))


def opened(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content), strict=True)


def test_text_is_extracted_with_its_accents() -> None:
    text = opened(draw(a_letter())).pages[0].extract_text()
    for expected in (
        "Œuvre à l'été : ça coûte 12 €",
        "cœur — naïve, garçon, où, 37,5 °C, ≥ 3 µg.",
        "Hémoglobine",
        "13,1 g/dL",
        "Document fictif",
    ):
        assert expected in text


def test_every_page_says_it_is_invented_and_counts() -> None:
    long = a_letter(
        blocks=tuple(
            Paragraph(f"Paragraphe {rank}. " + "Une phrase de plus pour remplir la page. " * 12) for rank in range(40)
        )
    )
    pages = opened(draw(long)).pages
    assert len(pages) > 2
    for rank, page in enumerate(pages, 1):
        text = page.extract_text()
        assert "Document fictif" in text
        assert f"Page {rank}/{len(pages)}" in text
    assert "Paragraphe 39." in pages[-1].extract_text()


def test_a_long_table_turns_the_page() -> None:
    rows = tuple((f"Analyse {rank} au nom assez long pour tenir sur deux lignes", "13,1 g/dL") for rank in range(70))
    pages = opened(draw(a_letter(blocks=(Rows(("Analyse", "Résultat"), rows, (1, 2)),)))).pages
    assert "Analyse 69" in pages[-1].extract_text()


def test_the_cross_reference_table_is_exact() -> None:
    content = draw(a_letter())
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", content)[1])
    lines = content[start:].split(b"\n")
    assert lines[0] == b"xref"
    count = int(lines[1].split()[1])
    for number, line in enumerate(lines[3 : 2 + count], 1):
        assert content[int(line[:10]) :].startswith(b"%d 0 obj" % number)
        assert len(line) == 19


def test_what_pdf_a_asks_for() -> None:
    content = draw(a_letter())
    document = opened(content)
    assert b"<pdfaid:part>1</pdfaid:part>" in content
    assert document.metadata.title == "Œuvre à l'été : ça coûte 12 €"
    assert f"{document.metadata.creation_date:%Y-%m-%dT%H:%M}" == "2024-08-03T10:15"
    assert b"2024-08-03T10:15:00+02:00" in content
    descriptor = document.pages[0]["/Resources"]["/Font"]["/F"]["/DescendantFonts"][0]["/FontDescriptor"]
    assert descriptor["/FontFile2"].get_data() == document_font().data
    assert len(descriptor["/CIDSet"].get_data()) == (len(document_font().advances) + 7) // 8
    assert not any(word in content for word in (b"/JavaScript", b"/Encrypt", b"/DeviceRGB", b"/OpenAction", b"/SMask"))


def test_the_font_is_the_one_its_readme_describes() -> None:
    readme = (files("carnet.formats") / "fonts" / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(document_font().data).hexdigest() in readme
    assert len(document_font().data) < 60_000


def test_the_font_reader_agrees_with_fonttools() -> None:
    font = document_font()
    other = TTFont(io.BytesIO(font.data))
    names = other.getGlyphOrder()
    assert {code: names[glyph] for code, glyph in font.glyphs.items()} == other.getBestCmap()
    units = other["head"].unitsPerEm
    assert list(font.advances) == [round(other["hmtx"][name][0] * 1000 / units) for name in names]


def test_a_font_without_the_right_table_is_refused() -> None:
    data = bytearray(document_font().data)
    at = data.index(b"\x00\x03\x00\x01\x00\x00\x00\x0c") + 8
    data[at : at + 2] = b"\x00\x06"
    with pytest.raises(ValueError, match="cmap"):
        read(bytes(data))


def test_printed_documents_of_the_territory_can_be_read(documents) -> None:
    printed = [each for each in documents if b"nonXMLBody" in each.content][::25]
    assert printed
    for each in printed:
        assert 15_000 < len(each.content) < 60_000
        page = opened(b64decode(re.search(rb'representation="B64">([^<]+)<', each.content)[1])).pages[0].extract_text()
        assert each.citizen.identity.traits.birth_name in page
        assert "Document fictif" in page
