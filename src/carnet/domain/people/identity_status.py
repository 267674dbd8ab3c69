"""
The status of an identity, product of two questions, and the attributes that go with it.

Source: identity-and-messaging.md §1.4 (RNIV v2.0: EXI SI 07 to 09, EXI ID 24, 26, 29).
"""

from collections.abc import Set as AbstractSet

from carnet.domain.people.model import IdentityAttribute, IdentityStatus

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
