"""
Open a link: its code is tried, then what it shows is judged at each reading, by the table and by what its maker sees now.

Unknown, wrong, over or empty: all are answered alike. Nothing that a stranger does to one link touches another.
"""

from dataclasses import replace
from typing import NoReturn
from uuid import UUID

from carnet.domain.access.model import AccessClass, Action, Decision
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.errors import NotFound, Unavailable
from carnet.domain.record.facts import EntryFacts, ReadFacts
from carnet.domain.record.linked.reading import gathered
from carnet.domain.record.opening import ATTEMPTS, OpenDocument, trace_refusal, trace_unknown
from carnet.domain.record.sharing import secrets
from carnet.domain.record.sharing import store as share_store
from carnet.domain.record.sharing.model import (
    OpenedShare,
    Share,
    SharedDocument,
    ShareState,
    ShareTerms,
    Unlocked,
    holder_of_link,
)
from carnet.domain.record.sight import may_read
from carnet.domain.record.store import Moved, RecordStore
from carnet.vocabulary.frozen import frozen


async def unlock(
    store: RecordStore, address: str, code: str, *, terms: ShareTerms, correlation_id: UUID | None = None
) -> Unlocked:
    """
    Try a code on a link. A wrong one is counted on this link alone, and told to the person whose documents it shows.

    Gives
        what to ask readings with; nothing was shown, and nothing more than this try was written.
    Raises
        NotFound: `share-unknown`: no such link, not its code, over, tried too often, or showing nothing any more.
    """
    at = terms.clock()
    who = holder_of_link(correlation_id)
    unlocked: Unlocked | None = None
    async with store.database.transaction() as tx:
        link = await share_store.to_try(store, tx, secrets.address_digest(secrets.read_address(address) or ""))
        is_running = link is not None and link.share.state(at, terms) is ShareState.RUNNING
        if link is not None and is_running:
            share = link.share
            if secrets.is_code(link.key, share.share_id, code, kept=link.code):
                unlocked = Unlocked(share.patient_id, share.share_id)
            else:
                event = did(
                    who, EventType.SHARE_REFUSED, at=at, outcome=Outcome.REFUSED, documents=share.documents, share=str(share.share_id)
                )  # fmt: skip
                await share_store.count_wrong(tx, link, prepare(event, link.key))
    if unlocked is not None:
        # The right code of a link that shows nothing any more is told as a wrong one.
        await _judge(store, unlocked, terms=terms, correlation_id=correlation_id)
        return unlocked
    if not is_running:
        # Past its end a link tells nobody anything: neither who tries it nor, without bound, the person's trail.
        await trace_unknown(store, who, at)
    raise NotFound("share-unknown")


@frozen
class _Judged:
    """A link as it is judged now. members: what it shows. decision: by which it opens."""

    share: Share
    who: Actor
    facts: ReadFacts
    decision: Decision
    members: tuple[tuple[EntryFacts, Decision], ...]


