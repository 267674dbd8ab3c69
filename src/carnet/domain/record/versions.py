"""
The line of versions of a document: what it replaced, one before the other.

A version is only seen by who may see all that replaced it, so its class names theirs (docs/decisions/0019-lives-of-documents.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from carnet.domain.access.model import AccessClass
from carnet.domain.record import rows
from carnet.vocabulary.frozen import frozen


@frozen
class Version:
    """A document that was replaced; successor: by which."""

    logical_id: UUID
    successor: UUID
    access_class: AccessClass


def relined(head: UUID, head_class: AccessClass, line: Sequence[Version]) -> Iterable[tuple[Version, AccessClass]]:
    """
    The classes of a line behind a head whose class is now this one; those that stay as they were are left out.

    Takes
        line: newest first.
    """
    now = {head: head_class}
    for version in line:
        successor = now[version.successor]
        named = replaced_by(version.access_class, successor)
        now[version.logical_id] = named
        if named.class_id != version.access_class.class_id:
            yield version, named


def replaced_by(facts: AccessClass, successor: AccessClass) -> AccessClass:
    """The class of a document that stands behind this one."""
    assert successor.class_id is not None
    return rows.named(replace(facts, successors=successor.successors | {successor.class_id}))
