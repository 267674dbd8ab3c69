"""
Text on the pages of a PDF: one embedded font, its way back to Unicode, lines no wider than the page. Characters that the font does not have are
drawn as an empty box; every text stays extractable.

Source: ISO 32000-1 §9.7 (composite fonts), §9.10 (ToUnicode); ISO 19005-1 §6.3 (embedded whole, with its CIDSet).
"""

from collections.abc import Iterator
from functools import cache, lru_cache

from carnet.formats.pdf_writing import stream
from carnet.formats.truetype import Font, document_font


@lru_cache(maxsize=4096)
def wrapped(text: str, width: float, size: float) -> tuple[str, ...]:
    """Lines no wider than `width` points; a word longer than that keeps its line."""
    font = document_font()
    space = font.width(" ", size)
    lines: list[str] = []
    words: list[str] = []
    used = 0.0
    for word in text.split(" "):
        needed = _word_width(word, size)
        if words and used + space + needed > width:
            lines.append(" ".join(words))
            words, used = [], 0.0
        used += needed + (space if words else 0)
        words.append(word)
    lines.append(" ".join(words))
    return tuple(lines)


@lru_cache(maxsize=16384)
def _word_width(word: str, size: float) -> float:
    return document_font().width(word, size)


@lru_cache(maxsize=8192)
def encoded(text: str) -> str:
    glyphs = document_font().glyphs
    return "".join(f"{glyphs.get(ord(character), 0):04X}" for character in text)


@cache
def font_objects() -> tuple[bytes, ...]:
    """Objects 3 to 8: the composite font, its descendant, descriptor, file, glyph set and way back to Unicode."""
    font = document_font()
    name = b"CARNET+DejaVuSans"
    count = len(font.advances)
    widths = " ".join(map(str, font.advances)).encode()
    glyph_set = bytes([0xFF] * (count // 8)) + (bytes([0xFF << (8 - count % 8) & 0xFF]) if count % 8 else b"")
    box = " ".join(map(str, font.box)).encode()
    return (
        b"<</Type/Font/Subtype/Type0/BaseFont/%b/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 8 0 R>>" % name,
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%b/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        b"/CIDToGIDMap/Identity/DW 600/W[0[%b]]/FontDescriptor 5 0 R>>" % (name, widths),
        b"<</Type/FontDescriptor/FontName/%b/Flags 4/FontBBox[%b]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight 729/StemV 80"
        b"/FontFile2 6 0 R/CIDSet 7 0 R>>" % (name, box, font.ascent, font.descent),
        stream(font.data, b"/Length1 %d" % len(font.data)),
        stream(glyph_set),
        stream("\n".join(_to_unicode(font)).encode()),
    )


def _to_unicode(font: Font) -> Iterator[str]:
    yield "/CIDInit/ProcSet findresource begin 12 dict begin begincmap"
    yield "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def/CMapName/Adobe-Identity-UCS def/CMapType 2 def"
    yield "1 begincodespacerange <0000><FFFF> endcodespacerange"
    pairs = sorted({glyph: code for code, glyph in reversed(font.glyphs.items())}.items())
    for start in range(0, len(pairs), 100):
        part = pairs[start : start + 100]
        yield f"{len(part)} beginbfchar"
        yield from (f"<{glyph:04X}><{code:04X}>" for glyph, code in part)
        yield "endbfchar"
    yield "endcmap CMapName currentdict/CMap defineresource pop end end"
