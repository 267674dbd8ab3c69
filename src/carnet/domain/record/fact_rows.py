"""Facts as the database gives them, in rows and in JSON: access classes, lines of versions, targets, known documents."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.domain.access.model import AccessClass, AvailabilityStatus, Confidentiality, OwnerKind
from carnet.domain.record.facts import KnownDocument, Target
from carnet.domain.record.lists.model import HeldFolder
from carnet.domain.record.versions import Version

NO_LABELS: frozenset[Confidentiality] = frozenset()
NO_NAMES: frozenset[str] = frozenset()
NO_SUCCESSORS: frozenset[UUID] = frozenset()
STATUSES = {status.value: status for status in AvailabilityStatus}


# A class is named by the digest of its facts: the same facts have the same name in every record, and a name never means others.
_KNOWN: dict[str, AccessClass] = {}
_KNOWN_AT_MOST = 20_000


def class_of(row: Sequence[Any], *, masked_by_patient: bool = False) -> AccessClass:
    """One class, from its columns (`facts_sql`): ids are UUIDs in a row, texts in JSON."""
    known = None if masked_by_patient else _KNOWN.get(row[0])
    if known is None:
        known = _class_of(row, masked_by_patient=masked_by_patient)
        if not masked_by_patient and isinstance(row[0], str):
            if len(_KNOWN) >= _KNOWN_AT_MOST:
                _KNOWN.clear()
            _KNOWN[row[0]] = known
    return known


def _class_of(row: Sequence[Any], *, masked_by_patient: bool) -> AccessClass:
    class_id, status, labels, type_code, class_code, owner, persons, organizations, hidden_from, successors = row
    return AccessClass(
        STATUSES[status],
        frozenset(map(Confidentiality, labels)) if labels else NO_LABELS,
        type_code,
        class_code,
        OwnerKind(owner),
        frozenset(persons),
        frozenset(organizations),
        _uuid(class_id),
        frozenset(hidden_from) if hidden_from else NO_NAMES,
        frozenset(map(_uuid, successors)) if successors else NO_SUCCESSORS,
        masked_by_patient,
    )


def target_of(item: Sequence[Any]) -> Target:
    """A document that a relation points to."""
    logical_id, unique_id, masked_by_patient, entry_uuids, behind, *row = item
    facts = class_of(row, masked_by_patient=masked_by_patient)
    names = frozenset(map(UUID, (logical_id, *entry_uuids)))
    return Target(UUID(logical_id), unique_id, facts, names, [class_of(each) for each in behind or ()])


def known_of(item: Sequence[Any]) -> KnownDocument:
    """What a claimed uniqueId names."""
    unique_id, mine, by_set, logical_id, status, sha256, set_id, filed_at = item
    return KnownDocument(
        unique_id,
        mine,
        by_set,
        None if logical_id is None else UUID(logical_id),
        None if status is None else AvailabilityStatus(status),
        sha256,
        None if set_id is None else UUID(set_id),
        None if filed_at is None else datetime.fromisoformat(filed_at),
    )


def lines_of(items: Sequence[Sequence[Any]] | None) -> Mapping[UUID, Sequence[Version]]:
    """What documents replaced, newest first, by document."""
    lines: dict[UUID, list[Version]] = {}
    for head, successor, logical_id, masked_by_patient, *row in items or ():
        version = Version(UUID(logical_id), UUID(successor), class_of(row, masked_by_patient=masked_by_patient))
        lines.setdefault(UUID(head), []).append(version)
    return lines


def held_folder_of(item: Sequence[Any]) -> HeldFolder:
    """A folder with the facts of its documents."""
    folder_id, unique_id, members = item
    return HeldFolder(
        UUID(folder_id),
        unique_id,
        {
            UUID(logical_id): (class_of(row), [class_of(each) for each in behind or ()])
            for logical_id, behind, *row in members or ()
        },
    )


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
