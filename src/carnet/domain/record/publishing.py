"""
A document published alone: what its sender left to the server is computed, and it gets a submission set of its own.

Source: IHE MHD 4.2 ITI-105 (Simplified Publish); PDSm flux 9 and `pdsm-simplified-publish` (documents.md §3.1).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from carnet.domain.actor import Actor
from carnet.domain.errors import Issue
from carnet.domain.record.model import Author, PatientReference, Submission, SubmissionSet, SubmittedDocument
from carnet.domain.record.replacing import FOR_THE_PATIENT
from carnet.vocabulary.codes import Code
from carnet.vocabulary.moments import Moment

_SECTORS = "1.2.250.1.71.4.2.4"  # TRE_R02
# TRE_A00: what the patient expresses.
_PATIENT_EXPRESSION = Code("EXP_PATIENT", "1.2.250.1.213.1.1.4.6", "Expression personnelle du patient")


def published_alone(
    document: SubmittedDocument,
    references: tuple[PatientReference, ...],
    *,
    actor: Actor,
    at: datetime,
    warnings: Sequence[Issue] = (),
    faults: Sequence[Issue] = (),
) -> Submission:
    """
    The submission of one document.

    What a document's own header tells is left to it. Otherwise: created now, about an act that began then, in the sector of who sends it.
    The set has the sector as its kind of activity, or what the patient expresses; its source is the software, or the structure, that sends.
    """
    header = document.header
    fiche = document.fiche
    if header is None:
        created = fiche.created or Moment.at(at)
        sector = None if actor.sector is None else Code(actor.sector, _SECTORS)
        fiche = replace(
            fiche,
            created=created,
            service_start=fiche.service_start or created,
            facility_type=fiche.facility_type or sector,
        )
    authors = fiche.authors or (header.authors if header is not None else ())
    submission_set = SubmissionSet(
        expression=fiche.expression,
        source_id=_source(actor),
        content_type=_activity(fiche.facility_type or (header.facility_type if header is not None else None), actor),
        submitted=Moment.at(at),
        author=_depositor(authors),
        title=fiche.title or (header.title if header is not None else None),
    )
    return Submission(
        submission_set=submission_set,
        documents=(replace(document, fiche=fiche),),
        patient_references=references,
        warnings=tuple(warnings),
        faults=tuple(faults),
    )


def published_together(
    documents: Sequence[SubmittedDocument],
    references: tuple[PatientReference, ...],
    *,
    actor: Actor,
    at: datetime,
    faults: Sequence[Issue] = (),
) -> Submission:
    """The submission of documents sent at once: its set is that of the first alone; they are filed together or not at all."""
    alone = [published_alone(each, references, actor=actor, at=at) for each in documents]
    return replace(alone[0], documents=tuple(each.documents[0] for each in alone), faults=tuple(faults))


def _depositor(authors: Sequence[Author]) -> Author | None:
    """Of a set: who the first author is, and for which structure; no specialty (documents.md §2.2)."""
    return replace(authors[0], specialty=None, at=None) if authors else None


def _activity(facility_type: Code | None, actor: Actor) -> Code:
    if actor.kind in FOR_THE_PATIENT or facility_type is None:
        return _PATIENT_EXPRESSION
    return facility_type


def _source(actor: Actor) -> str:
    """An OID under 2.25, always the same for one software or structure: the message has no place for the sender's own."""
    name = actor.software or actor.organization or actor.person or actor.kind.value
    return f"2.25.{uuid5(NAMESPACE_OID, f'carnet source {name}').int}"