async def open_shared(
    store: RecordStore, unlocked: Unlocked, *, terms: ShareTerms, correlation_id: UUID | None = None
) -> OpenedShare:
    """
    What a link shows now: fiches, once the trace has committed.

    Raises
        NotFound: `share-unknown`: it is over, or shows nothing any more. Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        judged = await _judge(store, unlocked, terms=terms, correlation_id=correlation_id)
        documents = [
            SharedDocument(
                known, await store.entry(judged.facts, known.logical_id, allowed=()), bool(known.behind)
            )
            for known, _ in judged.members
        ]  # fmt: skip
        event = did(
            judged.who, EventType.SHARE_OPENED, at=judged.facts.record.at, documents=tuple(each.logical_id for each, _ in judged.members),
            rule=judged.decision, share=str(judged.share.share_id),
        )  # fmt: skip
        try:
            await share_store.count_opening(
                store, judged.facts, judged.share.share_id, prepare(event, judged.facts.key)
            )
        except Moved:
            continue
        return OpenedShare(judged.share, documents)
    raise Unavailable("record-busy")


async def read_shared(
    store: RecordStore, unlocked: Unlocked, logical_id: UUID, *, terms: ShareTerms, correlation_id: UUID | None = None
) -> tuple[SharedDocument, bytes]:
    """
    One document that a link shows, with its bytes, once the trace has committed.

    Raises
        as `open_shared`; NotFound: `share-unknown` too when the link does not show this document.
    """
    for _ in range(ATTEMPTS):
        judged = await _judge(store, unlocked, terms=terms, correlation_id=correlation_id, wanted=logical_id)
        known, decision = next(each for each in judged.members if each[0].logical_id == logical_id)
        opened = OpenDocument(store, judged.who, judged.facts, known, decision)
        entry = await store.entry(judged.facts, logical_id, allowed=())
        try:
            content = await opened.read(first=0, last=known.size_bytes - 1, at=judged.facts.record.at)
        except Moved:
            continue
        return SharedDocument(known, entry, bool(known.behind)), content
    raise Unavailable("record-busy")


async def _judge(
    store: RecordStore, unlocked: Unlocked, *, terms: ShareTerms, correlation_id: UUID | None, wanted: UUID | None = None
) -> _Judged:  # fmt: skip
    """Judge a link now: what its maker sees, then what the table says of who holds it. Raises NotFound, with its trace."""
    at = terms.clock()
    who = holder_of_link(correlation_id)
    share = await share_store.share_of(store, unlocked.patient_id, unlocked.share_id)
    found = None
    if share is not None:
        found = await store.search_facts(share.maker, ins=None, patient_id=unlocked.patient_id, at=at)
    if share is None or found is None:
        await trace_unknown(store, who, at)
        raise NotFound("share-unknown")
    facts, classes = found
    if facts.linked:
        facts, _ = await gathered(store, facts, actor=share.maker, at=at)
    matrix = terms.matrix
    maker_opens = decide(share.maker, Action.OPEN, record=facts.record, document=None, matrix=matrix).allowed
    running = share.state(facts.record.at, terms) is ShareState.RUNNING
    facts = replace(facts, record=replace(facts.record, link_holds=running and maker_opens))
    decision = decide(who, Action.OPEN, record=facts.record, document=None, matrix=matrix)
    if not decision.allowed:
        await _refuse(store, facts, who, decision, share)
    by_id = {each.class_id: each for each in classes}
    held = await share_store.documents_of(store, facts, share.documents)
    members: list[tuple[EntryFacts, Decision]] = []
    for logical_id in share.documents:
        if logical_id not in held:
            continue
        class_id, columns = held[logical_id]
        document = by_id[class_id]
        behind = [_as_shared(by_id[later], facts, share, terms=terms) for later in document.successors]
        shown = _as_shared(document, facts, share, terms=terms, behind=behind)
        reading = may_read(shown, actor=who, record=facts.record, behind=behind, matrix=matrix)
        if reading.allowed:
            members.append((share_store.entry_facts(logical_id, shown, columns, behind), reading))
    if not members or (wanted is not None and wanted not in {each.logical_id for each, _ in members}):
        await _refuse(store, facts, who, Decision(False, "deny.not-shared", edition=decision.edition), share)
    return _Judged(share, who, facts, decision, tuple(members))


def _as_shared(
    document: AccessClass, facts: ReadFacts, share: Share, *, terms: ShareTerms, behind: list[AccessClass] | None = None
) -> AccessClass:
    """The document, told whether who made the link sees it now."""
    seen = may_read(document, actor=share.maker, record=facts.record, behind=behind or (), matrix=terms.matrix).allowed
    return replace(document, is_shared=seen)


async def _refuse(store: RecordStore, facts: ReadFacts, who: Actor, decision: Decision, share: Share) -> NoReturn:
    await trace_refusal(store, facts, who, decision, facts.record.at, documents=share.documents)
    raise NotFound("share-unknown")
