"""
What an actor sees of the documents of a record: `decide`, asked for a document and for all that replaced it.

A version is seen by who may also see every later one: otherwise its status would be the shadow of what they may not see, and shown as
current it would mislead who cares (docs/decisions/0019-lives-of-documents.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from carnet.domain.access.model import AccessClass, AccessMatrix, Action, Decision, RecordFacts
from carnet.domain.access.policy import decide, deciding
from carnet.domain.actor import Actor


def placed(
    document: AccessClass, *, actor: Actor, record: RecordFacts, behind: Sequence[AccessClass], matrix: AccessMatrix
) -> AccessClass:
    """The document, told whether one of those that replaced it is hidden from the actor."""
    hidden = any(
        not decide(actor, Action.READ, record=record, document=later, matrix=matrix).allowed for later in behind
    )
    return replace(document, later_is_hidden=True) if hidden else document


def may_read(
    document: AccessClass, *, actor: Actor, record: RecordFacts, behind: Sequence[AccessClass], matrix: AccessMatrix
) -> Decision:
    """The decision to list and read one document."""
    known = placed(document, actor=actor, record=record, behind=behind, matrix=matrix) if behind else document
    return decide(actor, Action.READ, record=record, document=known, matrix=matrix)


def allowed_classes(
    classes: Iterable[AccessClass], *, actor: Actor, record: RecordFacts, matrix: AccessMatrix
) -> tuple[UUID, ...]:
    """
    The classes that the actor may list and read.

    Takes
        classes: all those of the record, so that a successor is always among them.
    """
    decided = deciding(actor, Action.READ, record=record, matrix=matrix)
    own = {item.class_id: item for item in classes if item.class_id is not None and decided(item).allowed}
    return tuple(class_id for class_id, item in own.items() if item.successors <= own.keys())
