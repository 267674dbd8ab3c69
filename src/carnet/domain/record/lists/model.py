"""
Folders as they are submitted and as they are held, and lists of both kinds as they are shown.

Source: documents.md §2.2 (SubmissionSet and Folder), §3.1 (List).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from carnet.domain.access.model import AccessClass
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId


class ListKind(StrEnum):
    """MHDlistTypes."""

    SUBMISSION_SET = "submissionset"
    FOLDER = "folder"


@frozen
class Member:
    """
    One document that a folder is to hold: one of the same submission (its position among the documents), or one that the record holds,
    named by a logicalId or former entryUUID (`entry`), or by its uniqueId. expression: where it was said.
    """

    expression: str
    document: int | None = None
    entry: UUID | None = None
    unique_id: UniqueId | None = None


@frozen
class Folder:
    """
    classeur, as its sender gives it: a new one, or one that is held and receives more documents.

    folder_id: names one that is held. unique_id: of the sender; None when the server is to make one. code: codeList, 1..1 here.
    title: None only for one that is held. members: 1..n.
    """

    expression: str
    members: tuple[Member, ...]
    folder_id: UUID | None = None
    unique_id: UniqueId | None = None
    code: Code | None = None
    title: str | None = None
    comments: str | None = None


@frozen
class HeldFolder:
    """
    A folder of the record as a deposit must know it.

    members: its documents, each with its class and the classes of all that replaced it.
    """

    folder_id: UUID
    unique_id: str
    members: Mapping[UUID, tuple[AccessClass, Sequence[AccessClass]]]


@frozen
class FolderRows:
    """What one submission writes of folders: rows, sealed bodies in the order of `folders`, and what is put into which."""

    folders: Sequence[Mapping[str, Any]] = ()
    bodies: Sequence[bytes] = ()
    members: Sequence[Mapping[str, Any]] = ()


@frozen
class FiledFolder:
    """created: made by this submission; else it was held, and holds now all the documents named."""

    folder_id: UUID
    created: bool


@frozen
class StoredList:
    """
    A list with what the asker may see of it: at least one document, or one folder.

    updated_at: UTC; of a folder, the last change that the asker may know of. fiche: clear text of its lasting part.
    documents, folders: ids, in the order of their filing.
    """

    list_id: UUID
    kind: ListKind
    updated_at: datetime
    fiche: bytes
    documents: tuple[UUID, ...]
    folders: tuple[UUID, ...] = ()
