"""
From a draft, or a correction, to a document of the record: the CDA is written, read back as any other, and filed by the one way in.

Source: documents.md §5.1, §5.3; docs/decisions/0037-adding-documents.md.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from carnet.domain.record.deposit import deposit
from carnet.domain.record.drafts.model import Draft
from carnet.domain.record.drafts.settling import settle_draft
from carnet.domain.record.model import AssociationKind, Fiche, PatientReference, RelatesTo, SubmittedDocument
from carnet.domain.record.publishing import published_alone
from carnet.formats.cda.writing.elements import timestamp
from carnet.formats.cda.writing.header import write_header
from carnet.formats.cda.writing.model import PATIENT_SPEAKS, Header, PersonName, Subject
from carnet.formats.cda.writing.unstructured import unstructured
from carnet.formats.pdf_writing import Information
from carnet.formats.submissions import check_content
from carnet.formats.uploads.pages import bind
from carnet.formats.uploads.photos import Page
from carnet.formats.uploads.receiving import PDF
from carnet.portals.citizen.adding.form import Described
from carnet.portals.citizen.portal import Visit
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import DMP_HOST, UniqueId
from carnet.vocabulary.moments import Moment
from carnet.web.services import Services

_PLACE = "document"
_HEADER_ROOM = 16 * 1024  # bytes: more than a header takes
_HOST = "Espace numérique de santé"


@frozen
class Version:
    """Which document it is: its id, the one that stays over the versions, what it replaces."""

    unique_id: UniqueId
    set_id: UniqueId
    number: int = 1
    replaces: UniqueId | None = None


def file_limit(services: Services) -> int:
    """Bytes of the file that a document may hold: in a CDA it takes a third more, beside the header."""
    return (services.deposit_terms.max_document_bytes - _HEADER_ROOM) * 3 // 4


async def file_draft(
    services: Services, visit: Visit, draft: Draft, bodies: Sequence[bytes], described: Described
) -> UUID:
    """
    File a draft; gives the logicalId of the document. The same draft again is a replay.

    Raises
        as `deposit`; Invalid: `upload-too-many-pages`.
    """
    at = draft.begun_at.astimezone(visit.zone).replace(microsecond=0)
    version = Version(
        _made(uuid5(visit.patient_id, f"draft {draft.draft_id}")),
        _made(uuid5(visit.patient_id, f"set {draft.draft_id}")),
    )
    told = Information(described.title, visit.name, "carnet", at)
    media_type, content = await asyncio.to_thread(_bound, draft, bodies, told, file_limit(services))
    filed = await file_content(services, visit, content, media_type, described=described, version=version, at=at)
    await settle_draft(
        services.rights, visit.patient_id, draft.draft_id, logical_id=filed, files=bodies, actor=visit.actor, terms=services.rights_terms
    )  # fmt: skip
    return filed


async def file_content(
    services: Services, visit: Visit, content: bytes, media_type: str, *, described: Described, version: Version, at: datetime
) -> UUID:  # fmt: skip
    """
    File one file as a document that the person says themselves.

    Takes
        at: aware: when it was added; the day of the paper when they did not say.
    Raises
        as `deposit`.
    """
    header = _header(visit, described, version, at)
    cda = unstructured(write_header(header), content, media_type)
    read, issues = await asyncio.to_thread(check_content, cda, "text/xml")
    relates_to = () if version.replaces is None else (RelatesTo(AssociationKind.REPLACES, unique_id=version.replaces),)
    submission = published_alone(
        SubmittedDocument(Fiche(_PLACE, labels=described.labels, relates_to=relates_to), cda, read),
        (PatientReference(_PLACE, patient_id=visit.patient_id, ins=visit.ins),), actor=visit.actor, at=at, faults=issues,
    )  # fmt: skip
    receipt = await deposit(
        services.store, submission, actor=visit.actor, terms=services.deposit_terms, clock=services.clock
    )
    return receipt.documents[0].logical_id


def _made(identifier: UUID) -> UniqueId:
    return UniqueId(f"2.25.{identifier.int}")


def _bound(draft: Draft, bodies: Sequence[bytes], told: Information, limit_bytes: int) -> tuple[str, bytes]:
    """Media type and bytes of what the document holds."""
    if not draft.parts[0].shape.is_page:
        return draft.parts[0].shape.media_type, bodies[0]
    pages = [
        Page(body, part.shape.width, part.shape.height, part.shape.is_grey)
        for part, body in zip(draft.parts, bodies, strict=True)
    ]
    return PDF, bind(pages, told, limit_bytes=limit_bytes)


def _header(visit: Visit, described: Described, version: Version, at: datetime) -> Header:
    identity = visit.identity
    called = None
    if identity.used_name or identity.used_given_name:
        called = PersonName(
            identity.used_name or identity.traits.birth_name,
            identity.used_given_name or identity.traits.first_given_name,
        )
    day = described.day or Moment.from_fhir(at.date().isoformat())
    return Header(
        unique_id=version.unique_id,
        set_id=version.set_id,
        version=version.number,
        replaces=version.replaces,
        type=described.category.type,
        title=described.title,
        at=at,
        subject=Subject(identity, called),
        author=None,
        service=(timestamp(day), None),
        setting=PATIENT_SPEAKS,
        facility=PATIENT_SPEAKS,
        host=(DMP_HOST, _HOST),
    )
