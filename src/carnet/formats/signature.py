"""
The signature of a submission set, read: an XML signature whose manifest names the set and its documents.

Only what it says is read. The digests of its manifest are compared with the documents that came along; its own value, and the certificate
behind it, are not verified. Source: documents.md §2.6; IHE DSG; W3C XML Signature §5.1 (Manifest); Canonical XML 1.0.
"""

import hashlib
from collections.abc import Mapping

import pybase64
from lxml import etree

from carnet.domain.errors import Invalid, Issue
from carnet.domain.record.model import Signature
from carnet.formats.xml import Element, canonical_xml, read_xml
from carnet.vocabulary.identifiers import UniqueId

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_MANIFEST = "IHEManifest"
_SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
_MAX_REFERENCES = 2000


def read_signature(
    content: bytes, signed: Mapping[str, bytes], *, expression: str
) -> tuple[Signature | None, tuple[Issue, ...]]:
    """
    The signature of a set.

    Takes
        signed: documents that came along, by uniqueId. expression: where the signature stands, for its faults.
    Gives
        None with the faults that keep it from being read; else the signature, with a `signature-digest-differs` for each document that is
        not the one signed.
    """
    try:
        root = read_xml(content)
    except Invalid as unreadable:
        return None, unreadable.issues
    if root.tag != _DS + "Signature":
        return None, (Issue("signature-root", expression, {"name": etree.QName(root).localname[:80]}),)
    manifest = next((each for each in root.iter(_DS + "Manifest") if each.get("Id") == _MANIFEST), None)
    if manifest is None:
        return None, (Issue("signature-manifest-missing", expression),)
    references: set[str] = set()
    issues: list[Issue] = []
    for reference in list(manifest.iterchildren(_DS + "Reference"))[:_MAX_REFERENCES]:
        try:
            unique_id = str(UniqueId.parse(reference.get("URI", "")))
        except ValueError:
            issues.append(Issue("signature-reference-format", expression, {"value": reference.get("URI", "")[:80]}))
            continue
        references.add(unique_id)
        if unique_id in signed and not _is_digest_of(reference, signed[unique_id]):
            issues.append(Issue("signature-digest-differs", expression, {"unique_id": unique_id}))
    return Signature(frozenset(references)), tuple(issues)


def _is_digest_of(reference: Element, content: bytes) -> bool:
    """SHA-1 of the file, or of its canonical form for a CDA. Another algorithm is not compared."""
    method, value = reference.find(_DS + "DigestMethod"), reference.find(_DS + "DigestValue")
    if method is None or value is None or method.get("Algorithm") != _SHA1:
        return method is not None and value is not None
    said = "".join((value.text or "").split())
    if said == _sha1(content):
        return True
    try:
        return said == _sha1(canonical_xml(content))
    except Invalid:
        return False


def _sha1(content: bytes) -> str:
    return pybase64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
