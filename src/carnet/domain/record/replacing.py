"""
What a document takes over from the one it replaces: its place in the archives, and the mask that the patient put on it.

Its labels are otherwise those that its sender states: replacing is how a structure's software changes visibility.
Source: PDSm flux 3 (an archived document replaced); documents.md §4; docs/decisions/0019-lives-of-documents.md.
"""

from collections.abc import Sequence
from dataclasses import replace

from carnet.domain.access.model import AvailabilityStatus, Confidentiality, OwnerKind
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.record.facts import Target
from carnet.domain.record.model import AssociationKind, Author, DocumentEntry
from carnet.domain.record.rows import national_numbers

FOR_THE_PATIENT = frozenset({ActorKind.CITIZEN, ActorKind.GUARDIAN})  # the patient, and who decides in their place


def inherited(
    entry: DocumentEntry, relations: Sequence[tuple[AssociationKind, Target]], *, actor: Actor
) -> tuple[DocumentEntry, AvailabilityStatus, bool]:
    """
    The fiche to file, its first status, and whether its mask is the patient's own.

    The sender is not told of a mask that is carried over: what the patient hid is not theirs to learn.
    """
    replaced = [target.access_class for kind, target in relations if kind is AssociationKind.REPLACES]
    is_archived = any(facts.status is AvailabilityStatus.ARCHIVED for facts in replaced)
    status = AvailabilityStatus.ARCHIVED if is_archived else AvailabilityStatus.APPROVED
    if any(facts.masked_by_patient for facts in replaced):
        return replace(entry, labels=entry.labels | {Confidentiality.MASQUE_PS}), status, True
    return entry, status, actor.kind in FOR_THE_PATIENT and Confidentiality.MASQUE_PS in entry.labels


def may_replace(actor: Actor, target: Target, *, authors: Sequence[Author] | None) -> bool:
    """
    Whether the new version comes from who wrote the old one.

    The patient replaces what they deposited themselves, and they alone. Anything else is replaced by its author, their structure, or
    whoever sends a document of the same author or structure (a PFI sends for others). Deletion follows the line of versions: who
    replaced another's document could withdraw it. Where the old version names nobody, nobody can be compared.

    Takes
        authors: of the new version, as its fiche or its header names them; None where the operator lets any software replace.
    """
    former = target.access_class
    if actor.kind in FOR_THE_PATIENT or former.owner is OwnerKind.CITIZEN:
        return (actor.kind in FOR_THE_PATIENT) is (former.owner is OwnerKind.CITIZEN)
    if authors is None:
        return True
    persons, organizations = national_numbers(authors)
    persons |= {actor.person} if actor.person else frozenset()
    organizations |= {actor.organization} if actor.organization else frozenset()
    if not former.author_persons and not former.author_organizations:
        return True
    return not (former.author_persons.isdisjoint(persons) and former.author_organizations.isdisjoint(organizations))
