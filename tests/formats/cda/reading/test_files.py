"""What a document carries is named by what it is; the copy stands beside, images where the text names them."""

import base64
from html import unescape

import pytest
from tests.builders.cda import a_cda, a_jpeg, a_pdf, a_png
from tests.builders.readings import a_section, a_structured

from carnet.formats.cda.reading.document import read_cda, read_file
from carnet.formats.cda.reading.files import size_words, type_name
from carnet.formats.cda.reading.model import Kind, Narrative

NBSP = "\N{NO-BREAK SPACE}"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def a_media(content: bytes, media_type: str, identifier: str = "m1") -> str:
    return (
        f'<entry><observationMedia classCode="OBS" moodCode="EVN" ID="{identifier}"><value mediaType="{media_type}" representation="B64">'
        f"{base64.b64encode(content).decode()}</value></observationMedia></entry>"
    )


def shown(*sections: str):
    return read_cda(a_structured("".join(sections)))


def html(reading) -> str:
    return "".join(
        block.html for section in reading.sections for block in section.blocks if isinstance(block, Narrative)
    )


NAMED = '<renderMultiMedia referencedObject="m1"/>'


def test_the_copy_is_beside_and_its_section_is_not_shown() -> None:
    reading = shown(
        a_section("texte"),
        a_section(NAMED, a_media(a_pdf(), "application/pdf"), title="Copie du document", code="55108-5"),
    )
    assert reading.embedded is not None
    assert (reading.embedded.media_type, reading.embedded.content, reading.embedded.size_bytes) == (
        "application/pdf",
        a_pdf(),
        len(a_pdf()),
    )
    assert [section.title for section in reading.sections] == ["Partie"]
    assert reading.files == ()
    assert "a_pdf" not in repr(reading)


@pytest.mark.parametrize(
    ("content", "declared"),
    [(a_png(), "image/png"), (a_jpeg(), "image/jpeg"), (a_jpeg(), "image/png"), (b"GIF89a\x01", "image/gif")],
)
def test_a_raster_is_drawn_where_the_text_names_it(content: bytes, declared: str) -> None:
    reading = shown(a_section(NAMED + NAMED, a_media(content, declared)))
    assert [image.content for image in reading.images] == [content]
    assert html(reading).count('<span data-image="0"></span>') == 2
    assert reading.files == ()


@pytest.mark.parametrize(
    ("content", "declared", "words"),
    [
        (SVG, "image/svg+xml", "fichier"),
        (SVG, "image/png", "fichier"),  # what is said is not what it is: attached, and never drawn
        (a_pdf(), "application/pdf", "PDF"),
        (a_pdf(), "image/png", "PDF"),
        (b"II*\x00 tiff", "image/tiff", "image TIFF"),
        (b"{\\rtf1}", "text/rtf", "texte RTF"),
        (b"bonjour", "text/plain", "texte"),
    ],
)
def test_anything_else_is_attached_and_named(content: bytes, declared: str, words: str) -> None:
    reading = shown(a_section(NAMED, a_media(content, declared), title="Document joint"))
    assert reading.images == ()
    assert f"Fichier joint{NBSP}: {words}, 1{NBSP}ko" in unescape(html(reading))
    assert [(file.title, file.content) for file in reading.files] == [("Document joint", content)]


def test_a_file_without_mark_is_attached() -> None:
    bare = a_media(a_pdf(), "application/pdf").replace(' ID="m1"', "")
    assert len(shown(a_section("texte", bare)).files) == 1


def test_what_is_not_there_or_cannot_be_decoded_is_said() -> None:
    assert "absent du document" in html(shown(a_section('<renderMultiMedia referencedObject="ailleurs"/>')))
    broken = '<entry><observationMedia ID="m1"><value mediaType="application/pdf" representation="B64">@@@</value></observationMedia></entry>'
    assert "absent du document" in html(shown(a_section(NAMED, broken)))


def test_the_copy_named_in_a_text_is_said_to_be_the_copy() -> None:
    copy = a_section("", a_media(a_pdf(), "application/pdf"), code="55108-5")
    assert "Copie du document entier" in html(shown(copy, a_section(NAMED)))


@pytest.mark.parametrize(
    ("media_type", "content", "answer"),
    [
        ("application/pdf", a_pdf(size_bytes=84_000), f"Ce document est un fichier PDF de 84{NBSP}ko."),
        ("image/jpeg", a_jpeg(), f"Ce document est une image JPEG de 1{NBSP}ko."),
        ("image/tiff", b"II*\x00 tiff", f"Ce document est une image TIFF de 1{NBSP}ko."),
        ("text/rtf", b"{\\rtf1 bonjour}", f"Ce document est un fichier texte RTF de 1{NBSP}ko."),
        ("text/plain", b"Bonjour\n\nau revoir", "Ce document est un texte simple."),
    ],
)
def test_a_body_of_level_1_is_one_file(media_type: str, content: bytes, answer: str) -> None:
    reading = read_cda(a_cda(media_type=media_type, content=content, title="Ordonnance"))
    assert (reading.kind, reading.title, reading.answer) == (Kind.FILE, "Ordonnance", answer)
    assert reading.embedded is not None
    assert reading.embedded.content == content
    assert bool(reading.sections) is (media_type == "text/plain")
    alone = read_file(content, media_type)
    assert (alone.kind, alone.answer, alone.embedded) == (Kind.FILE, answer, reading.embedded)


def test_a_plain_text_is_shown_as_paragraphs() -> None:
    for content in ("Né à Évry\r\nle 3\n\n<script>x</script>\n", "Né à Évry\nle 3\n \n<script>x</script>"):
        for encoding in ("utf-8-sig", "cp1252"):
            reading = read_file(content.encode(encoding), "text/plain; charset=x")
            assert html(reading) == "<p>Né à Évry<br>le 3</p><p>&lt;script&gt;x&lt;/script&gt;</p>"
    assert read_file(b" \n ", "text/plain").sections == ()
    long = read_file(b"mot " * 40_000, "text/plain")
    assert len(html(long)) < 101_000
    assert len(long.sections[0].blocks) == 2


def test_names_and_sizes() -> None:
    assert [size_words(each) for each in (0, 1_499, 84_000, 1_234_567)] == [
        f"1{NBSP}ko",
        f"1{NBSP}ko",
        f"84{NBSP}ko",
        f"1,2{NBSP}Mo",
    ]
    assert type_name("application/x-inconnu") == "fichier"
    assert read_file(b"x", "application/x-inconnu").answer == f"Ce document est un fichier de 1{NBSP}ko."
    assert "logiciel d’imagerie" in read_file(b"x", "application/dicom").answer
