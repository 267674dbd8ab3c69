"""
What a PDF needs to know of a TrueType font: glyph of each character, advances, box. Reads the font in `fonts/` once.

Source: OpenType specification 1.9 (head, hhea, maxp, hmtx, cmap format 4).
"""

import struct
from functools import cache
from importlib.resources import files

from carnet.vocabulary.frozen import frozen


@frozen
class Font:
    """
    data: the file. glyphs: glyph by code point. advances: by glyph, in thousandths of the size; ascent, descent, box: likewise.
    """

    data: bytes
    glyphs: dict[int, int]
    advances: tuple[int, ...]
    ascent: int
    descent: int
    box: tuple[int, int, int, int]

    def width(self, text: str, size: float) -> float:
        """In points."""
        return sum(self.advances[self.glyphs.get(ord(character), 0)] for character in text) * size / 1000


@cache
def document_font() -> Font:
    """The font of every document that carnet draws (see fonts/README.md)."""
    return read((files("carnet.formats") / "fonts" / "DejaVuSans-French.ttf").read_bytes())


def read(data: bytes) -> Font:
    """Read a font that has a cmap of format 4."""
    tables = {}
    for rank in range(struct.unpack_from(">H", data, 4)[0]):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * rank)
        tables[tag] = offset
    units = int(struct.unpack_from(">H", data, tables[b"head"] + 18)[0])

    def scaled(value: int) -> int:
        return round(value * 1000 / units)

    x_min, y_min, x_max, y_max = struct.unpack_from(">4h", data, tables[b"head"] + 36)
    ascent, descent = struct.unpack_from(">2h", data, tables[b"hhea"] + 4)
    metrics = struct.unpack_from(">H", data, tables[b"hhea"] + 34)[0]
    count = struct.unpack_from(">H", data, tables[b"maxp"] + 4)[0]
    advances = [
        struct.unpack_from(">H", data, tables[b"hmtx"] + 4 * min(glyph, metrics - 1))[0] for glyph in range(count)
    ]
    return Font(
        data=data,
        glyphs=_glyphs(data, tables[b"cmap"]),
        advances=tuple(scaled(advance) for advance in advances),
        ascent=scaled(ascent),
        descent=scaled(descent),
        box=(scaled(x_min), scaled(y_min), scaled(x_max), scaled(y_max)),
    )


def _glyphs(data: bytes, cmap: int) -> dict[int, int]:
    for rank in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        at = cmap + struct.unpack_from(">I", data, cmap + 4 + 8 * rank + 4)[0]
        if struct.unpack_from(">H", data, at)[0] == 4:
            return _segments(data, at)
    raise ValueError("cmap")


def _segments(data: bytes, at: int) -> dict[int, int]:
    size = struct.unpack_from(">H", data, at + 6)[0]  # twice the number of segments
    ends, starts, deltas, offsets = at + 14, at + 16 + size, at + 16 + 2 * size, at + 16 + 3 * size
    glyphs = {}
    for segment in range(0, size, 2):
        end, start, delta, offset = (
            struct.unpack_from(">H", data, table + segment)[0] for table in (ends, starts, deltas, offsets)
        )
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if offset:
                glyph = struct.unpack_from(">H", data, offsets + segment + offset + 2 * (code - start))[0]
            glyphs[code] = (glyph + delta) & 0xFFFF
    return glyphs
