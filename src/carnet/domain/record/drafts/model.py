"""The values of a draft: parts in their order, and what was typed."""

import hashlib
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from carnet.vocabulary.frozen import frozen

LIFETIME = timedelta(days=1)
MAX_PARTS = 30
MAX_BYTES = 80_000_000  # of all the drafts of one person


@frozen
class Shape:
    """name: of the file, as the person knows it. width, height: of a page, in pixels; 0 for what is no page."""

    name: str
    media_type: str
    width: int = 0
    height: int = 0
    is_grey: bool = False

    @property
    def is_page(self) -> bool:
        return self.width > 0


@frozen
class NewPart:
    """What was just received. thumbnail: a JPEG, of a page."""

    shape: Shape
    body: bytes
    thumbnail: bytes | None = None

    def id_in(self, draft_id: UUID) -> UUID:
        """From its bytes: sent twice, it is one part."""
        return uuid5(draft_id, hashlib.sha256(self.body).hexdigest())


@frozen
class Part:
    """A part that is kept."""

    part_id: UUID
    shape: Shape
    size_bytes: int


@frozen
class Draft:
    """fields: what was typed, by name. logical_id: the document it became, whose parts are then gone."""

    draft_id: UUID
    begun_at: datetime
    fields: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    logical_id: UUID | None = None


@frozen
class UnderWay:
    """What the person finds when they come to add: their drafts, the last begun first, and who sees what they add by default."""

    drafts: tuple[Draft, ...]
    is_masked_by_default: bool


@frozen
class Known:
    """A file that the person has already added: the document that it is in."""

    logical_id: UUID
    filed_at: datetime
