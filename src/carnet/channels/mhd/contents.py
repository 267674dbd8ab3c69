"""
What the depositing transactions of this door share: the header of a content, and the trace of a message refused before it named a record.

Source: documents.md §5.5.
"""

import asyncio
from types import TracebackType
from typing import Self

from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.errors import Invalid
from carnet.domain.record.deposit import error_codes
from carnet.formats.fhir.provide_bundle import ReadDocument
from carnet.formats.submissions import Checked, check_content
from carnet.web.services import Services

# Larger documents are read in a thread, so that others are not kept waiting (design §3: CPU work over 5 ms).
_INLINE_BYTES = 256 * 1024


class TracingRefusals:
    """
    A message refused before it could name a record leaves its event too, in the system's trail.

    For a block that reads a message, then does what it asks: from `done` on, the act leaves its own trace.
    """

    __slots__ = ("_actor", "_is_done", "_services")

    def __init__(self, services: Services, *, actor: Actor) -> None:
        self._services = services
        self._actor = actor
        self._is_done = False

    def done(self) -> None:
        """The message is read."""
        self._is_done = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_done or not isinstance(fault, Invalid):
            return
        event = did(
            self._actor,
            EventType.DEPOSIT_REFUSED,
            at=self._services.clock(),
            outcome=Outcome.REFUSED,
            issues=error_codes(fault),
        )
        await self._services.trace(event)


async def checked_content(document: ReadDocument) -> Checked:
    """The header of a CDA, and the faults of a content."""
    if len(document.content) <= _INLINE_BYTES:
        return check_content(document.content, document.media_type)
    return await asyncio.to_thread(check_content, document.content, document.media_type)
