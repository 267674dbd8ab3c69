"""
The signature of a submission set: one more document of the set, kept for proof and shown to nobody.

Source: documents.md §2.6 (DMP); IHE DSG. Whether the signature holds, and under which certificate, is not judged: the proof is kept whole.
"""

from collections.abc import Sequence
from dataclasses import replace

from carnet.domain.access.model import Confidentiality
from carnet.domain.errors import Issue, Severity
from carnet.domain.record.model import AssociationKind, Fiche, Submission, SubmittedDocument
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId

TYPE = Code("E1762", "ASTM", "Full Document")
FORMAT = Code("http://www.w3.org/2000/09/xmldsig#", "URN")
SOURCE = Code("1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12", "Source")
_LABELS = frozenset({Confidentiality.MASQUE_PS, Confidentiality.INVISIBLE_PATIENT})


def is_signature(fiche: Fiche) -> bool:
    """By its type: the only one that signs."""
    return fiche.type is not None and fiche.type.same_as(TYPE)


def completed(document: SubmittedDocument) -> SubmittedDocument:
    """What every signature has alike, when its sender did not say it: format, language `art`, title and event `Source`."""
    fiche = document.fiche
    return replace(
        document,
        fiche=replace(
            fiche,
            format=fiche.format or FORMAT,
            language=fiche.language or "art",
            title=fiche.title or "Source",
            events=fiche.events or (SOURCE,),
            service_start=fiche.service_start or fiche.created,
        ),
    )


def signature_faults(
    document: SubmittedDocument, submission: Submission, siblings: Sequence[UniqueId | None]
) -> list[Issue]:
    """
    Whether a document that says it is a signature signs its set.

    Takes
        siblings: uniqueIds of the other documents of the submission.
    Gives
        `signature-unreadable`, `signature-format`, `signature-labels`, `signature-incomplete`; a warning `signature-reference-unknown`.
    """
    fiche, where = document.fiche, document.fiche.expression
    issues = []
    if fiche.format is not None and not fiche.format.same_as(FORMAT):
        issues.append(Issue("signature-format", where, {"attribute": "format", "code": fiche.format.code}))
    if not fiche.labels >= _LABELS:
        issues.append(Issue("signature-labels", where, {"attribute": "labels"}))
    if document.signature is None:
        if not submission.faults:
            issues.append(Issue("signature-unreadable", where, {"attribute": "mime_type"}))
        return issues
    named = document.signature.references
    wanted = {str(each) for each in (submission.submission_set.unique_id, *siblings) if each is not None}
    issues.extend(Issue("signature-incomplete", where, {"unique_id": each}) for each in sorted(wanted - named))
    aimed = {str(each.unique_id) for each in fiche.relates_to if each.kind is AssociationKind.SIGNS}
    issues.extend(
        Issue("signature-reference-unknown", where, {"unique_id": each}, Severity.WARNING)
        for each in sorted(named - wanted - aimed)
    )
    return issues
