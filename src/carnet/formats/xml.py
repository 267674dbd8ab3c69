"""
The one place where XML is read: no DTD, no entity, no network, and bounds on size, depth and number of nodes.

A stylesheet or any other processing instruction is dropped unread, and so are comments.
Source: style.md §4 ("XML is read in one place"); design.md §8; OWASP XML Security.
"""

import codecs
import re
import threading
from typing import cast

from lxml import etree

from carnet.domain.errors import Invalid

Element = etree._Element  # noqa: SLF001 - lxml gives its class of elements no public name

LIMIT_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 256
MAX_MARKS = 500_000  # `<` signs: twice the elements, more than a hundred times the largest public sample
MAX_EQUALS = 250_000  # `=` signs, hence attributes; base64 only has them at its end
_COUNTED_FROM = 2_000_000  # bytes: below, a document cannot hold enough of either to matter, and counting is not free

# libxml2 refuses a text node above ten million characters unless told that the tree is huge: a base64 PDF may be one.
_TEXT_LIMIT = 10_000_000

# Encodings in which a byte below 128 always is that ASCII character, so that the scans below see what the parser sees.
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "windows-1252",
    "cp1252": "windows-1252",
}
_DECLARATION = re.compile(rb"<\?xml\s[^>]{0,200}?\?>")
_DECLARED_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']""")
_HTML = re.compile(rb"<(!doctype\s+)?html[\s>]", re.IGNORECASE)
_SIGNATURES = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"{\\rtf", "RTF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"\x1f\x8b", "GZIP"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)

_ENCODING_ERRORS = frozenset({31, 32, 81, 6000, 6001, 6003})  # libxml2: unknown, unsupported, invalid; i18n family
_RESOURCE_LIMIT = 114  # libxml2: XML_ERR_RESOURCE_LIMIT


def read_xml(data: bytes, *, limit_bytes: int = LIMIT_BYTES) -> Element:
    """
    Read one XML document and give its root element, free of comments and processing instructions.

    Takes
        data: UTF-8 (with or without a mark), ASCII, ISO-8859-1 or -15, Windows-1252, or UTF-16 with its mark.
        limit_bytes: larger documents are refused before anything is read.
    Raises
        Invalid: `xml-too-large`, `xml-empty`, `xml-not-xml` (fact `format`), `xml-doctype`, `xml-encoding`, `xml-too-complex`,
            `xml-too-deep`, `xml-malformed` (fact `line`).
    """
    if len(data) > limit_bytes:
        raise Invalid("xml-too-large", limit=str(limit_bytes))
    data, encoding = _in_ascii_superset(data)
    _refuse_what_is_not_xml(data)
    _refuse_doctype(data)
    if len(data) > _COUNTED_FROM and (data.count(b"<") > MAX_MARKS or data.count(b"=") > MAX_EQUALS):
        raise Invalid("xml-too-complex")
    huge = len(data) > _TEXT_LIMIT
    try:
        root = etree.fromstring(data, _parser(huge, encoding))
    except etree.XMLSyntaxError as error:
        raise _fault(error) from None
    if (
        root.getroottree().docinfo.internalDTD is not None
    ):  # pragma: no cover - the scan of the prolog already refused it
        raise Invalid("xml-doctype")
    if huge:
        _refuse_depth(root)
    return root


def canonical_xml(data: bytes, *, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """
    The canonical form of a document, comments and processing instructions kept, as signatures digest it.

    Raises
        Invalid: as `read_xml`, whose every refusal comes first.
    Source
        Canonical XML 1.0 with comments.
    """
    read_xml(data, limit_bytes=limit_bytes)
    plain, encoding = _in_ascii_superset(data)
    whole = etree.XMLParser(
        encoding=encoding, resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=len(data) > _TEXT_LIMIT, recover=False, collect_ids=False,
    )  # fmt: skip
    return etree.tostring(etree.fromstring(plain, whole).getroottree(), method="c14n", with_comments=True)


class _Parsers(threading.local):
    """The parsers of one thread: sharing them would make threads wait for each other."""

    def __init__(self) -> None:
        self.made: dict[tuple[bool, str], etree.XMLParser] = {}


_PARSERS = _Parsers()


def _parser(huge: bool, encoding: str) -> etree.XMLParser:
    """
    The parser of this thread for such documents: a new one costs four microseconds at its first use.

    The encoding is imposed, so that the parser can read nothing else than what the scans have read.
    """
    known = _PARSERS.made.get((huge, encoding))
    if known is not None:
        return known
    parser = _PARSERS.made[huge, encoding] = etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=huge,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    return parser


def _in_ascii_superset(data: bytes) -> tuple[bytes, str]:
    """The same document in an encoding the scans can read, and its name; refuses the others, and declarations that lie."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16").encode(), "utf-8"
        except UnicodeError:
            raise Invalid("xml-encoding", encoding="utf-16") from None
    if b"\0" in data[:4]:
        raise Invalid("xml-encoding", encoding="utf-16")  # or 32, without the mark that would say so
    marked = data.startswith(codecs.BOM_UTF8)
    body = data[3:] if marked else data
    declaration = _DECLARATION.match(body)
    declared = _DECLARED_ENCODING.search(declaration[0]) if declaration else None
    if declared is None:
        return body, "utf-8"
    name = declared[1].decode("ascii").lower()
    encoding = _ENCODINGS.get(name)
    if encoding is None or (marked and encoding != "utf-8"):
        raise Invalid("xml-encoding", encoding=name)
    if encoding != "utf-8" and not body.isascii() and _reads_as_utf8(body):
        # Accents that all form valid UTF-8 sequences were written in UTF-8, whatever the declaration says.
        raise Invalid("xml-encoding", encoding=name)
    return body, encoding


def _reads_as_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse_what_is_not_xml(data: bytes) -> None:
    start = data[:512].lstrip()
    if not start:
        raise Invalid("xml-empty" if not data.strip() else "xml-malformed", line="1")
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            raise Invalid("xml-not-xml", format=name)
    if _HTML.match(start):
        raise Invalid("xml-not-xml", format="HTML")
    if not start.startswith(b"<"):
        raise Invalid("xml-not-xml", format="inconnu")


def _refuse_doctype(data: bytes) -> None:
    """
    Look for a DOCTYPE before the parser sees it: entities are declared nowhere else, and it may only stand before the root.
    """
    at = 0
    while (at := data.find(b"<", at)) >= 0:
        if data.startswith(b"<?", at):
            at = data.find(b"?>", at)
        elif data.startswith(b"<!--", at):
            at = data.find(b"-->", at + 4)
        elif data.startswith(b"<!", at):
            raise Invalid("xml-doctype")
        else:
            return
        if at < 0:
            return


def _refuse_depth(root: Element) -> None:
    """Only for documents read as huge trees, where libxml2 lets 2 048 levels pass."""
    depth = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise Invalid("xml-too-deep", limit=str(MAX_DEPTH))


def _fault(error: etree.XMLSyntaxError) -> Invalid:
    code = cast("int", error.code)  # type: ignore[attr-defined]  # set by libxml2, missing in the stubs
    if code in _ENCODING_ERRORS:
        return Invalid("xml-encoding", encoding="UTF-8")
    if code == _RESOURCE_LIMIT:
        return Invalid("xml-too-deep", limit=str(MAX_DEPTH))
    return Invalid("xml-malformed", line=str(error.lineno or 1))
