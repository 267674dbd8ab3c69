"""
« Who may see this document, and why? »: each of these others is judged as if they read it now, by the same facts and the same judge.

Nothing is told of a document hidden from who asks. Source: product promises 4 and 5; CSP L1111-19.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from carnet.domain.access.acting import REFUSALS
from carnet.domain.access.facts import record_facts
from carnet.domain.access.model import Action, Decision
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.errors import NotFound, Refused, Unavailable
from carnet.domain.record.opening import ATTEMPTS, ReadTerms, trace_refusal, trace_unknown
from carnet.domain.record.sight import may_read
from carnet.domain.record.simulation.store import consents_of_each
from carnet.domain.record.store import RecordStore

_NO_MATTER = "1900-01-01"  # age is a fact of who represents the person, and these are professionals


@dataclass(frozen=True, slots=True)
class Seer:
    """Somebody, and the decision on the document; when they could not open the record at all, the decision on it."""

    actor: Actor
    decision: Decision


async def who_sees(
    store: RecordStore, logical_id: UUID, others: Sequence[Actor], *, actor: Actor, terms: ReadTerms
) -> Sequence[Seer]:
    """
    What each of these others would be answered if they asked for a document. Traced as a simulation of who asks.

    Takes
        others: professionals, with profession, structure, purpose… to be tried.
    Gives
        one for each, in their order.
    Raises
        NotFound: `document-unknown`: unknown, or hidden from who asks. Refused: `record-refused`, `patient-decides`.
        Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        now = terms.clock()
        found = await store.entry_facts(actor, logical_id, at=now)
        if found is None:
            await trace_unknown(store, actor, now)
            raise NotFound("document-unknown")
        facts, entry = found
        asked = decide(actor, Action.SIMULATE, record=facts.record, document=None, matrix=terms.matrix)
        if not asked.allowed:
            await trace_refusal(store, facts, actor, asked, now)
            raise Refused(REFUSALS.get(asked.rule, "record-refused"))
        seen = None if entry is None else may_read(
            entry.access_class, actor=actor, record=facts.record, behind=entry.behind, matrix=terms.matrix
        )  # fmt: skip
        if entry is None or seen is None or not seen.allowed:
            await trace_refusal(
                store, facts, actor, seen or asked, now, documents=() if entry is None else (logical_id,)
            )
            raise NotFound("document-unknown")
        judged: list[Seer] = []
        for other, consents in zip(
            others, await consents_of_each(store.database, facts.patient_id, others, at=now), strict=True
        ):
            record = record_facts(
                other, facts.ins, status=facts.record.status, consents=consents, facts_version=facts.record.facts_version, at=now,
                birth_date=_NO_MATTER, terms=store.fact_terms,
            )  # fmt: skip
            decision = decide(other, Action.OPEN, record=record, document=None, matrix=terms.matrix)
            if decision.allowed:
                decision = may_read(
                    entry.access_class, actor=other, record=record, behind=entry.behind, matrix=terms.matrix
                )
            judged.append(Seer(other, decision))
        event = did(
            actor, EventType.RECORD_SIMULATED, at=now, documents=(logical_id,), rule=asked, shown=str(len(judged))
        )
        version = facts.record.facts_version
        if await store.trace(facts.patient_id, prepare(event, facts.key), facts_version=version) is not None:
            return judged
    raise Unavailable("record-busy")
