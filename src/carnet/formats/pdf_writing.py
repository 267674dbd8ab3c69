"""
The frame of a PDF/A-1b file: objects, their table, the metadata that repeats the information. What is on the pages is the caller's.

Source: ISO 32000-1 §7.5 (file structure); ISO 19005-1 §6 (PDF/A-1: calibrated colours, XMP, identifier).
"""

import hashlib
import zlib
from collections.abc import Sequence
from datetime import datetime
from html import escape

from carnet.vocabulary.frozen import frozen

COLOURS = b"[/CalRGB<</WhitePoint[0.9505 1 1.089]/Gamma[2.2 2.2 2.2]/Matrix[0.4124 0.2126 0.0193 0.3576 0.7152 0.1192 0.1805 0.0722 0.9505]>>]"
GREYS = b"[/CalGray<</WhitePoint[0.9505 1 1.089]/Gamma 2.2>>]"
CATALOG = b"<</Type/Catalog/Pages 2 0 R/Metadata %d 0 R/Lang(fr-FR)>>"


@frozen
class Information:
    """What the file says of itself. created: aware."""

    title: str
    author: str
    producer: str
    created: datetime


def stream(data: bytes, entries: bytes = b"", *, packed: bool = True) -> bytes:
    """A stream object. packed: deflate it here; otherwise `entries` names the filter it already has."""
    if packed:
        data, entries = zlib.compress(data, 6), b"/Filter/FlateDecode" + entries
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(data), entries, data)


def text(value: str) -> bytes:
    return b"<FEFF%b>" % value.encode("utf-16-be", "replace").hex().upper().encode()


def information(told: Information) -> tuple[bytes, bytes]:
    """The metadata and the information, two objects that say the same."""
    zone = f"{told.created:%z}"
    stamp = f"D:{told.created:%Y%m%d%H%M%S}{zone[:3]}'{zone[3:]}'".encode()
    xmp = _metadata(told, f"{told.created:%Y-%m-%dT%H:%M:%S}{zone[:3]}:{zone[3:]}").encode()
    return (
        b"<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%b\nendstream" % (len(xmp), xmp),
        b"<</Title%b/Author%b/Producer%b/CreationDate(%b)/ModDate(%b)>>"
        % (text(told.title), text(told.author), text(told.producer), stamp, stamp),
    )


def assembled(objects: Sequence[bytes], *, info: int) -> bytes:
    """
    The file.

    Takes
        objects: numbered from 1, the catalogue first. info: number of the information.
    """
    parts = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"]
    at = len(parts[0])
    table = [b"0000000000 65535 f \n"]
    for number, body in enumerate(objects, 1):
        table.append(b"%010d 00000 n \n" % at)
        part = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        parts.append(part)
        at += len(part)
    identifier = hashlib.md5(parts[-1] + parts[info - 1], usedforsecurity=False).hexdigest().upper().encode()
    parts.append(
        b"xref\n0 %d\n%btrailer\n<</Size %d/Root 1 0 R/Info %d 0 R/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(table), b"".join(table), len(table), info, identifier, identifier, at)
    )
    return b"".join(parts)


def _metadata(told: Information, stamp: str) -> str:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">'
        "<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(told.title)}</rdf:li></rdf:Alt></dc:title>'
        f"<dc:creator><rdf:Seq><rdf:li>{escape(told.author)}</rdf:li></rdf:Seq></dc:creator>"
        f"<xmp:CreateDate>{stamp}</xmp:CreateDate><xmp:ModifyDate>{stamp}</xmp:ModifyDate><pdf:Producer>{escape(told.producer)}</pdf:Producer>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
