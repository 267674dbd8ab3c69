"""
Are two sets of traits the same person? Exact on the comparable form; no scoring: a published rule for near matches was not found.

Source: identity-and-messaging.md §1.3 (guide INS v3.0: errors 904 and 905, EXI ID 10); documents.md §5.2.
"""

from carnet.domain.people.model import InsTraits
from carnet.domain.people.normalisation import comparable


def compare_traits(known: InsTraits, stated: InsTraits) -> tuple[str, ...]:
    """
    Name the traits that differ, birth name first; empty when both are the same identity.

    The list of given names and the birth place are compared only when both sides know them. Some older CDA carry the first given
    name apart and the list without it (RUTH, then ISABELLE): this equals RUTH ISABELLE.
    """
    if known == stated:
        return ()
    differing: list[str] = []
    if not _same(known.birth_name, stated.birth_name):
        differing.append("birth_name")
    if known.given_names is not None and stated.given_names is not None and not _same_list(known.given_names, stated):
        differing.append("given_names")
    if not _same(known.first_given_name, stated.first_given_name):
        differing.append("first_given_name")
    if known.birth_date != stated.birth_date:
        differing.append("birth_date")
    if known.sex is not stated.sex:
        differing.append("sex")
    if (
        known.birth_place is not None
        and stated.birth_place is not None
        and not _same(known.birth_place, stated.birth_place)
    ):
        differing.append("birth_place")
    return tuple(differing)


def first_given_name_agrees(first: str, given_list: str) -> bool:
    """
    Whether the first given name begins the list (EXI ID 10); a disagreement is an alert, not an error.

    Hyphen and apostrophe count as a space: JEAN-CHRISTOPHE begins JEAN CHRISTOPHE PIERRE, JEANNE does not.
    """
    beginning = comparable(first).split()
    return bool(beginning) and comparable(given_list).split()[: len(beginning)] == beginning


def _same(one: str, other: str) -> bool:
    return one == other or comparable(one) == comparable(other)


def _same_list(known: str, stated: InsTraits) -> bool:
    others = stated.given_names or ""
    return _same(known, others) or _same(known, f"{stated.first_given_name} {others}")
