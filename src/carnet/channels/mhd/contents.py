"""
What the depositing transactions of this door share: the header of a content, and the trace of a message refused before it named a record.

Source: documents.md §5.5.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.errors import Invalid
from carnet.domain.record.deposit import error_codes
from carnet.formats.fhir.provide_bundle import ReadDocument
from carnet.formats.submissions import Checked, check_content
from carnet.web.services import Services

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


async def checked_content(document: ReadDocument) -> Checked:
    """The header of a CDA, and the faults of a content."""
    if len(document.content) <= _INLINE_BYTES:
        return check_content(document.content, document.media_type)
    return await asyncio.to_thread(check_content, document.content, document.media_type)
