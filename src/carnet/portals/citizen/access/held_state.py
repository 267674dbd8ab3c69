"""What was in force, folded small enough for sealed state: the way back of an act."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from carnet.domain.access.restoring import Held
from carnet.domain.consent.model import Basis, Consent, ConsentKind

_MAX_FOLDED = 40  # past them the address would be too long: nothing is offered then


def folded(held: Iterable[Held]) -> list[list[Any]] | None:
    """As JSON; None when it is too much for an address."""
    found = [
        [
            each.consent.kind, each.consent.holder, int(each.consent.holder_is_organization), each.consent.basis, each.consent.scope,
            None if each.until is None else each.until.isoformat(),
        ]
        for each in held
    ]  # fmt: skip
    return found if len(found) <= _MAX_FOLDED else None


def unfolded(state: object) -> tuple[Held, ...] | None:
    """What was folded; None when there is nothing of the kind."""
    if not isinstance(state, Sequence) or isinstance(state, str):
        return None
    return tuple(
        Held(
            Consent(ConsentKind(kind), holder, bool(organization), None if basis is None else Basis(basis), scope),
            None if until is None else datetime.fromisoformat(until),
        )
        for kind, holder, organization, basis, scope, until in state
    )
