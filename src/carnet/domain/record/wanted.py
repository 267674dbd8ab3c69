"""A change as its sender asks for it, whatever the tongue: which document, and what its fiche is to be. Source: ITI-57; PDSm flux 3."""

from uuid import UUID

from carnet.domain.access.model import Confidentiality
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId


@frozen
class Wanted:
    """
    A fiche as its sender wants it.

    status: `current`, `superseded` or `entered-in-error`. confidentiality: None when it is not spoken of. speaks_of_labels: whether the
    request is about them; a patient who asks to mask what a professional masked makes the mask their own.
    """

    status: str
    confidentiality: str | None
    labels: frozenset[Confidentiality]
    is_archived: bool
    is_deleted: bool
    speaks_of_labels: bool = False


@frozen
class Named:
    """
    The document to change, by one of: its logicalId; any entryUUID that it had (or its logicalId); its uniqueId.

    By its logicalId it is an address, and someone without a right on its record is refused. By the others it is looked for among what the
    actor may see, and there is none.
    """

    logical_id: UUID | None = None
    entry: UUID | None = None
    unique_id: UniqueId | None = None

    @property
    def is_search(self) -> bool:
        return self.logical_id is None
