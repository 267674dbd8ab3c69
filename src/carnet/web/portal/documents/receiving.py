"""Files as they arrive: each is looked at in a thread, a few at a time, and becomes parts of a draft, or a fault beside its name."""

import asyncio
from collections.abc import Sequence

from carnet.domain.errors import Invalid
from carnet.domain.record.drafts.model import NewPart, Shape
from carnet.formats.uploads.photos import Page, thumbnail
from carnet.formats.uploads.receiving import Received, receive
from carnet.web.portal.files import SentFile
from carnet.web.wording import issue_text


async def received(
    files: Sequence[SentFile], *, limit_bytes: int, turn: asyncio.Semaphore
) -> tuple[list[NewPart], list[str]]:
    """
    The parts that these files make, in their order, and a sentence for each that cannot be kept.

    Takes
        limit_bytes: of a file kept as it is. turn: of all the people who send at once: an image being drawn takes up to 150 MB.
    """
    parts: list[NewPart] = []
    faults: list[str] = []
    for file in files:
        try:
            async with turn:
                parts += await asyncio.to_thread(_parts, file, limit_bytes)
        except Invalid as refused:
            faults.append(
                f"«\N{NO-BREAK SPACE}{file.name}\N{NO-BREAK SPACE}» n’a pas été gardé. {issue_text(refused.issues[0])[1]}"
            )
    return parts, faults


def _parts(file: SentFile, limit_bytes: int) -> list[NewPart]:
    kept: Received = receive(file.data, limit_bytes=limit_bytes)
    if not kept.pages:
        return [NewPart(Shape(file.name, kept.media_type), kept.content)]
    return [NewPart(_shape(file.name, page), page.jpeg, thumbnail(page)) for page in kept.pages]


def _shape(name: str, page: Page) -> Shape:
    return Shape(name, "image/jpeg", page.width, page.height, page.is_grey)
