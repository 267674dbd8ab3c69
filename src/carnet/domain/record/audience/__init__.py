"""
Who may see a document now, and by which line of the table: every holder of a right on the record, judged as reading judges them.

Pure: the same question with other facts of the document gives the effect of a change before it is made.
Source: CSP L1111-19 (the person decides who reads); product promise 4 (one decision).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from carnet.domain.access.facts import record_facts
from carnet.domain.access.facts_sql import STRUCK_OFF
from carnet.domain.access.model import AccessClass, AccessMatrix, Action, Decision, RecordFacts
from carnet.domain.access.policy import decide
from carnet.domain.access.predicates import PHYSICIAN
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.consent.model import EVERYONE, ConsentKind, ConsentPeriod
from carnet.domain.directory.choosing.model import Candidate
from carnet.domain.record.audience.model import Audience, AudienceFacts, Holder, Seer
from carnet.domain.record.sight import may_read

GIVING = frozenset({ConsentKind.GRANT, ConsentKind.PRIMARY_CARE_DOCTOR})
Reads = Callable[[Actor, RecordFacts], Decision]
_NO_BIRTH_DATE = "1-1-1"  # read for representatives alone


def holders_of(periods: Iterable[ConsentPeriod], facts: RecordFacts) -> list[Holder]:
    """Those who hold a right on the record now, each once: médecins traitants first, then the last authorised."""
    found: dict[tuple[str, bool], Holder] = {}
    for each in periods:
        consent = each.consent
        if consent.kind not in GIVING or not each.period.holds_at(facts.at):
            continue
        key = (consent.holder, consent.holder_is_organization)
        known = found.get(key)
        treats = consent.kind is ConsentKind.PRIMARY_CARE_DOCTOR or (known is not None and known.is_primary_care_doctor)
        basis = consent.basis if consent.basis is not None or known is None else known.basis
        found[key] = Holder(*key, treats, basis, each.period.valid_from, each.period.valid_to)
    return sorted(found.values(), key=lambda each: (not each.is_primary_care_doctor, -each.since.timestamp()))


def audience(
    document: AccessClass, behind: Sequence[AccessClass], *, known: AudienceFacts, directory: Mapping[str, Candidate], matrix: AccessMatrix
) -> Audience:  # fmt: skip
    """
    Who would see a document with these facts.

    Takes
        behind: classes of all that replaced it. directory: those of its holders whom it knows.
    Gives
        each holder of a right with the decision; whoever the directory does not know, and a structure, are judged as physicians would be,
        and said to depend on their profession. An emergency and a regulation as those of someone unknown.
    """

    def reads(actor: Actor, facts: RecordFacts) -> Decision:
        opens = decide(actor, Action.OPEN, record=facts, document=None, matrix=matrix)
        return may_read(document, actor=actor, record=facts, behind=behind, matrix=matrix) if opens.allowed else opens

    seers = [_seer(holder, directory.get(holder.holder), known, reads) for holder in known.holders]
    unknown = Actor(ActorKind.PROFESSIONAL, "", profession=PHYSICIAN)
    emergency = replace(unknown, purpose=Purpose.EMERGENCY, motive="simulation")
    anyone = _facts(unknown, known)
    return Audience(
        seers=tuple(seers),
        emergency=reads(emergency, anyone),
        regulation=reads(replace(unknown, purpose=Purpose.REGULATION), replace(anyone, is_regulator=True)),
    )


def _seer(holder: Holder, candidate: Candidate | None, known: AudienceFacts, reads: Reads) -> Seer:
    """
    A holder, judged in person and in each structure where the directory says that they practise: one that reads is enough to see.
    """
    if holder.is_organization:
        actor = Actor(ActorKind.PROFESSIONAL, "", organization=holder.holder, profession=PHYSICIAN)
        return Seer(holder, reads(actor, _facts(actor, known)), depends_on_profession=True)
    struck_off = candidate is not None and not candidate.is_active
    profession = PHYSICIAN if candidate is None else candidate.profession
    specialty = None if candidate is None else candidate.specialty
    places = [] if candidate is None else [place.organization for place in candidate.places]
    decisions: list[Decision] = []
    for place in [None, *places]:
        actor = Actor(
            ActorKind.PROFESSIONAL,
            "",
            person=holder.holder,
            organization=place,
            profession=profession,
            specialty=specialty,
        )
        decisions.append(reads(actor, _facts(actor, known, struck_off=struck_off)))
    seen = next((each for each in decisions if each.allowed), decisions[0])
    refused_at = tuple(
        place for place, each in zip(places, decisions[1:], strict=True) if seen.allowed and not each.allowed
    )
    return Seer(holder, seen, depends_on_profession=candidate is None, refused_at=refused_at)


def _facts(actor: Actor, known: AudienceFacts, *, struck_off: bool = False) -> RecordFacts:
    """What holds for this actor, as `facts_sql` would find it."""
    consents = [
        each.consent.kind if each.consent.scope is None else f"{each.consent.kind} {each.consent.scope}"
        for each in known.periods
        if each.period.holds_at(known.record.at) and _concerns(each, actor)
    ]
    return record_facts(
        actor, known.ins, status=known.record.status, consents=[*consents, *([STRUCK_OFF] if struck_off else [])],
        facts_version=known.record.facts_version, at=known.record.at, birth_date=_NO_BIRTH_DATE, terms=known.terms,
    )  # fmt: skip


def _concerns(each: ConsentPeriod, actor: Actor) -> bool:
    consent = each.consent
    if consent.holder == EVERYONE:
        return True
    mine = actor.organization if consent.holder_is_organization else actor.person
    return consent.holder == mine
