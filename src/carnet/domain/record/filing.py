"""What a deposit hands to the store once everything is judged, sealed and named."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from carnet.domain.audit.trail import PreparedEvent
from carnet.domain.record.lists.model import FolderRows
from carnet.storage.sealing import SealedContent
from carnet.vocabulary.frozen import frozen


@frozen
class Filing:
    """
    All that one submission writes.

    deprecated: the documents replaced, and those that they replaced, with their new class. settled: status and mask of the documents that
    inherit some from what they replace. folders: None when the submission speaks of none. delegate: who files in someone's name, as the facts
    name them; None of anyone else.
    """

    event: PreparedEvent
    unique_ids: list[str]
    entry_ids: list[UUID]
    submission_set: Mapping[str, Any]
    set_body: bytes
    classes: list[Mapping[str, Any]]
    entries: list[Mapping[str, Any]]
    fiches: list[bytes]
    contents: Sequence[tuple[UUID, SealedContent]]
    associations: list[Mapping[str, Any]]
    deprecated: list[Mapping[str, Any]]
    settled: list[Mapping[str, Any]]
    folders: FolderRows | None = None
    delegate: Mapping[str, Any] | None = None
