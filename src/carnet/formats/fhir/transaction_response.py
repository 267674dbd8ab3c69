"""
The answer to ITI-65: one entry for each entry of the request, in its order.

Source: IHE MHD ITI-65 §3.65.4.2 (`transaction-response`, 201 with location); documents.md §3.2.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from carnet.domain.errors import Issue
from carnet.domain.record.lists.model import FiledFolder
from carnet.domain.record.model import FiledDocument, Receipt
from carnet.formats.fhir.bundle_entries import EntryKind
from carnet.formats.fhir.outcome import TextOf, outcome
from carnet.formats.fhir.provide_bundle import ReadEntry
from carnet.formats.fhir.times import instant


def write_transaction_response(receipt: Receipt, *, entries: Sequence[ReadEntry], text_of: TextOf) -> bytes:
    """
    A transaction-response Bundle.

    Takes
        receipt: documents in the order of the fiches; its warnings go to the entry that their expression names, else to the set's.
        entries: of the ReadBundle that was filed.
    Gives
        `201 Created` for what was made and `200 OK` for what was already held, with location, etag and lastModified.
    """
    told: dict[int, list[Issue]] = {}
    first = next((i for i, entry in enumerate(entries) if entry.kind is EntryKind.SUBMISSION_SET), 0)
    for warning in receipt.warnings:
        told.setdefault(_position(warning.expression, len(entries), first), []).append(warning)
    documents = [(document, str(document.logical_id), instant(document.updated_at)) for document in receipt.documents]
    answers = []
    for position, entry in enumerate(entries):
        response = _response(entry, receipt, documents)
        if position in told:
            response["outcome"] = outcome(told[position], text_of=text_of)
        answers.append({"response": response})
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction-response", "entry": answers})


def _response(
    entry: ReadEntry, receipt: Receipt, documents: Sequence[tuple[FiledDocument, str, str]]
) -> dict[str, Any]:
    """documents: of the receipt, each with its id and the instant of its last change as they are written, once for all its entries."""
    if entry.kind is EntryKind.SUBMISSION_SET:
        # as texts of one length they have the order of time
        changed = max(at for _, _, at in documents)
        return _made(f"List/{receipt.set_id}/_history/1", receipt.replayed, version=1, at=changed)
    if entry.folder is not None:
        return _folder(receipt.folders[entry.folder])
    if entry.document is None:
        return {"status": "200 OK"}  # a PATCH that says what the replacement did, or a resource kept within the fiche
    document, ident, at = documents[entry.document]
    if entry.kind is EntryKind.CONTENT:
        return _made(f"Binary/{ident}", document.replayed, version=document.version, at=at)
    location = f"DocumentReference/{ident}/_history/{document.version}"
    return _made(location, document.replayed, version=document.version, at=at)


def _folder(folder: FiledFolder) -> dict[str, Any]:
    """No version: what a folder shows depends on who asks."""
    return {"status": "201 Created" if folder.created else "200 OK", "location": f"List/{folder.folder_id}"}


def _made(location: str, replayed: bool, *, version: int, at: str) -> dict[str, Any]:
    return {
        "status": "200 OK" if replayed else "201 Created",
        "location": location,
        "etag": f'W/"{version}"',
        "lastModified": at,
    }


def _position(expression: str | None, count: int, default: int) -> int:
    if expression is None or not expression.startswith("Bundle.entry["):
        return default
    digits = expression[len("Bundle.entry[") :].partition("]")[0]
    return int(digits) if digits.isdecimal() and int(digits) < count else default
