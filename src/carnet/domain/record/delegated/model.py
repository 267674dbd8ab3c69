"""A document filed in a professional's name, as they are told of it."""

from datetime import datetime
from uuid import UUID

from carnet.domain.people.model import Identity
from carnet.vocabulary.frozen import frozen


@frozen
class DelegatedFiling:
    """
    typed_by: who filed it, as named in the delegation; delegation_id: that one. identity: whose record it is in, None when the rules do not
    let the professional come back to it as its author. may_read: they may open it now.
    """

    logical_id: UUID
    patient_id: UUID
    type_code: str
    filed_at: datetime
    typed_by: str
    delegation_id: UUID
    identity: Identity | None
    is_deleted: bool
    may_read: bool
