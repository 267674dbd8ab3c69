"""
ITI-65 Provide Document Bundle: a transaction becomes one deposit, and its receipt a transaction-response.

Source: IHE MHD 4.2 §3.65; PDSm flux 1 (documents.md §3.2); docs/transactions/iti65.md.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.responses import Response

from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.errors import Invalid, Issue
from carnet.domain.record.deposit import deposit, error_codes
from carnet.domain.record.model import XML_MEDIA_TYPES, DocumentHeader, Submission, SubmittedDocument
from carnet.formats.cda.document import read_document
from carnet.formats.fhir.attributes import with_path
from carnet.formats.fhir.provide_bundle import ReadBundle, ReadDocument
from carnet.formats.fhir.transaction_response import write_transaction_response
from carnet.formats.media import check_bare
from carnet.web.fhir.answers import fhir_answer
from carnet.web.services import Services
from carnet.web.wording import issue_text

# Larger documents are read in a thread, so that others are not kept waiting (design §3: CPU work over 5 ms).
_INLINE_BYTES = 256 * 1024


@asynccontextmanager
async def tracing_refusals(services: Services, *, actor: Actor) -> AsyncIterator[None]:
    """A message refused before it could name a record leaves its event too, in the system's trail."""
    try:
        yield
    except Invalid as refusal:
        event = did(
            actor, EventType.DEPOSIT_REFUSED, at=services.clock(), outcome=Outcome.REFUSED, issues=error_codes(refusal)
        )
        await services.trace(event)
        raise


async def provide_document_bundle(services: Services, read: ReadBundle, *, actor: Actor) -> Response:
    """
    File what a transaction bundle brings.

    Gives
        200 and the transaction-response: 201 per entry created, 200 per document already held.
    Raises
        Invalid, NotFound, Refused, Conflict, Unavailable: as `deposit`.
    """
    documents = []
    content_issues: list[Issue] = []
    for document in read.documents:
        header, issues = await _read_content(document)
        content_issues.extend(issues)
        documents.append(SubmittedDocument(document.fiche, document.content, header))
    receipt = await deposit(
        services.store,
        Submission(
            submission_set=read.submission_set,
            documents=tuple(documents),
            patient_references=read.patient_references,
            warnings=read.warnings,
            faults=(*read.faults, *content_issues),
            folders=read.folders,
        ),
        actor=actor,
        terms=services.deposit_terms,
        clock=services.clock,
    )
    told = replace(receipt, warnings=tuple(map(with_path, receipt.warnings)))
    return fhir_answer(write_transaction_response(told, entries=read.entries, text_of=issue_text))


async def _read_content(document: ReadDocument) -> tuple[DocumentHeader | None, tuple[Issue, ...]]:
    if len(document.content) <= _INLINE_BYTES:
        return _read(document)
    return await asyncio.to_thread(_read, document)


def _read(document: ReadDocument) -> tuple[DocumentHeader | None, tuple[Issue, ...]]:
    """The header of a CDA, and the faults of a content; faults of form that keep a document from being read are faults like others."""
    if document.media_type not in XML_MEDIA_TYPES:
        return None, check_bare(document.media_type, document.content)
    try:
        read = read_document(document.content)
    except Invalid as unreadable:
        return None, unreadable.issues
    return read.header, read.issues
