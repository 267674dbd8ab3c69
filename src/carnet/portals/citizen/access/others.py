"""Others as the rules judge them: somebody of the directory, or anyone in a situation; and how a count of documents is told."""

from collections.abc import Iterable
from datetime import datetime

from carnet.domain.access.facts import FactTerms
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.consent.model import ConsentKind, ConsentPeriod
from carnet.domain.directory.choosing.model import Candidate, Place
from carnet.domain.record.simulation.model import Simulated
from carnet.web.wording.candidates import candidate_name

PHYSICIAN = "10"  # TRE_G15
_GIVING = frozenset({ConsentKind.GRANT, ConsentKind.PRIMARY_CARE_DOCTOR})
_TRIED = "simulation"  # an emergency has a motive: the rules ask for one

# Anyone, whom no period names.
IN_AN_EMERGENCY = Actor(
    ActorKind.PROFESSIONAL, "Un médecin, en urgence,", profession=PHYSICIAN, purpose=Purpose.EMERGENCY, motive=_TRIED
)
NOT_AUTHORISED = Actor(ActorKind.PROFESSIONAL, "Un médecin que vous n’avez pas autorisé", profession=PHYSICIAN)


def in_a_regulation(terms: FactTerms) -> Actor:
    """A physician of a regulation centre, as the operator says who they are."""
    profession = (
        PHYSICIAN if PHYSICIAN in terms.regulator_professions else min(terms.regulator_professions, default=PHYSICIAN)
    )
    return Actor(
        ActorKind.PROFESSIONAL, "Un médecin du SAMU-Centre 15", profession=profession, sector=min(terms.regulator_sectors, default=None),
        purpose=Purpose.REGULATION,
    )  # fmt: skip


def where_from(candidate: Candidate, periods: Iterable[ConsentPeriod], at: datetime) -> Place | None:
    """Where somebody would open the record from: a place of theirs that holds a right, else the first one."""
    holding = {
        each.consent.holder
        for each in periods
        if each.consent.kind in _GIVING and each.consent.holder_is_organization and each.period.holds_at(at)
    }
    places = sorted(candidate.places, key=lambda place: place.organization not in holding)
    return places[0] if places else None


def as_actor(candidate: Candidate, *, place: Place | None, purpose: Purpose = Purpose.NORMAL) -> Actor:
    """
    Somebody at work in one of their places. Of a structure: a physician of it.
    """
    motive = _TRIED if purpose is Purpose.EMERGENCY else None
    if candidate.is_organization:
        sector = candidate.places[0].sector if candidate.places else None
        return Actor(
            ActorKind.PROFESSIONAL, candidate_name(candidate), organization=candidate.holder, organization_name=candidate.name,
            profession=PHYSICIAN, sector=sector, purpose=purpose, motive=motive,
        )  # fmt: skip
    return Actor(
        ActorKind.PROFESSIONAL, candidate_name(candidate), person=candidate.holder, profession=candidate.profession,
        specialty=candidate.specialty, organization=None if place is None else place.organization,
        organization_name=None if place is None else place.name, sector=None if place is None else place.sector, purpose=purpose,
        motive=motive,
    )  # fmt: skip


def counted(shown: Simulated) -> str:
    """`187 documents sur 214`, `aucun document`, `tous vos documents (214)`."""
    seen = len(shown.seen)
    if seen == 0:
        return "aucun document"
    if seen == shown.total:
        return f"tous vos documents\N{NO-BREAK SPACE}({seen})" if seen > 1 else "votre document"
    return f"{seen} {'documents' if seen > 1 else 'document'} sur\N{NO-BREAK SPACE}{shown.total}"
