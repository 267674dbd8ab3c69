"""
From what a professional sent to documents of the record: a CDA of level 1 around each file, read back as any other, filed by the one way in.

Source: documents.md §5.1, §5.3; docs/decisions/0037-adding-documents.md, 0042-feeding-for-a-colleague.md.
"""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from carnet.domain.actor import Actor
from carnet.domain.delegations.model import Delegation
from carnet.domain.errors import Invalid, Issue
from carnet.domain.people.model import Identity
from carnet.domain.professionals.model import Practice
from carnet.domain.record.delegated.filing import claim_filing
from carnet.domain.record.deposit import deposit
from carnet.domain.record.drafts.model import Draft
from carnet.domain.record.model import Fiche, PatientReference, SubmittedDocument
from carnet.domain.record.publishing import published_together
from carnet.formats.cda.writing.elements import timestamp
from carnet.formats.cda.writing.header import write_header
from carnet.formats.cda.writing.model import Header, PersonName, Signatory, Structure, Subject
from carnet.formats.cda.writing.unstructured import unstructured
from carnet.formats.pdf_writing import Information
from carnet.formats.submissions import check_content
from carnet.formats.uploads.pages import bind
from carnet.formats.uploads.photos import Page
from carnet.formats.uploads.receiving import PDF
from carnet.portals.professional.feeding.form import Described
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.moments import Moment
from carnet.vocabulary.value_sets import value_set
from carnet.web.services import Services

_PLACE = "document"
_HEADER_ROOM = 16 * 1024  # bytes: more than a header takes
_SPECIALTIES, _FACILITIES, _SETTINGS = (
    "JDV_J01-XdsAuthorSpecialty-CISIS", "JDV_J02-XdsHealthcareFacilityTypeCode-CISIS", "JDV_J04-XdsPracticeSettingCode-CISIS",
)  # fmt: skip
_STAFF = ("SECRETARIAT_MEDICAL", "1.2.250.1.213.1.1.4.6")  # of JDV_J01: a producer that is no professional
_SPECIALTY_SYSTEM, _SECTOR_SYSTEM, _SETTING_SYSTEM = (
    "1.2.250.1.213.1.1.4.5",
    "1.2.250.1.71.4.2.4",
    "1.2.250.1.213.1.1.4.9",
)
_HOSPITALS = frozenset({"SA01", "SA02", "SA03", "SA04", "SA06"})  # TRE_R02: établissements de santé


@frozen
class Person:
    """number: national identifier. name: as the directory has it. practice: the situation in which they write, or type."""

    number: str
    name: PersonName
    practice: Practice


@frozen
class Writing:
    """
    Who files what someone answers for, about whom.

    actor: who acts, in the author's name when there is a delegation. typist: who typed then, else None.
    """

    actor: Actor
    author: Person
    patient_id: UUID
    identity: Identity
    delegation: Delegation | None = None
    typist: Person | None = None


def file_limit(services: Services) -> int:
    """Bytes of the file that a document may hold: in a CDA it takes a third more, beside the header."""
    return (services.deposit_terms.max_document_bytes - _HEADER_ROOM) * 3 // 4


