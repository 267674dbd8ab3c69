"""
See a record as someone else would, now or at a past instant, and why: the same facts and the same judge as reading.

What is hidden from who asks is in no simulation of theirs. Source: product promises 4 and 5; CSP L1111-19.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from carnet.domain.access.acting import REFUSALS
from carnet.domain.access.facts import record_facts
from carnet.domain.access.model import AccessMatrix, Action, Decision, RecordFacts
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import Refused, Unavailable
from carnet.domain.record.fact_rows import class_of
from carnet.domain.record.opening import ATTEMPTS, ReadTerms, trace_refusal, trace_unknown
from carnet.domain.record.sight import allowed_classes, may_read
from carnet.domain.record.simulation.model import FactsThen, Simulated, SimulatedDocument
from carnet.domain.record.simulation.store import documents_now, facts_then
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.ins import Ins

Supposing = Callable[[RecordFacts], RecordFacts]
_NO_RECORD = Simulated(Decision(False, "deny.unknown"), ())


async def simulate(
    store: RecordStore, ins: Ins, as_actor: Actor, *, actor: Actor, terms: ReadTerms, at: datetime | None = None,
    supposing: Supposing | None = None,
) -> Simulated:  # fmt: skip
    """
    What `as_actor` would see of a record, and by which line of the table. Traced as an act of who asks.

    Takes
        as_actor: with the profession, structure, purpose… to be tried. at: a past instant; None for now. supposing: what the facts would
        become by an act, to show its effect before.
    Gives
        whether they would open it, and the decision on each document that `actor` sees, newest first.
    Raises
        Refused: `record-refused`, `patient-decides`. Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        now = terms.clock()
        found = await store.search_facts(actor, ins=ins, patient_id=None, at=now)
        if found is None:
            await trace_unknown(store, actor, now)
            raise Refused("record-refused")
        facts, classes = found
        asked = decide(actor, Action.SIMULATE, record=facts.record, document=None, matrix=terms.matrix)
        if not asked.allowed:
            await trace_refusal(store, facts, actor, asked, now)
            raise Refused(REFUSALS.get(asked.rule, "record-refused"))
        mine = allowed_classes(classes, actor=actor, record=facts.record, matrix=terms.matrix)
        held = await documents_now(store.database, facts.patient_id, allowed=mine)
        among: set[UUID] | None = None
        if at is None:
            others = await store.search_facts(as_actor, ins=None, patient_id=facts.patient_id, at=now)
            then = None if others is None else FactsThen(others[0].record, others[1], held)
        else:
            then = await facts_at(store, facts.patient_id, as_actor, at=at)
            among = {each for each, _ in held}
        shown = _shown(as_actor, then, terms.matrix, among=among, supposing=supposing)
        event = did(
            actor, EventType.RECORD_SIMULATED, at=now, rule=asked, holder=as_actor.person or as_actor.organization or "",
            shown=str(len(shown.documents)),
        )  # fmt: skip
        version = facts.record.facts_version
        if await store.trace(facts.patient_id, prepare(event, facts.key), facts_version=version) is not None:
            return shown
    raise Unavailable("record-busy")


def _shown(
    as_actor: Actor,
    facts: FactsThen | None,
    matrix: AccessMatrix,
    *,
    among: set[UUID] | None,
    supposing: Supposing | None,
) -> Simulated:
    if facts is None:
        return _NO_RECORD
    total = sum(among is None or each in among for each, _ in facts.documents)
    shown = replace(judged(as_actor, facts, matrix, among=among), total=total)
    if supposing is None:
        return shown
    supposed = judged(as_actor, replace(facts, record=supposing(facts.record)), matrix, among=among)
    return replace(shown, supposed=replace(supposed, total=total))


async def facts_at(store: RecordStore, patient_id: UUID, actor: Actor, *, at: datetime) -> FactsThen | None:
    """
    What was true of a record for this actor at an instant, from the periods: its status, what the patient had decided, the representatives,
    whether the directory held them for active, and the status, labels and names of each document.

    Gives
        None when the record, or its qualified identity, did not exist then.
    """
    row = await facts_then(store.database, patient_id, actor, at=at)
    if row is None:
        return None
    status, version, consents, matricule, oid, birth_date, classes, documents = row
    record = record_facts(
        actor, Ins(matricule, oid), status=RecordStatus(status), consents=consents, facts_version=version, at=at,
        birth_date=birth_date, terms=store.fact_terms,
    )  # fmt: skip
    return FactsThen(
        record,
        [class_of(each) for each in classes or ()],
        [(UUID(logical_id), UUID(class_id)) for logical_id, class_id in documents or ()],
    )


def judged(actor: Actor, facts: FactsThen, matrix: AccessMatrix, *, among: set[UUID] | None = None) -> Simulated:
    """
    The decisions that these facts give: on the record, then on each document, one judgement for each class.

    Takes
        among: the only documents to tell of; None for all.
    """
    opens = decide(actor, Action.OPEN, record=facts.record, document=None, matrix=matrix)
    if not opens.allowed:
        return Simulated(opens, ())
    by_id = {each.class_id: each for each in facts.classes}
    decisions = {
        each.class_id: may_read(
            each, actor=actor, record=facts.record, behind=[by_id[later] for later in each.successors], matrix=matrix
        )
        for each in facts.classes
    }
    return Simulated(
        opens,
        tuple(
            SimulatedDocument(logical_id, decisions[class_id])
            for logical_id, class_id in facts.documents
            if among is None or logical_id in among
        ),
    )
