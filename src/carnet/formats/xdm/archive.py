"""
An IHE XDM archive: the documents that its METADATA.XML describes, and nothing else of it.

Source: IHE ITI XDM (TF-2 §3.32); documents.md §10 (layout, junk in real archives, safety); §2.5 (ebXML schemes).
"""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from carnet.domain.access.model import Confidentiality
from carnet.domain.errors import Invalid
from carnet.formats.xml import Element, read_xml
from carnet.vocabulary.frozen import frozen

MAX_ENTRIES = 1_000
MAX_CLEAR_BYTES = 200 * 1024 * 1024  # of all the files together
MAX_RATIO = 200  # clear bytes for one compressed: text compresses well, a bomb far better

_RIM = "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}"
_CONFIDENTIALITY = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
_STABLE = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_LABELS = {label.value for label in Confidentiality}


@frozen
class ArchivedDocument:
    """One document. name: its place in the archive. labels: visibility codes of its entry."""

    name: str
    content: bytes
    mime_type: str
    labels: frozenset[Confidentiality]


def read_archive(data: bytes) -> tuple[ArchivedDocument, ...]:
    """
    The documents of an archive, in the order of its METADATA.XML.

    Raises
    ------
        Invalid: `xdm-not-a-zip`, `xdm-too-large`, `xdm-unsafe` (path leaving the archive, encrypted, bomb), `xdm-metadata-missing`,
            `xdm-document-missing`, `xdm-hash-differs`, `xdm-size-differs`, and what `read_xml` says of METADATA.XML.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Invalid("xdm-not-a-zip") from error
    with archive:
        names = _safe_names(archive)
        metadata = [name for name in names if PurePosixPath(name).name.upper() == "METADATA.XML" and not _is_junk(name)]
        if not metadata:
            raise Invalid("xdm-metadata-missing")
        return tuple(document for name in sorted(metadata) for document in _documents(archive, name, names))


def _safe_names(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_CLEAR_BYTES:
        raise Invalid("xdm-too-large")
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or entry.flag_bits & 0x1:
            raise Invalid("xdm-unsafe", name=entry.filename[:80])
        if entry.file_size > MAX_RATIO * max(1024, entry.compress_size):
            raise Invalid("xdm-unsafe", name=entry.filename[:80])
    return {entry.filename: entry for entry in entries if not entry.is_dir()}


def _is_junk(name: str) -> bool:
    """Left there by a version control or an operating system."""
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def _documents(
    archive: zipfile.ZipFile, metadata: str, names: dict[str, zipfile.ZipInfo]
) -> Iterator[ArchivedDocument]:
    root = read_xml(_read(archive, names[metadata]))
    folder = PurePosixPath(metadata).parent
    by_name = {name.upper(): entry for name, entry in names.items()}
    for element in root.iter(f"{_RIM}ExtrinsicObject"):
        if element.get("objectType", _STABLE) != _STABLE:
            continue
        uri = _slot(element, "URI")
        entry = None if uri is None else by_name.get(str(folder / uri).upper())
        if entry is None:
            raise Invalid("xdm-document-missing", name=(uri or "URI")[:80])
        content = _read(archive, entry)
        size, digest = _slot(element, "size"), _slot(element, "hash")
        if size is not None and size != str(len(content)):
            raise Invalid("xdm-size-differs", name=entry.filename[:80])
        if digest is not None and digest.lower() != hashlib.sha1(content, usedforsecurity=False).hexdigest():
            raise Invalid("xdm-hash-differs", name=entry.filename[:80])
        yield ArchivedDocument(entry.filename, content, element.get("mimeType", ""), _labels(element))


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of a file, never more than its header announced."""
    try:
        with archive.open(entry) as file:
            content = file.read(entry.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise Invalid("xdm-not-a-zip") from error
    if len(content) > entry.file_size:
        raise Invalid("xdm-unsafe", name=entry.filename[:80])
    return content


def _slot(element: Element, name: str) -> str | None:
    for slot in element.iterchildren(f"{_RIM}Slot"):
        if slot.get("name") == name:
            value = slot.find(f"{_RIM}ValueList/{_RIM}Value")
            return None if value is None or value.text is None else value.text.strip()
    return None


def _labels(element: Element) -> frozenset[Confidentiality]:
    return frozenset(
        Confidentiality(code)
        for classification in element.iterchildren(f"{_RIM}Classification")
        if classification.get("classificationScheme") == _CONFIDENTIALITY
        and (code := classification.get("nodeRepresentation", "")) in _LABELS
    )
