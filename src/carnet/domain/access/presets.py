"""
Simple settings of a record, each made of rules that exist: what it brings to which state, and nothing else.

Source: CSP L1111-17 and L1111-19; docs/access-rules.md (the lines that each leans on).
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from carnet.domain.access.predicates import SIGNATURE_CLASS
from carnet.domain.access.restoring import Held
from carnet.domain.consent.model import Basis, Consent, ConsentKind
from carnet.vocabulary.value_sets import value_set


class Preset(StrEnum):
    """
    ALL_CARERS: who cares for the person reads what their profession reads, in an emergency too. CHOSEN: authorisations that the person
    did not give themselves end. DOCTOR_ONLY: every class of documents is hidden from professionals: the médecin traitant and the author
    of each document still see it. NO_EMERGENCY: neither bris de glace nor regulation.
    """

    ALL_CARERS = "tous-mes-soignants"
    CHOSEN = "ceux-que-j-ai-autorises"
    DOCTOR_ONLY = "mon-medecin-traitant"
    NO_EMERGENCY = "pas-en-urgence"


_EMERGENCIES = (ConsentKind.EMERGENCY_OPPOSITION, ConsentKind.REGULATION_OPPOSITION)

# What each of them decides; the rest is left as it is.
KINDS: Mapping[Preset, frozenset[ConsentKind]] = {
    Preset.ALL_CARERS: frozenset({ConsentKind.HIDDEN_CATEGORY, *_EMERGENCIES}),
    Preset.CHOSEN: frozenset({ConsentKind.GRANT}),
    Preset.DOCTOR_ONLY: frozenset({ConsentKind.HIDDEN_CATEGORY}),
    Preset.NO_EMERGENCY: frozenset(_EMERGENCIES),
}


def target(preset: Preset, running: Sequence[Held]) -> tuple[Held, ...]:
    """
    The state that a preset brings to.

    Takes
        running: what is in force of its kinds.
    """
    match preset:
        case Preset.ALL_CARERS:
            return ()
        case Preset.CHOSEN:
            return tuple(each for each in running if each.consent.basis is Basis.PATIENT)
        case Preset.DOCTOR_ONLY:
            return _with(running, (Consent(ConsentKind.HIDDEN_CATEGORY, scope=f"class|{code}") for code in classes()))
        case Preset.NO_EMERGENCY:
            return _with(running, (Consent(kind) for kind in _EMERGENCIES))


def classes() -> tuple[str, ...]:
    """Codes of the classes of documents that people see; signatures are shown to nobody."""
    return tuple(entry.code for entry in value_set("JDV_J57-ClassCode-DMP") if entry.code != SIGNATURE_CLASS)


def _with(running: Sequence[Held], consents: Iterable[Consent]) -> tuple[Held, ...]:
    known = {each.consent for each in running}
    return (*running, *(Held(each) for each in consents if each not in known))