async def file_draft(
    services: Services, writing: Writing, draft: Draft, bodies: Sequence[bytes], described: Described, *, at: datetime
) -> list[UUID]:
    """
    File what was sent, all of it or nothing: photos are the pages of one document, each other file is a document of its own. The same draft
    again is a replay.

    Takes
        at: aware: when the draft was begun, so that the same draft makes the same documents.
    Gives
        the logicalIds, in the order of the files.
    Raises
        as `deposit`; Invalid: `author-unfit`, when the situation lacks what a header must say.
    """
    told = Information(described.title, writing.actor.on_behalf_of_name or writing.actor.name, "carnet", at)
    contents = await asyncio.to_thread(_contents, draft, bodies, told, file_limit(services))
    documents: list[SubmittedDocument] = []
    unique_ids: list[UniqueId] = []
    faults: list[Issue] = []
    for number, (media_type, content) in enumerate(contents, 1):
        title = described.title if len(contents) == 1 else f"{described.title} ({number} sur {len(contents)})"
        made = uuid5(writing.patient_id, f"draft {draft.draft_id} {number}")
        header = _header(writing, described, title, made, at)
        cda = unstructured(write_header(header), content, media_type)
        read, issues = await asyncio.to_thread(check_content, cda, "text/xml")
        documents.append(SubmittedDocument(Fiche(f"{_PLACE} {number}", labels=described.labels), cda, read))
        unique_ids.append(header.unique_id)
        faults += issues
    if writing.delegation is not None:
        await claim_filing(
            services.store, writing.delegation, writing.patient_id, unique_ids, at=services.clock()
        )  # fmt: skip
    submission = published_together(
        documents, (PatientReference(_PLACE, patient_id=writing.patient_id, ins=writing.identity.ins),), actor=writing.actor, at=at,
        faults=faults,
    )  # fmt: skip
    receipt = await deposit(
        services.store, submission, actor=writing.actor, terms=services.deposit_terms, clock=services.clock
    )
    return [each.logical_id for each in receipt.documents]


def _contents(draft: Draft, bodies: Sequence[bytes], told: Information, limit_bytes: int) -> list[tuple[str, bytes]]:
    """Media type and bytes of each document: the photos together first, then the files one by one."""
    sent = list(zip(draft.parts, bodies, strict=True))
    pages = [
        Page(body, part.shape.width, part.shape.height, part.shape.is_grey) for part, body in sent if part.shape.is_page
    ]
    found = [(PDF, bind(pages, told, limit_bytes=limit_bytes))] if pages else []
    return [*found, *((part.shape.media_type, body) for part, body in sent if not part.shape.is_page)]


def _header(writing: Writing, described: Described, title: str, made: UUID, at: datetime) -> Header:
    identity, practice = writing.identity, writing.author.practice
    called = None
    if identity.used_name or identity.used_given_name:
        called = PersonName(
            identity.used_name or identity.traits.birth_name,
            identity.used_given_name or identity.traits.first_given_name,
        )
    if practice.sector is None:
        raise Invalid("author-unfit")
    return Header(
        unique_id=_identifier(made),
        set_id=_identifier(uuid5(made, "set")),
        version=1,
        type=described.type.type,
        title=title,
        at=at,
        subject=Subject(identity, called),
        author=_signatory(writing.author),
        data_enterer=None if writing.typist is None else _signatory(writing.typist),
        service=(timestamp(_moment(described.day)), None),
        setting=_code(_SETTINGS, "ETABLISSEMENT" if practice.sector in _HOSPITALS else "AMBULATOIRE", _SETTING_SYSTEM),
        facility=_code(_FACILITIES, practice.sector, _SECTOR_SYSTEM),
    )


def _signatory(person: Person) -> Signatory:
    organization = person.practice.organization
    if organization is None:
        raise Invalid("author-unfit")
    structure = Structure(organization, person.practice.organization_name or organization)
    return Signatory(person.number, person.name, _specialty(person.practice), structure)


def _specialty(practice: Practice) -> Code:
    """Profession and skill as JDV_J01 has them; the profession alone when it does not know the skill."""
    if practice.is_staff:
        return _code(_SPECIALTIES, *_STAFF)
    if practice.specialty is not None:
        found = value_set(_SPECIALTIES).find(f"G15_{practice.profession}/{practice.specialty}", _SPECIALTY_SYSTEM)
        if found is not None:
            return found
    return _code(_SPECIALTIES, f"G15_{practice.profession}", _SPECIALTY_SYSTEM)


def _code(name: str, code: str, system: str) -> Code:
    found = value_set(name).find(code, system)
    if found is None:
        raise Invalid("author-unfit")
    return found


def _moment(day: date) -> Moment:
    return Moment.from_fhir(day.isoformat())


def _identifier(identifier: UUID) -> UniqueId:
    return UniqueId(f"2.25.{identifier.int}")
