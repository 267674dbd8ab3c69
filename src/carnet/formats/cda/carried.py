"""
The file of a body of level 1, taken out of the bytes before the XML is read.

Nearly all of such a document is one base64 text: the parser would copy it, then lxml, then Python, only to be decoded. It is decoded
from the bytes received, and the parser reads the document with a mark in its place. Nothing else can have been taken out: what
was taken holds no markup, and only end tags follow it up to the last byte: it stood at the end of the last element of the last element of
the root's last. When the body's text is that element, and the mark is all it says, the file is all it said.
"""

import re
from itertools import islice
from typing import Final

import pybase64

from carnet.formats.cda.body import Body
from carnet.vocabulary.frozen import frozen

_MARK: Final = "-file-carried-here-"  # hyphens, which base64 does not use
_TEXT_END: Final = b"</text>"
_ENDS: Final = re.compile(
    rb"</text>[ \t\r\n]*</nonXMLBody>[ \t\r\n]*</component>[ \t\r\n]*</ClinicalDocument>[ \t\r\n]*"
)
_TAIL: Final = 512  # bytes: what follows the text of such a body fits there
_TAG: Final = 512
_WORTH: Final = 1024  # bytes: below, the parser is as fast
_SPACES: Final = b" \t\r\n"
_LINE: Final = 100  # longer than the lines of those who break them


@frozen
class Lifted:
    """rest: the document with the mark where the file stood. content: the file."""

    rest: bytes
    content: bytes

    def stood_in(self, body: Body) -> bool:
        """Whether the file is the base64 text of this body; else `rest` says nothing of the document."""
        part = body.parts[0] if body.parts else None
        if part is None or not part.whole or not part.is_base64 or part.element.text != _MARK:
            return False
        outwards = (part.element, *islice(part.element.iterancestors(), 2))  # text, nonXMLBody, component
        return all(element.getnext() is None for element in outwards)


def lift(data: bytes) -> Lifted | None:
    """Take out the file, when the document ends with a body of level 1 and the text before is sound base64; else None."""
    end = data.rfind(_TEXT_END, max(0, len(data) - _TAIL))
    if end < 0 or _ENDS.fullmatch(data, end) is None:
        return None
    start = data.rfind(b">", 0, end) + 1
    if end - start < _WORTH or b"B64" not in data[max(0, start - _TAG) : start]:
        return None
    content = decode(data[start:end])
    if content is None:
        return None
    return Lifted(data[:start] + _MARK.encode() + data[end:], content)


def decode(text: bytes) -> bytes | None:
    """The bytes of a base64 text, spaces and line ends allowed, nothing else; None when it is not one."""
    text = text.strip(_SPACES)
    at = text.find(b"\n", 0, _LINE)
    if at >= 0:
        # Taking all spaces out costs ten times the decoding, line ends alone twice: many lines are not indented.
        indented = text[at + 1 : at + 2] in {b" ", b"\t"}
        text = text.translate(None, _SPACES) if indented else text.replace(b"\n", b"").replace(b"\r", b"")
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        without = text.translate(None, _SPACES)
        return None if without == text else decode(without)
