"""
Judge the folders of a submission, then make what the store writes of them.

A folder that is held only receives documents: none is taken out of it here, and its title and kind stay as they were first filed.
Source: IHE MHD 4.2 ITI-65 (folders of the bundle); PDSm `pdsm-folder-comprehensive`; ITI TF-3 §4.2.2 (SubmissionSet, Folder, HasMember).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from carnet.domain.access.model import AvailabilityStatus
from carnet.domain.errors import Conflict, Issue, Severity
from carnet.domain.record.facts import KnownDocument, Target
from carnet.domain.record.lists.model import FiledFolder, Folder, FolderRows, HeldFolder, Member
from carnet.domain.record.lists.titles import columns
from carnet.domain.record.rows import token
from carnet.storage.sealing import PatientKey
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.uuid7 import uuid7


@frozen
class JudgedFolder:
    """
    A folder that passed. held: the one that receives documents, None for a new one. documents: positions in the submission.

    entries: documents of the record.
    """

    folder: Folder
    held: HeldFolder | None
    documents: tuple[int, ...]
    entries: tuple[UUID, ...]

    def adds(self, filed: Sequence[UUID | None]) -> bool:
        """Whether the record does not hold it already with all these documents. filed: ids of the submission's documents, when known."""
        ids = {*self.entries, *(filed[position] for position in self.documents)}
        return self.held is None or not ids <= set(self.held.members)


def judge_folders(
    folders: Sequence[Folder],
    *,
    held: Sequence[HeldFolder],
    targets: Sequence[Target],
    known: Mapping[str, KnownDocument],
) -> tuple[list[JudgedFolder], list[Issue]]:
    """
    Whether each folder may be filed.

    Takes
        held, targets: those that the actor may name. known: uniqueIds already claimed.
    Gives
        issues: `folder-unknown`, `folder-member-unknown`; a warning `folder-completed` for each that is held.

    Raises
    ------
        Conflict: `unique-id-taken`.
    """
    judged: list[JudgedFolder] = []
    issues: list[Issue] = []
    for folder in folders:
        found = _held(folder, held)
        unique_id = str(folder.unique_id)
        if found is None and folder.folder_id is not None:
            issues.append(Issue("folder-unknown", folder.expression))
        elif found is None and unique_id in known and known[unique_id].is_taken:
            raise Conflict(
                "unique-id-taken",
                issues=[Issue("unique-id-taken", folder.expression, {"attribute": "set_unique_id"})],
            )
        if found is not None:
            issues.append(Issue("folder-completed", folder.expression, severity=Severity.WARNING))
        entries: list[UUID] = []
        for member in folder.members:
            if member.document is not None:
                continue
            target = _target(member, targets)
            if target is None:
                issues.append(Issue("folder-member-unknown", member.expression))
            else:
                entries.append(target)
        documents = tuple(member.document for member in folder.members if member.document is not None)
        judged.append(JudgedFolder(folder, found, documents, tuple(entries)))
    return judged, issues


def _held(folder: Folder, held: Sequence[HeldFolder]) -> HeldFolder | None:
    for each in held:
        if each.folder_id == folder.folder_id or (folder.folder_id is None and each.unique_id == str(folder.unique_id)):
            return each
    return None


def _target(member: Member, targets: Sequence[Target]) -> UUID | None:
    for target in targets:
        if target.is_named(entry=member.entry, unique_id=member.unique_id):
            return None if target.access_class.status is AvailabilityStatus.DELETED else target.logical_id
    return None


def folder_rows(
    judged: Sequence[JudgedFolder], filed: Sequence[UUID], *, key: PatientKey, write: Callable[[Folder, UUID], bytes]
) -> tuple[FolderRows, tuple[FiledFolder, ...], list[str]]:  # fmt: skip
    """
    What the store writes.

    Takes
        filed: ids of the submission's documents, in their order. write: the ready-made text of a folder.
    Gives
        the rows, what the receipt tells, the uniqueIds of the new folders.
    """
    rows: list[Mapping[str, Any]] = []
    bodies: list[bytes] = []
    members: list[Mapping[str, Any]] = []
    told: list[FiledFolder] = []
    unique_ids: list[str] = []
    for each in judged:
        folder = each.folder
        if each.held is None:
            folder_id = uuid7()
            unique_ids.append(str(folder.unique_id or UniqueId(str(folder_id))))
            assert folder.code is not None
            rows.append(
                {
                    "n": len(rows) + 1,
                    "folder_id": folder_id,
                    "unique_id": unique_ids[-1],
                    "code": token(folder.code),
                    "title_index": columns(key, folder.title),
                }
            )
            bodies.append(key.seal(write(folder, folder_id), folder_aad(folder_id)))
        else:
            folder_id = each.held.folder_id
        ids = dict.fromkeys((*each.entries, *(filed[position] for position in each.documents)))
        members += [{"folder_id": folder_id, "logical_id": logical_id} for logical_id in ids]
        told.append(FiledFolder(folder_id, created=each.held is None))
    return FolderRows(rows, bodies, members), tuple(told), unique_ids


def set_aad(set_id: UUID) -> bytes:
    """What the sealed body of a submission set is bound to."""
    return b"set:" + set_id.bytes


def folder_aad(folder_id: UUID) -> bytes:
    """What the sealed body of a folder is bound to."""
    return b"folder:" + folder_id.bytes
