"""
A document opened by a professional in its place: what it says, what they may do with it. Judged once, traced once before anything is given.
"""

from uuid import UUID

from carnet.domain.access.model import AccessClass, Action, Decision
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.errors import NotFound, Unavailable
from carnet.domain.record.facts import EntryFacts
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.opening import ATTEMPTS, ReadTerms, open_document, trace
from carnet.domain.record.store import Moved, RecordStore
from carnet.vocabulary.frozen import frozen

_ACTS = (
    Action.MASK, Action.UNMASK, Action.ARCHIVE, Action.UNARCHIVE, Action.DELETE, Action.REVEAL_TO_PATIENT, Action.REVEAL_TO_REPRESENTATIVES,
)  # fmt: skip


@frozen
class OpenedInPlace:
    """
    decision: by what right it is read, and what the reader must be told. content: None when only the fiche was read, because the browser
    fetches the file itself. may: the acts that the rules let the reader do.
    """

    entry: EntryFacts
    fiche: StoredEntry
    decision: Decision
    content: bytes | None
    may: frozenset[Action]

    @property
    def document(self) -> AccessClass:
        return self.entry.access_class


async def open_in_place(
    store: RecordStore, patient_id: UUID, logical_id: UUID, *, with_content: frozenset[str], actor: Actor, terms: ReadTerms
) -> OpenedInPlace:  # fmt: skip
    """
    Takes
        patient_id: in whose record it is opened: another's is unknown. with_content: media types that the page shows itself.
    Raises
        as `open_document`; Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        opened = await open_document(store, logical_id, actor=actor, terms=terms)
        facts, entry, at = opened.facts, opened.entry, opened.facts.record.at
        if patient_id not in {facts.patient_id, *facts.linked}:
            raise NotFound("document-unknown")
        fiche = await store.entry(facts, logical_id, allowed=())
        content: bytes | None = None
        try:
            if entry.mime_type.partition(";")[0].strip().lower() in with_content:
                content = await opened.read(first=0, last=entry.size_bytes - 1, at=at)
            else:
                event = did(actor, EventType.FICHE_READ, at=at, documents=(logical_id,), rule=opened.decision)
                await trace(store, facts, event)
        except Moved:
            continue
        may = frozenset(
            each for each in _ACTS
            if decide(actor, each, record=facts.record, document=entry.access_class, matrix=terms.matrix).allowed
        )  # fmt: skip
        return OpenedInPlace(entry, fiche, opened.decision, content, may)
    raise Unavailable("record-busy")
