"""
What of an event may be told to someone: pure.

An event is told without the documents hidden from its reader; one that is about hidden documents only does not exist for them, nor does a
refusal that could only come from one. Source: product promise 5; documents.md §4 rule 3 (connexion secrète) and §7.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from carnet.domain.access.model import AccessClass, AccessMatrix, AvailabilityStatus, RecordFacts
from carnet.domain.access.policy import RECORD_REFUSALS
from carnet.domain.actor import DELEGATION, Actor, ActorKind
from carnet.domain.audit.model import AuditEvent, EventType, Outcome
from carnet.domain.consent.model import RecordStatus
from carnet.domain.directory.names import search_key
from carnet.domain.record.history.model import Criteria, Told, ToldDocument
from carnet.domain.record.rows import searchable
from carnet.domain.record.sight import allowed_classes


def showable_classes(
    actor: Actor, classes: Sequence[AccessClass], *, record: RecordFacts, matrix: AccessMatrix
) -> list[UUID]:
    """
    Classes of the documents that events may name to this actor.

    Those they may read now; as if the record were still open and the document not deleted, since who acted stays theirs to know, while a
    label hides as much as ever.
    """
    opened = replace(record, status=RecordStatus.OPEN)
    return list(allowed_classes(map(_kept, classes), actor=actor, record=opened, matrix=matrix))


def _kept(document: AccessClass) -> AccessClass:
    """A deleted document as it was."""
    if document.status is not AvailabilityStatus.DELETED:
        return document
    return replace(document, status=AvailabilityStatus.APPROVED)


def told(event: AuditEvent, visible: Mapping[UUID, ToldDocument], *, reader: Actor) -> Told | None:
    """
    The event as this reader may know it; None when it does not exist for them.

    Takes
        visible: documents that may be named to them, at least those of the event.
    """
    if reader.kind is ActorKind.GUARDIAN and (
        event.actor.secret_connection or event.details.get(OF_A_SECRET) == "true"
    ):
        return None
    is_of_the_patient = event.type in _OF_THE_PATIENT or event.actor.kind is ActorKind.SHARE_LINK
    if is_of_the_patient and reader.kind is ActorKind.PROFESSIONAL:
        return None
    shown = tuple(visible[each] for each in event.documents if each in visible)
    if event.documents and not shown:
        return None
    if not event.documents and _is_about_an_unnamed_document(event):
        return None
    names = tuple(each.logical_id for each in shown)
    kept = event if names == event.documents else replace(event, documents=names)
    return Told(event.event_id, event.type, event.outcome, event.occurred_at, kept, shown)


# Detail of an event that is about one of a secret connection: a report of it.
OF_A_SECRET = "secret"  # noqa: S105 - the name of a detail
# From whom the patient hid what, to whom they show it, what they ask of its author: theirs alone to know. Told, it would be the shadow of
# what is hidden, or of what they think of someone's work. How they sign in is theirs too.
_OF_THE_PATIENT = frozenset({
    EventType.DOCUMENT_HIDDEN, EventType.DOCUMENT_SHOWN, EventType.CATEGORY_HIDDEN, EventType.CATEGORY_SHOWN, EventType.RECORD_SIMULATED,
    EventType.NOTICES_READ, EventType.NOTICES_MARKED, EventType.NOTICES_CHOSEN, EventType.ACCESS_REPORTED, EventType.REPORT_READ,
    EventType.REPORT_TAKEN, EventType.REPORT_ANSWERED, EventType.REPORT_CLOSED,
    EventType.DOCUMENT_SHARED, EventType.SHARE_ENDED, EventType.SHARE_OPENED, EventType.SHARE_REFUSED, EventType.REQUEST_SENT,
    EventType.REQUEST_SEEN, EventType.REQUEST_ANSWERED, EventType.REQUEST_CLOSED, EventType.REQUEST_WITHDRAWN,
    EventType.FOLLOWED_UP,
    EventType.OWN_FOLDERS_CHANGED,
    EventType.PROVISIONAL_CODE_MADE, EventType.ACCOUNT_ACTIVATED, EventType.SIGN_IN_MEANS_SET, EventType.SIGN_IN_MEANS_REMOVED,
    EventType.CONTACT_CHANGED, EventType.SESSIONS_ENDED,
})  # fmt: skip


def _is_about_an_unnamed_document(event: AuditEvent) -> bool:
    """A refusal whose rule does not speak of the record: it was about a document, or the absence of one."""
    return event.outcome is Outcome.REFUSED and event.rule is not None and event.rule not in RECORD_REFUSALS


def is_by(event: AuditEvent, criteria: Criteria) -> bool:
    """Whether who acted is of the kinds, and acted for the purposes, that are looked for."""
    actor = event.actor
    return (criteria.kinds is None or actor.kind in criteria.kinds) and (
        criteria.purposes is None or actor.purpose in criteria.purposes
    )


def matches(found: Told, criteria: Criteria) -> bool:
    """Whether an event, as told, answers the question: what is hidden cannot be found by asking for it."""
    if not criteria:
        return True
    event = found.event
    if event is None:
        return False
    actor = event.actor
    ids = {actor.person, actor.organization, actor.software, None if actor.ins is None else actor.ins.matricule}
    if actor.capacity == DELEGATION:
        ids.add(actor.on_behalf_of)
    roles = {actor.profession, actor.specialty}
    if not is_by(event, criteria):
        return False
    words = searchable(actor.name).split() if criteria.names else ()
    names = f"{actor.name} {actor.organization_name or ''} {actor.on_behalf_of_name or ''}"
    anyone = search_key(names).split() if criteria.anyone else ()
    return (
        all(wanted & ids for wanted in criteria.agents)
        and all(wanted & roles for wanted in criteria.roles)
        and all(any(word.startswith(prefix) for prefix in wanted for word in words) for wanted in criteria.names)
        and all(any(word.startswith(prefix) for prefix in wanted for word in anyone) for wanted in criteria.anyone)
        and all(wanted & set(event.documents) for wanted in criteria.documents)
    )
