"""
Hide a type or a class of documents, from professionals at large or from one of them, and show it again.

Source: CSP L1111-19; documents.md §6 (« the patient may decide otherwise for a given person or document »).
"""

from carnet.domain.access.acting import Judged, RightsTerms, Whose, act
from carnet.domain.access.model import Action
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor
from carnet.domain.consent.model import EVERYONE, Consent, ConsentKind
from carnet.domain.errors import Invalid
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.value_sets import value_set

_SETS = {"class": "JDV_J57-ClassCode-DMP", "type": "JDV_J07-XdsTypeCode-CISIS"}


@frozen
class Category:
    """A `type` or a `class` of documents, by its code."""

    scope: str
    code: str

    def __post_init__(self) -> None:
        if self.scope not in _SETS or all(entry.code != self.code for entry in value_set(_SETS[self.scope])):
            raise Invalid("category-unknown", code=self.code)

    def __str__(self) -> str:
        return f"{self.scope}|{self.code}"


async def hide_category(
    store: RightsStore, whose: Whose, category: Category, *, actor: Actor, terms: RightsTerms, holder: str = EVERYONE,
    is_organization: bool = False,
) -> bool:  # fmt: skip
    """
    Hide a category from everyone but its authors and the médecin traitant, or from one holder; False when it is so already.

    Raises
        Refused, NotFound: as `act`.
    """
    return await _change(
        store, whose, _consent(category, holder, is_organization), hides=True, actor=actor, terms=terms
    )


async def show_category(
    store: RightsStore, whose: Whose, category: Category, *, actor: Actor, terms: RightsTerms, holder: str = EVERYONE,
    is_organization: bool = False,
) -> bool:  # fmt: skip
    """Show it again; False when it was not hidden. Takes and raises as `hide_category`."""
    return await _change(
        store, whose, _consent(category, holder, is_organization), hides=False, actor=actor, terms=terms
    )


async def _change(
    store: RightsStore, whose: Whose, consent: Consent, *, hides: bool, actor: Actor, terms: RightsTerms
) -> bool:
    async def change(judged: Judged) -> bool:
        return await judged.begin(consent) is not None if hides else await judged.end(consent)

    return await act(store, whose, change, actor=actor, action=Action.GOVERN, terms=terms)


def _consent(category: Category, holder: str, is_organization: bool) -> Consent:
    kind = ConsentKind.HIDDEN_CATEGORY if holder == EVERYONE else ConsentKind.WITHHELD_CATEGORY
    return Consent(kind, holder, is_organization, scope=str(category))
