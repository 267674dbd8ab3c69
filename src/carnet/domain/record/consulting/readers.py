"""Who read a document lately, as its history tells it."""

from collections import Counter
from collections.abc import Sequence

from carnet.domain.access.model import AccessClass, Action
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.audit.trail import opened_event
from carnet.domain.record.consulting.model import ReadBy
from carnet.domain.record.history import store as history_store
from carnet.domain.record.history.model import Told, TrailQuery
from carnet.domain.record.history.reading import OpenTrail
from carnet.domain.record.history.store import SealedEvent
from carnet.domain.record.history.telling import OF_A_SECRET, showable_classes
from carnet.domain.record.opening import OpenDocument, ReadTerms

READINGS = frozenset({EventType.DOCUMENT_READ, EventType.FICHE_READ, EventType.SHARE_OPENED})
_LATEST = 300  # events that a page looks into; the whole history is a page of its own
_READERS_SHOWN = 6

_Who = tuple[str | None, ...]
_Alike = tuple[_Who, bool, str | None, EventType]


async def latest_readers(
    opened: OpenDocument, classes: Sequence[AccessClass], *, terms: ReadTerms
) -> tuple[list[ReadBy], bool]:
    """Who read it lately, each once, the latest first; and whether there were no others."""
    actor, facts = opened.actor, opened.facts
    decision = decide(actor, Action.READ_TRAIL, record=facts.record, document=None, matrix=terms.matrix)
    if not decision.allowed:
        return [], True
    allowed = showable_classes(actor, classes, record=facts.record, matrix=terms.matrix)
    trail = OpenTrail(opened.store, actor, facts, tuple(allowed), decision)
    query = TrailQuery(types=READINGS, outcomes=frozenset({Outcome.SUCCESS}), count=_LATEST)
    rows = await history_store.events(opened.store.database, facts.patient_id, query, after=None, limit=_LATEST + 1)
    document = opened.entry.logical_id
    # Most events are of other documents, and many of the same reader: opened, and told once for all that are told alike.
    latest: dict[_Alike, SealedEvent] = {}
    alike: Counter[_Alike] = Counter()
    for row in rows[:_LATEST]:
        event = opened_event(row.event_id, row.body, facts.key)
        if document in event.documents:
            key = (_who(event.actor), event.actor.secret_connection, event.details.get(OF_A_SECRET), event.type)
            latest.setdefault(key, row)
            alike[key] += 1
    told = {each.event_id: each for each in await trail.tell(list(latest.values()))}
    last: dict[_Who, Told] = {}
    times: Counter[_Who] = Counter()
    for key, row in latest.items():
        found = told.get(row.event_id)
        if found is not None and found.event is not None and document in found.event.documents:
            last.setdefault(key[0], found)
            times[key[0]] += alike[key]
    readers = [ReadBy(each, times[who]) for who, each in last.items()]
    return readers[:_READERS_SHOWN], len(rows) <= _LATEST and len(readers) <= _READERS_SHOWN


def _who(actor: Actor) -> _Who:
    return (
        actor.kind, actor.person, actor.organization, None if actor.ins is None else actor.ins.matricule, actor.on_behalf_of,
    )  # fmt: skip
