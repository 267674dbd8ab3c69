"""
The status of an identity, product of two questions; the attributes that go with it; the steps from one to another, as a table.

Source: identity-and-messaging.md §1.4 (RNIV v2.0: EXI SI 07 to 09, EXI ID 24, 26, 29).
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum

from carnet.domain.people.model import IdentityAttribute, IdentityStatus
from carnet.vocabulary.frozen import frozen

_STATUS = {
    # (traits from INSi, checked against a high-trust document)
    (False, False): IdentityStatus.PROVISIONAL,
    (True, False): IdentityStatus.RETRIEVED,
    (False, True): IdentityStatus.VALIDATED,
    (True, True): IdentityStatus.QUALIFIED,
}
_ONLY_PROVISIONAL = frozenset({IdentityAttribute.DOUBTFUL, IdentityAttribute.FICTITIOUS})
_FORBIDDEN_TOGETHER = (
    frozenset({IdentityAttribute.DOUBTFUL, IdentityAttribute.FICTITIOUS}),
    frozenset({IdentityAttribute.FICTITIOUS, IdentityAttribute.HOMONYM}),
)


class IdentityStep(StrEnum):
    """What may happen to an identity."""

    INSI_FOUND = "insi-found"  # INSi answers 00 and the traits agree
    DOCUMENT_CHECKED = "document-checked"  # a high-trust identity document was seen
    VITALE_APPLICATION = (
        "vitale-application"  # given by the application carte Vitale: qualified at once, INSi is not called
    )
    TRAIT_CHANGED = "trait-changed"  # a strict trait changed by hand
    DOUBTED = "doubted"
    DECLARED_FICTITIOUS = "declared-fictitious"
    DOUBT_LIFTED = "doubt-lifted"
    HOMONYM_NOTED = "homonym-noted"
    HOMONYM_LIFTED = "homonym-lifted"


@frozen
class Effect:
    """
    What a step does beside the status. adds, removes: attributes. withdraws: matricule and OID are invalidated, and stay in the history.
    clause: of the RNIV, or what we read in it.
    """

    clause: str
    adds: AbstractSet[IdentityAttribute] = frozenset()
    removes: AbstractSet[IdentityAttribute] = frozenset()
    withdraws: bool = False


_DOUBT, _FICTION, _HOMONYM = (
    frozenset({attribute})
    for attribute in (IdentityAttribute.DOUBTFUL, IdentityAttribute.FICTITIOUS, IdentityAttribute.HOMONYM)
)
EFFECTS: Mapping[IdentityStep, Effect] = {
    IdentityStep.INSI_FOUND: Effect("EXI SI 07; EXI REC 07"),
    IdentityStep.DOCUMENT_CHECKED: Effect("EXI SI 07; EXI ID 19"),
    IdentityStep.VITALE_APPLICATION: Effect("guide INS v3.0", removes=_ONLY_PROVISIONAL),
    IdentityStep.TRAIT_CHANGED: Effect("project reading of EXI SI 07", withdraws=True),
    IdentityStep.DOUBTED: Effect("EXI ID 24", adds=_DOUBT, removes=_FICTION, withdraws=True),
    IdentityStep.DECLARED_FICTITIOUS: Effect("EXI ID 26", adds=_FICTION, removes=_DOUBT | _HOMONYM, withdraws=True),
    IdentityStep.DOUBT_LIFTED: Effect("EXI ID 24, 26", removes=_ONLY_PROVISIONAL),
    IdentityStep.HOMONYM_NOTED: Effect("EXI SI 09", adds=_HOMONYM),
    IdentityStep.HOMONYM_LIFTED: Effect("EXI SI 09", removes=_HOMONYM),
}
_PROV, _RECUP, _VALI, _QUAL = IdentityStatus
# Status and step: the status that follows. A pair that is not here leaves the status as it is.
TRANSITIONS: Mapping[tuple[IdentityStatus, IdentityStep], IdentityStatus] = {
    (_PROV, IdentityStep.INSI_FOUND): _RECUP,
    (_VALI, IdentityStep.INSI_FOUND): _QUAL,
    (_PROV, IdentityStep.DOCUMENT_CHECKED): _VALI,
    (_RECUP, IdentityStep.DOCUMENT_CHECKED): _QUAL,
    **dict.fromkeys(((status, IdentityStep.VITALE_APPLICATION) for status in IdentityStatus), _QUAL),
    **dict.fromkeys(
        ((status, step) for status in IdentityStatus for step, effect in EFFECTS.items() if effect.withdraws), _PROV
    ),
}
# A doubtful or fictitious identity asks INSi nothing and is checked against nothing, until the doubt is lifted.
_BLOCKED_BY_DOUBT = frozenset({IdentityStep.INSI_FOUND, IdentityStep.DOCUMENT_CHECKED})


def after(
    status: IdentityStatus, attributes: AbstractSet[IdentityAttribute], step: IdentityStep
) -> tuple[IdentityStatus, frozenset[IdentityAttribute]]:
    """
    Status and attributes after a step.

    Raises
        ValueError: `identity-step-not-allowed`: INSi or a check, for a doubtful or fictitious identity; `identity-attributes-together`.
    """
    if attributes & _ONLY_PROVISIONAL and step in _BLOCKED_BY_DOUBT:
        raise ValueError("identity-step-not-allowed")
    effect = EFFECTS[step]
    reached = TRANSITIONS.get((status, step), status)
    carried = frozenset((attributes - effect.removes) | effect.adds)
    check_attributes(reached, carried)
    return reached, carried


def status_of(
    *,
    from_insi: bool,
    document_checked: bool,
    attributes: AbstractSet[IdentityAttribute] = frozenset(),
) -> IdentityStatus:
    """
    The status that follows from the two questions; a doubtful or fictitious identity is provisional whatever the answers.

    Raises
        ValueError: `identity-attributes-together` for DOUT with FICT, or FICT with HOMA.
    """
    _refuse_forbidden(attributes)
    if attributes & _ONLY_PROVISIONAL:
        return IdentityStatus.PROVISIONAL
    return _STATUS[from_insi, document_checked]


def check_attributes(status: IdentityStatus, attributes: AbstractSet[IdentityAttribute]) -> None:
    """
    Refuse a status received with attributes that it cannot carry.

    Raises
        ValueError: `identity-attributes-together`, or `identity-attribute-needs-provisional` for DOUT or FICT with another status.
    """
    _refuse_forbidden(attributes)
    if attributes & _ONLY_PROVISIONAL and status is not IdentityStatus.PROVISIONAL:
        raise ValueError("identity-attribute-needs-provisional")


def may_call_insi(attributes: AbstractSet[IdentityAttribute]) -> bool:
    """INSi is never called for a doubtful or fictitious identity (EXI ID 24, 26)."""
    return not attributes & _ONLY_PROVISIONAL


def may_carry_ins(status: IdentityStatus) -> bool:
    """Matricule and OID are transmitted, and index a record, only when the identity is qualified (EXI SI 08, EXI ID 29)."""
    return status is IdentityStatus.QUALIFIED


def _refuse_forbidden(attributes: AbstractSet[IdentityAttribute]) -> None:
    if any(pair <= attributes for pair in _FORBIDDEN_TOGETHER):
        raise ValueError("identity-attributes-together")
