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
from carnet.domain.errors import Invalid
from carnet.domain.record.deposit import deposit, error_codes
from carnet.formats.fhir.attributes import with_path
from carnet.formats.fhir.provide_bundle import ReadBundle, ReadDocument
from carnet.formats.fhir.transaction_response import write_transaction_response
from carnet.formats.submissions import Checked, check_content, submission_of_bundle
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
    checked = [await _checked(document) for document in read.documents]
    receipt = await deposit(
        services.store, submission_of_bundle(read, checked), actor=actor, terms=services.deposit_terms, clock=services.clock
    )  # fmt: skip
    told = replace(receipt, warnings=tuple(map(with_path, receipt.warnings)))
    return fhir_answer(write_transaction_response(told, entries=read.entries, text_of=issue_text))


async def _checked(document: ReadDocument) -> Checked:
    if len(document.content) <= _INLINE_BYTES:
        return check_content(document.content, document.media_type)
    return await asyncio.to_thread(check_content, document.content, document.media_type)
