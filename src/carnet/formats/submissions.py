"""From documents read in their formats to a `Submission`, whatever brought them: the same for a door, a file and a stock taken over."""

from collections.abc import Sequence
from dataclasses import replace

from carnet.domain.access.model import Confidentiality
from carnet.domain.errors import Invalid, Issue
from carnet.domain.record.model import (
    XML_MEDIA_TYPES,
    DocumentHeader,
    Fiche,
    PatientReference,
    RelatesTo,
    Submission,
    SubmissionSet,
    SubmittedDocument,
)
from carnet.domain.record.signing import is_signature
from carnet.formats.cda.document import read_document
from carnet.formats.fhir.provide_bundle import ReadBundle, ReadDocument
from carnet.formats.media import check_bare
from carnet.formats.signature import read_signature

Checked = tuple[DocumentHeader | None, tuple[Issue, ...]]


def check_content(content: bytes, media_type: str) -> Checked:
    """The header of a CDA, and the faults of a content; faults of form that keep a document from being read are faults like others."""
    if media_type not in XML_MEDIA_TYPES:
        return None, check_bare(media_type, content)
    try:
        read = read_document(content)
    except Invalid as unreadable:
        return None, unreadable.issues
    return read.header, read.issues


def submission_of_bundle(read: ReadBundle, checked: Sequence[Checked]) -> Submission:
    """
    What a transaction bundle brings.

    Takes
        checked: `check_content` of each document, in their order.
    """
    documents, faults = submitted_documents(read.documents, checked)
    return Submission(
        submission_set=read.submission_set,
        documents=documents,
        patient_references=read.patient_references,
        warnings=read.warnings,
        faults=(*read.faults, *faults),
        folders=read.folders,
    )


def submitted_documents(
    documents: Sequence[ReadDocument], checked: Sequence[Checked]
) -> tuple[tuple[SubmittedDocument, ...], list[Issue]]:
    """
    Documents with what was read of them, and the faults of their contents; signatures are read as such.

    Takes
        checked: `check_content` of each document, in their order; of a signature it does not count.
    """
    read: list[SubmittedDocument] = []
    faults: list[Issue] = []
    for document, (header, issues) in zip(documents, checked, strict=True):
        if is_signature(document.fiche):
            signature, told = read_signature(
                document.content, _signed(documents, checked), expression=document.fiche.expression
            )
            read.append(SubmittedDocument(document.fiche, document.content, None, signature))
            faults.extend(told)
        else:
            read.append(SubmittedDocument(document.fiche, document.content, header))
            faults.extend(issues)
    return tuple(read), faults


def _signed(documents: Sequence[ReadDocument], checked: Sequence[Checked]) -> dict[str, bytes]:
    """What a signature may sign among the documents that came with it, by uniqueId."""
    signed = {}
    for document, (header, _) in zip(documents, checked, strict=True):
        unique_id = document.fiche.unique_id or (header.unique_id if header is not None else None)
        if unique_id is not None and not is_signature(document.fiche):
            signed[str(unique_id)] = document.content
    return signed


def submission_of_cda(
    content: bytes, fiche: Fiche, *, header: DocumentHeader, issues: tuple[Issue, ...], submission_set: SubmissionSet,
    labels: frozenset[Confidentiality] = frozenset(), relates_to: tuple[RelatesTo, ...] = (),
) -> Submission:  # fmt: skip
    """
    One CDA, whose header says everything.

    Takes
        fiche: what the header says of the document. issues: faults of the content.
    Raises
        Invalid: `header-ins-missing`, or the fault of its INS: it names nobody.
    """
    place = "/ClinicalDocument/recordTarget/patientRole/id"
    if header.ins is None:
        raise Invalid(header.ins_fault or "header-ins-missing", expression=place)
    told = replace(fiche, labels=labels, relates_to=relates_to)
    return Submission(
        submission_set=submission_set,
        documents=(SubmittedDocument(told, content, header),),
        patient_references=(PatientReference(place, ins=header.ins, source=fiche.source_patient),),
        faults=issues,
    )
