"""
From what a sender wants a fiche to be to the acts that lead there: masking, revealing, archiving, deleting.

Source: ITI-57 and PDSm flux 3 and 4 (documents.md §1.6, §2.4, §3.2, §4); docs/decisions/0019-lives-of-documents.md.
"""

from collections.abc import Sequence

from carnet.domain.access.model import AvailabilityStatus, Confidentiality
from carnet.domain.errors import Invalid
from carnet.domain.record.archiving import ARCHIVE, UNARCHIVE
from carnet.domain.record.deletion import DELETE
from carnet.domain.record.masking import MASK, UNMASK
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.updating.model import Act
from carnet.domain.record.visibility import REVEAL_TO_PATIENT, REVEAL_TO_REPRESENTATIVES
from carnet.domain.record.wanted import Wanted

_SHOWN_ONCE = {
    Confidentiality.INVISIBLE_PATIENT: REVEAL_TO_PATIENT,
    Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX: REVEAL_TO_REPRESENTATIVES,
}


def acts_towards(wanted: Wanted, entry: StoredEntry) -> Sequence[Act]:
    """
    The acts that lead from the fiche to what is wanted; none when it is so already.

    Raises
        Invalid: `confidentiality-fixed`: it is the document's own; `visibility-one-way`: what was shown is not hidden again;
            `status-by-replacement`: a document is superseded by what replaces it, and for good.
    """
    if wanted.confidentiality not in {None, entry.confidentiality}:
        raise Invalid("confidentiality-fixed", expression="DocumentReference.securityLabel")
    acts: list[Act] = []
    for label, reveal in _SHOWN_ONCE.items():
        if label in wanted.labels - entry.labels:
            raise Invalid("visibility-one-way", expression="DocumentReference.securityLabel", label=label)
        if label in entry.labels - wanted.labels:
            acts.append(reveal)
    masked = Confidentiality.MASQUE_PS
    if masked in wanted.labels and (masked not in entry.labels or wanted.speaks_of_labels):
        acts.append(MASK)
    elif masked in entry.labels - wanted.labels:
        acts.append(UNMASK)
    if wanted.is_deleted or wanted.status == "entered-in-error":
        return [*acts, DELETE]
    if (wanted.status == "superseded") is not (entry.status is AvailabilityStatus.DEPRECATED):
        raise Invalid("status-by-replacement", expression="DocumentReference.status")
    if wanted.is_archived is not (entry.status is AvailabilityStatus.ARCHIVED):
        acts.append(ARCHIVE if wanted.is_archived else UNARCHIVE)
    return acts
