"""
A stock of documents on disk, as submissions: a folder of files as `carnet feed` reads them, or an NDJSON file of ITI-65 transactions.

Read as it goes, in little memory, always in the same order: the place of a submission names it from one run to the next.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from carnet.document_types.table import DocumentTypes
from carnet.domain.access.model import Confidentiality
from carnet.domain.errors import DomainError, Invalid
from carnet.domain.record.model import AssociationKind, RelatesTo, Submission
from carnet.domain.record.takeover.model import StockItem
from carnet.formats.cda.document import read_document
from carnet.formats.fhir.json_reading import read_json
from carnet.formats.fhir.provide_bundle import read_provide_bundle
from carnet.formats.fhir.standalone import bundle_of_resource
from carnet.formats.submissions import check_content, submission_of_bundle, submission_of_cda
from carnet.formats.xdm.archive import read_archive
from carnet.operating.feed import is_to_send
from carnet.operating.feeder import fiche_of_cda, sender_of, submission_set

_ENDS_BYTES = 64 * 1024
LINES = frozenset({".ndjson", ".jsonl"})


def source_of(stock: Path) -> str:
    """What names a stock in the journal: a digest of its names and sizes, and for one file of its ends."""
    told = hashlib.sha256()
    if stock.is_dir():
        for file in _files(stock):
            told.update(f"{file.relative_to(stock)}\0{file.stat().st_size}\0".encode("utf-8", "surrogateescape"))
        return told.hexdigest()
    size = stock.stat().st_size
    told.update(f"{size}\0".encode())
    with stock.open("rb") as lines:
        told.update(lines.read(_ENDS_BYTES))
        lines.seek(max(0, size - _ENDS_BYTES))
        told.update(lines.read())
    return told.hexdigest()


def stock_items(stock: Path, *, types: DocumentTypes, max_line_bytes: int) -> Iterator[StockItem]:
    """
    Every submission of a stock, in order.

    Takes
        max_line_bytes: of a line; a longer one is `stock-line-too-long`.
    """
    found = _of_folder(stock, types) if stock.is_dir() else _of_lines(stock, max_line_bytes)
    for position, (name, submission, correction) in enumerate(found, 1):
        yield StockItem(position, name, _person(submission), submission, correction)


_Found = tuple[str, Submission | DomainError, Submission | None]


def _of_lines(stock: Path, max_line_bytes: int) -> Iterator[_Found]:
    with stock.open("rb") as lines:
        number = 0
        while line := lines.readline(max_line_bytes + 1):
            number += 1
            whole = line.endswith(b"\n") or len(line) <= max_line_bytes
            while not whole and (rest := lines.readline(max_line_bytes)):
                whole = rest.endswith(b"\n")
                line = b""
            if line and not line.strip():
                continue
            too_long = Invalid("stock-line-too-long", limit=str(max_line_bytes))
            yield f"line {number}", _of_bundle(line) if line else too_long, None


def _files(folder: Path) -> Iterator[Path]:
    """Files of a known kind, folder by folder in the order of their names, one folder's names in memory at a time; links to folders are not followed."""
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        elif entry.is_file() and is_to_send(Path(entry.path)):
            yield Path(entry.path)


def _of_folder(stock: Path, types: DocumentTypes) -> Iterator[_Found]:
    for file in _files(stock):
        name = str(file.relative_to(stock))
        try:
            match file.suffix.lower():
                case ".xml":
                    yield name, *_of_cda(file.read_bytes(), types)
                case ".zip":
                    for document in read_archive(file.read_bytes()):
                        if "xml" in document.mime_type:
                            yield f"{name}!{document.name}", *_of_cda(document.content, types, labels=document.labels)
                        else:
                            yield f"{name}!{document.name}", Invalid("xdm-media-type", name=document.name[:80]), None
                case ".json":
                    yield name, _of_bundle(file.read_bytes()), None
                case _:
                    fiche = file.with_suffix(".json")
                    if not fiche.exists():
                        raise Invalid("fiche-missing", expected=fiche.name)
                    yield name, _of_bundle(fiche.read_bytes(), beside=file.read_bytes()), None
        except OSError:
            yield name, Invalid("file-unreadable"), None
        except DomainError as error:
            yield name, error, None


def _of_bundle(text: bytes, *, beside: bytes | None = None) -> Submission | DomainError:
    try:
        bundle: dict[str, Any] = bundle_of_resource(text, beside, submission_set=submission_set(None)) if beside else read_json(text)  # fmt: skip
        if beside is None and bundle.get("resourceType") == "DocumentReference":
            bundle = bundle_of_resource(text, None, submission_set=submission_set(None))
        read = read_provide_bundle(bundle)
        checked = [check_content(document.content, document.media_type) for document in read.documents]
    except DomainError as error:
        return error
    return submission_of_bundle(read, checked)


def _of_cda(
    content: bytes, types: DocumentTypes, *, labels: frozenset[Confidentiality] = frozenset()
) -> tuple[Submission | DomainError, Submission | None]:
    try:
        read = read_document(content)
        header = read.header
        fiche, lot = fiche_of_cda(header, types), submission_set(sender_of(header))

        def said(*relates_to: RelatesTo) -> Submission:
            return submission_of_cda(
                content, fiche, header=header, issues=read.issues, submission_set=lot, labels=labels, relates_to=relates_to
            )  # fmt: skip

        submission = said()
    except DomainError as error:
        return error, None
    if header.replaces is None:
        return submission, None
    return submission, said(RelatesTo(AssociationKind.REPLACES, unique_id=header.replaces))


def _person(submission: Submission | DomainError) -> str:
    """Whatever names the person first, so that what names them so goes in order."""
    if isinstance(submission, DomainError):
        return ""
    named: Iterator[UUID | str] = (
        reference.ins.matricule if reference.ins is not None else reference.patient_id or ""
        for reference in submission.patient_references
    )
    return str(next(named, ""))
